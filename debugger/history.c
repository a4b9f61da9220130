/* From when to when a run is recorded, and what that makes of changes; see history.h. Marks are in mark.c. */
#include "debugger/history.h"

#include <stdio.h>
#include <stdlib.h>

#include "debugger/history_run.h"
#include "debugger/native.h"
#include "engine/moment.h"
#include "engine/turns.h"

enum { FIRST_INTERVAL = 2000000 };      /* steps to the first mark; later ones are a matter of time */

void history_drop_all(struct history *h)
{
	marks_drop(h, 0);
	marks_near_drop(h, 0);
	vec_clear(&h->floors);
	vec_clear(&h->checkpoints);
	if (history_ctx(h))
		moments_done(history_ctx(h)->store);
	recorder_clear(&h->recorder);
	h->loaded_steps = 0;
	h->on = h->past = h->ended = h->waiting = h->changed = h->end_trapped = h->at_end = h->mark_now = false;
	h->target = UINT64_MAX;
}

bool history_recording_ends(struct history *h, const char *why)
{
	history_drop_all(h);
	snprintf(h->why_off, sizeof h->why_off, "%s", why);
	return false;
}

bool history_mark_add(struct history *h, bool edit)
{
	return marks_add(h, edit) || history_recording_ends(h, "there is no memory for it");
}

static void edited(void *user)
{
	history_change(user);
}

/* A thread began: no running from before leads here, so there has to be a mark. */
static void spawned(void *user)
{
	struct history *h = user;

	if (!h->on || h->mark_now || h->waiting)
		return;
	h->mark_now = true;
	history_give(h);
}

static void fuel_taken(void *user)
{
	history_take_back(user);
}

static bool stops(void *user)
{
	return history_stops_here(user);
}

static void fuel_given(void *user)
{
	struct history *h = user;

	if (h->on && h->runs)
		history_give(h);
}

/* Threads of the call that begins take turns when all of it is recorded; else they run side by side. */
static bool begin_turns(struct history *h)
{
	if (!recorder_take_turns(&h->recorder))
		return false;
	struct turns *t = history_ctx(h)->store->turns;
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
	history_drop_all(h);
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
	history_drop_all(h);
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

	history_drop_all(h);
	h->waiting = waiting;
	h->why_off[0] = '\0';
	h->on = true;
	h->interval = FIRST_INTERVAL;
	recorder_record(&h->recorder);
	return history_mark_add(h, false);
}

bool history_other_threads(const struct history *h)
{
	const struct store *s = history_ctx(h)->store;

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
	history_mark_add(h, false);
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
	history_drop_all(h);
	turns_end(history_ctx(h)->store);
	if (h->when == RECORD_OFF || history_other_threads(h))
		return;
	if (history_ctx(h)->begins_host) {
		history_recording_ends(h, "it is a function of the host that was called");
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
	if (!vec_push(&h->floors, h->marks.count) || !history_mark_add(h, true))
		history_recording_ends(h, "there is no memory for it");
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
	if (history_mark_add(h, true))
		vec_last(&h->marks).reached = began;
}

void history_stopped(struct history *h, enum outcome how)
{
	const struct ctx *c = history_running(h);

	if (how != OUT_STOP && how != OUT_TRAP)
		return;
	if (h->on && history_other_threads(h))
		history_recording_ends(h, "the program started a thread ('record on' and 'run' record threads)");
	/* it came to the trap that recording ended with: that is the live end again */
	if (h->on && h->past && !h->ended && how == OUT_TRAP && h->end_trapped && history_clock(h) >= h->end) {
		recorder_record(&h->recorder);
		h->past = h->end_trapped = false;
	}
	bool first = h->waiting;
	h->waiting = false;
	if (!h->on && first && !h->why_off[0])
		start(h);
	if (!h->on || h->past || history_under_host(h, c))
		return;
	if (history_clock(h) > marks_nearest(h, history_clock(h))->clock + HISTORY_FAR)
		marks_near_add(h);
}

void history_over(struct history *h)
{
	if (!h->on || h->ended)
		return;
	if (h->waiting) {
		start_over(h);
		history_drop_all(h);
		return;
	}
	h->end_how = h->dbg->stop.how;
	if (!h->past) {
		h->end = history_clock(h);
		h->end_trapped = h->dbg->stop.how == OUT_TRAP;
	}
	h->ended = h->past = true;
	h->recorder.mode = RECORDER_OFF;
}

bool history_whole(const struct history *h, struct replay_head *out, struct err *e)
{
	const struct ctx *c = history_ctx(h);

	if (!h->on || h->waiting || !h->marks.count || h->marks.data[0].clock || h->recorder.tape.base || h->floors.count)
		return err_set(e, E_HISTORY, place_none(), "the recording does not begin at step 0: 'record on', then 'run' or 'start'");
	if (h->used)
		return err_set(e, E_HISTORY, place_none(), "the recording does not begin with a fresh program: 'run' and 'start' without "
			"F(ARGS) make one");
	for (size_t i = 0; i < h->marks.count; i++)
		if ((h->marks.data[i].edit && h->marks.data[i].reached + 1 != h->marks.data[i].clock) || h->changed)
			return err_set(e, E_HISTORY, place_none(), "the state was changed at step %llu: the program does not go there by itself",
				(unsigned long long)h->marks.data[i].clock);
	*out = (struct replay_head){ .before = h->before, .steps = h->before + (h->past ? h->end : history_clock(h)), .outcome = OUT_STOP };
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
	history_drop_all(h);
	recorder_take(&h->recorder, from);
	recorder_replay(&h->recorder, (struct tape_place){ 0 });
	h->loaded_steps = steps;
}

bool history_start(struct history *h, struct err *e)
{
	native_leave(h->dbg);
	h->waiting = false;
	if (history_under_host(h, history_running(h)))
		return err_set(e, E_HISTORY, place_none(), "recording cannot begin here: a host function lies below this stop; 'finish' or "
			"'kill' leaves it");
	if (history_other_threads(h))
		return err_set(e, E_HISTORY, place_none(), "the program has several threads, which run side by side: 'record on' "
			"and 'run' record them");
	return start(h) || err_set(e, E_HISTORY, place_none(), "nothing is recorded: %s", h->why_off);
}

void history_stop(struct history *h)
{
	history_drop_all(h);
	h->why_off[0] = '\0';
}

void history_change(struct history *h)
{
	uint64_t now;

	native_leave(h->dbg);
	h->touched = true;
	if (!h->on || h->waiting)
		return;
	now = history_clock(h);
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
	struct history_aside aside = { ctx_clock(history_ctx(h)), h->recorder.mode };

	if (!atomic_load(&history_ctx(h)->running)) {
		history_change(h);
		aside.mode = h->recorder.mode;
	}
	h->recorder.mode = RECORDER_OFF;
	if (history_ctx(h)->store->turns)
		history_ctx(h)->store->turns->held++;
	return aside;
}

void history_aside_over(struct history *h, struct history_aside aside)
{
	struct ctx *c = history_ctx(h);

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
		return history_clock(h);
	return h->ended && !h->end_trapped && h->end ? h->end - 1 : h->end;
}
