-- Lesson 6: types and validation, step by step.

lesson.define {
	number = 6,
	title = "types and validation",
	intro = [[
Before a module runs, every function is checked once, from its first instruction to its last, with a stack of types where
running has a stack of values. What passes cannot find the wrong type, or too few operands, at run time.
`check F` shows that stack before each instruction.
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
			show = "check mean",
			ask = "`check mean` lists the types on the stack. Which types are there just before f64.div, bottom first? (two words)",
			answer = "f64 f64",
			hint = "It is the last line but one: what the conversion and f64.const pushed.",
			why = "f64.div wants exactly these two, and pushes one f64: the function's result.",
		},
		lesson.ask {
			show = "check abs",
			ask = "i64.lt_s compares two i64. Which type does it push for `if`?",
			answer = "i32",
			hint = "Conditions are of one type everywhere.",
			why = "All comparisons give an i32, 0 or 1, and `if`, br_if and select take one.",
		},
		lesson.ask {
			ask = [[
(module (func (result i32) i64.const 1)) is not valid. The end of the function expects one type and finds another:
which does it expect, which does it find? (two words)]],
			answer = "i32 i64",
			hint = "Type the module at the prompt: the error has a caret at the place.",
			why = "The types of a function's end are its result types.",
		},
		lesson.ask {
			ask = "Is (module (func (result i32) i32.const 1 i32.const 2)) valid? (yes or no)",
			answer = "no",
			hint = "What is left on the stack at the end must be the results, and nothing more.",
			why = "Two values are left where the type says one. A `drop` would mend it.",
		},
		lesson.ask {
			show = "check never",
			ask = [[
Behind `return` nothing is executed. i32.add stands there with an empty stack. The module is loaded: is it valid? (yes or no)]],
			answer = "yes",
			hint = "It was loaded without an error. `check never` shows what is on the stack there.",
			why = [[
Behind a branch that is always taken the stack is polymorphic: it gives whatever type is asked for. Code there cannot
be reached, so nothing can go wrong.]],
		},
		lesson.ask {
			ask = "(module (func (local.get 0))): how many locals does that function have, according to the error?",
			answer = "0",
			hint = "Type it and read the message: unknown local.",
			why = "None: indices are checked, too, so that no instruction can name what is not there.",
		},
	},
	finish = [[
Validation takes one pass and no guessing, because every block says its type. `validate --explain FILE` shows the stacks
where a module fails, and who pushed what.
]],
}
