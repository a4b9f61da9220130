/* Going back; see reverse.h. */
#include "debugger/reverse.h"

#include <stdlib.h>

#include "debugger/breakpoint.h"
#include "debugger/history.h"
#include "debugger/site.h"
#include "debugger/step_goal.h"
#include "debugger/watchpoint.h"
#include "engine/base/err.h"
#include "engine/module.h"
#include "engine/turns.h"
#include "engine/regir/code.h"

#define NEVER REVERSE_NEVER

/* ---- frames ---------------------------------------------------------------------------------- */

/* A frame, whoever runs above it. */
struct activation {
	slot *fp;
	const struct func *func;
};

static bool innermost(const struct dbg *d, struct frame *f)
{
	return frame_at(d->ctx, 0, f) && f->inst && !f->host;
}

static bool is_same(const struct frame *f, struct activation a)
{
	return f->fp == a.fp && f->func == a.func;
}

/* Whether the guest is now in something that A called. */
static bool is_inside(const struct dbg *d, struct activation a)
{
	struct frame f;

	for (uint32_t i = 1; frame_at(d->ctx, i, &f); i++)
		if (is_same(&f, a))
			return true;
	return false;
}

/* ---- looking for the last time --------------------------------------------------------------- */

/* What may change although the guest only runs again. */
struct counts {
	uint64_t hits, ignore;
};

static struct counts *counts_keep(const struct dbg *d)
{
	struct counts *k = calloc(d->breakpoints.count + 1, sizeof *k);

	for (size_t i = 0; k && i < d->breakpoints.count; i++) {
		k[i] = (struct counts){ d->breakpoints.data[i]->hits, d->breakpoints.data[i]->ignore };
		d->breakpoints.data[i]->ignore = 0;
	}
	return k;
}

static void counts_restore(const struct dbg *d, const struct counts *k)
{
	for (size_t i = 0; i < d->breakpoints.count; i++) {
		d->breakpoints.data[i]->hits = k[i].hits;
		d->breakpoints.data[i]->ignore = k[i].ignore;
	}
}

static void prepare(struct dbg *d)
{
	d->nhits = 0;
	d->goal_reached = false;
	d->goal_returned = NULL;
	d->asked.func = NULL;
	watches_forget(d);
}

/* Whether something wants to stop where the guest was put: running on from there would pass it. */
static bool wanted_here(struct dbg *d)
{
	struct frame f;

	if (!innermost(d, &f) || d->ctx != dbg_running(d))
		return false;
	if (d->seeks)
		return dbg_goal_at(d, d->ctx, f.func, f.offset);
	return patch_at(d, f.inst->module, f.func->index, f.offset) && breakpoints_reached(d, d->ctx, f.func, f.offset);
}

/* From the mark before END to END: *LAST is the last step before BEFORE at which something stopped. */
static bool look(struct dbg *d, uint64_t end, uint64_t before, uint64_t *start, uint64_t *last, struct err *e)
{
	struct history *h = d->history;

	if (!history_restore(h, end - 1, e))
		return false;
	if (!d->seeks)
		dbg_select(d, dbg_running(d));
	*start = dbg_clock(d);
	prepare(d);
	if (wanted_here(d) && *start < before)
		*last = *start;
	for (;;) {
		prepare(d);
		enum outcome how = history_watch_to(h, end);
		if (how != OUT_STOP || h->arrived || h->at_end)
			return true;
		if (d->ctx->stop == STOP_INTERRUPT)
			return err_set(e, E_HISTORY, place_none(), "interrupted while looking back, at step %llu",
				(unsigned long long)dbg_clock(d));
		if (dbg_clock(d) < before)
			*last = dbg_clock(d);
	}
}

/*
 * The last step before BEFORE at which a goal (d->seeks) or something of the user's stops, or that was put into *NOTED
 * (NULL: nobody does) on the way; NEVER: none.
 */
