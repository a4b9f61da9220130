#!/bin/sh
# On other machines macro instructions of arm64 are executed in an emulator.
. tests/harness/tap.sh

[ -z "$RUNNER" ] && [ "$(uname -m)" != aarch64 ] || skip_all "they run as they are"
command -v aarch64-linux-gnu-gcc >/dev/null && command -v qemu-aarch64 >/dev/null || skip_all "no compiler or emulator for arm64"

# The results of several tests as those of one.
count_on() {
	awk '/^1\.\./ { next } /^ok |^not ok / { sub(/ok [0-9]+/, "ok " ++n) } /^not / { bad = 1 } { print } END { print "1.." n; exit bad }'
}

for file in tests/encode/a64_*_test.c; do
	aarch64-linux-gnu-gcc -std=gnu11 -O1 -ffp-contract=off -static -I. -D_GNU_SOURCE -o "$TMPDIR/run" "$file" -lm &&
		qemu-aarch64 "$TMPDIR/run" || echo "not ok 0 - $file: compiled, run, all well"
done | count_on
