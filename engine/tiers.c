/*
 * Who is compiled when: what was said of functions, calls and turns of loops counted. See tier.h.
 *
 * Where nobody may be compiled, nothing is counted: entries lead to bodies, and bodies have no HOT cells. Else func->entry of a
 * function in `auto` leads to a cell of its body that counts calls, and each loop of a fast body begins with a cell that counts
 * turns; a count that is full comes here, decides, and counts anew.
 */
#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/ctx.h"
#include "engine/regir/code.h"
#include "engine/regir/interp.h"
#include "engine/tier.h"

const char *const tier_why_words[TIER_WHYS] = {
	[TIER_FIRST] = "before it runs", [TIER_CALLED] = "called often enough", [TIER_LOOPED] = "a loop went round often enough",
	[TIER_ASKED] = "asked for",
};

bool tiers_init(struct store *s, const struct tier_compiler *compiler)
{
	struct tiers *t = calloc(1, sizeof *t);

	if (!t)
		return false;
	*t = (struct tiers){ .compiler = compiler, .tier = TIER_INTERP, .threshold = TIER_THRESHOLD };
	s->tiers = t;
	return true;
}

static void forget_store(struct code *code, const struct store *s)
{
	pthread_mutex_lock(&code->native_lock);
	for (size_t i = 0; i < code->native_stores.count; i++)
		if (code->native_stores.data[i] == s) {
			code->native_stores.data[i] = vec_pop(&code->native_stores);
			break;
		}
	pthread_mutex_unlock(&code->native_lock);
}

void tiers_free(struct store *s)
{
	struct tiers *t = s->tiers;

	for (size_t i = 0; t && i < t->modules.count; i++) {
		forget_store(t->modules.data[i].module->code, s);
		free(t->modules.data[i].of);
	}
	if (t)
		vec_free(&t->modules);
	free(t);
	s->tiers = NULL;
}

/* ---- what was said --------------------------------------------------------------------------------------------------------- */

static struct module_tiers *find_module(const struct tiers *t, const struct module *m)
{
	for (size_t i = 0; i < t->modules.count; i++)
		if (t->modules.data[i].module == m)
			return &t->modules.data[i];
	return NULL;
}

static enum tier of_func(const struct tiers *t, const struct module_tiers *mt, uint32_t defined)
{
	return mt && mt->of && mt->of[defined] ? (enum tier)(mt->of[defined] - 1) : t->tier;
}

enum tier tiers_of(const struct store *s, const struct module *m, uint32_t func)
{
	const struct tiers *t = s->tiers;

	return t ? of_func(t, find_module(t, m), func - m->nimported_funcs) : s->no_fuse ? TIER_UNFUSED : TIER_INTERP;
}

bool tiers_fuse(const struct store *s, const struct module *m, uint32_t func)
{
	return !s->no_fuse && !(s->tiers && s->tiers->unfused && tiers_of(s, m, func) == TIER_UNFUSED);
}

static bool compiles(enum tier t)
{
	return t == TIER_BASELINE || t == TIER_AUTO;
}

bool tiers_compile(const struct store *s, const struct module *m, uint32_t func)
{
	return compiles(tiers_of(s, m, func));
}

static bool any_compiles(const struct tiers *t, const struct module_tiers *mt)
{
	uint32_t n = mt->of ? mt->module->nfuncs - mt->module->nimported_funcs : 0;

	if (compiles(t->tier))
		return true;
	for (uint32_t i = 0; i < n; i++)
		if (mt->of[i] && compiles((enum tier)(mt->of[i] - 1)))
			return true;
	return false;
}

/* Entries are decided on again at the next call. */
static void forget_entries(struct store *s, const struct module *m)
{
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->funcs.count; i++) {
		struct func *f = s->funcs.data[i];
		if (f->inst && f->inst->module == m)
			__atomic_store_n(&f->entry, code_lazy_entry(), __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&s->lock);
}

static bool known_store(const struct code *code, const struct store *s)
{
	for (size_t i = 0; i < code->native_stores.count; i++)
		if (code->native_stores.data[i] == s)
			return true;
	return false;
}

bool tiers_use(struct store *s, const struct module *m)
{
	struct code *code = m->code;

	pthread_mutex_lock(&code->native_lock);
	bool ok = known_store(code, s) || vec_push(&code->native_stores, s);
	pthread_mutex_unlock(&code->native_lock);
	s->tiers->used = true;
	code_set_hot(m);
	return ok;
}

