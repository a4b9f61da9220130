/* The live end, running again; see history.h. Marks are in mark.c. */
#include "debugger/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "debugger/dbg.h"
#include "debugger/mark.h"
#include "debugger/native.h"
#include "debugger/threads.h"
#include "debugger/watchpoint.h"
#include "engine/moment.h"
#include "engine/turns.h"

enum {
	FIRST_INTERVAL = 2000000,       /* steps to the first mark; later ones are a matter of time */
	MIN_INTERVAL = 20000,
	MARK_NS = 10000000,             /* run at least so long between marks, */
	MARK_SHARE = 16,                /* and so many times as long as taking one takes */
	FAR = 150000,                   /* steps that are worth a near mark */
	BACK = 2000,                    /* … so many steps before the place: the next steps back begin there */
};
#define MAX_WAITING ((uint64_t)16 << 20)        /* bytes of inputs that are kept before the first stop */

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static struct ctx *ctx_of(const struct history *h)
{
	return h->dbg->root;
}

/* The one that runs: another one only while threads take turns. */
static struct ctx *running(const struct history *h)
{
	struct ctx *c = ctx_of(h);

	return c->store->turns ? c->store->turns->place.now : c;
}

static uint64_t clock_of(const struct history *h)
{
	return ctx_clock(running(h));
}

/* Below what runs lies a host function, which cannot be left and come back to. */
static bool under_host(const struct history *h, const struct ctx *c)
{
	return c->host || c->depth != (c == ctx_of(h) ? h->dbg->depth : 1);
}

/* ---- life ------------------------------------------------------------------------------------ */

static void all_dropped(struct history *h)
{
	marks_drop(h, 0);
	marks_near_drop(h, 0);
	vec_clear(&h->floors);
	vec_clear(&h->checkpoints);
	if (ctx_of(h))
		moments_done(ctx_of(h)->store);
	recorder_clear(&h->recorder);
	h->loaded_steps = 0;
	h->on = h->past = h->ended = h->waiting = h->changed = h->end_trapped = h->at_end = h->mark_now = false;
	h->target = UINT64_MAX;
}

static bool recording_ends(struct history *h, const char *why)
{
	all_dropped(h);
	snprintf(h->why_off, sizeof h->why_off, "%s", why);
	return false;
}

static bool mark_add(struct history *h, bool edit)
{
	return marks_add(h, edit) || recording_ends(h, "there is no memory for it");
}

static void edited(void *user)
{
	history_change(user);
}

static void take_back(struct history *h);
static void give(struct history *h);

/* A thread began: no running from before leads here, so there has to be a mark. */
static void spawned(void *user)
{
	struct history *h = user;

	if (!h->on || h->mark_now || h->waiting)
		return;
	h->mark_now = true;
	give(h);
}

static void fuel_taken(void *user)
{
	take_back(user);
}

static bool stops_here(const struct history *h);

static bool stops(void *user)
{
	return stops_here(user);
}

static void fuel_given(void *user)
{
	struct history *h = user;

	if (h->on && h->runs)
		give(h);
}

/* Threads of the call that begins take turns when all of it is recorded; else they run side by side. */
static bool begin_turns(struct history *h)
{
	if (!recorder_take_turns(&h->recorder))
		return false;
	struct turns *t = ctx_of(h)->store->turns;
	t->take_back = fuel_taken;
	t->give = fuel_given;
	t->stops = stops;
	t->user = h;
	return true;
}

struct history *history_new(struct dbg *d)
{
	struct history *h = calloc(1, sizeof *h);

	if (!h)
		return NULL;
	h->dbg = d;
	h->when = RECORD_AUTO;
	h->target = UINT64_MAX;
	h->interval = FIRST_INTERVAL;
	h->recorder.edited = edited;
	h->recorder.spawned = spawned;
	h->recorder.user = h;
	return h;
}

void history_follow(struct history *h, struct ctx *c)
{
	all_dropped(h);
	h->touched = h->started = false;
	h->recorder.unrecorded = 0;
	recorder_detach(&h->recorder);
	if (c)
		recorder_attach(&h->recorder, c);
}