static bool look_back(struct dbg *d, uint64_t before, const uint64_t *noted, uint64_t *last, struct err *e)
{
	uint64_t first = history_first(d->history), end = before;
	struct ctx *c = d->ctx;
	bool probed = c->in_probe, ok = true;
	void (*print)(void *, const struct breakpoint *) = d->print;

	*last = NEVER;
	d->print = NULL;
	if (d->seeks)
		c->in_probe = !noted;
	while (ok && *last == NEVER && end > first) {
		ok = look(d, end, before, &end, last, e);
		if (noted && *noted != NEVER)
			*last = *noted;
	}
	c->in_probe = probed;
	d->print = print;
	prepare(d);
	err_clear(&d->condition);
	return ok;
}

bool reverse_seek(struct dbg *d, uint64_t before, uint64_t *last, struct err *e)
{
	d->seeks = true;
	bool ok = look_back(d, before, NULL, last, e);
	d->seeks = false;
	goals_clear(d);
	return ok;
}

bool reverse_seek_probe(struct dbg *d, struct probe *p, uint64_t before, const uint64_t *noted, uint64_t *last, struct err *e)
{
	struct store *s = d->ctx->store;
	struct probes *others = s->probes;

	/* nobody else is told of what runs again */
	s->probes = NULL;
	bool ok = store_add_probe(s, p) || err_oom(e);
	d->seeks = true;
	ok = ok && look_back(d, before, noted, last, e);
	d->seeks = false;
	store_remove_probe(s, p);
	probes_free(s);
	s->probes = others;
	return ok;
}

/* ---- steps ----------------------------------------------------------------------------------- */

/* All places of F's function that call: one of them was executed last. */
static bool goals_at_calls(struct dbg *d, struct activation a, struct err *e)
{
	const struct module *m = a.func->inst->module;
	struct site at;

	if (!site_first(m, a.func->index, &at, e))
		return false;
	for (uint32_t offset = UINT32_MAX; at.offset != offset;) {
		if (op_calls(at.op) && !goal_add(d, (struct goal){ m, a.func->index, at.offset, a.fp, NULL }, e)) {
			goals_clear(d);
			return false;
		}
		offset = at.offset;
		if (!site_after(m, a.func->index, offset, 1, &at, e))
			return false;
	}
	return true;
}

/* The guest is in something that A called, which had returned at step NOW: to the call. */
static bool to_call(struct dbg *d, struct activation a, uint64_t now, struct err *e)
{
	uint64_t last;

	if (!goals_at_calls(d, a, e) || !reverse_seek(d, now, &last, e))
		return false;
	return history_goto(d->history, last == NEVER ? history_first(d->history) : last, e);
}

/* Where a cell of the fast body begins: a step of the register IR ends there. */
static bool at_cell(const struct dbg *d)
{
	struct err e = { 0 };
	struct frame f;

	if (!innermost(d, &f))
		return true;
	struct body *fast = code_body(f.inst->module, f.func->index, BODY_CHARGED, (enum memory_mode)f.inst->code_mode,
		!f.inst->store->no_fuse, &e);
	const struct body_map *map = fast ? body_map(fast, &e) : NULL;
	const struct map_row *row = map ? body_map_offset(map, f.offset) : NULL;
	return !row || row->start == f.offset;
}

/* The last step of the selected thread; NEVER: it began here, or recording did. */
static uint64_t step_before(const struct dbg *d)
{
	uint64_t now = dbg_clock(d), first = history_first(d->history);
	uint64_t before = turns_any(d->root->store) ? turns_before(d->root->store->turns, d->ctx->number, now) : now - 1;

	return now <= first || before < first ? NEVER : before;
}

static bool step_back(struct dbg *d, enum grain grain, bool over, struct err *e)
{
	struct history *h = d->history;
	uint64_t now = dbg_clock(d);
	struct activation a = { 0 };
	struct frame f;

	if (innermost(d, &f))
		a = (struct activation){ f.fp, f.func };
	if (!history_goto(h, step_before(d), e))
		return false;
	if (over && a.fp && is_inside(d, a))
		return to_call(d, a, now, e);
	while (grain == GRAIN_REGIR && step_before(d) != NEVER && !at_cell(d))
		if (!history_goto(h, step_before(d), e))
			return false;
	return true;
}

