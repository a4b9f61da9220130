/* Text to binary: bytes, names, equal forms, depth, positions of errors, and the map between text and binary. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/source.h"
#include "tests/harness/tap.h"
#include "wat/wat.h"

static struct source *text_of(const char *text)
{
	struct err e = { 0 };

	return source_copy("t.wat", text, strlen(text), &e);
}

/* Encode; on failure OUT is empty and E says why. */
static bool encode(const char *text, struct buf *out, struct err *e)
{
	struct features f = features_all();
	struct source *s = text_of(text);
	bool ok;

	*out = (struct buf){ 0 };
	*e = (struct err){ 0 };
	ok = wat_encode(s, &f, out, NULL, e);
	source_free(s);
	return ok;
}

static void hex(const char *text, const char *expected)
{
	struct buf b, got = { 0 };
	struct err e;

	if (!encode(text, &b, &e))
		tap_note("%s", e.message);
	for (size_t i = 8; i < b.size; i++)
		buf_printf(&got, "%02x", (unsigned char)b.data[i]);
	if (!CHECK(strcmp(buf_str(&got), expected) == 0, "bytes of %s", text))
		tap_note("got %s", buf_str(&got));
	buf_free(&got);
	buf_free(&b);
}

static void same(const char *a, const char *b)
{
	struct buf x, y;
	struct err e, e2;
	bool ok = encode(a, &x, &e), ok2 = encode(b, &y, &e2);

	if (!CHECK(ok && ok2 && x.size == y.size && memcmp(x.data, y.data, x.size) == 0, "%s is %s", a, b))
		tap_note("%s / %s", e.message, e2.message);
	buf_free(&x);
	buf_free(&y);
}

static void fails(const char *text, const char *message, unsigned start, unsigned length)
{
	struct buf b;
	struct err e;

	bool ok = !encode(text, &b, &e) && strncmp(e.message, message, strlen(message)) == 0 &&
		e.place.kind == PLACE_TEXT && e.place.start == start && e.place.length == length;
	if (!CHECK(ok, "%s: %s", text, message))
		tap_note("at %u+%u: %s", (unsigned)e.place.start, e.place.length, e.message);
	buf_free(&b);
}

static void check_bytes(void)
{
	hex("", "");
	hex("(module)", "");
	hex("(func)", "010401600000" "03020100" "0a040102000b");
	hex("(module (memory 1 2))", "050401010102");
	hex("(memory i64 1 (pagesize 1))", "0504010c0100");
	hex("(memory (data \"ab\"))", "050401010101" "0b08010041000b026162");
	hex("(global i32 (i32.const -1))", "0606017f00417f0b");
	hex("(type (sub final (func))) (type (sub (struct (field i8))))", "010a02" "600000" "50005f017800");
	hex("(rec (type (array (mut i64))))", "010601" "4e01" "5e7e01");
	hex("(module $m)", "0009046e616d65" "0002" "016d");
	hex("(import \"a\" \"b\" (func $f))", "010401600000" "0207010161016200" "00" "000b046e616d65" "0104" "01000166");
	hex("(@custom \"x\" \"yz\") (func)", "010401600000" "03020100" "0a040102000b" "00040178797a");
	hex("(func (i32.const 1) (@metadata.code.branch_hint \"\\01\") (if (then)))",
		"010401600000" "03020100" "0020" "196d657461646174612e636f64652e6272616e63685f68696e74" "01000103" "0101"
		"0a09" "0107" "0041" "010440" "0b0b");
	hex("(func (f32.const nan:0x200000) drop (f64.const -0x1p-1) drop)",
		"010401600000" "03020100" "0a14011200" "430000a07f" "1a" "44000000000000e0bf" "1a" "0b");
}

static void check_equal(void)
{
	same("(func (result i32) (i32.add (i32.const 1) (i32.const 2)))",
		"(func (result i32) i32.const 1 i32.const 2 i32.add)");
	same("(func (param i32) (if (local.get 0) (then (nop)) (else (drop (i32.const 1)))))",
		"(func (param i32) local.get 0 if nop else i32.const 1 drop end)");
	same("(func (export \"a\") (export \"b\"))", "(export \"a\" (func 0)) (export \"b\" (func 0)) (func)");
	same("(memory (import \"a\" \"b\") 1)", "(import \"a\" \"b\" (memory 1))");
	same("(func (type 0) (param i32)) (type (func (param i32)))", "(type (func (param i32))) (func (param i32))");
	same("(func (try (do (nop)) (catch_all (nop))))", "(func try nop catch_all nop end)");
	same("(func (try (do (nop)) (delegate 0)))", "(func try nop delegate 0)");
	same("(table funcref (elem 0)) (func)", "(table 1 1 funcref) (elem (i32.const 0) func 0) (func)");
	same("(elem (table 0) (offset (i32.const 0)) funcref (item ref.null func))",
		"(elem (table 0) (i32.const 0) (ref null func) (ref.null func))");
	same("(func (local i32 i32 f32))", "(func (local i32) (local i32) (local f32))");
	same("(;;)(module(func(;(;;);)nop));;x", "(module (func nop))");
	same("(func $\"a\\62\" (call $ab))", "(func $ab (call 0))");
	same("(func (drop (i32.const 0x1_0)))", "(func (drop (i32.const 16)))");
}

