/* See tally.h. */
#include "trace/tally.h"

#include <stdlib.h>

static struct tally_row *slot_for(const struct tally *t, uint64_t key)
{
	size_t i = (size_t)(key * 0x9e3779b97f4a7c15u >> 20);

	while (t->rows[i & (t->cap - 1)].used && t->rows[i & (t->cap - 1)].key != key)
		i++;
	return &t->rows[i & (t->cap - 1)];
}

static bool grow(struct tally *t)
{
	struct tally larger = { .cap = t->cap ? 2 * t->cap : 64 };

	larger.rows = calloc(larger.cap, sizeof *larger.rows);
	if (!larger.rows)
		return false;
	for (size_t i = 0; i < t->cap; i++)
		if (t->rows[i].used)
			*slot_for(&larger, t->rows[i].key) = t->rows[i];
	larger.count = t->count;
	free(t->rows);
	*t = larger;
	return true;
}

struct tally_row *tally_at(struct tally *t, uint64_t key)
{
	if (4 * (t->count + 1) > 3 * t->cap && !grow(t))
		return NULL;
	struct tally_row *r = slot_for(t, key);
	if (!r->used) {
		*r = (struct tally_row){ .key = key, .used = true };
		t->count++;
	}
	return r;
}

struct tally_row *tally_find(const struct tally *t, uint64_t key)
{
	struct tally_row *r = t->cap ? slot_for(t, key) : NULL;

	return r && r->used ? r : NULL;
}

void tally_free(struct tally *t)
{
	free(t->rows);
	*t = (struct tally){ 0 };
}
