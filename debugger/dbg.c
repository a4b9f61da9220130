/* The debugger's object: following a context, deciding at break cells, noting stops; see dbg.h. */
#include "debugger/dbg.h"

#include <string.h>

#include "debugger/breakpoint.h"
#include "debugger/catchpoint.h"
#include "debugger/history.h"
#include "debugger/native.h"
#include "debugger/threads.h"
#include "debugger/watchpoint.h"
#include "engine/module.h"
#include "engine/turns.h"

const char *const stop_why_name[WHY_COUNT] = {
	[WHY_NONE] = "none", [WHY_ENTRY] = "step", [WHY_BREAKPOINT] = "breakpoint", [WHY_STEP] = "step",
	[WHY_RETURNED] = "returned", [WHY_FINISHED] = "finished", [WHY_TRAP] = "trap", [WHY_EXCEPTION] = "exception",
	[WHY_EXITED] = "exited", [WHY_INTERRUPT] = "interrupt", [WHY_GOTO] = "goto", [WHY_HISTORY] = "history",
	[WHY_FUEL] = "fuel", [WHY_TIMEOUT] = "timeout", [WHY_KILLED] = "killed", [WHY_THREAD_ENDED] = "returned",
	[WHY_WATCHPOINT] = "watchpoint", [WHY_CATCH] = "catch",
};

/* ---- at a break cell ------------------------------------------------------------------------- */

/* Goals are the selected thread's. */
static const struct goal *goal_here(const struct dbg *d, const struct ctx *c, const struct func *f, uint32_t offset)
{
	for (size_t i = 0; c == d->ctx && i < d->goals.count; i++) {
		const struct goal *g = &d->goals.data[i];
		if (g->offset == offset && g->func == f->index && g->module == f->inst->module && (!g->fp || g->fp == c->fp))
			return g;
	}
	return NULL;
}

bool dbg_goal_at(const struct dbg *d, const struct ctx *c, const struct func *f, uint32_t offset)
{
	return goal_here(d, c, f, offset) != NULL;
}

bool dbg_reached(struct dbg *d, struct ctx *c, struct func *f, uint32_t offset)
{
	const struct goal *g = goal_here(d, c, f, offset);

	d->asked.func = f;
	d->asked.offset = offset;
	d->asked.fp = c->fp;
	if (g) {
		d->goal_reached = true;
		d->goal_returned = g->returning;
	}
	bool watched = watches_reached(d, c, f, offset);
	return breakpoints_reached(d, c, f, offset) || g || watched;
}

static bool at_break(void *user, struct ctx *c, struct func *f, uint32_t offset)
{
	struct dbg *d = user;

	if (d->seeks && (c == d->root || c->store->turns))
		return dbg_goal_at(d, c, f, offset);
	if (d->quiet || !d->root)
		return false;
	if (c->own_thread && c->store->turns && c->depth > 1)
		return false;           /* below lies a call of the host */
	if (c != d->root)               /* in its own native thread: threads.c decides when it stands */
		return goal_here(d, c, f, offset) || breakpoints_wait(d, c, f, offset) || watches_wait(d, c, f, offset);
	if (!dbg_may_stop(d, c))
		return false;           /* below lies a call of the host that could not wait */
	return dbg_reached(d, c, f, offset);
}

/* A thread stands: the first one is to hear of it. */
static void handed(void *user)
{
	struct dbg *d = user;

	if (d->root)
		ctx_interrupt(d->root, LEAVE_HAND);
}

static bool can_suspend(const struct dbg *d, const struct ctx *c)
{
	return d->suspend && ctx_can_suspend(c) && !d->quiet && !d->seeks;
}

static void goes_on(void *user, struct ctx *c)
{
	struct dbg *d = user;

	if (d->goes_on)
		d->goes_on(d->user);
}

static bool nested_stop(void *user, struct ctx *c)
{
	struct dbg *d = user;

	if (can_suspend(d, c))
		return d->suspend(d->user);
	if (c->stop != STOP_OTHER)
		return false;
	threads_pass(d);
	return true;
}

static enum outcome out_of_fuel(void *user, struct ctx *c)
{
	struct dbg *d = user;

