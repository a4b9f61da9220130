#!/bin/sh
# long.sh [SECONDS] [FOLDER] — fuzz for a long time: each fuzzer for SECONDS (600) with libFuzzer, on corpora kept in FOLDER
# (build/fuzz). What is found lies there as NAME.crash-…; `tests/fuzz/README.md` says how to look at it.
set -e
cd "$(dirname "$0")/../.."
seconds=${1:-600}
folder=${2:-build/fuzz}
san=address,undefined

make -s fuzz FRONT=none SAN=$san
make -s fuzz FRONT=none SAN=$san,fuzzer-no-link
plain=$(make -s where FRONT=none SAN=$san)
guided=$(make -s where FRONT=none SAN=$san,fuzzer-no-link)
for source in tests/fuzz/*_fuzz.c; do
	name=$(basename "$source" .c)
	corpus=$folder/${name%_fuzz}
	if [ ! -d "$corpus" ]; then
		mkdir -p "$corpus"
		files="tests/fuzz/corpus/*"
		[ ! -d ../shared/testsuite ] || files="$files $(echo ../shared/testsuite/*.wast)"
		"$plain/fuzz/$name" -x "$corpus" $files
	fi
	echo "== $name"
	"$guided/fuzz/$name" -max_total_time="$seconds" -timeout=30 -rss_limit_mb=4096 -detect_leaks=1 -print_final_stats=1 \
		-artifact_prefix="$folder/${name%_fuzz}." "$corpus" 2>&1 | grep -v '^#.*\(NEW\|REDUCE\|pulse\)' || true
done
