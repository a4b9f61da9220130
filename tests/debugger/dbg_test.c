/* The debugger without a front end: stops, steps, host frames, instances, edits. */
#include "debugger/breakpoint.h"
#include "debugger/dbg.h"
#include "debugger/site.h"
#include "debugger/step.h"
#include "engine/base/source.h"
#include "engine/module.h"
#include "tests/harness/tap.h"
#include "wat/wat.h"

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
	struct engine *engine;
	struct module *module;
	struct store *store;
	struct ctx *ctx;
	struct dbg *dbg;
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
	out->as.func = func_new_host(w->store, m->funcs[i->index].type, call_back, NULL, "env", "back", e);
	return out->as.func != NULL;
}

static struct eval_scope no_scope(void *user, uint32_t level)
{
	return (struct eval_scope){ 0 };
}

static bool on_below(void *user)
{
	struct world *w = user;
	struct frame f;

	w->below++;
	w->frames = frame_count(w->ctx);
	w->host_between = frame_at(w->ctx, 1, &f) && f.host && frame_at(w->ctx, 2, &f) && !f.host;
	return !w->give_up && ctx_suspend(w->ctx);
}

static bool world_make(struct world *w, struct err *e)
{
	struct store_limits limits = store_limits_default();
	struct features all = features_all();
	enum outcome how;

	*w = (struct world){ .engine = engine_new() };
	struct source *src = source_copy("m.wat", text, sizeof text - 1, e);
	w->module = src ? wat_load_take(w->engine, src, &all, e) : NULL;
	w->store = store_new(w->engine, &limits);
	w->ctx = w->module ? ctx_new(w->store, e) : NULL;
	w->dbg = dbg_new(NULL);
	if (!w->ctx || !w->dbg || !dbg_add_module(w->dbg, w->module))
		return false;
	w->dbg->user = w;
	w->dbg->scope = no_scope;
	dbg_follow(w->dbg, w->ctx);
	w->in = instance_new(w->store, w->ctx, w->module, resolve, w, &how, e);
	w->store->no_guard = true;
	w->checked = instance_new(w->store, w->ctx, w->module, resolve, w, &how, e);
	return w->in && w->checked;
}

static void world_free(struct world *w)
{
	dbg_free(w->dbg);
	ctx_free(w->ctx);
	store_free(w->store);
	module_free(w->module);
	engine_free(w->engine);
}

static struct func *func(struct instance *in, const char *name)
{
	struct extern_ref x = { 0 };

	return instance_export(in, str_of(name), &x) ? x.as.func : NULL;
}

static enum outcome begin(struct world *w, struct instance *in, const char *name, int32_t arg)
{
	slot a = (uint32_t)arg;
	enum outcome how = ctx_begin(w->ctx, func(in, name), &a);

	ctx_start_clock(w->ctx);
	dbg_begun(w->dbg, w->ctx->depth);
	return how;
}

static int32_t end(struct world *w)
{
	slot r = 0;

	ctx_results(w->ctx, &r);
	ctx_abandon(w->ctx);
	return (int32_t)r;
}

static struct breakpoint *break_at(struct world *w, const char *name, uint32_t nth)
{
	struct func *f = func(w->in, name);
	struct err e = { 0 };
	struct site at;

	site_first(w->module, f->index, &at, &e);
	site_after(w->module, f->index, at.offset, nth, &at, &e);
	struct location l = { w->module, f->index, at.offset, at.offset };
	return breakpoint_add(w->dbg, STR("test"), &l, 1, &e);
}

static void delete_all(struct world *w)
{
	while (w->dbg->breakpoints.count)
		breakpoint_delete(w->dbg, w->dbg->breakpoints.data[0]);
}

/* ---- tests ---------------------------------------------------------------------------------- */

