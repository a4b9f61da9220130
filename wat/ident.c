/* Interned identifiers; see ident.h. */
#include "wat/ident.h"

static uint32_t ident_hash(struct str s)
{
	uint64_t h = s.n * 0x9e3779b97f4a7c15u, w;

	for (; s.n >= 8; s.p += 8, s.n -= 8) {
		memcpy(&w, s.p, 8);
		h = (h ^ w) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	w = 0;
	for (size_t i = 0; i < s.n; i++)
		w = w << 8 | (unsigned char)s.p[i];
	h = (h ^ w) * 0xff51afd7ed558ccdu;
	return (uint32_t)(h >> 32);
}

static bool grow(struct idents *ids)
{
	size_t cap = ids->cap ? ids->cap * 2 : 256;
	uint32_t *slots = calloc(cap, sizeof *slots);

	if (!slots)
		return false;
	for (size_t i = 0; i < ids->list.count; i++) {
		size_t at = ids->list.data[i].hash & (cap - 1);
		while (slots[at])
			at = (at + 1) & (cap - 1);
		slots[at] = (uint32_t)i + 1;
	}
	free(ids->slots);
	ids->slots = slots;
	ids->cap = cap;
	return true;
}

bool ident_intern(struct idents *ids, struct str name, uint32_t *position)
{
	uint32_t hash = ident_hash(name);

	if (ids->list.count * 2 >= ids->cap && !grow(ids))
		return false;
	size_t at = hash & (ids->cap - 1);
	for (; ids->slots[at]; at = (at + 1) & (ids->cap - 1)) {
		struct ident *id = &ids->list.data[ids->slots[at] - 1];
		if (id->hash == hash && str_eq(id->name, name)) {
			*position = ids->slots[at] - 1;
			return true;
		}
	}
	if (!vec_push(&ids->list, ((struct ident){ .name = name, .hash = hash })))
		return false;
	*position = (uint32_t)ids->list.count - 1;
	ids->slots[at] = (uint32_t)ids->list.count;
	return true;
}

void idents_free(struct idents *ids)
{
	vec_free(&ids->list);
	free(ids->slots);
	*ids = (struct idents){ 0 };
}
