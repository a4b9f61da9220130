/*
 * The name section; see names.h. Names are kept per kind as one array sorted by (outer, index); of several names for
 * the same thing the first stays. Readers on several threads may ask at once: whoever is second throws its copy away.
 */
#include "engine/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/vec.h"
#include "engine/cursor.h"
#include "engine/decode.h"

enum { NAME_MODULE = 0, NAME_KINDS = NAME_TAG + 1 };

struct name {
	uint32_t outer, index;          /* outer: function or type, 0 for the other kinds */
	struct str text;
};

typedef VEC(struct name) name_vec;

struct names {
	name_vec kinds[NAME_KINDS];
	char problem[200];
};

static bool is_inner(enum name_kind kind)
{
	return kind == NAME_LOCAL || kind == NAME_LABEL || kind == NAME_FIELD;
}

static bool read_map(struct cursor *c, uint32_t outer, name_vec *out)
{
	uint32_t n;

	if (!read_count(c, &n, UINT32_MAX, "the number of names"))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		struct name name = { .outer = outer };
		if (!read_u32(c, &name.index, "the index of a name") || !read_name(c, &name.text, "a name"))
			return false;
		if (!vec_push(out, name))
			return err_oom(c->e);
	}
	return true;
}

static bool read_inner_map(struct cursor *c, name_vec *out)
{
	uint32_t n, outer;

	if (!read_count(c, &n, UINT32_MAX, "the number of name maps"))
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (!read_u32(c, &outer, "the index of a name map") || !read_map(c, outer, out))
			return false;
	return true;
}

/* The next subsection's id and a cursor on its contents; C moves behind it. */
static bool read_subsection(struct cursor *c, uint8_t *id, struct cursor *contents)
{
	const uint8_t *bytes;
	uint32_t size;

	if (!read_byte(c, id, "a subsection")
			|| !read_length(c, &size, UINT32_MAX, "the size of a subsection")
			|| !read_bytes(c, size, &bytes, "a subsection"))
		return false;
	*contents = *c;
	contents->p = bytes;
	contents->end = bytes + size;
	return true;
}

static struct cursor section_cursor(const struct module *m, const struct custom *section, struct err *e)
{
	struct cursor c = cursor_at(m, section->start, e);

	c.end = c.p + section->size;
	return c;
}

static bool read_section(const struct module *m, const struct custom *section, struct names *n, struct err *e)
{
	struct cursor c = section_cursor(m, section, e), contents;

	while (c.p < c.end) {
		uint8_t id;
		bool ok = read_subsection(&c, &id, &contents);
		if (ok && id != NAME_MODULE && id < NAME_KINDS)
			ok = is_inner((enum name_kind)id) ? read_inner_map(&contents, &n->kinds[id])
				: read_map(&contents, 0, &n->kinds[id]);
		if (!ok)
			return false;
	}
	return true;
}

/* ---- order ------------------------------------------------------------------------------------------------- */

static int compare_place(const struct name *a, const struct name *b)
{
	if (a->outer != b->outer)
		return a->outer < b->outer ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

/* Equal places keep the order of the section, which is the order of their bytes. */
static int compare_names(const void *x, const void *y)
{
	const struct name *a = x, *b = y;
	int order = compare_place(a, b);

	return order ? order : a->text.p < b->text.p ? -1 : a->text.p > b->text.p;
}

static void sort_names(name_vec *v)
{
	bool sorted = true;

	for (size_t i = 1; i < v->count && sorted; i++)
		sorted = compare_place(&v->data[i - 1], &v->data[i]) < 0;
	if (!sorted)
		qsort(v->data, v->count, sizeof *v->data, compare_names);
}

/* ---- asking ------------------------------------------------------------------------------------------------ */

static struct names *names_read(const struct module *m)
{
	struct names *n = calloc(1, sizeof *n);
	const struct custom *section = custom_find(m, STR("name"));
	struct err e = { 0 };

	if (!n)
		return NULL;
	if (section && !read_section(m, section, n, &e)) {
		if (e.code == E_NO_MEMORY) {
			names_free(n);
			return NULL;
		}
		snprintf(n->problem, sizeof n->problem, "0x%llx: the name section: %.150s",
			(unsigned long long)e.place.start, e.message);
	}
	for (int i = 0; i < NAME_KINDS; i++)
		sort_names(&n->kinds[i]);
	return n;
}

const struct names *module_names(const struct module *m)
{
	struct names **place = &((struct module *)m)->names, *none = NULL;
	struct names *n = __atomic_load_n(place, __ATOMIC_ACQUIRE);

	if (n)
		return n;
	n = names_read(m);
	if (n && !__atomic_compare_exchange_n(place, &none, n, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		names_free(n);
		n = none;
	}
	return n;
}

struct str name_of_inner(const struct module *m, enum name_kind kind, uint32_t outer, uint32_t index)
{
	const struct names *n = module_names(m);
	const struct name wanted = { .outer = outer, .index = index };

	if (!n)
		return (struct str){ NULL, 0 };
	const name_vec *v = &n->kinds[kind];
	size_t low = 0, high = v->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare_place(&v->data[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == v->count || compare_place(&v->data[low], &wanted) != 0)
		return (struct str){ NULL, 0 };
	return v->data[low].text;
}

struct str name_of(const struct module *m, enum name_kind kind, uint32_t index)
{
	return name_of_inner(m, kind, 0, index);
}

bool name_find(const struct module *m, enum name_kind kind, struct str name, uint32_t *index, bool *several)
{
	const struct names *n = module_names(m);
	bool found = false;

	*several = false;
	for (size_t i = 0; n && i < n->kinds[kind].count; i++) {
		const struct name *x = &n->kinds[kind].data[i];
		bool repeated = i > 0 && compare_place(x - 1, x) == 0;
		if (repeated || !str_eq(x->text, name))
			continue;
		if (found) {
			*several = true;
			break;
		}
		*index = x->index;
		found = true;
	}
	return found;
}

const char *names_problem(const struct module *m)
{
	const struct names *n = module_names(m);

	return n ? n->problem : "out of memory";
}

void names_free(struct names *n)
{
	if (!n)
		return;
	for (int i = 0; i < NAME_KINDS; i++)
		vec_free(&n->kinds[i]);
	free(n);
}

struct str names_module_name(const struct module *m)
{
	const struct custom *section = custom_find(m, STR("name"));
	struct err e = { 0 };
	struct str name = STR("");

	if (!section)
		return name;
	struct cursor c = section_cursor(m, section, &e), contents;
	uint8_t id;
	while (c.p < c.end && read_subsection(&c, &id, &contents))
		if (id == NAME_MODULE)
			return read_name(&contents, &name, "the name of the module") ? name : STR("");
	return name;
}
