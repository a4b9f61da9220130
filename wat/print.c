/* The module's fields, in an order that reads well: what is small first, then functions, then data. */
#include "wat/print.h"

#include <stdlib.h>

#include "engine/base/utf8.h"
#include "wat/print_ctx.h"

enum { DEEPEST = 40 };          /* levels that are still indented further */

struct wat_print_options wat_print_defaults(void)
{
	return (struct wat_print_options){ .names = true, .indent = 2, .func = -1 };
}

bool printer_init(struct printer *p, const struct module *m, const struct wat_print_options *o, struct buf *out,
	struct err *e)
{
	*p = (struct printer){ .m = m, .o = *o, .out = out, .e = e, .line = 1, .line_start = out->size };
	if (p->o.indent <= 0)
		p->o.indent = 2;
	if (p->o.names && !module_names(m))
		return err_oom(e);
	return true;
}

void printer_free(struct printer *p)
{
	for (int kind = 0; kind <= NAME_TAG; kind++)
		map_free(&p->names[kind]);
	free(p->ids);
	map_free(&p->locals);
	vec_free(&p->labels);
	vec_free(&p->branched);
}

void print_line(struct printer *p, uint32_t level)
{
	buf_putc(p->out, '\n');
	p->line++;
	p->line_start = p->out->size;
	buf_fill(p->out, ' ', (size_t)(level < DEEPEST ? level : DEEPEST) * (size_t)p->o.indent);
}

/* ---- line maps ------------------------------------------------------------------------------- */

void print_place(struct printer *p, uint32_t offset)
{
	struct wat_place at = { .offset = offset, .line = p->line, .column = 1 };

	if (!p->map || p->out->failed)
		return;
	for (size_t i = p->line_start; i < p->out->size; i++)
		at.column += ((unsigned char)p->out->data[i] & 0xc0) != 0x80;
	if (!vec_push(&p->map->places, at))
		err_oom(p->e);
}

