/* The pieces in assembly between C and compiled code; those that a compiler refers to are in tier.h. */
#ifndef ENGINE_NATIVE_H
#define ENGINE_NATIVE_H

#include "engine/regir/interp.h"

/* The registers that a handler is called with. */
struct native_start {
	handler *handler;
	const struct cell *pc;
	slot *fp;
	struct ctx *c;
	uint64_t acc, p, q;
	double facc;
};

/*
 * Call a handler with an empty native stack, whose bottom is c->native_sp until it returns an exit code. What compiled code has
 * pushed is then gone.
 */
unsigned native_enter(const struct native_start *s);

/* Where the entry cell of compiled code that is off leads to: the body behind the cell. */
extern const char native_off[];

/* native_across in C: enters the instance of the function in acc. */
handler h_NATIVE_ACROSS;

#endif
