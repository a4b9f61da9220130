/* Commands: lockstep, compare, bisect. */
#include <ctype.h>
#include <stdlib.h>

#include "debugger/bisect.h"
#include "engine/base/buf.h"
#include "engine/base/progress.h"
#include "engine/names.h"
#include "repl/command/args.h"
#include "repl/command/bisect_report.h"
#include "repl/command/comparing.h"

enum { DISAGREE = 3 };

/* What went wrong before anything was compared: a start function that ended badly. */
static bool failed_to_start(const struct comparing *k, enum outcome how, struct err *e)
{
	if (e->code || k->lock.verdict == LOCKSTEP_DIFFERS)
		return false;
	return err_set(e, E_START_FAILED, place_none(), "the module could not be instantiated: %s", outcome_words(how));
}

static bool is_word(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!isalnum((unsigned char)s.p[i]) && !strchr("_.-$", s.p[i]))
			return false;
	return s.n > 0;
}

/* What is called, by a name that it keeps in a module that is made smaller. */
static void put_callee(const struct module *m, uint32_t func, struct buf *out)
{
	struct str name = name_of(m, NAME_FUNC, func);

	for (uint32_t i = 0; i < m->nexports; i++)
		if (m->exports[i].kind == EXTERN_FUNC && m->exports[i].index == func) {
			const char *quote = is_word(m->exports[i].name) ? "" : "\"";
			buf_printf(out, "%s%.*s%s", quote, STR_ARGS(m->exports[i].name), quote);
			return;
		}
	if (name.n)
		buf_printf(out, "$%.*s", STR_ARGS(name));
	else
		buf_printf(out, "$f%u", func);
}

/* F(ARGS): what follows the name. */
static struct str call_rest(struct str call)
{
	size_t i = 0;

	if (call.n && call.p[0] == '"')
		for (i = 1; i < call.n && call.p[i] != '"'; i++)
			;
	while (i < call.n && call.p[i] != '(' && call.p[i] != ' ')
		i++;
	return (struct str){ call.p + i, call.n - i };
}

static void remember(struct session *s, const struct comparing *k, struct str call)
{
	struct compared *x = calloc(1, sizeof *x);
	struct session_module *m;
	struct err e = { 0 };
	struct buf text = { 0 };
	uint32_t func;
	struct str rest = call_rest(str_trim(call));
	struct str name = { str_trim(call).p, (size_t)(rest.p - str_trim(call).p) };

	compared_free(s);
	if (name.n > 1 && name.p[0] == '"')
		name = (struct str){ name.p + 1, name.n - 2 };
	if (!x || !session_find_func(s, name, &m, &func, &e)) {
		free(x);
		return;
	}
	put_callee(m->module, func, &text);
	buf_put(&text, rest.p, rest.n);
	*x = (struct compared){ .a = k->lock.side[0].tier, .b = k->lock.side[1].tier, .clocked = k->lock.clocked, .module = m->module->number,
		.steps = k->lock.found.step, .call = buf_take(&text) };
	s->compared = x;
	if (!x->call)
		compared_free(s);
}

static void bisect_instead(struct comparing *k, struct bisect *x)
{
	k->lock.bisect = x;
	k->lock.differs = NULL;
}

