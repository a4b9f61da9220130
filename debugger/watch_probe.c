/*
 * The probe behind watchpoints; see watchpoint.h.
 *
 *     before  effect of the instruction ── filter ──► watches it touches are remembered for its context
 *     after   those are compared with what they were
 *     hosts   what a host function reads and writes is remembered while it runs
 *     gate    it returned: all are compared; the stop is at the instruction behind the call
 */
#include "debugger/watch_probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "debugger/catchpoint.h"
#include "debugger/site.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/effect.h"
#include "engine/fault.h"
#include "engine/regir/code.h"
#include "engine/tier.h"

/* ---- the filter ------------------------------------------------------------------------------ */

/* An access that is longer than others is looked at in any case. */
static bool may_touch(const struct watches *ws, uint64_t at, uint64_t size)
{
	uint64_t block = at >> FILTER_BLOCK_LOG2;

	return size > FILTER_REACH + 1 || (ws->filter.bits[block / 64 % FILTER_WORDS] >> (block % 64) & 1);
}

/* ---- before ---------------------------------------------------------------------------------- */

static struct watch_pending *pending_of(struct watches *ws, struct ctx *c)
{
	struct watch_pending *p = ws->pending;

	while (p && p->ctx != c)
		p = p->next;
	if (!p && (p = calloc(1, sizeof *p))) {
		p->ctx = c;
		p->next = ws->pending;
		ws->pending = p;
	}
	return p;
}

static void touch(struct watches *ws, struct ctx *c, const struct probe_at *at, const struct breakpoint *b,
	const struct effect *x)
{
	struct watch_pending *p = pending_of(ws, c);

	if (!p)
		return;
	if (p->n && (p->cell != at->cell || p->fp != at->fp)) {
		p->n = 0;               /* an instruction that trapped */
		atomic_fetch_sub(&ws->armed, 1);
	}
	if (!p->n)
		atomic_fetch_add(&ws->armed, 1);
	p->cell = at->cell;
	p->fp = at->fp;
	if (p->n == TOUCHED_MAX)
		return;
	struct watch_touch *t = &p->touched[p->n++];
	*t = (struct watch_touch){ .number = b->number,
		.by = { x->reads, x->writes, x->at, x->size, probe_func(c, at), at->offset, false } };
	if (b->watch->place.kind == LVALUE_MEMORY && b->watch->place.memory->shared)
		t->was_there = watch_value(ws->dbg, b->watch, &t->was);
}

static bool wants_access(const struct watch *w, const struct effect *x)
{
	return (w->reads && x->reads) || x->writes;
}

