/* Lesson 1: the operand stack and locals. */
#include "repl/command/lesson.h"

#define LESSON(x) extern const struct lesson lesson_##x;
#include "repl/command/lessons.def"

static const char module[] =
	"(module $lesson1\n"
	"  (func $area (export \"area\") (param $w i32) (param $h i32) (result i32)\n"
	"    (local $a i32)\n"
	"    local.get $w\n"
	"    local.get $h\n"
	"    i32.mul\n"
	"    local.tee $a\n"
	"    local.get $a\n"
	"    i32.add)\n"
	"  (func $diff (export \"diff\") (param $w i32) (param $h i32) (result i32)\n"
	"    local.get $h\n"
	"    local.get $w\n"
	"    i32.sub))\n";

static const struct lesson_question questions[] = {
	{
		.show = "start area(3, 4)",
		.ask = "area(3, 4) is stopped at its first instruction. What does the local $a hold, which nobody has set?",
		.ahead = "info locals", .path = "locals.2.value",
		.hint = "`info locals` shows all three. A local is never uninitialised.",
		.why = "Parameters begin with the arguments, all other locals with zero (references with null).",
	}, {
		.ask = "local.get $w and local.get $h run next. What does the operand stack hold then, bottom first?",
		.ahead = "stepi\nstepi\ninfo stack", .path = "stack.*.value",
		.hint = "local.get pushes a copy of the local. `stepi` twice shows it on the line that begins with `stack`.",
		.why = "Each local.get pushed one value; the locals keep theirs. The top is on the right.",
	}, {
		.show = "start area(3, 4)\nstepi\nstepi",
		.ask = "i32.mul is next. What does the operand stack hold after it?",
		.ahead = "stepi\ninfo stack", .path = "stack.*.value",
		.hint = "`explain` says what an instruction pops and pushes, with the operands of this moment.",
		.why = "i32.mul popped both operands and pushed their product.",
	}, {
		.show = "start area(3, 4)\nstepi\nstepi\nstepi",
		.ask = "local.tee $a is next. How many values are on the operand stack after it?",
		.ahead = "stepi\ninfo stack", .path = "stack.#",
		.hint = "local.set pops the value that it stores. `help local.tee` tells how tee differs.",
		.why = "local.tee stores the top in the local and leaves it on the stack: local.set, then local.get.",
	}, {
		.show = "start area(3, 4)\nstepi\nstepi\nstepi\nstepi\nstepi",
		.ask = "i32.add is the last instruction. What does area(3, 4) return?",
		.ahead = "finish", .path = "results.0.value",
		.hint = "What is left on the stack at the end of a function is its result.",
		.why = "12 + 12: the end of a function returns what its type says, from the top of the stack.",
	}, {
		.ask = "diff pushes $h, then $w, then runs i32.sub. What does diff(3, 4) return?",
		.ahead = "diff(3, 4)", .path = "results.0.value",
		.hint = "i32.sub pops b, then a, and pushes a - b: the operand that was pushed first is the left one.",
		.why = "$h was pushed first, so it is the left operand: 4 - 3.",
	}, { 0 }
};

const struct lesson lesson_stack = {
	.number = 1, .title = "the stack and locals", .module = module, .questions = questions,
	.intro =
		"Instructions of WebAssembly take their operands from a stack and push their results there. Beside it a function\n"
		"has locals: its parameters, and those it declares. Predict what happens; then let the engine do it.\n",
	.end =
		"You can now read any straight-line code: locals are boxes with names, the stack is where the work happens, and\n"
		"the type of every instruction says how many values it takes and gives.\n",
};
