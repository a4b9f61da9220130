/*
 * What everything later stands on, proved early: stacks that mix host and guest, breakpoints in code that instances share,
 * frames and tables as large as they may be, edits, fuel, interrupts, and failures that must leave no trace.
 */
#include <pthread.h>
#include <unistd.h>

#include "engine/stack.h"
#include "engine/wasi/wasi.h"
#include "tests/engine/guest.h"

/* ---- what the guests import ------------------------------------------------------------------------ */

enum { WALKED = 8 };

struct seen {
	struct world *w;
	struct instance *in;
	uint32_t frames;
	struct frame frame[WALKED];
	struct value local, stacked;
	uint32_t nstack;
	enum outcome inner;
	uint32_t breaks[2];
	struct instance *only;
	uint32_t at;                    /* the breakpoint; 0: every one */
};

/* Calls the guest's "inner" and passes its outcome on. */
static enum outcome host_call_back(struct ctx *c, struct func *f, const slot *args, slot *results)
{
	struct seen *s = f->user;
	slot r[1] = { 0 }, a[1] = { args[0] };
	struct func *inner = world_func(ctx_caller(c), "inner");

	s->inner = ctx_call(c, inner, a, r);
	results[0] = r[0];
	return s->inner;
}

static enum outcome host_walk(struct ctx *c, struct func *f, const slot *args, slot *results)
{
	struct seen *s = f->user;
	struct arena a = { 0 };
	struct value *values;
	struct err e = { 0 };

	s->frames = frame_count(c);
	for (uint32_t i = 0; i < WALKED && i < s->frames; i++)
		frame_at(c, i, &s->frame[i]);
	struct frame *outermost = &s->frame[s->frames - 1];
	frame_local(c, outermost, 0, &s->local);
	if (frame_stack(c, outermost, &values, &s->nstack, &a, &e) && s->nstack)
		s->stacked = values[0];
	arena_free(&a);
	results[0] = args[0] + 1;
	return OUT_DONE;
}

static bool resolve_proofs(void *user, const struct module *m, const struct import *i, struct extern_ref *out, struct err *e)
{
	struct seen *s = user;
	host_fn *fn = str_is(i->name, "walk") ? host_walk : str_is(i->name, "call_back") ? host_call_back : NULL;

	if (!fn)
		return err_set(e, E_UNKNOWN_IMPORT, place_none(), "not here");
	out->kind = EXTERN_FUNC;
	out->as.func = func_new_host(s->w->st, m->funcs[i->index].type, fn, s, "env", fn == host_walk ? "walk" : "call_back", e);
	return out->as.func != NULL;
}

/* Everything from one registered instance. */
static bool resolve_from(void *user, const struct module *m, const struct import *i, struct extern_ref *out, struct err *e)
{
	(void)m;
	return instance_export(user, i->name, out) || err_set(e, E_UNKNOWN_IMPORT, place_none(), "not there");
}

/* Go on and leave the call; OUT_COUNT when there is none to go on with. */
static enum outcome finish(struct world *w, slot *results)
{
	enum outcome o = w->c->depth ? ctx_resume(w->c, RUN_FAST) : OUT_COUNT;

	if (o == OUT_DONE)
		ctx_results(w->c, results);
	ctx_abandon(w->c);
	return o;
}

/* Run a call in a mode from its beginning; the context stays in the call when it stops. */
static enum outcome run_in(struct world *w, const struct instance *in, const char *name, const slot *args, slot *results,
	enum run_mode mode)
{
	enum outcome o = ctx_begin(w->c, world_func(in, name), args);

	if (o == OUT_STOP)
		o = ctx_resume(w->c, mode);
	if (o == OUT_DONE)
		ctx_results(w->c, results);
	if (o != OUT_STOP)
		ctx_abandon(w->c);
	return o;
}

static bool patch_everywhere(const struct module *m, uint32_t func, uint32_t offset, bool on)
{
	for (int kind = 0; kind < BODY_KINDS; kind++)
		for (int mode = 0; mode < 2; mode++) {
			struct err e = { 0 };
			struct body *b = code_body(m, func, (enum body_kind)kind, (enum memory_mode)mode, true, &e);
			const struct body_map *map = b ? body_map(b, &e) : NULL;
			const struct map_row *row = map ? body_map_offset(map, offset) : NULL;
			if (!row || (on && !code_patch(b, row->at, &e)))
				return false;
			if (!on)
				code_unpatch(b, row->at);
		}
	return true;
}

