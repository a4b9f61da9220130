/* One side of a lockstep: a call begun, run to a step, put back, run again another way; see lockstep_side.h. */
#include "debugger/lockstep_side.h"

#include "engine/base/clock.h"
#include "engine/moment.h"
#include "engine/regir/code.h"

/* ---- what the engine asks -------------------------------------------------------------------- */

/* Let it run up to step N, where out_of_fuel() is asked. */
void lockstep_aim(struct lockstep_side *s, uint64_t n)
{
	struct ctx *c = s->ctx;
	uint64_t now = ctx_clock(c), left = n > now ? n - now : 0;
	int64_t fuel = left > INT64_MAX / 2 ? INT64_MAX / 2 : (int64_t)left;

	s->target = n;
	c->fuel_start += fuel - c->fuel;
	c->fuel = fuel;
}

static enum outcome out_of_fuel(void *user, struct ctx *c)
{
	struct lockstep_side *s = user;
	struct lockstep *l = s->lock;

	if (l->fuel && ctx_clock(c) >= l->fuel)
		return OUT_FUEL;
	/* points are in the call's own frames */
	if (s == &l->side[0] && !l->searching && c->depth != s->depth)
		s->target = ctx_clock(c) + LOCKSTEP_LEAST_INTERVAL;
	if (ctx_clock(c) >= s->target)
		return OUT_STOP;
	lockstep_aim(s, s->target);
	return OUT_DONE;
}

static bool at_break(void *user, struct ctx *c, struct func *f, uint32_t offset)
{
	const struct lockstep_side *s = user;

	(void)f;
	(void)offset;
	return ctx_clock(c) >= s->break_from;
}

/* It stopped above a host function: what is to be seen is looked at now, for it cannot stand there. */
static bool nested_stop(void *user, struct ctx *c)
{
	struct lockstep_side *s = user;

	s->lock->interrupted |= c->stop == STOP_INTERRUPT;
	s->nested = s->lock->interrupted || !s->goes_on || !s->goes_on(s);
	return !s->nested;
}

/* ---- a store as a side ------------------------------------------------------------------------- */

void lockstep_join(struct lockstep *l, int which, struct ctx *c)
{
	struct lockstep_side *s = &l->side[which];

	s->ctx = c;
	s->lock = l;
	s->as = s->tier;
	s->hooks = (struct dbg_hooks){ .user = s, .at_break = at_break, .nested_stop = nested_stop, .out_of_fuel = out_of_fuel };
	c->hooks = &s->hooks;
	recorder_attach(&s->recorder, c);
	if (c->store->tiers)
		tiers_set(c->store, s->tier->tier);
	if (l->clocked)
		ctx_start_clock(c);
}

/* The call before this one, whose frames may still be there. */
void lockstep_end_call(struct lockstep_side *s)
{
	while (s->ctx && s->depth && s->ctx->depth >= s->depth)
		ctx_abandon(s->ctx);
	s->depth = 0;
}

static void forget_moments(struct lockstep_side *s)
{
	if (s->base != s->begin)
		moment_free(s->base);
	moment_free(s->begin);
	s->base = s->begin = NULL;
}

void lockstep_leave(struct lockstep *l, int which)
{
	struct lockstep_side *s = &l->side[which];

	if (!s->ctx)
		return;
	lockstep_end_call(s);
	forget_moments(s);
	moments_done(s->ctx->store);
	recorder_free(&s->recorder);
	s->ctx->hooks = NULL;
	s->ctx = NULL;
}

/* ---- a call ------------------------------------------------------------------------------------ */

void lockstep_set_end(struct lockstep_side *s, enum outcome how)
{
	struct ctx *c = s->ctx;

	s->end = (struct lockstep_end){ .how = how, .clock = s->lock->clocked ? ctx_clock(c) : 0,
		.trap = how == OUT_TRAP ? c->trap.kind : TRAP_NONE, .status = how == OUT_EXIT ? c->exit_status : 0 };
}

/* Where the call can be begun again. False: there is no memory. */
static bool set_begin(struct lockstep_side *s)
{
	struct moment *m = moment_take(s->ctx, s->begin, &s->account);

	if (s->base != s->begin)
		moment_free(s->base);
	moment_free(s->begin);
	s->base = s->begin = m;
	s->base_clock = ctx_clock(s->ctx);
	s->base_place = s->recorder.place;
	return m != NULL;
}

bool lockstep_set_base(struct lockstep_side *s)
{
	struct moment *m = moment_take(s->ctx, s->base, &s->account);

	if (!m)
		return false;
	if (s->base != s->begin)
		moment_free(s->base);
	s->base = m;
	s->base_clock = ctx_clock(s->ctx);
	s->base_place = s->recorder.place;
	return true;
}

