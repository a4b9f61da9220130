/* Probes: who is told of what, when they stop the guest, and gates of host functions. That all instructions are told of and
 * effects are complete is checked by tests/fuzz/compare.h over the corpus. */
#include "engine/effect.h"
#include "engine/host_gate.h"
#include "engine/stack.h"
#include "tests/engine/guest.h"

static const char sums[] =
	"(module (memory 1) (global $g (mut i32) (i32.const 0)) (table 2 funcref) (elem (i32.const 0) $twice)"
	"  (type $t (func (param i32) (result i32)))"
	"  (func $twice (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))"
	"  (func (export \"sum\") (param $n i32) (result i32) (local $s i32)"
	"    (loop $l"
	"      (local.set $s (i32.add (local.get $s) (call_indirect (type $t) (local.get $n) (i32.const 0))))"
	"      (i32.store offset=8 (i32.const 0) (local.get $s))"
	"      (global.set $g (local.get $s))"
	"      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"
	"    (local.get $s)))";

struct watcher {
	struct probe probe;
	unsigned before, after;
	unsigned stop_before, stop_after;       /* at this count, from 1; 0: never */
	uint64_t last;                          /* value of the last store seen */
	struct func *func;
};

static bool before(void *user, struct ctx *c, const struct probe_at *at)
{
	struct watcher *w = user;
	struct effect e[EFFECTS_MAX];

	w->func = probe_func(c, at);
	if (effects_of(c, at, e) && e[0].kind == EFFECT_MEMORY)
		w->last = e[0].at;
	return ++w->before == w->stop_before;
}

static bool after(void *user, struct ctx *c, const struct probe_at *at)
{
	struct watcher *w = user;

	return ++w->after == w->stop_after;
}

static struct watcher watcher(enum op op)
{
	struct watcher w = { .probe = { .before = before, .after = after } };

	probe_want(&w.probe, op);
	return w;
}

static void counting(struct world *w, struct instance *in)
{
	struct watcher stores = watcher(OP_I32_STORE), calls = watcher(OP_CALL_INDIRECT);
	slot args[1] = { 5 }, results[1];

	stores.probe.user = &stores;
	calls.probe.user = &calls;
	store_add_probe(w->st, &stores.probe);
	store_add_probe(w->st, &calls.probe);
	CHECK(world_call(w, in, "sum", args, results) == OUT_DONE && results[0] == 30, "a probed call gives the same");
	CHECK(stores.before == 5 && stores.after == 5 && stores.last == 8, "told of each store, with its address");
	CHECK(calls.before == 5 && calls.after == 5, "told of each call, and when its callee has begun");
	store_remove_probe(w->st, &stores.probe);
	world_call(w, in, "sum", args, results);
	CHECK(stores.before == 5 && calls.before == 10, "a removed probe is told no more");
	store_remove_probe(w->st, &calls.probe);
	CHECK(world_call(w, in, "sum", args, results) == OUT_DONE && !w->c->plain, "without probes fast bodies run");
}

static uint32_t here(struct ctx *c)
{
	struct frame f;

	return frame_at(c, 0, &f) ? f.offset : 0;
}

static void stopping(struct world *w, struct instance *in)
{
	struct watcher s = watcher(OP_I32_STORE);
	slot args[1] = { 5 }, results[1];

	s.probe.user = &s;
	s.stop_before = 2;
	s.stop_after = 4;
	store_add_probe(w->st, &s.probe);
	enum outcome o = ctx_begin(w->c, world_func(in, "sum"), args);
	o = ctx_resume(w->c, RUN_FAST);
	CHECK(o == OUT_STOP && w->c->stop == STOP_HOOK && s.after == 1, "stopped before the second store");
	CHECK(in->memories[0]->base[8] == 10, "it was not executed");
	uint32_t store = here(w->c);
	o = ctx_resume(w->c, RUN_STEP_WASM);
	CHECK(o == OUT_STOP && s.before == 2 && s.after == 2 && in->memories[0]->base[8] == 18, "a step executes it, once");
	o = ctx_resume(w->c, RUN_FAST);
	CHECK(o == OUT_STOP && s.after == 4 && here(w->c) > store && in->memories[0]->base[8] == 28, "stopped after the fourth");
	o = ctx_resume(w->c, RUN_FAST);
	ctx_results(w->c, results);
	CHECK(o == OUT_DONE && s.before == 5 && s.after == 5 && results[0] == 30, "and went on to the end");
	ctx_abandon(w->c);
	store_remove_probe(w->st, &s.probe);
}