static bool stop_there(void *user, struct ctx *c, struct func *f, uint32_t offset)
{
	struct seen *s = user;

	(void)c;
	if ((s->only && f->inst != s->only) || (s->at && offset != s->at))
		return false;
	s->breaks[f->inst != s->in]++;
	return true;
}

static bool give_up(void *user, struct ctx *c)
{
	(void)user, (void)c;
	return false;
}

static bool go_on(void *user, struct ctx *c)
{
	(void)user, (void)c;
	return true;
}

/* ---- stacks of guest and host ------------------------------------------------------------------------- */

static const char *const through_host =
	"(module (import \"env\" \"call_back\" (func $h (param i32) (result i32)))"
	" (import \"env\" \"walk\" (func $w (param i32) (result i32)))"
	" (memory 1)"
	" (func (export \"inner\") (param i32) (result i32) (call $w (i32.add (local.get 0) (i32.const 1))))"
	" (func (export \"f\") (param i32) (result i32) (local i32)"
	"  (i32.add (i32.mul (local.get 0) (i32.const 3)) (call $h (i32.const 40)))))";

static void test_walk(void)
{
	for (int mode = RUN_FAST; mode <= RUN_PLAIN; mode++) {
		struct world w = world_new();
		struct seen s = { .w = &w };
		slot args[1] = { 7 }, r[1] = { 0 };
		const char *how = mode == RUN_FAST ? "fast" : "plain";
		w.resolve = resolve_proofs;
		w.user = &s;
		struct instance *in = world_load(&w, through_host);
		enum outcome o = mode == RUN_FAST ? world_call(&w, in, "f", args, r) : run_in(&w, in, "f", args, r, RUN_PLAIN);
		CHECK(o == OUT_DONE && r[0] == 21 + 42, "%s: guest, host, guest, host gives %d", how, (int)r[0]);
		CHECK(s.frames == 4 && s.frame[0].host && !s.frame[1].host && s.frame[2].host && !s.frame[3].host,
			"%s: the walk sees four frames, host and guest in turn", how);
		CHECK(s.frame[1].func == world_func(in, "inner") && s.frame[3].func == world_func(in, "f") &&
			s.frame[3].offset != 0 && s.frame[1].segment == 0 && s.frame[3].segment == 1, "%s: with their functions", how);
		CHECK(s.local.lo == 7 && s.nstack == 1 && s.stacked.lo == 21, "%s: locals and operands of the outermost are there", how);
		world_free(&w);
	}
}

static void test_kill_below_host(void)
{
	struct world w = world_new();
	struct seen s = { .w = &w };
	struct dbg_hooks hooks = { .user = &s, .at_break = stop_there, .nested_stop = give_up };
	slot args[1] = { 7 }, r[1] = { 0 };

	w.resolve = resolve_proofs;
	w.user = &s;
	struct instance *in = world_load(&w, through_host);
	s.in = in;
	const struct func *inner = world_func(in, "inner");
	uint32_t at = in->module->funcs[inner->index].body + 1;
	CHECK(patch_everywhere(in->module, inner->index, at, true), "a breakpoint in the function that the host calls");
	w.c->hooks = &hooks;
	enum outcome o = world_call(&w, in, "f", args, r);
	CHECK(o == OUT_KILLED && s.inner == OUT_KILLED && s.breaks[0] == 1, "killed at a stop below a host function: outcome %d", o);
	CHECK(w.c->depth == 0 && !w.c->host && frame_count(w.c) == 0, "nothing is left of the call");
	hooks.nested_stop = go_on;
	o = world_call(&w, in, "f", args, r);
	CHECK(o == OUT_DONE && r[0] == 63 && s.breaks[0] == 2, "the next call may go on at the same stop");
	o = run_in(&w, in, "f", args, r, RUN_PLAIN);
	CHECK(o == OUT_DONE && r[0] == 63 && s.breaks[0] == 3, "also out of a plain body: outcome %d", o);
	w.c->hooks = NULL;
	patch_everywhere(in->module, inner->index, at, false);
	CHECK(world_call(&w, in, "f", args, r) == OUT_DONE && r[0] == 63, "without the breakpoint everything runs");
	world_free(&w);
}

/* ---- one module, two instances ----------------------------------------------------------------------------- */

