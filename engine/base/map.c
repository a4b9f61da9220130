/* A hash map; see map.h. */
#include "engine/base/map.h"

#include <stdlib.h>

static struct map_entry *slot_of(struct map_entry *entries, size_t cap, struct str key, uint32_t hash)
{
	for (size_t i = hash & (cap - 1);; i = (i + 1) & (cap - 1)) {
		struct map_entry *e = &entries[i];
		if (!e->key.p || (e->hash == hash && str_eq(e->key, key)))
			return e;
	}
}

static bool map_grow(struct map *m)
{
	size_t cap = m->cap ? m->cap * 2 : 16;
	struct map_entry *entries = calloc(cap, sizeof *entries);

	if (!entries)
		return false;
	for (size_t i = 0; i < m->cap; i++)
		if (m->entries[i].key.p)
			*slot_of(entries, cap, m->entries[i].key, m->entries[i].hash) = m->entries[i];
	free(m->entries);
	m->entries = entries;
	m->cap = cap;
	return true;
}

bool map_set(struct map *m, struct str key, uint64_t value)
{
	if (!key.p)
		key.p = "";
	if (m->count + 1 > m->cap / 4 * 3 && !map_grow(m))
		return false;
	uint32_t hash = str_hash(key);
	struct map_entry *e = slot_of(m->entries, m->cap, key, hash);
	if (!e->key.p)
		m->count++;
	*e = (struct map_entry){ key, hash, value };
	return true;
}

bool map_get(const struct map *m, struct str key, uint64_t *value)
{
	if (m->count == 0)
		return false;
	const struct map_entry *e = slot_of(m->entries, m->cap, key, str_hash(key));
	if (!e->key.p)
		return false;
	*value = e->value;
	return true;
}

void map_free(struct map *m)
{
	free(m->entries);
	*m = (struct map){ 0 };
}
