/* Two copies of a program, call by call; see lockstep.h. One of them runs in lockstep_side.c; lockstep_search.c finds the place. */
#include "debugger/lockstep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "debugger/bisect.h"
#include "debugger/lockstep_side.h"
#include "engine/base/clock.h"

const struct lockstep_tier lockstep_tiers[] = {
	{ "interp",   "the interpreter as it runs: fused register IR", RUN_FAST, TIER_INTERP, false, false },
	{ "unfused",  "one cell for each WebAssembly instruction: the reference", RUN_PLAIN, TIER_INTERP, true, false },
	{ "baseline", "machine code of the baseline compiler", RUN_FAST, TIER_BASELINE, false, true },
	{ "auto",     "machine code once it is worth it", RUN_FAST, TIER_AUTO, false, true },
};
const size_t lockstep_tier_count = sizeof lockstep_tiers / sizeof *lockstep_tiers;

const struct lockstep_tier *lockstep_tier_named(struct str name)
{
	for (size_t i = 0; i < lockstep_tier_count; i++)
		if (str_is(name, lockstep_tiers[i].name))
			return &lockstep_tiers[i];
	return NULL;
}

enum {
	FIRST_INTERVAL = 16,            /* steps to the first point; the next ones are 1.5 times as far away each, */
	EARLY = 1000,                   /* … up to this; then it is a matter of time */
	SHARE = 4,                      /* running between points takes so many times as long as looking at one, */
	BASE_SHARE = 8,                 /* and between bases as taking one */
};

/* ---- a lockstep -------------------------------------------------------------------------------- */

void lockstep_init(struct lockstep *l, const struct lockstep_tier *a, const struct lockstep_tier *b)
{
	*l = (struct lockstep){ .clocked = true, .found.suspect = -1 };
	l->side[0].tier = a;
	l->side[1].tier = b;
}

void lockstep_free(struct lockstep *l)
{
	lockstep_leave(l, 0);
	lockstep_leave(l, 1);
	vec_free(&l->marks);
	free(l->args);
	free(l->results);
	l->args = l->results = NULL;
}

/* OVER: nothing can be compared from here on. */
static void inconclusive(struct lockstep *l, bool over, const char *why)
{
	l->inconclusive++;
	if (!l->why[0])
		snprintf(l->why, sizeof l->why, "%s", why);
	if (over && l->verdict == LOCKSTEP_AGREES)
		l->verdict = LOCKSTEP_INCONCLUSIVE;
}

void lockstep_give_up(struct lockstep *l, const char *why)
{
	inconclusive(l, true, why);
}

/* ---- A's call, with points ------------------------------------------------------------------- */

static uint64_t within(const struct lockstep *l, uint64_t n)
{
	return l->fuel && n > l->fuel ? l->fuel : n;
}

/* How many steps the next point is away, by what running, stopping and looking took. */
static uint64_t next_interval(uint64_t interval, int64_t ran, int64_t stopping, int64_t looked)
{
	if (interval < EARLY)
		return interval + interval / 2;
	double want = (double)interval * (double)((looked + stopping) * SHARE + 1) / (double)(ran - stopping + 1);

	if (want > 4.0 * (double)interval)
		return interval * 4;
	return want < LOCKSTEP_LEAST_INTERVAL ? LOCKSTEP_LEAST_INTERVAL : (uint64_t)want;
}

static enum outcome record_on(struct lockstep *l, struct lockstep_side *s)
{
	uint64_t interval = FIRST_INTERVAL;
	int64_t stopping = INT64_MAX;   /* what the shortest of them took: hardly anything was run */

	for (;;) {
		int64_t t0 = clock_now_ns();
		if (l->clocked)
			lockstep_aim(s, within(l, ctx_clock(s->ctx) + interval));
		enum outcome how = lockstep_go(l, s);
		if (how != OUT_STOP)
			return how;
		if (s->ctx->stop != STOP_HOOK || !l->clocked)
			continue;
		int64_t t1 = clock_now_ns();
		if (!vec_push(&l->marks, ((struct lockstep_point){ ctx_clock(s->ctx), state_hash(s->ctx) })))
			return OUT_KILLED;
		stopping = t1 - t0 < stopping ? t1 - t0 : stopping;
		interval = next_interval(interval, t1 - t0, stopping, clock_now_ns() - t1);
	}
}

static bool keep_arguments(struct lockstep *l, struct func *f, const slot *args)
{
	free(l->args);
	free(l->results);
	l->func = f;
	l->args = calloc(f->type->param_slots + 1u, sizeof *l->args);
	l->results = calloc(f->type->result_slots + 1u, sizeof *l->results);
	if (!l->args || !l->results)
		return false;
	if (f->type->param_slots)
		memcpy(l->args, args, f->type->param_slots * sizeof *args);
	return true;
}