void history_free(struct history *h)
{
	if (!h)
		return;
	all_dropped(h);
	recorder_free(&h->recorder);
	vec_free(&h->marks);
	vec_free(&h->near);
	vec_free(&h->floors);
	vec_free(&h->checkpoints);
	free(h);
}

static bool start(struct history *h)
{
	bool waiting = h->waiting;

	all_dropped(h);
	h->waiting = waiting;
	h->why_off[0] = '\0';
	h->on = true;
	h->interval = FIRST_INTERVAL;
	recorder_record(&h->recorder);
	return mark_add(h, false);
}

static bool other_threads(const struct history *h)
{
	const struct store *s = ctx_of(h)->store;

	return h->recorder.foreign || (!s->turns && s->contexts.count > 1);
}

/* A recording from a file: all of it lies ahead, and there is no live end. */
static void begin_loaded(struct history *h)
{
	h->on = h->past = h->ended = true;
	h->why_off[0] = '\0';
	h->end = h->loaded_steps > h->before ? h->loaded_steps - h->before : 0;
	h->loaded_steps = 0;
	for (size_t i = 0; i < h->recorder.turns.count; i++)
		h->recorder.turns.data[i].clock -= h->before;
	begin_turns(h);
	recorder_replay(&h->recorder, (struct tape_place){ 0 });
	mark_add(h, false);
	h->at_mark = 0;
}

/* What a start function took from outside is not part of the call behind it. */
static void start_over(struct history *h)
{
	if (h->started && h->recorder.tape.bytes.size)
		h->recorder.unrecorded++;
	h->started = false;
}

bool history_starts(const struct history *h)
{
	return h->starting && !h->touched;
}

void history_begun(struct history *h, uint64_t before)
{
	bool fresh = history_starts(h), starting = h->starting;

	start_over(h);
	h->started = starting;
	h->starting = false;
	h->before = before;
	h->used = h->touched || h->recorder.unrecorded || starting;
	h->touched = !fresh;
	if (starting && h->loaded_steps)
		return;
	if (h->loaded_steps) {
		begin_loaded(h);
		return;
	}
	all_dropped(h);
	turns_end(ctx_of(h)->store);
	if (h->when == RECORD_OFF || other_threads(h))
		return;
	if (ctx_of(h)->begins_host) {
		recording_ends(h, "it is a function of the host that was called");
		return;
	}
	h->waiting = h->when == RECORD_AUTO || starting;
	if (h->waiting || begin_turns(h))
		start(h);
}

void history_nested(struct history *h)
{
	native_leave(h->dbg);
	if (!h->on)
		return;
	history_change(h);
	h->changed = false;
	if (!vec_push(&h->floors, h->marks.count) || !mark_add(h, true))
		recording_ends(h, "there is no memory for it");
}

void history_nested_over(struct history *h)
{
	if (!h->on || !h->floors.count)
		return;
	size_t floor = vec_pop(&h->floors);
	uint64_t began = h->marks.data[floor].clock;
	history_change(h);
	h->changed = false;
	marks_near_drop(h, began);
	marks_drop(h, floor);
	if (mark_add(h, true))
		vec_last(&h->marks).reached = began;
}

void history_stopped(struct history *h, enum outcome how)
{
	const struct ctx *c = running(h);

	if (how != OUT_STOP && how != OUT_TRAP)
		return;
	if (h->on && other_threads(h))
		recording_ends(h, "the program started a thread ('record on' and 'run' record threads)");
	/* it came to the trap that recording ended with: that is the live end again */
	if (h->on && h->past && !h->ended && how == OUT_TRAP && h->end_trapped && clock_of(h) >= h->end) {
		recorder_record(&h->recorder);
		h->past = h->end_trapped = false;
	}
	bool first = h->waiting;
	h->waiting = false;
	if (!h->on && first && !h->why_off[0])
		start(h);
	if (!h->on || h->past || under_host(h, c))
		return;
	if (clock_of(h) > marks_nearest(h, clock_of(h))->clock + FAR)
		marks_near_add(h);
}

