/* Showing what lockstep has found; see lockstep_report.h. */
#include "repl/command/lockstep_report.h"

#include <inttypes.h>
#include <stdio.h>

#include "debugger/inspect.h"
#include "debugger/position.h"
#include "engine/base/buf.h"
#include "engine/names.h"
#include "engine/regir/code.h"
#include "engine/stack.h"
#include "repl/command/debug.h"
#include "repl/command/lockstep_code.h"
#include "repl/command/render.h"
#include "wat/disasm.h"

static const char *tier_name(const struct lockstep *l, int which)
{
	return l->side[which].tier->name;
}

/* ---- the place ------------------------------------------------------------------------------- */

static void instruction_lines(const struct lockstep_found *x, struct buf *out)
{
	const struct module *m = x->func->inst->module;
	struct position at;
	struct err e = { 0 };
	struct instr in;

	position_of(m, x->offset, &at);
	if (at.has_line && at.text.n) {
		buf_printf(out, "  %-8s %u │ ", at.source ? "source" : "wat", at.line);
		buf_escaped(out, at.text.p, at.text.n, true);
		buf_putc(out, '\n');
	}
	buf_printf(out, "  wasm     @0x%x  #%u+0x%02x  ", x->offset, x->func->index, x->offset - m->funcs[x->func->index].body);
	if (disasm_at(m, x->func->index, x->offset, &in, &e))
		disasm_instr(m, x->func->index, &in, out);
	buf_putc(out, '\n');
}

static void place_words(const struct lockstep *l, const struct lockstep_found *x, struct buf *out)
{
	buf_printf(out, "%s and %s differ", tier_name(l, 0), tier_name(l, 1));
	if (x->unsteady) {
		buf_puts(out, ", but not each time: this was seen, and not again when the call was made once more\n");
		return;
	}
	if (!x->func) {
		buf_puts(out, !l->func || x->end[0].how == OUT_STOP ? " in what is there before the call\n" :
			x->unclocked ? " in how the call ends, at full speed alone: in code without an instruction clock\n" : " in how the call ends\n");
		return;
	}
	if (x->from == x->step)
		buf_printf(out, " at step %" PRIu64 ": ", x->step);
	else
		buf_printf(out, " in steps %" PRIu64 " to %" PRIu64 ", up to ", x->from, x->step);
	inspect_func(x->func, out);
	buf_puts(out, " at ");
	position_print(x->func->inst->module, x->offset, out);
	buf_putc(out, '\n');
}

static void place_node(const struct lockstep_found *x, struct result *r, struct node *in)
{
	const struct module *m = x->func->inst->module;
	struct position at;

	func_member(m, x->func->index, r, in);
	node_int(r, in, "index", x->func->index);
	node_printf(r, in, "offset", "0x%x", x->offset);
	if (x->body)
		node_int(r, in, "regir", lockstep_cell_number(x->body, x->cell));
	node_printf(r, in, "step", "%" PRIu64, x->step);
	if (x->from != x->step)
		node_printf(r, in, "from_step", "%" PRIu64, x->from);
	position_of(m, x->offset, &at);
	position_members(&at, r, in);
}

/* ---- differences ----------------------------------------------------------------------------- */

static const char *const kinds[DIFFER_KINDS] = {
	[DIFFER_DEPTH] = "frames", [DIFFER_POSITION] = "position", [DIFFER_LOCAL] = "local", [DIFFER_OPERAND] = "operand",
	[DIFFER_OPERANDS] = "operands", [DIFFER_GLOBAL] = "global", [DIFFER_MEMORY] = "memory", [DIFFER_MEMORY_SIZE] = "memory size",
	[DIFFER_TABLE] = "table", [DIFFER_TABLE_SIZE] = "table size", [DIFFER_SEGMENT] = "segment", [DIFFER_ENTITIES] = "entities",
	[DIFFER_RESULT] = "result", [DIFFER_EXCEPTION] = "exception",
};

