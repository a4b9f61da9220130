/*
 * Back by source lines; see reverse_line.h. Like forwards, nothing is stepped: the places where statements begin are goals,
 * and the history is asked when the last of them was reached. The call of the function is one, too, so that an earlier call
 * of it, which may have had the same frame, is not taken for this one.
 */
#include "debugger/reverse_line.h"

#include <stdlib.h>

#include "debugger/history.h"
#include "debugger/line_goal.h"
#include "debugger/reverse.h"
#include "debugger/step_goal.h"

#define NEVER UINT64_MAX

/* The call that the frame at LEVEL is running for, in its caller. */
static bool goal_call(struct dbg *d, uint32_t level, struct err *e)
{
	struct frame f;

	while (frame_at(d->ctx, ++level, &f))
		if (f.inst && !f.host)
			return goal_add(d, (struct goal){ f.inst->module, f.func->index, f.offset, f.fp, NULL }, e);
	return true;
}

/* When a statement of the innermost frame began last before BEFORE, or the frame itself; NEVER: not since recording began. */
static bool last_statement(struct dbg *d, const struct line_origin *o, uint64_t before, uint64_t *last, struct err *e)
{
	if (!goals_of_lines(d, o, WAY_BACK, e) || !goal_call(d, 0, e))
		return goals_give_up(d);
	return reverse_seek(d, before, last, e);
}

static bool same_frame(const struct line_origin *a, const struct line_origin *b)
{
	return a->f.fp == b->f.fp && a->f.func == b->f.func;
}

/* From a statement of a line at step AT to where the line was begun: other statements of it may have come before. */
static bool to_line_start(struct dbg *d, uint64_t at, struct err *e)
{
	struct line_origin line, before;
	uint64_t earlier = at;

	if (!line_origin_find(d, &line))
		return true;
	for (;;) {
		if (!last_statement(d, &line, at, &earlier, e))
			return false;
		if (earlier == NEVER)
			break;
		if (!history_goto(d->history, earlier, e))
			return false;
		if (!line_origin_find(d, &before) || !same_frame(&line, &before) || !before.known || !line_is_same(&line, &before.at))
			break;
		at = earlier;
	}
	return history_goto(d->history, at, e);
}

/* The call instructions of the line that O is on. */
static bool goals_calls_of_line(struct dbg *d, const struct line_origin *o, struct err *e)
{
	struct dwarf_place *rows = NULL;
	uint32_t n = 0;
	bool ok = true;

	dwarf_line_rows(o->dwarf, o->f.func->index, &rows, &n);
	for (uint32_t i = 0; ok && i < n; i++)
		ok = !line_is_same(o, &rows[i]) || goals_of_calls(d, o, &rows[i], e);
	free(rows);
	return ok || goals_give_up(d);
}

/* The guest is at the first instruction of a function called at step CALL: to where the last line before END began in it. */
static bool into_callee(struct dbg *d, uint64_t call, uint64_t end, bool *done, struct err *e)
{
	struct line_origin callee;
	uint64_t last;

	if (!line_origin_find(d, &callee) || !func_has_lines(callee.f.func))
		return true;
	if (!last_statement(d, &callee, end, &last, e))
		return false;
	if (last == NEVER || last <= call)
		return true;
	*done = true;
	return history_goto(d->history, last, e) && to_line_start(d, last, e);
}

/* The guest is at the start of a line, at step START: into the last function with lines that the line called before END. */
static bool into_calls(struct dbg *d, uint64_t start, uint64_t end, struct err *e)
{
	struct line_origin line, now;
	uint64_t call;
	bool done = false;

	if (!line_origin_find(d, &line))
		return true;
	while (!done) {
		if (!goals_calls_of_line(d, &line, e) || !reverse_seek(d, end, &call, e))
			return false;
		if (call == NEVER || call < start)
			return history_goto(d->history, start, e);
		if (!history_goto(d->history, call + 1, e))
			return false;
		if (line_origin_find(d, &now) && !same_frame(&line, &now) && !into_callee(d, call, end, &done, e))
			return false;
		end = call;
	}
	return true;
}

static bool one_line(struct dbg *d, bool over, struct err *e)
{
	uint64_t now = dbg_clock(d), last;
	struct line_origin from, at;

	if (!line_origin_find(d, &from))
		return history_goto(d->history, now - 1, e);
	if (!last_statement(d, &from, now, &last, e))
		return false;
	if (last == NEVER)
		return history_goto(d->history, history_first(d->history), e);
	if (!history_goto(d->history, last, e))
		return false;
	if (!line_origin_find(d, &at) || !same_frame(&from, &at))
		return true;            /* its call */
	return to_line_start(d, last, e) && (over || into_calls(d, dbg_clock(d), now, e));
}

bool reverse_lines(struct dbg *d, bool over, uint64_t n, struct err *e)
{
	struct history *h = d->history;
	uint64_t first = history_first(h);

	if (!h->on || dbg_clock(d) <= first)
		return err_history(h, e);
	for (; n && dbg_clock(d) > first; n--)
		if (!one_line(d, over, e))
			return false;
	dbg_settle_as(d, n ? WHY_HISTORY : WHY_STEP);
	return true;
}
