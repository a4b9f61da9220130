;; Two bytes are stored over others.
(module
  (memory 1)
  (func (export "run") (result i32) (local $p i32) (local $v i32)
    (local.set $v (i32.const 0x1234))
    (loop $l
      (i32.store16 (local.get $p) (local.get $v))                ;; here
      (br_if $l (i32.lt_u (local.tee $p (i32.add (local.get $p) (i32.const 2))) (i32.const 8))))
    (i32.load (i32.const 4)))
)
