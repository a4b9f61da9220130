/*
 * Types. Value types hold canonical ids; a module says them by index, so ids are mapped back to the first index that
 * has them. Inside a recursive group its own members come first: a group that occurs twice must name itself.
 */
#include <stdlib.h>

#include "wat/print_ctx.h"

static int by_id(const void *a, const void *b)
{
	const struct type_at *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static bool ids_make(struct printer *p)
{
	const struct module *m = p->m;

	if (p->ids)
		return true;
	p->ids = malloc((m->ntypes + 1) * sizeof *p->ids);
	if (!p->ids)
		return false;
	for (uint32_t i = 0; i < m->ntypes; i++)
		p->ids[i] = (struct type_at){ m->types[i]->id, i };
	qsort(p->ids, m->ntypes, sizeof *p->ids, by_id);
	return true;
}

static bool index_of(struct printer *p, uint32_t id, uint32_t *index)
{
	if (id - p->group_id < p->group_size) {
		*index = p->group_index + (id - p->group_id);
		return true;
	}
	if (!ids_make(p))
		return err_oom(p->e);
	uint32_t lo = 0, hi = p->m->ntypes;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (p->ids[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	*index = p->ids[lo].index;
	return lo < p->m->ntypes && p->ids[lo].id == id;
}

static void name_type(void *user, uint32_t id, struct buf *out)
{
	struct printer *p = user;
	uint32_t index = 0;

	if (index_of(p, id, &index))
		print_ref(p, NAME_TYPE, index, out);
	else
		buf_printf(out, "type#%u", id);
}

void print_valtype(struct printer *p, valtype t, struct buf *out)
{
	p->types = (struct type_names){ name_type, p };
	valtype_print(t, &p->types, out);
}

void print_valtypes(struct printer *p, const char *word, const valtype *t, uint32_t n, struct buf *out)
{
	if (!n)
		return;
	buf_printf(out, " (%s", word);
	for (uint32_t i = 0; i < n; i++) {
		buf_putc(out, ' ');
		print_valtype(p, t[i], out);
	}
	buf_putc(out, ')');
}

void print_limits(const struct limits *l, struct buf *out)
{
	if (l->is64)
		buf_puts(out, " i64");
	buf_printf(out, " %llu", (unsigned long long)l->min);
	if (l->has_max)
		buf_printf(out, " %llu", (unsigned long long)l->max);
	if (l->shared)
		buf_puts(out, " shared");
}

void print_group_enter(struct printer *p, const struct deftype *t, uint32_t index)
{
	p->group_id = t->group;
	p->group_size = t->group_size;
	p->group_index = index - (t->id - t->group);
}

void print_group_leave(struct printer *p)
{
	p->group_id = p->group_size = p->group_index = 0;
}

void print_type_use(struct printer *p, const struct deftype *t, uint32_t index, struct buf *out)
{
	buf_puts(out, " (type ");
	print_ref(p, NAME_TYPE, index, out);
	buf_putc(out, ')');
	if (!t || t->kind != TYPE_FUNC)
		return;
	print_group_enter(p, t, index);
	print_valtypes(p, "param", t->params, t->nparams, out);
	print_valtypes(p, "result", t->results, t->nresults, out);
	print_group_leave(p);
}

/* ---- the type section ------------------------------------------------------------------------ */

static void print_field(struct printer *p, struct field_type f)
{
	if (f.mut)
		buf_puts(p->out, "(mut ");
	print_valtype(p, f.type, p->out);
	if (f.mut)
		buf_putc(p->out, ')');
}

static void print_struct(struct printer *p, const struct deftype *t, uint32_t index)
{
	buf_puts(p->out, "(struct");
	for (uint32_t i = 0; i < t->nfields; i++) {
		buf_puts(p->out, " (field ");
		if (print_field_id(p, index, i, p->out))
			buf_putc(p->out, ' ');
		print_field(p, t->fields[i]);
		buf_putc(p->out, ')');
	}
	buf_putc(p->out, ')');
}

static void print_composite(struct printer *p, const struct deftype *t, uint32_t index)
{
	switch ((enum type_kind)t->kind) {
	case TYPE_FUNC:
		buf_puts(p->out, "(func");
		print_valtypes(p, "param", t->params, t->nparams, p->out);
		print_valtypes(p, "result", t->results, t->nresults, p->out);
		buf_putc(p->out, ')');
		break;
	case TYPE_STRUCT:
		print_struct(p, t, index);
		break;
	case TYPE_ARRAY:
		buf_puts(p->out, "(array ");
		print_field(p, t->fields[0]);
		buf_putc(p->out, ')');
		break;
	}
}

static void print_deftype(struct printer *p, uint32_t index)
{
	const struct deftype *t = p->m->types[index];
	bool plain = t->final && t->super == TYPE_NONE;

	buf_puts(p->out, "(type");
	print_def(p, NAME_TYPE, index, p->out);
	buf_putc(p->out, ' ');
	if (!plain)
		buf_puts(p->out, t->final ? "(sub final " : "(sub ");
	if (t->super != TYPE_NONE) {
		name_type(p, t->super, p->out);
		buf_putc(p->out, ' ');
	}
	print_composite(p, t, index);
	buf_puts(p->out, plain ? ")" : "))");
}

static void print_group(struct printer *p, uint32_t first, uint32_t size)
{
	print_line(p, 1);
	buf_puts(p->out, "(rec");
	for (uint32_t i = 0; i < size; i++) {
		print_line(p, 2);
		print_deftype(p, first + i);
	}
	print_line(p, 1);
	buf_putc(p->out, ')');
}

void print_types(struct printer *p)
{
	const struct module *m = p->m;

	for (uint32_t i = 0; i < m->ntypes; i += p->group_size) {
		print_group_enter(p, m->types[i], i);
		if (p->group_size > m->ntypes - i)      /* cut short: a module that could not be read to its end */
			p->group_size = m->ntypes - i;
		if (p->group_size > 1) {
			print_group(p, i, p->group_size);
		} else {
			print_line(p, 1);
			print_deftype(p, i);
		}
	}
	print_group_leave(p);
}