static void check_errors(void)
{
	fails("(func (call $g))", "unknown function $g", 12, 2);
	fails("(func $fac) (func (call $fca))", "unknown function $fca; did you mean $fac?", 24, 4);
	fails("(func (param $count i32) local.get $cuont)", "unknown local $cuont; did you mean $count?", 35, 6);
	fails("(func i32.ad)", "unknown operator i32.ad", 6, 6);
	fails("(func $f) (func $f)", "duplicate func $f", 16, 2);
	fails("(func block $a end $b)", "mismatching label $b: the block's is $a", 19, 2);
	fails("(func (i32.const 4294967296) drop)", "constant out of range: 4294967296", 17, 10);
	fails("(func) (import \"\" \"\" (func))", "import after function", 22, 6);
	fails("(type (func)) (func (type 0) (result i32))", "inline function type", 20, 1);
	fails("(func (i32.load align=3 (i32.const 0)) drop)", "alignment must be a power of two, not 3", 16, 7);
	fails("(func", "unexpected token: the text ends", 5, 0);
	fails("(func))", "unexpected token )", 6, 1);
	fails("(func \"a\")", "unexpected token \"a\"", 6, 3);
	fails("(data \"a)", "unclosed string", 6, 1);
	fails("(; (; ;)", "unclosed comment", 0, 2);
	fails("(data \"\\q\")", "illegal escape", 7, 2);
	fails("(start 0) (start 0)", "multiple start sections", 11, 5);
	fails("(func (@custom \"x\"))", "misplaced @custom annotation", 6, 8);
}

/* N copies of OPEN, MIDDLE, N copies of CLOSE. */
static bool deep(unsigned n, const char *open, const char *middle, const char *close, enum err_code *code)
{
	struct buf text = { 0 }, b;
	struct err e;

	buf_puts(&text, "(func ");
	for (unsigned i = 0; i < n; i++)
		buf_puts(&text, open);
	buf_puts(&text, middle);
	for (unsigned i = 0; i < n; i++)
		buf_puts(&text, close);
	buf_puts(&text, ")");
	bool ok = encode(buf_str(&text), &b, &e);
	*code = e.code;
	buf_free(&text);
	buf_free(&b);
	return ok;
}

static void check_depth(void)
{
	enum err_code code;

	CHECK(deep(100000, "(block ", "", ")", &code), "100,000 folded blocks");
	CHECK(deep(100000, "loop $l ", "br $l ", "end $l ", &code), "100,000 flat blocks of one name");
	CHECK(deep(100000, "(i32.eqz ", "(i32.const 0)", ")", &code), "100,000 folded operands");
	CHECK(deep(100000, "(if (i32.const 0) (then ", "", "))", &code), "100,000 folded ifs");
	CHECK(deep(100000, "(;", "", ";)", &code), "100,000 nested comments");
	CHECK(!deep(1000100, "(block ", "", ")", &code) && code == E_TOO_DEEP, "a million blocks are too deep");
}

static void check_map(void)
{
	static const char text[] = "(func $f (result i32)\n  (i32.add\n    (i32.const 1) (i32.const 2)))\n";
	struct features f = features_all();
	struct source *s = text_of(text);
	struct text_map *map = NULL;
	struct buf b = { 0 };
	struct err e = { 0 };
	struct place p;
	uint32_t offset = 0;

	CHECK(wat_encode(s, &f, &b, &map, &e), "a module with a map");
	const char *body = memmem(b.data, b.size, "\x41\x01\x41\x02\x6a\x0b", 6);
	uint32_t at = (uint32_t)(body - b.data);
	CHECK(text_map_find(map, at, &p) && p.start == (uint64_t)(strstr(text, "i32.const 1") - text) && p.length == 9,
		"the first constant's text");
	CHECK(text_map_find(map, at + 4, &p) && p.start == (uint64_t)(strstr(text, "i32.add") - text) && p.length == 7,
		"the text of a folded instruction is its keyword");
	CHECK(text_map_find(map, at + 1, &p) && p.length == 9, "an offset inside an instruction");
	CHECK(text_map_find(map, at - 1, &p) && p.start == 1 && p.length == 4, "the body's start is the function's keyword");
	CHECK(text_map_offset(map, (uint64_t)(strstr(text, "(i32.const 2") - text), &offset) && offset == at + 2,
		"the instruction at a column");
	CHECK(text_map_offset(map, (uint64_t)(strstr(text, "  (i32.add") - text), &offset) && offset == at + 4,
		"the first instruction of a line");
	CHECK(!text_map_offset(map, 0, &offset), "a line without instructions");
	text_map_free(map);
	source_free(s);
	buf_free(&b);
}

static void check_is_text(void)
{
	CHECK(wat_is_text("(module)", 8) && wat_is_text(" \n;; x", 6) && wat_is_text("(;;)", 4), "text begins like text");
	CHECK(!wat_is_text("\0asm", 4) && !wat_is_text("", 0) && !wat_is_text("x", 1), "other bytes do not");
}

int main(void)
{
	check_bytes();
	check_equal();
	check_errors();
	check_depth();
	check_map();
	check_is_text();
	return tap_done();
}
