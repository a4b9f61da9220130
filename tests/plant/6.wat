;; A selection between two constants by a local.
(module
  (func (export "run") (result i32) (local $x i32) (local $s i32)
    (loop $l
      (local.set $s (i32.add (local.get $s)
        (select (i32.const 5) (i32.const 6) (local.get $x))))    ;; here
      (br_if $l (i32.lt_u (local.tee $x (i32.add (local.get $x) (i32.const 1))) (i32.const 9))))
    (local.get $s))
)
