;; An index times eight.
(module
  (memory 1)
  (func (export "run") (result i32) (local $i i32)
    (loop $l
      (i32.store (i32.mul (local.get $i) (i32.const 8)) (local.get $i))  ;; here
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5))))
    (i32.load (i32.const 16)))
)
