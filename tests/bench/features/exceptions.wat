;; An exception for every fourth call, thrown three frames below its handler; the others return through it.
(module
  (tag $odd (param i32))
  (func $inner (param $i i32) (result i32)
    (if (i32.eqz (i32.and (local.get $i) (i32.const 3))) (then (throw $odd (local.get $i))))
    (i32.const 1))
  (func $middle (param $i i32) (result i32) (i32.add (call $inner (local.get $i)) (i32.const 1)))
  (func $outer (param $i i32) (result i32)
    (block $caught (result i32)
      (return (try_table (result i32) (catch $odd $caught) (i32.add (call $middle (local.get $i)) (i32.const 1))))))
  (func (export "run") (param $n i32) (result i32) (local $s i32)
    (loop $l
      (local.set $s (i32.add (local.get $s) (call $outer (local.get $n))))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s)))
