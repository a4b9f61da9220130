/* Maps of frames; see root_maps.h. They are found by the address of a cell, in a table with open addressing. */
#include "engine/gc/root_maps.h"

#include <stdlib.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/vec.h"
#include "engine/cursor.h"
#include "engine/gc/layout.h"
#include "engine/regir/code.h"
#include "engine/regir/convert.h"

/* What a key names: cells and bodies have addresses that end in three zero bits. */
enum key_kind { KEY_AT, KEY_CALLING, KEY_LOCALS };

struct entry {
	uintptr_t key;          /* 0: free */
	const void *map;        /* struct frame_map, or for KEY_LOCALS struct root_list */
};

struct root_maps {
	struct arena arena;
	struct entry *entries;
	size_t count, cap;      /* cap: a power of two, or 0 */
};

struct root_maps *root_maps_new(void)
{
	return calloc(1, sizeof(struct root_maps));
}

void root_maps_free(struct root_maps *m)
{
	if (!m)
		return;
	arena_free(&m->arena);
	free(m->entries);
	free(m);
}

/* ---- the table ------------------------------------------------------------------------------- */

static uintptr_t key_of(const void *p, enum key_kind kind)
{
	return (uintptr_t)p | (uintptr_t)kind;
}

static struct entry *entry_of(struct entry *entries, size_t cap, uintptr_t key)
{
	size_t i = (size_t)((uint64_t)key * 0x9e3779b97f4a7c15u >> 24) & (cap - 1);

	while (entries[i].key && entries[i].key != key)
		i = (i + 1) & (cap - 1);
	return &entries[i];
}

static const void *maps_get(const struct root_maps *m, uintptr_t key)
{
	return m->cap ? entry_of(m->entries, m->cap, key)->map : NULL;
}

static bool maps_grow(struct root_maps *m)
{
	size_t cap = m->cap ? 2 * m->cap : 64;
	struct entry *grown = calloc(cap, sizeof *grown);

	if (!grown)
		return false;
	for (size_t i = 0; i < m->cap; i++)
		if (m->entries[i].key)
			*entry_of(grown, cap, m->entries[i].key) = m->entries[i];
	free(m->entries);
	m->entries = grown;
	m->cap = cap;
	return true;
}

static bool maps_put(struct root_maps *m, uintptr_t key, const void *map)
{
	if (4 * (m->count + 1) > 3 * m->cap && !maps_grow(m))
		return false;
	*entry_of(m->entries, m->cap, key) = (struct entry){ key, map };
	m->count++;
	return true;
}

/* ---- locals ---------------------------------------------------------------------------------- */

struct roots {
	const struct engine *en;
	VEC(root) found;
};

static bool roots_add(struct roots *r, valtype t, uint32_t at)
{
	enum gc_mark mark = field_mark(r->en, t);

	return mark == MARK_NOT || vec_push(&r->found, at | (root)mark);
}

static bool roots_keep(struct roots *r, struct arena *a, struct root_list *out)
{
	out->n = (uint32_t)r->found.count;
	out->roots = arena_copy(a, r->found.data, r->found.count * sizeof(root));
	return out->roots || out->n == 0;
}

static bool add_params(struct roots *r, const struct deftype *t, uint32_t *at)
{
	for (uint32_t i = 0; i < t->nparams; i++) {
		if (!roots_add(r, t->params[i], *at))
			return false;
		*at += 8 * vt_slots(t->params[i]);
	}
	return true;
}

static bool add_locals(struct roots *r, const struct module *m, uint32_t func)
{
	struct err e = { 0 };
	struct cursor c = cursor_at(m, m->funcs[func].body, &e);
	uint32_t groups, n, at = 0;
	valtype t;

	if (!add_params(r, m->funcs[func].type, &at) || !read_u32(&c, &groups, "locals"))
		return false;
	for (uint32_t g = 0; g < groups; g++) {
		if (!read_u32(&c, &n, "locals") || !read_valtype(&c, &t))
			return false;
		for (uint32_t i = 0; i < n; i++, at += 8 * vt_slots(t))
			if (!roots_add(r, t, at))
				return false;
	}
	return true;
}

static const struct root_list *locals_of(struct root_maps *m, const struct body *b)
{
	uintptr_t key = key_of(b, KEY_LOCALS);
	const struct root_list *known = maps_get(m, key);
	struct roots r = { .en = b->module->engine };

	if (known)
		return known;
	struct root_list *list = arena_alloc(&m->arena, sizeof *list);
	bool ok = list && add_locals(&r, b->module, b->func) && roots_keep(&r, &m->arena, list) && maps_put(m, key, list);
	vec_free(&r.found);
	return ok ? list : NULL;
}

/* ---- operands -------------------------------------------------------------------------------- */

/* References in their homes below byte offset LIMIT. What is only an alias of a local is found there. */
static bool add_operands(struct roots *r, const struct body *b, uint32_t offset, uint32_t limit)
{
	struct arena a = { 0 };
	struct err e = { 0 };
	struct stack_entry *s;
	uint32_t n;
	bool ok = body_stack_at(b, offset, &a, &s, &n, &e);

	for (uint32_t i = 0; ok && i < n; i++)
		if (s[i].place == IN_SLOT && s[i].at == s[i].home && s[i].home < limit)
			ok = roots_add(r, s[i].type, s[i].home);
	arena_free(&a);
	return ok;
}

static const struct frame_map *map_make(struct root_maps *m, const struct body *b, uint32_t offset, uint32_t limit, uintptr_t key)
{
	struct roots r = { .en = b->module->engine };
	struct frame_map *map = arena_alloc(&m->arena, sizeof *map);

	if (!map)
		return NULL;
	map->header = b->header;
	map->locals = locals_of(m, b);
	bool ok = map->locals && add_operands(&r, b, offset, limit) && roots_keep(&r, &m->arena, &map->stack)
		&& maps_put(m, key, map);
	vec_free(&r.found);
	return ok ? map : NULL;
}

const struct frame_map *frame_map_at(struct root_maps *m, const struct instance *inst, const struct cell *pc)
{
	uintptr_t key = key_of(pc, KEY_AT);
	const struct frame_map *known = maps_get(m, key);
	struct err e = { 0 };

	if (known)
		return known;
	struct body *b = code_body_at(inst->module, pc);
	const struct body_map *map = b ? body_map(b, &e) : NULL;
	if (!map)
		return NULL;
	const struct map_row *row = body_map_at(map, (uint32_t)((const char *)pc - b->cells));
	return row ? map_make(m, b, row->main, UINT32_MAX, key) : NULL;
}

/* Where the arguments of the call before the landing begin. */
static uint32_t call_window(const struct body *b, const struct landing *l)
{
	const void *call = b->cells + landing_call(b, l);

	return l->plain ? (uint32_t)((const struct wcell *)call)->a : ((const struct cell *)call)->a;
}

const struct frame_map *frame_map_calling(struct root_maps *m, const struct instance *inst, const struct landing *l)
{
	uintptr_t key = key_of(l, KEY_CALLING);
	const struct frame_map *known = maps_get(m, key);

	if (known)
		return known;
	struct body *b = code_body_at(inst->module, l);
	return b ? map_make(m, b, l->offset, call_window(b, l), key) : NULL;
}
