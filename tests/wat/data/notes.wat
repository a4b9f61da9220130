;; Names that need care (twice the same, odd characters) and annotations.
(module $"a module"
  (@custom "first" (before first) "\00\01\02")
  (func $twice (@name "twice"))
  (func $other (@name "twice"))
  (func $"twice.1")
  (func $"with blanks (and brackets) \u{202e}")
  (func $"é∀")
  (func $hinted (param $n i32) (param $"n n" i32) (local $n.2 i64)
    (@metadata.code.branch_hint "\01")
    (if (local.get $n) (then (call $other)))
    (block
      (@metadata.code.branch_hint "\00")
      (br_if 0 (local.get $"n n"))))
  (@custom "middle" (after func) "some text")
  (memory 1)
  (@custom "last" (after last) "")
)
