/*
 * A hash map from byte strings to 64-bit values (indices or pointers). Keys are borrowed: they must live as long as
 * the map. Open addressing, grows at three quarters full. map_set gives false when memory runs out.
 */
#ifndef ENGINE_BASE_MAP_H
#define ENGINE_BASE_MAP_H

#include "engine/base/str.h"

struct map_entry {
	struct str key;         /* key.p == NULL: free */
	uint32_t hash;
	uint64_t value;
};

struct map {
	struct map_entry *entries;
	size_t count, cap;      /* cap: a power of two, or 0 */
};

bool map_set(struct map *m, struct str key, uint64_t value);             /* adds or replaces */
bool map_get(const struct map *m, struct str key, uint64_t *value);      /* false: absent, *value untouched */
void map_free(struct map *m);

#endif
