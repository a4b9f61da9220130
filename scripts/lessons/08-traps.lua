-- Lesson 8: traps and exceptions.

lesson.define {
	number = 8,
	title = "traps and exceptions",
	intro = [[
A trap ends the whole call: the module cannot catch it. An exception is the program's own: it is thrown with a tag and
values, and the nearest try_table that names the tag catches it, however many frames lie between.
]],
	module = [[
(module $lesson8
  (tag $low (param i32))
  (tag $high)
  (func $div (export "div") (param $a i32) (param $b i32) (result i32)
    (i32.div_s (local.get $a) (local.get $b)))
  (func $check (param $x i32)
    (if (i32.lt_s (local.get $x) (i32.const 0)) (then (throw $low (local.get $x))))
    (if (i32.gt_s (local.get $x) (i32.const 9)) (then (throw $high))))
  (func $between (param $x i32) (result i32)
    (call $check (local.get $x))
    (i32.const 1))
  (func (export "try") (param $x i32) (result i32)
    (block $caught (result i32)
      (return (try_table (result i32) (catch $low $caught) (call $between (local.get $x))))))
  (func (export "all") (param $x i32) (result i32)
    (block $any
      (return (try_table (result i32) (catch_all $any) (call $between (local.get $x)))))
    (i32.const 77)))
]],
	questions = {
		lesson.ask {
			ask = "div(7, 0) traps. With which words? (four words)",
			ahead = "div(7, 0)",
			path = "stop.trap.kind",
			hint = "Try it: the first line of the report.",
			why = "The specification's words. The report shows the operands and where they came from.",
		},
		lesson.ask {
			ask = "-2147483648 / -1 is 2147483648, which no i32 can be. With which words does div(-2147483648, -1) trap? (two words)",
			ahead = "div(-2147483648, -1)",
			path = "stop.trap.kind",
			hint = "Addition wraps around; division does not.",
			why = "Of all arithmetic on integers only division and remainder can fail: both by zero, division in this way, too.",
		},
		lesson.ask {
			ask = "try(5) calls $between, which calls $check, which throws nothing. What does it return?",
			ahead = "try(5)",
			path = "results.0.value",
			hint = "5 is neither below 0 nor above 9.",
			why = "$between returned 1, and the try_table gave it on. Entering a try_table costs nothing.",
		},
		lesson.ask {
			ask = "And try(-3), where $check throws $low with the value -3?",
			ahead = "try(-3)",
			path = "results.0.value",
			hint = "The handler branches to $caught, which has a result: the exception's value.",
			why = "The exception went through $between, which knows nothing of it, with its value.",
		},
		lesson.ask {
			ask = "try(12) throws $high, which its try_table does not name. How does the call end? (the reason, one word: finished, trap, exception or exited)",
			ahead = "try(12)",
			path = "stop.reason",
			hint = "Nobody catches it. What is left when an exception has gone through all frames?",
			why = "An uncaught exception. To the host it is an outcome of its own, not a trap.",
		},
		lesson.ask {
			ask = "all(12) has a catch_all. What does it return?",
			ahead = "all(12)",
			path = "results.0.value",
			hint = "catch_all branches to $any, whatever the tag, without values.",
			why = "77. But a trap is caught by nothing: `catch trap` of the debugger is another thing.",
		},
	},
	finish = [[
After a trap everything can be looked at, and stepped back from: `reverse-stepi`. `catch throw` stops where exceptions
begin.
]],
}
