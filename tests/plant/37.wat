;; A quotient of floats.
(module
  (func (export "run") (result f64) (local $x f64) (local $y f64)
    (local.set $x (f64.const 10))
    (local.set $y (f64.const 4))
    (f64.div (local.get $x) (local.get $y)))                     ;; here
)
