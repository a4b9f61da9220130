;; A local that was written before a call, read behind it: the callee uses registers itself.
(module
  (func $twice (param $x i32) (result i32) (local $i i32) (local $s i32)
    (loop $l
      (local.set $s (i32.add (local.get $s) (local.get $x)))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 2))))
    (local.get $s))
  (func (export "run") (result i32) (local $i i32) (local $s i32)
    (loop $l
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (local.set $s (call $twice (i32.const 7)))
      (local.set $s (i32.add (local.get $s) (i32.mul (local.get $i) (i32.const 3))))  ;; here
      (br_if $l (i32.lt_u (local.get $i) (i32.const 10))))
    (local.get $s))
)
