/*
 * Where two runs part: events compared one by one, by what happened and where - not by the clock, nor by what references
 * refer to. After a difference both are searched for the next place from which they agree again.
 */
#ifndef TRACE_DIFF_H
#define TRACE_DIFF_H

#include "trace/place.h"
#include "trace/ring.h"

/* One side: events [from, to) of a ring. */
struct trace_run {
	const struct places *places;
	const struct ring *ring;
	uint64_t from, to;
};

enum { DIFF_HUNKS = 5, DIFF_LINES = 8, DIFF_CONTEXT = 2 };

struct trace_diff {
	uint64_t common;                /* events before the first difference */
	uint64_t events[2];             /* of each side */
	uint64_t only[2];               /* events that only this side has */
	unsigned hunks;
	bool parted;                    /* they did not come together again */
};

/* Fill OUT, and TEXT with the first hunks: lines that begin with ' ', '-' (only in A), '+' (only in B). False: no memory. */
bool trace_diff(const struct trace_run *a, const struct trace_run *b, struct trace_diff *out, struct buf *text);

#endif