/* The first that may reach ADDRESS in M. */
static size_t first_near(const struct watches *ws, const struct memory *m, uint64_t at)
{
	uint64_t from = at > ws->longest ? at - ws->longest : 0;
	size_t low = 0, high = ws->memory.count;

	while (low < high) {
		size_t mid = (low + high) / 2;
		const struct lvalue *l = &ws->memory.data[mid]->watch->place;
		if (l->memory < m || (l->memory == m && l->at < from))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void touch_memory(struct watches *ws, struct ctx *c, const struct probe_at *at, const struct effect *x)
{
	if (!x->size || !may_touch(ws, x->at, x->size))
		return;
	for (size_t i = first_near(ws, x->memory, x->at); i < ws->memory.count; i++) {
		const struct breakpoint *b = ws->memory.data[i];
		const struct lvalue *l = &b->watch->place;
		if (l->memory != x->memory || l->at >= x->at + x->size)
			return;
		if (l->at + l->bytes > x->at && wants_access(b->watch, x))
			touch(ws, c, at, b, x);
	}
}

static bool is_touched(const struct watch *w, const struct probe_at *at, const struct effect *x)
{
	const struct lvalue *l = &w->place;

	switch (x->kind) {
	case EFFECT_GLOBAL:
		return l->kind == LVALUE_GLOBAL && l->global == x->global;
	case EFFECT_LOCAL:
		return l->kind == LVALUE_LOCAL && l->frame.fp == at->fp && l->index == x->at;
	case EFFECT_TABLE:
		return l->kind == LVALUE_TABLE && l->table == x->table && l->at >= x->at && l->at - x->at < x->size;
	case EFFECT_OBJECT:
		return l->kind == LVALUE_FIELD && l->object == x->object && l->index >= x->at && l->index - x->at < x->size;
	default:
		return false;
	}
}

static void touch_others(struct watches *ws, struct ctx *c, const struct probe_at *at, const struct effect *x)
{
	for (size_t i = 0; i < ws->others.count; i++)
		if (is_touched(ws->others.data[i]->watch, at, x) && wants_access(ws->others.data[i]->watch, x))
			touch(ws, c, at, ws->others.data[i], x);
}

/* Memory that grows: bytes beyond its end may come to be there. */
static void touch_grown(struct watches *ws, struct ctx *c, const struct probe_at *at, const struct effect *x)
{
	for (size_t i = 0; i < ws->memory.count; i++)
		if (ws->memory.data[i]->watch->place.memory == x->memory && !ws->memory.data[i]->watch->there)
			touch(ws, c, at, ws->memory.data[i], x);
}

/* For the filter: whether these bytes are watched. */
static bool touches(void *user, const struct memory *m, uint64_t at, uint64_t size)
{
	const struct watches *ws = user;

	for (size_t i = first_near(ws, m, at); i < ws->memory.count; i++) {
		const struct lvalue *l = &ws->memory.data[i]->watch->place;
		if (l->memory != m || l->at >= at + size)
			return false;
		if (l->at + l->bytes > at)
			return true;
	}
	return false;
}

/* The most common case, decided without looking further: an access of memory 0 that nobody watches, or that changes nothing. */
static bool passes(const struct watches *ws, const struct ctx *c, const struct probe_at *at)
{
	if (at->ir >= (enum regir)OP_COUNT || regir_ext[at->ir] != EXT_NONE)
		return false;
	if (op_info[at->ir].lower != LOWER_STORE && op_info[at->ir].lower != LOWER_LOAD)
		return false;
	uint64_t from = (uint64_t)(uint32_t)*(const slot *)(const void *)((const char *)at->fp + at->cell->b)
		+ (uint32_t)at->cell->c;
	uint64_t size = (uint64_t)1 << op_info[at->ir].align;
	if (!may_touch(ws, from, 1) || !touches((void *)(uintptr_t)ws, c->inst->memories[0], from, size))
		return true;
	return ws->filter.changes_only && op_info[at->ir].lower == LOWER_STORE &&
		probe_stores_same(c, from, size, *(const slot *)(const void *)((const char *)at->fp + at->cell->a));
}

/*
 * Something was noted. The first thread asks at once; others stand first, and threads.c asks when their turn comes. Below a
 * host function that nobody can be asked above, and in calls of expressions, nothing stops.
 */
static bool stops(struct watches *ws, const struct ctx *c)
{
	struct dbg *d = ws->dbg;

	if (d->quiet || (c == d->root && !dbg_may_stop(d, c)))
		return false;
	return c != d->root || watches_stop(d, c);
}

static bool leaves_frame(enum op op)
{
	return op == OP_RETURN_CALL || op == OP_RETURN_CALL_INDIRECT || op == OP_RETURN_CALL_REF;
}

/* Events happen before the instruction. */
static bool see_events(struct watches *ws, struct ctx *c, const struct probe_at *at)
{
	struct buf what = { 0 };
	bool noted = false;

	for (size_t i = 0; i < ws->catches.count; i++) {
		struct breakpoint *b = ws->catches.data[i];
		struct watch_hit h = { .number = b->number, .expr = b->spec, .ctx = c, .func = probe_func(c, at) };
		buf_reset(&what);
		if (!catch_sees(b, c, at, &what))
			continue;
		snprintf(h.caught, sizeof h.caught, "%s", buf_str(&what));
		noted |= vec_push(&ws->hits, h);
	}
	buf_free(&what);
	return noted;
}

static bool on_before(void *user, struct ctx *c, const struct probe_at *at)
{
	struct watches *ws = user;
	struct effect x[EFFECTS_MAX];

	if (passes(ws, c, at))
		return false;
	probe_ask_after(c);
	pthread_mutex_lock(&ws->lock);
	unsigned n = effects_of(c, at, x);
	for (unsigned i = 0; i < n; i++) {
		if (x[i].kind == EFFECT_MEMORY)
			touch_memory(ws, c, at, &x[i]);
		else if (x[i].kind == EFFECT_GROW)
			touch_grown(ws, c, at, &x[i]);
		else
			touch_others(ws, c, at, &x[i]);
	}
	bool noted = ws->frames && leaves_frame(probe_op(c, at)) && watches_leave(ws->dbg, c, at->fp);
	noted |= ws->catches.count && see_events(ws, c, at);
	pthread_mutex_unlock(&ws->lock);
	return noted && stops(ws, c);
}

void watches_compiled(struct dbg *d, struct ctx *c, const struct func *f, const struct native_code *n)
{
	struct watches *ws = d->watches;
	struct buf what = { 0 };
	bool noted = false;

	if (!ws || !ws->catches.count || n->why == TIER_ASKED || d->quiet || d->seeks || (c == d->root && !dbg_may_stop(d, c)))
		return;
	pthread_mutex_lock(&ws->lock);
	for (size_t i = 0; i < ws->catches.count; i++) {
		struct breakpoint *b = ws->catches.data[i];
		struct watch_hit h = { .number = b->number, .expr = b->spec, .ctx = c, .func = f };
		buf_reset(&what);
		if (!catch_sees_compiled(b, f, n, &what))
			continue;
		snprintf(h.caught, sizeof h.caught, "%s", buf_str(&what));
		noted |= vec_push(&ws->hits, h);
	}
	ws->compiled |= noted && c == d->root;
	pthread_mutex_unlock(&ws->lock);
	buf_free(&what);
	if (noted)
		ctx_interrupt(c, c == d->root ? LEAVE_HAND : LEAVE_INTERRUPT);
}

bool watches_heard(struct dbg *d)
{
	struct watches *ws = d->watches;
	bool compiled = ws && ws->compiled;

	if (compiled)
		ws->compiled = false;
	return compiled && watches_stop(d, d->root);
}

/* ---- after ----------------------------------------------------------------------------------- */

static bool compare(struct watches *ws, struct watch_pending *p)
{
	uint32_t n = p->n;
	bool stop = false;

	p->n = 0;
	atomic_fetch_sub(&ws->armed, 1);
	for (uint32_t i = 0; i < n; i++) {
		struct breakpoint *b = breakpoint_number(ws->dbg, p->touched[i].number);
		if (!b || !b->watch || !b->watch->placed || b->watch->gone)
			continue;
		/* another thread has written meanwhile, and was told of first: this one has changed it, too */
		if (p->touched[i].was_there && b->watch->there)
			b->watch->was = p->touched[i].was;
		stop |= watch_touched(ws->dbg, b, p->ctx, &p->touched[i].by);
	}
	return stop;
}

static bool compare_slots(struct watches *ws, struct ctx *c, const struct probe_at *at)
{
	struct watch_access by = { .writes = true, .func = probe_func(c, at), .offset = at->offset };
	bool stop = false;

	for (size_t i = 0; i < ws->slots.count; i++)
		if (ws->slots.data[i]->watch->place.frame.fp == at->fp && !ws->slots.data[i]->watch->gone)
			stop |= watch_touched(ws->dbg, ws->slots.data[i], c, &by);
	return stop;
}

static bool on_after(void *user, struct ctx *c, const struct probe_at *at)
{
	struct watches *ws = user;
	bool noted = false;

	if (!atomic_load_explicit(&ws->armed, memory_order_relaxed) && !ws->slots.count && !ws->frames)
		return false;
	pthread_mutex_lock(&ws->lock);
	struct watch_pending *p = pending_of(ws, c);
	if (p && p->n && p->cell == at->cell && p->fp == at->fp)
		noted = compare(ws, p);
	noted |= ws->slots.count && compare_slots(ws, c, at);
	enum op op = ws->frames ? probe_op(c, at) : OP_NONE;
	if (op == OP_THROW || op == OP_THROW_REF || op == OP_RETHROW)
		noted |= watches_leave(ws->dbg, c, NULL);
	pthread_mutex_unlock(&ws->lock);
	return noted && stops(ws, c);
}

/* ---- hosts ----------------------------------------------------------------------------------- */

static void host_touches(struct watch_pending *p, uint32_t number, const struct watch_access *by)
{
	for (size_t i = p->host_from; i < p->host.count; i++) {
		struct watch_access *known = &p->host.data[i].by;
		if (p->host.data[i].number != number || known->reads != by->reads)
			continue;
		uint64_t end = known->at + known->size > by->at + by->size ? known->at + known->size : by->at + by->size;
		known->at = by->at < known->at ? by->at : known->at;
		known->size = end - known->at;
		return;
	}
	vec_push(&p->host, ((struct watch_touch){ .number = number, .by = *by }));
}

/* The guest's own bulk instructions are probed. */
static void on_host_access(void *user, const struct memory *m, uint64_t at, uint64_t size, bool writes)
{
	struct watch_access by = { .reads = !writes, .writes = writes, .at = at, .size = size };
	struct watches *ws = user;
	struct ctx *c = fault_ctx;

	if (!c || !c->host || c->store != ws->store || !may_touch(ws, at, size))
		return;
	pthread_mutex_lock(&ws->lock);
	struct watch_pending *p = pending_of(ws, c);
	for (size_t i = first_near(ws, m, at); p && i < ws->memory.count; i++) {
		const struct breakpoint *b = ws->memory.data[i];
		const struct lvalue *l = &b->watch->place;
		if (l->memory != m || l->at >= at + size)
			break;
		if (l->at + l->bytes > at)
			host_touches(p, b->number, &by);
	}
	pthread_mutex_unlock(&ws->lock);
}

/* What it did to B, as far as it said. */
static struct watch_access host_did(const struct watch_pending *p, const struct breakpoint *b)
{
	struct watch_access by = { .unsaid = true };

	for (size_t i = p ? p->host_from : 0; p && i < p->host.count; i++) {
		const struct watch_access *one = &p->host.data[i].by;
		if (p->host.data[i].number != b->number)
			continue;
		if (one->reads || !by.reads) {  /* a read is told of with its bytes, a write with those that differ */
			by.at = one->at;
			by.size = one->size;
		}
		by.reads |= one->reads;
		by.unsaid &= !one->writes;
	}
	by.writes = true;
	return by;
}

/* Not every host says what it writes: all are compared. */
static bool compare_all(struct watches *ws, struct ctx *c, const struct watch_pending *p)
{
	struct watch_access by = { .writes = true, .unsaid = true };
	bool stop = false;

	for (size_t i = 0; i < ws->memory.count; i++) {
		struct watch_access did = host_did(p, ws->memory.data[i]);
		stop |= watch_touched(ws->dbg, ws->memory.data[i], c, &did);
	}
	for (size_t i = 0; i < ws->others.count; i++)
		if (ws->others.data[i]->watch->place.kind != LVALUE_LOCAL)
			stop |= watch_touched(ws->dbg, ws->others.data[i], c, &by);
	return stop;
}

/* Stop where the caller goes on. */
static void stop_behind(struct watches *ws, struct ctx *c)
{
	struct err ignored = { 0 };
	struct frame f;
	struct site at;

	for (uint32_t i = 0; frame_at(c, i, &f); i++) {
		if (f.host || !f.inst)
			continue;
		if (site_at(f.inst->module, f.func->index, f.offset, &at, &ignored) &&
				patch_add(ws->dbg, f.inst->module, f.func->index, at.end, &ignored)) {
			ws->late.module = f.inst->module;
			ws->late.func = f.func->index;
			ws->late.offset = at.end;
			ws->late.fp = f.fp;
		}
		return;
	}
}

static enum outcome on_host(struct host_gate *g, struct ctx *c, struct func *f, const slot *args, slot *results)
{
	struct watches *ws = g->user;

	pthread_mutex_lock(&ws->lock);
	struct watch_pending *p = pending_of(ws, c);
	size_t outer = p ? p->host_from : 0;
	if (p)
		p->host_from = p->host.count;
	pthread_mutex_unlock(&ws->lock);
	enum outcome o = host_gate_next(g->next, c, f, args, results);
	pthread_mutex_lock(&ws->lock);
	p = pending_of(ws, c);
	if (o == OUT_DONE && !ws->late.module && compare_all(ws, c, p))
		stop_behind(ws, c);
	if (p) {
		p->host.count = p->host_from;
		p->host_from = outer < p->host_from ? outer : p->host_from;
	}
	pthread_mutex_unlock(&ws->lock);
	return o;
}

void watches_late_drop(struct watches *ws)
{
	if (ws->late.module)
		patch_drop(ws->dbg, ws->late.module, ws->late.func, ws->late.offset);
	ws->late.module = NULL;
}

bool watches_late(const struct watches *ws, const struct ctx *c, const struct func *f, uint32_t offset)
{
	return ws->late.module == f->inst->module && ws->late.func == f->index && ws->late.offset == offset &&
		ws->late.fp == c->fp;
}

/* ---- asking ---------------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
	const struct lvalue *x = &(*(struct breakpoint *const *)a)->watch->place, *y = &(*(struct breakpoint *const *)b)->watch->place;

	if (x->memory != y->memory)
		return x->memory < y->memory ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static bool add_memory(struct watches *ws, struct breakpoint *b)
{
	const struct lvalue *l = &b->watch->place;

	atomic_store_explicit(&l->memory->watch, &ws->hosts, memory_order_release);
	ws->longest = l->bytes > ws->longest ? l->bytes : ws->longest;
	filter_add(&ws->filter, l->at, l->bytes);
	return vec_push(&ws->memory, b);
}

static bool add(struct watches *ws, struct breakpoint *b)
{
	if (b->kind == BREAKPOINT_CATCH) {
		catch_want(&ws->probe, (enum catch_kind)b->catch);
		return vec_push(&ws->catches, b);
	}
	ws->filter.changes_only &= !b->watch->reads;
	switch (b->watch->place.kind) {
	case LVALUE_MEMORY:
	case LVALUE_RANGE:
		return add_memory(ws, b);
	case LVALUE_STACK:
		ws->frames = ws->tails = true;
		return vec_push(&ws->slots, b);
	case LVALUE_LOCAL:
		ws->frames = true;
		if (!b->watch->reads)
			return true;            /* break cells do (watchpoint.c) */
		ws->tails = true;
		return vec_push(&ws->others, b);
	case LVALUE_GLOBAL:
		filter_add(&ws->filter, filter_global(b->watch->place.global), 1);
		return vec_push(&ws->others, b);
	case LVALUE_FIELD:
		filter_add(&ws->filter, filter_object(b->watch->place.object), 1);
		return vec_push(&ws->others, b);
	default:
		return vec_push(&ws->others, b);
	}
}

