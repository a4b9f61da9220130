;; Lists of 1,000 nodes: built, reversed, added up, forgotten.
(module
  (type $node (struct (field $value i32) (field $next (mut (ref null $node)))))
  (func $build (param $n i32) (result (ref null $node)) (local $head (ref null $node))
    (loop $l
      (local.set $head (struct.new $node (local.get $n) (local.get $head)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $head))
  (func $reverse (param $from (ref null $node)) (result (ref null $node)) (local $to (ref null $node)) (local $next (ref null $node))
    (block $done
      (loop $l
        (br_if $done (ref.is_null (local.get $from)))
        (local.set $next (struct.get $node $next (local.get $from)))
        (struct.set $node $next (local.get $from) (local.get $to))
        (local.set $to (local.get $from))
        (local.set $from (local.get $next))
        (br $l)))
    (local.get $to))
  (func $sum (param $list (ref null $node)) (result i32) (local $s i32)
    (block $done
      (loop $l
        (br_if $done (ref.is_null (local.get $list)))
        (local.set $s (i32.add (i32.mul (local.get $s) (i32.const 3)) (struct.get $node $value (local.get $list))))
        (local.set $list (struct.get $node $next (local.get $list)))
        (br $l)))
    (local.get $s))
  (func (export "run") (param $n i32) (result i32) (local $s i32)
    (loop $l
      (local.set $s (i32.add (local.get $s) (call $sum (call $reverse (call $build (i32.const 1000))))))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s)))
