/*
 * Host functions written in Lua that other threads than the selected one call.
 *
 * There is one Lua state, and it and the session belong to the first thread. The other one stops the world: then the first
 * one stands still at a safe point, where it is neither in Lua nor in the session, and the function runs in the thread that
 * called it. The first thread is such a visitor, too, while another one is selected. While it calls the guest back the world
 * goes on, and the bridge is put back to what it was, as at a stop under a host function (bridge_aside()). Threads that take
 * turns run one at a time anyway.
 */
#include "engine/hold.h"
#include "engine/turns.h"
#include "engine/world.h"
#include "repl/command/debug.h"
#include "scripts/bridge.h"

enum { LOOK_NS = 5000000 };     /* how often to look whether the first thread's run goes on */

static void change_sides(struct session *s, struct visit_session *other)
{
	struct visit_session was = { s->ctx, s->main_ctx, s->frame, s->frame_call, s->guest_runs, s->sandboxed };

	s->ctx = other->ctx;
	s->main_ctx = other->main_ctx;
	s->frame = other->frame;
	s->frame_call = other->frame_call;
	s->guest_runs = other->guest_runs;
	s->sandboxed = other->sandboxed;
	*other = was;
}

static void come_in(struct bridge *b, struct visit *v)
{
	change_sides(b->s, &v->session);
	v->outer = b->visit;
	v->outside = b->outside;
	b->outside = bridge_side_now(b);
	b->visit = v;
}

static void go_out(struct bridge *b, struct visit *v)
{
	b->visit = v->outer;
	b->outside = v->outside;
	change_sides(b->s, &v->session);
}

bool bridge_visit(struct bridge *b, struct ctx *c, struct visit *v, enum outcome *how)
{
	struct dbg *d = b->s->dbg;

	if (!d) {
		*how = ctx_trap(c, TRAP_HOST, "a host function in Lua belongs to the first thread where there is no debugger");
		return false;
	}
	v->c = c;
	v->stops = c->own_thread && !c->store->turns;
	while (v->stops && !world_stop_for(c, d->root))
		if (ctx_wait(c, -1, 0, LOOK_NS) < 0) {
			*how = ctx_interrupted(c);
			return false;
		}
	v->session = (struct visit_session){ c, c == d->root ? NULL : d->root, 0, 0, b->s->guest_runs, b->s->sandboxed };
	come_in(b, v);
	return true;
}

void bridge_visit_over(struct bridge *b, struct visit *v)
{
	go_out(b, v);
	if (v->stops)
		world_start(v->c);
}

/* ---- calling back ------------------------------------------------------------------------------ */

struct visit_call {
	struct bridge *b;
	struct func *f;
	const slot *in;
	slot *out;
	enum outcome how;
};

/* Once C is told to end and the first thread's run is over, that waits for C, and does nothing else. */
static void stop_again(struct bridge *b, struct visit *v, enum outcome how)
{
	while (v->stops && !world_stop_for(v->c, b->s->dbg->root)) {
		if (how == OUT_KILLED || atomic_load(&v->c->leave) & LEAVE_KILL)
			v->stops = false;
		else
			world_pause(v->c, LOOK_NS);
	}
}

static bool call_outside(void *user)
{
	struct visit_call *j = user;
	struct bridge *b = j->b;
	struct visit *v = b->visit;
	bool stops = v->stops;

	go_out(b, v);
	if (stops)
		world_start(v->c);
	j->how = ctx_call(v->c, j->f, j->in, j->out);
	stop_again(b, v, j->how);
	come_in(b, v);
	if (stops && !v->stops)
		j->how = OUT_KILLED;
	return true;
}

enum outcome bridge_visit_call(struct bridge *b, struct func *f, const slot *in, slot *out)
{
	struct visit_call j = { b, f, in, out, OUT_DONE };

	bridge_aside(b, call_outside, &j);
	return j.how;
}