	return history_out_of_fuel(d->history, c);
}

/* ---- life ------------------------------------------------------------------------------------ */

struct dbg *dbg_new(struct eval *ev)
{
	struct dbg *d = calloc(1, sizeof *d);

	if (!d || !(d->history = history_new(d))) {
		free(d);
		return NULL;
	}
	d->eval = ev;
	d->hooks = (struct dbg_hooks){ .user = d, .at_break = at_break, .nested_stop = nested_stop,
		.goes_on = goes_on, .handed = handed, .out_of_fuel = out_of_fuel };
	return d;
}

static void stop_clear(struct dbg *d)
{
	arena_free(&d->stop_arena);
	d->stop = (struct stop){ 0 };
}

void dbg_follow(struct dbg *d, struct ctx *c)
{
	if (d->root == c && d->ctx == c)
		return;
	native_drop(d);
	if (d->root)
		watches_store_going(d);
	stop_clear(d);
	snapshot_free(&d->before);
	snapshot_free(&d->now);
	history_follow(d->history, NULL);
	d->ctx = d->root = c;
	if (!c)
		return;
	history_follow(d->history, c);
	c->hooks = &d->hooks;
	c->own_stack = true;
	ctx_start_clock(c);
	watches_renew(d, &(struct err){ 0 });   /* catchpoints are of every store */
}

void dbg_select(struct dbg *d, struct ctx *c)
{
	if (d->ctx == c)
		return;
	native_leave(d);
	d->ctx = c;
	if (d->selected)
		d->selected(d->user);
}

bool dbg_add_module(struct dbg *d, struct module *m)
{
	struct dbg_module *known = vec_reserve(&d->modules, d->modules.count + 1) ? calloc(1, sizeof *known) : NULL;

	if (!known || (!m->code && !code_init(m))) {
		free(known);
		return false;
	}
	known->module = m;
	known->observer = (struct code_observer){ .body_made = patch_body_made, .user = d };
	m->code->observer = &known->observer;
	vec_push(&d->modules, known);
	return true;
}

void dbg_drop_module(struct dbg *d, const struct module *m)
{
	breakpoints_drop_module(d, m);
	patch_forget_module(d, m);
	for (size_t i = 0; i < d->modules.count; i++)
		if (d->modules.data[i]->module == m) {
			d->modules.data[i]->module->code->observer = NULL;
			free(d->modules.data[i]);
			d->modules.data[i] = vec_pop(&d->modules);
			return;
		}
}

void dbg_free(struct dbg *d)
{
	while (d->breakpoints.count)
		breakpoint_delete(d, vec_last(&d->breakpoints));
	while (d->modules.count)
		dbg_drop_module(d, d->modules.data[0]->module);
	native_free(d);
	watches_free(d);
	history_free(d->history);
	if (d->root)
		d->root->hooks = NULL;
	stop_clear(d);
	snapshot_free(&d->before);
	snapshot_free(&d->now);
	vec_free(&d->breakpoints);
	vec_free(&d->modules);
	vec_free(&d->patches);
	vec_free(&d->goals);
	sources_free(&d->sources);
	free(d);
}

/* ---- stops ----------------------------------------------------------------------------------- */

struct ctx *dbg_running(const struct dbg *d)
{
	const struct turns *t = d->root->store->turns;

	return t && t->place.nthreads > 1 ? t->place.now : d->ctx;
}

uint64_t dbg_clock(const struct dbg *d)
{
	return d->ctx ? ctx_clock(dbg_running(d)) : 0;
}

/* The results that a function left on its caller's stack. */
static void take_results(struct dbg *d, const struct func *f)
{
	struct err e = { 0 };
	struct frame top;
	struct value *v;
	uint32_t n, want = f->type->nresults;

	if (!frame_at(d->ctx, 0, &top) || !frame_stack(d->ctx, &top, &v, &n, &d->stop_arena, &e) || n < want)
		return;
	d->stop.returned = f;
	d->stop.results = v + (n - want);
	d->stop.nresults = want;
}

