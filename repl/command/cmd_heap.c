/* Command: heap. What is in the object heap by type, and one object with what it refers to. */
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/gc/gc.h"
#include "engine/names.h"
#include "repl/command/render.h"
#include "repl/command/session.h"

/* ---- names ----------------------------------------------------------------------------------- */

/* A module that has the type, and its index there; NULL: none is loaded any more. */
static const struct module *module_with(const struct session *s, const struct deftype *t, uint32_t *index)
{
	for (size_t k = s->modules.count; k-- > 0;) {
		const struct module *m = s->modules.data[k].module;
		for (uint32_t i = 0; m && i < m->ntypes; i++)
			if (m->types[i] == t) {
				*index = i;
				return m;
			}
	}
	return NULL;
}

/* "$pair", or the type's text. */
static void print_type(const struct session *s, const struct deftype *t, struct buf *out)
{
	uint32_t index;
	const struct module *m = module_with(s, t, &index);
	struct str name = m ? name_of(m, NAME_TYPE, index) : (struct str){ NULL, 0 };

	if (!name.n) {
		deftype_print(t, NULL, out);
		return;
	}
	buf_putc(out, '$');
	buf_escaped(out, name.p, name.n, false);
}

static void print_field_name(const struct session *s, const struct deftype *t, uint32_t field, struct buf *out)
{
	uint32_t index;
	const struct module *m = t->kind == TYPE_STRUCT ? module_with(s, t, &index) : NULL;
	struct str name = m ? name_of_inner(m, NAME_FIELD, index, field) : (struct str){ NULL, 0 };

	if (name.n)
		buf_escaped(out, name.p, name.n, false);
	else
		buf_printf(out, "[%u]", field);
}

/* ---- one object ------------------------------------------------------------------------------ */

enum { TREE_DEPTH = 6, TREE_FIELDS = 20 };

struct tree {
	struct session *s;
	struct buf *out;
	slot path[TREE_DEPTH + 1];      /* objects from the root down */
};

static bool is_object(const struct session *s, struct value v)
{
	return vt_is_ref(v.type) && heap_top(s->engine, vt_heap(v.type)) == HEAP_ANY && gc_is_object(v.lo);
}

static bool on_path(const struct tree *t, slot ref, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		if (t->path[i] == ref)
			return true;
	return false;
}

/* An array of numbers is one line. */
static void print_numbers(struct tree *t, slot ref, uint32_t n, unsigned depth)
{
	struct value v;

	buf_fill(t->out, ' ', 2 * (depth + 1));
	buf_printf(t->out, "%u:", n);
	for (uint32_t i = 0; i < n && i < TREE_FIELDS && gc_field_get(t->s->store, ref, i, &v); i++) {
		buf_putc(t->out, ' ');
		value_print(v, t->s->store, t->out);
	}
	buf_puts(t->out, n > TREE_FIELDS ? " …\n" : "\n");
}

/* The fields of REF, one a line, and below each what it refers to. */
static void print_tree(struct tree *t, slot ref, unsigned depth)
{
	const struct deftype *type = gc_object_type(t->s->store, ref);
	uint32_t n = gc_object_length(t->s->store, ref);
	struct value v;

	t->path[depth] = ref;
	if (type->kind == TYPE_ARRAY && !vt_is_ref(type->fields[0].type)) {
		print_numbers(t, ref, n, depth);
		return;
	}
	for (uint32_t i = 0; i < n && i < TREE_FIELDS && gc_field_get(t->s->store, ref, i, &v); i++) {
		bool object = is_object(t->s, v), seen = object && on_path(t, v.lo, depth + 1);
		buf_fill(t->out, ' ', 2 * (depth + 1));
		print_field_name(t->s, type, i, t->out);
		buf_puts(t->out, " = ");
		value_print(v, t->s->store, t->out);
		if (object) {
			buf_putc(t->out, ' ');
			print_type(t->s, gc_object_type(t->s->store, v.lo), t->out);
		}
		buf_puts(t->out, seen ? " (above)\n" : object && depth + 1 == TREE_DEPTH ? " …\n" : "\n");
		if (object && !seen && depth + 1 < TREE_DEPTH)
			print_tree(t, v.lo, depth + 1);
	}
	if (n > TREE_FIELDS) {
		buf_fill(t->out, ' ', 2 * (depth + 1));
		buf_printf(t->out, "… %u more\n", n - TREE_FIELDS);
	}
}

static void list_fields(struct session *s, slot ref, struct result *r, struct node *object)
{
	const struct deftype *type = gc_object_type(s->store, ref);
	struct node *list = node_array(r, object, "fields");
	struct value v;

	for (uint32_t i = 0; i < gc_object_length(s->store, ref) && gc_field_get(s->store, ref, i, &v); i++) {
		struct node *one = node_object(r, list, NULL);
		struct buf name = { 0 };
		print_field_name(s, type, i, &name);
		node_int(r, one, "index", i);
		if (buf_str(&name)[0] != '[')
			node_str(r, one, "name", str_of_buf(&name));
		node_value(r, one, v, s->store);
		buf_free(&name);
	}
}

