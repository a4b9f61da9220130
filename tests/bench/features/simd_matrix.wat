;; Products of 64×64 matrices of f32, four lanes at a time; the sum of the last product's diagonal.
(module
  (memory 1)                            ;; a at 0, b at 16384, c at 32768
  (func $fill (local $i i32)
    (loop $l
      (f32.store (local.get $i) (f32.convert_i32_u (i32.and (local.get $i) (i32.const 28))))
      (f32.store offset=16384 (local.get $i) (f32.convert_i32_u (i32.and (i32.shr_u (local.get $i) (i32.const 3)) (i32.const 7))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 16384)))))
  (func $product (local $row i32) (local $col i32) (local $k i32) (local $sum v128)
    (local.set $row (i32.const 0))
    (loop $rows
      (local.set $col (i32.const 0))
      (loop $cols
        (local.set $sum (v128.const i32x4 0 0 0 0))
        (local.set $k (i32.const 0))
        (loop $inner
          (local.set $sum (f32x4.add (local.get $sum) (f32x4.mul
            (v128.load32_splat (i32.add (local.get $row) (i32.shl (local.get $k) (i32.const 2))))
            (v128.load offset=16384 (i32.add (i32.shl (local.get $k) (i32.const 8)) (local.get $col))))))
          (br_if $inner (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (i32.const 64))))
        (v128.store offset=32768 (i32.add (local.get $row) (local.get $col)) (local.get $sum))
        (br_if $cols (i32.lt_u (local.tee $col (i32.add (local.get $col) (i32.const 16))) (i32.const 256))))
      (br_if $rows (i32.lt_u (local.tee $row (i32.add (local.get $row) (i32.const 256))) (i32.const 16384)))))
  (func (export "run") (param $n i32) (result i32) (local $i i32) (local $trace f32)
    (call $fill)
    (loop $l
      (call $product)
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (loop $d
      (local.set $trace (f32.add (local.get $trace) (f32.load offset=32768 (local.get $i))))
      (br_if $d (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 260))) (i32.const 16384))))
    (i32.trunc_sat_f32_s (local.get $trace))))
