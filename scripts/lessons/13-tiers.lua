-- Lesson 13: tiers, what compiled code looks like, and lockstep.

lesson.define {
	number = 13,
	title = "tiers and lockstep",
	intro = [[
The same function can run in more than one way: interpreted, or as machine code that a compiler made of its register IR. Such a
way is a tier. All tiers must do the same, and lockstep checks it: it runs two of them side by side.
]],
	module = [[
(module $lesson13
  (memory 1)
  (func $sum (export "sum") (param $n i32) (result i32)
    (local $s i32)
    (loop $again
      (local.set $s (i32.add (local.get $s) (local.get $n)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s))
  (func $grow (export "grow") (result i32)
    (memory.grow (i32.const 1))))
]],
	questions = {
		lesson.ask {
			ask = [[
`lockstep A B CALL` makes a call in two tiers. `unfused` executes one Wasm instruction at a time, `interp` several at once where
they can be joined. Do they agree about sum(10)? (true or false)]],
			answer = "true",
			hint = "Type `lockstep unfused interp sum(10)`.",
			why = "They must: a difference is a bug of the engine, and lockstep would show the instruction that does it.",
		},
		lesson.ask {
			show = "dump asm sum",
			ask = [[
`dump asm` shows the register IR of a function with the machine code beneath it that the baseline compiler makes; what lies out of
line comes last. `jit why LOC` says where values are. How many values does the loop of $sum keep in registers, all the time?]],
			ahead = "jit why 6",
			path = "slots.#",
			hint = "`jit why 6` lists the registers just before the instructions of line 6; it is the first line of the loop's body.",
			why = [[
$n and $s: both are used in every round. Inside of the loop their slots in memory are older; registers are written back behind it, at
exits and at calls. When a frame stops it has left through an exit, so the debugger sees right values.]],
		},
		lesson.ask {
			ask = [[
`baseline` is this machine code. Lockstep stops both copies at the same steps and compares locals, operands, memory and globals, then
how the call ends, at full speed too. Do `interp` and `baseline` agree about sum(1000)? (true or false)]],
			answer = "true",
			hint = "Type `lockstep interp baseline sum(1000)`.",
			why = [[
If they did not, `lockstep` would show the instruction with both states and its machine code, `bisect interp baseline sum(1000)` the function,
and `repro write bug.wat` would make a small module of it.]],
		},
		lesson.ask {
			ask = "Not every instruction becomes machine code of its own. How many of $grow's call a helper instead?",
			ahead = "jit why grow",
			path = "helpers.#",
			hint = "`jit why grow` lists them at the end.",
			why = "memory.grow is rare and long: a function in C does it. `jit why` says so for each function.",
		},
		lesson.ask {
			ask = [[
`jit print LINE` shows one line of register IR on two machines. On arm64 every instruction has four bytes.
How many instructions is i64.xor r0, r1, r2 there?]],
			ahead = "jit print i64.xor r0, r1, r2",
			path = "arm64.#",
			hint = "Type `jit print i64.xor r0, r1, r2`.",
			why = "One: eor, with a destination and two operands, as the register IR has them.",
		},
	},
	finish = [[
`tier` lists functions with the tier that they run in, `tier F baseline` compiles one, `wrench --tier baseline FILE` everything.
]],
}
