;; Two ways meet; on one of them a call has taken the registers.
(module
  (func $other (param $x i32) (result i32) (local $i i32) (local $s i32)
    (loop $l
      (local.set $s (i32.add (local.get $s) (local.get $x)))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3))))
    (local.get $s))
  (func (export "run") (result i32) (local $i i32) (local $s i32) (local $t i32)
    (loop $l
      (block $skip
        (local.set $t (call $other (local.get $i)))
        (br_if $skip (i32.and (local.get $i) (i32.const 1)))
        (local.set $s (i32.add (local.get $s) (i32.const 1)))
        (local.set $t (i32.add (local.get $t) (i32.const 1))))
      (local.set $s (i32.add (local.get $s) (local.get $t)))     ;; here
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 6))))
    (local.get $s))
)
