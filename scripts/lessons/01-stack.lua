-- Lesson 1: the operand stack and locals.

lesson.define {
	number = 1,
	title = "the stack and locals",
	intro = [[
Instructions of WebAssembly take their operands from a stack and push their results there. Beside it a function
has locals: its parameters, and those it declares. Predict what happens; then let the engine do it.
]],
	module = [[
(module $lesson1
  (func $area (export "area") (param $w i32) (param $h i32) (result i32)
    (local $a i32)
    local.get $w
    local.get $h
    i32.mul
    local.tee $a
    local.get $a
    i32.add)
  (func $diff (export "diff") (param $w i32) (param $h i32) (result i32)
    local.get $h
    local.get $w
    i32.sub))
]],
	questions = {
		lesson.ask {
			show = "start area(3, 4)",
			ask = "area(3, 4) is stopped at its first instruction. What does the local $a hold, which nobody has set?",
			ahead = "info locals",
			path = "locals.2.value",
			hint = "`info locals` shows all three. A local is never uninitialised.",
			why = "Parameters begin with the arguments, all other locals with zero (references with null).",
		},
		lesson.ask {
			ask = "local.get $w and local.get $h run next. What does the operand stack hold then, bottom first?",
			ahead = [[
stepi
stepi
info stack]],
			path = "stack.*.value",
			hint = "local.get pushes a copy of the local. `stepi` twice shows it on the line that begins with `stack`.",
			why = "Each local.get pushed one value; the locals keep theirs. The top is on the right.",
		},
		lesson.ask {
			show = [[
start area(3, 4)
stepi
stepi]],
			ask = "i32.mul is next. What does the operand stack hold after it?",
			ahead = [[
stepi
info stack]],
			path = "stack.*.value",
			hint = "`explain` says what an instruction pops and pushes, with the operands of this moment.",
			why = "i32.mul popped both operands and pushed their product.",
		},
		lesson.ask {
			show = [[
start area(3, 4)
stepi
stepi
stepi]],
			ask = "local.tee $a is next. How many values are on the operand stack after it?",
			ahead = [[
stepi
info stack]],
			path = "stack.#",
			hint = "local.set pops the value that it stores. `help local.tee` tells how tee differs.",
			why = "local.tee stores the top in the local and leaves it on the stack: local.set, then local.get.",
		},
		lesson.ask {
			show = [[
start area(3, 4)
stepi
stepi
stepi
stepi
stepi]],
			ask = "i32.add is the last instruction. What does area(3, 4) return?",
			ahead = "finish",
			path = "results.0.value",
			hint = "What is left on the stack at the end of a function is its result.",
			why = "12 + 12: the end of a function returns what its type says, from the top of the stack.",
		},
		lesson.ask {
			ask = "diff pushes $h, then $w, then runs i32.sub. What does diff(3, 4) return?",
			ahead = "diff(3, 4)",
			path = "results.0.value",
			hint = "i32.sub pops b, then a, and pushes a - b: the operand that was pushed first is the left one.",
			why = "$h was pushed first, so it is the left operand: 4 - 3.",
		},
	},
	finish = [[
You can now read any straight-line code: locals are boxes with names, the stack is where the work happens, and
the type of every instruction says how many values it takes and gives.
]],
}
