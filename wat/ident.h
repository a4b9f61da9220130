/*
 * Identifiers of one module, each once, with what it names in every index space. Locals and labels live in the same
 * record, so resolving `$x` is one hash lookup whatever it names.
 */
#ifndef WAT_IDENT_H
#define WAT_IDENT_H

#include "engine/base/str.h"
#include "engine/base/vec.h"

enum space {
	SPACE_TYPE, SPACE_FUNC, SPACE_TABLE, SPACE_MEMORY, SPACE_GLOBAL, SPACE_TAG, SPACE_ELEM, SPACE_DATA, SPACE_COUNT
};

struct ident {
	struct str name;                /* borrowed, without its dollar */
	uint32_t hash;
	uint32_t index[SPACE_COUNT];    /* 1 + index; 0: names nothing there */
	uint32_t local_func, local;     /* 1 + number of the function whose local it last was; the local */
	uint32_t label;                 /* 1 + position of the innermost open label of that name; 0: none */
};

struct idents {
	VEC(struct ident) list;
	uint32_t *slots;                /* 1 + position in list */
	size_t cap;                     /* of slots: a power of two */
};

/* Find or add; its position in list. False: out of memory. */
bool ident_intern(struct idents *ids, struct str name, uint32_t *position);
void idents_free(struct idents *ids);

#endif
