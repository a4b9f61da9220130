;; a v128 on the operand stack lies where two numbers do at other times
(module
  (memory 1) (data (i32.const 0) "\01\02\03\04\05\06\07\08\09\0a\0b\0c\0d\0e\0f\80")
  (func $id (param i32) (result i32) (local.get 0))
  (func (export "halves") (param $n i32) (result i32) (local $s i32) (local $k i32)
    (loop $l
      (local.set $s (i32.add (i8x16.bitmask (i8x16.add (v128.load (i32.const 0)) (v128.load (i32.const 0)))) (local.get $s)))
      (local.set $k (i32.const 3))
      (loop $m
        (i32.load8_u offset=4 (i32.const 0))
        (i32.load8_u offset=1 (local.get $n))
        (if (i32.and (local.get $n) (i32.const 3)) (then (drop (call $id (local.get $n)))))
        (local.set $s (i32.add (i32.mul) (local.get $s)))
        (br_if $m (local.tee $k (i32.sub (local.get $k) (i32.const 1)))))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s)))
(assert_return (invoke "halves" (i32.const 10)) (i32.const 1125))
