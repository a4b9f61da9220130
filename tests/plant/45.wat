;; A call of a function of another type.
(module
  (table 2 funcref)
  (elem (i32.const 0) $f $g)
  (type $t (func (result i32)))
  (func $f (result i32) (i32.const 1))
  (func $g (result i64) (i64.const 2))
  (func (export "run") (result i32) (local $i i32) (local $s i32)
    (loop $l
      (local.set $s (i32.add (local.get $s)
        (call_indirect (type $t) (local.get $i))))               ;; here
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $l))
    (unreachable))
)
