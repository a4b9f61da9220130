(module
  (func $fib (export "fib") (param i32) (result i32)
    (if (result i32) (i32.lt_u (i32.and (local.get 0) (i32.const 15)) (i32.const 2))
      (then (i32.and (local.get 0) (i32.const 15)))
      (else (i32.add (call $fib (i32.sub (i32.and (local.get 0) (i32.const 7)) (i32.const 1)))
        (call $fib (i32.sub (i32.and (local.get 0) (i32.const 7)) (i32.const 2)))))))
  (func (export "switch") (param i32) (result i32 i64)
    (block $c (result i32) (block $b (block $a
      (br_table $a $b $a $b (local.get 0)))
      (return (i32.const 10) (i64.const 100)))
      (br $c (i32.const 20)))
    (i64.const 200))
  (func (export "params") (param i32 i32) (result i32)
    local.get 0
    local.get 1
    (block (param i32 i32) (result i32)
      i32.add
      local.tee 0
      local.get 1
      (br_if 0 (local.get 0))
      i32.sub)
    (loop $l (param i32) (result i32)
      local.set 0
      (local.set 1 (i32.add (i32.and (local.get 1) (i32.const 31)) (i32.const 1)))
      (br_if $l (i32.add (local.get 0) (i32.const 3)) (i32.lt_u (local.get 1) (i32.const 20)))
      ))
  (func (export "early") (param i64) (result i64)
    (loop $l
      (if (i64.eqz (local.get 0)) (then (return (i64.const 7))))
      (local.set 0 (i64.shr_u (local.get 0) (i64.const 1)))
      (br $l))
    unreachable)
  (func (export "trap") (param i32 i32) (result i32)
    (i32.div_s (i32.mul (local.get 0) (i32.const 3)) (i32.rem_u (local.get 1) (local.get 0))))
  (func (export "nothing"))
  (func (export "endless") (loop (br 0))))
