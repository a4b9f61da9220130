;; Four threads make lists of garbage and keep one of 1000 pairs each, over waits and host calls; nobody's list is lost.
(module
  (import "env" "memory" (memory 1 1 shared))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
  (type $pair (struct (field $n i32) (field $next (mut (ref null $pair)))))
  (global $rounds i32 (i32.const 12))
  (func $list (param $n i32) (result (ref null $pair))
    (local $p (ref null $pair))
    (loop $more
      (local.set $p (struct.new $pair (local.get $n) (local.get $p)))
      (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $p))
  (func $sum (param $p (ref null $pair)) (result i32)
    (local $s i32)
    (block $end
      (loop $more
        (br_if $end (ref.is_null (local.get $p)))
        (local.set $s (i32.add (local.get $s) (struct.get $pair $n (local.get $p))))
        (local.set $p (struct.get $pair $next (local.get $p)))
        (br $more)))
    (local.get $s))
  (func $work
    (local $keep (ref null $pair)) (local $i i32)
    (local.set $keep (call $list (i32.const 1000)))
    (loop $again
      (if (i32.ne (call $sum (call $list (i32.const 500))) (i32.const 125250)) (then (unreachable)))
      (drop (call $yield))
      (drop (memory.atomic.wait32 (i32.const 64) (i32.const 0) (i64.const 10000)))
      (if (i32.ne (call $sum (local.get $keep)) (i32.const 500500)) (then (unreachable)))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (global.get $rounds)))))
  (func (export "wasi_thread_start") (param $tid i32) (param $arg i32)
    (call $work)
    (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
    (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))
  (func (export "_start")
    (local $n i32)
    (loop $more
      (drop (call $spawn (i32.const 0)))
      (br_if $more (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 3))))
    (call $work)
    (loop $wait
      (if (i32.lt_u (local.tee $n (i32.atomic.load (i32.const 0))) (i32.const 3))
        (then
          (drop (memory.atomic.wait32 (i32.const 0) (local.get $n) (i64.const -1)))
          (br $wait))))))
