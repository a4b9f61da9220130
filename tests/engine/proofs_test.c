/*
 * What everything later stands on, proved early: stacks that mix host and guest, breakpoints in code that instances share,
 * edits, fuel, interrupts, and failures that must leave no trace. Large things are in large_test.c, writes of memory in
 * writes_test.c.
 */
#include <pthread.h>
#include <unistd.h>

#include "tests/engine/proofs.h"

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
	struct world w;
	struct dbg_hooks hooks = { 0 };
	struct instance *in = world_of(&w, "(module (global $go (export \"go\") (mut i32) (i32.const 0))"
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

/* ---- failures that leave things usable --------------------------------------------------------------------------------------------- */

static void test_failed_instance(void)
{
	struct world w;
	struct instance *owner = world_of(&w, "(module (table (export \"t\") 4 funcref) (memory (export \"m\") 1)"
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

int main(void)
{
	test_walk();
	test_kill_below_host();
	test_two_modes();
	test_edit_alias();
	test_fuel();
	break_everywhere(fused_loop, "a fused loop");
	break_everywhere(bare_labels, "labels without cells");
	break_everywhere(tests_first, "loops that begin with a test");
	test_interrupt();
	test_failed_instance();
	return tap_done();
}
