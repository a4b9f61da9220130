;; A branch on a float comparison that is false, with NaN.
(module
  (func (export "run") (result i32) (local $x f64) (local $i i32)
    (local.set $x (f64.const nan))
    (if (f64.lt (local.get $x) (f64.const 1))                    ;; here
      (then (local.set $i (i32.const 5)))
      (else (local.set $i (i32.const 6))))
    (local.get $i))
)
