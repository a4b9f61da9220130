/* Watchpoints: what is watched, what a stop has to tell, frames that end; see watchpoint.h. The probe is watch_probe.c. */
#include "debugger/watchpoint.h"

#include <stdlib.h>
#include <string.h>

#include "debugger/site.h"
#include "debugger/watch_probe.h"
#include "engine/base/err.h"
#include "engine/gc/gc.h"
#include "engine/module.h"
#include "engine/regir/code.h"

static bool of_frame(const struct watch *w)
{
	return w->place.kind == LVALUE_LOCAL || w->place.kind == LVALUE_STACK;
}

/* ---- values ---------------------------------------------------------------------------------- */

bool watch_value(struct dbg *d, const struct watch *w, struct value *out)
{
	const slot *s;

	if (w->place.kind != LVALUE_STACK)
		return lvalue_read(d->ctx, &w->place, out);
	s = (const slot *)(const void *)((const char *)w->place.frame.fp + w->home);
	*out = (struct value){ w->place.type, s[0], vt_slots(w->place.type) == 2 ? s[1] : 0 };
	if (w->place.type == VT_I32 || w->place.type == VT_F32)
		out->lo = (uint32_t)out->lo;
	return true;
}

/* Remember what is there now. */
static void take(struct dbg *d, struct watch *w)
{
	if (w->place.kind != LVALUE_RANGE) {
		w->there = watch_value(d, w, &w->was);
		return;
	}
	w->there = memory_range(w->place.memory, w->place.at, w->place.bytes);
	if (w->there)
		memcpy(w->bytes, w->place.memory->base + w->place.at, w->place.bytes);
}

void watches_refresh(struct dbg *d)
{
	for (size_t i = 0; d->watches && i < d->breakpoints.count; i++) {
		struct watch *w = d->breakpoints.data[i]->watch;
		if (w && w->placed)
			take(d, w);
	}
}

void watches_forget(struct dbg *d)
{
	if (!d->watches)
		return;
	vec_clear(&d->watches->hits);
	/* a frame that was left on the way may be there again; those that are not are found at the next stop */
	for (size_t i = 0; i < d->breakpoints.count; i++)
		if (d->breakpoints.data[i]->watch)
			d->breakpoints.data[i]->watch->gone = false;
	watches_refresh(d);
}

/* ---- placing --------------------------------------------------------------------------------- */

/* The slot of an operand; only the innermost frame has its operands in their slots for certain. */
static bool find_home(struct dbg *d, struct watch *w, struct err *e)
{
	const struct frame *f = &w->place.frame;
	struct body *b = code_body(f->inst->module, f->func->index, BODY_PLAIN, (enum memory_mode)f->inst->code_mode, true, e);
	struct stack_entry *entries;
	struct arena a = { 0 };
	uint32_t n;
	bool ok = b && body_stack_at(b, f->offset, &a, &entries, &n, e) && w->place.index < n;

	if (ok)
		w->home = entries[w->place.index].home;
	arena_free(&a);
	return ok || err_set(e, E_USAGE, place_none(), "this operand cannot be watched");
}

/* A break cell where the frame returns to. */
static bool patch_end(struct dbg *d, struct watch *w, struct err *e)
{
	struct frame outer;
	struct site at;

	for (uint32_t i = w->place.frame.level + 1; frame_at(d->ctx, i, &outer); i++) {
		if (outer.host || !outer.inst)
			continue;
		const struct module *m = outer.inst->module;
		if (!site_at(m, outer.func->index, outer.offset, &at, e) || !patch_add(d, m, outer.func->index, at.end, e))
			return false;
		w->end.module = m;
		w->end.func = outer.func->index;
		w->end.offset = at.end;
		w->end.fp = outer.fp;
		return true;
	}
	return true;
}

static void unpatch_end(struct dbg *d, struct watch *w)
{
	if (w->end.module)
		patch_drop(d, w->end.module, w->end.func, w->end.offset);
	w->end.module = NULL;
}

/* The place behind an instruction that falls through: not every `end` is one. False: it is never reached. */
static bool place_behind(const struct frame *f, uint32_t offset, uint32_t *at, struct err *e)
{
	struct body *b = code_body(f->inst->module, f->func->index, BODY_PLAIN, (enum memory_mode)f->inst->code_mode, true, e);
	const struct body_map *m = b ? body_map(b, e) : NULL;
	const struct map_row *row = m ? body_map_offset(m, offset) : NULL;

	if (!row || row->start != offset || row + 1 == m->rows + m->nrows)
		return false;
	*at = ((const struct wcell *)(const void *)(b->cells + row[1].at))->offset;
	return true;
}

