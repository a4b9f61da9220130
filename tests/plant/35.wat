;; An access with base, index and offset.
(module
  (memory 1)
  (data (i32.const 116) "\2a")
  (func (export "run") (result i32) (local $base i32) (local $i i32)
    (local.set $base (i32.const 64))
    (local.set $i (i32.const 32))
    (i32.load offset=20 (i32.add (local.get $base) (local.get $i))))  ;; here
)
