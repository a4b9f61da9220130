/*
 * Identifiers and strings. The first thing of a kind that has a name gets it as its identifier; later ones get ".INDEX"
 * behind it (and '_' while that is taken, too). A map per kind from name to first index, made when the kind is first
 * named, is all that is kept.
 */
#include <string.h>

#include "engine/base/utf8.h"
#include "wat/print_ctx.h"

static bool is_id_char(unsigned char c)
{
	return c > 0x20 && c < 0x7f && !strchr("\"(),;[]{}", c);
}

/* Characters that a terminal would not show as themselves: controls, direction marks, blanks of no width. */
static bool is_unseen(uint32_t c)
{
	return (c >= 0x80 && c < 0xa0) || c == 0xad || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e)
		|| (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xe0000 && c <= 0xe007f);
}

static void put_byte(struct buf *out, unsigned char c)
{
	if (c == '"' || c == '\\')
		buf_printf(out, "\\%c", c);
	else if (c >= 0x20 && c < 0x7f)
		buf_putc(out, (char)c);
	else if (c == '\n')
		buf_puts(out, "\\n");
	else if (c == '\t')
		buf_puts(out, "\\t");
	else
		buf_printf(out, "\\%02x", c);
}

void print_string(struct buf *out, const char *s, size_t n, bool text)
{
	buf_putc(out, '"');
	for (size_t i = 0; i < n; i++) {
		size_t length = text && (unsigned char)s[i] >= 0x80 ? utf8_length(s + i, n - i) : 0;

		if (!length) {
			put_byte(out, (unsigned char)s[i]);
			continue;
		}
		if (is_unseen(utf8_decode(s + i, length)))
			buf_printf(out, "\\u{%x}", utf8_decode(s + i, length));
		else
			buf_put(out, s + i, length);
		i += length - 1;
	}
	buf_putc(out, '"');
}

void print_id_text(struct buf *out, struct str name)
{
	size_t i = 0;

	while (i < name.n && is_id_char((unsigned char)name.p[i]))
		i++;
	buf_putc(out, '$');
	if (i == name.n)
		buf_put(out, name.p, name.n);
	else
		print_string(out, name.p, name.n, true);
}

static bool usable(struct str name)
{
	return name.n && utf8_valid(name.p, name.n);
}

static uint32_t count_of(const struct module *m, enum name_kind kind)
{
	switch (kind) {
	case NAME_FUNC:   return m->nfuncs;
	case NAME_TYPE:   return m->ntypes;
	case NAME_TABLE:  return m->ntables;
	case NAME_MEMORY: return m->nmemories;
	case NAME_GLOBAL: return m->nglobals;
	case NAME_ELEM:   return m->nelems;
	case NAME_DATA:   return m->ndatas;
	case NAME_TAG:    return m->ntags;
	case NAME_LOCAL: case NAME_LABEL: case NAME_FIELD: break;
	}
	return 0;
}

/* The map of a kind, with the printer's error set when memory ran out. */
static const struct map *kind_names(struct printer *p, enum name_kind kind)
{
	struct map *map = &p->names[kind];
	uint64_t first;

	if (p->named[kind])
		return map;
	p->named[kind] = true;
	for (uint32_t i = 0; i < count_of(p->m, kind); i++) {
		struct str name = name_of(p->m, kind, i);

		if (usable(name) && !map_get(map, name, &first) && !map_set(map, name, i))
			err_oom(p->e);
	}
	return map;
}

/* The identifier of INDEX without its dollar, in SCRATCH when it differs from NAME; {NULL, 0}: it has none. */
static struct str unique_name(const struct map *map, struct str name, uint32_t index, struct buf *scratch)
{
	uint64_t first;

	if (!usable(name) || !map_get(map, name, &first))
		return (struct str){ NULL, 0 };
	if (first == index)
		return name;
	buf_put(scratch, name.p, name.n);
	buf_printf(scratch, ".%u", index);
	while (!scratch->failed && map_get(map, str_of_buf(scratch), &first))
		buf_putc(scratch, '_');
	return str_of_buf(scratch);
}

void print_ref(struct printer *p, enum name_kind kind, uint32_t index, struct buf *out)
{
	struct buf scratch = { 0 };
	struct str id = { NULL, 0 };

	if (p->o.names)
		id = unique_name(kind_names(p, kind), name_of(p->m, kind, index), index, &scratch);
	if (id.n)
		print_id_text(out, id);
	else
		buf_printf(out, "%u", index);
	buf_free(&scratch);
}

void print_def(struct printer *p, enum name_kind kind, uint32_t index, struct buf *out)
{
	struct buf scratch = { 0 };
	struct str id = { NULL, 0 };

	if (p->o.names)
		id = unique_name(kind_names(p, kind), name_of(p->m, kind, index), index, &scratch);
	if (id.n) {
		buf_putc(out, ' ');
		print_id_text(out, id);
	}
	if (scratch.size) {
		struct str name = name_of(p->m, kind, index);

		buf_puts(out, " (@name ");
		print_string(out, name.p, name.n, true);
		buf_putc(out, ')');
	}
	buf_printf(out, " (;%u;)", index);
	buf_free(&scratch);
}

/* ---- fields ---------------------------------------------------------------------------------- */

enum { FIELD_NAMES = 256 };     /* fields beyond these are numbered, so that looking for doubles stays cheap */

bool print_field_id(struct printer *p, uint32_t type, uint32_t field, struct buf *out)
{
	struct str name = { NULL, 0 };

	if (p->o.names && field < FIELD_NAMES)
		name = name_of_inner(p->m, NAME_FIELD, type, field);
	if (!usable(name))
		return false;
	for (uint32_t i = 0; i < field; i++)
		if (str_eq(name_of_inner(p->m, NAME_FIELD, type, i), name))
			return false;
	print_id_text(out, name);
	return true;
}

void print_field_ref(struct printer *p, uint32_t type, uint32_t field, struct buf *out)
{
	if (!print_field_id(p, type, field, out))
		buf_printf(out, "%u", field);
}

/* ---- locals ---------------------------------------------------------------------------------- */

bool print_names_locals(struct printer *p, uint32_t nlocals)
{
	uint64_t first;

	if (!p->o.names)
		return true;
	for (uint32_t i = 0; i < nlocals; i++) {
		struct str name = name_of_inner(p->m, NAME_LOCAL, p->func, i);

		if (usable(name) && !map_get(&p->locals, name, &first) && !map_set(&p->locals, name, i))
			return err_oom(p->e);
	}
	return true;
}

bool print_local_id(struct printer *p, uint32_t local, struct buf *out)
{
	struct buf scratch = { 0 };
	struct str id = { NULL, 0 };

	if (p->o.names && p->locals.count)
		id = unique_name(&p->locals, name_of_inner(p->m, NAME_LOCAL, p->func, local), local, &scratch);
	if (id.n)
		print_id_text(out, id);
	buf_free(&scratch);
	return id.n != 0;
}

void print_local_ref(struct printer *p, uint32_t local, struct buf *out)
{
	if (!print_local_id(p, local, out))
		buf_printf(out, "%u", local);
}
