/*
 * The instructions of a function in order, with what its structure says: where basic blocks begin, which loops enclose them.
 * Blocks begin at the start, behind branches, returns and traps, at loops and behind `else` and `end`.
 */
#ifndef TRACE_CODE_WALK_H
#define TRACE_CODE_WALK_H

#include "trace/place.h"

enum { LOOPS_MAX = 64 };                /* enclosing loops that are told of */

struct walk_step {
	uint32_t place;                 /* NO_PLACE (event.h): never executed, `else`, `end` */
	uint32_t offset;
	enum op op;
	bool leader;                    /* a block begins here */
	unsigned nloops;                /* enclosing ones, and itself when it is a `loop` */
	const uint32_t *loops;          /* their places, outermost first */
};

/* F must have its places (places_all_of). False: no code, no places, or its module is gone. */
bool code_walk(const struct places *p, uint32_t func, void (*fn)(void *user, const struct walk_step *s), void *user);

#endif
