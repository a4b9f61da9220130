;; A load whose address is the sum of two locals.
(module
  (memory 1)
  (data (i32.const 96) "\2a\00\00\00")
  (func (export "run") (result i32) (local $base i32) (local $i i32)
    (local.set $base (i32.const 64))
    (local.set $i (i32.const 32))
    (i32.load (i32.add (local.get $base) (local.get $i))))       ;; here
)