static void take_results(struct lockstep_side *s, const struct func *f, slot *results)
{
	if (s->end.how == OUT_DONE && f->inst)
		ctx_results(s->ctx, results);
}

static enum outcome record(struct lockstep *l, struct func *f, const slot *args, slot *results)
{
	struct lockstep_side *s = &l->side[0];

	vec_clear(&l->marks);
	recorder_clear(&s->recorder);
	if (!keep_arguments(l, f, args)) {
		inconclusive(l, true, "there is no memory for what is compared");
		return OUT_KILLED;
	}
	recorder_record(&s->recorder);
	enum outcome how = lockstep_begin(l, s, f, args, l->results);
	if (how == OUT_STOP)
		how = record_on(l, s);
	s->recorder.mode = RECORDER_OFF;
	lockstep_set_end(s, how);
	take_results(s, f, l->results);
	memcpy(results, l->results, f->type->result_slots * sizeof *results);
	l->a_called = true;
	return how;
}

/* ---- are they the same? ---------------------------------------------------------------------- */

static bool same_results(struct lockstep *l)
{
	const struct deftype *t = l->func->type;
	slot *mine = calloc(t->result_slots + 1u, sizeof *mine);
	bool same = mine != NULL;

	if (same)
		memcpy(mine, l->theirs ? l->theirs : l->results, t->result_slots * sizeof *mine);
	if (same && l->func->inst)
		ctx_results(l->side[1].ctx, mine);
	if (same && l->func->inst)
		ctx_results(l->side[0].ctx, l->results);
	for (uint32_t i = 0, s = 0; same && i < t->nresults; s += vt_slots(t->results[i]), i++) {
		bool wide = vt_slots(t->results[i]) == 2;
		struct difference x = { .kind = DIFFER_RESULT, .index = i,
			.a = { t->results[i], l->results[s], wide ? l->results[s + 1] : 0 },
			.b = { t->results[i], mine[s], wide ? mine[s + 1] : 0 } };
		if (!state_same_value(l->side[0].ctx, l->side[1].ctx, x.a, x.b, l->nan_bits))
			state_diff_add(&l->found.diff, &x);
	}
	free(mine);
	return l->found.diff.total == 0;
}

static bool exhausted(const struct lockstep_end *x)
{
	return x->how == OUT_TRAP && (x->trap == TRAP_STACK || x->trap == TRAP_HEAP);
}

bool lockstep_same(struct lockstep *l)
{
	const struct lockstep_end *a = &l->side[0].end, *b = &l->side[1].end;

	l->found.end[0] = *a;
	l->found.end[1] = *b;
	l->found.diff.nan_bits = l->nan_bits;
	l->found.diff.thrown = a->how == OUT_EXCEPTION && b->how == OUT_EXCEPTION;
	bool same = state_compare(l->side[0].ctx, l->side[1].ctx, &l->found.diff);
	if (a->how != b->how || a->clock != b->clock || a->trap != b->trap || a->status != b->status)
		return false;
	return (a->how != OUT_DONE || same_results(l)) && same;
}

/* ---- the same call on the other side --------------------------------------------------------- */

/* A was put elsewhere meanwhile: to the end of its call again. */
static void stands(struct lockstep *l)
{
	(void)l;
}

static void to_end(struct lockstep *l)
{
	const struct lockstep_way w = { .tier = l->side[0].tier, .to = within(l, UINT64_MAX) };

	lockstep_run(l, 0, &w, stands);
	l->searching = false;
}

static void differ(struct lockstep *l)
{
	l->verdict = LOCKSTEP_DIFFERS;
	if (l->differs && !l->told) {
		l->told = true;
		l->differs(l->user, l);
	}
}

static void bisect(struct lockstep *l, uint64_t at)
{
	l->verdict = LOCKSTEP_DIFFERS;
	bisect_search(l, at);
}

/* What was seen is not there any more: that is a difference all the same, of code that reads what nobody wrote. */
static void unsteady(struct lockstep *l, const struct lockstep_found *seen)
{
	l->found = *seen;
	l->found.func = NULL;
	l->found.unsteady = true;
	l->found.suspect = -1;
	l->verdict = LOCKSTEP_DIFFERS;
	differ(l);
}

static void search(struct lockstep *l, uint64_t high)
{
	const struct lockstep_found seen = l->found;

	if (l->whether)
		l->verdict = LOCKSTEP_DIFFERS;
	else if (l->bisect)
		bisect(l, high);
	else
		lockstep_search(l, high);
	l->searching = false;
	if (l->verdict == LOCKSTEP_DIFFERS)
		differ(l);
	else if (l->interrupted)
		inconclusive(l, true, "interrupted");
	else
		unsteady(l, &seen);
}

