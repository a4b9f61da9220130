#!/bin/sh
# A bounded run of every fuzzer under the address and undefined behaviour sanitizers: the same inputs each time.
. tests/harness/tap.sh

[ -z "$RUNNER" ] || skip_all "this is a cross build"
for name in clang-14 clang; do command -v "$name"; done | grep -q . || skip_all "there is no clang"

build() {
	tests/harness/build.sh SAN=address,undefined >"$TMPDIR/where" &&
	make -s fuzz BUILD="$(dirname "$B")" SAN=address,undefined </dev/null
}

# Modules of the specification's tests: a few files for each kind of thing.
suite() {
	[ -z "$SHARED" ] || for name in binary custom address block br_table call_indirect elem imports global memory_copy \
		table_init return_call try_table struct br_on_cast simd_lane i32 float_exprs annotations; do
		[ ! -f "$SHARED/testsuite/$name.wast" ] || echo "$SHARED/testsuite/$name.wast"
	done
}

fuzz() { # fuzz NAME COUNT
	input=$TMPDIR/$1.input
	"$(cat "$TMPDIR/where")/fuzz/$1_fuzz" -n "$2" -o "$input" tests/fuzz/corpus/* $(suite) || {
		[ ! -f "$input" ] || { echo "the input, in base64:"; base64 "$input" | head -n 20; }
		return 1
	}
}

fuzz_dwarf() {
	"$(cat "$TMPDIR/where")/fuzz/dwarf_fuzz" -n "$1" -o "$TMPDIR/dwarf.input" tests/transcripts/source/*.wasm || {
		[ ! -f "$TMPDIR/dwarf.input" ] || { echo "the input, in base64:"; base64 "$TMPDIR/dwarf.input" | head -n 20; }
		return 1
	}
}

check "the fuzzers build"                         build
check "the decoder, validator and printer"        fuzz module 6000
check "the name section"                          fuzz names 20000
check "debugging information"                     fuzz_dwarf 3000
check "the text format"                           fuzz wat 20000
check "scripts"                                   fuzz wast 3000
check "modules give the same however they run"    fuzz exec 4000
check "WASI calls stay in what is granted"        fuzz wasi 2000
check "generated ones too"                        fuzz generated 2000
tap_done
