#!/bin/sh
# The Makefile's targets do what `make help` says.
. tests/harness/tap.sh

to=$TMPDIR/to

installed_scripts() {
	"$to/usr/bin/wrench" script call-graph "$TOP/examples/fac.wat" | grep -q fac && "$to/usr/bin/wrench" lesson | grep -q stack
}

install_there() {
	make -s install BUILD="$(dirname "$B")" DESTDIR="$to" PREFIX=/usr </dev/null
}

says() { # says TEXT COMMAND…
	text=$1
	shift
	"$@" | grep -qF -e "$text"
}

run_example() {
	make -s run </dev/null >"$TMPDIR/run" 2>&1 || { cat "$TMPDIR/run"; return 1; }
}

nothing_anew() { # the program under test stays the one it is, however the folder's path is spelled
	before=$(stat -c %i.%Y "$B/wrench" "$B/libwrench.a")
	for build in "$(dirname "$B")" "$(realpath --relative-to=. "$(dirname "$B")")"; do
		make -s program BUILD="$build" </dev/null &
		make -s program BUILD="$build" </dev/null || return 1
		wait $! || return 1
	done
	test "$before" = "$(stat -c %i.%Y "$B/wrench" "$B/libwrench.a")"
}

has_help() {
	for target in run test test-all bench layers install dist deps clean check-interp help; do
		make -s help | grep -q "make $target " || { echo "$target"; return 1; }
	done
}

check "make help names every target"         has_help
check "make run works without a terminal"    run_example
check "  and shows the welcome"              grep -qF "a WebAssembly workbench" "$TMPDIR/run"
check "  and the example's result"           grep -qF '$1 = 120 : i32' "$TMPDIR/run"
check "VERSION is the one place"             says "$(cat VERSION)" "$WRENCH" version
case $B in
*address* | *undefined* | *thread*) ;;      # handlers have the sanitizers' own code in them
*) check "make check-interp passes"             make -s check-interp ;;
esac
check "make makes nothing twice"             nothing_anew
check "make layers passes"                   make -s layers
check "make install works"                   install_there
check "  the program runs"                   "$to/usr/bin/wrench" version
check "  its scripts and lessons are found"  installed_scripts
check "  the library is there"               test -s "$to/usr/lib/libwrench.a"
check "  the manual page is one"             grep -q '^\.TH WRENCH 1' "$to/usr/share/man/man1/wrench.1"
check "  it names the commands"              grep -q 'validate' "$to/usr/share/man/man1/wrench.1"
check "  bash reads its completion"          bash -n "$to/usr/share/bash-completion/completions/wrench"
check "  zsh's names the program"            grep -q '^#compdef wrench' "$to/usr/share/zsh/site-functions/_wrench"
check "  fish's names the program"           grep -q 'complete -c wrench' "$to/usr/share/fish/vendor_completions.d/wrench.fish"
if git rev-parse -q --verify HEAD:Makefile >/dev/null 2>&1; then
	check "make dist makes an archive"       make -s dist BUILD="$TMPDIR"
	check "  with the sources"               says "wrench-$(cat VERSION)/Makefile" tar tzf "$TMPDIR/wrench-$(cat VERSION).tar.gz"
fi
tap_done
