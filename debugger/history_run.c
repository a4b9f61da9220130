/*
 * The guest is carried on, recorded or replayed. It gets fuel for a little at a time, up to where something is to be done: a
 * mark to be taken, a step to stop at, a mark to be put on that nothing leads to.
 */
#include "debugger/history_run.h"

#include "debugger/native.h"
#include "debugger/threads.h"
#include "debugger/watchpoint.h"
#include "engine/base/clock.h"
#include "engine/moment.h"

enum {
	MIN_INTERVAL = 20000,
	MARK_NS = 10000000,             /* run at least so long between marks, */
	MARK_SHARE = 16,                /* and so many times as long as taking one takes */
};
#define MAX_WAITING ((uint64_t)16 << 20)        /* bytes of inputs that are kept before the first stop */

/* ---- fuel: a little at a time ---------------------------------------------------------------- */

/* The next mark that the guest has to be put on, because nothing leads there; NULL: none before the end. */
static const struct mark *next_edit(const struct history *h)
{
	for (size_t i = h->at_mark + 1; i < h->marks.count; i++)
		if (h->marks.data[i].edit)
			return &h->marks.data[i];
	return NULL;
}

bool history_stops_here(const struct history *h)
{
	uint64_t now = history_clock(h);
	const struct mark *edit = h->past ? next_edit(h) : NULL;

	return h->on && !history_under_host(h, history_running(h)) && (h->mark_now || now >= h->target || (edit && now >= edit->reached) ||
		(h->past && !h->ended && !h->end_trapped && now >= h->end));
}

/* Steps until somebody here has something to do. */
static uint64_t way(const struct history *h, uint64_t now)
{
	uint64_t stop = UINT64_MAX;

	if (!h->past) {
		uint64_t since = now - h->marked_clock;
		stop = since < h->interval ? now + h->interval - since : now + 1;
		stop = h->target < stop ? h->target : stop;
		return stop > now ? stop - now : 1;
	}
	if (!h->ended && !h->end_trapped)
		stop = h->end;
	if (h->target < stop)
		stop = h->target;
	const struct mark *edit = next_edit(h);
	if (edit && edit->reached < stop)
		stop = edit->reached;
	return stop > now ? stop - now : h->dbg->root->store->turns ? 0 : 1;
}

void history_take_back(struct history *h)
{
	struct ctx *c = history_running(h);

	c->fuel += h->reserve;
	c->fuel_start += h->reserve;
	h->reserve = 0;
}

void history_give(struct history *h)
{
	struct ctx *c = history_running(h);
	uint64_t n = h->mark_now ? 0 : way(h, ctx_clock(c));

	/* a host function lies below: nothing can be done here, so this is not asked often */
	if (c->depth != (c == history_ctx(h) ? h->dbg->depth : 1) && n < MIN_INTERVAL)
		n = MIN_INTERVAL;
	history_take_back(h);
	if (c->fuel <= 0 || (uint64_t)c->fuel <= n)
		return;
	h->reserve = c->fuel - (int64_t)n;
	c->fuel -= h->reserve;
	c->fuel_start -= h->reserve;
}

/* How many steps the next mark is away: by what this one took. */
static void adapt(struct history *h, int64_t before, int64_t after)
{
	int64_t ran = before - h->run_ns, want = (after - before) * MARK_SHARE;
	uint64_t steps = history_clock(h) - h->run_clock;

	if (want < MARK_NS)
		want = MARK_NS;
	if (ran > 100000) {
		double next = (double)steps * (double)want / (double)ran;
		h->interval = next < MIN_INTERVAL ? MIN_INTERVAL : next > 4e9 ? (uint64_t)4e9 : (uint64_t)next;
	}
	h->run_clock = history_clock(h);
	h->run_ns = after;
}

static void mark_on_the_way(struct history *h)
{
	int64_t before = clock_now_ns();

	if (history_other_threads(h)) {
		history_recording_ends(h, "the program started a thread ('record on' and 'run' record threads)");
		return;
	}
	if (h->recorder.incomplete) {
		history_recording_ends(h, "there is no memory for it");
		return;
	}
	if (h->waiting) {
		bool full = h->recorder.tape.bytes.size > MAX_WAITING;
		h->marked_clock = history_clock(h);
		if (full)
			history_drop_all(h);
		h->waiting = true;
		return;
	}
	if (history_mark_add(h, false))
		adapt(h, before, clock_now_ns());
}

/* Behind the call that started a thread. */
static void mark_spawn(struct history *h)
{
	h->mark_now = false;
	if (h->past && h->marks.count && vec_last(&h->marks).clock >= history_clock(h))
		return;
	if (history_mark_add(h, true))
		vec_last(&h->marks).reached = history_clock(h) - 1;
	if (h->past)
		h->at_mark = h->marks.count - 1;
}

