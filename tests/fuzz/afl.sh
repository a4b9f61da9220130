#!/bin/sh
# afl.sh [SECONDS] [FOLDER] — fuzz with AFL++: each fuzzer for SECONDS (600), under the address and undefined behaviour
# sanitizers, starting from the corpora that long.sh keeps in FOLDER (build/fuzz). Findings lie in FOLDER/afl/NAME.
set -e
cd "$(dirname "$0")/../.."
seconds=${1:-600}
folder=${2:-build/fuzz}
san=address,undefined

make -s fuzz FRONT=none SAN=$san
make -s fuzz FRONT=none SAN=$san CC=afl-clang-fast
plain=$(make -s where FRONT=none SAN=$san)
guided=$(make -s where FRONT=none SAN=$san CC=afl-clang-fast)
export AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1 AFL_NO_AFFINITY=1
for source in tests/fuzz/*_fuzz.c; do
	name=$(basename "$source" _fuzz.c)
	seeds=$folder/afl-seeds/$name
	mkdir -p "$seeds" "$folder/afl"
	"$plain/fuzz/${name}_fuzz" -x "$seeds" tests/fuzz/corpus/*
	[ -n "$(ls "$seeds")" ] || printf 'wrench' >"$seeds/0"
	echo "== $name"
	afl-fuzz -V "$seconds" -m none -t 5000 -i "$seeds" -o "$folder/afl/$name" -- "$guided/fuzz/${name}_fuzz" >"$folder/afl/$name.log" 2>&1 ||
		tail -n 20 "$folder/afl/$name.log"
	grep -E '^(run_time|execs_done|edges_found|saved_crashes|saved_hangs)' "$folder/afl/$name/default/fuzzer_stats"
done