static void b_arrived(struct lockstep *l)
{
	l->same = lockstep_same(l);
}

static void a_arrived(struct lockstep *l)
{
	const struct lockstep_way w = { .tier = l->side[1].tier, .to = l->at };

	lockstep_run(l, 1, &w, b_arrived);
}

bool lockstep_same_at(struct lockstep *l, uint64_t n)
{
	const struct lockstep_way w = { .tier = l->side[0].tier, .to = n };

	l->at = n;
	l->same = false;
	lockstep_run(l, 0, &w, a_arrived);
	return l->same;
}

static bool cut_off(const struct lockstep *l, const struct lockstep_end *x)
{
	return l->interrupted || x->how == OUT_TIMEOUT || x->how == OUT_INTERRUPT || x->how == OUT_KILLED;
}

static const char *why_cut_off(const struct lockstep *l, const struct lockstep_end *x)
{
	return l->interrupted ? "interrupted" : x->how == OUT_TIMEOUT ? "out of time" : "ended from outside";
}

static bool can_search(const struct lockstep *l)
{
	return l->clocked && l->side[0].base && l->side[1].base;
}

/*
 * One of them ran out of stack (whose frames have other sizes in other tiers) or heap: they have to agree until just before,
 * and then both calls end. That is the same depth for both, whatever it was.
 */
static enum outcome end_exhausted(struct lockstep *l)
{
	const struct lockstep_end a = l->side[0].end, b = l->side[1].end;
	uint64_t at = a.clock < b.clock ? a.clock : b.clock;

	if (!can_search(l)) {
		inconclusive(l, true, "a tier ran out of stack or heap");
		return OUT_KILLED;
	}
	at = at ? at - 1 : 0;
	if (l->side[1].base_clock > at)
		lockstep_to_begin(&l->side[1]);
	if (!lockstep_align(l) || !lockstep_same_at(l, at)) {
		search(l, at);
		return OUT_KILLED;
	}
	l->searching = false;
	l->points++;
	if (!exhausted(&a) || !exhausted(&b))
		inconclusive(l, false, exhausted(&a) ? "only the first tier ran out of stack or heap" : "only the second tier ran out of stack or heap");
	l->side[1].ctx->trap = (struct trap_info){ .kind = exhausted(&a) ? a.trap : b.trap };
	return OUT_TRAP;
}

enum { FULL_SPEED_NS = 2000000000 };    /* for a call that ended, and may now go on for ever */

/*
 * Code without a clock is other code: both make the call once more in it, and have to end alike. The second one is given
 * plenty of time: a call that does not end any more is a difference, too.
 */
bool lockstep_same_at_full_speed(struct lockstep *l)
{
	int64_t t0 = clock_now_ns();

	lockstep_run_unclocked(l, 0, INT64_C(3600) * 1000000000);
	lockstep_run_unclocked(l, 1, FULL_SPEED_NS + 20 * (clock_now_ns() - t0));
	l->points++;
	if (exhausted(&l->side[0].end) || exhausted(&l->side[1].end))
		return true;
	l->found.unclocked = true;
	return lockstep_same(l);
}

/*
 * They differ at full speed only. Points had made the code stop often; with the clock, but without a stop on the way, it may
 * show, and then it can be searched for.
 */
static void find_unclocked(struct lockstep *l, uint64_t end)
{
	struct lockstep_found found = l->found;

	if (l->bisect) {
		bisect(l, end + 1);
		l->searching = false;
		return;
	}
	for (int i = 0; i < 2; i++) {
		ctx_start_clock(l->side[i].ctx);
		lockstep_to_begin(&l->side[i]);
	}
	bool shows = !lockstep_same_at(l, end + 1);
	l->searching = false;
	if (shows) {
		l->found.unclocked = false;
		search(l, end + 1);
		return;
	}
	/* what is shown are the states at full speed */
	l->found = found;
	if (l->whether || !lockstep_same_at_full_speed(l))
		differ(l);
}

/* Both calls have ended. */
static enum outcome compare_ends(struct lockstep *l)
{
	struct lockstep_side *a = &l->side[0], *b = &l->side[1];

	if (exhausted(&a->end) || exhausted(&b->end))
		return end_exhausted(l);
	if (cut_off(l, &b->end)) {
		inconclusive(l, true, why_cut_off(l, &b->end));
		return OUT_KILLED;
	}
	if (l->a_moved)
		to_end(l);
	const uint64_t end = a->end.clock;
	bool same = lockstep_same(l) && b->recorder.place.at == tape_end(&b->recorder.tape);
	l->points++;
	enum outcome how = b->end.how;
	if (same && can_search(l) && how != OUT_FUEL && !lockstep_same_at_full_speed(l)) {
		find_unclocked(l, end);
		return OUT_KILLED;
	}
	if (same)
		return how;
	if (can_search(l))
		search(l, (a->end.clock < b->end.clock ? a->end.clock : b->end.clock) + 1);
	else
		differ(l);
	return OUT_KILLED;
}

