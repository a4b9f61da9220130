;; A memory that has nothing grows, and is written.
(module
  (memory 0 10)
  (func (export "run") (result i32) (local $p i32)
    (local.set $p (i32.const 8))
    (drop (memory.grow (i32.const 1)))
    (i32.store (local.get $p) (i32.const 42))                    ;; here
    (i32.load (local.get $p)))
)
