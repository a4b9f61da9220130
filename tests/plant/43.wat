;; A loop begins, and a division traps: what locals held must be seen.
(module
  (memory 1)
  (func (export "run") (result i32) (local $i i32) (local $s i32)
    (local.set $i (i32.const 10))
    (loop $l  ;; here
      (local.set $s (i32.add (local.get $s) (i32.const 3)))
      (local.set $i (i32.sub (local.get $i) (i32.const 1)))
      (local.set $s (i32.add (local.get $s) (i32.div_u (i32.const 100) (local.get $i))))
      (br $l))
    (unreachable))
)
