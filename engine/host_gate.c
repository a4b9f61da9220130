/* The gates of a store, in order; see host_gate.h. */
#include "engine/host_gate.h"

void store_add_gate(struct store *s, struct host_gate *g)
{
	struct host_gate **at = &s->gates;

	while (*at && (*at)->order <= g->order)
		at = &(*at)->next;
	g->next = *at;
	*at = g;
}

void store_remove_gate(struct store *s, struct host_gate *g)
{
	struct host_gate **at = &s->gates;

	while (*at && *at != g)
		at = &(*at)->next;
	if (*at)
		*at = g->next;
}

enum outcome host_gate_next(struct host_gate *next, struct ctx *c, struct func *f, const slot *args, slot *results)
{
	return next ? next->call(next, c, f, args, results) : f->host(c, f, args, results);
}
