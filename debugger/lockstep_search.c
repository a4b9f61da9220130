/*
 * From "they differ at step N" to the instruction; see lockstep.h.
 *
 * 1. Halving. Both sides are put back to their bases and run to a step in the middle, which is compared. So there is a step n
 *    at which they differ, running from their bases, while they agree at n - 1.
 *
 * 2. Who is it? The other side is run again one instruction at a time (the plain body): a side that differs from its
 *    twin then is the suspect.
 *
 * 3. Which piece? A suspect whose code does straight runs of instructions as a whole does those that are not finished at
 *    the step asked for in the plain body. So they agree in the middle of a run, and differ at its end:
 *
 *        run   s ─────┬──────┬─────────┬─────── n        ─ cells, each of one or more instructions
 *                     b1     b2        b3
 *
 *    The suspect is left before the cell at b1, at b2 …, through a break cell, and compared with its twin at the same step:
 *    behind the first cell where they differ, that cell did it.
 *
 * 4. Both are put behind it once more and stay there while differs() looks at them.
 */
#include <string.h>

#include "debugger/lockstep_side.h"
#include "engine/base/err.h"
#include "engine/module.h"
#include "engine/moment.h"
#include "engine/regir/code.h"
#include "engine/stack.h"

enum {
	LONGEST_RUN = 400,              /* instructions that are looked at */
	BEYOND = 2000,                  /* the break cell has to come before so many more */
	REBASE = 1000000,               /* steps that are worth another base */
};

/* A step of the suspect's twin: where it is, and which cell of the suspect's body begins there. */
struct site_at {
	uint64_t step;
	struct func *func;              /* of side A's store */
	uint32_t offset, depth;
	struct body *body;              /* the suspect's, when a cell begins here */
	const struct map_row *row;      /* of the cell that is no charge */
	bool run;                       /* a run begins with it */
};

struct hunt {
	struct lockstep *l;
	uint64_t n;                     /* they differ there */
	int suspect, twin;
	bool pause;                     /* the suspect may stop where the run begins without hiding what is wrong */
	VEC(struct site_at) sites;      /* of the run, last first */
	struct site_at here;            /* found by look() */
};

/* ---- running both ---------------------------------------------------------------------------- */

static const struct lockstep_tier *exact_tier(void)
{
	return lockstep_tier_named(STR("unfused"));
}

static void both_there(struct lockstep *l)
{
	l->same = lockstep_same(l);
}

static void second(struct lockstep *l)
{
	lockstep_run(l, l->second, l->second_way, both_there);
}

/* Whether they agree when both are there. The first one may stand above host functions while the second runs. */
static bool same_by(struct hunt *h, int first, const struct lockstep_way *w, const struct lockstep_way *other)
{
	struct lockstep *l = h->l;

	l->same = false;
	l->second = !first;
	l->second_way = other;
	lockstep_run(l, first, w, second);
	return l->same;
}

static struct lockstep_way exactly(uint64_t n)
{
	return (struct lockstep_way){ .tier = exact_tier(), .to = n };
}

static struct lockstep_way as_usual(struct hunt *h, uint64_t n)
{
	return (struct lockstep_way){ .tier = h->l->side[h->suspect].tier, .to = n };
}

/* Whether side WHICH, run as usual to step N, is as the other one that goes one instruction at a time. */
static bool does_right(struct hunt *h, int which, uint64_t n)
{
	h->suspect = which;
	h->twin = !which;
	const struct lockstep_way w = as_usual(h, n), exact = exactly(n);

	return same_by(h, which, &w, &exact);
}

/* ---- bases ----------------------------------------------------------------------------------- */

static void nothing(struct lockstep *l)
{
	(void)l;
}

bool lockstep_align(struct lockstep *l)
{
	struct lockstep_side *a = &l->side[0], *b = &l->side[1];
	const struct lockstep_way w = { .tier = a->tier, .to = b->base_clock };

	if (a->base_clock > b->base_clock)
		lockstep_to_begin(a);
	if (a->base_clock == b->base_clock)
		return true;
	lockstep_run(l, 0, &w, nothing);
	return a->end.how == OUT_STOP && !a->nested && lockstep_set_base(a);
}

static void both_to_begin(struct lockstep *l)
{
	lockstep_to_begin(&l->side[0]);
	lockstep_to_begin(&l->side[1]);
}

/* They agree at their bases and differ at HIGH. */
static bool bases_hold(struct lockstep *l, uint64_t high)
{
	return lockstep_align(l) && l->side[0].base_clock < high && lockstep_same_at(l, l->side[0].base_clock) && !lockstep_same_at(l, high);
}

/* ---- 1. halving ------------------------------------------------------------------------------ */

