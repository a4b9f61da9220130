;; The address p - 8 is a sum that the load computes.
(module
  (memory 1)
  (data (i32.const 32) "\01\02\03\04")
  (func (export "run") (result i32) (local $p i32)
    (local.set $p (i32.const 40))
    (i32.load
      (i32.sub (local.get $p) (i32.const 8))))                  ;; here
)