static enum effect_kind effect_of(const struct lvalue *l)
{
	static const enum effect_kind kinds[] = { [LVALUE_LOCAL] = EFFECT_LOCAL, [LVALUE_GLOBAL] = EFFECT_GLOBAL,
		[LVALUE_MEMORY] = EFFECT_MEMORY, [LVALUE_RANGE] = EFFECT_MEMORY, [LVALUE_TABLE] = EFFECT_TABLE,
		[LVALUE_FIELD] = EFFECT_OBJECT };

	return kinds[l->kind];
}

/* Kinds of effects to be told of: bit 2k for writes of kind k, 2k + 1 for reads, too. */
static uint32_t kinds_of(const struct breakpoint *b)
{
	enum lvalue_kind kind = b->watch->place.kind;

	if (kind == LVALUE_STACK || (kind == LVALUE_LOCAL && !b->watch->reads))
		return 0;
	return (uint32_t)1 << (2 * effect_of(&b->watch->place) + b->watch->reads);
}

static void want_kinds(struct watches *ws, uint32_t kinds)
{
	for (unsigned op = 0; op < OP_COUNT; op++)
		for (unsigned k = EFFECT_MEMORY; k <= EFFECT_OBJECT; k++)
			if ((kinds >> 2 * k & 1 && effect_possible((enum op)op, (enum effect_kind)k, true)) ||
					(kinds >> (2 * k + 1) & 1 && effect_possible((enum op)op, (enum effect_kind)k, false)))
				probe_want(&ws->probe, (enum op)op);
	if (kinds & 3 << 2 * EFFECT_MEMORY)
		probe_want(&ws->probe, OP_MEMORY_GROW);
	if (ws->slots.count)
		probe_want_all(&ws->probe);
}

