;; The start function runs for each thread: as compilers do it, only the first one initialises the memory.
(module
  (import "env" "memory" (memory 1 1 shared))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (global $own (mut i32) (i32.const 5))           ;; each thread's own
  (data $d "\07")
  (func $init
    (if (i32.eqz (i32.atomic.rmw.cmpxchg (i32.const 0) (i32.const 0) (i32.const 1)))
      (then (memory.init $d (i32.const 8) (i32.const 0) (i32.const 1)) (i32.atomic.store (i32.const 0) (i32.const 2))))
    (data.drop $d))
  (start $init)
  (func (export "wasi_thread_start") (param $tid i32) (param $arg i32)
    (global.set $own (i32.add (global.get $own) (i32.load8_u (i32.const 8))))
    (i32.atomic.store (i32.const 16) (global.get $own))
    (drop (memory.atomic.notify (i32.const 16) (i32.const 1))))
  (func (export "_start")
    (drop (call $spawn (i32.const 0)))
    (loop $wait
      (if (i32.eqz (i32.atomic.load (i32.const 16)))
        (then (drop (memory.atomic.wait32 (i32.const 16) (i32.const 0) (i64.const -1))) (br $wait))))
    (call $exit (i32.add (i32.mul (i32.const 10) (global.get $own)) (i32.atomic.load (i32.const 16))))))