/* Both stand where they agree: the rest may begin there, unless what is wrong then does not show. */
static void move_bases(struct lockstep *l, uint64_t high)
{
	struct lockstep_side *a = &l->side[0], *b = &l->side[1];

	if (a->nested || b->nested || !lockstep_set_base(a) || !lockstep_set_base(b) || lockstep_same_at(l, high))
		both_to_begin(l);
}

static uint64_t halve(struct lockstep *l, uint64_t high)
{
	uint64_t low = l->side[0].base_clock;
	bool may_move = true;

	while (high - low > 1 && !l->interrupted) {
		uint64_t mid = low + (high - low) / 2;
		if (!lockstep_same_at(l, mid)) {
			high = mid;
			continue;
		}
		low = mid;
		if (may_move && mid - l->side[0].base_clock > REBASE) {
			move_bases(l, high);
			may_move = l->side[0].base_clock == mid;
		}
	}
	return high;
}

/* ---- 3. the piece ---------------------------------------------------------------------------- */

/* Cells that stand for no instruction. */
static bool counts(enum regir op)
{
	return op == R_CHARGE || op == R_HOT;
}

static void look(struct lockstep *l)
{
	struct hunt *h = l->hunt;
	const struct ctx *c = l->side[h->twin].ctx;
	const struct lockstep_side *suspect = &l->side[h->suspect];
	struct err e = { 0 };
	struct frame f;

	if (l->side[h->twin].end.how != OUT_STOP || !frame_at(c, 0, &f) || f.host || !f.inst)
		return;
	h->here.func = l->side[0].ctx->store->funcs.data[f.func->number - 1];
	h->here.offset = f.offset;
	h->here.depth = frame_count(c);
	if (suspect->tier->exact)
		return;
	const struct func *g = suspect->ctx->store->funcs.data[f.func->number - 1];
	struct body *b = code_body(g->inst->module, g->index, BODY_CHARGED, (enum memory_mode)g->inst->code_mode,
		!suspect->ctx->store->no_fuse, &e);
	const struct body_map *m = b ? body_map(b, &e) : NULL;
	const struct map_row *row = m ? body_map_offset(m, f.offset) : NULL;
	if (!row || row->start != f.offset)
		return;
	h->here.body = b;
	h->here.row = row;
	for (; row < m->rows + m->nrows && row->start == f.offset && counts(code_op(b, row->at)); row++) {
		h->here.run |= code_op(b, row->at) == R_CHARGE;
		h->here.row = row + 1 < m->rows + m->nrows && row[1].start == f.offset ? row + 1 : row;
	}
}

static bool site_of(struct hunt *h, uint64_t step)
{
	const struct lockstep_way w = exactly(step);

	h->here = (struct site_at){ .step = step };
	h->l->hunt = h;
	lockstep_run(h->l, h->twin, &w, look);
	return h->here.func != NULL;
}

/* The twin's base goes with it: one instruction at a time, it may stop anywhere. */
static void come_near(struct hunt *h)
{
	struct lockstep_side *twin = &h->l->side[h->twin];
	const struct lockstep_way w = exactly(h->n > LONGEST_RUN ? h->n - LONGEST_RUN : 0);

	if (w.to <= twin->base_clock)
		return;
	lockstep_run(h->l, h->twin, &w, nothing);
	if (twin->end.how == OUT_STOP && !twin->nested)
		lockstep_set_base(twin);
}

/* The instructions of the run that ends at n, last first. */
static void find_run(struct hunt *h)
{
	for (uint64_t step = h->n; step-- > h->l->side[h->twin].base_clock && h->n - step < LONGEST_RUN;) {
		if (!site_of(h, step))
			return;
		const struct site_at *later = h->sites.count ? &vec_last(&h->sites) : NULL;
		/* a call ends a run: what is before it is another one's */
		if (later && (later->func != h->here.func || later->depth != h->here.depth))
			return;
		if (!vec_push(&h->sites, h->here))
			return;
		if (h->here.run)
			return;
	}
}

/* The way of the suspect to the cell that begins at site I. */
static struct lockstep_way left_at(struct hunt *h, size_t i)
{
	const struct site_at *at = &h->sites.data[i];
	struct lockstep_way w = as_usual(h, h->n + BEYOND);

	w.body = at->body;
	w.at = at->row->at;
	w.from = h->pause ? vec_last(&h->sites).step : at->step;
	w.pause = h->pause;
	return w;
}

/* Whether stopping where the run begins leaves the difference in place. */
static bool may_pause(struct hunt *h)
{
	const struct site_at *first = &vec_last(&h->sites);
	struct lockstep_way w = as_usual(h, h->n), exact = exactly(h->n);

	if (first->step <= h->l->side[h->suspect].base_clock)
		return true;
	w.from = first->step;
	w.pause = true;
	return !same_by(h, h->suspect, &w, &exact);
}