static bool show_object(struct session *s, int64_t number, struct result *r, struct err *e)
{
	slot ref = number > 0 && number <= UINT32_MAX ? gc_object_numbered(s->store, (uint32_t)number) : 0;
	struct tree t = { .s = s, .out = &r->text };
	struct buf type = { 0 };

	if (!ref)
		return err_set(e, E_UNKNOWN_NAME, place_none(), "no object %lld, or it was collected", (long long)number);
	const struct deftype *d = gc_object_type(s->store, ref);
	print_type(s, d, &type);
	buf_printf(&r->text, "%s#%lld %s, %llu bytes\n", d->kind == TYPE_ARRAY ? "array" : "struct", (long long)number,
		buf_str(&type), (unsigned long long)gc_object_bytes(s->store, ref));
	node_int(r, r->root, "number", number);
	node_str(r, r->root, "type", str_of_buf(&type));
	node_printf(r, r->root, "bytes", "%llu", (unsigned long long)gc_object_bytes(s->store, ref));
	list_fields(s, ref, r, r->root);
	print_tree(&t, ref, 0);
	buf_free(&type);
	return true;
}

/* ---- the whole ------------------------------------------------------------------------------- */

struct count {
	const struct deftype *type;
	uint64_t objects, bytes;
};

struct census {
	const struct store *store;
	VEC(struct count) types;        /* by type id; type NULL: no object of it */
};

static void count_object(void *user, slot ref)
{
	struct census *c = user;
	const struct deftype *t = gc_object_type(c->store, ref);

	while (c->types.count <= t->id)
		if (!vec_push(&c->types, (struct count){ 0 }))
			return;
	struct count *k = &c->types.data[t->id];
	k->type = t;
	k->objects++;
	k->bytes += gc_object_bytes(c->store, ref);
}

static int by_bytes(const void *a, const void *b)
{
	const struct count *x = a, *y = b;

	return x->bytes < y->bytes ? 1 : x->bytes > y->bytes ? -1 : 0;
}

static void show_types(struct session *s, struct census *c, struct result *r)
{
	struct node *list = node_array(r, r->root, "types");
	struct table_text table = { .arena = &r->arena };

	if (c->types.count)
		qsort(c->types.data, c->types.count, sizeof *c->types.data, by_bytes);
	for (size_t i = 0; i < c->types.count && c->types.data[i].objects; i++) {
		const struct count *k = &c->types.data[i];
		struct node *one = node_object(r, list, NULL);
		struct buf type = { 0 };
		print_type(s, k->type, &type);
		node_str(r, one, "type", str_of_buf(&type));
		node_printf(r, one, "objects", "%llu", (unsigned long long)k->objects);
		node_printf(r, one, "bytes", "%llu", (unsigned long long)k->bytes);
		table_text_cell(&table, "%s", buf_str(&type));
		table_text_cell(&table, "%llu object%s", (unsigned long long)k->objects, k->objects == 1 ? "" : "s");
		table_text_cell(&table, "%llu bytes", (unsigned long long)k->bytes);
		table_text_row(&table);
		buf_free(&type);
	}
	table_text_print(&table, &r->text);
}

static bool run_heap(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *number = arg_get(a, "object");

	if (!s->store || !s->store->heap) {
		buf_puts(&r->text, "no objects were made\n");
		return true;
	}
	if (number->given)
		return show_object(s, number->number, r, e);
	struct census c = { .store = s->store };
	gc_collect(s->ctx);
	gc_each(s->store, count_object, &c);
	show_types(s, &c, r);
	vec_free(&c.types);
	struct gc_stats g = gc_stats(s->store);
	buf_printf(&r->text, "%llu objects, %llu bytes; %llu collections\n", (unsigned long long)g.objects,
		(unsigned long long)g.bytes, (unsigned long long)g.collections);
	node_printf(r, r->root, "objects", "%llu", (unsigned long long)g.objects);
	node_printf(r, r->root, "bytes", "%llu", (unsigned long long)g.bytes);
	node_printf(r, r->root, "exceptions", "%llu", (unsigned long long)g.exceptions);
	node_printf(r, r->root, "collections", "%llu", (unsigned long long)g.collections);
	node_printf(r, r->root, "size", "%llu", (unsigned long long)g.size);
	node_printf(r, r->root, "limit", "%llu", (unsigned long long)g.limit);
	return true;
}

const struct command cmd_heap = {
	.name = "heap", .group = GROUP_STATE, .summary = "Collect garbage and count objects by type, or show one as a tree",
	.doc = "Without an argument: the objects that are reachable, by type, largest first. With the N of struct#N or array#N:\n"
		"its fields, and below each what it refers to.",
	.example = "heap 3",
	.args = (const struct arg_spec[]){ { "object", ARG_NUMBER, ARG_OPTIONAL, "the number in struct#N or array#N", NULL }, { 0 } },
	.run = run_heap,
};