/* The module's code as this store wants it now. A store that compiles nothing leaves code alone that others may run. */
static bool apply(struct store *s, const struct module *m)
{
	struct code *code = m->code;
	const struct module_tiers *mt = find_module(s->tiers, m);
	bool wants = any_compiles(s->tiers, mt), known = known_store(code, s);
	bool ok = !wants || tiers_use(s, m);

	pthread_mutex_lock(&code->native_lock);
	for (size_t i = 0; (wants || known) && i < code->natives.count; i++)
		tier_allow(code->natives.data[i], tiers_compile(s, m, code->natives.data[i]->body->func));
	pthread_mutex_unlock(&code->native_lock);
	if (wants || known || s->tiers->unfused)
		forget_entries(s, m);
	return ok;
}

/* Frames of what is to be interpreted now leave compiled code. */
static void lower_frames(struct store *s, const struct module *m, uint32_t func)
{
	for (size_t i = 0; i < s->funcs.count; i++) {
		const struct func *f = s->funcs.data[i];
		bool meant = f->inst && f->inst->module == m && f->index == func;
		for (size_t k = 0; meant && k < s->contexts.count; k++)
			tier_lower_frames(s->contexts.data[k], f);
	}
}

static struct module_tiers *add_module(struct store *s, const struct module *m)
{
	struct module_tiers *mt = find_module(s->tiers, m);

	return mt ? mt : vec_push(&s->tiers->modules, ((struct module_tiers){ .module = m })) ? &vec_last(&s->tiers->modules) : NULL;
}

bool tiers_module(struct store *s, const struct module *m)
{
	const struct tier_watch *w = s->tiers ? s->tiers->watch : NULL;

	if (!s->tiers || find_module(s->tiers, m))
		return true;
	if (!add_module(s, m))
		return false;
	if (w)
		w->module(w->user, s, m);
	return apply(s, m);
}

bool tiers_set(struct store *s, enum tier tier)
{
	bool ok = true;

	s->tiers->tier = tier;
	s->tiers->unfused |= tier == TIER_UNFUSED;
	for (size_t i = 0; !compiles(tier) && i < s->contexts.count; i++)
		tier_lower_frames(s->contexts.data[i], NULL);
	for (size_t i = 0; i < s->tiers->modules.count; i++)
		ok &= apply(s, s->tiers->modules.data[i].module);
	return ok;
}

bool tiers_set_func(struct store *s, const struct module *m, uint32_t func, enum tier tier)
{
	struct module_tiers *mt = add_module(s, m);
	uint32_t n = m->nfuncs - m->nimported_funcs;

	if (!mt || (!mt->of && !(mt->of = calloc(n, sizeof *mt->of))))
		return false;
	mt->of[func - m->nimported_funcs] = (uint8_t)(1 + tier);
	s->tiers->unfused |= tier == TIER_UNFUSED;
	if (!compiles(tier))
		lower_frames(s, m, func);
	return apply(s, m);
}

const struct native_code *tiers_native(const struct func *f, bool counting)
{
	const struct instance *in = f->inst;
	const struct code *code = in ? in->module->code : NULL;

	if (!in || !in->store->tiers || !compiles(tiers_of(in->store, in->module, f->index)))
		return NULL;
	struct body **bodies = code->bodies[counting ? BODY_CHARGED : BODY_FAST][in->code_mode + (in->store->no_fuse ? BODY_MODES / 2 : 0)];
	const struct body *b = bodies ? bodies[f->index - in->module->nimported_funcs] : NULL;
	const struct native_code *n = b ? body_native(b) : NULL;
	return n && !n->off ? n : NULL;
}

/* ---- calls -------------------------------------------------------------------------------------------------------------------- */

static const struct cell *body_entry(const struct body *b)
{
	return (const struct cell *)(const void *)b->cells;
}

static const struct cell *compiled_entry(struct ctx *c, struct func *f, struct body *b, enum tier_why why)
{
	struct err e = { 0 };
	const struct native_code *n = tier_compile(c, f, b, why, &e);

	return n ? &n->entry.cell : body_entry(b);
}

/* The cell that counts B's calls; those of large functions count for less, because compiling them takes longer. */
static struct native_entry *counted_entry(const struct tiers *t, struct body *b)
{
	struct native_entry *known = __atomic_load_n(&b->counted, __ATOMIC_ACQUIRE), *e;

