-- Lesson 6: types and validation, step by step.

lesson.define {
	number = 6,
	title = "types and validation",
	intro = [[
Before a module runs, every function is checked once, from its first instruction to its last, with a stack of types where
running has a stack of values. What passes cannot find the wrong type, or too few operands, at run time.
`validator start F` and `validator next` let you watch that.
]],
	module = [[
(module $lesson6
  (func $mean (export "mean") (param $a i32) (param $b i32) (result f64)
    (f64.div
      (f64.convert_i32_s (i32.add (local.get $a) (local.get $b)))
      (f64.const 2)))
  (func $abs (export "abs") (param $x i64) (result i64)
    (if (result i64) (i64.lt_s (local.get $x) (i64.const 0))
      (then (i64.sub (i64.const 0) (local.get $x)))
      (else (local.get $x))))
  (func $never (export "never") (result i32)
    (return (i32.const 1))
    (i64.const 5)
    (drop)
    (i32.add)))
]],
	questions = {
		lesson.ask {
			show = [[
validator start mean
validator next
validator next]],
			ask = [[
The validator walks through $mean; it has checked two instructions. Which types are on the operand stack after i32.add,
bottom first? (`validator next` checks it)]],
			ahead = "validator next",
			path = "after.operands.*",
			hint = "i32.add takes two i32 from the stack and puts one back.",
			why = "The validator computes with types as the guest will with values: two i32 are popped, one is pushed.",
		},
		lesson.ask {
			ask = "Which types does f64.div find there, three instructions further? (two words)",
			ahead = [[
validator next
validator next
validator next]],
			path = "after.operands.*",
			hint = "What the conversion makes of the i32, and what f64.const pushes.",
			why = "f64.div wants exactly these two, and pushes one f64: the function's result.",
		},
		lesson.ask {
			show = [[
validator start abs
validator next
validator next]],
			ask = "i64.lt_s compares two i64. Which type does it push for `if`?",
			ahead = "validator next",
			path = "after.operands.*",
			hint = "Conditions are of one type everywhere.",
			why = "All comparisons give an i32, 0 or 1, and `if`, br_if and select take one.",
		},
		lesson.ask {
			show = [[
validator start abs
validator next
validator next
validator next]],
			ask = [[
`if (result i64)` is next. There is a second stack, of controls: it holds the function and every block that is open. How
many are on it after `if`?]],
			ahead = "validator next",
			path = "after.controls.#",
			hint = "One is there before.",
			why = "The function and the `if`. Its `end` takes it off again, and wants one i64 on the operand stack for it.",
		},
		lesson.ask {
			show = [[
validator start (func (result i32) i32.const 1 i64.const 2 i32.add)
validator next
validator next]],
			ask = "Which types does i32.add find here, bottom first? (two words)",
			ahead = "validator next",
			path = "before.operands.*",
			hint = "One from each constant.",
			why = "So this function is invalid, and `validator next` shows the error at its place, and who pushed the i64.",
		},
		lesson.ask {
			ask = "Is (module (func (result i32) i32.const 1 i32.const 2)) valid? (yes or no)",
			answer = "no",
			hint = "What is left on the stack at the end must be the results, and nothing more.",
			why = "Two values are left where the type says one.",
		},
		lesson.ask {
			ask = [[
Mend it: write (func (result i32) i32.const 1 i32.const 2 …), with one instruction more, so that it is valid.]],
			judge = function(text)
				local begin = "(func (result i32) i32.const 1 i32.const 2 "

				if text:sub(1, #begin) ~= begin then
					return false, "It should begin with " .. begin
				end
				local at, err = wb.try("validator start " .. text)

				while at and at.next do
					at, err = wb.try("validator next")
				end
				if at and at.valid then
					return true
				end
				return false, at and at.error or tostring(err)
			end,
			hint = "Something has to take a value away, or make one of two. `validator start (func …)` walks through yours.",
			why = "drop would do, or i32.add, or any other that takes two i32 and gives one.",
		},
		lesson.ask {
			show = [[
validator start never
validator next
validator next]],
			ask = [[
Behind `return` nothing is executed, and the stack is empty. Two instructions further i32.add stands there all the same. Which
type is on the stack after it?]],
			ahead = [[
validator next
validator next
validator next]],
			path = "after.operands.*",
			hint = "Its operands begin with …: the stack gives whatever is asked for.",
			why = [[
Behind a branch that is always taken the stack is polymorphic: it gives whatever type is asked for. Code there cannot
be reached, so nothing can go wrong; what is pushed is checked as everywhere.]],
		},
		lesson.ask {
			ask = "(module (func (local.get 0))): how many locals does that function have, according to the error?",
			answer = "0",
			hint = "Type it and read the message: unknown local.",
			why = "None: indices are checked, too, so that no instruction can name what is not there.",
		},
	},
	finish = [[
Validation takes one pass and no guessing, because every block says its type. `validator start (func …)` walks through any
text of yours, `set predict on` asks before each of its steps, and `validate --explain FILE` shows the stacks where a module
fails.
]],
}
