/* Tables: growth, limits, bulk operations at their edges. */
#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/limits.h"
#include "engine/store.h"
#include "tests/harness/tap.h"

static bool holds(const struct table *t, uint64_t from, uint64_t to, slot v)
{
	for (uint64_t i = from; i < to; i++)
		if (t->elems[i] != v)
			return false;
	return true;
}

static struct table *make(struct store *s, uint64_t min, slot init)
{
	struct err e = { 0 };

	return table_new(s, VT_FUNCREF, (struct limits){ .min = min }, init, &e);
}

static void test_growth(struct store *s)
{
	struct err e = { 0 };
	struct table *t = table_new(s, VT_FUNCREF, (struct limits){ .min = 2, .max = 40, .has_max = true }, 5, &e);

	CHECK(t && t->size == 2 && t->max == 40 && t->number == 1 && holds(t, 0, 2, 5), "two initial elements");
	CHECK(table_grow(t, 3, 9) == 2 && t->size == 5 && holds(t, 0, 2, 5) && holds(t, 2, 5, 9), "three more");
	CHECK(table_grow(t, 36, 0) == -1 && table_grow(t, UINT64_MAX, 0) == -1 && t->size == 5, "not above the maximum");
	CHECK(table_grow(t, 35, 1) == 5 && holds(t, 5, 40, 1), "up to the maximum");
	CHECK(table_grow(t, 0, 1) == 40, "growing by nothing always works");
	t = make(s, 0, 0);
	CHECK(t && table_grow(t, 0, 1) == 0 && table_grow(t, 1, 3) == 0 && holds(t, 0, 1, 3), "from nothing");
	CHECK(table_grow(t, MAX_TABLE_ELEMS, 0) == -1, "not above the implementation's limit");
}

static void test_refused(struct store *s)
{
	struct err e = { 0 };
	uint64_t before = s->table_elements;

	CHECK(!table_new(s, VT_FUNCREF, (struct limits){ .min = MAX_TABLE_ELEMS + 1u }, 0, &e) && e.code == E_LIMIT,
		"too large: %s", e.message);
	e = (struct err){ 0 };
	CHECK(!table_new(s, VT_FUNCREF, (struct limits){ .min = 2, .max = 1, .has_max = true }, 0, &e) &&
		e.code == E_LIMITS, "minimum above maximum: %s", e.message);
	e = (struct err){ 0 };
	s->limits.max_table_elements = before + 10;
	CHECK(!table_new(s, VT_FUNCREF, (struct limits){ .min = 11 }, 0, &e) && e.code == E_LIMIT, "%s", e.message);
	struct table *t = make(s, 6, 0);
	CHECK(t && table_grow(t, 5, 0) == -1 && table_grow(t, 4, 0) == 6, "the store's limit holds for growth");
	CHECK(s->table_elements == before + 10, "the elements are counted");
	s->limits.max_table_elements = UINT64_MAX;
}

static void test_bulk(struct store *s)
{
	struct table *t = make(s, 8, 0), *u = make(s, 4, 6);

	CHECK(table_fill(t, 6, 1, 2) == TRAP_NONE && holds(t, 6, 8, 1) && holds(t, 0, 6, 0), "fill up to the end");
	CHECK(table_fill(t, 6, 2, 3) == TRAP_TABLE_BOUNDS && holds(t, 6, 8, 1), "one too far: nothing");
	CHECK(table_fill(t, 8, 2, 0) == TRAP_NONE && table_fill(t, 9, 2, 0) == TRAP_TABLE_BOUNDS, "nothing, at the end");
	CHECK(table_fill(t, UINT64_MAX, 2, 2) == TRAP_TABLE_BOUNDS, "no wrap-around");
	for (slot i = 0; i < 8; i++)
		t->elems[i] = i;
	CHECK(table_copy(t, 1, t, 0, 7) == TRAP_NONE && t->elems[7] == 6 && t->elems[1] == 0, "copy upwards");
	CHECK(table_copy(t, 0, t, 1, 7) == TRAP_NONE && t->elems[6] == 6 && t->elems[0] == 0, "and downwards");
	CHECK(table_copy(t, 4, u, 0, 4) == TRAP_NONE && holds(t, 4, 8, 6), "between tables");
	CHECK(table_copy(t, 0, u, 1, 4) == TRAP_TABLE_BOUNDS && table_copy(t, 5, u, 0, 4) == TRAP_TABLE_BOUNDS,
		"each with its own bounds");
}

static void test_init(struct store *s)
{
	struct table *t = make(s, 4, 0);
	slot *values[1] = { calloc(3, sizeof(slot)) };
	uint32_t counts[1] = { 3 };
	struct instance in = { .store = s, .elem_values = values, .elem_counts = counts };

	for (slot i = 0; i < 3; i++)
		values[0][i] = 10 + i;
	CHECK(table_init(&in, 0, t, 2, 1, 2) == TRAP_NONE && t->elems[2] == 11 && t->elems[3] == 12, "init");
	CHECK(table_init(&in, 0, t, 0, 2, 2) == TRAP_TABLE_BOUNDS && t->elems[0] == 0, "beyond the segment");
	CHECK(table_init(&in, 0, t, 3, 0, 2) == TRAP_TABLE_BOUNDS && t->elems[3] == 12, "beyond the table");
	elem_drop(&in, 0);
	CHECK(table_init(&in, 0, t, 4, 0, 0) == TRAP_NONE && table_init(&in, 0, t, 0, 0, 1) == TRAP_TABLE_BOUNDS,
		"a dropped segment is empty");
	elem_drop(&in, 0);
	CHECK(counts[0] == 0 && !values[0], "dropping twice is nothing");
}

int main(void)
{
	struct store *s = store_new(NULL, NULL);

	test_growth(s);
	test_refused(s);
	test_bulk(s);
	test_init(s);
	store_free(s);
	return tap_done();
}
