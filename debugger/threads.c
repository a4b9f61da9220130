/* Running on with several threads; see threads.h and engine/hold.h. */
#include "debugger/threads.h"

#include "debugger/breakpoint.h"
#include "debugger/watchpoint.h"
#include "engine/hold.h"
#include "engine/turns.h"

/* ---- who stands ------------------------------------------------------------------------------ */

/* Of those that stand and were not answered for, the one that came first; NULL: none. */
static struct ctx *next_arrival(const struct dbg *d)
{
	const struct store *s = d->root->store;
	struct ctx *first = NULL;

	for (size_t i = 0; i < s->contexts.count; i++) {
		struct ctx *c = s->contexts.data[i];
		if (ctx_stands(c) && !c->answered && (!first || c->arrival < first->arrival))
			first = c;
	}
	return first;
}

/* Whether what C stands for is a stop: conditions are asked here, with C selected. */
static bool is_stop(struct dbg *d, struct ctx *c)
{
	struct frame f;

	if (c->stands_with != OUT_STOP || d->quiet)
		return true;
	if (c->stop == STOP_INTERRUPT && watches_saw(d, c))
		return watches_stop(d, c);
	if (c->stop != STOP_BREAKPOINT && c->stop != STOP_ENTRY && c->stop != STOP_HOOK)
		return true;
	bool reached = frame_at(c, 0, &f) && f.inst && patch_at(d, f.inst->module, f.func->index, f.offset) &&
		dbg_reached(d, c, f.func, f.offset);
	if (c->stop == STOP_HOOK && watches_saw(d, c))
		return watches_stop(d, c) || reached;
	return reached || c->stop == STOP_HOOK;
}

/* The first thread was to be heard for something of its own. */
static bool root_stops(struct dbg *d)
{
	if (!watches_heard(d))
		return false;
	dbg_select(d, d->root);
	return true;
}

static bool answer(struct dbg *d, enum outcome *how)
{
	struct ctx *selected = d->ctx, *c;

	if (root_stops(d)) {
		*how = OUT_STOP;
		return true;
	}
	while ((c = next_arrival(d)) != NULL) {
		c->answered = true;
		d->nhits = 0;
		d->goal_reached = false;
		*how = c->stands_with;
		/* goals are the selected thread's: it is asked before another one is selected */
		bool stop = c == selected && is_stop(d, c);
		if (c != selected) {
			dbg_select(d, c);
			stop = is_stop(d, c);
		}
		if (stop)
			return true;
		dbg_select(d, selected);
	}
	return false;
}

/* Steps and interrupts that were overtaken by another stop are no news any more. */
static void forget_steps(struct dbg *d)
{
	const struct store *s = d->root->store;

	for (size_t i = 0; i < s->contexts.count; i++) {
		struct ctx *c = s->contexts.data[i];
		if (ctx_stands(c) && c->stands_with == OUT_STOP && (c->stop == STOP_STEP || c->stop == STOP_INTERRUPT))
			c->answered = true;
	}
}

/* The selected thread has ended: the first one is looked at again. Its context is kept for as long as it is followed. */
static bool selected_ended(struct dbg *d)
{
	struct ctx *c = d->ctx;

	if (c == d->root || !atomic_load(&c->gone))
		return false;
	d->ended = c->number;
	c->followed = false;
	dbg_select(d, d->root);
	return true;
}

/* ---- going on -------------------------------------------------------------------------------- */

/* Those that were answered for; they move when the first one lets them. */
static void release(struct dbg *d, enum run_mode mode)
{
	const struct store *s = d->root->store;

	for (size_t i = 0; i < s->contexts.count; i++) {
		struct ctx *c = s->contexts.data[i];
		if (ctx_stands(c) && c->answered)
			ctx_release(c, c == d->ctx ? mode : RUN_FAST);
	}
}

void threads_pass(struct dbg *d)
{
	for (struct ctx *c; (c = next_arrival(d)) != NULL;)
		c->answered = true;
	release(d, RUN_FAST);
}

/* A thread that is to step must be at an instruction, not somewhere in a call of the host. */
static enum outcome ready(struct dbg *d, enum run_mode mode)
{
	struct ctx *c = d->ctx;

	if (c == d->root || atomic_load(&c->gone))
		return OUT_STOP;
	c->followed = true;
	return mode == RUN_FAST ? OUT_STOP : ctx_make_stand(d->root, c);
}

static enum outcome run_all(struct dbg *d, enum run_mode mode)
{
	struct ctx *root = d->root;
	enum outcome how = ready(d, mode);

	if (how != OUT_STOP)
		return how;
	/* a step is one of the selected thread */
	if (root->store->turns && mode != RUN_FAST)
		turns_choose(root->store->turns, d->ctx);
	forget_steps(d);
	while (!selected_ended(d)) {
		atomic_fetch_and(&root->leave, ~(uint32_t)LEAVE_HAND);
		if (answer(d, &how))
			return how;
		release(d, mode);
		how = ctx_resume(root, d->ctx == root ? mode : RUN_FAST);
		if (how != OUT_STOP || root->stop != STOP_OTHER) {
			dbg_select(d, root);
			if (how == OUT_TRAP)
				ctx_hold_others(root);
			return how;
		}
	}
	return OUT_STOP;
}

/* Scheduler locking: the others stand still, whatever the selected one does. */
static enum outcome run_root_alone(struct dbg *d, enum run_mode mode)
{
	struct ctx *root = d->root;
	enum outcome how;

	struct turns *t = root->store->turns;
	if (t) {
		t->only = root;
		turns_choose(t, root);
	}
	root->keeps_hold = true;
	do {
		atomic_fetch_and(&root->leave, ~(uint32_t)LEAVE_HAND);
		how = ctx_resume(root, mode);
	} while (how == OUT_STOP && root->stop == STOP_OTHER && !root_stops(d));
	root->keeps_hold = false;
	if (t)
		t->only = NULL;
	return how;
}

static enum outcome run_thread_alone(struct dbg *d, enum run_mode mode)
{
	struct ctx *c = d->ctx;
	enum outcome how = ready(d, mode == RUN_FAST ? RUN_PLAIN : mode);

	while (how == OUT_STOP && !selected_ended(d)) {
		ctx_release(c, mode);
		how = ctx_run_alone(d->root, c);
		if (how == OUT_STOP && ctx_stands(c)) {
			c->answered = true;
			if (is_stop(d, c))
				return c->stands_with;
		}
	}
	if (how != OUT_STOP)
		dbg_select(d, d->root);
	return how;
}

enum outcome threads_resume(struct dbg *d, enum run_mode mode)
{
	bool alone = d->locking == LOCKING_ON || (d->locking == LOCKING_STEP && d->single);

	d->ended = 0;
	d->was = d->ctx;
	if (!alone && !d->stepping && !d->seeks)
		dbg_select(d, d->root);         /* the selected one may end meanwhile */
	if (!alone)
		return run_all(d, mode);
	return d->ctx == d->root ? run_root_alone(d, mode) : run_thread_alone(d, mode);
}
