;; A shift by a variable.
(module
  (func (export "run") (result i32) (local $i i32) (local $s i32)
    (loop $l
      (local.set $s (i32.xor (local.get $s)
        (i32.shl (i32.const 5) (local.get $i))))                 ;; here
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 30))))
    (local.get $s))
)