bool reverse_step(struct dbg *d, enum grain grain, bool over, uint64_t n, struct err *e)
{
	struct history *h = d->history;
	uint64_t first = history_first(h);

	if (!h->on || dbg_clock(d) <= first)
		return err_history(h, e);
	if (grain == GRAIN_WASM && !over && !turns_any(d->root->store)) {
		uint64_t now = dbg_clock(d);
		bool far = n <= now - first;
		if (!history_goto(h, far ? now - n : first, e))
			return false;
		dbg_settle_as(d, far ? WHY_STEP : WHY_HISTORY);
		return true;
	}
	if (step_before(d) == NEVER)
		return err_set(e, E_HISTORY, place_none(), "no earlier step of thread %u: it began here; 'goto' and 'reverse-continue' go back "
			"in others", d->ctx->number);
	for (; n && step_before(d) != NEVER; n--)
		if (!step_back(d, grain, over, e))
			return false;
	dbg_settle_as(d, n && dbg_clock(d) == first ? WHY_HISTORY : WHY_STEP);
	return true;
}

bool reverse_finish(struct dbg *d, uint32_t level, struct err *e)
{
	struct history *h = d->history;
	uint64_t now = dbg_clock(d), last = NEVER;
	struct frame f;

	if (!h->on || now <= history_first(h))
		return err_history(h, e);
	while (frame_at(d->ctx, ++level, &f) && (f.host || !f.inst))
		;
	bool called = frame_at(d->ctx, level, &f);
	if (called && (!goal_add(d, (struct goal){ f.inst->module, f.func->index, f.offset, f.fp, NULL }, e) ||
			!reverse_seek(d, now, &last, e)))
		return false;
	if (!history_goto(h, last == NEVER ? history_first(h) : last, e))
		return false;
	dbg_settle_as(d, last == NEVER ? WHY_HISTORY : WHY_STEP);
	return true;
}

/* ---- to the last stop ------------------------------------------------------------------------ */

/* Run into the stop that is at step LAST, so that it is told of as usual. */
static bool stop_again(struct dbg *d, uint64_t last, struct err *e)
{
	struct history *h = d->history;

	if (last == history_first(h)) {
		if (!history_goto(h, last, e))
			return false;
		prepare(d);
		wanted_here(d);
		dbg_settle(d, OUT_STOP);
		return true;
	}
	if (!history_goto(h, last - 1, e))
		return false;
	prepare(d);
	enum outcome how = history_watch_to(h, last);
	if (how == OUT_STOP && h->arrived && turns_any(d->root->store))         /* another thread's, whose turn begins there */
		how = history_watch_to(h, last + 1);
	dbg_settle(d, how);
	return true;
}

bool reverse_continue(struct dbg *d, struct err *e)
{
	struct history *h = d->history;
	uint64_t now = dbg_clock(d), last;

	if (!h->on || now <= history_first(h))
		return err_history(h, e);
	struct counts *kept = counts_keep(d);
	if (!kept)
		return err_oom(e);
	bool ok = look_back(d, now, NULL, &last, e);
	counts_restore(d, kept);
	free(kept);
	if (!ok)
		return false;
	if (last != NEVER)
		return stop_again(d, last, e);
	if (!history_goto(h, history_first(h), e))
		return false;
	dbg_settle_as(d, WHY_HISTORY);
	return true;
}

bool reverse_goto(struct dbg *d, uint64_t n, enum outcome *how, struct err *e)
{
	struct history *h = d->history;

	*how = OUT_STOP;
	if (h->on && h->past && !h->ended && !h->end_trapped && n > h->end && !history_goto(h, h->end, e))
		return false;
	if (h->on && !h->past && n > dbg_clock(d)) {
		*how = history_run_on(h, n);
		if (*how == OUT_STOP && h->arrived)
			dbg_settle_as(d, WHY_GOTO);
		else
			dbg_settle(d, *how);
		return true;
	}
	if (!history_goto(h, n, e))
		return false;
	if (h->at_trap) {
		*how = OUT_TRAP;
		dbg_settle(d, OUT_TRAP);
	} else {
		dbg_settle_as(d, WHY_GOTO);
	}
	return true;
}
