/* See query.h. */
#include "trace/query.h"

#include <stdlib.h>

/* By place; behind them for events without one. */
static uint8_t *places_that_pass(const struct filter *f, const struct places *p)
{
	uint8_t *pass = malloc(p->all.count + 1);

	for (size_t i = 0; pass && i < p->all.count; i++)
		pass[i] = filter_place(f, p, (uint32_t)i);
	if (pass)
		pass[p->all.count] = filter_place(f, p, NO_PLACE);
	return pass;
}

bool ring_query(const struct ring *r, const struct places *p, const struct filter *f,
	void (*fn)(void *user, const struct trace_event *e), void *user, uint64_t *found)
{
	uint8_t *pass = places_that_pass(f, p);
	const struct trace_event *e;

	*found = 0;
	for (uint64_t at = r->first; pass && (e = ring_next(r, &at));) {
		if (!pass[e->place == NO_PLACE ? p->all.count : e->place] || !filter_event(f, p, e))
			continue;
		*found += 1;
		fn(user, e);
	}
	free(pass);
	return pass != NULL;
}
