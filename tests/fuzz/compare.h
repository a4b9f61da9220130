/*
 * compare.h — one module run in every way that there is; all must give the same.
 *
 * Each way gets a store of its own and calls the exported functions in order, with arguments made from a seed. After each
 * step (instantiation, a call) the outcome, the trap, the results, the instruction clock and hashes of memories, globals and
 * tables are noted, and compared with what the first way noted. A call that runs out of fuel must leave the same state in
 * every way that counts; where nothing counts the comparison ends there. It also ends where the stack is exhausted, because
 * frames of plain bodies have other sizes.
 */
#ifndef WRENCH_TESTS_FUZZ_COMPARE_H
#define WRENCH_TESTS_FUZZ_COMPARE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/source.h"
#include "engine/ctx.h"
#include "engine/regir/code.h"
#include "engine/tier.h"
#include "jit/jit.h"
#include "tests/fuzz/shadow.h"

enum compare_way { WAY_CHARGED, WAY_PLAIN, WAY_FAST, WAY_CHECKED, WAY_STEP, WAY_STEP_REGIR, WAY_PROBED, WAY_PROBED_STEP,
	WAY_GUARDED, WAY_GUARDED_FAST, WAY_UNFUSED, WAY_BASELINE, WAY_BASELINE_FAST, WAY_BASELINE_CHECKED, WAY_AUTO, WAY_RANDOM,
	WAY_COUNT };
enum { COMPARE_MOMENTS = 24, COMPARE_RESULTS = 24, COMPARE_SLOTS = 4096 };

struct compare_moment {
	enum outcome how;
	enum trap trap;
	uint64_t clock, state;
	uint32_t nresults;
	slot results[COMPARE_RESULTS];
	char what[64];
};

struct compare_log {
	uint32_t n;
	bool cut;                       /* ended early: out of fuel without counting, or a stack exhausted */
	bool failed;                    /* what cannot be linked */
	struct compare_moment at[COMPARE_MOMENTS];
};

struct compare {
	struct engine *en;
	const struct module *m;
	uint64_t seed;
	int64_t fuel;                   /* of each call */
	uint32_t steps;                 /* calls that take more instructions are not single-stepped */
	uint32_t calls;                 /* answered for; 0: not even instantiated */
	char report[640];               /* what differed */
};

static const char *const compare_names[WAY_COUNT] = {
	"charged", "plain", "fast", "checked", "step", "stepr", "probed", "probed step", "guarded",
	"guarded fast", "unfused", "baseline", "baseline fast", "baseline checked", "auto", "random tiers",
};

static inline uint64_t compare_mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

/* References are equal when they are of the same kind: addresses differ between stores. */
static inline slot compare_ref(slot v, valtype t)
{
	if (!vt_is_ref(t) || v == 0)
		return v;
	return 1;
}

static uint64_t compare_state(const struct store *s)
{
	uint64_t h = 1;

	for (size_t i = 0; i < s->memories.count; i++) {
		const struct memory *m = s->memories.data[i];
		const uint8_t *p = m->base;
		uint64_t n = m->size, v;
		h = compare_mix(h, n);
		for (; n >= 8; n -= 8, p += 8) {
			memcpy(&v, p, 8);
			h = compare_mix(h, v);
		}
		for (; n > 0; n--)
			h = compare_mix(h, *p++);
	}
	for (size_t i = 0; i < s->globals.count; i++) {
		const struct global *g = s->globals.data[i];
		h = compare_mix(h, compare_ref(g->value[0], g->type));
		if (vt_slots(g->type) == 2)
			h = compare_mix(h, g->value[1]);
	}
	for (size_t i = 0; i < s->tables.count; i++) {
		const struct table *t = s->tables.data[i];
		h = compare_mix(h, t->size);
		for (uint64_t k = 0; k < t->size && k < 1000; k++)
			h = compare_mix(h, compare_ref(t->elems[k], t->type));
	}
	return h;
}

/* ---- what imports are given ------------------------------------------------------------------- */

