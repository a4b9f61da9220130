/*
 * Stepping by source lines; see step_line.h.
 *
 * Nothing is stepped instruction by instruction: goals are put where other lines begin, checked by frame identity, and the
 * guest runs at full speed to the first of them. To step into calls, the call instructions of the line are goals, too.
 */
#include "debugger/step_line.h"

#include <stdlib.h>

#include "debugger/dwarf.h"
#include "debugger/site.h"
#include "debugger/line_goal.h"
#include "debugger/step_goal.h"
#include "engine/base/err.h"
#include "engine/module.h"

bool line_origin_find(const struct dbg *d, struct line_origin *out)
{
	const struct module *m;

	if (!frame_at(d->ctx, 0, &out->f) || out->f.host || !out->f.inst)
		return false;
	m = out->f.inst->module;
	out->dwarf = m->text_map ? NULL : dwarf_of(m);
	out->known = out->dwarf && dwarf_line_at(out->dwarf, out->f.offset, &out->at);
	return out->dwarf != NULL;
}

bool func_has_lines(const struct func *f)
{
	struct dwarf *d = f->inst && !f->inst->module->text_map ? dwarf_of(f->inst->module) : NULL;
	uint32_t offset;

	return d && dwarf_prologue_end(d, f->index, &offset);
}

bool step_has_lines(const struct dbg *d)
{
	struct line_origin o;

	return line_origin_find(d, &o) && func_has_lines(o.f.func);
}

bool line_is_same(const struct line_origin *o, const struct dwarf_place *p)
{
	return o->known && p->file == o->at.file && p->line == o->at.line;
}

/* ---- goals ----------------------------------------------------------------------------------- */

static bool within(const struct dwarf_bytes *b, uint32_t n, uint32_t offset)
{
	for (uint32_t i = 0; i < n; i++)
		if (offset >= b[i].start && offset < b[i].end)
			return true;
	return false;
}

static bool goal_here(struct dbg *d, const struct line_origin *o, uint32_t offset, struct err *e)
{
	return goal_add(d, (struct goal){ o->f.inst->module, o->f.func->index, offset, o->f.fp, NULL }, e);
}

bool goals_of_calls(struct dbg *d, const struct line_origin *o, const struct dwarf_place *row, struct err *e)
{
	const struct module *m = o->f.inst->module;
	struct site at;
	struct err ignored = { 0 };

	for (uint32_t offset = row->start; offset < row->end; offset = at.end) {
		if (!site_at(m, o->f.func->index, offset, &at, &ignored))
			return true;
		if ((op_calls(at.op) || op_tail_calls(at.op)) && !goal_here(d, o, at.offset, e))
			return false;
	}
	return true;
}

bool goals_of_lines(struct dbg *d, const struct line_origin *o, enum way way, struct err *e)
{
	struct dwarf_place *rows = NULL;
	struct dwarf_bytes *inlined = NULL;
	uint32_t n = 0, ninlined = 0;
	uint32_t begin = 0;
	bool ok = true;

	if (way == WAY_BACK)
		dwarf_prologue_end(o->dwarf, o->f.func->index, &begin);
	dwarf_line_rows(o->dwarf, o->f.func->index, &rows, &n);
	if (way != WAY_INTO)
		dwarf_inlined_elsewhere(o->dwarf, o->f.offset, &inlined, &ninlined);
	for (uint32_t i = 0; ok && i < n; i++) {
		bool same = line_is_same(o, &rows[i]);
		if (same && way == WAY_INTO)
			ok = goals_of_calls(d, o, &rows[i], e);
		if ((same && way != WAY_BACK) || rows[i].start < begin || !rows[i].statement || rows[i].start == rows[i].end || (way == WAY_ON && rows[i].start <= o->f.offset) ||
				within(inlined, ninlined, rows[i].start))
			continue;
		ok = goal_here(d, o, site_entered(o->f.inst->module, o->f.func->index, rows[i].start), e);
	}
	free(rows);
	free(inlined);
	return ok;
}

/*
 * Where the function returns to a caller that has lines; callers without are left as well. An exception may leave it, too,
 * for a handler further out.
 */
static bool goals_return(struct dbg *d, struct err *e)
{
	struct frame outer;

	for (uint32_t level = 0; frame_at(d->ctx, level + 1, &outer); level++)
		if (!outer.host && outer.inst && func_has_lines(outer.func))
			return goal_return(d, level, false, e) && goals_handlers(d, level + 1, e);
	return true;
}

/* ---- into calls ------------------------------------------------------------------------------ */

static bool at_call(const struct dbg *d)
{
	struct err e = { 0 };
	struct frame f;
	struct site at;

	return frame_at(d->ctx, 0, &f) && f.inst && !f.host && site_at(f.inst->module, f.func->index, f.offset, &at, &e) &&
		(op_calls(at.op) || op_tail_calls(at.op));
}

