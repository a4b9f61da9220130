/* The debugger without a front end: stops, steps, host frames, instances, edits. */
#include "debugger/breakpoint.h"
#include "debugger/dbg.h"
#include "debugger/site.h"
#include "debugger/step.h"
#include "tests/debugger/debugged.h"
#include "tests/harness/tap.h"

static const char text[] =
	"(module $m\n"
	"  (import \"env\" \"back\" (func $back (param i32) (result i32)))\n"
	"  (memory 1)\n"
	"  (func $inner (export \"inner\") (param $x i32) (result i32)\n"
	"    (i32.add (local.get $x) (i32.const 1)))\n"
	"  (func $outer (export \"outer\") (param $x i32) (result i32)\n"
	"    (i32.mul (call $back (local.get $x)) (i32.const 10)))\n"
	"  (func $sum (export \"sum\") (param $n i32) (result i32) (local $s i32)\n"
	"    (loop $l\n"
	"      (local.set $s (i32.add (local.get $s) (i32.load (i32.const 0))))\n"
	"      (i32.store (i32.const 0) (i32.add (local.get $n) (i32.const 1)))\n"
	"      (br_if $l (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 0))))\n"
	"    (local.get $s))\n"
	"  (func $alias (export \"alias\") (param $x i32) (result i32)\n"
	"    (local.get $x) (nop) (local.get $x) (i32.sub))\n"
	"  (func $fac (export \"fac\") (param $n i32) (result i32)\n"
	"    (if (result i32) (i32.eqz (local.get $n)) (then (i32.const 1))\n"
	"      (else (i32.mul (local.get $n) (call $fac (i32.sub (local.get $n) (i32.const 1))))))))\n";

struct world {
	struct debugged g;
	struct instance *in, *checked;  /* a guarded memory; a checked one */
	/* what happened in a stop under a host frame */
	uint32_t below, frames;
	bool host_between, give_up;
};

/* env.back: calls inner of the instance that called. */
static enum outcome call_back(struct ctx *c, struct func *f, const slot *args, slot *results)
{
	struct extern_ref inner;
	slot arg = args[0];

	instance_export(ctx_caller(c), STR("inner"), &inner);
	return ctx_call(c, inner.as.func, &arg, results);
}

static bool resolve(void *user, const struct module *m, const struct import *i, struct extern_ref *out, struct err *e)
{
	struct world *w = user;

	out->kind = EXTERN_FUNC;
	out->as.func = func_new_host(w->g.store, m->funcs[i->index].type, call_back, NULL, "env", "back", e);
	return out->as.func != NULL;
}

static bool on_below(void *user)
{
	struct world *w = user;
	struct frame f;

	w->below++;
	w->frames = frame_count(w->g.ctx);
	w->host_between = frame_at(w->g.ctx, 1, &f) && f.host && frame_at(w->g.ctx, 2, &f) && !f.host;
	return !w->give_up && ctx_suspend(w->g.ctx);
}

static bool world_make(struct world *w, struct err *e)
{
	enum outcome how;

	*w = (struct world){ 0 };
	if (!debugged_make(&w->g, text, NULL, w, e))
		return false;
	w->in = instance_new(w->g.store, w->g.ctx, w->g.module, resolve, w, &how, e);
	w->g.store->no_guard = true;
	w->checked = instance_new(w->g.store, w->g.ctx, w->g.module, resolve, w, &how, e);
	return w->in && w->checked;
}

static struct func *func(struct instance *in, const char *name)
{
	struct extern_ref x = { 0 };

	return instance_export(in, str_of(name), &x) ? x.as.func : NULL;
}

static enum outcome begin(struct world *w, struct instance *in, const char *name, int32_t arg)
{
	slot a = (uint32_t)arg;
	enum outcome how = ctx_begin(w->g.ctx, func(in, name), &a);

	ctx_start_clock(w->g.ctx);
	dbg_begun(w->g.dbg, w->g.ctx->depth);
	return how;
}

static int32_t end(struct world *w)
{
	slot r = 0;

	ctx_results(w->g.ctx, &r);
	ctx_abandon(w->g.ctx);
	return (int32_t)r;
}

static struct breakpoint *break_at(struct world *w, const char *name, uint32_t nth)
{
	struct func *f = func(w->in, name);
	struct err e = { 0 };
	struct site at;

