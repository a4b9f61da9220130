#!/bin/sh
# --max-memory, --max-table-elements and --max-stack hold to the byte, the element and the frame, initially and later.
. tests/harness/tap.sh

m=$TMPDIR/limits.wat
cat >"$m" <<'END'
(module
  (memory 1) (memory 2 100)
  (table 4 1000 funcref) (table 6 externref)
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "table") (param i32) (result i32) (table.grow (ref.null func) (local.get 0)))
  (func (export "grow_twice") (result i32 i32) (memory.grow (i32.const 1)) (memory.grow 1 (i32.const 1)))
  (func $down (export "down") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 0)))))
END
cat >"$TMPDIR/start.wat" <<'END'
(module (memory 1)
  (func $deep (call $deep))
  (func $grow (drop (memory.grow (i32.const 1))) (if (i32.ne (memory.size) (i32.const 1)) (then unreachable)) (call $deep))
  (start $grow) (func (export "_start")))
END
cat >"$TMPDIR/data.wat" <<'END'
(module (memory 3) (data (i32.const 0) "x") (func (export "_start")))
END

gives() { # gives STATUS OUTPUT-WORDS ARGUMENT…
	want=$1 words=$2
	shift 2
	out=$(timeout 60 "$WRENCH" run "$@" 2>&1)
	status=$?
	[ $status = "$want" ] || { echo "status $status, expected $want: $out"; return 1; }
	case $out in *"$words"*) ;; *) echo "no '$words' in: $out"; return 1 ;; esac
}

page=65536
check "initial memories together: exactly enough" gives 0 1 --max-memory $((3 * page)) "$m" --invoke grow 0
check "initial memories together: one byte less" gives 1 "above the limit" --max-memory $((3 * page - 1)) "$m" --invoke grow 0
check "growth to the limit" gives 0 1 --max-memory $((4 * page)) "$m" --invoke grow 1
check "growth beyond it fails" gives 0 -1 --max-memory $((4 * page)) "$m" --invoke grow 2
check "memories share the limit" gives 0 "1 -1" --max-memory $((4 * page)) "$m" --invoke grow_twice
check "K, M and G" gives 0 -1 --max-memory 256K "$m" --invoke grow 2
check "a memory with data" gives 1 "above the limit" --max-memory 128K "$TMPDIR/data.wat"
check "initial tables together: exactly enough" gives 0 4 --max-table-elements 10 "$m" --invoke table 0
check "initial tables together: one element less" gives 1 "above the limit" --max-table-elements 9 "$m" --invoke table 0
check "table growth to the limit" gives 0 4 --max-table-elements 13 "$m" --invoke table 3
check "table growth beyond it fails" gives 0 -1 --max-table-elements 13 "$m" --invoke table 4
check "a stack that is enough" gives 0 1000 --max-stack 64K "$m" --invoke down 1000
check "a deep stack that is enough" gives 0 1000000 --max-stack 1G "$m" --invoke down 1000000
check "a stack that is not" gives 134 "call stack exhausted" --max-stack 64K "$m" --invoke down 100000
check "growth and stack in a start function" gives 134 "call stack exhausted" --max-memory 64K --max-stack 64K "$TMPDIR/start.wat"
check "wrong size" gives 2 "is not a size" --max-memory lots "$m" --invoke grow 0
tap_done