static void want_ends(struct watches *ws)
{
	static const enum op throws[] = { OP_THROW, OP_THROW_REF, OP_RETHROW };
	static const enum op tails[] = { OP_RETURN_CALL, OP_RETURN_CALL_INDIRECT, OP_RETURN_CALL_REF };

	for (size_t i = 0; ws->frames && i < sizeof throws / sizeof *throws; i++)
		probe_want(&ws->probe, throws[i]);
	for (size_t i = 0; ws->tails && i < sizeof tails / sizeof *tails; i++)
		probe_want(&ws->probe, tails[i]);
}

static struct watches *watches_make(struct dbg *d, struct err *e)
{
	struct watches *ws = d->watches ? d->watches : calloc(1, sizeof *ws);

	if (!ws)
		return err_oom(e), NULL;
	if (!d->watches) {
		ws->dbg = d;
		pthread_mutex_init(&ws->lock, NULL);
		ws->hosts = (struct mem_watch){ .will_access = on_host_access, .user = ws };
		ws->gate = (struct host_gate){ .order = GATE_WATCH, .user = ws, .call = on_host };
		ws->probe = (struct probe){ .user = ws, .before = on_before, .after = on_after, .after_asked = true,
			.filter = &ws->filter };
	}
	d->watches = ws;
	return ws;
}

