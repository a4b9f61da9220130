;; Unsigned numbers beyond 2^31 in a branch.
(module
  (global $g (mut i32) (i32.const 0))
  (func (export "run") (result i32) (local $n i32) (local $limit i32)
    (local.set $limit (i32.const 0x80000010))
    (local.set $n (i32.const 0x7ffffff0))
    (loop $l
      (global.set $g (local.get $n))
      (if (i32.lt_u (local.get $n) (local.get $limit))           ;; here
        (then (local.set $n (i32.add (local.get $n) (i32.const 1))) (br $l))))
    (global.get $g))
)