	if (known || !(e = calloc(1, sizeof *e)))
		return known;
	uint64_t wanted = (uint64_t)t->threshold * (1 + b->size / (64 << 10));
	e->cell = (struct cell){ .op = (uint32_t)(uintptr_t)h_COUNT, .d = wanted > INT32_MAX ? INT32_MAX : (int32_t)wanted };
	e->body = body_entry(b);
	if (__atomic_compare_exchange_n(&b->counted, &known, e, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return e;
	free(e);
	return known;
}

const struct cell *tier_entry(struct ctx *c, struct func *f, struct body *b)
{
	struct tiers *t = c->store->tiers;
	enum tier want = t ? tiers_of(c->store, b->module, b->func) : TIER_INTERP;

	if (!compiles(want))
		return body_entry(b);
	if (want == TIER_BASELINE || body_native(b) || t->threshold <= 1)
		return compiled_entry(c, f, b, want == TIER_BASELINE || t->threshold <= 1 ? TIER_FIRST : TIER_CALLED);
	const struct native_entry *e = counted_entry(t, b);
	return e ? &e->cell : body_entry(b);
}

const struct cell *interp_counted(struct ctx *c, struct func *f, const struct cell *body)
{
	struct body *b = code_body_at(f->inst->module, body);
	const struct cell *e = compiled_entry(c, f, b, TIER_CALLED);

	__atomic_store_n(&f->entry, e, __ATOMIC_RELEASE);
	return e;
}

/* ---- loops -------------------------------------------------------------------------------------------------------------------- */

/* Turns until somebody asks again whether code that is off, or cannot be had, may be entered. */
enum { TURNS_OFF = 10000 };

static const struct cell *osr_cell(const struct native_code *n, uint32_t at)
{
	uint32_t lo = 0, hi = n->tables.nosr;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;
		if (n->tables.osr[mid].at < at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n->tables.nosr && n->tables.osr[lo].at == at ? &n->osr_cells[lo] : NULL;
}

/* Turns until HOT is heard again. */
static void set_turns(struct cell *hot, int32_t turns)
{
	__atomic_store_n(&hot->c, turns, __ATOMIC_RELAXED);
}

/* The code of B, compiled now when that is wanted at this turn of a loop. */
static const struct native_code *code_for_loop(struct ctx *c, struct func *f, struct body *b, struct cell *hot, const slot *fp)
{
	struct tiers *t = c->store->tiers;
	enum tier want = t ? tiers_of(c->store, b->module, b->func) : TIER_INTERP;
	struct err e = { 0 };

	if ((b->kind == BODY_CHARGED) != c->counting)
		return NULL;
	const struct native_code *native = body_native(b);
	if (native && c->tier_fp == fp)
		return c->tier_up ? native : NULL;
	if (!compiles(want))
		return NULL;
	/* the first time it comes here the count only begins */
	if (want == TIER_AUTO && !native && !__atomic_load_n(&hot->d, __ATOMIC_RELAXED) && t->threshold > 1) {
		__atomic_store_n(&hot->d, 1, __ATOMIC_RELAXED);
		set_turns(hot, (int32_t)(t->threshold < INT32_MAX ? t->threshold : INT32_MAX));
		return NULL;
	}
	return tier_compile(c, f, b, want == TIER_BASELINE ? TIER_FIRST : TIER_LOOPED, &e);
}

/* Into code at the HOT cell at AT. Where no branch back leads there, the loop's test lies before it and is done once more. */
static const struct cell *way_in(const struct native_code *n, const struct body *b, uint32_t at)
{
	const struct cell *to = osr_cell(n, at), *before = to ? NULL : osr_cell(n, at - (uint32_t)sizeof(struct cell));
	bool tests = before && regir_info(code_op(b, at - (uint32_t)sizeof(struct cell))).format[2] == 't';

	return to ? to : tests ? before : NULL;
}

const struct cell *interp_hot(struct ctx *c, struct cell *hot, slot *fp)
{
	struct body *b = code_body_at(c->inst->module, hot);
	struct frame_header *h = (struct frame_header *)(void *)((char *)fp + b->header);

	set_turns(hot, TURNS_OFF);
	const struct native_code *n = code_for_loop(c, h->func, b, hot, fp);
	if (!n || (__atomic_load_n(&n->off, __ATOMIC_ACQUIRE) & ~(uint32_t)NATIVE_OFF_TIER))
		return hot + 1;
	set_turns(hot, 0);
	uint32_t at = (uint32_t)((const char *)hot - b->cells);
	const struct cell *to = way_in(n, b, at);
	if (!to)
		return hot + 1;
	const struct tier_watch *w = c->store->tiers->watch;
	if (w && w->entered)
		w->entered(w->user, c, h->func, n, at);
	return to;
}
