#!/bin/sh
# The debugger costs nothing while it is not used: instruction counts, and the fast handlers' code.
. tests/harness/tap.sh

command -v valgrind >/dev/null 2>&1 || skip_all "valgrind is not installed"

# valgrind 3.19 does not read all of clang's debugging information
strip -g -o "$TMPDIR/wrench" "$WRENCH" 2>/dev/null || skip_all "strip is not installed"
valgrind -q "$TMPDIR/wrench" version >/dev/null 2>&1 || skip_all "valgrind does not run this build (sanitizers)"

cat >"$TMPDIR/fib.wat" <<'END'
(module
  (memory 1)
  (func $other (export "other") (result i32) (i32.const 1))
  (func $fib (export "fib") (param $n i32) (result i32)
    (i32.store (i32.const 16) (local.get $n))
    (if (result i32) (i32.lt_s (local.get $n) (i32.const 2))
      (then (local.get $n))
      (else (i32.add (call $fib (i32.sub (local.get $n) (i32.const 1))) (call $fib (i32.sub (local.get $n) (i32.const 2))))))))
END

count() { # count N COMMAND…: instructions of the program that carries out the commands, then fib(N)
	n=$1
	shift
	for c; do
		shift
		set -- "$@" -e "$c"
	done
	valgrind --tool=callgrind --callgrind-out-file=/dev/null "$TMPDIR/wrench" "$@" -e "fib($n)" "$TMPDIR/fib.wat" 2>&1 >/dev/null |
		sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

per_fib() { # what fib(22) takes more than fib(8)
	long=$(count 22 "$@") short=$(count 8 "$@")
	[ -n "$long" ] && [ -n "$short" ] && echo $((long - short))
}

plain=$(per_fib 'set verbose off')
[ -n "$plain" ] || skip_all "callgrind counts nothing here"
most=$((plain + plain / 1000)) least=$((plain - plain / 1000))

same() {
	now=$(per_fib "$@")
	echo "$plain instructions without, $now with: $*"
	[ "$now" -ge $least ] && [ "$now" -le $most ]
}

costs() {
	now=$(per_fib "$@")
	echo "$plain instructions without, $now with: $*"
	[ "$now" -gt $((plain * 3 / 2)) ]
}

seq 1024 4 5020 | sed 's/.*/watch mem32[&]/; 1s/^/instantiate\n/' >"$TMPDIR/thousand"

at_most_three_times() {
	now=$(per_fib "source $TMPDIR/thousand")
	echo "$plain instructions without, $now with a thousand watchpoints"
	[ "$now" -le $((plain * 3)) ]
}

# The program against one that has no debugger, because the library is all that it is linked with.
same_handlers() {
	for lib in "$B/libwrench.a" "$(dirname "$WRENCH")/libwrench.a" libwrench.a; do
		[ -f "$lib" ] && break
	done
	printf '#include <wrench.h>\nint main(void) { wr_engine_free(wr_engine_new(0, 0)); }\n' >"$TMPDIR/embed.c"
	${CC:-gcc} -Iinclude -no-pie -Wl,--unresolved-symbols=ignore-all -o "$TMPDIR/embed" "$TMPDIR/embed.c" "$lib" -lm -lpthread || return 1
	! nm "$TMPDIR/embed" | grep -q ' dbg_' || { echo "the debugger is in the library"; return 1; }
	tools/same-handlers.py "$WRENCH" "$TMPDIR/embed"
}

check "a breakpoint in another function costs nothing"          same 'set verbose off' 'break other'
check "nor does one with a condition and a list"                same 'set verbose off' 'break other if false'
check "a watchpoint that was deleted leaves nothing"            same 'watch mem32[64]' 'delete'
check "nor a catchpoint"                                        same 'catch host' 'delete'
check "nor one that is disabled"                                same 'watch mem32[64]' 'disable'
check "a thousand watchpoints cost at most three times"         at_most_three_times
check "the count would notice: a breakpoint there, never true"  costs 'break fib if false'
check "fast handlers are the code of a program without debugger" same_handlers
tap_done