static int by_offset(const void *a, const void *b)
{
	const struct wat_place *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

void line_map_free(struct line_map *map)
{
	vec_free(&map->places);
}

const struct wat_place *line_map_find(const struct line_map *map, uint32_t offset)
{
	size_t lo = 0, hi = map->places.count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (map->places.data[mid].offset <= offset)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? &map->places.data[lo - 1] : NULL;
}

/* ---- imports, tables, memories, globals, tags ------------------------------------------------ */

void print_table_type(struct printer *p, const struct table_decl *t)
{
	print_limits(&t->limits, p->out);
	buf_putc(p->out, ' ');
	print_valtype(p, t->type, p->out);
}

void print_memory_type(struct printer *p, const struct memory_decl *d)
{
	print_limits(&d->limits, p->out);
	if (d->page_log2 != 16)
		buf_printf(p->out, " (pagesize %llu)", 1ULL << (d->page_log2 & 63));
}

void print_global_type(struct printer *p, const struct global_decl *g)
{
	buf_puts(p->out, g->mut ? " (mut " : " ");
	print_valtype(p, g->type, p->out);
	if (g->mut)
		buf_putc(p->out, ')');
}

void print_import(struct printer *p, uint32_t i)
{
	const struct module *m = p->m;
	const struct import *im = &m->imports[i];

	buf_puts(p->out, "(import ");
	print_string(p->out, im->module.p, im->module.n, true);
	buf_putc(p->out, ' ');
	print_string(p->out, im->name.p, im->name.n, true);
	buf_printf(p->out, " (%s", extern_kind_name(im->kind));
	switch (im->kind) {
	case EXTERN_FUNC:
		print_def(p, NAME_FUNC, im->index, p->out);
		print_type_use(p, m->funcs[im->index].type, m->funcs[im->index].type_index, p->out);
		break;
	case EXTERN_TABLE:
		print_def(p, NAME_TABLE, im->index, p->out);
		print_table_type(p, &m->tables[im->index]);
		break;
	case EXTERN_MEMORY:
		print_def(p, NAME_MEMORY, im->index, p->out);
		print_memory_type(p, &m->memories[im->index]);
		break;
	case EXTERN_GLOBAL:
		print_def(p, NAME_GLOBAL, im->index, p->out);
		print_global_type(p, &m->globals[im->index]);
		break;
	case EXTERN_TAG:
		print_def(p, NAME_TAG, im->index, p->out);
		print_type_use(p, m->tags[im->index].type, m->tags[im->index].type_index, p->out);
		break;
	}
	buf_puts(p->out, "))");
}

static bool print_tables(struct printer *p)
{
	for (uint32_t i = p->m->nimported_tables; i < p->m->ntables; i++) {
		const struct table_decl *t = &p->m->tables[i];

		print_line(p, 1);
		buf_puts(p->out, "(table");
		print_def(p, NAME_TABLE, i, p->out);
		print_table_type(p, t);
		if (t->has_init) {
			buf_putc(p->out, ' ');
			if (!print_const(p, t->init, NULL))
				return false;
		}
		buf_putc(p->out, ')');
	}
	return true;
}

static void print_memories(struct printer *p)
{
	for (uint32_t i = p->m->nimported_memories; i < p->m->nmemories; i++) {
		print_line(p, 1);
		buf_puts(p->out, "(memory");
		print_def(p, NAME_MEMORY, i, p->out);
		print_memory_type(p, &p->m->memories[i]);
		buf_putc(p->out, ')');
	}
}

static void print_tags(struct printer *p)
{
	for (uint32_t i = p->m->nimported_tags; i < p->m->ntags; i++) {
		print_line(p, 1);
		buf_puts(p->out, "(tag");
		print_def(p, NAME_TAG, i, p->out);
		print_type_use(p, p->m->tags[i].type, p->m->tags[i].type_index, p->out);
		buf_putc(p->out, ')');
	}
}

static bool print_globals(struct printer *p)
{
	for (uint32_t i = p->m->nimported_globals; i < p->m->nglobals; i++) {
		print_line(p, 1);
		buf_puts(p->out, "(global");
		print_def(p, NAME_GLOBAL, i, p->out);
		print_global_type(p, &p->m->globals[i]);
		buf_putc(p->out, ' ');
		if (!print_const(p, p->m->globals[i].init, NULL))
			return false;
		buf_putc(p->out, ')');
	}
	return true;
}

static void print_exports(struct printer *p)
{
	static const enum name_kind kinds[] = {
		[EXTERN_FUNC] = NAME_FUNC, [EXTERN_TABLE] = NAME_TABLE, [EXTERN_MEMORY] = NAME_MEMORY,
		[EXTERN_GLOBAL] = NAME_GLOBAL, [EXTERN_TAG] = NAME_TAG,
	};

	for (uint32_t i = 0; i < p->m->nexports; i++) {
		const struct export *x = &p->m->exports[i];

		print_line(p, 1);
		buf_puts(p->out, "(export ");
		print_string(p->out, x->name.p, x->name.n, true);
		buf_printf(p->out, " (%s ", extern_kind_name(x->kind));
		print_ref(p, kinds[x->kind], x->index, p->out);
		buf_puts(p->out, "))");
	}
}

/* ---- segments -------------------------------------------------------------------------------- */

enum { ITEMS_A_LINE = 12, BYTES_A_LINE = 64 };

static bool print_items(struct printer *p, const struct elem_decl *s)
{
	for (uint32_t i = 0; i < s->count; i++) {
		if (s->count > ITEMS_A_LINE && i % ITEMS_A_LINE == 0)
			print_line(p, 2);
		else
			buf_putc(p->out, ' ');
		if (s->funcs)
			print_ref(p, NAME_FUNC, s->funcs[i], p->out);
		else if (!print_const(p, s->exprs[i], "item"))
			return false;
	}
	return true;
}

static bool print_elem(struct printer *p, uint32_t index)
{
	const struct elem_decl *s = &p->m->elems[index];

	print_line(p, 1);
	buf_puts(p->out, "(elem");
	print_def(p, NAME_ELEM, index, p->out);
	buf_putc(p->out, ' ');
	if (s->mode == SEGMENT_DECLARED)
		buf_puts(p->out, "declare ");
	if (s->mode == SEGMENT_ACTIVE) {
		if (s->table) {
			buf_puts(p->out, "(table ");
			print_ref(p, NAME_TABLE, s->table, p->out);
			buf_puts(p->out, ") ");
		}
		if (!print_const(p, s->at, "offset"))
			return false;
		buf_putc(p->out, ' ');
	}
	if (s->exprs)
		print_valtype(p, s->type, p->out);
	else
		buf_puts(p->out, "func");
	if (!print_items(p, s))
		return false;
	buf_putc(p->out, ')');
	return true;
}

static void print_bytes(struct printer *p, const uint8_t *bytes, uint32_t size)
{
	for (uint32_t i = 0; i < size; i += BYTES_A_LINE) {
		uint32_t n = size - i < BYTES_A_LINE ? size - i : BYTES_A_LINE;

		if (size > BYTES_A_LINE)
			print_line(p, 2);
		else
			buf_putc(p->out, ' ');
		print_string(p->out, (const char *)bytes + i, n, false);
	}
}

static bool print_data(struct printer *p, uint32_t index)
{
	const struct data_decl *s = &p->m->datas[index];

	print_line(p, 1);
	buf_puts(p->out, "(data");
	print_def(p, NAME_DATA, index, p->out);
	if (s->mode == SEGMENT_ACTIVE) {
		if (s->memory) {
			buf_puts(p->out, " (memory ");
			print_ref(p, NAME_MEMORY, s->memory, p->out);
			buf_putc(p->out, ')');
		}
		buf_putc(p->out, ' ');
		if (!print_const(p, s->at, "offset"))
			return false;
	}
	print_bytes(p, p->m->bytes + s->start, s->size);
	buf_putc(p->out, ')');
	return true;
}

/* ---- custom sections ------------------------------------------------------------------------- */

/* What names and annotations say again is not printed as bytes. */
static bool shown_otherwise(const struct printer *p, const struct custom *c)
{
	if (str_is(c->name, "name"))
		return p->o.names;
	return str_is(c->name, "metadata.code.branch_hint") && p->m->nhints;
}

static void print_custom(struct printer *p, const struct custom *c)
{
	static const char *const sections[] = {
		NULL, "type", "import", "func", "table", "memory", "global", "export", "start", "elem", "code", "data",
		"datacount", "tag",
	};

	print_line(p, 1);
	buf_puts(p->out, "(@custom ");
	print_string(p->out, c->name.p, c->name.n, true);
	if (c->after && c->after < sizeof sections / sizeof *sections)
		buf_printf(p->out, " (after %s)", sections[c->after]);
	else
		buf_puts(p->out, " (before first)");
	print_bytes(p, p->m->bytes + c->start, c->size);
	buf_putc(p->out, ')');
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool print_fields(struct printer *p)
{
	const struct module *m = p->m;

	print_types(p);
	for (uint32_t i = 0; i < m->nimports; i++) {
		print_line(p, 1);
		print_import(p, i);
	}
	if (!print_tables(p))
		return false;
	print_memories(p);
	print_tags(p);
	if (!print_globals(p))
		return false;
	print_exports(p);
	if (m->has_start) {
		print_line(p, 1);
		buf_puts(p->out, "(start ");
		print_ref(p, NAME_FUNC, m->start, p->out);
		buf_putc(p->out, ')');
	}
	for (uint32_t i = 0; i < m->nelems; i++)
		if (!print_elem(p, i))
			return false;
	for (uint32_t i = m->nimported_funcs; i < m->nfuncs; i++) {
		print_line(p, 1);
		if (!print_func(p, i, 1))
			return false;
	}
	for (uint32_t i = 0; i < m->ndatas; i++)
		if (!print_data(p, i))
			return false;
	for (uint32_t i = 0; i < m->ncustoms; i++)
		if (!shown_otherwise(p, &m->customs[i]))
			print_custom(p, &m->customs[i]);
	return true;
}

static bool print_module(struct printer *p)
{
	buf_puts(p->out, "(module");
	if (p->o.names && p->m->name.n && utf8_valid(p->m->name.p, p->m->name.n)) {
		buf_putc(p->out, ' ');
		print_id_text(p->out, p->m->name);
	}
	if (!print_fields(p))
		return false;
	buf_puts(p->out, "\n)\n");
	return true;
}

bool wat_print_func(const struct module *m, uint32_t func, const struct wat_print_options *o, struct buf *out,
	struct line_map *map, struct err *e)
{
	struct printer p;
	bool ok;

	if (func >= m->nfuncs)
		return err_set(e, E_UNKNOWN_NAME, place_none(), "no function %u: the module has %u", func, m->nfuncs);
	ok = printer_init(&p, m, o, out, e);
	p.map = map;
	if (ok && m->funcs[func].import >= 0)
		print_import(&p, (uint32_t)m->funcs[func].import);
	else if (ok)
		ok = print_func(&p, func, 0);
	if (ok)
		buf_putc(out, '\n');
	if (map && map->places.count)
		qsort(map->places.data, map->places.count, sizeof *map->places.data, by_offset);
	printer_free(&p);
	return ok && e->code == E_NONE && (!out->failed || err_oom(e));
}

bool wat_print(const struct module *m, const struct wat_print_options *o, struct buf *out, struct err *e)
{
	struct printer p;
	bool ok;

	if (o->func >= 0)
		return wat_print_func(m, (uint32_t)o->func, o, out, NULL, e);
	ok = printer_init(&p, m, o, out, e) && print_module(&p);
	printer_free(&p);
	return ok && e->code == E_NONE && (!out->failed || err_oom(e));
}
