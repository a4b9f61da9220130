/* From "they differ" to the function; see bisect.h. */
#include "debugger/bisect.h"

#include <stdlib.h>

#include "debugger/lockstep_side.h"
#include "engine/regir/code.h"

/* How side B runs meanwhile: what was said of each function holds. */
static const struct lockstep_tier mixed = { "mixed", "some functions in one tier, all others in another", RUN_FAST, TIER_AUTO, false, true };

void bisect_free(struct bisect *x)
{
	vec_free(&x->ran);
	free(x->items);
}

/* ---- who ran --------------------------------------------------------------------------------- */

/* Bodies are made when a function is first called. */
static bool has_body(const struct module *m, uint32_t defined)
{
	for (int kind = 0; kind < BODY_KINDS; kind++)
		for (int mode = 0; mode < BODY_MODES; mode++)
			if (m->code->bodies[kind][mode] && m->code->bodies[kind][mode][defined])
				return true;
	return false;
}

static bool list_who_ran(struct bisect *x, const struct store *s)
{
	for (size_t i = 0; s->tiers && i < s->tiers->modules.count; i++) {
		const struct module *m = s->tiers->modules.data[i].module;
		for (uint32_t f = m->nimported_funcs; f < m->nfuncs; f++)
			if (has_body(m, f - m->nimported_funcs) && !vec_push(&x->ran, ((struct bisect_func){ m, f })))
				return false;
	}
	return true;
}

/* ---- a run ----------------------------------------------------------------------------------- */

/* What a tier means for one function. */
static enum tier tier_of(const struct lockstep_tier *t)
{
	return t->exact ? TIER_UNFUSED : t->tier;
}

static bool say(struct bisect *x, struct store *s, const uint32_t *items, size_t n, const struct lockstep_tier *t)
{
	for (size_t i = 0; i < n; i++)
		if (!tiers_set_func(s, x->ran.data[items[i]].module, x->ran.data[items[i]].func, tier_of(t)))
			return false;
	return true;
}

static void both_there(struct lockstep *l)
{
	l->same = lockstep_same(l);
}

static bool agrees(struct lockstep *l)
{
	const struct lockstep_way w = { .tier = &mixed, .to = l->bisect->at };

	if (l->bisect->unclocked)
		return lockstep_same_at_full_speed(l);
	l->same = false;
	lockstep_to_begin(&l->side[1]);
	lockstep_run(l, 1, &w, both_there);
	return l->same;
}

/* Ended from outside: what it shows means nothing. At full speed a call that does not end is a difference. */
static bool was_cut_off(const struct lockstep *l)
{
	enum outcome how = l->side[1].end.how;

	return l->interrupted || how == OUT_INTERRUPT || how == OUT_KILLED || (how == OUT_TIMEOUT && !l->bisect->unclocked);
}

/* Whether B differs when these functions run in its tier, and the rest in A's. */
static bool differs(void *user, const uint32_t *items, size_t n)
{
	struct lockstep *l = user;
	struct bisect *x = l->bisect;
	struct store *s = l->side[1].ctx->store;

	if (x->cut_off)
		return false;
	if (x->among)
		x->among(x->user, (uint32_t)x->left.count);
	bool same = !say(x, s, items, n, l->side[1].tier) || agrees(l);
	x->runs++;
	x->cut_off = was_cut_off(l) || !say(x, s, items, n, l->side[0].tier);
	return !same && !x->cut_off;
}

static bool enough(void *user)
{
	const struct lockstep *l = user;

	return l->bisect->cut_off;
}

/* ---- the search ------------------------------------------------------------------------------ */

/* Everything in A's tier. */
static bool begin_mixed(struct lockstep *l)
{
	struct bisect *x = l->bisect;
	struct store *s = l->side[1].ctx->store;

	if (!list_who_ran(x, s) || !x->ran.count || !(x->items = calloc(x->ran.count, sizeof *x->items)))
		return false;
	for (size_t i = 0; i < x->ran.count; i++)
		x->items[i] = (uint32_t)i;
	x->left = (struct minimal){ .items = x->items, .count = x->ran.count, .shows = differs, .enough = enough, .user = l };
	l->side[1].as = &mixed;
	return tiers_set(s, tier_of(l->side[0].tier)) && say(x, s, x->items, x->ran.count, l->side[0].tier);
}

/* A stands at the step, or has made its call at full speed. */
static void bisect_there(struct lockstep *l)
{
	struct bisect *x = l->bisect;

	x->state = BISECT_MIXED;
	if (begin_mixed(l) && differs(l, x->items, x->ran.count) && !differs(l, NULL, 0) && !x->cut_off && minimal_find(&x->left))
		x->state = BISECT_FOUND;
	if (x->cut_off)
		x->state = BISECT_CUT_OFF;
	l->side[1].as = l->side[1].tier;
}

void bisect_search(struct lockstep *l, uint64_t at)
{
	const struct lockstep_way w = { .tier = l->side[0].tier, .to = at };

	l->bisect->at = at;
	l->bisect->unclocked = l->found.unclocked;
	l->found.step = l->found.from = at ? at - 1 : 0;
	if (l->bisect->unclocked) {
		bisect_there(l);
		return;
	}
	lockstep_to_begin(&l->side[0]);
	lockstep_run(l, 0, &w, bisect_there);
}
