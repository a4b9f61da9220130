-- Lesson 7: imports, exports, instances, and a host function in Lua.

lesson.define {
	number = 7,
	title = "imports, exports, instances",
	intro = [[
A module can do nothing to the world but call what it imports. Who loads it gives it functions, memories, tables, globals
and tags, checked by type. An instance is a module with its imports and a state of its own; one module can have many.
The import env.twice of this lesson's module is a function in Lua; so is env.note, which keeps what it is told.
]],
	setup = function()
		host.define("env", "twice", "(i32) -> (i32)", function(x) return 2 * x end)
		host.define("env", "note", "(i32)", function(x) noted = (noted or 0) + x end)
	end,
	module = [[
(module $lesson7
  (import "env" "twice" (func $twice (param i32) (result i32)))
  (import "env" "note" (func $note (param i32)))
  (global $count (export "count") (mut i32) (i32.const 0))
  (func (export "next") (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (global.get $count))
  (func (export "quad") (param $x i32) (result i32) (call $twice (call $twice (local.get $x))))
  (func $hidden (result i32) (i32.const 9)))
]],
	questions = {
		lesson.ask {
			show = "info imports",
			ask = "Function indices count imports first. Which index has the first function that this module defines itself?",
			answer = "2",
			hint = "`info functions` lists them: two are imported, from 0 on.",
			why = "Imports are 0 and 1, so `next` is 2. `break #2` means it, too.",
		},
		lesson.ask {
			ask = "env.twice is written in Lua and returns twice its argument. What is quad(5)?",
			ahead = "quad(5)",
			path = "results.0.value",
			hint = "The module calls it twice.",
			why = "20: through the host and back, with the type of the import checked when the module was linked.",
		},
		lesson.ask {
			show = [[
next()
next()]],
			ask = "next() was called twice in this instance. What does it return now?",
			ahead = "next()",
			path = "results.0.value",
			hint = "$count is a mutable global: state of the instance.",
			why = "The instance remembers. `info globals` shows $count.",
		},
		lesson.ask {
			show = [[
next()
instantiate]],
			ask = "`instantiate` made a second instance of the same module. What does its first next() return?",
			ahead = "next()",
			path = "results.0.value",
			hint = "`info instances`. Which parts do instances share? The code; but not the state.",
			why = "1: it has a $count of its own. `instance 1` goes back to the first one.",
		},
		lesson.ask {
			ask = "$hidden is not exported. How many exports does the module have?",
			ahead = "info exports",
			path = "exports.#",
			hint = "`info exports`.",
			why = "count, next and quad. Another module could import these, and nothing else. The debugger may call $hidden all the same.",
		},
	},
	finish = [[
Imports and exports are the whole surface of a module. `set stub-imports ask` lets you answer calls of imports by hand, and
host.define in a script, as here, with a function.
]],
}
