/* A function's WAT with a count at each line: what `coverage $f` and the HTML report show. */
#ifndef TRACE_ANNOTATE_H
#define TRACE_ANNOTATE_H

#include "engine/base/arena.h"
#include "trace/place.h"

struct err;

struct annotated_line {
	struct str text;
	bool code;                      /* an instruction that can be executed begins on it */
	uint64_t count;                 /* executions: the most of its instructions */
	uint64_t instrs;                /* executions of all its instructions together */
};

/* COUNT tells of places. Memory from A. False with E: the text cannot be had. */
bool annotate_func(const struct places *p, uint32_t func, uint64_t (*count)(void *user, uint32_t place), void *user,
	struct arena *a, struct annotated_line **out, size_t *n, struct err *e);

#endif
