-- Lesson 10: SIMD lanes and GC objects.

lesson.define {
	number = 10,
	title = "SIMD lanes and GC objects",
	intro = [[
A v128 has no type of its own inside: each instruction says how it reads the 128 bits - sixteen lanes of 8 bits, four of
32, two of 64. Objects are the other way round: a struct knows its type, and a reference to it can be asked.
]],
	module = [[
(module $lesson10
  (type $shape (sub (struct (field $name i32))))
  (type $circle (sub $shape (struct (field $name i32) (field $r (mut f64)))))
  (type $row (array (mut i16)))
  (func (export "sum") (param $x i32) (result v128)
    (i32x4.add (v128.const i32x4 1 2 3 4) (i32x4.splat (local.get $x))))
  (func (export "lane") (param $x i32) (result i32)
    (i8x16.extract_lane_u 4 (i32x4.splat (local.get $x))))
  (func (export "sat") (result i32)
    (i8x16.extract_lane_u 0 (i8x16.add_sat_u (i8x16.splat (i32.const 250)) (i8x16.splat (i32.const 10)))))
  (func (export "mask") (result i32)
    (i32x4.bitmask (i32x4.lt_s (v128.const i32x4 -1 5 -7 9) (v128.const i32x4 0 0 0 0))))
  (func (export "is_circle") (param $which i32) (result i32)
    (ref.test (ref $circle)
      (if (result (ref $shape)) (local.get $which)
        (then (struct.new $circle (i32.const 1) (f64.const 2)))
        (else (struct.new $shape (i32.const 1))))))
  (func (export "packed") (result i32)
    (local $a (ref $row))
    (local.set $a (array.new $row (i32.const 65535) (i32.const 3)))
    (array.get_s $row (local.get $a) (i32.const 2)))
  (func (export "past") (result i32)
    (array.get_u $row (array.new_default $row (i32.const 3)) (i32.const 3)))
  (func (export "make") (param $n i32)
    (loop $l
      (drop (struct.new_default $circle))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
]],
	questions = {
		lesson.ask {
			ask = "sum(10) adds 10 to each lane of 1 2 3 4. Which number is in lane 2 of the result, counted from 0?",
			ahead = "print $sum(10).i32x4[2]",
			path = "value",
			hint = "`print $sum(10).i32x4[2]`. Lane 0 is written first.",
			why = "3 + 10: four additions by one instruction.",
		},
		lesson.ask {
			ask = "lane(0x01020304) makes four lanes of 32 bits of it and then reads byte 4. What is it?",
			ahead = "lane(0x01020304)",
			path = "results.0.value",
			hint = "Bytes 0 to 3 are lane 0 of the i32x4, lowest byte first; byte 4 begins lane 1.",
			why = "The lowest byte, 4: bits are bits, and lanes are little-endian like memory.",
		},
		lesson.ask {
			ask = "add_sat_u adds unsigned bytes and does not wrap around. 250 + 10 in a byte: what does sat() give?",
			ahead = "sat()",
			path = "results.0.value",
			hint = "sat is for saturating: the largest there is.",
			why = "255. Sound and pictures want this: too bright stays white.",
		},
		lesson.ask {
			ask = "A comparison fills a lane with ones or zeros; bitmask collects their highest bits. mask() compares -1 5 -7 9 with 0: what is it?",
			ahead = "mask()",
			path = "results.0.value",
			hint = "Lanes 0 and 2 are less than 0: bits 0 and 2.",
			why = "1 + 4.",
		},
		lesson.ask {
			ask = "$circle is a subtype of $shape. is_circle(0) tests a $shape with ref.test (ref $circle): 1 or 0?",
			ahead = "is_circle(0)",
			path = "results.0.value",
			hint = "Every circle is a shape. Is every shape a circle?",
			why = "Not every shape is a circle. is_circle(1) gives 1: the object knows what it was made as.",
		},
		lesson.ask {
			ask = "The elements of $row take 16 bits. packed() stores 65535 and reads it with array.get_s. What does it give?",
			ahead = "packed()",
			path = "results.0.value",
			hint = "get_s extends the sign of the 16 bits.",
			why = "0xffff as a signed number of 16 bits. A packed field must be read with _s or _u.",
		},
		lesson.ask {
			ask = "past() reads element 3 of an array of 3. Which kind of trap is it? (five words)",
			ahead = "past()",
			path = "stop.trap.kind",
			hint = "Try it: the elements are 0, 1 and 2.",
			why = "Arrays know their length; there is no address arithmetic.",
		},
	},
	finish = [[
`make(1000000)` makes a million circles and keeps none: `heap` shows what is left of them.
]],
}
