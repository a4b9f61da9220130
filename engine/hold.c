/* Threads under a debugger; see hold.h. A word in `leave` wakes either side, so nobody needs a lock of its own. */
#include "engine/hold.h"

#include "engine/turns.h"
#include "engine/world.h"

/* ---- in the holder's thread ------------------------------------------------------------------ */

void ctx_hold_others(struct ctx *c)
{
	if (c->holds_world)
		return;
	world_stop(c);
	c->holds_world = true;
}

void ctx_let_others_go(struct ctx *c)
{
	if (!c->holds_world)
		return;
	c->holds_world = false;
	world_start(c);
}

static void pass_hold(struct ctx *from, struct ctx *to)
{
	if (!from->holds_world)
		return;
	/* first: TO may go on at once, and keeps it as it does */
	from->holds_world = from->keeps_hold = false;
	to->holds_world = to->keeps_hold = true;
	world_pass(from, to);
}

bool ctx_stands(const struct ctx *c)
{
	return atomic_load(&c->arrival) != 0;
}

void ctx_release(struct ctx *c, enum run_mode mode)
{
	c->go_mode = mode;
	atomic_store(&c->arrival, 0);
	ctx_interrupt(c, LEAVE_GO);
}

enum outcome ctx_run_alone(struct ctx *holder, struct ctx *c)
{
	enum outcome how = OUT_STOP;
	uint32_t why;

	if (holder->store->turns) {
		ctx_let_others_go(holder);
		how = turns_alone(holder->store->turns, c);
		ctx_hold_others(holder);
		return how;
	}
	/* the holder counts as standing still: its registers are saved */
	world_run_begin(holder);
	world_safe_begin(holder);
	pass_hold(holder, c);
	do {
		ctx_sleep(holder, -1, 0, -1);
		why = atomic_exchange(&holder->leave, 0);
		if (why & (LEAVE_INTERRUPT | LEAVE_TIMEOUT))
			ctx_interrupt(c, LEAVE_INTERRUPT);
		if (why & LEAVE_TIMEOUT)
			how = OUT_TIMEOUT;
		if (why & LEAVE_KILL)
			how = OUT_KILLED;
	} while (!ctx_stands(c) && !atomic_load(&c->gone) && !(why & LEAVE_KILL));
	pass_hold(c, holder);
	holder->keeps_hold = false;
	world_safe_end(holder);
	world_run_end(holder);
	return how;
}

enum outcome ctx_make_stand(struct ctx *holder, struct ctx *c)
{
	if (ctx_stands(c))
		return OUT_STOP;
	if (c->store->turns) {          /* it is at an instruction, because it is not its turn */
		c->stands_with = OUT_STOP;
		c->stop = STOP_STEP;
		c->answered = true;
		atomic_store(&c->arrival, atomic_fetch_add(&c->store->arrivals, 1) + 1);
		return OUT_STOP;
	}
	ctx_interrupt(c, LEAVE_INTERRUPT);
	return ctx_run_alone(holder, c);
}

/* ---- in the thread's own --------------------------------------------------------------------- */

enum outcome ctx_stand(struct ctx *c, enum outcome how)
{
	if (!c->hooks || !c->hooks->handed)
		return how == OUT_STOP ? OUT_KILLED : how;
	c->stands_with = how;
	c->answered = false;
	atomic_store(&c->arrival, atomic_fetch_add(&c->store->arrivals, 1) + 1);
	c->hooks->handed(c->hooks->user);
	for (;;) {
		ctx_wait(c, -1, 0, -1);
		uint32_t why = atomic_fetch_and(&c->leave, (uint32_t)LEAVE_MODE);
		if (why & LEAVE_KILL) {
			atomic_store(&c->arrival, 0);
			return how == OUT_STOP ? OUT_KILLED : how;
		}
		if (why & LEAVE_GO)
			return how == OUT_STOP ? ctx_resume(c, c->go_mode) : how;
	}
}

enum outcome ctx_run_thread(struct ctx *c, struct func *f, const slot *args)
{
	enum outcome how = ctx_begin(c, f, args);

	if (how == OUT_STOP)
		how = ctx_at_break(c) ? ctx_stand(c, how) : ctx_resume(c, RUN_FAST);
	while (how == OUT_STOP)
		how = ctx_stand(c, how);
	return how == OUT_TRAP ? ctx_stand(c, how) : how;
}

void ctx_gone(struct ctx *c)
{
	bool followed = c->followed;

	atomic_store(&c->gone, true);
	if (followed)
		c->hooks->handed(c->hooks->user);
}