static bool patch_cell(struct dbg *d, struct watch *w, const struct site *s, bool leaves, struct err *e)
{
	const struct frame *f = &w->place.frame;
	struct watch_cell cell = { s->offset, s->offset, leaves };

	if (!leaves && !place_behind(f, s->offset, &cell.at, e))
		return e->code == E_NONE;
	if (!vec_reserve(&w->cells, w->cells.count + 1))
		return err_oom(e);
	if (!patch_add(d, f->inst->module, f->func->index, cell.at, e))
		return false;
	vec_push(&w->cells, cell);
	return true;
}

/* Break cells behind the instructions that set the local, and at tail calls, which leave its frame. */
static bool patch_sets(struct dbg *d, struct watch *w, struct err *e)
{
	const struct frame *f = &w->place.frame;
	struct site s;
	uint32_t n;

	if (!site_count(f->inst->module, f->func->index, &n, e) || !site_first(f->inst->module, f->func->index, &s, e))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		bool sets = (s.op == OP_LOCAL_SET || s.op == OP_LOCAL_TEE) && s.index == w->place.index;
		if ((sets || op_tail_calls(s.op)) && !patch_cell(d, w, &s, !sets, e))
			return false;
		if (i + 1 < n && !site_at(f->inst->module, f->func->index, s.end, &s, e))
			return false;
	}
	return true;
}

static void unpatch_sets(struct dbg *d, struct watch *w)
{
	const struct frame *f = &w->place.frame;

	for (size_t i = 0; i < w->cells.count; i++)
		patch_drop(d, f->inst->module, f->func->index, w->cells.data[i].at);
	vec_free(&w->cells);
}

static bool hold(struct dbg *d, struct watch *w, struct err *e)
{
	switch (w->place.kind) {
	case LVALUE_STACK:
		return find_home(d, w, e) && patch_end(d, w, e);
	case LVALUE_LOCAL:
		return patch_end(d, w, e) && (w->reads || patch_sets(d, w, e));
	case LVALUE_FIELD:
		return gc_hold(d->ctx->store, w->place.object) || err_oom(e);
	case LVALUE_RANGE:
		w->bytes = malloc(w->place.bytes);
		return w->bytes || err_oom(e);
	default:
		return true;
	}
}

static void let_go(struct dbg *d, struct watch *w)
{
	unpatch_end(d, w);
	unpatch_sets(d, w);
	if (w->place.kind == LVALUE_FIELD && w->placed && d->ctx)
		gc_release(d->ctx->store, w->place.object);
	free(w->bytes);
	w->bytes = NULL;
	w->placed = false;
}

bool watch_place(struct dbg *d, struct breakpoint *b, const struct lvalue *place, bool reads, bool writes, struct err *e)
{
	struct watch *w = b->watch ? b->watch : calloc(1, sizeof *w);

	if (!w)
		return err_oom(e);
	*w = (struct watch){ .place = *place, .reads = reads, .writes = writes,
		.ctx = d->ctx, .module = place->instance ? place->instance->module : NULL };
	b->watch = w;
	if (!hold(d, w, e)) {
		let_go(d, w);
		return false;
	}
	w->placed = true;
	take(d, w);
	return watches_renew(d, e);
}

void watch_unplace(struct dbg *d, struct breakpoint *b)
{
	struct err ignored = { 0 };

	if (!b->watch->placed)
		return;
	let_go(d, b->watch);
	watches_renew(d, &ignored);     /* to ask for less takes no memory */
}

/* ---- what happened --------------------------------------------------------------------------- */

static void hit_bytes(struct watch *w, const struct watch_access *by, struct watch_hit *h)
{
	const uint8_t *now = w->place.memory->base + w->place.at;
	uint64_t from = 0, to = w->place.bytes;

	h->range = true;
	if (h->read || h->same) {
		from = by->at > w->place.at ? by->at - w->place.at : 0;
		to = by->at + by->size - w->place.at < to ? by->at + by->size - w->place.at : to;
	} else {
		while (from < to && now[from] == w->bytes[from])
			from++;
		while (to > from && now[to - 1] == w->bytes[to - 1])
			to--;
	}
	h->at = w->place.at + from;
	h->size = to - from;
	for (uint64_t i = 0; i < h->size && i < WATCH_BYTES; i++) {
		h->was_bytes[i] = w->bytes[from + i];
		h->is_bytes[i] = now[from + i];
	}
}

static bool changed(struct dbg *d, struct watch *w)
{
	struct value now;

	if (w->place.kind == LVALUE_RANGE) {
		bool there = memory_range(w->place.memory, w->place.at, w->place.bytes);
		return there != w->there ||
			(there && memcmp(w->bytes, w->place.memory->base + w->place.at, w->place.bytes) != 0);
	}
	bool there = watch_value(d, w, &now);
	return there != w->there || (there && !value_same(w->was, now));
}

