/*
 * The last events, as many as fit. Events are numbered from 0 as they come; the ring holds [first, next). An event and the
 * records that follow it stay together: they are overwritten as one and never lie on both ends of the storage.
 */
#ifndef TRACE_RING_H
#define TRACE_RING_H

#include "trace/event.h"

struct ring {
	struct trace_event *at;         /* NULL: no room was made yet */
	uint64_t cap;                   /* records */
	uint64_t first, next;           /* of records, ever growing; record N lies at N % cap */
	uint64_t count, lost;           /* events held; overwritten */
};

/* Room for CAP records; what was held is forgotten. False: no memory (the ring is then empty). */
bool ring_resize(struct ring *r, uint64_t cap);
void ring_clear(struct ring *r);
void ring_free(struct ring *r);
/* Put an event with its values, WORDS of them in all, the first two into a and b. */
void ring_put(struct ring *r, const struct trace_event *e, const uint64_t *values, unsigned words);

/* The event at *AT, which moves behind it; NULL: none is left. for (uint64_t at = r->first; (e = ring_next(r, &at));) … */
const struct trace_event *ring_next(const struct ring *r, uint64_t *at);

#endif