/* The cell: sites [*FROM .. *TO] counted from the last instruction; TO: its first one. And how to get behind it. */
static struct lockstep_way take_apart(struct hunt *h, size_t *from, size_t *to)
{
	struct lockstep_way behind = as_usual(h, h->n);
	size_t last = h->sites.count - 1, begin = last;

	h->pause = !h->l->side[h->suspect].tier->compiled && may_pause(h);
	for (size_t i = last; i-- > 0;) {
		if (!h->sites.data[i].body)
			continue;
		const struct lockstep_way w = left_at(h, i), exact = exactly(h->sites.data[i].step);
		if (!same_by(h, h->suspect, &w, &exact)) {
			*to = begin;
			*from = i + 1;
			return w;
		}
		begin = i;
	}
	*to = begin;
	*from = 0;
	return behind;
}

/* ---- 4. what is told ------------------------------------------------------------------------- */

/* What the places that differ held before. */
static void take_old(struct lockstep *l)
{
	struct hunt *h = l->hunt;

	if (l->side[h->twin].end.how != OUT_STOP)
		return;
	for (uint32_t i = 0; i < h->l->old.n; i++) {
		struct difference *x = &h->l->old.list[i];
		x->has_old = state_value(l->side[h->twin].ctx, x, &x->old);
	}
}

static void put_old(struct lockstep *l)
{
	for (uint32_t i = 0; i < l->found.diff.n && i < l->old.n; i++)
		if (l->found.diff.list[i].kind == l->old.list[i].kind && l->found.diff.list[i].index == l->old.list[i].index &&
				l->found.diff.list[i].at == l->old.list[i].at) {
			l->found.diff.list[i].old = l->old.list[i].old;
			l->found.diff.list[i].has_old = l->old.list[i].has_old;
		}
}

static void shown(struct lockstep *l)
{
	lockstep_same(l);
	put_old(l);
	if (l->differs && !l->told) {
		l->told = true;
		l->differs(l->user, l);
	}
}

static void show_second(struct lockstep *l)
{
	lockstep_run(l, l->second, l->second_way, shown);
}

/* The suspect goes by W; its twin exactly to STEP, where the piece begins at BEFORE. */
static void show(struct hunt *h, const struct lockstep_way *w, uint64_t before, uint64_t step)
{
	struct lockstep *l = h->l;
	const struct lockstep_way exact = exactly(step), until = exactly(before);

	same_by(h, h->suspect, w, &exact);
	l->old = l->found.diff;
	l->hunt = h;
	lockstep_run(l, h->twin, &until, take_old);
	l->second = h->twin;
	l->second_way = &exact;
	lockstep_run(l, h->suspect, w, show_second);
}

static void name_cell(struct hunt *h, size_t from, size_t to)
{
	struct lockstep_found *x = &h->l->found;
	const struct site_at *first = &h->sites.data[to], *it = first;

	for (size_t i = from; i <= to; i++)
		if (first->row && h->sites.data[i].offset == first->row->main)
			it = &h->sites.data[i];
	x->func = it->func;
	x->offset = it->offset;
	x->step = it->step;
	x->from = first->body ? it->step : first->step;
	x->count = (uint32_t)(to - from + 1);
	x->body = first->body;
	x->cell = first->row ? first->row->at : 0;
}

static void name(struct hunt *h)
{
	struct lockstep *l = h->l;
	bool exact_a = l->side[0].tier->exact, exact_b = l->side[1].tier->exact;
	size_t from = 0, to = 0;

	l->found.suspect = -1;
	if (!exact_b && !does_right(h, 1, h->n))
		l->found.suspect = 1;
	else if (!exact_a && !does_right(h, 0, h->n))
		l->found.suspect = 0;
	h->suspect = l->found.suspect < 0 ? 1 : l->found.suspect;
	h->twin = !h->suspect;
	struct lockstep_way behind = as_usual(h, h->n);
	come_near(h);
	find_run(h);
	if (!h->sites.count) {
		show(h, &behind, h->n ? h->n - 1 : 0, h->n);
		return;
	}
	if (l->found.suspect >= 0)
		behind = take_apart(h, &from, &to);
	name_cell(h, from, to);
	show(h, &behind, h->sites.data[to].step, from ? h->sites.data[from - 1].step : h->n);
}

void lockstep_search(struct lockstep *l, uint64_t high)
{
	struct hunt h = { .l = l };

	l->found.step = l->found.from = high ? high - 1 : 0;
	if (!bases_hold(l, high)) {
		both_to_begin(l);
		if (!bases_hold(l, high))
			return;
	}
	h.n = halve(l, high);
	if (l->interrupted)
		return;
	l->verdict = LOCKSTEP_DIFFERS;
	l->found.step = l->found.from = h.n - 1;
	name(&h);
	vec_free(&h.sites);
	l->hunt = NULL;
}
