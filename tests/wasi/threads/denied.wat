;; Exits with 0 minus what thread-spawn gave.
(module
  (import "env" "memory" (memory 1 1 shared))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (func (export "wasi_thread_start") (param i32 i32))
  (func (export "_start") (call $exit (i32.sub (i32.const 0) (call $spawn (i32.const 0))))))
