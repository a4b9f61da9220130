;; Whether not (a < b), as a value.
(module
  (global $count (mut i32) (i32.const 0))
  (func (export "run") (result i32) (local $a i32) (local $b i32)
    (local.set $a (i32.const 7))
    (local.set $b (i32.const 9))
    (global.set $count
      (i32.eqz (i32.lt_s (local.get $a) (local.get $b))))       ;; here
    (global.get $count))
)
