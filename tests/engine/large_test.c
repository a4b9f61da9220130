/* Frames, operands, branches and blocks as large as they may be, and stacks as deep. */
#include "tests/engine/proofs.h"

/* PIECE, N times. */
static void repeat(struct buf *b, unsigned n, const char *piece)
{
	for (unsigned i = 0; i < n; i++)
		buf_puts(b, piece);
}

static void test_many_locals(void)
{
	struct world w = world_new();
	struct buf b = { 0 };
	slot args[2] = { 0x1111, 0x2222 }, r[2] = { 0 };

	buf_puts(&b, "(module (func $f (export \"f\") (param v128) (result v128) (local");
	repeat(&b, 50000, " v128");
	buf_puts(&b, ") (local.set 49999 (local.get 0)) (local.set 25000 (local.get 49999)) (local.get 50000) (local.set 3 (local.get"
		" 25000)) drop (local.get 3)) (func $deep (export \"deep\") (param v128) (result v128) (local");
	repeat(&b, 50000, " v128");
	buf_puts(&b, ") (drop (call $deep (local.get 0))) (local.get 50000)))");
	struct instance *in = load_buf(&w, &b);
	CHECK(world_call(&w, in, "f", args, r) == OUT_DONE && r[0] == 0x1111 && r[1] == 0x2222, "50,000 v128 locals");
	CHECK(run_in(&w, in, "f", args, r, RUN_PLAIN) == OUT_DONE && r[0] == 0x1111, "  in the plain body");
	CHECK(world_call(&w, in, "deep", args, r) == OUT_TRAP && w.c->trap.kind == TRAP_STACK, "  recursing with them exhausts the stack");
	CHECK(world_call(&w, in, "f", args, r) == OUT_DONE && r[1] == 0x2222, "  and that leaves it usable");
	CHECK(in && bodies_verify(in->module), "  bodies are well-formed");
	world_free(&w);
}

static void test_deep_operands(void)
{
	struct world w = world_new();
	struct buf b = { 0 };
	slot args[1] = { 3 }, r[1] = { 0 };

	buf_puts(&b, "(module (func (export \"f\") (param i32) (result i32)");
	repeat(&b, 66000, " local.get 0");
	repeat(&b, 65999, " i32.add");
	buf_puts(&b, ") (func (export \"consts\") (param i32) (result i32)");
	repeat(&b, 66000, " i32.const 2");
	buf_puts(&b, " local.get 0 if nop end");
	repeat(&b, 65999, " i32.add");
	buf_puts(&b, "))");
	struct instance *in = load_buf(&w, &b);
	CHECK(world_call(&w, in, "f", args, r) == OUT_DONE && r[0] == 198000, "66,000 operands: %d", (int)r[0]);
	CHECK(run_in(&w, in, "f", args, r, RUN_PLAIN) == OUT_DONE && r[0] == 198000, "  in the plain body");
	CHECK(world_call(&w, in, "consts", args, r) == OUT_DONE && r[0] == 132000, "  constants across a branch: %d", (int)r[0]);
	CHECK(in && bodies_verify(in->module), "  bodies are well-formed");
	world_free(&w);
}

static void test_wide_branch(void)
{
	struct world w = world_new();
	struct buf b = { 0 };
	static const uint32_t places[][2] = { { 0, 30 }, { 1, 20 }, { 2, 10 }, { 65519, 30 }, { 65520, 20 }, { 65521, 20 }, { 0xffffffff, 20 },
		{ 32768, 10 } };
	bool ok = true, plain = true;

	buf_puts(&b, "(module (func (export \"f\") (param i32) (result i32) (block (block (block (br_table");
	for (unsigned i = 0; i < 65520; i++)
		buf_printf(&b, " %u", i == 65519 ? 0 : i % 3);
	buf_puts(&b, " 1 (local.get 0))) (return (i32.const 30))) (return (i32.const 20))) (i32.const 10)))");
	struct instance *in = load_buf(&w, &b);
	for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
		slot args[1] = { places[i][0] }, r[1] = { 0 };
		ok &= world_call(&w, in, "f", args, r) == OUT_DONE && r[0] == places[i][1];
		plain &= run_in(&w, in, "f", args, r, RUN_PLAIN) == OUT_DONE && r[0] == places[i][1];
	}
	CHECK(ok, "a br_table of 65,520 labels");
	CHECK(plain, "  in the plain body");
	CHECK(in && bodies_verify(in->module), "  bodies are well-formed");
	world_free(&w);
}

