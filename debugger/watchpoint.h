/*
 * Watchpoints: breakpoints on state. A struct breakpoint of kind BREAKPOINT_WATCH owns one struct watch; numbers, conditions,
 * ignore counts and command lists are the breakpoint's.
 *
 * Instructions that may touch what is watched are probed (engine/probe.h): before one the effect is compared with what is
 * watched, after it values are. Memory has a filter in front, a bit for each 64 bytes of addresses, so that a thousand
 * watchpoints cost an instruction no more than one does. What hosts write is found by comparing everything when one
 * returns; its stop is behind the call.
 *
 * A local or operand belongs to a frame. When the frame is left, by whatever way, the watchpoint says so and is gone. Who sets a
 * local is known: break cells behind those instructions do for `watch`, and nothing else of the program is slower.
 */
#ifndef DEBUGGER_WATCHPOINT_H
#define DEBUGGER_WATCHPOINT_H

#include "debugger/breakpoint.h"
#include "debugger/lvalue.h"

struct native_code;
struct probe_at;

/* A break cell behind an instruction that sets a local, or at a tail call. */
struct watch_cell {
	uint32_t by, at;
	bool leaves;
};

struct watch {
	struct lvalue place;
	bool reads, writes;
	bool placed;                    /* false: waits for an instance (`run` made a new store) */

	/* private */
	struct ctx *ctx;                /* a frame's */
	const struct module *module;    /* of the instance, to find it again in the next store */
	bool there;                     /* `was` or `bytes` hold something */
	struct value was;               /* as last seen */
	uint8_t *bytes;                 /* LVALUE_RANGE: as last seen */
	uint32_t home;                  /* LVALUE_STACK: byte offset of its slot from the frame */
	bool gone;                      /* its frame was left: deleted at the next stop */
	struct { const struct module *module; uint32_t func, offset; slot *fp; } end;   /* where the frame returns to; NULL: nowhere */
	/* LVALUE_LOCAL, for `watch`: break cells in its function */
	VEC(struct watch_cell) cells;
};

enum { WATCH_BYTES = 16 };

/* What happened to one of them: for the stop. */
struct watch_hit {
	uint32_t number;
	char *expr;                     /* as typed; of the stop's arena once it is settled */
	char caught[96];                /* a catchpoint's event; "": none */
	bool left;                      /* the frame was left: it is deleted; no values */
	bool read, same;                /* nothing changed: it was read; written with the same value */
	bool was_there, is_there;
	struct value was, is;
	/* of a range: the bytes that changed, or were read */
	bool range;
	uint64_t at, size;
	uint8_t was_bytes[WATCH_BYTES], is_bytes[WATCH_BYTES];  /* the first ones */
	const struct ctx *ctx;          /* its thread */
	bool told;                      /* the breakpoint's condition was asked: it stops */
	/* who did it; func NULL: a host function, or nobody */
	const struct func *func;
	uint32_t offset;
};

struct watches;

/* Give B its watch of PLACE, now. B is of kind BREAKPOINT_WATCH; false with E: out of memory. */
bool watch_place(struct dbg *d, struct breakpoint *b, const struct lvalue *place, bool reads, bool writes, struct err *e);
/* Take it away again; B stays, waiting. */
void watch_unplace(struct dbg *d, struct breakpoint *b);
/* What is watched has changed: ask for the right instructions. False with E: out of memory. */
bool watches_renew(struct dbg *d, struct err *e);
/* Values may have been edited since the last stop. */
void watches_refresh(struct dbg *d);
/* What was seen so far is no news: the guest is somewhere else now (reverse.c). */
void watches_forget(struct dbg *d);
/* The context goes: globals, memories and tables wait for new ones; locals and fields are gone. */
void watches_store_going(struct dbg *d);
/* A new instance: those that waited for one of its module look at it. */
void watches_instance_made(struct dbg *d, struct instance *in);
/* A break cell: the end of a watched frame, or what a host function wrote. True: stop. */
bool watches_reached(struct dbg *d, struct ctx *c, const struct func *f, uint32_t offset);
/* Whether that may be so. Changes nothing: for any native thread. */
bool watches_wait(struct dbg *d, const struct ctx *c, const struct func *f, uint32_t offset);
/* What C was seen to touch: ask conditions and ignore counts, with C selected. True: it stops for one. */
bool watches_stop(struct dbg *d, const struct ctx *c);
/* Whether C was seen to touch something that nobody was told of. */
bool watches_saw(struct dbg *d, const struct ctx *c);
/* N was made of F, for C: a catchpoint that waits for that makes C stop where it goes on. */
void watches_compiled(struct dbg *d, struct ctx *c, const struct func *f, const struct native_code *n);
/* The first thread has stopped to be asked: whether it was for that, and it is a stop. */
bool watches_heard(struct dbg *d);
/* After a stop: hits go into d->stop; watchpoints whose frames are gone are deleted. */
void watches_settle(struct dbg *d);
void watches_free(struct dbg *d);

/* The current value. False: it is not there. */
bool watch_value(struct dbg *d, const struct watch *w, struct value *out);

#endif
