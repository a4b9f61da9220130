/*
 * Where a value comes from: the instruction that made it, and what that was made from, back to constants, parameters of the
 * call that the prompt made, calls of the host, and what was there at the beginning. Found by running again from the
 * history, the guest being brought to each of the instructions.
 */
#ifndef DEBUGGER_WHY_H
#define DEBUGGER_WHY_H

#include "debugger/dbg.h"
#include "debugger/lvalue.h"

enum why_end {
	WHY_GOES_ON,            /* the steps below say how its operands came to be */
	WHY_CONSTANT, WHY_PARAMETER, WHY_HOST, WHY_INITIAL,
	WHY_UNKNOWN,            /* before recording began, or not followed further */
};
extern const char *const why_end_name[];

struct why_step {
	uint32_t depth;                 /* what it is an operand of has one less */
	uint64_t clock;
	const struct module *module;    /* NULL: no instruction */
	uint32_t func, offset;
	struct value value;             /* that it made; of type 0: it has none to show */
	char words[160];                /* "i = 5, set here"; what the place or operand is */
	enum why_end end;
};

struct why {
	VEC(struct why_step) steps;     /* each before its operands */
	bool cut;                       /* there were more */
};

/* PLACE is a place of the stopped guest, in a frame of Wasm code. The guest is where it was afterwards. */
bool why_place(struct dbg *d, const struct lvalue *place, struct why *out, struct err *e);
/* The (last) result of the function that has returned last, or of the call that is over. */
bool why_result(struct dbg *d, struct why *out, struct err *e);
void why_free(struct why *w);

#endif
