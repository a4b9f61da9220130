;; What a loop computed is read behind it, where nothing is in a register.
(module
  (global $g (mut i32) (i32.const 0))
  (func (export "run") (result i32) (local $i i32) (local $s i32)
    (block $out
      (loop $l
        (local.set $s (i32.add (local.get $s) (local.get $i)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $out (i32.gt_u (local.get $s) (i32.const 1000)))  ;; here
        (br $l)))
    (global.set $g (local.get $s))
    (i32.add (local.get $s) (local.get $i)))
)