/* The name of a local of the frame it is in. */
static void local_words(const struct lockstep *l, const struct difference *d, struct buf *out)
{
	struct frame f;

	buf_printf(out, "local %u", d->index);
	if (!frame_at(l->side[0].ctx, d->frame, &f) || !f.inst)
		return;
	struct str name = name_of_inner(f.inst->module, NAME_LOCAL, f.func->index, d->index);
	if (name.n) {
		buf_puts(out, " (");
		buf_escaped(out, name.p, name.n, false);
		buf_putc(out, ')');
	}
}

static void what_words(const struct lockstep *l, const struct difference *d, struct buf *out)
{
	switch (d->kind) {
	case DIFFER_LOCAL:
		local_words(l, d, out);
		break;
	case DIFFER_MEMORY:
		buf_printf(out, "memory %u [%" PRIu64 "], %u byte%s", d->index - 1, d->at, d->size, d->size == 1 ? "" : "s");
		break;
	case DIFFER_TABLE:
		buf_printf(out, "table %u [%" PRIu64 "]", d->index - 1, d->at);
		break;
	case DIFFER_GLOBAL:
	case DIFFER_MEMORY_SIZE:
	case DIFFER_TABLE_SIZE:
		buf_printf(out, "%s %u", kinds[d->kind], d->index - 1);
		break;
	case DIFFER_OPERAND:
	case DIFFER_SEGMENT:
	case DIFFER_RESULT:
		buf_printf(out, "%s %u", kinds[d->kind], d->index);
		break;
	default:
		buf_puts(out, kinds[d->kind]);
		break;
	}
	if (d->frame)
		buf_printf(out, ", frame %u", d->frame);
}

static void value_words(const struct difference *d, struct value v, const struct store *s, struct buf *out)
{
	if (d->kind == DIFFER_MEMORY)
		for (uint32_t i = 0; i < d->size; i++)
			buf_printf(out, "%s%02x", i ? " " : "", (unsigned)(v.lo >> 8 * i & 0xff));
	else if (d->kind == DIFFER_POSITION)
		buf_printf(out, "@0x%" PRIx64, v.lo);
	else if (d->kind != DIFFER_ENTITIES && d->kind != DIFFER_EXCEPTION)
		value_print(v, s, out);
}

static void put_cell(struct table_text *t, struct buf *b)
{
	table_text_cell(t, "%s", buf_str(b));
	buf_reset(b);
}

static void difference_lines(const struct lockstep *l, const struct lockstep_found *x, struct result *r)
{
	struct table_text t = { .arena = &r->arena, .right = { [2] = true, [3] = true, [4] = true } };
	struct buf b = { 0 };

	if (!x->diff.n)
		return;
	table_text_cell(&t, "  place");
	table_text_cell(&t, "before");
	table_text_cell(&t, "%s", tier_name(l, 0));
	table_text_cell(&t, "%s", tier_name(l, 1));
	table_text_row(&t);
	for (uint32_t i = 0; i < x->diff.n; i++) {
		const struct difference *d = &x->diff.list[i];
		buf_puts(&b, "  ");
		what_words(l, d, &b);
		put_cell(&t, &b);
		if (d->has_old)
			value_words(d, d->old, l->side[0].ctx->store, &b);
		put_cell(&t, &b);
		value_words(d, d->a, l->side[0].ctx->store, &b);
		put_cell(&t, &b);
		value_words(d, d->b, l->side[1].ctx->store, &b);
		put_cell(&t, &b);
		table_text_row(&t);
	}
	table_text_print(&t, &r->text);
	buf_free(&b);
	if (x->diff.total > x->diff.n)
		buf_printf(&r->text, "  … and %" PRIu64 " more places\n", x->diff.total - x->diff.n);
}

static void difference_nodes(const struct lockstep *l, const struct lockstep_found *x, struct result *r, struct node *in)
{
	struct node *list = node_array(r, in, "differences");
	struct buf b = { 0 };

	for (uint32_t i = 0; i < x->diff.n; i++) {
		const struct difference *d = &x->diff.list[i];
		struct node *one = node_object(r, list, NULL);
		what_words(l, d, &b);
		node_str(r, one, "what", str_of_buf(&b));
		const struct value v[3] = { d->a, d->b, d->old };
		for (int k = 0; k < (d->has_old ? 3 : 2); k++) {
			buf_reset(&b);
			value_words(d, v[k], l->side[k == 1].ctx->store, &b);
			node_str(r, one, k == 0 ? "a" : k == 1 ? "b" : "old", str_of_buf(&b));
		}
		buf_reset(&b);
	}
	buf_free(&b);
}

