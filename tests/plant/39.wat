;; Locals that nobody sets before the loop.
(module
  (func $dirty (param $a i32) (result i32) (local $b i32)
    (loop $l  ;; here
      (local.set $b (i32.add (local.get $b) (local.get $a)))
      (br_if $l (i32.lt_u (local.tee $a (i32.add (local.get $a) (i32.const 1))) (i32.const 50))))
    (local.get $b))
  (func $sum (param $n i32) (result i32) (local $s i32)
    (local.set $s (i32.add (local.get $s) (local.get $n)))
    (local.set $s (i32.mul (local.get $s) (local.get $s)))
    (local.set $s (i32.add (local.get $s) (local.get $s)))
    (local.get $s))
  (func (export "run") (result i32)
    (i32.add (call $dirty (i32.const 1)) (call $sum (i32.const 4))))
)
