/*
 * One side of a lockstep: its call is begun, run to a step of the clock, put back to a base (a moment), and run again, also in
 * another tier or with a break cell on the way. Who compares what is in lockstep.h.
 */
#ifndef DEBUGGER_LOCKSTEP_SIDE_H
#define DEBUGGER_LOCKSTEP_SIDE_H

#include "debugger/lockstep.h"

enum { LOCKSTEP_LEAST_INTERVAL = 200 }; /* steps between points */

/* ---- a call ------------------------------------------------------------------------------------ */

/* Let it run up to step N. */
void lockstep_aim(struct lockstep_side *s, uint64_t n);
/* Begin a call and keep that moment; OUT_STOP: it stands there. Host functions are called at once. */
enum outcome lockstep_begin(struct lockstep *l, struct lockstep_side *s, struct func *f, const slot *args, slot *results);
/* Run to the side's target. OUT_STOP: it stands there. */
enum outcome lockstep_go(struct lockstep *l, struct lockstep_side *s);
/* Note how the call ended, or that it stands. */
void lockstep_set_end(struct lockstep_side *s, enum outcome how);
/* Give up the last call, whose frames may still be there. */
void lockstep_end_call(struct lockstep_side *s);

/* ---- again ------------------------------------------------------------------------------------- */

/* A way to run a side from its base. */
struct lockstep_way {
	const struct lockstep_tier *tier;
	uint64_t to;                    /* stop before this step */
	struct body *body;              /* … or, earlier, at the cell AT of this body from step FROM on; NULL: no such cell */
	uint32_t at;
	uint64_t from;
	bool pause;                     /* stop at FROM and go on */
};

/* Put the side back to its base and run it. ARRIVED is called once: it stands there, or its call has ended. */
void lockstep_run(struct lockstep *l, int which, const struct lockstep_way *w, void (*arrived)(struct lockstep *l));
/* The whole call once more in code without a clock, for NS at most. */
void lockstep_run_unclocked(struct lockstep *l, int which, int64_t ns);
/* The base is where the side stands now, or where the call began. False: no memory. */
bool lockstep_set_base(struct lockstep_side *s);
void lockstep_to_begin(struct lockstep_side *s);

#endif