/* The instruction after which a function ends is told of before the caller goes on. */
static void last_one(struct world *w)
{
	struct instance *in = world_load(w, "(module (global $g (export \"g\") (mut i32) (i32.const 0))"
		"  (func $f (global.set $g (i32.const 7)))"
		"  (func (export \"f\") (call $f) (if (global.get $g) (then (global.set $g (i32.const 8))) (else nop))))");
	struct watcher s = watcher(OP_GLOBAL_SET);

	s.probe.user = &s;
	s.stop_after = 1;
	store_add_probe(w->st, &s.probe);
	enum outcome o = ctx_begin(w->c, world_func(in, "f"), NULL);
	o = ctx_resume(w->c, RUN_FAST);
	CHECK(o == OUT_STOP && frame_count(w->c) == 2, "stopped in the callee, at its end");
	o = ctx_resume(w->c, RUN_STEP_WASM);
	CHECK(o == OUT_STOP && frame_count(w->c) == 1, "a step returns from it");
	s.stop_after = 2;
	o = ctx_resume(w->c, RUN_FAST);
	CHECK(o == OUT_STOP && s.after == 2, "stopped before the way round the else branch");
	CHECK(ctx_resume(w->c, RUN_FAST) == OUT_DONE, "which is then taken");
	ctx_abandon(w->c);
	store_remove_probe(w->st, &s.probe);
}

/* ---- gates --------------------------------------------------------------------------------------------- */

static char order[8];

static enum outcome pass(struct host_gate *g, struct ctx *c, struct func *f, const slot *args, slot *results)
{
	strcat(order, g->user);
	return host_gate_next(g->next, c, f, args, results);
}

static enum outcome answer(struct host_gate *g, struct ctx *c, struct func *f, const slot *args, slot *results)
{
	strcat(order, g->user);
	results[0] = 42;
	return OUT_DONE;
}

static enum outcome seven(struct ctx *c, struct func *f, const slot *args, slot *results)
{
	results[0] = 7;
	return OUT_DONE;
}

static bool resolve(void *user, const struct module *m, const struct import *i, struct extern_ref *out, struct err *e)
{
	struct world *w = user;

	out->kind = EXTERN_FUNC;
	out->as.func = func_new_host(w->st, m->funcs[i->index].type, seven, NULL, "env", "seven", e);
	return out->as.func != NULL;
}

static void gates(struct world *w)
{
	w->resolve = resolve;
	w->user = w;
	struct instance *in = world_load(w, "(module (import \"env\" \"seven\" (func (result i32))) (export \"f\" (func $f))"
		"  (func $f (result i32) (call 0)))");
	struct host_gate desk = { .order = GATE_DESK, .user = "d", .call = answer };
	struct host_gate trace = { .order = GATE_TRACE, .user = "t", .call = pass };
	struct host_gate record = { .order = GATE_RECORD, .user = "r", .call = pass };
	slot results[1];

	CHECK(world_call(w, in, "f", NULL, results) == OUT_DONE && results[0] == 7, "without gates the function is called");
	store_add_gate(w->st, &desk);
	store_add_gate(w->st, &trace);
	store_add_gate(w->st, &record);
	CHECK(world_call(w, in, "f", NULL, results) == OUT_DONE && results[0] == 42 && strcmp(order, "trd") == 0,
		"gates stand in order, the last one answers");
	store_remove_gate(w->st, &desk);
	order[0] = '\0';
	CHECK(world_call(w, in, "f", NULL, results) == OUT_DONE && results[0] == 7 && strcmp(order, "tr") == 0,
		"one that is gone lets calls through");
}

int main(void)
{
	struct world w;
	struct instance *in = world_of(&w, sums);

	counting(&w, in);
	stopping(&w, in);
	last_one(&w);
	gates(&w);
	world_free(&w);
	return tap_done();
}
