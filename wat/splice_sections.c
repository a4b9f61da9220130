/* A binary with one body changed: the sections of the old module, but for code and what names places in it; see splice.h. */
#include "wat/splice_parts.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/leb128.h"
#include "engine/module.h"

enum { SECTION_CUSTOM, SECTION_TYPE, SECTION_CODE = 10, SECTION_DATA_COUNT = 12 };
enum { NAMES_LOCAL = 2, NAMES_LABEL = 3 };      /* subsections of the name section, by function */

/* ---- sections -------------------------------------------------------------------------------- */

static void put_section(struct buf *out, uint8_t id, const struct buf *contents)
{
	buf_u8(out, id);
	buf_uleb(out, contents->size);
	buf_put(out, buf_str(contents), contents->size);
}

static void put_code(struct splice *s)
{
	const struct module *m = s->m;
	struct buf code = { 0 };

	buf_uleb(&code, m->nfuncs - m->nimported_funcs);
	for (uint32_t i = m->nimported_funcs; i < m->nfuncs; i++) {
		const struct module *from = i == s->func ? s->k : m;
		const struct func_decl *f = &from->funcs[i == s->func ? s->last : i];
		buf_uleb(&code, f->body_size);
		buf_put(&code, from->bytes + f->body, f->body_size);
	}
	put_section(&s->out, SECTION_CODE, &code);
	s->out.failed |= code.failed;
	buf_free(&code);
}

/* A body that names data segments needs it. */
static void put_data_count(struct splice *s)
{
	struct buf b = { 0 };

	if (s->m->has_data_count || !s->k->has_data_count)
		return;
	buf_uleb(&b, s->m->ndatas);
	put_section(&s->out, SECTION_DATA_COUNT, &b);
	buf_free(&b);
}

/* Lists by function, as the name section and branch hints have them: entries of a number and a list of items. */
typedef bool skip_item(const uint8_t **p, const uint8_t *end);

static bool skip_u32(const uint8_t **p, const uint8_t *end, uint32_t *v)
{
	return leb_u32(p, end, v) == LEB_OK;
}

/* index, name */
static bool skip_name(const uint8_t **p, const uint8_t *end)
{
	uint32_t index, n;

	if (!skip_u32(p, end, &index) || !skip_u32(p, end, &n) || n > (size_t)(end - *p))
		return false;
	*p += n;
	return true;
}

/* offset, a size that is 1, the byte */
static bool skip_hint(const uint8_t **p, const uint8_t *end)
{
	return skip_name(p, end);
}

struct by_func {
	const uint8_t *p, *end;
	uint32_t left;
	skip_item *skip;
};

static bool list_begin(struct by_func *l, const uint8_t *p, const uint8_t *end, skip_item *skip)
{
	*l = (struct by_func){ p, end, 0, skip };
	return skip_u32(&l->p, end, &l->left);
}

/* The next entry: its function, and the bytes of its list. */
static bool list_next(struct by_func *l, uint32_t *func, struct str *list)
{
	uint32_t n;

	if (!l->left || !skip_u32(&l->p, l->end, func))
		return false;
	const uint8_t *start = l->p;
	if (!skip_u32(&l->p, l->end, &n))
		return false;
	while (n--)
		if (!l->skip(&l->p, l->end))
			return false;
	l->left--;
	*list = (struct str){ (const char *)start, (size_t)(l->p - start) };
	return true;
}

/* The list of function FUNC; empty: it has none. */
static struct str list_of(const uint8_t *p, const uint8_t *end, skip_item *skip, uint32_t func)
{
	struct by_func l;
	struct str list;
	uint32_t of;

	if (p && list_begin(&l, p, end, skip))
		while (list_next(&l, &of, &list))
			if (of == func)
				return list;
	return (struct str){ NULL, 0 };
}

static void put_entry(struct buf *out, uint32_t *count, uint32_t func, struct str list)
{
	buf_uleb(out, func);
	buf_put(out, list.p, list.n);
	++*count;
}

/* M's lists [p, end) with OWN for the function. False: they cannot be read. */
static bool put_lists(const struct splice *s, const uint8_t *p, const uint8_t *end, skip_item *skip, struct str own,
	struct buf *out)
{
	struct buf entries = { 0 };
	struct by_func l = { 0 };
	uint32_t count = 0, of;
	struct str list;
	bool put = !own.n, ok = !p || list_begin(&l, p, end, skip);

	while (ok && list_next(&l, &of, &list)) {
		if (!put && of >= s->func) {
			put_entry(&entries, &count, s->func, own);
			put = true;
		}
		if (of != s->func)
			put_entry(&entries, &count, of, list);
	}
	if (!put)
		put_entry(&entries, &count, s->func, own);
	ok = ok && !l.left;
	if (ok && count) {
		buf_uleb(out, count);
		buf_put(out, buf_str(&entries), entries.size);
	}
	buf_free(&entries);
	return ok;
}

static const struct custom *find_custom(const struct module *m, const char *name)
{
	for (uint32_t i = m->ncustoms; i-- > 0;)
		if (str_is(m->customs[i].name, name))
			return &m->customs[i];
	return NULL;
}

