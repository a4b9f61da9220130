;; Linear memory: a text is placed by a data segment, turned round in place, and its bytes are added up.
(module $memory
  (memory (export "memory") 1)
  (global $text i32 (i32.const 16))
  (global $length i32 (i32.const 6))
  (data (i32.const 16) "wrench")

  ;; Swap the bytes at both ends, and move inwards.
  (func $turn (export "turn")
    (local $left i32) (local $right i32) (local $kept i32)
    (local.set $left (global.get $text))
    (local.set $right (i32.sub (i32.add (global.get $text) (global.get $length)) (i32.const 1)))
    (block $met
      (loop $again
        (br_if $met (i32.ge_u (local.get $left) (local.get $right)))
        (local.set $kept (i32.load8_u (local.get $left)))
        (i32.store8 (local.get $left) (i32.load8_u (local.get $right)))
        (i32.store8 (local.get $right) (local.get $kept))
        (local.set $left (i32.add (local.get $left) (i32.const 1)))
        (local.set $right (i32.sub (local.get $right) (i32.const 1)))
        (br $again))))

  (func $sum (export "sum") (result i32)
    (local $at i32) (local $sum i32)
    (loop $again
      (local.set $sum
        (i32.add (local.get $sum)
          (i32.load8_u (i32.add (global.get $text) (local.get $at)))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $at) (global.get $length))))
    (local.get $sum)))
