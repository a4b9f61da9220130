;; An argument that a call copies.
(module
  (func $half (param $x i32) (result i32) (i32.shr_u (local.get $x) (i32.const 1)))
  (func (export "run") (result i32) (local $i i32) (local $s i32)
    (loop $l
      (local.set $s (i32.add (local.get $s)
        (call $half (local.get $i))))                            ;; here
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 3))) (i32.const 30))))
    (local.get $s))
)
