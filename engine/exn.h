/* Exceptions: what `throw` makes and `exnref` refers to. A collection frees those that nothing refers to. */
#ifndef ENGINE_EXN_H
#define ENGINE_EXN_H

#include "engine/store.h"

struct exn {
	struct exn *next;               /* all of the store's */
	const struct tag *tag;
	uint32_t nslots;
	bool marked;                    /* the collector's */
	bool kept;                      /* a moment (moment.h) refers to it: not freed although nothing else does */
	struct exn *gray;
	slot payload[];                 /* the tag's parameters */
};

static inline size_t exn_bytes(uint32_t nslots)
{
	return sizeof(struct exn) + nslots * sizeof(slot);
}

/*
 * An exception with the payload at ARGS; NULL: out of memory. It may collect, so the context's registers are saved; the
 * exception is kept alive by a reference in a slot or by c->exception.
 */
struct exn *exn_new(struct ctx *c, const struct tag *tag, const slot *args);
void exn_free_all(struct store *s);

#endif
