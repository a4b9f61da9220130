/*
 * Variables of the source language in `info locals` and `info args`, structs as trees:
 *
 *     list = 0x418 : struct shape *
 *     corner : struct point
 *       x = 3 : int
 *       y = 4 : int
 */
#include "debugger/variable.h"
#include "engine/base/buf.h"
#include "repl/command/debug.h"

enum { DEPTH_MAX = 5, MEMBERS_MAX = 200, TEXT_MAX = 200000 };

static void show_value_tree(const struct eval_scope *sc, struct str name, const struct source_value *v, unsigned depth,
	struct result *r, struct node *list);

static void show_members(const struct eval_scope *sc, const struct source_value *v, unsigned depth, struct result *r,
	struct node *one)
{
	struct node *fields = node_array(r, one, "fields");
	struct source_value part;
	struct type_member m;
	struct buf name = { 0 };
	unsigned n = 0;

	for (bool more = type_member_first(v->type, &m); more && n < MEMBERS_MAX && r->text.size < TEXT_MAX;
			more = type_member_next(v->type, &m), n++) {
		buf_reset(&name);
		if (m.base)
			type_print(m.type, &name);
		else
			buf_put(&name, m.name.p, m.name.n);
		source_of_member(v, &m, &part);
		show_value_tree(sc, str_of_buf(&name), &part, depth + 1, r, fields);
	}
	buf_free(&name);
}

static void show_value_tree(const struct eval_scope *sc, struct str name, const struct source_value *v, unsigned depth,
	struct result *r, struct node *list)
{
	struct node *one = node_object(r, list, NULL);
	bool tree = type_kind(v->type) == KIND_STRUCT && v->at.where != WHERE_GONE && depth < DEPTH_MAX;
	struct buf value = { 0 }, type = { 0 };

	type_print(v->type, &type);
	source_print(sc, v, &value);
	buf_fill(&r->text, ' ', 2 * depth);
	buf_escaped(&r->text, name.p, name.n, false);
	if (!tree)
		buf_printf(&r->text, "%s= %s", name.n ? " " : "", buf_str(&value));
	buf_printf(&r->text, "%s: %s\n", name.n || !tree ? " " : "", buf_str(&type));
	if (name.n)
		node_str(r, one, "name", name);
	node_str(r, one, "type", str_of_buf(&type));
	node_str(r, one, "value", str_of_buf(&value));
	buf_free(&value);
	buf_free(&type);
	if (tree)
		show_members(sc, v, depth, r, one);
}

/* Which of the functions inlined into one another the variables belong to. */
static void show_owner(const struct eval_scope *sc, struct result *r)
{
	struct dwarf_call calls[DWARF_CALLS];
	struct frame f;

	if (!frame_at(sc->ctx, sc->level, &f) || !f.inst)
		return;
	struct dwarf *d = dwarf_of(f.inst->module);
	if (sc->function >= dwarf_calls_at(d, f.offset, calls))
		return;
	buf_puts(&r->text, "of ");
	dwarf_print_name(d, calls[sc->function].entry, &r->text);
	buf_puts(&r->text, calls[sc->function].inlined ? ", inlined:\n" : ":\n");
}

void show_variables(struct session *s, bool args_only, struct result *r)
{
	struct eval_scope sc = debug_scope(s, s->frame);
	uint32_t last;
	source_variables all;

	if (!variables_of_frame(&sc, &all, &last))
		return;
	struct node *list = node_array(r, r->root, "variables");
	if (last && !args_only)
		show_owner(&sc, r);
	for (size_t i = 0; i < all.count; i++) {
		const struct source_variable *v = &all.data[i];
		if (v->call != sc.function || (args_only && !v->parameter))
			continue;
		show_value_tree(&sc, v->name, &v->value, 0, r, list);
	}
	vec_free(&all);
}

void show_source_result(struct session *s, const struct func *f, const struct value *results, size_t n, struct buf *out)
{
	struct eval_scope sc = debug_scope(s, 0);
	struct buf shown = { 0 }, plain = { 0 };
	struct source_value v;

	if (n != 1 || !f->inst || !source_of_result(f, results[0], &v))
		return;
	sc.instance = f->inst;
	source_print(&sc, &v, &shown);
	value_print(results[0], s->store, &plain);
	if (strcmp(buf_str(&shown), buf_str(&plain)) != 0) {
		buf_printf(out, "  = %s : ", buf_str(&shown));
		type_print(v.type, out);
	}
	buf_free(&shown);
	buf_free(&plain);
}
