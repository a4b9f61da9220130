;; 3000 threads, one after another: numbers go on, what has ended is joined on the way.
(module
  (import "env" "memory" (memory 1 1 shared))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (func (export "wasi_thread_start") (param $tid i32) (param $arg i32)
    (i32.atomic.store (i32.const 0) (local.get $tid))
    (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))
  (func (export "_start")
    (local $i i32)
    (loop $more
      (if (i32.ne (call $spawn (i32.const 0)) (i32.add (local.get $i) (i32.const 1))) (then (unreachable)))
      (loop $wait
        (if (i32.eq (i32.atomic.load (i32.const 0)) (local.get $i))
          (then
            (drop (memory.atomic.wait32 (i32.const 0) (local.get $i) (i64.const -1)))
            (br $wait))))
      (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3000))))))