void history_over(struct history *h)
{
	if (!h->on || h->ended)
		return;
	if (h->waiting) {
		start_over(h);
		all_dropped(h);
		return;
	}
	h->end_how = h->dbg->stop.how;
	if (!h->past) {
		h->end = clock_of(h);
		h->end_trapped = h->dbg->stop.how == OUT_TRAP;
	}
	h->ended = h->past = true;
	h->recorder.mode = RECORDER_OFF;
}

bool history_whole(const struct history *h, struct replay_head *out, struct err *e)
{
	const struct ctx *c = ctx_of(h);

	if (!h->on || h->waiting || !h->marks.count || h->marks.data[0].clock || h->recorder.tape.base || h->floors.count)
		return err_set(e, E_HISTORY, place_none(), "the recording does not begin at step 0: 'record on', then 'run' or 'start'");
	if (h->used)
		return err_set(e, E_HISTORY, place_none(), "the recording does not begin with a fresh program: 'run' and 'start' without "
			"F(ARGS) make one");
	for (size_t i = 0; i < h->marks.count; i++)
		if ((h->marks.data[i].edit && h->marks.data[i].reached + 1 != h->marks.data[i].clock) || h->changed)
			return err_set(e, E_HISTORY, place_none(), "the state was changed at step %llu: the program does not go there by itself",
				(unsigned long long)h->marks.data[i].clock);
	*out = (struct replay_head){ .before = h->before, .steps = h->before + (h->past ? h->end : clock_of(h)), .outcome = OUT_STOP };
	if (h->ended || h->end_trapped || h->dbg->stop.how == OUT_TRAP)
		out->outcome = h->ended ? h->end_how : OUT_TRAP;
	if (out->outcome == OUT_EXIT)
		out->status = c->exit_status;
	else if (out->outcome == OUT_TRAP)
		out->status = (int)c->trap.kind;
	return true;
}

void history_from(struct history *h, struct recorder *from, uint64_t steps)
{
	all_dropped(h);
	recorder_take(&h->recorder, from);
	recorder_replay(&h->recorder, (struct tape_place){ 0 });
	h->loaded_steps = steps;
}

bool history_start(struct history *h, struct err *e)
{
	native_leave(h->dbg);
	h->waiting = false;
	if (under_host(h, running(h)))
		return err_set(e, E_HISTORY, place_none(), "recording cannot begin here: a host function lies below this stop; 'finish' or "
			"'kill' leaves it");
	if (other_threads(h))
		return err_set(e, E_HISTORY, place_none(), "the program has several threads, which run side by side: 'record on' "
			"and 'run' record them");
	return start(h) || err_set(e, E_HISTORY, place_none(), "nothing is recorded: %s", h->why_off);
}

void history_stop(struct history *h)
{
	all_dropped(h);
	h->why_off[0] = '\0';
}

void history_change(struct history *h)
{
	uint64_t now;

	native_leave(h->dbg);
	h->touched = true;
	if (!h->on || h->waiting)
		return;
	now = clock_of(h);
	marks_near_drop(h, now);
	h->changed = true;
	if (!h->past)
		return;
	size_t behind = marks_before(h, now) + 1;
	marks_drop(h, behind);
	while (h->checkpoints.count && vec_last(&h->checkpoints).clock > now)
		(void)vec_pop(&h->checkpoints);
	recorder_cut(&h->recorder);
	recorder_record(&h->recorder);
	h->past = h->ended = h->end_trapped = false;
}

struct history_aside history_aside(struct history *h)
{
	native_leave(h->dbg);
	struct history_aside aside = { ctx_clock(ctx_of(h)), h->recorder.mode };

	if (!atomic_load(&ctx_of(h)->running)) {
		history_change(h);
		aside.mode = h->recorder.mode;
	}
	h->recorder.mode = RECORDER_OFF;
	if (ctx_of(h)->store->turns)
		ctx_of(h)->store->turns->held++;
	return aside;
}

void history_aside_over(struct history *h, struct history_aside aside)
{
	struct ctx *c = ctx_of(h);

	h->recorder.mode = aside.mode;
	if (c->store->turns)
		c->store->turns->held--;
	c->clock_base -= ctx_clock(c) - aside.clock;
}

uint64_t history_first(const struct history *h)
{
	return h->marks.count ? h->marks.data[marks_floor(h)].clock : 0;
}