static void test_two_modes(void)
{
	struct world w = world_new();
	struct seen s = { .w = &w };
	struct dbg_hooks hooks = { .user = &s, .at_break = stop_there, .nested_stop = give_up };
	const struct module *m = world_module(&w, "(module (memory (export \"m\") 1) (func (export \"f\") (param i32 i32) (result i32)"
		" (i32.store (local.get 0) (local.get 1)) (i32.load (local.get 0))))");
	struct instance *a = world_instance(&w, m);
	slot in[2] = { 8, 99 }, out[2] = { 65534, 1 }, r[1];

	w.st->no_guard = true;
	struct instance *b = world_instance(&w, m);
	s.in = a;
	CHECK(a && b && a->code_mode == MEMORY_GUARDED && b->code_mode == MEMORY_CHECKED, "one guards its memory, one checks");
	CHECK(world_call(&w, a, "f", in, r) == OUT_DONE && r[0] == 99 && world_call(&w, b, "f", in, r) == OUT_DONE && r[0] == 99,
		"both store and load");
	for (int i = 0; i < 2; i++) {
		enum outcome o = world_call(&w, i ? b : a, "f", out, r);
		CHECK(o == OUT_TRAP && w.c->trap.kind == TRAP_MEMORY_BOUNDS && w.c->trap.address == 65534 && w.c->trap.size == 4,
			"beyond the end: a trap that says where (%s)", i ? "checked" : "guarded");
	}
	uint32_t at = m->funcs[0].body + 1 + 4;         /* the store */
	s.at = at;
	CHECK(patch_everywhere(m, 0, at, true), "a breakpoint in all bodies");
	w.c->hooks = &hooks;
	for (int i = 0; i < 2; i++) {
		enum outcome o = run_in(&w, i ? b : a, "f", in, r, RUN_FAST);
		struct frame f;
		bool there = frame_at(w.c, 0, &f);
		CHECK(o == OUT_STOP && w.c->stop == STOP_BREAKPOINT && there && f.offset == at && f.inst == (i ? b : a),
			"stops at the store in instance %d: outcome %d, offset 0x%x of 0x%x", i + 1, o, there ? f.offset : 0, at);
		o = finish(&w, r);
		CHECK(o == OUT_DONE && r[0] == 99, "and goes on");
	}
	s.only = b;
	s.breaks[0] = s.breaks[1] = 0;
	CHECK(run_in(&w, a, "f", in, r, RUN_FAST) == OUT_DONE && run_in(&w, b, "f", in, r, RUN_FAST) == OUT_STOP &&
		s.breaks[0] == 0 && s.breaks[1] == 1, "a breakpoint for one instance passes the other by");
	ctx_abandon(w.c);
	w.c->hooks = NULL;
	world_free(&w);
}

/* ---- large things --------------------------------------------------------------------------------------------- */

/* PIECE, N times. */
static void repeat(struct buf *b, unsigned n, const char *piece)
{
	for (unsigned i = 0; i < n; i++)
		buf_puts(b, piece);
}

static struct instance *load_buf(struct world *w, struct buf *b)
{
	struct instance *in = world_load(w, buf_str(b));

	buf_free(b);
	return in;
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

/* ---- editing ---------------------------------------------------------------------------------------------------- */

static struct value top_of(struct world *w, uint32_t level, uint32_t *n)
{
	struct arena a = { 0 };
	struct value *values, v = { 0 };
	struct frame f;
	struct err e = { 0 };

