;; Locals around an instruction that a C function carries out.
(module
  (memory 1)
  (func (export "run") (result i32)
    (local $a i32) (local $b i32) (local $c i32) (local $d i32) (local $e i32) (local $f i32) (local $g i32) (local $h i32)
    (local $i i32) (local $j i32) (local $k i32) (local $n i32)
    (loop $l
      (local.set $a (i32.add (local.get $a) (i32.const 1)))
      (local.set $b (i32.add (local.get $b) (local.get $a)))
      (local.set $c (i32.add (local.get $c) (local.get $b)))
      (local.set $d (i32.add (local.get $d) (local.get $c)))
      (local.set $e (i32.add (local.get $e) (local.get $d)))
      (local.set $f (i32.add (local.get $f) (local.get $e)))
      (local.set $g (i32.add (local.get $g) (local.get $f)))
      (local.set $h (i32.add (local.get $h) (local.get $g)))
      (local.set $i (i32.add (local.get $i) (local.get $h)))
      (local.set $j (i32.add (local.get $j) (local.get $i)))
      (local.set $k (i32.add (local.get $k) (local.get $j)))
      (memory.fill (i32.const 0) (local.get $k) (i32.const 64))
      (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 20))))  ;; here
    (i32.add (local.get $k) (local.get $a)))
)