/* The contents of subsection ID of M's name section. */
static bool subsection(const struct module *m, uint8_t id, const uint8_t **p, const uint8_t **end)
{
	const struct custom *c = find_custom(m, "name");
	const uint8_t *at = c ? m->bytes + c->start : NULL, *stop = c ? at + c->size : NULL;
	uint32_t size;

	while (at < stop) {
		uint8_t is = *at++;
		if (!skip_u32(&at, stop, &size) || size > (size_t)(stop - at))
			return false;
		if (is == id) {
			*p = at;
			*end = at + size;
			return true;
		}
		at += size;
	}
	return false;
}

static void put_names_of(const struct splice *s, uint8_t id, struct buf *out)
{
	const uint8_t *p = NULL, *end = NULL, *kp = NULL, *kend = NULL;
	struct buf lists = { 0 };

	subsection(s->m, id, &p, &end);
	subsection(s->k, id, &kp, &kend);
	if (put_lists(s, p, end, skip_name, list_of(kp, kend, skip_name, s->last), &lists) && lists.size)
		put_section(out, id, &lists);
	out->failed |= lists.failed;
	buf_free(&lists);
}

/* The name section, with local names and labels of the new body. */
static void put_names(struct splice *s)
{
	const struct custom *c = find_custom(s->m, "name");
	const uint8_t *at = c ? s->m->bytes + c->start : NULL, *stop = c ? at + c->size : NULL;
	struct buf b = { 0 };
	uint8_t next = NAMES_LOCAL;
	uint32_t size;

	buf_uleb(&b, 4);
	buf_puts(&b, "name");
	while (at < stop) {
		uint8_t id = *at++;
		if (!skip_u32(&at, stop, &size) || size > (size_t)(stop - at))
			break;
		for (; next <= NAMES_LABEL && next <= id; next++)
			put_names_of(s, next, &b);
		if (id != NAMES_LOCAL && id != NAMES_LABEL) {
			buf_u8(&b, id);
			buf_uleb(&b, size);
			buf_put(&b, at, size);
		}
		at += size;
	}
	for (; next <= NAMES_LABEL; next++)
		put_names_of(s, next, &b);
	if (b.size > 5)
		put_section(&s->out, SECTION_CUSTOM, &b);
	s->out.failed |= b.failed;
	buf_free(&b);
}

static void put_hints(struct splice *s, const struct custom *c)
{
	const struct custom *own = find_custom(s->k, "metadata.code.branch_hint");
	const uint8_t *p = s->m->bytes + c->start, *kp = own ? s->k->bytes + own->start : NULL;
	struct buf b = { 0 };

	buf_uleb(&b, c->name.n);
	buf_put(&b, c->name.p, c->name.n);
	size_t head = b.size;
	if (put_lists(s, p, p + c->size, skip_hint, list_of(kp, own ? kp + own->size : NULL, skip_hint, s->last), &b) &&
	    b.size > head)
		put_section(&s->out, SECTION_CUSTOM, &b);
	s->out.failed |= b.failed;
	buf_free(&b);
}

/* Sections that name places in the code section. */
static bool names_places(struct str name)
{
	return str_starts(name, ".debug_") || str_starts(name, "reloc.") || str_is(name, "sourceMappingURL") ||
		str_is(name, "external_debug_info");
}

static void put_custom(struct splice *s, const struct section *x)
{
	const struct module *m = s->m;
	const struct custom *c = NULL;

	for (uint32_t i = 0; i < m->ncustoms; i++)
		if (m->customs[i].start >= x->start && m->customs[i].start + m->customs[i].size == x->start + x->size)
			c = &m->customs[i];
	if (!c || str_is(c->name, "name") || names_places(c->name))
		return;
	if (str_is(c->name, "metadata.code.branch_hint")) {
		put_hints(s, c);
		return;
	}
	buf_u8(&s->out, SECTION_CUSTOM);
	buf_uleb(&s->out, x->size);
	buf_put(&s->out, m->bytes + x->start, x->size);
}

static const struct section *find_section(const struct module *m, uint8_t id)
{
	for (uint32_t i = 0; i < m->nsections; i++)
		if (m->sections[i].id == id)
			return &m->sections[i];
	return NULL;
}

/* All of M, with what is new; the names come last, where tools put them. */
void splice_sections(struct splice *s)
{
	const struct module *m = s->m;
	enum { HEADER = 8 };

	buf_put(&s->out, m->bytes, HEADER);
	for (uint32_t i = 0; i < m->nsections; i++) {
		const struct section *x = &m->sections[i];
		const struct module *from = x->id == SECTION_TYPE && s->k->ntypes > m->ntypes ? s->k : m;
		if (from == s->k)
			x = find_section(s->k, SECTION_TYPE);
		if (x->id == SECTION_CODE) {
			put_data_count(s);
			put_code(s);
		} else if (x->id == SECTION_CUSTOM) {
			put_custom(s, x);
		} else {
			buf_u8(&s->out, x->id);
			buf_uleb(&s->out, x->size);
			buf_put(&s->out, from->bytes + x->start, x->size);
		}
	}
	put_names(s);
}