	site_first(w->g.module, f->index, &at, &e);
	site_after(w->g.module, f->index, at.offset, nth, &at, &e);
	struct location l = { w->g.module, f->index, at.offset, at.offset };
	return breakpoint_add(w->g.dbg, STR("test"), &l, 1, &e);
}

static void delete_all(struct world *w)
{
	while (w->g.dbg->breakpoints.count)
		breakpoint_delete(w->g.dbg, w->g.dbg->breakpoints.data[0]);
}

/* ---- tests ---------------------------------------------------------------------------------- */

static void test_host_frame(struct world *w)
{
	struct err e = { 0 };
	enum outcome how;

	w->g.dbg->suspend = on_below;
	break_at(w, "inner", 0);
	begin(w, w->in, "outer", 4);
	step_continue(w->g.dbg, &how, &e);
	CHECK(how == OUT_STOP && w->below == 1, "a stop under a host frame comes back");
	CHECK(w->frames == 3 && w->host_between, "the backtrace walks interpreter, host, interpreter");
	step_continue(w->g.dbg, &how, &e);
	CHECK(how == OUT_DONE && end(w) == 50, "and the guest goes on as if nothing had happened");
	w->give_up = true;
	begin(w, w->in, "outer", 4);
	step_continue(w->g.dbg, &how, &e);
	CHECK(how == OUT_KILLED, "kill under a host frame passes through it");
	ctx_abandon(w->g.ctx);
	CHECK(w->g.ctx->depth == 0 && frame_count(w->g.ctx) == 0, "nothing is left on the stack");
	w->g.dbg->suspend = NULL;
	begin(w, w->in, "outer", 4);
	step_continue(w->g.dbg, &how, &e);
	CHECK(how == OUT_DONE && end(w) == 50, "without somebody who can wait the breakpoint is passed");
	delete_all(w);
	begin(w, w->in, "outer", 4);
	for (int i = 0; i < 3; i++)
		step_by(w->g.dbg, GRAIN_WASM, true, 1, &how, &e);
	CHECK(how == OUT_STOP && w->g.dbg->ctx->depth == 1, "stepping over a host function that calls back");
	step_continue(w->g.dbg, &how, &e);
	CHECK(end(w) == 50, "… gives the same result");
}

static void test_two_instances(struct world *w)
{
	struct err e = { 0 };
	enum outcome how, other;
	struct frame f;
	struct breakpoint *b = break_at(w, "sum", 3);

	CHECK(w->in->code_mode != w->checked->code_mode, "two instances of one module have different memory modes");
	begin(w, w->in, "sum", 3);
	step_continue(w->g.dbg, &how, &e);
	frame_at(w->g.ctx, 0, &f);
	CHECK(how == OUT_STOP && f.inst == w->in && w->g.dbg->stop.hits[0] == b->number, "a breakpoint stops the first");
	ctx_abandon(w->g.ctx);
	begin(w, w->checked, "sum", 3);
	step_continue(w->g.dbg, &how, &e);
	frame_at(w->g.ctx, 0, &f);
	CHECK(how == OUT_STOP && f.inst == w->checked, "and the second");
	ctx_abandon(w->g.ctx);
	b->instance = w->checked->number;
	begin(w, w->in, "sum", 3);
	step_continue(w->g.dbg, &how, &e);
	ctx_abandon(w->g.ctx);
	begin(w, w->checked, "sum", 3);
	step_continue(w->g.dbg, &other, &e);
	CHECK(how == OUT_DONE && other == OUT_STOP, "inst N: only that one");
	ctx_abandon(w->g.ctx);
	delete_all(w);
}

enum { TRACE_MAX = 400 };

/* The offsets at which a call of sum(3) stops, one after the other, and its clock at the end. */
static uint32_t trace(struct world *w, bool step, uint32_t *out, uint64_t *clock, int32_t *result)
{
	struct err e = { 0 };
	enum outcome how = begin(w, w->in, "sum", 3);
	struct frame f;
	uint32_t n = 0;

	memset(w->in->memories[0]->base, 0, 4);
	if (!step)
		how = step_begin(w->g.dbg);
	while (how == OUT_STOP && n < TRACE_MAX && frame_at(w->g.ctx, 0, &f)) {
		out[n++] = f.offset;
		if (step)
			step_by(w->g.dbg, GRAIN_WASM, false, 1, &how, &e);
		else
			step_continue(w->g.dbg, &how, &e);
	}
	*clock = dbg_clock(w->g.dbg);
	*result = how == OUT_DONE ? end(w) : -1;
	return n;
}