/* ---- both states ----------------------------------------------------------------------------- */

/* CLOCKED: code with an instruction clock ran, which knows its step. */
static void end_words(const struct lockstep_end *e, bool clocked, struct buf *out)
{
	char after[40] = "", at[40] = "";

	if (clocked) {
		snprintf(after, sizeof after, " after %" PRIu64 " steps", e->clock);
		snprintf(at, sizeof at, " at step %" PRIu64, e->clock);
	}
	if (e->how == OUT_STOP)
		buf_printf(out, "before step %" PRIu64, e->clock);
	else if (e->how == OUT_TRAP)
		buf_printf(out, "trap%s: %s", at, trap_words(e->trap));
	else if (e->how == OUT_EXIT)
		buf_printf(out, "exited with status %d%s", e->status, after);
	else
		buf_printf(out, "%s%s", outcome_words(e->how), after);
}

static void state_line(const struct lockstep *l, int which, struct buf *out)
{
	struct ctx *c = l->side[which].ctx;
	struct err e = { 0 };
	struct frame f;

	buf_printf(out, "  %-8s ", tier_name(l, which));
	end_words(&l->found.end[which], l->clocked && !l->found.unclocked, out);
	if (frame_at(c, 0, &f) && !f.host && f.inst) {
		buf_puts(out, ", ");
		inspect_func(f.func, out);
		buf_puts(out, " (");
		inspect_args(c, &f, out);
		buf_printf(out, ") @0x%x, stack ", f.offset);
		inspect_stack(c, &f, out, &e);
	}
	buf_putc(out, '\n');
}

static void state_node(const struct lockstep *l, int which, struct result *r, struct node *in)
{
	struct ctx *c = l->side[which].ctx;
	const struct lockstep_end *end = &l->found.end[which];
	struct node *list;
	struct buf b = { 0 };
	struct err e = { 0 };
	struct frame f;
	struct value v, *stack;
	uint32_t n;

	node_str(r, in, "tier", str_of(tier_name(l, which)));
	end_words(end, l->clocked && !l->found.unclocked, &b);
	node_str(r, in, "state", str_of_buf(&b));
	buf_free(&b);
	node_printf(r, in, "step", "%" PRIu64, end->clock);
	if (l->found.func)
		lockstep_code_node(l, which, r, in);
	if (!frame_at(c, 0, &f) || f.host || !f.inst)
		return;
	node_printf(r, in, "offset", "0x%x", f.offset);
	list = node_array(r, in, "locals");
	n = frame_local_count(&f);
	for (uint32_t i = 0; i < n && i < 100 && frame_local(c, &f, i, &v); i++)
		node_value(r, node_object(r, list, NULL), v, c->store);
	list = node_array(r, in, "stack");
	if (frame_stack(c, &f, &stack, &n, &r->arena, &e))
		for (uint32_t i = 0; i < n; i++)
			node_value(r, node_object(r, list, NULL), stack[i], c->store);
}

void lockstep_report(const struct lockstep *l, struct result *r, struct node *in)
{
	const struct lockstep_found *x = &l->found;

	place_words(l, x, &r->text);
	if (x->func) {
		place_node(x, r, in);
		instruction_lines(x, &r->text);
		lockstep_code_lines(l, &r->text);
		lockstep_code_instructions(l, r, in);
	}
	if (x->suspect >= 0) {
		node_str(r, in, "suspect", str_of(tier_name(l, x->suspect)));
		buf_printf(&r->text, "  %s is not what one instruction at a time gives\n", tier_name(l, x->suspect));
	}
	difference_lines(l, x, r);
	difference_nodes(l, x, r, in);
	if (x->unsteady)
		node_bool(r, in, "unsteady", true);
	for (int i = 0; i < 2 && !x->unsteady; i++) {
		state_line(l, i, &r->text);
		state_node(l, i, r, node_object(r, in, i ? "b" : "a"));
	}
}
