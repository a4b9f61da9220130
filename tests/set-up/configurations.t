#!/bin/sh
# Every way to build works without a warning: clang with libedit, libc alone, sanitizers.
. tests/harness/tap.sh

build() { # build VARIABLE=VALUE…
	tests/harness/build.sh "$@" >"$TMPDIR/where"
}

runs() {
	"$(cat "$TMPDIR/where")/wrench" version
}

needs_only_libc() {
	needed=$(objdump -p "$(cat "$TMPDIR/where")/wrench" | sed -n 's/^ *NEEDED *//p' |
		grep -v -e '^libc\.so' -e '^libm\.so' -e '^ld-linux')
	test -z "$needed" || { echo "$needed"; return 1; }
}

[ -z "$RUNNER" ] || skip_all "this is a cross build"
check "clang and libedit build"          build CC=clang READLINE=no
check "  the program runs"               runs
check "libc alone builds"                build FRONT=none
check "  the program runs"               runs
check "  and needs libc only"            needs_only_libc
check "address and UB sanitizers build"  build SAN=address,undefined
check "  the program runs"               runs
tap_done
