/*
 * Bisect: which function makes two tiers differ. Side A of a lockstep (lockstep.h) stands where they were seen to differ; side
 * B makes the same call again and again, some functions in its tier and all others in A's:
 *
 *     all in B's tier        differs        12 functions ran
 *     none                   agrees
 *     1 … 6                  agrees
 *     7 … 12                 differs        it is one of these
 *     7 … 9                  differs
 *     …
 *
 * until one is left, or several that make the difference only together (debugger/minimal.h).
 */
#ifndef DEBUGGER_BISECT_H
#define DEBUGGER_BISECT_H

#include <stdbool.h>
#include <stdint.h>

#include "debugger/minimal.h"
#include "engine/base/vec.h"

struct lockstep;
struct module;

/* A function of side B's store. */
struct bisect_func {
	const struct module *module;
	uint32_t func;                  /* index */
};

enum bisect_state {
	BISECT_NOT_BEGUN,               /* nothing differed in a call */
	BISECT_MIXED,                   /* mixing cannot show it: all functions together agree, or none of them differs */
	BISECT_CUT_OFF,                 /* interrupted, or out of time: it is among `left` */
	BISECT_FOUND,                   /* those of `left` make the difference, and none of them can be left out */
};

struct bisect {
	enum bisect_state state;
	VEC(struct bisect_func) ran;    /* what B executed */
	struct minimal left;            /* indices of `ran`: those that it may be */
	uint64_t runs;                  /* of side B */
	/* Told before each run how many functions it is among; NULL: nobody wants to know. */
	void (*among)(void *user, uint32_t left);
	void *user;

	/* private */
	uint32_t *items;                /* that `left` is of */
	bool unclocked;
	uint64_t at;                    /* the step at which they are compared */
	bool cut_off;
};

void bisect_free(struct bisect *x);
/* L's sides differ at step AT, or at full speed alone (l->found.unclocked): fill l->bisect. */
void bisect_search(struct lockstep *l, uint64_t at);

#endif
