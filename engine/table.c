/*
 * Tables: arrays of references that grow. Their storage comes from malloc (calloc for empty tables, so that a large one
 * costs only what is used of it) and doubles when it grows.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/entity.h"
#include "engine/limits.h"

static void fill(slot *at, slot v, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		at[i] = v;
}

/* Whether one table may have SIZE elements at all; the store's own limit is for all tables together. */
static bool size_possible(const struct table *t, uint64_t size)
{
	return size <= t->max && size <= MAX_TABLE_ELEMS;
}

static bool table_allocate(struct table *t, slot init, struct err *e)
{
	struct store *s = t->store;

	if (!size_possible(t, t->size))
		return err_set(e, E_LIMIT, place_none(), "a table of %llu elements is above the limit of %d",
			(unsigned long long)t->size, MAX_TABLE_ELEMS);
	if (!account_charge(&s->table_elements, t->size, s->limits.max_table_elements))
		return err_set(e, E_LIMIT, place_none(),
			"a table of %llu elements is above the limit of %llu for all tables (%llu are in use)",
			(unsigned long long)t->size, (unsigned long long)s->limits.max_table_elements,
			(unsigned long long)atomic_load(&s->table_elements));
	t->cap = t->size;
	t->elems = t->cap ? calloc(t->cap, sizeof *t->elems) : NULL;
	if (t->cap && !t->elems) {
		account_return(&s->table_elements, t->size);
		return err_set(e, E_NO_MEMORY, place_none(), "no memory for a table of %llu elements",
			(unsigned long long)t->size);
	}
	if (init)
		fill(t->elems, init, t->size);
	return true;
}

struct table *table_new(struct store *s, valtype type, struct limits l, slot init, struct err *e)
{
	struct table *t = store_alloc(s, 1, sizeof *t);

	if (!t)
		return err_oom(e), NULL;
	t->store = s;
	t->type = type;
	t->is64 = l.is64;
	t->has_max = l.has_max;
	t->max = l.has_max ? l.max : l.is64 ? UINT64_MAX : UINT32_MAX;
	t->size = l.min;
	if (l.min > t->max)
		return err_set(e, E_LIMITS, place_none(), "a table of at least %llu and at most %llu elements",
			(unsigned long long)l.min, (unsigned long long)t->max), NULL;
	if (!table_allocate(t, init, e))
		return NULL;
	if (!store_add(s, tables, t)) {
		account_return(&s->table_elements, t->size);
		table_release(t);
		return err_oom(e), NULL;
	}
	return t;
}

void table_release(struct table *t)
{
	free(t->elems);
	t->elems = NULL;
	t->size = t->cap = 0;
}

static bool table_reserve(struct table *t, uint64_t size)
{
	uint64_t cap = t->cap * 2 > size ? t->cap * 2 : size;

	if (size <= t->cap)
		return true;
	if (cap > MAX_TABLE_ELEMS)
		cap = MAX_TABLE_ELEMS;
	slot *grown = realloc(t->elems, cap * sizeof *grown);
	if (!grown)
		return false;
	t->elems = grown;
	t->cap = cap;
	return true;
}

int64_t table_grow(struct table *t, uint64_t delta, slot init)
{
	uint64_t old = t->size;
	struct store *s = t->store;

	if (delta > UINT64_MAX - old || !size_possible(t, old + delta))
		return -1;
	if (!account_charge(&s->table_elements, delta, s->limits.max_table_elements))
		return -1;
	if (!table_reserve(t, old + delta)) {
		account_return(&s->table_elements, delta);
		return -1;
	}
	if (delta)
		fill(t->elems + old, init, delta);
	t->size = old + delta;
	return (int64_t)old;
}

bool table_set_size(struct table *t, uint64_t size)
{
	struct store *s = t->store;

	if (!table_reserve(t, size))
		return false;
	if (size > t->size)
		account_charge(&s->table_elements, size - t->size, UINT64_MAX);
	else
		account_return(&s->table_elements, t->size - size);
	t->size = size;
	return true;
}

static bool in_bounds(uint64_t size, uint64_t at, uint64_t n)
{
	return n <= size && at <= size - n;
}

enum trap table_fill(struct table *t, uint64_t at, slot v, uint64_t size)
{
	if (!in_bounds(t->size, at, size))
		return TRAP_TABLE_BOUNDS;
	if (size)
		fill(t->elems + at, v, size);
	return TRAP_NONE;
}

enum trap table_copy(struct table *dst, uint64_t to, struct table *src, uint64_t from, uint64_t size)
{
	if (!in_bounds(dst->size, to, size) || !in_bounds(src->size, from, size))
		return TRAP_TABLE_BOUNDS;
	if (size)
		memmove(dst->elems + to, src->elems + from, size * sizeof(slot));
	return TRAP_NONE;
}

enum trap table_init(struct instance *in, uint32_t elem, struct table *t, uint64_t to, uint64_t from, uint64_t size)
{
	if (!in_bounds(in->elem_counts[elem], from, size) || !in_bounds(t->size, to, size))
		return TRAP_TABLE_BOUNDS;
	if (size)
		memcpy(t->elems + to, in->elem_values[elem] + from, size * sizeof(slot));
	return TRAP_NONE;
}

void elem_drop(struct instance *in, uint32_t elem)
{
	in->elem_counts[elem] = 0;
	free(in->elem_values[elem]);
	in->elem_values[elem] = NULL;
}