static slot compare_pick(uint64_t *seed, valtype t)
{
	static const uint64_t some[] = { 0, 1, 2, 7, 8, 0xff, 0x7fffffff, 0x80000000, 0xffffffff, UINT64_C(1) << 63, UINT64_MAX,
		0x3f800000, 0x7fc00000, UINT64_C(0x3ff0000000000000), UINT64_C(0x7ff8000000000000), 65535, 65536, 10, 3 };

	/* which of two NaNs an operation gives is seen by their payloads only: there have to be different ones */
	static const uint64_t nans[] = { UINT64_C(0x7ff8000000000001), UINT64_C(0xfff8000000000abc), UINT64_C(0x7ff0000000000003),
		UINT64_C(0xfff4000000000005) };
	static const uint32_t nans32[] = { 0x7fc00001, 0xffc00abc, 0x7f800003, 0xffa00005 };

	if (vt_is_ref(t))
		return 0;
	*seed = compare_mix(*seed, 77);
	if ((t == VT_F32 || t == VT_F64) && *seed >> 20 & 1)
		return t == VT_F64 ? nans[*seed >> 21 & 3] : nans32[*seed >> 21 & 3];
	uint64_t v = *seed % 4 ? some[*seed / 4 % (sizeof some / sizeof *some)] : *seed;
	return slot_normal(t, v);
}

/* Results depend on the arguments alone. */
static enum outcome compare_host(struct ctx *c, struct func *f, const slot *args, slot *results)
{
	uint64_t seed = 5;

	for (uint32_t i = 0, s = 0; i < f->type->nparams; s += vt_slots(f->type->params[i]), i++)
		seed = compare_mix(seed, compare_ref(args[s], f->type->params[i]));
	if (seed % 64 == 0)
		return ctx_trap(c, TRAP_HOST, "no");
	for (uint32_t i = 0, s = 0; i < f->type->nresults; i++)
		for (unsigned k = 0; k < vt_slots(f->type->results[i]); k++)
			results[s++] = compare_pick(&seed, f->type->results[i]);
	return OUT_DONE;
}

static bool compare_resolve(void *user, const struct module *m, const struct import *i, struct extern_ref *out, struct err *e)
{
	struct store *s = user;

	out->kind = i->kind;
	switch (i->kind) {
	case EXTERN_FUNC: {
		const struct deftype *t = m->funcs[i->index].type;
		for (uint32_t k = 0; k < t->nresults; k++)
			if (!vt_defaultable(t->results[k]))
				return err_set(e, E_UNKNOWN_IMPORT, place_none(), "no value");
		out->as.func = func_new_host(s, t, compare_host, NULL, "env", "f", e);
		return out->as.func != NULL;
	}
	case EXTERN_TABLE:
		if (!vt_defaultable(m->tables[i->index].type))
			return err_set(e, E_UNKNOWN_IMPORT, place_none(), "no value");
		out->as.table = table_new(s, m->tables[i->index].type, m->tables[i->index].limits, 0, e);
		return out->as.table != NULL;
	case EXTERN_MEMORY:
		out->as.memory = memory_new(s, m->memories[i->index].limits, m->memories[i->index].page_log2, e);
		return out->as.memory != NULL;
	case EXTERN_GLOBAL: {
		const struct global_decl *g = &m->globals[i->index];
		if (!vt_defaultable(g->type))
			return err_set(e, E_UNKNOWN_IMPORT, place_none(), "no value");
		out->as.global = global_new(s, g->type, g->mut, (struct value){ .type = g->type, .lo = vt_is_ref(g->type) ? 0 : 8 }, e);
		return out->as.global != NULL;
	}
	default:
		out->as.tag = tag_new(s, m->tags[i->index].type, e);
		return out->as.tag != NULL;
	}
}

/* ---- one way ------------------------------------------------------------------------------------ */

static enum outcome compare_steps(struct ctx *c, struct func *f, const slot *args, slot *results, enum run_mode mode)
{
	enum outcome o = ctx_begin(c, f, args);

	if (!f->inst && o != OUT_DONE) {
		ctx_abandon(c);
		return o;
	}
	while (o == OUT_STOP)
		o = ctx_resume(c, mode);
	if (o == OUT_DONE)
		ctx_results(c, results);
	if (c->depth)
		ctx_abandon(c);
	return o;
}

static enum outcome compare_call(struct ctx *c, struct func *f, enum compare_way way, const slot *args, slot *results)
{
	switch (way) {
	case WAY_PLAIN:
		return compare_steps(c, f, args, results, RUN_PLAIN);
	case WAY_STEP:
	case WAY_PROBED_STEP:
		return compare_steps(c, f, args, results, RUN_STEP_WASM);
	case WAY_STEP_REGIR:
		return compare_steps(c, f, args, results, RUN_STEP_REGIR);
	default:
		return ctx_call(c, f, args, results);
	}
}