void lockstep_to_begin(struct lockstep_side *s)
{
	if (s->base != s->begin)
		moment_free(s->base);
	s->base = s->begin;
	s->base_clock = moment_clock(s->begin);
	s->base_place = (struct tape_place){ 0 };
}

enum outcome lockstep_begin(struct lockstep *l, struct lockstep_side *s, struct func *f, const slot *args, slot *results)
{
	lockstep_end_call(s);
	if (l->clocked)
		ctx_start_clock(s->ctx);
	s->goes_on = NULL;
	s->depth = s->ctx->depth + 1;
	lockstep_aim(s, l->fuel ? l->fuel : UINT64_MAX);
	if (!f->inst)
		return ctx_call(s->ctx, f, args, results);
	enum outcome how = ctx_begin(s->ctx, f, args);
	s->fresh = how == OUT_STOP;
	if (how != OUT_STOP)
		forget_moments(s);
	else if (l->clocked && !set_begin(s)) {
		lockstep_give_up(l, "there is no memory for what is compared");
		return OUT_KILLED;
	}
	return how;
}

/* Run to the side's target. OUT_STOP: it stands there. */
enum outcome lockstep_go(struct lockstep *l, struct lockstep_side *s)
{
	bool call = s->fresh && s->as->mode == RUN_FAST;
	enum outcome how = call ? ctx_resume_call(s->ctx) : ctx_resume(s->ctx, s->as->mode);

	s->fresh = false;

	if (how == OUT_STOP && s->ctx->stop == STOP_INTERRUPT)
		l->interrupted = true;
	return l->interrupted ? OUT_INTERRUPT : how;
}

/* ---- again ------------------------------------------------------------------------------------- */

/* The way's break cell; compiled code is made anew, so that it comes by there. */
static void put_break(struct lockstep_side *s, struct err *e)
{
	if (s->as->compiled)
		tier_leave_at(s->ctx, s->way->body, s->way->at);
	s->patched = code_patch(s->way->body, s->way->at, e);
	s->break_from = s->way->from;
}

static void take_break(struct lockstep_side *s)
{
	code_unpatch(s->way->body, s->way->at);
	if (s->as->compiled)
		tier_leave_at(s->ctx, s->way->body, 0);
	s->patched = false;
}

/* A side that is put back stands where it was to be looked at. False: it was; it need not go on. */
static bool way_goes_on(struct lockstep_side *s)
{
	const struct lockstep_way *w = s->way;
	struct err e = { 0 };

	if (w->body && !s->patched) {
		put_break(s, &e);
		lockstep_aim(s, w->to);
		return s->patched;
	}
	lockstep_set_end(s, OUT_STOP);
	s->seen = true;
	s->arrived(s->lock);
	return false;
}

void lockstep_run(struct lockstep *l, int which, const struct lockstep_way *w, void (*arrived)(struct lockstep *l))
{
	struct lockstep_side *s = &l->side[which];
	const struct lockstep_tier *before = s->as;
	struct err e = { 0 };
	enum outcome how;

	l->searching = true;
	if (!moment_restore(s->base, s->ctx))
		return;
	s->fresh = s->base == s->begin;
	recorder_replay(&s->recorder, s->base_place);
	s->recorder.shown = UINT64_MAX;
	s->way = w;
	s->as = w->tier;
	s->arrived = arrived;
	s->goes_on = way_goes_on;
	s->nested = s->patched = s->seen = false;
	s->break_from = 0;
	lockstep_aim(s, w->pause ? w->from : w->to);
	if (w->body && !w->pause)
		put_break(s, &e);
	do
		how = lockstep_go(l, s);
	while (how == OUT_STOP && way_goes_on(s));
	if (s->patched)
		take_break(s);
	s->as = before;
	s->goes_on = NULL;
	s->recorder.mode = RECORDER_OFF;
	if (s->seen)
		return;
	lockstep_set_end(s, how);
	arrived(l);
}

void lockstep_run_unclocked(struct lockstep *l, int which, int64_t ns)
{
	struct lockstep_side *s = &l->side[which];
	int64_t deadline = s->ctx->deadline;
	enum outcome how = OUT_KILLED;

	lockstep_to_begin(s);
	if (moment_restore(s->begin, s->ctx)) {
		recorder_replay(&s->recorder, s->base_place);
		s->recorder.shown = UINT64_MAX;
		ctx_stop_clock(s->ctx);
		s->fresh = true;
		ctx_set_deadline(s->ctx, clock_now_ns() + ns);
		do
			how = lockstep_go(l, s);
		while (how == OUT_STOP);
		ctx_set_deadline(s->ctx, deadline);
		s->recorder.mode = RECORDER_OFF;
	}
	lockstep_set_end(s, how);
	s->end.clock = 0;
}
