;; A loop goes round behind a call, which has taken the registers.
(module
  (func $other (param $x i32) (result i32) (local $i i32) (local $s i32)
    (loop $l
      (local.set $s (i32.add (local.get $s) (local.get $x)))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3))))
    (local.get $s))
  (func (export "run") (result i32) (local $i i32) (local $s i32)
    (block $out
      (loop $l
        (local.set $s (i32.add (local.get $s) (i32.const 3)))
        (br_if $out (i32.gt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5)))
        (drop (call $other (i32.const 2)))
        (br $l)))  ;; here
    (local.get $s))
)
