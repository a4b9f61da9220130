/* Exceptions; see exn.h. */
#include "engine/exn.h"

#include <stdlib.h>
#include <string.h>

#include "engine/ctx.h"
#include "engine/gc/gc.h"

struct exn *exn_new(struct ctx *c, const struct tag *tag, const slot *args)
{
	uint32_t n = tag->type->param_slots;
	struct exn *x = malloc(exn_bytes(n));

	if (!x)
		return NULL;
	*x = (struct exn){ .tag = tag, .nslots = n };
	if (n)
		memcpy(x->payload, args, n * sizeof(slot));
	gc_exn_made(c, x, exn_bytes(n));
	return x;
}

void exn_free_all(struct store *s)
{
	while (s->exns) {
		struct exn *x = s->exns;
		s->exns = x->next;
		free(x);
	}
	s->exn_bytes = 0;
}