uint64_t history_last(const struct history *h)
{
	if (!h->past)
		return clock_of(h);
	return h->ended && !h->end_trapped && h->end ? h->end - 1 : h->end;
}

/* ---- fuel: a little at a time ---------------------------------------------------------------- */

/* The next mark that the guest has to be put on, because nothing leads there; NULL: none before the end. */
static const struct mark *next_edit(const struct history *h)
{
	for (size_t i = h->at_mark + 1; i < h->marks.count; i++)
		if (h->marks.data[i].edit)
			return &h->marks.data[i];
	return NULL;
}

/* Whether it is to do something at this step. */
static bool stops_here(const struct history *h)
{
	uint64_t now = clock_of(h);
	const struct mark *edit = h->past ? next_edit(h) : NULL;

	return h->on && !under_host(h, running(h)) && (h->mark_now || now >= h->target || (edit && now >= edit->reached) ||
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

static void take_back(struct history *h)
{
	struct ctx *c = running(h);

	c->fuel += h->reserve;
	c->fuel_start += h->reserve;
	h->reserve = 0;
}

static void give(struct history *h)
{
	struct ctx *c = running(h);
	uint64_t n = h->mark_now ? 0 : way(h, ctx_clock(c));

	/* a host function lies below: nothing can be done here, so this is not asked often */
	if (c->depth != (c == ctx_of(h) ? h->dbg->depth : 1) && n < MIN_INTERVAL)
		n = MIN_INTERVAL;
	take_back(h);
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
	uint64_t steps = clock_of(h) - h->run_clock;

	if (want < MARK_NS)
		want = MARK_NS;
	if (ran > 100000) {
		double next = (double)steps * (double)want / (double)ran;
		h->interval = next < MIN_INTERVAL ? MIN_INTERVAL : next > 4e9 ? (uint64_t)4e9 : (uint64_t)next;
	}
	h->run_clock = clock_of(h);
	h->run_ns = after;
}

static void mark_on_the_way(struct history *h)
{
	int64_t before = now_ns();

	if (other_threads(h)) {
		recording_ends(h, "the program started a thread ('record on' and 'run' record threads)");
		return;
	}
	if (h->recorder.incomplete) {
		recording_ends(h, "there is no memory for it");
		return;
	}
	if (h->waiting) {
		bool full = h->recorder.tape.bytes.size > MAX_WAITING;
		h->marked_clock = clock_of(h);
		if (full)
			all_dropped(h);
		h->waiting = true;
		return;
	}
	if (mark_add(h, false))
		adapt(h, before, now_ns());
}

/* Behind the call that started a thread. */
static void mark_spawn(struct history *h)
{
	h->mark_now = false;
	if (h->past && h->marks.count && vec_last(&h->marks).clock >= clock_of(h))
		return;
	if (mark_add(h, true))
		vec_last(&h->marks).reached = clock_of(h) - 1;
	if (h->past)
		h->at_mark = h->marks.count - 1;
}

static bool put_on(struct history *h, const struct mark *m)
{
	if (!moment_restore(m->moment, ctx_of(h)))
		return false;
	recorder_replay(&h->recorder, m->place);
	h->at_mark = marks_before(h, m->clock);
	return true;
}

static enum outcome in_the_past(struct history *h, uint64_t now)
{
	const struct mark *edit = next_edit(h);

	if (now < h->target && edit && now >= edit->reached) {
		if (!put_on(h, edit))
			return ctx_trap(ctx_of(h), TRAP_HOST, "no memory to go on in the recording");
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
	give(h);
	return OUT_DONE;
}

enum outcome history_out_of_fuel(struct history *h, struct ctx *c)
{
	if (c != running(h) || (h->reserve == 0 && !(c->store->turns && stops_here(h))))
		return c->fuel_limited ? OUT_FUEL : OUT_DONE;
	bool below = under_host(h, c);
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
		give(h);
	else
		take_back(h);
	return OUT_DONE;
}

/* ---- running --------------------------------------------------------------------------------- */

static enum outcome resume(struct history *h, enum run_mode mode)
{
	h->at_end = h->arrived = h->at_trap = false;
	h->run_clock = clock_of(h);
	h->run_ns = now_ns();
	h->runs = true;
	give(h);
	enum outcome how = threads_resume(h->dbg, mode);
	h->runs = false;
	take_back(h);
	return how;
}

/* From the live end on things are new. */
static void go_live(struct history *h)
{
	put_on(h, &vec_last(&h->marks));
	recorder_record(&h->recorder);
	h->at_trap = h->end_trapped;
	h->past = h->end_trapped = false;
}

bool history_goes_on(struct history *h)
{
	h->at_end = false;
	if (h->on && other_threads(h))
		recording_ends(h, "the program started a thread ('record on' and 'run' record threads)");
	if (h->changed && h->on && !under_host(h, running(h)))
		mark_add(h, true);
	h->changed = false;
	if (!h->on || !h->past || h->ended || h->end_trapped || clock_of(h) < h->end)
		return false;
	go_live(h);
	return true;
}

uint64_t history_way(const struct history *h)
{
	return h->on && h->past ? way(h, clock_of(h)) : UINT64_MAX;
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
		go_live(h);
		how = resume(h, mode);
	}
	return how;
}

static enum outcome run_quietly(struct history *h, uint64_t n)
{
	struct ctx *c = ctx_of(h);
	bool quiet = h->dbg->quiet, probed = c->in_probe;
	enum outcome how = OUT_STOP;

	h->dbg->quiet = c->in_probe = true;
	watches_refresh(h->dbg);
	h->target = n;
	h->arrived = clock_of(h) >= n;
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
		mark_add(h, true);
	h->changed = false;
	return run_quietly(h, n);
}

enum outcome history_watch_to(struct history *h, uint64_t n)
{
	native_leave(h->dbg);
	watches_refresh(h->dbg);
	h->target = n;
	h->arrived = clock_of(h) >= n;
	enum outcome how = h->arrived ? OUT_STOP : resume(h, RUN_FAST);
	h->target = UINT64_MAX;
	return how;
}

/* ---- going ----------------------------------------------------------------------------------- */

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
	if (!mark_add(h, edit))
		return err_history(h, e);
	h->end = clock_of(h);
	h->end_trapped = h->dbg->stop.how == OUT_TRAP;
	h->past = true;
	return true;
}

static bool may_go(struct history *h, struct err *e)
{
	if (!h->on || !h->marks.count)
		return err_history(h, e);
	if (dbg_is_nested(h->dbg) || (!h->ended && running(h)->host))
		return err_set(e, E_HISTORY, place_none(), "the state before this cannot be restored: a host function lies below this "
			"stop; 'finish' or 'kill' leaves it");
	return true;
}

static bool put_on_at(struct history *h, const struct mark *m, struct err *e)
{
	if (!put_on(h, m))
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
	unsigned long long now = clock_of(h);

	if (wrong->code)
		return err_set(e, E_HISTORY, place_none(), "%s (at step %llu)", wrong->message, now);
	if (how == OUT_STOP)
		return err_set(e, E_HISTORY, place_none(), "interrupted on the way, at step %llu", now);
	return err_set(e, E_HISTORY, place_none(), "the run ended on the way, at step %llu: not as it was recorded", now);
}

/* The thread that goes on is looked at. */
static void select_next(struct history *h)
{
	const struct turns *t = ctx_of(h)->store->turns;

	dbg_select(h->dbg, t && t->place.nthreads > 1 ? turns_next(t) : ctx_of(h));
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
		go_live(h);
		h->dbg->depth = ctx_of(h)->depth;
		select_next(h);
		return true;
	}
	const struct mark *from = marks_nearest(h, n);
	if (!put_on_at(h, from, e))
		return false;
	enum outcome how = OUT_STOP;
	if (n > from->clock + FAR) {
		how = run_quietly(h, outside(h, n - BACK));
		if (how == OUT_STOP && h->arrived)
			marks_near_add(h);
	}
	if (how == OUT_STOP && (clock_of(h) < n))
		how = run_quietly(h, n);
	if (how != OUT_STOP || clock_of(h) < n)
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
	struct checkpoint k = { h->checkpoint_numbers + 1, clock_of(h) };
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
