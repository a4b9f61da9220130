;; The low half of a large number is an address.
(module
  (memory 1)
  (func (export "run") (result i64) (local $x i64) (local $y i32)
    (local.set $x (i64.const 0x123456789a))
    (loop $l
      (local.set $y (i32.wrap_i64 (local.get $x)))               ;; here
      (local.set $x (i64.sub (local.get $x) (i64.const 0x1000000000)))
      (br_if $l (i64.gt_s (local.get $x) (i64.const 0))))
    (i64.extend_i32_u (local.get $y)))
)
