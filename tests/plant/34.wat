;; A byte with its highest bit.
(module
  (memory 1)
  (data (i32.const 3) "\80")
  (func (export "run") (result i32) (local $p i32)
    (local.set $p (i32.const 3))
    (i32.load8_s (local.get $p)))                                ;; here
)