bool watch_touched(struct dbg *d, struct breakpoint *b, const struct ctx *c, const struct watch_access *by)
{
	struct watch *w = b->watch;
	struct watch_hit h = { .number = b->number, .expr = b->spec, .ctx = c, .func = by->func, .offset = by->offset };
	bool differs = by->writes && changed(d, w);

	if (d->quiet) {                 /* nobody is to be told, not later either */
		take(d, w);
		return false;
	}
	h.read = w->reads && by->reads && !(differs && w->writes);
	h.same = w->reads && w->writes && by->writes && !by->unsaid && !differs && !h.read;
	if (!(differs && w->writes) && !h.read && !h.same) {
		if (differs)
			take(d, w);
		return false;
	}
	h.was = w->was;
	h.was_there = w->there;
	if (w->place.kind == LVALUE_RANGE && w->there)
		hit_bytes(w, by, &h);
	take(d, w);
	h.is = w->was;
	h.is_there = w->there;
	return vec_push(&d->watches->hits, h);
}

static bool ask(struct dbg *d, struct watch_hit *h)
{
	struct breakpoint *b = breakpoint_number(d, h->number);

	if (!b || !(h->left ? b->enabled : breakpoint_wants(d, b, h->ctx, h->func)))
		return false;
	breakpoint_hit(d, b);
	h->told = true;
	return true;
}

bool watches_stop(struct dbg *d, const struct ctx *c)
{
	struct watches *ws = d->watches;
	size_t kept = 0;
	bool stop = false;

	if (!ws)
		return false;
	pthread_mutex_lock(&ws->lock);
	for (size_t i = 0; i < ws->hits.count; i++) {
		struct watch_hit h = ws->hits.data[i];
		bool mine = h.ctx == c && !h.told;
		if (mine && !ask(d, &h))
			continue;
		stop |= mine;
		ws->hits.data[kept++] = h;
	}
	ws->hits.count = kept;
	pthread_mutex_unlock(&ws->lock);
	return stop;
}

bool watches_saw(struct dbg *d, const struct ctx *c)
{
	bool any = false;

	if (!d->watches)
		return false;
	pthread_mutex_lock(&d->watches->lock);
	for (size_t i = 0; i < d->watches->hits.count; i++)
		any |= d->watches->hits.data[i].ctx == c && !d->watches->hits.data[i].told;
	pthread_mutex_unlock(&d->watches->lock);
	return any;
}

static bool frame_left(struct dbg *d, struct breakpoint *b)
{
	struct watch_hit h = { .number = b->number, .expr = b->spec, .ctx = b->watch->ctx, .left = true };

	b->watch->gone = true;
	return b->enabled && vec_push(&d->watches->hits, h);
}

/* ---- frames that end ------------------------------------------------------------------------- */

static bool context_is_there(const struct dbg *d, const struct ctx *c)
{
	const struct store *s = d->root->store;

	for (size_t i = 0; i < s->contexts.count; i++)
		if (s->contexts.data[i] == c)
			return true;
	return false;
}

static bool frame_is_there(const struct dbg *d, const struct watch *w)
{
	struct frame f;

	for (uint32_t i = 0; context_is_there(d, w->ctx) && frame_at(w->ctx, i, &f); i++)
		if (f.fp == w->place.frame.fp && f.func == w->place.frame.func)
			return true;
	return false;
}

bool watches_leave(struct dbg *d, const struct ctx *c, const slot *fp)
{
	bool any = false;

	for (size_t i = 0; i < d->breakpoints.count; i++) {
		struct breakpoint *b = d->breakpoints.data[i];
		const struct watch *w = b->watch;
		if (!w || !w->placed || w->gone || !of_frame(w) || (c && w->ctx != c) ||
				(fp ? w->place.frame.fp != fp : frame_is_there(d, w)))
			continue;
		any |= frame_left(d, b);
	}
	return any;
}

static bool ends_at(const struct watch *w, const struct ctx *c, const struct func *f, uint32_t offset)
{
	return w && w->placed && !w->gone && w->end.module && w->end.offset == offset && w->end.fp == c->fp &&
		w->end.func == f->index && w->end.module == f->inst->module;
}

/* Whether W has cells in the frame that C is in. */
static bool has_cells(const struct watch *w, const struct ctx *c, const struct func *f)
{
	return w && w->cells.count && !w->gone && w->ctx == c && w->place.frame.fp == c->fp && w->place.frame.func == f;
}

