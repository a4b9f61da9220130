#!/bin/sh
# Four threads change the same words with atomic instructions of all widths: none of their changes is lost, in every tier.
. tests/harness/tap.sh

cat >"$TMPDIR/counters.wat" <<'END'
(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") (import "env" "memory") 1 1 shared)
  (func $work (local $i i32) (local $old i32)
    (loop $l
      (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
      (drop (i32.atomic.rmw16.sub_u (i32.const 8) (i32.const 1)))
      (drop (i64.atomic.rmw.xor (i32.const 16) (i64.const 1)))
      (loop $again
        (local.set $old (i32.atomic.load8_u (i32.const 24)))
        (br_if $again (i32.ne (local.get $old)
          (i32.atomic.rmw8.cmpxchg_u (i32.const 24) (local.get $old) (i32.add (local.get $old) (i32.const 1))))))
      (loop $again
        (local.set $old (i32.atomic.load (i32.const 32)))
        (br_if $again (i32.ne (local.get $old)
          (i32.atomic.rmw.cmpxchg (i32.const 32) (local.get $old) (i32.add (local.get $old) (i32.const 3))))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 20000))))
    (drop (i32.atomic.rmw.add (i32.const 64) (i32.const 1)))
    (drop (memory.atomic.notify (i32.const 64) (i32.const 1))))
  (func (export "wasi_thread_start") (param i32 i32) (call $work))
  (func (export "_start") (local $n i32)
    (drop (call $spawn (i32.const 0))) (drop (call $spawn (i32.const 0))) (drop (call $spawn (i32.const 0)))
    (call $work)
    (loop $l
      (local.set $n (i32.atomic.load (i32.const 64)))
      (if (i32.lt_u (local.get $n) (i32.const 4)) (then
        (drop (memory.atomic.wait32 (i32.const 64) (local.get $n) (i64.const 100000000))) (br $l))))
    (if (i32.ne (i32.load (i32.const 0)) (i32.const 80000)) (then (call $exit (i32.const 1))))
    (if (i32.ne (i32.load16_u (i32.const 8)) (i32.and (i32.sub (i32.const 0) (i32.const 80000)) (i32.const 0xffff))) (then (call $exit (i32.const 2))))
    (if (i64.ne (i64.load (i32.const 16)) (i64.const 0)) (then (call $exit (i32.const 3))))
    (if (i32.ne (i32.load8_u (i32.const 24)) (i32.and (i32.const 80000) (i32.const 255))) (then (call $exit (i32.const 4))))
    (if (i32.ne (i32.load (i32.const 32)) (i32.const 240000)) (then (call $exit (i32.const 5))))
    (call $exit (i32.const 42))))
END

counts() {
	"$WRENCH" run "$@" "$TMPDIR/counters.wat"
	[ $? -eq 42 ]
}

check "interpreted"                     counts --tier interp
check "compiled"                        counts --tier baseline
check "compiled, with checks of bounds" counts --tier baseline --bounds explicit
check "compiled where it is worth it"   counts --tier auto --tier-threshold 1
tap_done
