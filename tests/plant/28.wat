;; An `if` of a float comparison that is false, with NaN.
(module
  (func $below (param $x f64) (param $y f64) (result i32) (local $i i32)
    (if (f64.lt (local.get $x) (local.get $y))                   ;; here
      (then (local.set $i (i32.const 5))))
    (local.get $i))
  (func (export "run") (result i32) (call $below (f64.const nan) (f64.const 1)))
)
