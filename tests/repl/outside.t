#!/bin/sh
# Compiled code as gdb and Linux perf see it. Where they are missing or may not do their work here there is nothing to do.
. "$TOP/tests/harness/tap.sh"
cd "$TMPDIR" || exit 1

cat >fib.wat <<'END'
(module (func $fib (export "fib") (param $n i32) (result i32)
  (if (result i32) (i32.lt_s (local.get $n) (i32.const 2)) (then (local.get $n))
    (else (i32.add (call $fib (i32.sub (local.get $n) (i32.const 1))) (call $fib (i32.sub (local.get $n) (i32.const 2))))))))
END

[ "$(uname -m)" = x86_64 ] || skip_all "gdb and perf are tried on x86-64"
tools=0

in_gdb() {
	gdb -q -nx -batch -ex 'set breakpoint pending on' -ex 'break fib' -ex run -ex 'continue 3' -ex backtrace \
		--args "$WRENCH" run --tier baseline --gdb-jit --invoke fib fib.wat 5 >gdb.out 2>&1
	grep -q '^#0  fib () at fib.wat:' gdb.out && grep -q '^#2 .* in fib () at fib.wat:' gdb.out && grep -q 'native_enter ()' gdb.out &&
		grep -q ' in main (' gdb.out || { cat gdb.out; false; }
}

if gdb -nx -batch -ex run --args true >/dev/null 2>&1 && gdb -nx -batch -ex run --args true 2>&1 | grep -q 'exited normally'; then
	tools=1
	check "gdb stops at a compiled function's name and shows its frames among ours" in_gdb
fi

sampled() { # sampled FILE
	perf report -i "$1" --stdio 2>/dev/null | grep -q 'wasm:\$fib' || { perf report -i "$1" --stdio 2>&1 | head -20; false; }
}

if perf record -q -e cpu-clock -o try.data true >/dev/null 2>&1; then
	tools=1
	perf record -q -e cpu-clock -o map.data "$WRENCH" run --tier baseline --profile=perfmap --invoke fib fib.wat 32 >/dev/null 2>&1
	check "perf report finds names in the map" sampled map.data
	rm -f /tmp/perf-"$(perf script -i map.data -F pid 2>/dev/null | sort | uniq -c | sort -rn | awk 'NR == 1 { print $2 }')".map
	perf record -q -k 1 -e cpu-clock -o dump.data "$WRENCH" run --tier baseline --profile=jitdump --invoke fib fib.wat 32 >/dev/null 2>&1
	perf inject --jit -i dump.data -o jit.data >/dev/null 2>&1
	check "perf inject finds code and names in the dump" sampled jit.data
fi

[ $tools = 1 ] || skip_all "neither gdb nor perf works here"
tap_done
