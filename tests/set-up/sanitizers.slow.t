#!/bin/sh
# The other folders' tests pass under sanitizers too.
. tests/harness/tap.sh

passes() { # passes VARIABLE=VALUE: every folder but this one
	for folder in tests/*/; do
		case $folder in tests/set-up/ | tests/harness/ | tests/bench/ | tests/fuzz/) continue ;; esac
		make -s "test-$(basename "$folder")" "$@" </dev/null >"$TMPDIR/out" 2>&1 || { cat "$TMPDIR/out"; return 1; }
	done
}

check "address and undefined behaviour"  passes SAN=address,undefined
tap_done
