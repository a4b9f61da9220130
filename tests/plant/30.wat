;; The step of the latch is -3.
(module
  (func (export "run") (result i32) (local $n i32) (local $s i32)
    (local.set $n (i32.const 30))
    (loop $l
      (local.set $s (i32.add (local.get $s) (local.get $n)))
      (br_if $l (i32.gt_s
        (local.tee $n (i32.add (local.get $n) (i32.const -3)))  ;; here
        (i32.const 0))))
    (local.get $s))
)
