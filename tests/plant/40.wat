;; Two results.
(module
  (func $both (param $x i32) (result i32 i32)
    (local.get $x)
    (i32.const 9)
    (return))                                                    ;; here
  (func (export "run") (result i32)
    (call $both (i32.const 4))
    (i32.sub))
)
