;; 8 threads add 10000 each; the first waits for all and checks the sum.
(module
  (import "env" "memory" (memory 1 4 shared))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (global $left i32 (i32.const 8))        ;; address: threads that still run
  (func (export "wasi_thread_start") (param $tid i32) (param $arg i32)
    (local $n i32)
    (local.set $n (local.get $arg))
    (loop $again
      (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (if (i32.eq (i32.atomic.rmw.sub (global.get $left) (i32.const 1)) (i32.const 1))
      (then (drop (memory.atomic.notify (global.get $left) (i32.const -1))))))
  (func (export "_start")
    (local $i i32) (local $n i32)
    (i32.atomic.store (global.get $left) (i32.const 8))
    (loop $more
      (if (i32.le_s (call $spawn (i32.const 10000)) (i32.const 0)) (then (unreachable)))
      (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 8))))
    (loop $wait
      (if (local.tee $n (i32.atomic.load (global.get $left)))
        (then
          (drop (memory.atomic.wait32 (global.get $left) (local.get $n) (i64.const 1000000000)))
          (br $wait))))
    (if (i32.ne (i32.atomic.load (i32.const 0)) (i32.const 80000)) (then (call $exit (i32.const 1))))
    (call $exit (i32.const 42))))
