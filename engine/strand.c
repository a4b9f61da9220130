/* Suspended runs; see strand.h. */
#include "engine/strand.h"

#include <stdlib.h>

#include "engine/base/fiber.h"
#include "engine/tier.h"

enum { STRAND_BYTES = 8 << 20 };        /* as much as a process has: only what is used counts */

struct strand {
	struct fiber fiber;
	struct strand *below;           /* suspended before; in the list of spare ones: the next */
	struct ctx *c;
	strand_body *run;
	enum run_mode mode;             /* how it is to go on */
	enum outcome how;               /* what it ended with */
	uint32_t depth;                 /* of segments, while it is suspended */
	bool suspended, gives_up;
};

static void run_strand(void *user)
{
	struct strand *t = user;

	t->how = t->run(t->c, t->mode);
}

static struct strand *strand_new(struct ctx *c)
{
	struct strand *t = c->spare_strands;

	if (t) {
		c->spare_strands = t->below;
		return t;
	}
	t = calloc(1, sizeof *t);
	if (t && !fiber_init(&t->fiber, STRAND_BYTES, run_strand, t)) {
		free(t);
		t = NULL;
	}
	return t;
}

static enum outcome go(struct strand *t, enum run_mode mode)
{
	struct ctx *c = t->c;

	t->mode = mode;
	t->suspended = false;
	if (c->hooks && c->hooks->goes_on)
		c->hooks->goes_on(c->hooks->user, c);
	char *floor = tier_native_floor(t->fiber.low), *limit = c->native_limit;
	bool over = fiber_go(&t->fiber);
	tier_native_floor(floor);
	c->native_limit = limit;
	if (!over)
		return c->stop == STOP_TRAP ? OUT_TRAP : OUT_STOP;
	c->strand = t->below;
	t->below = c->spare_strands;
	c->spare_strands = t;
	return t->how;
}

enum outcome strand_resume(struct ctx *c, enum run_mode mode, strand_body *run)
{
	struct strand *t = c->strand;

	if (t && t->depth == c->depth)
		return go(t, mode);
	t = strand_new(c);
	if (!t)
		return run(c, mode);
	t->c = c;
	t->run = run;
	t->gives_up = false;
	t->below = c->strand;
	c->strand = t;
	return go(t, mode);
}

bool strand_runs(const struct ctx *c)
{
	return c->strand && !c->strand->suspended;
}

bool ctx_suspend(struct ctx *c)
{
	struct strand *t = c->strand;
	char *limit = c->native_limit;

	t->suspended = true;
	t->depth = c->depth;
	c->suspensions++;
	fiber_leave(&t->fiber);
	c->native_limit = limit;
	c->go_mode = t->mode;
	return !t->gives_up;
}

bool ctx_can_suspend(const struct ctx *c)
{
	return strand_runs(c) && !c->gives_up;
}

void strand_give_up(struct ctx *c)
{
	struct strand *t = c->strand;

	if (!t || !t->suspended || t->depth != c->depth)
		return;
	t->gives_up = c->gives_up = true;
	atomic_fetch_or(&c->leave, (uint32_t)LEAVE_KILL);
	go(t, RUN_FAST);
	atomic_fetch_and(&c->leave, ~(uint32_t)LEAVE_KILL);
	c->gives_up = false;
}

void strands_free(struct ctx *c)
{
	struct strand *t;

	while ((t = c->spare_strands) != NULL) {
		c->spare_strands = t->below;
		fiber_free(&t->fiber);
		free(t);
	}
}
