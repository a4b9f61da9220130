-- Lesson 3: blocks, labels, branches.

lesson.define {
	number = 3,
	title = "blocks, labels, branches",
	intro = [[
There is no goto. A branch names a block around it, counted from the inside: 0 is the innermost. A branch to a `block`
or an `if` goes on behind its end; a branch to a `loop` goes back to its beginning. That is the whole difference.
]],
	module = [[
(module $lesson3
  (func $sum (export "sum") (param $n i32) (result i32)
    (local $s i32)
    (block $done
      (loop $again
        (br_if $done (i32.eqz (local.get $n)))
        (local.set $s (i32.add (local.get $s) (local.get $n)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $again)))
    (local.get $s))
  (func $pick (export "pick") (param $i i32) (result i32)
    (block $other
      (block $two
        (block $one
          (block $zero
            (br_table $zero $one $two $other (local.get $i)))
          (return (i32.const 100)))
        (return (i32.const 101)))
      (return (i32.const 102)))
    (i32.const 103))
  (func $leave (export "leave") (param $x i32) (result i32)
    (i32.add
      (block $b (result i32)
        (drop (br_if $b (i32.const 10) (local.get $x)))
        (i32.const 20))
      (i32.const 1)))
  (func $once (export "once") (result i32)
    (local $rounds i32)
    (loop $l
      (local.set $rounds (i32.add (local.get $rounds) (i32.const 1))))
    (local.get $rounds)))
]],
	questions = {
		lesson.ask {
			ask = "How often does once() go round its loop? It returns the number.",
			ahead = "once()",
			path = "results.0.value",
			hint = "What brings control back to the beginning of a loop? Is it there?",
			why = "Once: a loop does not repeat by itself. Only a branch to its label goes back.",
		},
		lesson.ask {
			show = "start sum(4)",
			ask = "sum(4) adds 4, 3, 2, 1. How often is `br $again` executed?",
			answer = "4",
			hint = "`break 10` stops at its line; `continue` until the call ends, and `info breakpoints` counts.",
			why = "Four times: each round that adds something ends with it; the fifth round leaves by br_if.",
		},
		lesson.ask {
			ask = "What does sum(4) return?",
			ahead = "sum(4)",
			path = "results.0.value",
			hint = "4 + 3 + 2 + 1.",
			why = "br_if $done went on behind the end of the block, where local.get $s is.",
		},
		lesson.ask {
			ask = "br_table jumps to the label that its operand counts to; beyond them, to the last. What is pick(1)?",
			ahead = "pick(1)",
			path = "results.0.value",
			hint = "Index 1 is $one. Where does a branch to the block $one go on?",
			why = "Behind the end of $one: there it returns 101.",
		},
		lesson.ask {
			ask = "And pick(1000)?",
			ahead = "pick(1000)",
			path = "results.0.value",
			hint = "What is beyond the list takes the last label, $other.",
			why = "The default. There is no trap: br_table cannot miss.",
		},
		lesson.ask {
			ask = "A block can have a result. What does leave(1) return?",
			ahead = "leave(1)",
			path = "results.0.value",
			hint = "br_if carries 10 out of the block when its condition is not zero. Then 1 is added.",
			why = "The branch took the 10 along as the block's result.",
		},
		lesson.ask {
			ask = "And leave(0)?",
			ahead = "leave(0)",
			path = "results.0.value",
			hint = "The branch is not taken; its 10 stays on the stack and is dropped.",
			why = "The block ran to its end, where 20 was on the stack.",
		},
	},
	finish = [[
Because branches only lead to blocks around them, the height of the stack is known everywhere. That is why a validator
needs one pass, and why Wrench can tell where each operand is kept without running anything.
]],
}