/* X: it is filled instead of saying where they differ; NULL: that is said. */
static bool compare(struct session *s, const struct args *a, bool clocked, struct bisect *x, struct result *r, struct err *e)
{
	const struct lockstep_tier *first = comparing_tier(arg_get(a, "a")->text, e);
	const struct lockstep_tier *second = first ? comparing_tier(arg_get(a, "b")->text, e) : NULL;
	struct str call = arg_get(a, "call")->text;
	struct comparing *k = second ? calloc(1, sizeof *k) : NULL;
	enum outcome how = OUT_DONE;

	if (!k)
		return second ? err_oom(e) : false;
	output_flush(&s->out);
	if (comparing_begin(k, s, first, second, clocked, r, r->root, e)) {
		if (x)
			bisect_instead(k, x);
		if (!comparing_instantiate_as(k, s, e) || !(k->side[0].instance || comparing_instantiate(k, s->module, &how, e)))
			failed_to_start(k, how, e);
		else
			comparing_call(k, call, &how, e);
	}
	if (!e->code)
		comparing_verdict(k, r, r->root);
	if (k->lock.verdict == LOCKSTEP_DIFFERS) {
		r->guest_status = DISAGREE;
		remember(s, k, call);
		if (x)
			bisect_report(&k->lock, x, call, r, r->root);
	}
	comparing_end(k);
	free(k);
	return !e->code;
}

/* ---- commands -------------------------------------------------------------------------------- */

static bool run_lockstep(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return compare(s, a, true, NULL, r, e);
}

#define TIER_ARGS \
	{ "a", ARG_WORD, 0, "a tier: unfused, interp, baseline, auto", NULL }, \
	{ "b", ARG_WORD, 0, "the tier to compare it with", NULL }, \
	{ "call", ARG_CALL, 0, "F ARGS or F(ARGS)", NULL }, { 0 }

const struct command cmd_lockstep = {
	.name = "lockstep", .group = GROUP_COMPARING, .summary = "Run a call in two tiers side by side and find where they differ",
	.doc = "Two fresh copies of the program make the same call; the second one's host calls are answered with what the first one's\n"
		"gave. Where their states differ the first instruction that does something else is shown, with both states.\n"
		"In a batch the exit status is 3 then. 'compare' looks only at how the calls end, and is quicker; 'reduce' makes the\n"
		"module small that shows the difference.\n",
	.example = "lockstep interp unfused fac(5)",
	.args = (const struct arg_spec[]){ TIER_ARGS },
	.flags = CMD_NEEDS_MODULE | CMD_RUNS_GUEST, .run = run_lockstep,
};

static bool run_compare(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return compare(s, a, false, NULL, r, e);
}

const struct command cmd_compare = {
	.name = "compare", .group = GROUP_COMPARING, .summary = "Run a call in two tiers and compare how it ends",
	.doc = "Results, trap, memories, globals, tables and objects, at full speed: the code has no instruction clock. Only 'lockstep'\n"
		"says where a difference comes from.\n",
	.example = "compare interp unfused fac(5)",
	.args = (const struct arg_spec[]){ TIER_ARGS },
	.flags = CMD_NEEDS_MODULE | CMD_RUNS_GUEST, .run = run_compare,
};

struct bisecting {
	struct bisect x;
	struct progress *progress;
};

/* Half of what is left goes with each run, about. */
static void show_left(void *user, uint32_t left)
{
	struct bisecting *g = user;

	if (!g->progress->what)
		progress_begin(g->progress, "bisecting", g->x.ran.count);
	g->progress->done = g->x.ran.count - left;
}

static bool run_bisect(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct bisecting g = { .x = { .among = show_left, .user = &g }, .progress = engine_progress(s->engine) };
	bool ok = compare(s, a, true, &g.x, r, e);

	progress_end(g.progress);
	bisect_free(&g.x);
	return ok;
}

const struct command cmd_bisect = {
	.name = "bisect", .group = GROUP_COMPARING, .summary = "Find the function that makes a call differ between two tiers",
	.doc = "The call is made as by 'lockstep'. Where it differs the second copy makes it again and again, some functions in tier B and\n"
		"all others in A, until one is left that makes the difference alone, or several that make it only together. C-c ends it and\n"
		"shows what is left. In a batch the exit status is 3 when the tiers differ. 'lockstep' names the instruction then.\n",
	.example = "bisect interp baseline fac(5)",
	.args = (const struct arg_spec[]){ TIER_ARGS },
	.flags = CMD_NEEDS_MODULE | CMD_RUNS_GUEST, .run = run_bisect,
};
