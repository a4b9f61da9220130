/* Running on; see step.h. */
#include "debugger/step.h"

#include "debugger/breakpoint.h"
#include "debugger/history.h"
#include "debugger/native.h"
#include "debugger/site.h"
#include "debugger/step_goal.h"
#include "debugger/watchpoint.h"
#include "engine/module.h"

/* ---- goals ----------------------------------------------------------------------------------- */

bool goal_add(struct dbg *d, struct goal g, struct err *e)
{
	if (!vec_reserve(&d->goals, d->goals.count + 1))
		return err_oom(e);
	if (!patch_add(d, g.module, g.func, g.offset, e))
		return false;
	vec_push(&d->goals, g);
	return true;
}

void goals_clear(struct dbg *d)
{
	for (size_t i = 0; i < d->goals.count; i++)
		patch_drop(d, d->goals.data[i].module, d->goals.data[i].func, d->goals.data[i].offset);
	vec_clear(&d->goals);
}

/* The place behind the call that frame F is at. */
static bool goal_behind(struct dbg *d, const struct frame *f, const struct func *returning, struct err *e)
{
	struct site at;

	return site_at(f->inst->module, f->func->index, f->offset, &at, e) &&
		goal_add(d, (struct goal){ f->inst->module, f->func->index, at.end, f->fp, returning }, e);
}

/*
 * Where the frame at LEVEL returns to: the next frame of Wasm code. Without one the call ends with it: no goal. A host function
 * that lies between is who returns there.
 */
bool goal_return(struct dbg *d, uint32_t level, bool say, struct err *e)
{
	struct frame f, outer;

	if (!frame_at(d->ctx, level, &f))
		return true;
	for (uint32_t i = level + 1; frame_at(d->ctx, i, &outer); i++) {
		if (!outer.host && outer.inst)
			return goal_behind(d, &outer, say ? f.func : NULL, e);
		f = outer;
	}
	return true;
}

/* A step may end the call that a host function made: then it ends behind the guest's call of that. */
bool goals_behind_host(struct dbg *d, uint32_t level, struct err *e)
{
	struct frame outer;

	if (!frame_at(d->ctx, level + 1, &outer) || !outer.host)
		return true;
	return goal_return(d, level, false, e) && goals_handlers(d, level + 2, e);
}

static bool frame_handlers(struct dbg *d, const struct frame *f, struct err *e)
{
	struct body *b = code_body(f->inst->module, f->func->index, BODY_PLAIN, (enum memory_mode)f->inst->code_mode, true, e);
	const struct body_map *map = b ? body_map(b, e) : NULL;

	if (!map)
		return false;
	for (uint32_t i = 0; i < b->nhandlers; i++) {
		const struct map_row *row = b->handlers[i].delegate ? NULL : body_map_at(map, b->handlers[i].target);
		if (row && !goal_add(d, (struct goal){ f->inst->module, f->func->index, row->start, f->fp, NULL }, e))
			return false;
	}
	return true;
}

bool goals_handlers(struct dbg *d, uint32_t level, struct err *e)
{
	enum { LEVELS = 200 };          /* of a deep recursion */
	struct frame f;

	for (uint32_t i = level; i < level + LEVELS && frame_at(d->ctx, i, &f); i++)
		if (!f.host && f.inst && !frame_handlers(d, &f, e))
			return false;
	return true;
}

/* ---- resuming -------------------------------------------------------------------------------- */

enum outcome step_resume(struct dbg *d, enum run_mode mode)
{
	d->nhits = 0;
	d->goal_reached = false;
	d->goal_returned = NULL;
	d->asked.func = NULL;
	watches_refresh(d);
	return history_resume(d->history, mode);
}

/* What the command is for the other threads: a single step; something that follows this one. */
void step_command(struct dbg *d, bool single, bool stepping)
{
	d->single = single;
	d->stepping = stepping;
}

/* Run to the goals, and be done with them. */
enum outcome goals_run(struct dbg *d)
{
	enum outcome how = step_resume(d, RUN_FAST);

	goals_clear(d);
	return how;
}

bool step_settle(struct dbg *d, enum outcome got, enum outcome *how)
{
	dbg_settle(d, got);
	*how = got;
	return true;
}

bool goals_give_up(struct dbg *d)
{
	goals_clear(d);
	return false;
}

bool step_continue(struct dbg *d, enum outcome *how, struct err *e)
{
	step_command(d, false, false);
	return step_settle(d, goals_run(d), how);
}

/* ---- one step -------------------------------------------------------------------------------- */

/* A step that came to a breakpoint's place has reached it, unless the engine has asked already. */
void step_reach_breakpoints(struct dbg *d)
{
	struct frame f;

	if (!frame_at(d->ctx, 0, &f) || !f.inst || !patch_at(d, f.inst->module, f.func->index, f.offset))
		return;
	if (d->asked.func != f.func || d->asked.offset != f.offset || d->asked.fp != f.fp)
		breakpoints_reached(d, d->ctx, f.func, f.offset);
}

enum outcome step_begin(struct dbg *d)
{
	enum outcome how = OUT_STOP;