	*n = 0;
	if (frame_at(w->c, level, &f) && frame_stack(w->c, &f, &values, n, &a, &e) && *n)
		v = values[*n - 1];
	arena_free(&a);
	return v;
}

static void test_edit_alias(void)
{
	struct world w = world_new();
	struct seen s = { .w = &w };
	struct dbg_hooks hooks = { .user = &s, .at_break = stop_there };
	slot args[1] = { 7 }, r[1] = { 0 };
	struct frame f;
	struct err e = { 0 };
	uint32_t n;
	struct instance *in = world_load(&w, "(module (func $g (export \"g\") (result i32) (i32.const 1))"
		" (func (export \"f\") (param i32) (result i32) local.get 0 nop local.get 0 i32.const 1000 i32.mul i32.add)"
		" (func (export \"outer\") (param i32) (result i32) local.get 0 call $g i32.add local.get 0 i32.const 1000 i32.mul i32.add))");

	ctx_begin(w.c, world_func(in, "f"), args);
	ctx_resume(w.c, RUN_STEP_WASM);
	frame_at(w.c, 0, &f);
	CHECK(top_of(&w, 0, &n).lo == 7 && n == 1, "local.get 0 is on the stack");
	CHECK(frame_set_local(w.c, &f, 0, value_i32(9), &e), "the local is set");
	CHECK(top_of(&w, 0, &n).lo == 7, "the stack keeps the old value");
	enum outcome o = finish(&w, r);
	CHECK(o == OUT_DONE && r[0] == 9007, "and both are used: %d", (int)r[0]);

	w.c->hooks = &hooks;
	s.in = in;
	const struct func *g = world_func(in, "g");
	patch_everywhere(in->module, g->index, in->module->funcs[g->index].body + 1, true);
	for (int mode = RUN_FAST; mode <= RUN_PLAIN; mode++) {
		o = run_in(&w, in, "outer", args, r, (enum run_mode)mode);
		bool found = frame_at(w.c, 1, &f);
		CHECK(o == OUT_STOP && found && top_of(&w, 1, &n).lo == 7 && n == 1, "the caller has the parameter on its stack");
		CHECK(frame_set_local(w.c, &f, 0, value_i32(9), &e) && top_of(&w, 1, &n).lo == 7, "which stays when the local is set");
		o = finish(&w, r);
		CHECK(o == OUT_DONE && r[0] == 9008, "and both are used: %d", (int)r[0]);
	}
	w.c->hooks = NULL;
	world_free(&w);
}

/* ---- fuel ---------------------------------------------------------------------------------------------------------- */

/* Module offset, clock, locals, stack and memory of where a context is. */
static uint64_t state_of(struct world *w, const struct instance *in)
{
	struct arena a = { 0 };
	struct value *values, v;
	struct frame f;
	struct err e = { 0 };
	uint32_t n;
	uint64_t h = ctx_clock(w->c);

	if (!frame_at(w->c, 0, &f))
		return 0;
	h = h * 1000003 + f.offset;
	for (uint32_t i = 0; i < frame_local_count(&f) && frame_local(w->c, &f, i, &v); i++)
		h = (h ^ v.lo) * 1000003;
	if (frame_stack(w->c, &f, &values, &n, &a, &e))
		for (uint32_t i = 0; i < n; i++)
			h = (h ^ values[i].lo) * 1000003 + values[i].type;
	for (uint64_t i = 0; i < 256; i++)
		h = (h ^ in->memories[0]->base[i]) * 1000003;
	arena_free(&a);
	return h;
}

static const char *const fused_loop =
	"(module (memory 1) (global $g (mut i32) (i32.const 0)) (func $twice (param i32) (result i32) (i32.shl (local.get 0) (i32.const 1)))"
	" (func (export \"f\") (param i32) (result i32) (local i32)"
	"  loop $l"
	"   (i32.store8 (i32.and (local.get 1) (i32.const 63)) (i32.add (i32.load8_u (local.get 1)) (local.get 0)))"
	"   (local.set 0 (i32.add (local.get 0) (call $twice (local.get 1))))"
	"   (local.set 1 (i32.add (local.get 1) (i32.const 1)))"
	"   (if (i32.and (local.get 1) (i32.const 1)) (then (local.set 0 (select (local.get 0) (local.get 1) (i32.lt_u (local.get 0)"
	"    (i32.const 1000))))))"
	"   (br_if $l (i32.lt_s (local.get 1) (i32.const 100)))"
	"  end local.get 0))";

static void test_fuel(void)
{
	struct world fuel = world_new(), steps = world_new();
	struct instance *a = world_load(&fuel, fused_loop), *b = world_load(&steps, fused_loop);
	slot args[1] = { 5 };
	unsigned wrong = 0, first = 0, plain_wrong = 0;

	for (unsigned n = 0; n <= 500; n++) {
		memset(a->memories[0]->base, 0, 256);
		memset(b->memories[0]->base, 0, 256);
		ctx_set_fuel(steps.c, 100000);
		ctx_start_clock(steps.c);
		enum outcome o = ctx_begin(steps.c, world_func(b, "f"), args);
		for (unsigned i = 0; i < n && o == OUT_STOP; i++)
			o = ctx_resume(steps.c, RUN_STEP_WASM);
		for (int mode = RUN_FAST; mode <= RUN_PLAIN; mode++) {
			memset(a->memories[0]->base, 0, 256);
			ctx_begin(fuel.c, world_func(a, "f"), args);
			ctx_start_clock(fuel.c);
			ctx_set_fuel(fuel.c, n);
			/* the clock goes on from the last call: count from here */
			fuel.c->clock_base = 0;
			o = ctx_resume(fuel.c, (enum run_mode)mode);
			if (o != OUT_FUEL || state_of(&fuel, a) != state_of(&steps, b)) {
				first = wrong + plain_wrong ? first : n;
				*(mode == RUN_FAST ? &wrong : &plain_wrong) += 1;
			}
			ctx_abandon(fuel.c);
		}
		ctx_abandon(steps.c);
	}
	CHECK(wrong == 0, "fuel N and N steps end in the same state, N from 0 to 500 (%u differ, the first is %u)", wrong, first);
	CHECK(plain_wrong == 0, "  in plain bodies too (%u differ)", plain_wrong);
	world_free(&fuel);
	world_free(&steps);
}

/* ---- breakpoints everywhere --------------------------------------------------------------------------------------------- */

enum { PLACES = 160 };

static uint32_t stops_at(struct world *w, struct instance *in, struct seen *s, uint32_t offset)
{
	slot args[1] = { 5 };
	struct frame f;
	enum outcome o;
	uint32_t func, n = 0;

	module_func_at(in->module, offset, &func);
	s->at = offset;
	if (!patch_everywhere(in->module, func, offset, true))
		return 0;
	o = ctx_begin(w->c, world_func(in, "f"), args);
	if (frame_at(w->c, 0, &f) && f.offset == offset)
		n++;            /* the call begins there: continuing passes it */
	while (o == OUT_STOP && (o = ctx_resume(w->c, RUN_FAST)) == OUT_STOP)
		n += frame_at(w->c, 0, &f) && f.offset == offset;
	ctx_abandon(w->c);
	patch_everywhere(in->module, func, offset, false);
	return o == OUT_DONE ? n : 0;
}

/* Labels with nothing between them that needs a cell. */
static const char *const bare_labels =
	"(module (func (export \"f\") (param i32) (result i32) (local i32 i32)"
	" nop block loop $o loop $l"
	"  block $x local.get 0 i32.eqz br_if $x local.get 0 local.set 2 end"
	"  loop nop nop end block end"
	"  block $y block $z local.get 0 br_table $y $z $y end nop i32.const 3 drop end"
	"  local.get 0 i32.const 1 i32.sub local.tee 0 br_if $l"
	"  local.get 1 i32.const 1 i32.add local.tee 1 i32.const 3 i32.lt_u if i32.const 2 local.set 0 br $o else nop end"
	" end end end local.get 1))";

/* Loops that begin with a test, which the branch back does as well; sums that are left to their users. */
static const char *const tests_first =
	"(module (memory 1) (func (export \"f\") (param i32) (result i32) (local i32 i32)"
	" block $out loop $l local.get 1 local.get 0 i32.ge_s br_if $out"
	"  local.get 1 i32.const 8 i32.add local.get 1 i32.const 3 i32.add i32.store8"
	"  local.get 1 i32.const 2 i32.shl local.get 2 i32.store offset=16"
	"  local.get 1 i32.const 1 i32.add local.set 1 br $l end end"
	" block $out loop $l local.get 1 i32.eqz br_if $out"
	"  local.get 2 local.get 1 i32.const 7 i32.add i32.load8_u i32.add local.get 1 i32.load offset=4 i32.mul local.set 2"
	"  local.get 1 i32.const 1 i32.sub local.set 1 br $l end end"
	" loop $s local.get 1 local.get 0 i32.add local.tee 1 i32.const 17 i32.lt_u br_if $s end"
	" local.get 1 local.get 2 i32.gt_u if (result i32) i32.const 5 else local.get 2 i32.const -3 i32.add end)"
	"(func (param i32) (result i32) local.get 0))";

/* A breakpoint at any instruction stops as often as single steps come by. */
static void break_everywhere(const char *wat, const char *what)
{
	for (int counting = 0; counting < 2; counting++) {
		struct world w = world_new();
		struct seen s = { .w = &w };
		struct dbg_hooks hooks = { .user = &s, .at_break = stop_there };
		struct instance *in = s.in = world_load(&w, wat);
		uint32_t passed[PLACES] = { 0 }, first = in->module->funcs[0].body, wrong = 0, tried = 0;
		slot args[1] = { 5 };
		struct frame f;
		if (counting)
			ctx_start_clock(w.c);
		w.c->hooks = &hooks;
		for (enum outcome o = ctx_begin(w.c, world_func(in, "f"), args); o == OUT_STOP; o = ctx_resume(w.c, RUN_STEP_WASM))
			if (frame_at(w.c, 0, &f) && f.offset - first < PLACES)
				passed[f.offset - first]++;
		ctx_abandon(w.c);
		for (uint32_t i = 0; i < PLACES; i++) {
			uint32_t n = passed[i] ? stops_at(&w, in, &s, first + i) : 0;
			tried += passed[i] > 0;
			if (n != passed[i] && wrong++ < 5)
				tap_note("at 0x%x: %u stops, %u steps", first + i, n, passed[i]);
		}
		w.c->hooks = NULL;
		CHECK(tried > 30 && wrong == 0, "%s: breakpoints at %u instructions stop as often as steps pass there (%s)", what,
			tried, counting ? "charged" : "fast");
		world_free(&w);
	}
}

/* ---- interrupts ------------------------------------------------------------------------------------------------------ */

static void *interrupt_soon(void *arg)
{
	usleep(20000);
	ctx_interrupt(arg, LEAVE_INTERRUPT);
	return NULL;
}

static void test_interrupt(void)
{
	struct world w = world_new();
	struct dbg_hooks hooks = { 0 };
	struct instance *in = world_load(&w, "(module (global $go (export \"go\") (mut i32) (i32.const 0))"
		" (func (export \"f\") (result i32) (local i32) (loop $l (local.set 0 (i32.add (local.get 0) (i32.const 1)))"
		" (br_if $l (i32.eqz (global.get $go)))) (local.get 0)) (func $r (export \"r\") (call $r2)) (func $r2 (return_call $r2)))");
	pthread_t t;
	slot r[1] = { 0 };
	static const char *const names[] = { "f", "r" };

	for (int i = 0; i < 2; i++) {
		pthread_create(&t, NULL, interrupt_soon, w.c);
		enum outcome o = world_call(&w, in, names[i], NULL, r);
		pthread_join(t, NULL);
		CHECK(o == OUT_INTERRUPT && w.c->depth == 0, "a second thread interrupts %s", i ? "endless tail calls" : "a loop");
	}
	w.c->hooks = &hooks;
	for (int mode = RUN_FAST; mode <= RUN_PLAIN; mode++) {
		struct frame f = { 0 };
		struct value v = { 0 };
		in->globals[0]->value[0] = 0;
		pthread_create(&t, NULL, interrupt_soon, w.c);
		enum outcome o = run_in(&w, in, "f", NULL, r, (enum run_mode)mode);
		pthread_join(t, NULL);
		bool there = frame_at(w.c, 0, &f) && frame_local(w.c, &f, 0, &v);
		CHECK(o == OUT_STOP && w.c->stop == STOP_INTERRUPT && there && v.lo > 1, "with a debugger it stops there (%s)",
			mode == RUN_FAST ? "fast" : "plain");
		in->globals[0]->value[0] = 1;
		o = finish(&w, r);
		CHECK(o == OUT_DONE && (r[0] == v.lo || r[0] == v.lo + 1), "  with its state intact: %llu and %llu",
			(unsigned long long)r[0], (unsigned long long)v.lo);
	}
	w.c->hooks = NULL;
	world_free(&w);
}

/* ---- stores at the edge ---------------------------------------------------------------------------------------------------- */

static unsigned store_width(enum op op)
{
	return 1u << op_info[op].align;
}

static bool is_store(enum op op)
{
	const struct op_info *i = &op_info[op];

	if (i->lower == LOWER_STORE)
		return true;
	return i->lower == LOWER_LANE_MEM && strstr(i->text, "store") != NULL;
}

static void one_store(struct buf *b, enum op op, bool is64, const char *memarg)
{
	const struct op_info *i = &op_info[op];
	char type = i->sig[1];
	const char *value = type == 'i' ? "(i32.const -1)" : type == 'I' ? "(i64.const -1)" : type == 'f' ? "(f32.const -1)"
		: type == 'd' ? "(f64.const -1.5)" : "(v128.const i32x4 -1 -1 -1 -1)";

	buf_printf(b, " (func (export \"%s%s\") (param %s) (%s%s %s (local.get 0) %s))", i->text, memarg, is64 ? "i64" : "i32", i->text,
		memarg, i->lower == LOWER_LANE_MEM ? "0" : "", value);
}

static uint64_t untouched(const struct instance *in)
{
	for (uint64_t i = 0; i < in->memories[0]->size; i++)
		if (in->memories[0]->base[i] != 0x5a)
			return i + 1;
	return 0;
}

static void stores_in(bool no_guard, bool is64, const char *what)
{
	struct world w = world_new();
	struct buf b = { 0 };
	unsigned tried = 0, wrong = 0;

	w.st->no_guard = no_guard;
	buf_printf(&b, "(module (memory %s 1)", is64 ? "i64" : "");
	for (int op = 0; op < OP_COUNT; op++)
		if (is_store((enum op)op)) {
			one_store(&b, (enum op)op, is64, "");
			one_store(&b, (enum op)op, is64, " offset=65535");
		}
	buf_puts(&b, ")");
	struct instance *in = load_buf(&w, &b);
	memset(in->memories[0]->base, 0x5a, 65536);
	for (uint32_t i = 0; i < in->module->nexports; i++) {
		const struct export *x = &in->module->exports[i];
		bool far = memchr(x->name.p, '=', x->name.n) != NULL;
		struct str text = { x->name.p, far ? x->name.n - strlen(" offset=65535") : x->name.n };
		unsigned width = store_width(op_by_text(text.p, text.n));
		for (unsigned over = 1; over <= width; over++) {
			slot args[1] = { far ? over : 65536 - width + over };
			slot r[1];
			if (far && width == 1)
				args[0] = 1;
			for (int plain = 0; plain < 2; plain++) {
				char name[64];
				snprintf(name, sizeof name, "%.*s", (int)x->name.n, x->name.p);
				enum outcome o = plain ? run_in(&w, in, name, args, r, RUN_PLAIN) : world_call(&w, in, name, args, r);
				tried++;
				if (o != OUT_TRAP || w.c->trap.kind != TRAP_MEMORY_BOUNDS || untouched(in)) {
					if (wrong++ < 4)
						tap_note("%.*s at %llu: outcome %d, first change at %llu", (int)x->name.n, x->name.p,
							(unsigned long long)args[0], o, (unsigned long long)untouched(in));
					memset(in->memories[0]->base, 0x5a, 65536);
				}
			}
		}
	}
	CHECK(tried > 100 && wrong == 0, "%u stores across the end of a %s memory leave it unchanged", tried, what);
	world_free(&w);
}

static void test_bulk_edges(void)
{
	struct world w = world_new();
	struct instance *in = world_load(&w, "(module (memory 1) (data $d \"0123456789\")"
		" (func (export \"fill\") (memory.fill (i32.const 65530) (i32.const 1) (i32.const 7)))"
		" (func (export \"copy\") (memory.copy (i32.const 65530) (i32.const 0) (i32.const 7)))"
		" (func (export \"from\") (memory.copy (i32.const 0) (i32.const 65530) (i32.const 7)))"
		" (func (export \"init\") (memory.init $d (i32.const 65530) (i32.const 0) (i32.const 7)))"
		" (func (export \"beyond\") (memory.init $d (i32.const 0) (i32.const 5) (i32.const 6))))");
	unsigned wrong = 0;

	memset(in->memories[0]->base, 0x5a, 65536);
	for (uint32_t i = 0; i < in->module->nexports; i++) {
		slot r[1];
		enum outcome o = ctx_call(w.c, in->funcs[in->module->exports[i].index], NULL, r);
		wrong += o != OUT_TRAP || w.c->trap.kind != TRAP_MEMORY_BOUNDS || untouched(in);
	}
	CHECK(wrong == 0, "bulk operations across an end change nothing");
	world_free(&w);
}

/* ---- the host writes ------------------------------------------------------------------------------------------------------------- */

struct watched {
	uint64_t at, size;
	unsigned count;
	uint8_t before;
};

static void note_write(void *user, struct memory *m, uint64_t at, uint64_t size)
{
	struct watched *n = user;

	n->at = at;
	n->size = size;
	n->before = m->base[at];
	n->count++;
}

static bool resolve_wasi(void *user, const struct module *m, const struct import *i, struct extern_ref *out, struct err *e)
{
	(void)m;
	return wasi_resolve(user, i, out) || err_set(e, E_UNKNOWN_IMPORT, place_none(), "not there");
}

static void test_host_writes(void)
{
	struct world w = world_new();
	struct wasi_config config = { .stdio = { -1, -1, -1 } };
	struct wasi *wasi = wasi_new(w.st, &config, &w.e);
	struct watched seen = { 0 };
	struct mem_watch watch = { note_write, &seen };
	slot r[1] = { 0 };

	w.resolve = resolve_wasi;
	w.user = wasi;
	struct instance *in = world_load(&w, "(module (import \"wasi_snapshot_preview1\" \"random_get\" (func $r (param i32 i32) (result i32)))"
		" (import \"wasi_snapshot_preview1\" \"clock_time_get\" (func $c (param i32 i64 i32) (result i32))) (memory (export \"memory\") 1)"
		" (data (i32.const 64) \"\\77\") (data (i32.const 128) \"\\77\") (data $d \"abc\")"
		" (func (export \"random\") (result i32) (call $r (i32.const 64) (i32.const 32)))"
		" (func (export \"clock\") (result i32) (call $c (i32.const 1) (i64.const 0) (i32.const 128)))"
		" (func (export \"beyond\") (result i32) (call $r (i32.const 65530) (i32.const 32)))"
		" (func (export \"fill\") (memory.fill (i32.const 64) (i32.const 1) (i32.const 5)))"
		" (func (export \"copy\") (memory.copy (i32.const 64) (i32.const 0) (i32.const 5)))"
		" (func (export \"init\") (memory.init $d (i32.const 64) (i32.const 0) (i32.const 3))))");
	in->memories[0]->watch = &watch;
	CHECK(world_call(&w, in, "random", NULL, r) == OUT_DONE && r[0] == 0 && seen.count == 1 && seen.at == 64 && seen.size == 32 &&
		seen.before == 0x77, "a system call announces what it writes, before it writes");
	CHECK(world_call(&w, in, "clock", NULL, r) == OUT_DONE && r[0] == 0 && seen.count == 2 && seen.at == 128 && seen.size == 8 &&
		seen.before == 0x77, "another one: %u bytes at %u", (unsigned)seen.size, (unsigned)seen.at);
	CHECK(world_call(&w, in, "beyond", NULL, r) == OUT_DONE && r[0] != 0 && seen.count == 2, "one that fails announces nothing");
	unsigned before = seen.count;
	static const char *const bulk[] = { "fill", "copy", "init" };
	for (int i = 0; i < 3; i++)
		world_call(&w, in, bulk[i], NULL, r);
	CHECK(seen.count == before + 3 && seen.at == 64 && seen.size == 3, "bulk operations announce theirs");
	world_free(&w);
	wasi_free(wasi);
}

/* ---- failures that leave things usable --------------------------------------------------------------------------------------------- */

static void test_failed_instance(void)
{
	struct world w = world_new();
	struct instance *owner = world_load(&w, "(module (table (export \"t\") 4 funcref) (memory (export \"m\") 1)"
		" (type $i (func (result i32))) (func (export \"call\") (param i32) (result i32) (call_indirect (type $i) (local.get 0))))");
	slot args[1] = { 2 }, r[1] = { 0 };

	w.resolve = resolve_from;
	w.user = owner;
	struct instance *bad = world_instance(&w, world_module(&w, "(module (import \"o\" \"t\" (table 4 funcref)) (import \"o\" \"m\" (memory 1))"
		" (global $g (mut i32) (i32.const 41)) (elem (i32.const 2) $f) (data (i32.const 65536) \"x\")"
		" (func $f (result i32) (global.set $g (i32.add (global.get $g) (i32.const 1))) (global.get $g)))"));
	CHECK(!bad && w.how == OUT_TRAP && w.c->trap.kind == TRAP_MEMORY_BOUNDS, "an instantiation traps in its data segment");
	CHECK(world_call(&w, owner, "call", args, r) == OUT_DONE && r[0] == 42, "the function that it put into a table can be called");
	CHECK(world_call(&w, owner, "call", args, r) == OUT_DONE && r[0] == 43, "  with its own globals");
	bad = world_instance(&w, world_module(&w, "(module (import \"o\" \"t\" (table 4 funcref)) (elem (i32.const 1) $f)"
		" (func $f (result i32) (i32.const 11)) (func $s unreachable) (start $s))"));
	args[0] = 1;
	CHECK(!bad && w.how == OUT_TRAP && world_call(&w, owner, "call", args, r) == OUT_DONE && r[0] == 11,
		"also when the start function traps");
	world_free(&w);
}

static void test_tail_chains(void)
{
	struct world w = world_new();
	struct instance *a = world_load(&w, "(module (table (export \"t\") 4 funcref) (memory 1) (data (i32.const 0) \"A\")"
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
	struct world w = world_new();
	struct instance *in = world_load(&w, "(module (func $f (export \"f\") (param i32) (result i32) (i32.add (call $f (local.get 0)) (i32.const 1)))"
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
	test_walk();
	test_kill_below_host();
	test_two_modes();
	test_many_locals();
	test_deep_operands();
	test_wide_branch();
	test_deep_blocks();
	test_edit_alias();
	test_fuel();
	break_everywhere(fused_loop, "a fused loop");
	break_everywhere(bare_labels, "labels without cells");
	break_everywhere(tests_first, "loops that begin with a test");
	test_interrupt();
	stores_in(false, false, "guarded");
	stores_in(true, false, "checked");
	stores_in(false, true, "64-bit");
	test_bulk_edges();
	test_host_writes();
	test_failed_instance();
	test_tail_chains();
	test_recursion();
	return tap_done();
}
