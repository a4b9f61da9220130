-- Lesson 5: memory, data, little-endian.

lesson.define {
	number = 5,
	title = "memory, data, little-endian",
	intro = [[
A memory is a row of bytes, as many pages of 64 KiB as it has. Loads and stores say how many bytes they move and how they
extend them. The lowest byte of a number lies at the lowest address: little-endian.
]],
	module = [[
(module $lesson5
  (memory (export "memory") 1 3)
  (data (i32.const 16) "\78\56\34\12")
  (data (i32.const 32) "Wasm\00")
  (func (export "load32") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "load8_s") (param i32) (result i32) (i32.load8_s (local.get 0)))
  (func (export "load8_u") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store32") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "far") (param i32) (result i32) (i32.load offset=65530 (local.get 0))))
]],
	questions = {
		lesson.ask {
			show = "x/4xb 16",
			ask = "The bytes at 16 are 78 56 34 12. What does load32(16) give? (hexadecimal is fine: 0x…)",
			ahead = "load32(16)",
			path = "results.0.value",
			hint = "The lowest byte comes first: 0x78 is the last one of the number as it is written.",
			why = "0x12345678: little-endian.",
		},
		lesson.ask {
			show = "store32(64, -2)",
			ask = "store32(64, -2) was called. Which four bytes are at 64 now? (in hexadecimal, separated by blanks: 0x.. 0x..)",
			ahead = "x/4xb 64",
			path = "values.*",
			hint = "-2 is 0xfffffffe. `x/4xb 64` examines four bytes in hexadecimal.",
			why = "The lowest byte, 0xfe, first.",
		},
		lesson.ask {
			ask = "load8_s reads one byte and extends its sign. What is load8_s(64)?",
			ahead = "load8_s(64)",
			path = "results.0.value",
			hint = "The byte is 0xfe; its highest bit is set.",
			why = "0xfe as a signed byte is -2. load8_u(64) gives 254.",
		},
		lesson.ask {
			ask = "Addresses need not be aligned. What is load32(17)? (hexadecimal is fine)",
			ahead = "load32(17)",
			path = "results.0.value",
			hint = "The bytes at 17 are 56 34 12 00.",
			why = "0x00123456. An alignment in the text (align=4) is a hint for speed and changes no result.",
		},
		lesson.ask {
			ask = "The memory has one page: 65536 bytes. What is the highest address that load32 can read from?",
			answer = "65532",
			hint = "Four bytes must lie inside: address + 4 <= 65536.",
			why = "65532. load32(65533) traps: its last byte would be at 65536. `info memories` shows the size.",
		},
		lesson.ask {
			ask = "far(10) loads with offset=65530. At which address does the access begin that traps?",
			ahead = "far(10)",
			path = "stop.trap.address",
			hint = "The offset is added to the operand, without wrapping around at 2^32.",
			why = "10 + 65530. The trap's report says by how much it was too far.",
		},
		lesson.ask {
			ask = "grow(1) adds a page and returns how many there were. The most is 3. What do grow(1), then grow(2) return? (two numbers)",
			answer = "1 -1",
			hint = "Try both. Growing that is not possible is no trap.",
			why = "1 page before; then there are 2, and 4 are not allowed: -1. A program has to look at the result.",
		},
	},
	finish = [[
Every access is checked against the memory's size, at the price of nothing on this machine: Wrench lets the processor's
page tables do it. `find`, `x` and `print mem32[A]` look at memory, `set memory` changes it.
]],
}