static bool compare_counts(enum compare_way way)
{
	return way != WAY_FAST && way != WAY_CHECKED && way != WAY_UNFUSED && way != WAY_GUARDED_FAST && way != WAY_BASELINE_FAST &&
		way != WAY_BASELINE_CHECKED && way != WAY_AUTO;
}

static bool compare_is_slow(enum compare_way way)
{
	return way == WAY_STEP || way == WAY_STEP_REGIR || way == WAY_PROBED_STEP;
}

static bool compare_too_deep(const struct ctx *c, enum outcome o)
{
	return o == OUT_TIMEOUT || (o == OUT_TRAP && (c->trap.kind == TRAP_STACK || c->trap.kind == TRAP_HEAP));
}

static struct compare_moment *compare_note(struct compare_log *l, const struct ctx *c, enum outcome o, enum compare_way way)
{
	struct compare_moment *t = &l->at[l->n++];

	t->how = o;
	t->trap = o == OUT_TRAP ? c->trap.kind : TRAP_NONE;
	t->clock = compare_counts(way) ? ctx_clock(c) : 0;
	t->state = compare_state(c->store);
	t->nresults = 0;
	l->cut = compare_too_deep(c, o) || (o == OUT_FUEL);
	return t;
}

static void compare_export(struct compare *k, struct compare_log *l, struct ctx *c, struct func *f, struct str name,
	enum compare_way way, const struct compare_log *first, uint64_t *seed)
{
	slot args[COMPARE_SLOTS], results[COMPARE_SLOTS];
	const struct deftype *t = f->type;
	uint32_t s = 0;

	for (uint32_t i = 0; i < t->nparams; i++)
		for (unsigned n = 0; n < vt_slots(t->params[i]); n++)
			args[s++] = compare_pick(seed, t->params[i]);
	if (first) {
		const struct compare_moment *then = &first->at[l->n], *before = then - 1;
		if (l->n >= first->n || (then->how == OUT_FUEL && !compare_counts(way)) ||
		    (compare_is_slow(way) && then->clock - before->clock > k->steps)) {
			l->cut = true;
			return;
		}
	}
	if (compare_counts(way))
		ctx_set_fuel(c, k->fuel);
	bool guarded = way == WAY_GUARDED || way == WAY_GUARDED_FAST;
	struct shadow *shadow = way == WAY_PROBED || way == WAY_PROBED_STEP ? shadow_new(c->store) :
		guarded ? shadow_new_partly(c->store) : NULL;
	uint64_t clock = ctx_clock(c);
	if (shadow)
		shadow_take(shadow);
	enum outcome o = compare_call(c, f, way, args, results);
	clock = ctx_clock(c) - clock;
	/* one that traps was told of, too */
	bool complete = !shadow || (shadow_agrees(shadow) && (guarded || (shadow->told >= clock && shadow->told <= clock + 1)));
	shadow_free(shadow);
	struct compare_moment *at = compare_note(l, c, o, way);
	if (!complete)
		at->state = 0;
	snprintf(at->what, sizeof at->what, "%.*s", (int)(name.n < 60 ? name.n : 60), name.p);
	s = 0;
	for (uint32_t i = 0; o == OUT_DONE && i < t->nresults; i++)
		for (unsigned n = 0; n < vt_slots(t->results[i]); n++, s++)
			if (at->nresults < COMPARE_RESULTS)
				at->results[at->nresults++] = compare_ref(results[s], t->results[i]);
}

/* The compiler, for the whole process: it outlives all modules. */
static struct jit *compare_jit(void)
{
	static struct jit *jit;

	return jit ? jit : (jit = jit_new(UINT32_MAX, MCODE_FILE));
}

static void compare_tiers(struct store *st, enum compare_way way, uint64_t seed)
{
	if (way < WAY_BASELINE)
		return;
	jit_install(compare_jit(), st);
	st->tiers->threshold = 1;
	st->tiers->random = way == WAY_RANDOM ? seed * 2 + 1 : 0;
	tiers_set(st, way == WAY_AUTO || way == WAY_RANDOM ? TIER_AUTO : TIER_BASELINE);
}

