-- Lesson 2: numbers: wrap-around, signs, floats, NaN.

lesson.define {
	number = 2,
	title = "numbers: wrap-around, signs, NaN",
	intro = [[
There are four types of numbers: i32, i64, f32, f64. An integer is a row of bits: it has no sign. Whether its highest
bit means minus is for each instruction to say: lt_s and lt_u read the same bits in two ways. Floats follow IEEE 754.
]],
	module = [[
(module $lesson2
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "less_s") (param i32 i32) (result i32) (i32.lt_s (local.get 0) (local.get 1)))
  (func (export "less_u") (param i32 i32) (result i32) (i32.lt_u (local.get 0) (local.get 1)))
  (func (export "half_s") (param i32) (result i32) (i32.shr_s (local.get 0) (i32.const 1)))
  (func (export "half_u") (param i32) (result i32) (i32.shr_u (local.get 0) (i32.const 1)))
  (func (export "low") (param i64) (result i32) (i32.wrap_i64 (local.get 0)))
  (func (export "sum") (param f64 f64) (result f64) (f64.add (local.get 0) (local.get 1)))
  (func (export "same") (param f64 f64) (result i32) (f64.eq (local.get 0) (local.get 1)))
  (func (export "whole") (param f64) (result i32) (i32.trunc_sat_f64_s (local.get 0))))
]],
	questions = {
		lesson.ask {
			ask = "add(2147483647, 1): the largest i32, read as signed, and one more. What is the result?",
			ahead = "add(2147483647, 1)",
			path = "results.0.value",
			hint = "The bits are 0x7fffffff + 1 = 0x80000000. What does that mean when the highest bit counts as minus?",
			why = "Integers wrap around, without a trap: 0x80000000 printed as signed is -2147483648.",
		},
		lesson.ask {
			ask = "less_u(-1, 1) compares as unsigned numbers. Is -1 less than 1 then? (1 yes, 0 no)",
			ahead = "less_u(-1, 1)",
			path = "results.0.value",
			hint = "-1 is 0xffffffff.",
			why = "As an unsigned number 0xffffffff is 4294967295. less_s(-1, 1) gives 1: the same bits, read in another way.",
		},
		lesson.ask {
			ask = "half_s shifts right and keeps the sign. What is half_s(-8)?",
			ahead = "half_s(-8)",
			path = "results.0.value",
			hint = "shr_s fills with copies of the highest bit.",
			why = "shr_s fills with copies of the sign, so it divides by two, rounding down.",
		},
		lesson.ask {
			ask = "And half_u(-8), which fills with zeros?",
			ahead = "half_u(-8)",
			path = "results.0.value",
			hint = "0xfffffff8 shifted right by one is 0x7ffffffc.",
			why = "0x7ffffffc: a zero came in from the left, and the number is positive now.",
		},
		lesson.ask {
			ask = "4294967301 is 2^32 + 5. What does low(4294967301) give, which keeps the low 32 bits?",
			ahead = "low(4294967301)",
			path = "results.0.value",
			hint = "i32.wrap_i64 is the number modulo 2^32.",
			why = "Of 0x1_00000005 the low half stays.",
		},
		lesson.ask {
			ask = "sum(0.1, 0.2) adds two f64. What is the result, with all its digits?",
			ahead = "sum(0.1, 0.2)",
			path = "results.0.value",
			hint = "Try it: neither 0.1 nor 0.2 can be written with finitely many binary digits.",
			why = "0.1 and 0.2 are rounded, and so is their sum. Wrench prints the shortest decimal that reads back as the same bits.",
		},
		lesson.ask {
			ask = "same(nan, nan) compares a NaN with itself. What is the result?",
			ahead = "same(nan, nan)",
			path = "results.0.value",
			hint = "`help f64.eq`.",
			why = "A NaN is equal to nothing, itself included. To compare bits, at the prompt there is bits(x).",
		},
		lesson.ask {
			ask = "whole() makes an i32 of an f64 with trunc_sat, which never traps. What is whole(1e10)?",
			ahead = "whole(1e10)",
			path = "results.0.value",
			hint = "sat is for saturating: what is too large becomes the largest there is.",
			why = "The largest i32. Without _sat, i32.trunc_f64_s traps: integer overflow; and for NaN, where _sat gives 0.",
		},
	},
	finish = [[
Integers are bits, signs are in the instructions. Nothing overflows but division, and conversions that are not _sat.
]],
}
