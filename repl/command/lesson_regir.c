/* Lesson 9: the register IR, and why joining instructions makes it fast. */
#include "repl/command/lesson.h"

#define LESSON(x) extern const struct lesson lesson_##x;
#include "repl/command/lessons.def"

static const char module[] =
	"(module $lesson9\n"
	"  (func $sum (export \"sum\") (param $n i32) (result i32)\n"
	"    (local $s i32)\n"
	"    (loop $again\n"
	"      (local.set $s (i32.add (local.get $s) (local.get $n)))\n"
	"      (local.set $n (i32.sub (local.get $n) (i32.const 1)))\n"
	"      (br_if $again (local.get $n)))\n"
	"    (local.get $s)))\n";

static const struct lesson_question questions[] = {
	{
		.show = "sum(3)\ndump regir sum\nstart sum(3)\nstepr",
		.ask = "The listing shows the cells of $sum: operator, where the result goes, operands; r0:n is the local $n.\n"
			"The clock stands at step 1 (`loop` was executed). The cell i32.add is next. At which step is the clock after\n"
			"this one cell, that is after one `stepr`?",
		.ahead = "stepr", .path = "stop.step",
		.hint = "The clock counts Wasm instructions. Which of them are in (local.set $s (i32.add (local.get $s) (local.get $n)))?",
		.why = "Four instructions in one cell: two local.get, i32.add and local.set. Reading and writing locals costs nothing\n"
			"of its own: the cell names the registers.",
	}, {
		.ask = "br_if is a jump in the last cell of a round; the last operand of that cell is the number of a cell. At which\n"
			"cell does the second round of sum(3) begin? (the number after \"i:0.\")",
		.ahead = "break 5\ncontinue\ncontinue", .path = "stop.regir",
		.hint = "`dump regir sum` shows the listing again: it is the cell that computes the new $s.",
		.why = "Back to the first cell of the loop's body. A taken branch is also where the engine notices that it is to stop.",
	}, {
		.ask = "How many Wasm instructions does all of sum(1) execute?",
		.ahead = "start sum(1)\nfinish", .path = "stop.step",
		.hint = "`loop`, one round of its body, and the last local.get. Count the words in brackets, from the inside.",
		.why = "1 + 10 + 1. In register IR the ten of the round are a few cells, as the listing shows.",
	}, {
		.show = "start sum(3)\nstepi\nstepi\nstepi",
		.ask = "`stepi` executes one Wasm instruction, also inside of a cell. After `loop` and two local.get: what does the\n"
			"operand stack hold, bottom first?",
		.ahead = "info stack", .path = "stack.*.value",
		.hint = "The first local.get is that of $s, the second that of $n.",
		.why = "At full speed these two values are never written anywhere. When somebody looks, the debugger runs another body\n"
			"of the same function, with one cell for each Wasm instruction, and everything is where it should be.",
	}, {
		.ask = "sum(3) has executed 32 Wasm instructions when it returns. With which number of rounds would it be 102,\n"
			"that is: which n has sum(n) take 102 steps?",
		.ahead = "start sum(10)\ninfo locals", .path = "locals.0.value",
		.hint = "2 instructions outside of the loop, 10 in each round.",
		.why = "(102 - 2) / 10 rounds, and only a few cells for each 10 instructions. An interpreter spends most of its time on\n"
			"going from one instruction to the next, so fewer of them are faster.",
	}, { 0 }
};

const struct lesson lesson_regir = {
	.number = 9, .title = "register IR and fusion, and why it is faster", .module = module, .questions = questions,
	.intro =
		"Wrench does not execute Wasm's stack instructions one by one. It translates each function to register IR: cells that\n"
		"name the registers they read and write. Where several instructions can be one cell, they are joined (fused).\n",
	.end =
		"`dump regir F` shows the cells of any function, `map LOC` where one place is in text, bytes and cells, and\n"
		"`wrench --no-fuse FILE` runs with every operation in a cell of its own.\n",
};