/* Its hash is another one: whether that means anything. B stands at a point. */
static bool really_differs(struct lockstep *l)
{
	const struct lockstep_way w = { .tier = l->side[0].tier, .to = ctx_clock(l->side[1].ctx) };

	lockstep_set_end(&l->side[1], OUT_STOP);
	l->same = false;
	lockstep_run(l, 0, &w, b_arrived);
	l->searching = false;
	l->a_moved = true;
	if (l->same)
		lockstep_set_base(&l->side[0]);
	return !l->same;
}

/* Now and then the search for a difference to come may begin here. */
static void keep_base(struct lockstep_side *s, int64_t *since, int64_t *cost)
{
	int64_t t0 = clock_now_ns();

	if (t0 - *since < *cost * BASE_SHARE)
		return;
	lockstep_set_base(s);
	*since = clock_now_ns();
	*cost = *since - t0;
}

/* To the points at which A was looked at, and to the end. OUT_STOP: they differ at the step where B is to be now. */
static enum outcome follow_on(struct lockstep *l, struct lockstep_side *s)
{
	const struct lockstep_end *a = &l->side[0].end;
	int64_t since = clock_now_ns(), cost = 1000000;

	for (size_t i = 0;;) {
		uint64_t to = i < l->marks.count ? l->marks.data[i].clock : exhausted(a) ? a->clock : a->clock + 1;
		if (l->clocked)
			lockstep_aim(s, within(l, to));
		enum outcome how = lockstep_go(l, s);
		if (how != OUT_STOP || s->nested)
			return s->nested && !l->interrupted ? OUT_STOP : how;
		if (!l->clocked || s->ctx->stop != STOP_HOOK)
			continue;
		if (i == l->marks.count)
			return OUT_STOP;
		if (state_hash(s->ctx) != l->marks.data[i].hash && really_differs(l))
			return OUT_STOP;
		l->points++;
		i++;
		keep_base(s, &since, &cost);
	}
}

static enum outcome follow(struct lockstep *l, struct func *f, const slot *args, slot *results)
{
	struct lockstep_side *s = &l->side[1];
	const struct lockstep_end *a = &l->side[0].end;

	if (f->number != l->func->number) {
		differ(l);
		return OUT_KILLED;
	}
	recorder_clear(&s->recorder);
	if (!recorder_copy(&s->recorder, &l->side[0].recorder)) {
		inconclusive(l, true, "there is no memory for what is compared");
		return OUT_KILLED;
	}
	recorder_replay(&s->recorder, (struct tape_place){ 0 });
	s->nested = false;
	enum outcome how = lockstep_begin(l, s, f, args, results);
	uint64_t to = 0;
	if (how == OUT_STOP) {
		how = follow_on(l, s);
		to = s->target;
	}
	s->recorder.mode = RECORDER_OFF;
	lockstep_set_end(s, how);
	take_results(s, f, results);
	l->theirs = results;
	if (how != OUT_STOP)
		return compare_ends(l);
	if (exhausted(a))
		return end_exhausted(l);
	search(l, to);
	return OUT_KILLED;
}

/* ---- calls ----------------------------------------------------------------------------------- */

enum outcome lockstep_call(struct lockstep *l, int which, struct func *f, const slot *args, slot *results)
{
	enum outcome how;

	if (l->verdict != LOCKSTEP_AGREES || (which == 1 && !l->a_called))
		return OUT_KILLED;
	if (which == 0) {
		how = record(l, f, args, results);
		if (l->side[0].recorder.foreign)
			inconclusive(l, true, "the program starts threads");
		else if (cut_off(l, &l->side[0].end))
			inconclusive(l, true, why_cut_off(l, &l->side[0].end));
		return how;
	}
	l->a_called = l->a_moved = false;
	l->calls++;
	how = follow(l, f, args, results);
	l->theirs = NULL;
	return how;
}

bool lockstep_compare(struct lockstep *l)
{
	if (l->verdict != LOCKSTEP_AGREES)
		return false;
	lockstep_end_call(&l->side[0]);
	lockstep_end_call(&l->side[1]);
	lockstep_set_end(&l->side[0], OUT_STOP);
	lockstep_set_end(&l->side[1], OUT_STOP);
	l->side[1].end.clock = l->side[0].end.clock;
	l->points++;
	if (lockstep_same(l))
		return true;
	differ(l);
	return false;
}