static void test_host_frame(struct world *w)
{
	struct err e = { 0 };
	enum outcome how;

	w->dbg->suspend = on_below;
	break_at(w, "inner", 0);
	begin(w, w->in, "outer", 4);
	step_continue(w->dbg, &how, &e);
	CHECK(how == OUT_STOP && w->below == 1, "a stop under a host frame comes back");
	CHECK(w->frames == 3 && w->host_between, "the backtrace walks interpreter, host, interpreter");
	step_continue(w->dbg, &how, &e);
	CHECK(how == OUT_DONE && end(w) == 50, "and the guest goes on as if nothing had happened");
	w->give_up = true;
	begin(w, w->in, "outer", 4);
	step_continue(w->dbg, &how, &e);
	CHECK(how == OUT_KILLED, "kill under a host frame passes through it");
	ctx_abandon(w->ctx);
	CHECK(w->ctx->depth == 0 && frame_count(w->ctx) == 0, "nothing is left on the stack");
	w->dbg->suspend = NULL;
	begin(w, w->in, "outer", 4);
	step_continue(w->dbg, &how, &e);
	CHECK(how == OUT_DONE && end(w) == 50, "without somebody who can wait the breakpoint is passed");
	delete_all(w);
	begin(w, w->in, "outer", 4);
	for (int i = 0; i < 3; i++)
		step_by(w->dbg, GRAIN_WASM, true, 1, &how, &e);
	CHECK(how == OUT_STOP && w->dbg->ctx->depth == 1, "stepping over a host function that calls back");
	step_continue(w->dbg, &how, &e);
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
	step_continue(w->dbg, &how, &e);
	frame_at(w->ctx, 0, &f);
	CHECK(how == OUT_STOP && f.inst == w->in && w->dbg->stop.hits[0] == b->number, "a breakpoint stops the first");
	ctx_abandon(w->ctx);
	begin(w, w->checked, "sum", 3);
	step_continue(w->dbg, &how, &e);
	frame_at(w->ctx, 0, &f);
	CHECK(how == OUT_STOP && f.inst == w->checked, "and the second");
	ctx_abandon(w->ctx);
	b->instance = w->checked->number;
	begin(w, w->in, "sum", 3);
	step_continue(w->dbg, &how, &e);
	ctx_abandon(w->ctx);
	begin(w, w->checked, "sum", 3);
	step_continue(w->dbg, &other, &e);
	CHECK(how == OUT_DONE && other == OUT_STOP, "inst N: only that one");
	ctx_abandon(w->ctx);
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
		how = step_begin(w->dbg);
	while (how == OUT_STOP && n < TRACE_MAX && frame_at(w->ctx, 0, &f)) {
		out[n++] = f.offset;
		if (step)
			step_by(w->dbg, GRAIN_WASM, false, 1, &how, &e);
		else
			step_continue(w->dbg, &how, &e);
	}
	*clock = dbg_clock(w->dbg);
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
	site_count(w->module, func(w->in, "sum")->index, &count, &e);
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
		step_by(w->dbg, GRAIN_WASM, false, steps, &how, &e);
		frame_at(w->ctx, 0, &f);
		CHECK(frame_set_local(w->ctx, &f, 0, value_i32(2), &e), "a local is edited while it is on the stack");
		step_continue(w->dbg, &how, &e);
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
	how = step_begin(w->dbg);
	frame_at(w->ctx, 0, &f);
	frame_local(w->ctx, &f, 0, &n);
	CHECK(how == OUT_STOP && n.lo == 2 && frame_count(w->ctx) == 4, "ignore 3 stops in the fourth call");
	delete_all(w);
	step_finish(w->dbg, 1, &how, &e);
	CHECK(w->dbg->stop.why == WHY_RETURNED && w->dbg->stop.nresults == 1 && w->dbg->stop.results[0].lo == 6,
		"finish of frame 1 knows what it returned");
	CHECK(frame_count(w->ctx) == 2, "and stops in its caller");
	step_continue(w->dbg, &how, &e);
	CHECK(how == OUT_DONE && end(w) == 120, "the result is right");
	begin(w, w->in, "fac", 5);
	uint32_t deepest = 0;
	for (int i = 0; i < 20 && how != OUT_KILLED; i++) {
		if (!step_by(w->dbg, GRAIN_WASM, true, 1, &how, &e) || how != OUT_STOP)
			break;
		deepest = frame_count(w->ctx) > deepest ? frame_count(w->ctx) : deepest;
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
	world_free(&w);
	return tap_done();
}
