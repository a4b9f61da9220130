/* Command: why. */
#include <inttypes.h>

#include "debugger/position.h"
#include "debugger/why.h"
#include "engine/base/buf.h"
#include "repl/command/debug.h"
#include "repl/command/interrupt.h"
#include "repl/command/lvalue_text.h"
#include "wat/disasm.h"

static void instruction_text(const struct why_step *s, struct buf *out)
{
	struct err ignored = { 0 };
	struct instr in;

	if (s->module && disasm_at(s->module, s->func, s->offset, &in, &ignored))
		disasm_text(s->module, &in, out);
}

static void where_text(const struct why_step *s, struct buf *out)
{
	func_display_name(s->module, s->func, out);
	buf_puts(out, " at ");
	position_print(s->module, s->offset, out);
}

/* "  step 31    i32.add  5 + 1 = 6            $add at sum.wat:6:6" */
static void step_line(struct session *s, const struct why_step *x, struct buf *out)
{
	buf_fill(out, ' ', 2 + 2 * x->depth);
	buf_printf(out, "step %" PRIu64 "  ", x->clock);
	instruction_text(x, out);
	if (x->words[0])
		buf_printf(out, "%s%s", x->module ? ": " : "", x->words);
	if (x->value.type && (!x->words[0] || !x->module)) {
		buf_puts(out, " = ");
		value_print(x->value, s->store, out);
	}
	if (x->end == WHY_HOST && x->module)
		buf_puts(out, ", answered by the host");
	if (x->module) {
		buf_puts(out, "  in ");
		where_text(x, out);
	}
	buf_putc(out, '\n');
}

static void step_node(struct session *s, const struct why_step *x, struct result *r, struct node *list)
{
	struct node *one = node_object(r, list, NULL);
	struct buf text = { 0 };
	struct position at;

	node_int(r, one, "depth", x->depth);
	node_printf(r, one, "step", "%" PRIu64, x->clock);
	node_str(r, one, "end", str_of(why_end_name[x->end]));
	if (x->words[0])
		node_str(r, one, "words", str_of(x->words));
	if (x->value.type)
		node_value(r, one, x->value, s->store);
	if (!x->module)
		return;
	func_plain_name(x->module, x->func, &text);
	node_str(r, one, "function", str_of_buf(&text));
	node_int(r, one, "index", x->func);
	node_printf(r, one, "offset", "0x%x", x->offset);
	buf_reset(&text);
	instruction_text(x, &text);
	node_str(r, one, "text", str_of_buf(&text));
	buf_free(&text);
	position_of(x->module, x->offset, &at);
	position_members(&at, r, one);
}

static bool find_why(struct session *s, struct str expr, struct result *r, struct why *out, struct err *e)
{
	struct lvalue place;

	if (str_is(expr, "result") || str_is(expr, "result[1]")) {
		bool over = !guest_stopped(s);
		bool ok = debug_revive(s, e) && why_result(s->dbg, out, e);
		if (over)
			guest_abandon(s);
		return ok;
	}
	if (!guest_stopped(s))
		return err_not_running(e);
	return lvalue_find(s, expr, r, &place, e) && why_place(s->dbg, &place, out, e);
}

static bool run_why(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct str expr = arg_get(a, "expression")->text;
	struct why w = { 0 };

	struct ctx *before = interrupt_enter(s->ctx);
	bool ok = find_why(s, expr, r, &w, e);
	interrupt_leave(before);
	if (ok) {
		struct node *list = node_array(r, r->root, "steps");
		buf_printf(&r->text, "%.*s\n", STR_ARGS(expr));
		for (size_t i = 0; i < w.steps.count; i++) {
			step_line(s, &w.steps.data[i], &r->text);
			step_node(s, &w.steps.data[i], r, list);
		}
		if (w.cut) {
			buf_puts(&r->text, "  and so on\n");
			node_bool(r, r->root, "cut", true);
		}
	}
	why_free(&w);
	return ok;
}

const struct command cmd_why = {
	.name = "why", .group = GROUP_STATE, .summary = "Where a value comes from: the instruction that made it, and what that used",
	.doc = "Each line is an instruction with the step at which it ran; what its operands came from stands below it, further\n"
		"to the right, back to constants, parameters and calls of the host. It looks as far back as was recorded.\n"
		"The expression is a place: local.n, stack[-1], global.g, mem32[a], table0[i], a field, or result.\n",
	.example = "why local.n",
	.args = (const struct arg_spec[]){ { "expression", ARG_EXPR, 0, "a place, as for set; or result", NULL }, { 0 } },
	.flags = CMD_NEEDS_MODULE, .run = run_why,
};
