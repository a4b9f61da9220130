/* Questions about the ring: the events that meet conditions. What depends on the place is answered once for each place. */
#ifndef TRACE_QUERY_H
#define TRACE_QUERY_H

#include "trace/filter.h"
#include "trace/place.h"
#include "trace/ring.h"

/* Call FN for each event that passes, in order; *FOUND: how many. False: out of memory. */
bool ring_query(const struct ring *r, const struct places *p, const struct filter *f,
	void (*fn)(void *user, const struct trace_event *e), void *user, uint64_t *found);

#endif
