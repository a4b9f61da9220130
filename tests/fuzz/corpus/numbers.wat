(module
  (func (export "mix") (param i32 i64 f32 f64) (result i32 i64 f32 f64)
    (i32.xor (i32.rotl (local.get 0) (i32.const 5)) (i32.wrap_i64 (i64.extend32_s (local.get 1))))
    (i64.popcnt (i64.xor (local.get 1) (i64.extend_i32_u (local.get 0))))
    (f32.min (f32.sqrt (local.get 2)) (f32.demote_f64 (local.get 3)))
    (f64.copysign (f64.nearest (local.get 3)) (f64.promote_f32 (local.get 2))))
  (func (export "truncate") (param f64 f32) (result i32 i64)
    (i32.trunc_sat_f64_u (local.get 0)) (i64.trunc_f32_s (local.get 1)))
  (func (export "compare") (param f64 f64) (result i32) (local i32)
    (if (f64.lt (local.get 0) (local.get 1)) (then (local.set 2 (i32.const 1))))
    (if (i32.eqz (f64.ge (local.get 0) (local.get 1))) (then (local.set 2 (i32.add (local.get 2) (i32.const 2)))))
    (select (local.get 2) (i32.const 50) (f64.ne (local.get 0) (local.get 1))))
  (func (export "divide") (param i64 i64) (result i64)
    (i64.add (i64.div_s (local.get 0) (local.get 1)) (i64.rem_s (local.get 0) (i64.const -1))))
  (func (export "alias") (param i32) (result i32)
    local.get 0
    local.get 0
    (local.set 0 (i32.const 9))
    local.get 0
    (local.set 0 (i32.add (local.get 0) (i32.const 1)))
    local.get 0
    i32.sub i32.mul i32.add)
  (func (export "wide") (param i64 i64) (result i64 i64)
    (i64.add128 (local.get 0) (local.get 1) (i64.mul_wide_u (local.get 1) (local.get 0)))))