	step_command(d, false, false);
	d->nhits = 0;
	d->goal_reached = false;
	d->asked.func = NULL;
	if (!d->ctx->begins_host)       /* what stands there is the call below */
		step_reach_breakpoints(d);
	if (!d->nhits)
		how = step_resume(d, RUN_FAST);
	dbg_settle(d, how);
	return how;
}

/* The op of the instruction that the next step of this grain carries out last: a call may end a group. */
static bool next_op(const struct frame *f, enum grain grain, struct site *at, struct err *e)
{
	const struct module *m = f->inst->module;
	const struct map_row *row = NULL;
	uint32_t offset = f->offset;
	struct err ignored = { 0 };
	struct body *b = grain == GRAIN_REGIR ? code_body(m, f->func->index, BODY_FAST, (enum memory_mode)f->inst->code_mode,
		!f->inst->store->no_fuse, &ignored) : NULL;
	const struct body_map *map = b ? body_map(b, &ignored) : NULL;

	if (map)
		row = body_map_offset(map, offset);
	if (row && row->start == offset)
		offset = row->main;
	return site_at(m, f->func->index, offset, at, e);
}

/* Prepares goals when the next step would go into a call. */
static bool goals_over(struct dbg *d, enum grain grain, struct err *e)
{
	struct frame f;
	struct site at;

	if (!frame_at(d->ctx, 0, &f) || !f.inst)
		return true;
	if (!next_op(&f, grain, &at, e))
		return false;
	if (op_calls(at.op))
		return goal_add(d, (struct goal){ f.inst->module, f.func->index, at.end, f.fp, NULL }, e) &&
			goals_handlers(d, 0, e);
	return !op_tail_calls(at.op) || goal_return(d, 0, false, e);
}

static bool at_tail_call(struct dbg *d, enum grain grain)
{
	struct err e = { 0 };
	struct frame f;
	struct site at;

	return frame_at(d->ctx, 0, &f) && f.inst && next_op(&f, grain, &at, &e) && op_tail_calls(at.op);
}

static bool step_once(struct dbg *d, enum grain grain, bool over, enum outcome *how, struct err *e)
{
	enum run_mode mode = grain == GRAIN_REGIR ? RUN_STEP_REGIR : RUN_STEP_WASM;

	if (over && !goals_over(d, grain, e))
		return goals_give_up(d);
	if (d->goals.count || (over && at_tail_call(d, grain))) {
		*how = goals_run(d);
	} else {
		if (!goals_behind_host(d, 0, e))
			return goals_give_up(d);
		*how = step_resume(d, mode);
		goals_clear(d);
		if (*how == OUT_STOP && d->ctx->stop == STOP_STEP)
			step_reach_breakpoints(d);
	}
	return true;
}

bool step_by(struct dbg *d, enum grain grain, bool over, uint64_t n, enum outcome *how, struct err *e)
{
	*how = OUT_STOP;
	step_command(d, true, true);
	/* out of the middle of one is a step */
	if (native_leave(d) && !--n) {
		d->ctx->stop = STOP_STEP;
		return step_settle(d, *how, how);
	}
	do {
		if (!step_once(d, grain, over, how, e))
			return false;
	} while (--n && *how == OUT_STOP && !d->nhits && (d->ctx->stop == STOP_STEP || d->goal_reached));
	return step_settle(d, *how, how);
}

/* ---- out, until ------------------------------------------------------------------------------ */

bool step_finish(struct dbg *d, uint32_t level, enum outcome *how, struct err *e)
{
	step_command(d, false, true);
	if (!goal_return(d, level, true, e) || !goals_handlers(d, level + 1, e))
		return goals_give_up(d);
	return step_settle(d, goals_run(d), how);
}

static bool goals_ways_on(struct dbg *d, const struct frame *f, struct err *e)
{
	struct arena a = { 0 };
	uint32_t *offsets, n;
	bool ok = site_ways_on(f->inst->module, f->func->index, f->offset, &a, &offsets, &n, e);

	for (uint32_t i = 0; ok && i < n; i++)
		ok = goal_add(d, (struct goal){ f->inst->module, f->func->index, offsets[i], f->fp, NULL }, e);
	arena_free(&a);
	return ok && goal_return(d, 0, false, e);
}

bool step_until(struct dbg *d, enum outcome *how, struct err *e)
{
	struct frame from, f;

	step_command(d, false, true);
	if (!frame_at(d->ctx, 0, &from) || !from.inst)
		return step_continue(d, how, e);
	if (!step_once(d, GRAIN_WASM, true, how, e))
		return false;
	bool back = *how == OUT_STOP && !d->nhits && frame_at(d->ctx, 0, &f) && f.fp == from.fp && f.func == from.func &&
		f.offset <= from.offset;
	if (back) {
		if (!goals_ways_on(d, &from, e))
			return goals_give_up(d);
		*how = goals_run(d);
	}
	return step_settle(d, *how, how);
}

bool step_advance(struct dbg *d, const struct location *to, uint32_t n, enum outcome *how, struct err *e)
{
	step_command(d, false, true);
	for (uint32_t i = 0; i < n; i++)
		if (!goal_add(d, (struct goal){ to[i].module, to[i].func, to[i].offset, NULL, NULL }, e))
			return goals_give_up(d);
	if (!goal_return(d, 0, false, e))
		return goals_give_up(d);
	return step_settle(d, goals_run(d), how);
}
