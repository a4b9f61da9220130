#!/bin/sh
# With libc alone the program cross-compiles for arm64 and passes the specification's tests under qemu.
. tests/harness/tap.sh

arm64="FRONT=none CC=aarch64-linux-gnu-gcc"

build() {
	tests/harness/build.sh $arm64 >"$TMPDIR/where"
}

passes_spec() {
	B=$(cat "$TMPDIR/where") RUNNER=qemu-aarch64 python3 tests/harness/run.py spec
}

[ -z "$RUNNER" ] || skip_all "this is a cross build already"
check "libc alone builds for arm64"                  build
check "  the program runs"                           qemu-aarch64 "$(cat "$TMPDIR/where")/wrench" version
[ -z "$SHARED" ] || [ ! -d tests/spec ] ||
	check "  and passes the specification's tests"   passes_spec
tap_done