bool history_put_on(struct history *h, const struct mark *m)
{
	if (!moment_restore(m->moment, history_ctx(h)))
		return false;
	recorder_replay(&h->recorder, m->place);
	h->at_mark = marks_before(h, m->clock);
	return true;
}

static enum outcome in_the_past(struct history *h, uint64_t now)
{
	const struct mark *edit = next_edit(h);

	if (now < h->target && edit && now >= edit->reached) {
		if (!history_put_on(h, edit))
			return ctx_trap(history_ctx(h), TRAP_HOST, "no memory to go on in the recording");
		now = edit->clock;
	}
	if (now >= h->target) {
		h->arrived = true;
		return OUT_STOP;
	}
	if (!h->ended && !h->end_trapped && now >= h->end) {
		h->at_end = true;
		return OUT_STOP;
	}
	history_give(h);
	return OUT_DONE;
}

enum outcome history_out_of_fuel(struct history *h, struct ctx *c)
{
	if (c != history_running(h) || (h->reserve == 0 && !(c->store->turns && history_stops_here(h))))
		return c->fuel_limited ? OUT_FUEL : OUT_DONE;
	bool below = history_under_host(h, c);
	if (h->mark_now && !below)
		mark_spawn(h);
	if (h->on && h->past && !below)
		return in_the_past(h, ctx_clock(c));
	if (h->on && !h->past && !below && ctx_clock(c) >= h->target) {
		h->arrived = true;
		return OUT_STOP;
	}
	if (h->on && !h->past && !below)
		mark_on_the_way(h);
	if (h->on)
		history_give(h);
	else
		history_take_back(h);
	return OUT_DONE;
}

/* ---- running --------------------------------------------------------------------------------- */

static enum outcome resume(struct history *h, enum run_mode mode)
{
	h->at_end = h->arrived = h->at_trap = false;
	h->run_clock = history_clock(h);
	h->run_ns = clock_now_ns();
	h->runs = true;
	history_give(h);
	enum outcome how = threads_resume(h->dbg, mode);
	h->runs = false;
	history_take_back(h);
	return how;
}

/* From the live end on things are new. */
void history_go_live(struct history *h)
{
	history_put_on(h, &vec_last(&h->marks));
	recorder_record(&h->recorder);
	h->at_trap = h->end_trapped;
	h->past = h->end_trapped = false;
}

bool history_goes_on(struct history *h)
{
	h->at_end = false;
	if (h->on && history_other_threads(h))
		history_recording_ends(h, "the program started a thread ('record on' and 'run' record threads)");
	if (h->changed && h->on && !history_under_host(h, history_running(h)))
		history_mark_add(h, true);
	h->changed = false;
	if (!h->on || !h->past || h->ended || h->end_trapped || history_clock(h) < h->end)
		return false;
	history_go_live(h);
	return true;
}

uint64_t history_way(const struct history *h)
{
	return h->on && h->past ? way(h, history_clock(h)) : UINT64_MAX;
}

enum outcome history_resume(struct history *h, enum run_mode mode)
{
	native_leave(h->dbg);
	history_goes_on(h);
	if (!h->on)
		return threads_resume(h->dbg, mode);
	enum outcome how = resume(h, mode);
	/* a step over or out of a call goes on behind the live end; `continue` stops there, as in gdb */
	if (how == OUT_STOP && h->at_end && h->dbg->stepping && mode == RUN_FAST && !h->dbg->goal_reached && !h->dbg->nhits) {
		history_go_live(h);
		how = resume(h, mode);
	}
	return how;
}

enum outcome history_run_quietly(struct history *h, uint64_t n)
{
	struct ctx *c = history_ctx(h);
	bool quiet = h->dbg->quiet, probed = c->in_probe;
	enum outcome how = OUT_STOP;

	h->dbg->quiet = c->in_probe = true;
	watches_refresh(h->dbg);
	h->target = n;
	h->arrived = history_clock(h) >= n;
	while (!h->arrived && how == OUT_STOP) {
		how = resume(h, RUN_FAST);
		if (how == OUT_STOP && !h->arrived && c->stop == STOP_INTERRUPT)
			break;
	}
	h->target = UINT64_MAX;
	h->dbg->quiet = quiet;
	c->in_probe = probed;
	return how;
}

enum outcome history_run_on(struct history *h, uint64_t n)
{
	native_leave(h->dbg);
	if (h->changed)
		history_mark_add(h, true);
	h->changed = false;
	return history_run_quietly(h, n);
}

enum outcome history_watch_to(struct history *h, uint64_t n)
{
	native_leave(h->dbg);
	watches_refresh(h->dbg);
	h->target = n;
	h->arrived = history_clock(h) >= n;
	enum outcome how = h->arrived ? OUT_STOP : resume(h, RUN_FAST);
	h->target = UINT64_MAX;
	return how;
}
