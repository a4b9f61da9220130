;; Calls through a table, to eight functions in turn.
(module
  (type $f (func (param i32 i32) (result i32)))
  (table funcref (elem $add $sub $mul $xor $and $or $shl $rot))
  (func $add (type $f) (i32.add (local.get 0) (local.get 1)))
  (func $sub (type $f) (i32.sub (local.get 0) (local.get 1)))
  (func $mul (type $f) (i32.mul (local.get 0) (i32.or (local.get 1) (i32.const 1))))
  (func $xor (type $f) (i32.xor (local.get 0) (local.get 1)))
  (func $and (type $f) (i32.and (local.get 0) (i32.or (local.get 1) (i32.const 0xffff))))
  (func $or  (type $f) (i32.or (local.get 0) (i32.and (local.get 1) (i32.const 0xff))))
  (func $shl (type $f) (i32.shl (local.get 0) (i32.and (local.get 1) (i32.const 1))))
  (func $rot (type $f) (i32.rotl (local.get 0) (local.get 1)))
  (func (export "run") (param $n i32) (result i32) (local $s i32)
    (loop $l
      (local.set $s (call_indirect (type $f) (local.get $s) (local.get $n) (i32.and (local.get $n) (i32.const 7))))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s)))