static void test_deep_blocks(void)
{
	static const char *const kinds[][2] = { { " block", "blocks" }, { " loop", "loops" }, { " local.get 0 if", "ifs" },
		{ " try_table", "try_tables" } };

	for (unsigned k = 0; k < 4; k++) {
		struct world w = world_new();
		struct buf b = { 0 };
		slot args[1] = { 1 }, r[1] = { 0 };
		buf_puts(&b, "(module (func (export \"f\") (param i32) (result i32)");
		repeat(&b, 100000, kinds[k][0]);
		buf_puts(&b, " (br_if 70000 (local.get 0))");
		repeat(&b, 100000, " end");
		buf_puts(&b, " (i32.const 5)))");
		if (k == 1) {
			buf_free(&b);
			buf_puts(&b, "(module (func (export \"f\") (param i32) (result i32)");
			repeat(&b, 100000, kinds[k][0]);
			repeat(&b, 100000, " end");
			buf_puts(&b, " (i32.const 5)))");
		}
		struct instance *in = load_buf(&w, &b);
		CHECK(world_call(&w, in, "f", args, r) == OUT_DONE && r[0] == 5, "100,000 nested %s", kinds[k][1]);
		CHECK(run_in(&w, in, "f", args, r, RUN_PLAIN) == OUT_DONE && r[0] == 5, "  in the plain body");
		world_free(&w);
	}
	struct world w = world_new();
	struct buf b = { 0 };
	slot args[1] = { 1 }, r[1] = { 0 };
	buf_puts(&b, "(module (func (export \"f\") (param i32) (result i32) ");
	repeat(&b, 100000, "(i32.eqz ");
	buf_puts(&b, "(local.get 0)");
	repeat(&b, 100000, ")");
	buf_puts(&b, "))");
	struct instance *in = load_buf(&w, &b);
	CHECK(world_call(&w, in, "f", args, r) == OUT_DONE && r[0] == 1, "100,000 folded operands");
	world_free(&w);
}

/* ---- deep stacks ------------------------------------------------------------------------------------------------ */

