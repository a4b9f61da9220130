;; A negative number divided by a constant.
(module
  (func (export "run") (result i32) (local $n i32) (local $s i32)
    (local.set $n (i32.const 100))
    (loop $l
      (local.set $s (i32.add (local.get $s)
        (i32.div_s (local.get $n) (i32.const 7))))               ;; here
      (br_if $l (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 50))) (i32.const -200))))
    (local.get $s))
)
