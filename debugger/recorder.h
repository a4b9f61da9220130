/*
 * The recorder of a store: while it records, everything that the run takes from outside goes to its tape; while it
 * replays, the tape answers and no host function is called. In between it lets everything pass.
 *
 * It is a gate (engine/host_gate.h) and a tap (engine/inputs.h). One context may run meanwhile, or several that take turns
 * (engine/turns.h), whose log belongs to the recording. A call from another one is noted in `foreign`, and what was recorded
 * from there on is no record of the run.
 */
#ifndef DEBUGGER_RECORDER_H
#define DEBUGGER_RECORDER_H

#include "debugger/tape.h"
#include "engine/base/err.h"
#include "engine/host_gate.h"
#include "engine/inputs.h"
#include "engine/turns.h"

enum recorder_mode { RECORDER_OFF, RECORDER_RECORDS, RECORDER_REPLAYS };

/* A host function as the tape calls it. */
struct recorder_func {
	const struct func *func;        /* NULL: of a tape from a file, not called yet */
	char *module, *name;            /* owned */
};

/* Steps that lie in a call which cannot be begun again from moments outside of it: [from, to). */
struct recorder_span {
	uint64_t from, to;
};

struct recorder {
	struct ctx *ctx;                /* whose run it is */
	enum recorder_mode mode;
	struct tape tape;
	struct tape_place place;        /* recording: the end; replaying: what comes next */
	VEC(struct recorder_func) funcs;
	VEC(struct recorder_span) spans;        /* calls that host functions made */
	_Atomic bool foreign;           /* another thread called the host meanwhile */
	bool incomplete;                /* something could not be written: out of memory */
	VEC(struct turn) turns;         /* of a file, for the run to come */
	bool threads;                   /* threads of the guest take turns from its next call on */
	bool references;                /* a reference was given to the guest: means nothing in another process */
	struct err wrong;               /* replaying: the run does something else than what was recorded */

	/* Which standard stream this call writes to; NULL: such output is not looked for. */
	int (*stream_of)(void *user, struct ctx *c, const struct func *f, const slot *args);
	/* Replaying: what the guest wrote to a standard stream; NULL: it was written when it was recorded. */
	void (*output)(void *user, int stream, const void *bytes, size_t n);
	void *host;                     /* of these two */
	/* Somebody else than the running guest or its host functions is about to write memory. */
	void (*edited)(void *user);
	void (*spawned)(void *user);    /* a thread began, which a place before it cannot be run to; may be NULL */
	void *user;                     /* of these two */

	uint64_t shown;                 /* output of calls before this place of the tape was written already */
	_Atomic uint64_t unrecorded;    /* calls of host functions that passed without being recorded */

	/* private */
	struct store *store;
	struct host_gate gate;
	struct input_tap tap;
	VEC(struct tape_write) writes;  /* by host functions that run now */
	size_t first_write;             /* of the innermost one */
	uint32_t calls;                 /* host functions that run now */
};

/* For C's store, which outlives it or is left with recorder_detach(). */
void recorder_attach(struct recorder *r, struct ctx *c);
void recorder_detach(struct recorder *r);
void recorder_free(struct recorder *r);         /* detaches */
/* Forget all that was recorded. */
void recorder_clear(struct recorder *r);
/* Put what FROM, which belongs to no run, has read into R. */
void recorder_take(struct recorder *r, struct recorder *from);
/* Give R, which is empty, a copy of what FROM has recorded. False: out of memory. */
bool recorder_copy(struct recorder *r, const struct recorder *from);
/* Threads that the guest of the context starts from now on take turns, as R's file says if it is from one. */
bool recorder_take_turns(struct recorder *r);
/* Record from the end of the tape on; replay from a place of it on. */
void recorder_record(struct recorder *r);
void recorder_replay(struct recorder *r, struct tape_place from);
/* Forget what lies behind the current place. */
void recorder_cut(struct recorder *r);
/* The step nearest to CLOCK, not above it, that is in no call of a host function. */
uint64_t recorder_outside(const struct recorder *r, uint64_t clock);

#endif
