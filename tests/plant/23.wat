;; A shift by 40.
(module
  (func (export "run") (result i64) (local $i i64)
    (local.set $i (i64.const 0x0123456789abcdef))
    (i64.xor (local.get $i)
      (i64.shr_u (local.get $i) (i64.const 40))))                ;; here
)
