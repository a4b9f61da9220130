;; a branch to the end of a function's last block returns: with what lies below the block when the block has no result
(module
  (func (export "below") (param i32) (result i32)
    (i32.mul (local.get 0) (i32.const 3))
    (block $b (br_if $b (i32.eqz (local.get 0))) (i32.mul (local.get 0) (i32.const 5)) (br $b)))
  (func (export "below a value") (param i32) (result i32)
    (i32.const 7) (block $b (i32.const 9) (block (result i32) (br $b)) (br $b)))
  (func (export "from a parameter") (param i32) (result i32)
    (i32.add (local.get 0) (i32.const 1))
    (block $b (param i32) (result i32) (br_if $b (local.get 0)) (br $b (i32.const 11))))
  (func (export "wide") (param i64) (result i64)
    (i64.clz (local.get 0)) (block $b (f64.const 2) (br $b))))
(assert_return (invoke "below" (i32.const 2)) (i32.const 6))
(assert_return (invoke "below" (i32.const 0)) (i32.const 0))
(assert_return (invoke "below a value" (i32.const 1)) (i32.const 7))
(assert_return (invoke "from a parameter" (i32.const 1)) (i32.const 2))
(assert_return (invoke "from a parameter" (i32.const 0)) (i32.const 11))
(assert_return (invoke "wide" (i64.const 1)) (i64.const 63))

;; code that is not reached is passed over, also the two parts of a block's type that is a reference
(module
  (type (func)) (type (func (param i32)))
  (type $t (func (param i64)))          ;; number 2, which is also the code of `block`
  (func (export "dead") (param i32) (result i32)
    (block $b
      (br $b)
      (block (result (ref null $t)) (ref.null $t)) (drop)
      (loop (result (ref null func)) (ref.null func)) (drop)
      (if (result (ref null $t)) (i32.const 1) (then (ref.null $t)) (else (ref.null $t))) (drop))
    (i32.add (local.get 0) (i32.const 1))))
(assert_return (invoke "dead" (i32.const 4)) (i32.const 5))