/* What instructions under way were to be asked about. */
static void drop_pending(struct watches *ws)
{
	watches_late_drop(ws);
	for (struct watch_pending *p = ws->pending, *next; p; p = next) {
		next = p->next;
		vec_free(&p->host);
		free(p);
	}
	ws->pending = NULL;
	atomic_store(&ws->armed, 0);
}

void watches_drop_store(struct dbg *d)
{
	struct watches *ws = d->watches;

	if (!ws || !ws->store)
		return;
	store_remove_probe(ws->store, &ws->probe);
	store_remove_gate(ws->store, &ws->gate);
	for (size_t i = 0; i < ws->store->memories.count; i++)
		atomic_store(&ws->store->memories.data[i]->watch, NULL);
	ws->store = NULL;
	drop_pending(ws);
}

static void clear(struct watches *ws)
{
	vec_clear(&ws->memory);
	vec_clear(&ws->others);
	vec_clear(&ws->slots);
	vec_clear(&ws->catches);
	memset(&ws->filter, 0, sizeof ws->filter);
	ws->filter.touches = touches;
	ws->filter.user = ws;
	ws->filter.changes_only = true;
	ws->longest = 0;
	ws->frames = ws->tails = false;
	memset(ws->probe.ops, 0, sizeof ws->probe.ops);
}

