/* Command: check. */
#include "engine/base/buf.h"
#include "repl/command/check.h"
#include "repl/command/check_problem.h"
#include "repl/command/session.h"

enum { LISTED = 400 };

static void explain_node(const struct session_module *sm, struct result *r)
{
	node_bool(r, r->root, "valid", sm->problem.code == E_NONE);
	if (sm->problem.code)
		node_str(r, r->root, "message", str_of(sm->problem.message));
}

void check_problem(const struct session_module *sm, struct buf *out, struct result *r)
{
	const struct module *m = sm->module;
	struct err e = { 0 };
	uint32_t func;

	if (!sm->problem_at || !module_func_at(m, sm->problem_at, &func))
		return;
	buf_puts(out, "before the instruction at fault, ");
	func_display_name(m, func, out);
	buf_printf(out, " (#%u+0x%x, @0x%x):\n", func, sm->problem_at - m->funcs[func].body, sm->problem_at);
	check_stacks(m, func, sm->problem_at, out, r, r ? node_object(r, r->root, "stacks") : NULL, &e);
}

static bool check_module(struct session *s, struct session_module *sm, struct result *r)
{
	explain_node(sm, r);
	if (!sm->problem.code) {
		buf_printf(&r->text, "%s is valid: %u function%s\n", sm->label, sm->module->nfuncs,
			sm->module->nfuncs == 1 ? "" : "s");
		return true;
	}
	err_print(&sm->problem, sm->problem_text, &r->text);
	check_problem(sm, &r->text, r);
	return true;
}

static bool check_at(const struct module *m, const struct arg *f, const struct arg *step, struct result *r, struct err *e)
{
	uint32_t offset;

	if (!check_step(m, f->func, (uint64_t)step->number, &offset))
		return err_set(e, E_USAGE, place_none(), "the function has fewer than %lld instructions",
			(long long)step->number);
	buf_printf(&r->text, "before instruction %lld, @0x%x:\n", (long long)step->number, offset);
	return check_stacks(m, f->func, offset, &r->text, r, r->root, e);
}

static bool run_check(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *f = arg_get(a, "function"), *step = arg_get(a, "step");

	if (!f->given)
		return check_module(s, session_current(s), r);
	if (!f->module->funcs[f->func].body)
		return err_set(e, E_UNSUPPORTED, place_none(), "an imported function has no instructions here");
	if (step->given)
		return check_at(f->module, f, step, r, e);
	bool ok = check_listing(f->module, f->func, LISTED, &r->text, e);
	node_str(r, r->root, "text", str_of_buf(&r->text));
	if (!ok && r->text.size) {              /* the listing up to the fault, then what it is */
		buf_printf(&r->text, "invalid from here on: %s\n", e->message);
		err_clear(e);
		return true;
	}
	return ok;
}

const struct command cmd_check = {
	.name = "check", .group = GROUP_MODULE, .summary = "What the validator sees: operand and control stacks",
	.doc = "Without arguments: whether the module is valid, and if not the stacks at the fault.\n"
		"With a function: the types on the stack before each of its instructions.\n"
		"With a step too: both stacks before that instruction, and who pushed what.\n",
	.example = "check $fac 3",
	.args = (const struct arg_spec[]){
		FUNCTION_ARG(ARG_OPTIONAL),
		{ "step", ARG_COUNT, ARG_OPTIONAL, "number of an instruction, from 1", NULL }, { 0 } },
	.flags = CMD_NEEDS_MODULE, .run = run_check,
};
