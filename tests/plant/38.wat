;; A constant that needs more than 32 bits.
(module
  (func (export "run") (result i64) (local $x i64)
    (local.set $x (i64.const 3))
    (i64.xor (local.get $x) (i64.const 0x100000005)))            ;; here
)
