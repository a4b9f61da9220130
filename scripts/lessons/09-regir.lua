-- Lesson 9: the register IR, and why joining instructions makes it fast.

lesson.define {
	number = 9,
	title = "register IR and fusion, and why it is faster",
	intro = [[
Wrench does not execute Wasm's stack instructions one by one. It translates each function to register IR: cells that
name the registers they read and write. Where several instructions can be one cell, they are joined (fused).
]],
	module = [[
(module $lesson9
  (func $sum (export "sum") (param $n i32) (result i32)
    (local $s i32)
    (loop $again
      (local.set $s (i32.add (local.get $s) (local.get $n)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br_if $again (local.get $n)))
    (local.get $s)))
]],
	questions = {
		lesson.ask {
			show = [[
sum(3)
dump regir sum
start sum(3)
stepr]],
			ask = [[
The listing shows the cells of $sum: operator, where the result goes, operands; r0:n is the local $n.
The clock stands at step 1 (`loop` was executed). The cell i32.add is next. At which step is the clock after
this one cell, that is after one `stepr`?]],
			ahead = "stepr",
			path = "stop.step",
			hint = "The clock counts Wasm instructions. Which of them are in (local.set $s (i32.add (local.get $s) (local.get $n)))?",
			why = [[
Four instructions in one cell: two local.get, i32.add and local.set. Reading and writing locals costs nothing
of its own: the cell names the registers.]],
		},
		lesson.ask {
			ask = [[
br_if is a jump in the last cell of a round; the last operand of that cell is the number of a cell. At which
cell does the second round of sum(3) begin? (the number after "i:0.")]],
			ahead = [[
break 5
continue
continue]],
			path = "stop.regir",
			hint = "`dump regir sum` shows the listing again: it is the cell that computes the new $s.",
			why = "Back to the first cell of the loop's body. A taken branch is also where the engine notices that it is to stop.",
		},
		lesson.ask {
			ask = "How many Wasm instructions does all of sum(1) execute?",
			ahead = [[
start sum(1)
finish]],
			path = "stop.step",
			hint = "`loop`, one round of its body, and the last local.get. Count the words in brackets, from the inside.",
			why = "1 + 10 + 1. In register IR the ten of the round are a few cells, as the listing shows.",
		},
		lesson.ask {
			show = [[
start sum(3)
stepi
stepi
stepi]],
			ask = [[
`stepi` executes one Wasm instruction, also inside of a cell. After `loop` and two local.get: what does the
operand stack hold, bottom first?]],
			ahead = "info stack",
			path = "stack.*.value",
			hint = "The first local.get is that of $s, the second that of $n.",
			why = [[
At full speed these two values are never written anywhere. When somebody looks, the debugger runs another body
of the same function, with one cell for each Wasm instruction, and everything is where it should be.]],
		},
		lesson.ask {
			ask = [[
sum(3) has executed 32 Wasm instructions when it returns. With which number of rounds would it be 102,
that is: which n has sum(n) take 102 steps?]],
			ahead = [[
start sum(10)
info locals]],
			path = "locals.0.value",
			hint = "2 instructions outside of the loop, 10 in each round.",
			why = [[
(102 - 2) / 10 rounds, and only a few cells for each 10 instructions. An interpreter spends most of its time on
going from one instruction to the next, so fewer of them are faster.]],
		},
	},
	finish = [[
`dump regir F` shows the cells of any function, `map LOC` where one place is in text, bytes and cells, and
`wrench --no-fuse FILE` runs with every operation in a cell of its own.
]],
}
