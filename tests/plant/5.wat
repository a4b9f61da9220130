;; 100 - n, deep in calls and loops.
(module
  (func $rest (param $n i32) (result i32)
    (i32.sub (i32.const 100) (local.get $n)))                   ;; here
  (func (export "run") (result i32) (local $n i32) (local $s i32)
    (loop $l
      (local.set $s (i32.xor (local.get $s) (call $rest (i32.const 100))))
      (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 20000))))
    (i32.add (local.get $s) (call $rest (local.get $n))))
)