static bool ended(const struct dbg *d, enum outcome how)
{
	return how != OUT_STOP || d->nhits || !(d->ctx->stop == STOP_STEP || d->goal_reached);
}

/* The function just entered has lines: run to where its own work begins. */
static bool to_prologue_end(struct dbg *d, enum outcome *how, struct err *e)
{
	uint32_t offset;
	struct frame f;

	if (!frame_at(d->ctx, 0, &f) || !dwarf_prologue_end(dwarf_of(f.inst->module), f.func->index, &offset) ||
			offset <= f.offset)
		return true;
	if (!goal_add(d, (struct goal){ f.inst->module, f.func->index, offset, f.fp, NULL }, e) ||
			!goal_return(d, 0, false, e))
		return goals_give_up(d);
	*how = goals_run(d);
	return true;
}

/*
 * At a call of the line. *DONE: the step ended in the function called, or for another reason; else the guest is behind the
 * call, or in a function without lines that is to be gone over.
 */
static bool enter_call(struct dbg *d, const struct line_origin *o, bool *done, enum outcome *how, struct err *e)
{
	struct frame f;

	*how = step_resume(d, RUN_STEP_WASM);
	if (*how == OUT_STOP && d->ctx->stop == STOP_STEP)
		step_reach_breakpoints(d);
	*done = true;
	if (ended(d, *how) || !frame_at(d->ctx, 0, &f))
		return true;
	if (f.inst && !f.host && (f.fp != o->f.fp || f.func != o->f.func) && func_has_lines(f.func))
		return to_prologue_end(d, how, e);
	*done = false;
	return true;
}

/* ---- steps ----------------------------------------------------------------------------------- */

/* Whether the step has come to another line, or to its frame's end. */
static bool arrived(const struct dbg *d, const struct line_origin *o)
{
	struct line_origin now;

	if (!line_origin_find(d, &now) || now.f.fp != o->f.fp || now.f.func != o->f.func || !now.known)
		return true;
	return !line_is_same(o, &now.at);
}

static bool one_line(struct dbg *d, enum way way, enum outcome *how, struct err *e)
{
	struct line_origin o;
	bool done = false;

	bool lines = line_origin_find(d, &o);
	do {
		if (lines && way == WAY_INTO && at_call(d) && !arrived(d, &o)) {
			if (!enter_call(d, &o, &done, how, e))
				return false;
			if (done)
				return true;
		}
		if ((lines && !goals_of_lines(d, &o, way, e)) || !goals_return(d, e))
			return goals_give_up(d);
		*how = goals_run(d);
	} while (!ended(d, *how) && lines && way == WAY_INTO && !arrived(d, &o));
	return true;
}

bool step_lines(struct dbg *d, bool over, uint64_t n, enum outcome *how, struct err *e)
{
	step_command(d, false, true);
	*how = OUT_STOP;
	do {
		if (!one_line(d, over ? WAY_OVER : WAY_INTO, how, e))
			return false;
	} while (--n && !ended(d, *how));
	return step_settle(d, *how, how);
}

bool step_line_until(struct dbg *d, enum outcome *how, struct err *e)
{
	step_command(d, false, true);
	return one_line(d, WAY_ON, how, e) && step_settle(d, *how, how);
}

/* ---- out of inlined functions ---------------------------------------------------------------- */

static bool runs_at(struct dwarf *d, uint32_t offset, uint32_t entry)
{
	struct dwarf_call calls[DWARF_CALLS];
	uint32_t n = dwarf_calls_at(d, offset, calls);

	for (uint32_t i = 0; i < n; i++)
		if (calls[i].entry == entry)
			return true;
	return false;
}

bool step_finish_inlined(struct dbg *d, uint32_t level, uint32_t call, enum outcome *how, struct err *e)
{
	struct dwarf_call calls[DWARF_CALLS];
	struct dwarf_place *rows = NULL;
	struct line_origin o = { 0 };
	uint32_t n = 0;
	bool ok = true;

	if (!frame_at(d->ctx, level, &o.f))
		return err_set(e, E_NOT_RUNNING, place_none(), "the frame is gone");
	o.dwarf = dwarf_of(o.f.inst->module);
	if (call >= dwarf_calls_at(o.dwarf, o.f.offset, calls))
		return err_set(e, E_INTERNAL, place_none(), "nothing is inlined there");
	step_command(d, false, true);
	dwarf_line_rows(o.dwarf, o.f.func->index, &rows, &n);
	for (uint32_t i = 0; ok && i < n; i++)
		if (rows[i].statement && rows[i].start < rows[i].end && !runs_at(o.dwarf, rows[i].start, calls[call].entry))
			ok = goal_here(d, &o, site_entered(o.f.inst->module, o.f.func->index, rows[i].start), e);
	free(rows);
	if (!ok || !goal_return(d, level, false, e) || !goals_handlers(d, level, e))
		return goals_give_up(d);
	return step_settle(d, goals_run(d), how);
}