static void compare_run(struct compare *k, enum compare_way way, const struct compare_log *first, struct compare_log *l)
{
	struct store_limits limits = { .max_memory = 20 << 16, .max_table_elements = 20000, .max_stack = 256 << 10,
		.max_heap = 4 << 20 };
	struct store *st = store_new(k->en, &limits);
	struct err e = { 0 };
	struct ctx *c = ctx_new(st, &e);
	enum outcome how = OUT_DONE;
	uint64_t seed = k->seed;
	bool shared = false;
	struct timespec now;

	memset(l, 0, sizeof *l);
	st->no_guard = way == WAY_CHECKED || way == WAY_BASELINE_CHECKED;
	st->no_fuse = way == WAY_UNFUSED;
	compare_tiers(st, way, k->seed);
	for (uint32_t i = 0; i < k->m->nmemories; i++)
		shared |= k->m->memories[i].limits.shared;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (shared)     /* a wait may last for ever */
		ctx_set_deadline(c, now.tv_sec * INT64_C(1000000000) + now.tv_nsec + 50000000);
	if (compare_counts(way))
		ctx_set_fuel(c, k->fuel);
	struct instance *in = NULL;
	if (!first || compare_counts(way) || first->at[0].how != OUT_FUEL)
		in = instance_new(st, c, k->m, compare_resolve, st, &how, &e);
	l->failed = !in && how == OUT_DONE;
	snprintf(compare_note(l, c, how, way)->what, sizeof l->at[0].what, "instantiation");
	for (uint32_t i = 0; in && !l->cut && i < k->m->nexports && l->n < COMPARE_MOMENTS; i++) {
		const struct export *x = &k->m->exports[i];
		if (x->kind == EXTERN_FUNC && in->funcs[x->index]->type->param_slots <= COMPARE_SLOTS &&
		    in->funcs[x->index]->type->result_slots <= COMPARE_SLOTS)
			compare_export(k, l, c, in->funcs[x->index], x->name, way, first, &seed);
	}
	ctx_free(c);
	store_free(st);
}

static bool compare_logs(struct compare *k, const struct compare_log *a, const struct compare_log *b, enum compare_way way)
{
	for (uint32_t i = 0; i < a->n && i < b->n; i++) {
		const struct compare_moment *x = &a->at[i], *y = &b->at[i];
		if ((x->how == OUT_TRAP && x->trap == TRAP_STACK) || (y->how == OUT_TRAP && y->trap == TRAP_STACK) ||
		    x->trap == TRAP_HEAP || y->trap == TRAP_HEAP || x->how == OUT_TIMEOUT || y->how == OUT_TIMEOUT)
			return true;
		bool same = x->how == y->how && x->trap == y->trap && x->state == y->state && x->nresults == y->nresults &&
			memcmp(x->results, y->results, x->nresults * sizeof(slot)) == 0 && (!compare_counts(way) || x->clock == y->clock);
		if (same)
			continue;
		snprintf(k->report, sizeof k->report, "%s: charged: outcome %d (%s) clock %llu state %llx result %llx; %s: outcome %d "
			"(%s) clock %llu state %llx result %llx", x->what, x->how, trap_words(x->trap), (unsigned long long)x->clock,
			(unsigned long long)x->state, (unsigned long long)x->results[0], compare_names[way], y->how,
			trap_words(y->trap), (unsigned long long)y->clock, (unsigned long long)y->state,
			(unsigned long long)y->results[0]);
		return false;
	}
	return true;
}

/* The module again: bodies are made once for a module, fused or not. */
static struct module *compare_again(const struct compare *k)
{
	struct err e = { 0 };
	struct source *s = source_copy("again", k->m->bytes, k->m->size, &e);

	return s ? module_load_take(k->en, s, &k->m->features, &e) : NULL;
}

/* False: two ways differ, see k->report. */
__attribute__((unused))
static bool compare_ways(struct compare *k)
{
	struct compare_log first, other;

	compare_run(k, WAY_CHARGED, NULL, &first);
	k->calls = first.failed ? 0 : first.n;
	for (int way = WAY_PLAIN; !first.failed && way < WAY_COUNT; way++) {
		struct compare one = *k;
		struct module *again = way == WAY_UNFUSED ? compare_again(k) : NULL;
		if (again)
			one.m = again;
		compare_run(&one, (enum compare_way)way, &first, &other);
		module_free(again);
		if (!compare_logs(k, &first, &other, (enum compare_way)way))
			return false;
	}
	return true;
}

#endif
