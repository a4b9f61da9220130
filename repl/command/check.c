/*
 * The validator's stacks; see check.h. The validator is run on the function cut off at the instruction: it then fails
 * with "unexpected end" just there, and its stacks are what they were.
 */
#include "repl/command/check.h"

#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/names.h"
#include "engine/regir/walk.h"
#include "repl/command/render.h"
#include "wat/disasm.h"

bool check_walk(struct walk *w, const struct module *m, uint32_t func, uint32_t offset, struct err *e)
{
	/* names that are read meanwhile belong to the module, not to the cut copy */
	module_names(m);
	struct module cut = *m;
	struct func_decl *funcs = malloc((m->nfuncs + 1u) * sizeof *funcs);
	struct err end = { 0 };

	if (!funcs)
		return err_oom(e);
	memcpy(funcs, m->funcs, m->nfuncs * sizeof *funcs);
	funcs[func].body_size = offset - funcs[func].body;
	cut.funcs = funcs;
	walk_check(w, &cut, func, &end);
	free(funcs);
	if (w->at >= offset || end.code == E_NONE)
		return true;
	*e = end;
	return false;
}

static void put_instr(const struct module *m, uint32_t func, uint32_t offset, struct buf *out)
{
	struct err ignored = { 0 };
	struct instr in;

	if (disasm_at(m, func, offset, &in, &ignored))
		disasm_text(m, &in, out);
	else
		buf_puts(out, "?");
}

static void put_operands(const struct walk *w, const struct module *m, struct buf *out, struct result *r, struct node *in)
{
	struct arena a = { 0 };
	struct table_text t = { .arena = &a };
	struct node *list = in ? node_array(r, in, "operands") : NULL;

	buf_puts(out, w->before ? "  operand stack, top last:\n" : "  operand stack: empty\n");
	for (uint32_t i = 0; i < w->before; i++) {
		struct buf type = { 0 }, by = { 0 };
		valtype_print(w->types.data[i], NULL, &type);
		put_instr(m, w->func, w->pushed.data[i], &by);
		table_text_cell(&t, "    %s", buf_str(&type));
		table_text_cell(&t, "pushed by %s", buf_str(&by));
		table_text_cell(&t, "@0x%x", w->pushed.data[i]);
		table_text_row(&t);
		struct node *one = in ? node_object(r, list, NULL) : NULL;
		if (one) {
			node_str(r, one, "type", str_of(buf_str(&type)));
			node_printf(r, one, "pushed", "0x%x", w->pushed.data[i]);
		}
		buf_free(&type);
		buf_free(&by);
	}
	if (t.nrows)
		table_text_print(&t, out);
	arena_free(&a);
}

static void put_controls(const struct walk *w, const struct module *m, struct buf *out, struct result *r, struct node *in)
{
	struct node *list = in ? node_array(r, in, "controls") : NULL;

	buf_puts(out, "  control stack, innermost last:\n");
	for (size_t i = 0; i < w->controls.count; i++) {
		const struct control *c = &w->controls.data[i];
		struct buf what = { 0 };
		if (c->op == OP_END)
			buf_puts(&what, "the function");
		else
			put_instr(m, w->func, c->offset, &what);
		buf_printf(out, "    %s%s; its operands begin at %u\n", buf_str(&what),
			c->unreachable ? " (unreachable from here)" : "", c->height);
		struct node *one = in ? node_object(r, list, NULL) : NULL;
		if (one) {
			node_str(r, one, "what", str_of(buf_str(&what)));
			node_int(r, one, "height", c->height);
			node_bool(r, one, "unreachable", c->unreachable);
		}
		buf_free(&what);
	}
}

bool check_stacks(const struct module *m, uint32_t func, uint32_t offset, struct buf *out, struct result *r,
	struct node *in, struct err *e)
{
	struct walk w = { 0 };
	bool ok = check_walk(&w, m, func, offset, e);

	if (ok) {
		put_operands(&w, m, out, r, in);
		put_controls(&w, m, out, r, in);
	}
	walk_free(&w);
	return ok;
}

/* "[i32 i64]" before the instruction at OFFSET. */
static bool put_types(const struct module *m, uint32_t func, uint32_t offset, struct buf *out, struct err *e)
{
	struct walk w = { 0 };
	bool ok = check_walk(&w, m, func, offset, e);

	if (ok) {
		buf_putc(out, '[');
		valtypes_print(w.types.data, w.before, NULL, out);
		buf_putc(out, ']');
	}
	walk_free(&w);
	return ok;
}

bool check_listing(const struct module *m, uint32_t func, uint32_t count, struct buf *out, struct err *e)
{
	struct arena a = { 0 };
	struct table_text t = { .arena = &a, .right = { true } };
	struct cursor c;
	struct instr in;
	bool ok = disasm_start(m, func, &c, e);
	uint32_t n = 0;

	while (ok && c.p < c.end && n < count) {
		struct buf types = { 0 }, text = { 0 };
		uint32_t at = cursor_offset(&c);
		ok = put_types(m, func, at, &types, e) && instr_read(&c, &in, e);
		if (ok) {
			disasm_text(m, &in, &text);
			table_text_cell(&t, "%u", ++n);
			table_text_cell(&t, "@0x%x", at);
			table_text_cell(&t, "%s", buf_str(&text));
			table_text_cell(&t, "%s", buf_str(&types));
			table_text_row(&t);
		}
		buf_free(&types);
		buf_free(&text);
	}
	if (t.nrows)
		table_text_print(&t, out);
	arena_free(&a);
	if (ok && c.p < c.end)
		buf_printf(out, "… and more: check F STEP shows the stacks before any instruction\n");
	return ok;
}

bool check_step(const struct module *m, uint32_t func, uint64_t n, uint32_t *offset)
{
	struct err ignored = { 0 };
	struct cursor c;
	struct instr in;

	if (!disasm_start(m, func, &c, &ignored))
		return false;
	for (uint64_t i = 1; c.p < c.end; i++) {
		*offset = cursor_offset(&c);
		if (i == n)
			return true;
		if (!instr_read(&c, &in, &ignored))
			return false;
	}
	return false;
}
