;; The larger of two locals.
(module
  (func (export "run") (result i32) (local $a i32) (local $b i32)
    (local.set $a (i32.const 3))
    (local.set $b (i32.const 4))
    (select (local.get $a) (local.get $b) (i32.gt_s (local.get $a) (local.get $b))))  ;; here
)
