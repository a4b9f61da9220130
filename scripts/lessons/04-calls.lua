-- Lesson 4: calls, tables, indirect calls.

lesson.define {
	number = 4,
	title = "calls, tables, indirect calls",
	intro = [[
A call takes its arguments from the stack and puts the results there; the callee sees its own frame only. What a program
does not know before it runs, it calls through a table: by an index, with a type that is checked.
]],
	module = [[
(module $lesson4
  (type $op (func (param i32) (result i32)))
  (table $ops 4 funcref)
  (elem (table $ops) (i32.const 0) func $double $square $pair)
  (func $double (type $op) (i32.mul (local.get 0) (i32.const 2)))
  (func $square (type $op) (i32.mul (local.get 0) (local.get 0)))
  (func $pair (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func $apply (export "apply") (param $which i32) (param $x i32) (result i32)
    (call_indirect $ops (type $op) (local.get $x) (local.get $which)))
  (func $fac (export "fac") (param $n i32) (result i32)
    (if (result i32) (i32.eqz (local.get $n))
      (then (i32.const 1))
      (else (i32.mul (local.get $n) (call $fac (i32.sub (local.get $n) (i32.const 1)))))))
  (func $down (export "down") (param $n i32) (result i32)
    (if (i32.eqz (local.get $n)) (then (return (i32.const 7))))
    (return_call $down (i32.sub (local.get $n) (i32.const 1)))))
]],
	questions = {
		lesson.ask {
			show = [[
break down if $n == 0
down(1000)]],
			ask = "down(1000) calls itself with return_call and is stopped in the last one. How many frames are there?",
			ahead = "backtrace",
			path = "frames.#",
			hint = "`backtrace`. A tail call does not come back: what happens with the caller's frame?",
			why = "One: a tail call gives its own frame to the callee. It may go on for ever in one frame.",
		},
		lesson.ask {
			show = [[
break fac if $n == 0
fac(3)
backtrace]],
			ask = "fac(3) is stopped in its innermost call. How many frames of $fac are there?",
			ahead = "backtrace",
			path = "frames.#",
			hint = "Count the lines of `backtrace`: one for each call that has not returned.",
			why = "fac(3), fac(2), fac(1), fac(0): each has a local $n of its own, as `frame 2` and `info locals` show.",
		},
		lesson.ask {
			ask = "`finish` runs until this frame has returned. What did it return?",
			ahead = "finish",
			path = "results.0.value",
			hint = "In this frame $n is 0.",
			why = "fac(0) is 1. The frame below multiplies it by its own $n.",
		},
		lesson.ask {
			ask = "apply(1, 5) calls what lies at index 1 of the table. What is the result?",
			ahead = "apply(1, 5)",
			path = "results.0.value",
			hint = "`info tables`, `print $ops[1]`: indices count from 0.",
			why = "Index 1 is $square.",
		},
		lesson.ask {
			ask = "Index 3 was never filled: it holds null. With which kind of trap does apply(3, 5) end? (three words)",
			ahead = "apply(3, 5)",
			path = "stop.trap.kind",
			hint = "Try it. It is one of: undefined element, uninitialized element, indirect call type mismatch.",
			why = "There is an element, but it is null: uninitialized element. Index 4 would be an undefined element.",
		},
		lesson.ask {
			ask = "At index 2 is $pair, of another type than call_indirect says. Which kind of trap is apply(2, 5)?",
			ahead = "apply(2, 5)",
			path = "stop.trap.kind",
			hint = "The type is compared before anything is called.",
			why = "So a wrong index can call a wrong function, but never one with other parameters: the stack stays sound.",
		},
	},
	finish = [[
Tables are how C's function pointers, virtual methods and closures arrive in Wasm. call_ref does the same with a function
reference, without a table.
]],
}
