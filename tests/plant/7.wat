;; A call that copies two locals.
(module
  (func $less (param $a i32) (param $b i32) (result i32) (i32.sub (local.get $a) (local.get $b)))
  (func (export "run") (result i32) (local $x i32) (local $y i32)
    (local.set $x (i32.const 3))
    (local.set $y (i32.const 10))
    (call $less (local.get $x) (local.get $y)))                  ;; here
)
