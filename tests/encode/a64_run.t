#!/bin/sh
# On other machines macro instructions of arm64 are executed in an emulator.
. tests/harness/tap.sh

[ -z "$RUNNER" ] && [ "$(uname -m)" != aarch64 ] || skip_all "a64_run_test runs as it is"
command -v aarch64-linux-gnu-gcc >/dev/null && command -v qemu-aarch64 >/dev/null || skip_all "no compiler or emulator for arm64"

aarch64-linux-gnu-gcc -std=gnu11 -O1 -ffp-contract=off -static -I. -D_GNU_SOURCE -o "$TMPDIR/run" tests/encode/a64_run_test.c -lm || {
	echo "not ok 1 - it compiles"
	echo "1..1"
	exit 1
}
exec qemu-aarch64 "$TMPDIR/run"
