;; Indirect calls: a table of functions, chosen by a number while running.
(module $table
  (type $binary (func (param i32 i32) (result i32)))
  (table 4 funcref)
  (elem (i32.const 0) $add $sub $mul)         ;; element 3 stays null

  (func $add (param $a i32) (param $b i32) (result i32)
    (i32.add (local.get $a) (local.get $b)))
  (func $sub (param $a i32) (param $b i32) (result i32)
    (i32.sub (local.get $a) (local.get $b)))
  (func $mul (param $a i32) (param $b i32) (result i32)
    (i32.mul (local.get $a) (local.get $b)))

  ;; calc(0, …) adds, calc(1, …) subtracts, calc(2, …) multiplies; calc(3, …) and calc(4, …) trap, each in its way.
  (func $calc (export "calc") (param $which i32) (param $a i32) (param $b i32) (result i32)
    (call_indirect (type $binary) (local.get $a) (local.get $b) (local.get $which))))
