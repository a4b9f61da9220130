-- Lesson 12: hunting a planted bug with time travel.

lesson.define {
	number = 12,
	title = "hunting a planted bug with time travel",
	intro = [[
A wrong value is found long after it was written. At the prompt a run is recorded from its first stop on, so it can be
walked backwards: to where the value was changed last, and from there to the reason.
$run writes 1 to 8 to memory, adds them up, keeps the total at address 32, and clears the numbers. It should return 36.
]],
	module = [[
(module $lesson12
  (memory (export "memory") 1)
  (func $fill
    (local $i i32)
    (loop $next
      (i32.store (i32.shl (local.get $i) (i32.const 2)) (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 8)))))
  (func $add
    (local $at i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $at))))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (i32.const 32))))
    (i32.store (i32.const 32) (local.get $sum)))
  (func $clear
    (local $at i32)
    (loop $next
      (i32.store (local.get $at) (i32.const 0))
      (br_if $next (i32.le_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (i32.const 32)))))
  (func $total (result i32)
    (i32.load (i32.const 32)))
  (func $run (export "total_of_8") (result i32)
    (call $fill)
    (call $add)
    (call $clear)
    (call $total)))
]],
	questions = {
		lesson.ask {
			ask = "What does total_of_8() return?",
			ahead = "total_of_8()",
			path = "results.0.value",
			hint = "Call it.",
			why = "0 instead of 36: something is wrong, and the call is over. So: again, with a stop before the end.",
		},
		lesson.ask {
			show = [[
start total_of_8()
break total
continue]],
			ask = [[
The call is stopped in $total, and the total is gone already: mem32[32] is 0. `watch mem32[32]` and `reverse-continue` go back to
where it was changed last. In which function is that? (its name, without $)]],
			ahead = [[
watch mem32[32]
reverse-continue]],
			path = "stop.function",
			hint = "`watch mem32[32]`, then `reverse-continue` (or `rc`).",
			why = "The function that clears the numbers has cleared the total, too.",
		},
		lesson.ask {
			show = [[
start total_of_8()
break total
continue
watch mem32[32]
reverse-continue]],
			ask = "Here the total is about to be lost. What is the local $at, the address that $clear writes to?",
			ahead = "info locals",
			path = "locals.0.value",
			hint = "`info locals`.",
			why = "32: one word behind the last of the eight numbers, which lie at 0 to 28.",
		},
		lesson.ask {
			ask = "`reverse-continue` once more: to the change before that. Which function wrote the total there?",
			ahead = "reverse-continue",
			path = "stop.function",
			hint = "`rc`: the watchpoint is still there.",
			why = "$add wrote 36: up to there all was well. So the bug is in $clear's loop.",
		},
		lesson.ask {
			ask = "Which instruction should stand in place of i32.le_u in $clear? (its name)",
			answer = "i32.lt_u",
			hint = "The loop must go on as long as the next address is below 32.",
			why = "i32.lt_u, as in $add. `<=` in place of `<` is the oldest of all bugs.",
		},
	},
	finish = [[
`when` says at which step you are, `goto N` goes to any other, `reverse-stepi` (rsi) and `reverse-finish` (rf) walk back by
one instruction or out of the function. What you find in this way, you need not reproduce: it is the same run.
]],
}