static void test_tail_chains(void)
{
	struct world w;
	struct instance *a = world_of(&w, "(module (table (export \"t\") 4 funcref) (memory 1) (data (i32.const 0) \"A\")"
		" (type $f (func (param i32 i32) (result i32))) (elem (i32.const 0) $even)"
		" (func $even (export \"even\") (type $f) (if (i32.eqz (local.get 0)) (then (return (i32.add (local.get 1) (i32.load8_u (i32.const 0))))))"
		"  (return_call_indirect (type $f) (i32.sub (local.get 0) (i32.const 1)) (i32.add (local.get 1) (i32.const 1)) (i32.const 1)))"
		" (func (export \"add\") (param i32 i32 i32 i32 i32) (result i32) (i32.add (local.get 0) (i32.load8_u (i32.const 0)))))");
	slot args[2] = { 1000000, 5 }, r[1] = { 0 };

	w.resolve = resolve_from;
	w.user = a;
	w.st->no_guard = true;
	struct instance *b = world_load(&w, "(module (import \"a\" \"t\" (table 4 funcref)) (import \"a\" \"even\" (func $even (param i32 i32) (result i32)))"
		" (import \"a\" \"add\" (func $add (param i32 i32 i32 i32 i32) (result i32)))"
		" (memory 1) (data (i32.const 0) \"B\") (type $f (func (param i32 i32) (result i32))) (elem (i32.const 1) $odd) (elem declare func $ref)"
		" (func $odd (export \"odd\") (type $f) (if (i32.eqz (local.get 0)) (then (return (i32.add (local.get 1) (i32.load8_u (i32.const 0))))))"
		"  (return_call $even (i32.sub (local.get 0) (i32.const 1)) (i32.add (local.get 1) (i32.const 1))))"
		" (func $ref (export \"ref\") (type $f) (if (i32.eqz (local.get 0)) (then (return (local.get 1))))"
		"  (return_call_ref $f (i32.sub (local.get 0) (i32.const 1)) (i32.add (local.get 1) (i32.const 1)) (ref.func $ref)))"
		" (func (export \"wider\") (result i32) (i32.add (call $w (i32.const 1)) (i32.load8_u (i32.const 0))))"
		" (func $w (param i32) (result i32) (return_call $add (i32.const 1000) (local.get 0) (local.get 0) (local.get 0) (local.get 0))))");
	static const char *const names[] = { "odd", "ref" };
	for (int plain = 0; plain < 2; plain++) {
		const char *how = plain ? "plain" : "fast";
		args[0] = 1000000;
		for (int i = 0; i < 2; i++) {
			enum outcome o = plain ? run_in(&w, b, names[i], args, r, RUN_PLAIN) : world_call(&w, b, names[i], args, r);
			CHECK(o == OUT_DONE && r[0] == 1000005 + (i ? 0 : 'B'), "a chain of 1,000,000 tail calls %s (%s): outcome %d, %d",
				i ? "by reference" : "across instances", how, o, (int)r[0]);
		}
		args[0] = 999999;
		enum outcome o = plain ? run_in(&w, b, "odd", args, r, RUN_PLAIN) : world_call(&w, b, "odd", args, r);
		CHECK(o == OUT_DONE && r[0] == 1000004 + 'A', "  ends with the memory of the other (%s): %d", how, (int)r[0]);
		o = plain ? run_in(&w, b, "wider", NULL, r, RUN_PLAIN) : world_call(&w, b, "wider", NULL, r);
		CHECK(o == OUT_DONE && r[0] == 1000 + 'A' + 'B', "  with more parameters than the caller has, and back (%s): %d", how, (int)r[0]);
	}
	world_free(&w);
}

static void test_recursion(void)
{
	struct world w;
	struct instance *in = world_of(&w, "(module (func $f (export \"f\") (param i32) (result i32) (i32.add (call $f (local.get 0)) (i32.const 1)))"
		" (type $t (func)) (table funcref (elem $i)) (func $i (export \"i\") (call_indirect (type $t) (i32.const 0)))"
		" (func (export \"ok\") (result i32) (i32.const 12)))");
	slot args[1] = { 1 }, r[1] = { 0 };
	static const char *const names[] = { "f", "i" };

	for (int i = 0; i < 2; i++)
		for (int mode = 0; mode < 2; mode++) {
			enum outcome o = mode ? run_in(&w, in, names[i], args, r, RUN_PLAIN) : world_call(&w, in, names[i], args, r);
			CHECK(o == OUT_TRAP && w.c->trap.kind == TRAP_STACK && w.c->depth == 0, "endless recursion is a trap (%s, %s)", names[i],
				mode ? "plain" : "fast");
			CHECK(world_call(&w, in, "ok", NULL, r) == OUT_DONE && r[0] == 12, "  and the next call runs");
		}
	enum outcome o = ctx_begin(w.c, world_func(in, "f"), args);
	o = ctx_resume(w.c, RUN_FAST);
	struct frame f;
	uint32_t n = frame_count(w.c);
	CHECK(o == OUT_TRAP && n > 10000 && frame_at(w.c, n - 1, &f) && f.func == world_func(in, "f"), "all %u frames can be walked", n);
	ctx_abandon(w.c);
	world_free(&w);
}

int main(void)
{
	test_many_locals();
	test_deep_operands();
	test_wide_branch();
	test_deep_blocks();
	test_tail_chains();
	test_recursion();
	return tap_done();
}
