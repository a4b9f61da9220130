;; A program with a fault: numbers are appended to a list until the list leaves the memory.
;; Each element takes 8 bytes: a number, and the address of the element after it.
(module $list
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 65513))

  ;; Write an element at $p: value $v, and in the word after it where the next element will be.
  (func $put (param $p i32) (param $v i32)
    (i32.store
      (local.get $p)
      (local.get $v))
    (i32.store offset=4
      (local.get $p)
      (i32.add (local.get $p) (i32.const 8))))

  ;; Append $v: the element is taken from the free space.
  (func $append (param $v i32)
    (call $put (global.get $free) (local.get $v))
    (global.set $free
      (i32.add (global.get $free) (i32.const 8))))

  ;; Seven numbers; only the first two fit.
  (func $main (export "main")
    (local $v i32)
    (loop $again
      (call $append (local.get $v))
      (local.set $v (i32.add (local.get $v) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $v) (i32.const 7))))))
