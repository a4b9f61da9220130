/* Commands: lockstep, compare. */
#include "engine/base/buf.h"
#include "repl/command/args.h"
#include "repl/command/comparing.h"

enum { DISAGREE = 3 };

/* What went wrong before anything was compared: a start function that ended badly. */
static bool failed_to_start(const struct comparing *k, enum outcome how, struct err *e)
{
	if (e->code || k->lock.verdict == LOCKSTEP_DIFFERS)
		return false;
	return err_set(e, E_START_FAILED, place_none(), "the module could not be instantiated: %s", outcome_words(how));
}

static bool compare(struct session *s, const struct args *a, bool clocked, struct result *r, struct err *e)
{
	const struct lockstep_tier *first = comparing_tier(arg_get(a, "a")->text, e);
	const struct lockstep_tier *second = first ? comparing_tier(arg_get(a, "b")->text, e) : NULL;
	struct comparing k = { 0 };
	enum outcome how = OUT_DONE;

	if (!second)
		return false;
	output_flush(&s->out);
	if (comparing_begin(&k, s, first, second, clocked, r, r->root, e)) {
		if (!comparing_instantiate_as(&k, s, e) || !(k.side[0].instance || comparing_instantiate(&k, s->module, &how, e)))
			failed_to_start(&k, how, e);
		else
			comparing_call(&k, arg_get(a, "call")->text, &how, e);
	}
	if (!e->code)
		comparing_verdict(&k, r, r->root);
	if (k.lock.verdict == LOCKSTEP_DIFFERS)
		r->guest_status = DISAGREE;
	comparing_end(&k);
	return !e->code;
}

static bool run_lockstep(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return compare(s, a, true, r, e);
}

#define TIER_ARGS \
	{ "a", ARG_WORD, 0, "a tier: interp, unfused", NULL }, \
	{ "b", ARG_WORD, 0, "the tier to compare it with", NULL }, \
	{ "call", ARG_CALL, 0, "F ARGS or F(ARGS)", NULL }, { 0 }

const struct command cmd_lockstep = {
	.name = "lockstep", .group = GROUP_COMPARING, .summary = "Run a call in two tiers side by side and find where they differ",
	.doc = "Two fresh copies of the program make the same call; the second one's host calls are answered with what the first one's\n"
		"gave. Where their states differ the first instruction that does something else is shown, with both states.\n"
		"In a batch the exit status is 3 then. 'compare' looks only at how the calls end, and is quicker.\n",
	.example = "lockstep interp unfused fac(5)",
	.args = (const struct arg_spec[]){ TIER_ARGS },
	.flags = CMD_NEEDS_MODULE | CMD_RUNS_GUEST, .run = run_lockstep,
};

static bool run_compare(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return compare(s, a, false, r, e);
}

const struct command cmd_compare = {
	.name = "compare", .group = GROUP_COMPARING, .summary = "Run a call in two tiers and compare how it ends",
	.doc = "Results, trap, memories, globals, tables and objects, at full speed: the code has no instruction clock. Only 'lockstep'\n"
		"says where a difference comes from.\n",
	.example = "compare interp unfused fac(5)",
	.args = (const struct arg_spec[]){ TIER_ARGS },
	.flags = CMD_NEEDS_MODULE | CMD_RUNS_GUEST, .run = run_compare,
};