/* Compiled functions are told of by their tier. */
static bool needs_probe(const struct breakpoint *b)
{
	return b->kind != BREAKPOINT_CATCH || b->catch != CATCH_TIERUP;
}

static bool is_active(const struct breakpoint *b)
{
	if (b->kind == BREAKPOINT_CATCH)
		return b->enabled && b->catch != CATCH_TRAP;
	return b->watch && b->watch->placed && b->enabled && !b->watch->gone;
}

bool watches_renew(struct dbg *d, struct err *e)
{
	struct watches *ws = d->watches;
	uint32_t kinds = 0;
	bool active = false, any = false;

	for (size_t i = 0; i < d->breakpoints.count; i++) {
		active |= is_active(d->breakpoints.data[i]);
		any |= is_active(d->breakpoints.data[i]) && needs_probe(d->breakpoints.data[i]);
	}
	if (!ws && !active)
		return true;
	if (!(ws = watches_make(d, e)))
		return false;
	bool stays = any && d->ctx && ws->store == d->ctx->store;
	if (stays)
		drop_pending(ws);
	else
		watches_drop_store(d);
	clear(ws);
	for (size_t i = 0; i < d->breakpoints.count; i++) {
		if (!is_active(d->breakpoints.data[i]))
			continue;
		if (!add(ws, d->breakpoints.data[i]))
			return err_oom(e);
		if (d->breakpoints.data[i]->watch)
			kinds |= kinds_of(d->breakpoints.data[i]);
	}
	want_kinds(ws, kinds);
	want_ends(ws);
	if (ws->memory.count)
		qsort(ws->memory.data, ws->memory.count, sizeof *ws->memory.data, by_place);
	if (stays)
		store_renew_probes(ws->store);
	if (stays || !any || !d->ctx)
		return true;
	if (!store_add_probe(d->ctx->store, &ws->probe))
		return err_oom(e);
	ws->store = d->ctx->store;
	store_add_gate(ws->store, &ws->gate);
	return true;
}

void watches_free(struct dbg *d)
{
	struct watches *ws = d->watches;

	if (!ws)
		return;
	watches_drop_store(d);
	vec_free(&ws->memory);
	vec_free(&ws->others);
	vec_free(&ws->slots);
	vec_free(&ws->catches);
	vec_free(&ws->hits);
	pthread_mutex_destroy(&ws->lock);
	free(ws);
	d->watches = NULL;
}
