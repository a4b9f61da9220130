/* The guest is brought to another step of its history; see history.h. */
#include "debugger/history_run.h"
#include "debugger/native.h"
#include "engine/base/err.h"
#include "engine/moment.h"

enum { BACK = 2000 };   /* a near mark is made so many steps before a far place: the next steps back begin there */

bool err_history(const struct history *h, struct err *e)
{
	if (!h->on && h->why_off[0])
		return err_set(e, E_HISTORY, place_none(), "no earlier state: recording ended, because %s", h->why_off);
	if (!h->on)
		return err_set(e, E_HISTORY, place_none(), "no earlier state: nothing is recorded; 'record on' begins");
	if (h->floors.count)
		return err_set(e, E_HISTORY, place_none(), "no earlier state in this call: it began at step %llu; 'kill' or 'finish' "
			"ends it", (unsigned long long)history_first(h));
	return err_set(e, E_HISTORY, place_none(), "no earlier state: recording began here (step %llu). It starts at the first "
		"stop; '%s' stops at the very beginning", (unsigned long long)history_first(h),
		h->begin[0] ? h->begin : "start F(ARGS)");
}

/* Into the past, with a mark at the live end to come back to. */
static bool leave_live(struct history *h, struct err *e)
{
	if (h->past)
		return true;
	bool edit = h->changed;
	h->changed = false;
	if (!history_mark_add(h, edit))
		return err_history(h, e);
	h->end = history_clock(h);
	h->end_trapped = h->dbg->stop.how == OUT_TRAP;
	h->past = true;
	return true;
}

static bool may_go(struct history *h, struct err *e)
{
	if (!h->on || !h->marks.count)
		return err_history(h, e);
	if (dbg_is_nested(h->dbg) || (!h->ended && history_running(h)->host))
		return err_set(e, E_HISTORY, place_none(), "the state before this cannot be restored: a host function lies below this "
			"stop; 'finish' or 'kill' leaves it");
	return true;
}

static bool put_on_at(struct history *h, const struct mark *m, struct err *e)
{
	if (!history_put_on(h, m))
		return err_set(e, E_NO_MEMORY, place_none(), "no memory to restore step %llu", (unsigned long long)m->clock);
	h->dbg->depth = moment_depth(m->moment);
	return true;
}

bool history_restore(struct history *h, uint64_t n, struct err *e)
{
	native_leave(h->dbg);
	return may_go(h, e) && leave_live(h, e) && put_on_at(h, &h->marks.data[marks_before(h, n)], e);
}

/* Out of calls that were made at the prompt and are over. */
static uint64_t outside(const struct history *h, uint64_t n)
{
	n = recorder_outside(&h->recorder, n);
	for (size_t i = marks_floor(h) + 1; i < h->marks.count; i++)
		if (n > h->marks.data[i].reached && n < h->marks.data[i].clock)
			n = h->marks.data[i].reached;
	return n;
}

static bool fail_on_the_way(struct history *h, enum outcome how, struct err *e)
{
	const struct err *wrong = &h->recorder.wrong;
	unsigned long long now = history_clock(h);

	if (wrong->code)
		return err_set(e, E_HISTORY, place_none(), "%s (at step %llu)", wrong->message, now);
	if (how == OUT_STOP)
		return err_set(e, E_HISTORY, place_none(), "interrupted on the way, at step %llu", now);
	return err_set(e, E_HISTORY, place_none(), "the run ended on the way, at step %llu: not as it was recorded", now);
}

/* The thread that goes on is looked at. */
static void select_next(struct history *h)
{
	const struct turns *t = history_ctx(h)->store->turns;

	dbg_select(h->dbg, t && t->place.nthreads > 1 ? turns_next(t) : history_ctx(h));
}

bool history_goto(struct history *h, uint64_t n, struct err *e)
{
	native_leave(h->dbg);
	if (!may_go(h, e))
		return false;
	if (n < history_first(h))
		return err_history(h, e);
	if (n > history_last(h))
		return err_set(e, E_HISTORY, place_none(), "the recording ends at step %llu", (unsigned long long)history_last(h));
	n = outside(h, n);
	if (!leave_live(h, e))
		return false;
	h->at_trap = false;
	if (!h->ended && n == h->end) {
		history_go_live(h);
		h->dbg->depth = history_ctx(h)->depth;
		select_next(h);
		return true;
	}
	const struct mark *from = marks_nearest(h, n);
	if (!put_on_at(h, from, e))
		return false;
	enum outcome how = OUT_STOP;
	if (n > from->clock + HISTORY_FAR) {
		how = history_run_quietly(h, outside(h, n - BACK));
		if (how == OUT_STOP && h->arrived)
			marks_near_add(h);
	}
	if (how == OUT_STOP && (history_clock(h) < n))
		how = history_run_quietly(h, n);
	if (how != OUT_STOP || history_clock(h) < n)
		return fail_on_the_way(h, how, e);
	select_next(h);
	return true;
}

/* ---- checkpoints ----------------------------------------------------------------------------- */

bool history_checkpoint(struct history *h, uint32_t *number, struct err *e)
{
	native_leave(h->dbg);
	if (!may_go(h, e))
		return false;
	struct checkpoint k = { h->checkpoint_numbers + 1, history_clock(h) };
	if (!vec_push(&h->checkpoints, k))
		return err_oom(e);
	*number = ++h->checkpoint_numbers;
	return true;
}

const struct checkpoint *history_checkpoint_number(const struct history *h, uint64_t number)
{
	for (size_t i = 0; i < h->checkpoints.count; i++)
		if (h->checkpoints.data[i].number == number)
			return &h->checkpoints.data[i];
	return NULL;
}