static bool waits_at(struct dbg *d, struct watch *w, const struct ctx *c, const struct func *f, uint32_t offset)
{
	if (ends_at(w, c, f, offset))
		return true;
	for (size_t i = 0; has_cells(w, c, f) && i < w->cells.count; i++)
		if (w->cells.data[i].at == offset && (w->cells.data[i].leaves || changed(d, w)))
			return true;
	return false;
}

bool watches_wait(struct dbg *d, const struct ctx *c, const struct func *f, uint32_t offset)
{
	if (!d->watches)
		return false;
	for (size_t i = 0; i < d->breakpoints.count; i++)
		if (waits_at(d, d->breakpoints.data[i]->watch, c, f, offset))
			return true;
	return watches_late(d->watches, c, f, offset);
}

/* Behind an instruction that sets the local there may be a tail call. */
static void reach_cells(struct dbg *d, struct breakpoint *b, const struct ctx *c, const struct func *f, uint32_t offset)
{
	const struct watch *w = b->watch;

	for (size_t i = 0; has_cells(w, c, f) && i < w->cells.count; i++) {
		const struct watch_cell *cell = &w->cells.data[i];
		if (cell->at != offset)
			continue;
		if (cell->leaves)
			frame_left(d, b);
		else if (b->enabled)
			watch_touched(d, b, c, &(struct watch_access){ .writes = true, .func = f, .offset = cell->by });
	}
}

bool watches_reached(struct dbg *d, struct ctx *c, const struct func *f, uint32_t offset)
{
	if (!d->watches)
		return false;
	pthread_mutex_lock(&d->watches->lock);
	for (size_t i = 0; i < d->breakpoints.count; i++) {
		reach_cells(d, d->breakpoints.data[i], c, f, offset);
		if (ends_at(d->breakpoints.data[i]->watch, c, f, offset))
			frame_left(d, d->breakpoints.data[i]);
	}
	pthread_mutex_unlock(&d->watches->lock);
	if (watches_late(d->watches, c, f, offset))
		watches_late_drop(d->watches);
	return watches_stop(d, c);
}

/* ---- stops ----------------------------------------------------------------------------------- */

/* What the stopped thread was told of, and frames that are gone; others' hits wait for their turn. */
static void keep_hits(struct dbg *d)
{
	struct watches *ws = d->watches;
	VEC(struct watch_hit) told = { 0 };
	size_t kept = 0;

	for (size_t i = 0; i < ws->hits.count; i++) {
		struct watch_hit h = ws->hits.data[i];
		if (!h.told && !h.left) {
			ws->hits.data[kept++] = h;
			continue;
		}
		h.expr = arena_strndup(&d->stop_arena, h.expr, strlen(h.expr));
		if (h.expr)
			vec_push(&told, h);
	}
	ws->hits.count = kept;
	for (size_t i = told.count; i-- > 0;)
		if (told.data[i].caught[0]) {
			d->stop.caught = arena_strndup(&d->stop_arena, told.data[i].caught, strlen(told.data[i].caught));
			memmove(&told.data[i], &told.data[i + 1], (--told.count - i) * sizeof *told.data);
		}
	d->stop.watched = arena_copy(&d->stop_arena, told.data, told.count * sizeof *told.data);
	d->stop.nwatched = d->stop.watched ? (uint32_t)told.count : 0;
	vec_free(&told);
}

void watches_settle(struct dbg *d)
{
	if (!d->watches)
		return;
	watches_leave(d, NULL, NULL);
	keep_hits(d);
	for (size_t i = d->breakpoints.count; i-- > 0;)
		if (d->breakpoints.data[i]->watch && d->breakpoints.data[i]->watch->gone)
			breakpoint_delete(d, d->breakpoints.data[i]);
}

void watches_instance_made(struct dbg *d, struct instance *in)
{
	struct err ignored = { 0 };

	for (size_t i = 0; d->watches && i < d->breakpoints.count; i++) {
		struct breakpoint *b = d->breakpoints.data[i];
		if (!b->watch || b->watch->placed || b->watch->module != in->module)
			continue;
		struct lvalue l = b->watch->place;
		l.instance = in;
		if (l.kind == LVALUE_GLOBAL)
			l.global = in->globals[l.number];
		else if (l.kind == LVALUE_TABLE)
			l.table = in->tables[l.number];
		else
			l.memory = in->memories[l.number];
		watch_place(d, b, &l, b->watch->reads, b->watch->writes, &ignored);
	}
}

void watches_store_going(struct dbg *d)
{
	for (size_t i = d->breakpoints.count; d->watches && i-- > 0;) {
		struct breakpoint *b = d->breakpoints.data[i];
		if (!b->watch)
			continue;
		if (of_frame(b->watch) || b->watch->place.kind == LVALUE_FIELD)
			breakpoint_delete(d, b);
		else
			watch_unplace(d, b);
	}
	watches_drop_store(d);
}