static void test_break_everywhere(struct world *w)
{
	uint32_t steps[TRACE_MAX], stops[TRACE_MAX], n, m, count;
	uint64_t clock[3];
	int32_t result[3];
	struct err e = { 0 };

	n = trace(w, true, steps, &clock[0], &result[0]);
	CHECK(n > 30 && result[0] == 7, "stepping through a loop: %u instructions, result %d", n, result[0]);
	trace(w, false, stops, &clock[1], &result[1]);
	CHECK(clock[0] == clock[1] && result[0] == result[1], "running gives the same clock (%d) and result", (int)clock[1]);
	site_count(w->g.module, func(w->in, "sum")->index, &count, &e);
	for (uint32_t i = 0; i < count; i++)
		break_at(w, "sum", i);
	m = trace(w, false, stops, &clock[2], &result[2]);
	bool same = m >= n;
	uint32_t at = 0;
	for (uint32_t i = 0; i < m && same; i++)
		at += at < n && stops[i] == steps[at];
	CHECK(same && at == n, "a breakpoint on every instruction stops at each that stepping shows (%u of %u)", at, n);
	CHECK(clock[2] == clock[0] && result[2] == result[0], "with the same clock and result");
	delete_all(w);
	for (uint32_t i = 0; i < count; i++) {
		struct breakpoint *b = break_at(w, "sum", i);
		uint32_t hits = 0, wanted = 0;
		trace(w, false, stops, &clock[1], &result[1]);
		hits = (uint32_t)b->hits;
		for (uint32_t k = 0; k < n; k++)
			wanted += steps[k] == b->places.data[0].offset;
		if (hits != wanted && wanted)
			CHECK(hits == wanted, "one breakpoint alone, instruction %u: %u hits, %u wanted", i, hits, wanted);
		delete_all(w);
	}
}

static void test_alias(struct world *w)
{
	struct err e = { 0 };
	enum outcome how;
	struct frame f;

	for (uint32_t steps = 1; steps <= 2; steps++) {
		begin(w, w->in, "alias", 9);
		step_by(w->g.dbg, GRAIN_WASM, false, steps, &how, &e);
		frame_at(w->g.ctx, 0, &f);
		CHECK(frame_set_local(w->g.ctx, &f, 0, value_i32(2), &e), "a local is edited while it is on the stack");
		step_continue(w->g.dbg, &how, &e);
		CHECK(end(w) == 7, "the stack keeps the old value");
	}
}

static void test_recursion(struct world *w)
{
	struct err e = { 0 };
	enum outcome how;
	struct frame f;
	struct value n;

	struct breakpoint *b = break_at(w, "fac", 0);
	b->ignore = 3;
	begin(w, w->in, "fac", 5);
	how = step_begin(w->g.dbg);
	frame_at(w->g.ctx, 0, &f);
	frame_local(w->g.ctx, &f, 0, &n);
	CHECK(how == OUT_STOP && n.lo == 2 && frame_count(w->g.ctx) == 4, "ignore 3 stops in the fourth call");
	delete_all(w);
	step_finish(w->g.dbg, 1, &how, &e);
	CHECK(w->g.dbg->stop.why == WHY_RETURNED && w->g.dbg->stop.nresults == 1 && w->g.dbg->stop.results[0].lo == 6,
		"finish of frame 1 knows what it returned");
	CHECK(frame_count(w->g.ctx) == 2, "and stops in its caller");
	step_continue(w->g.dbg, &how, &e);
	CHECK(how == OUT_DONE && end(w) == 120, "the result is right");
	begin(w, w->in, "fac", 5);
	uint32_t deepest = 0;
	for (int i = 0; i < 20 && how != OUT_KILLED; i++) {
		if (!step_by(w->g.dbg, GRAIN_WASM, true, 1, &how, &e) || how != OUT_STOP)
			break;
		deepest = frame_count(w->g.ctx) > deepest ? frame_count(w->g.ctx) : deepest;
	}
	CHECK(how == OUT_DONE && deepest == 1 && end(w) == 120, "next never stops in a deeper call of the same function");
}

int main(void)
{
	struct err e = { 0 };
	struct world w;

	if (CHECK(world_make(&w, &e), "a module with a host function: %s", e.message)) {
		test_host_frame(&w);
		test_two_instances(&w);
		test_break_everywhere(&w);
		test_alias(&w);
		test_recursion(&w);
	}
	debugged_free(&w.g);
	return tap_done();
}
