#!/bin/sh
# conformance.sh — write docs/conformance.md from a run of the specification's scripts. Needs ../shared.
set -e
cd "$(dirname "$0")/.."
: "${SHARED:=$(cd .. && pwd)/shared}"
[ -d "$SHARED/testsuite" ] || { echo "conformance.sh: no testsuite in $SHARED" >&2; exit 1; }
export SHARED WRENCH="${WRENCH:-./wrench}"
table=$(tests/spec/spec.t --no-document | sed -n '/^# folder/,$s/^# //p')
{
	cat <<'TEXT'
# Conformance

What `wrench wast` makes of other people's scripts, by folder. `testsuite` is the official one of WebAssembly 3.0 with its
proposals, `wasmtime` the scripts of that engine. Every assertion is run; nothing is skipped. Left out as a whole are custom
descriptors, stack switching and components. This page is written by `tools/conformance.sh`; `make test` checks that its
numbers are true.

| folder | files | assertions | passed |
|---|---:|---:|---:|
TEXT
	echo "$table" | awk '$1 != "folder" && $1 != "tests/spec" { print "| " $1 " | " $2 " | " $3 " | " $4 " |"; f += $2; a += $3; p += $4 }
		END { print "| **all** | " f " | " a " | " p " |" }'
	cat <<'TEXT'

The assertions of `testsuite/proposals/threads` hold with `--features=-gc,-function-references,-reference-types,-multi-memory`:
they say that something is invalid which WebAssembly 3.0 allows. Where a script imports `wasmtime` `gc`, `wrench wast` (nothing
else) provides it: it collects garbage. A trap or error has to be of the kind that the script names; scripts with words of
their own are mapped to the specification's kinds by the tables in `wat/wast_words.c`.
TEXT
} >docs/conformance.md
tail -n +9 docs/conformance.md | head -30
