;; How many bytes of 64 KiB are a vowel's, sixteen at a time.
(module
  (memory 1)
  (func $fill (local $i i32) (local $x i32)
    (local.set $x (i32.const 12345))
    (loop $l
      (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1103515245)) (i32.const 12345)))
      (i32.store8 (local.get $i) (i32.add (i32.const 97) (i32.rem_u (i32.shr_u (local.get $x) (i32.const 16)) (i32.const 26))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 65536)))))
  (func $count (result i32) (local $i i32) (local $v v128) (local $n i32)
    (loop $l
      (local.set $v (v128.load (local.get $i)))
      (local.set $n (i32.add (local.get $n) (i32.popcnt (i8x16.bitmask
        (v128.or (v128.or (i8x16.eq (local.get $v) (v128.const i8x16 97 97 97 97 97 97 97 97 97 97 97 97 97 97 97 97))
                          (i8x16.eq (local.get $v) (v128.const i8x16 101 101 101 101 101 101 101 101 101 101 101 101 101 101 101 101)))
          (v128.or (i8x16.eq (local.get $v) (v128.const i8x16 105 105 105 105 105 105 105 105 105 105 105 105 105 105 105 105))
            (v128.or (i8x16.eq (local.get $v) (v128.const i8x16 111 111 111 111 111 111 111 111 111 111 111 111 111 111 111 111))
                     (i8x16.eq (local.get $v) (v128.const i8x16 117 117 117 117 117 117 117 117 117 117 117 117 117 117 117 117)))))))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 16))) (i32.const 65536))))
    (local.get $n))
  (func (export "run") (param $n i32) (result i32) (local $sum i32)
    (call $fill)
    (loop $l
      (local.set $sum (i32.add (local.get $sum) (call $count)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))