/* By the first that was hit. */
static enum stop_why why_hit(const struct dbg *d)
{
	for (size_t i = 0; i < d->breakpoints.count; i++)
		if (d->breakpoints.data[i]->number == d->hits[0])
			return d->breakpoints.data[i]->kind == BREAKPOINT_WATCH ? WHY_WATCHPOINT :
				d->breakpoints.data[i]->kind == BREAKPOINT_CATCH ? WHY_CATCH : WHY_BREAKPOINT;
	return WHY_BREAKPOINT;
}

static enum stop_why why_stopped(const struct dbg *d, enum outcome how)
{
	switch (how) {
	case OUT_DONE:
		return WHY_FINISHED;
	case OUT_TRAP:
		return d->nhits ? WHY_CATCH : WHY_TRAP;
	case OUT_EXCEPTION:
		return WHY_EXCEPTION;
	case OUT_EXIT:
		return WHY_EXITED;
	case OUT_KILLED:
		return WHY_KILLED;
	case OUT_FUEL:
		return WHY_FUEL;
	case OUT_TIMEOUT:
		return WHY_TIMEOUT;
	case OUT_INTERRUPT:
		return WHY_INTERRUPT;
	case OUT_STOP:
	case OUT_COUNT:
		break;
	}
	if (d->nhits)
		return why_hit(d);
	if (d->ended)
		return WHY_THREAD_ENDED;
	if (d->goal_reached && d->goal_returned)
		return WHY_RETURNED;
	if (d->history->at_end)
		return WHY_HISTORY;
	if (d->ctx->stop == STOP_INTERRUPT)
		return WHY_INTERRUPT;
	return d->ctx->stop == STOP_ENTRY ? WHY_ENTRY : WHY_STEP;
}

static void note_state(struct dbg *d)
{
	struct snapshot old = d->before;

	if (d->stop.switched)
		snapshot_free(&d->now);         /* nothing to compare with */
	d->before = d->now;
	d->now = old;
	snapshot_take(&d->now, d->ctx);
}

void dbg_settle(struct dbg *d, enum outcome how)
{
	stop_clear(d);
	d->stop.how = how;
	if (how == OUT_TRAP && !dbg_is_nested(d)) {     /* else dbg_trapped_below() has asked */
		d->nhits = 0;
		catch_trapped(d);
	}
	d->stop.why = why_stopped(d, how);
	d->stop.ended = d->ended;
	d->stop.switched = d->was && d->was != d->ctx;
	if (how == OUT_STOP || d->nhits) {
		memcpy(d->stop.hits, d->hits, sizeof d->hits);
		d->stop.nhits = d->nhits;
		d->stop.condition = d->condition;
		if (d->goal_reached && d->goal_returned)
			take_results(d, d->goal_returned);
	}
	watches_settle(d);
	if (how == OUT_STOP || d->stop.why == WHY_CATCH)
		breakpoints_settle(d);
	if (how == OUT_STOP || how == OUT_TRAP)
		note_state(d);
	if (!native_between(d))
		history_stopped(d->history, how);
	d->nhits = 0;
	d->ended = 0;
	d->was = NULL;
	err_clear(&d->condition);
}

void dbg_settle_as(struct dbg *d, enum stop_why why)
{
	d->nhits = 0;
	d->goal_reached = false;
	dbg_settle(d, OUT_STOP);
	d->stop.why = why;
}

void dbg_begun(struct dbg *d, uint32_t depth)
{
	d->depth = depth;
}

bool dbg_is_nested(const struct dbg *d)
{
	return d->root && d->root->depth > d->depth;
}

bool dbg_may_stop(const struct dbg *d, const struct ctx *c)
{
	return !dbg_is_nested(d) || can_suspend(d, c);
}

bool dbg_trapped_below(struct dbg *d, struct ctx *c)
{
	if (c != d->root || !can_suspend(d, c) || !catch_has_trap(d))
		return false;
	d->nhits = 0;
	return catch_trapped(d);
}

void dbg_entered(struct dbg *d)
{
	struct frame f;

	d->nhits = 0;
	d->goal_reached = false;
	if (frame_at(d->ctx, 0, &f) && f.inst)
		breakpoints_reached(d, d->ctx, f.func, f.offset);
	dbg_settle(d, OUT_STOP);
}
