/*
 * Threads that take turns: the contexts of a store run one at a time, all in the native thread of the first one, so that a
 * run with threads can be recorded and run again. A Wasm thread needs no native one, because its frames are its context's:
 * when the first thread's turn is over, it runs the others below itself until its next one comes.
 *
 *     thread 1  ──run──┐ turn over (fuel)                       ┌──run──
 *     thread 2         └──run──┐ waits                 ┌──run───┘ turn over
 *     thread 3                 └──run──── notifies ────┘
 *
 * A turn ends after a fixed number of instructions, at a wait that must wait, and with the thread. Each change is noted as
 * (step, thread); replaying, turns end where they did. While threads take turns they share one clock: ctx_clock() of the
 * one whose turn it is counts the instructions of all, and shows in the others when they ran last.
 */
#ifndef ENGINE_TURNS_H
#define ENGINE_TURNS_H

#include "engine/base/vec.h"
#include "engine/ctx.h"

/* From this step of the run on, that thread runs. */
struct turn {
	uint64_t clock;
	uint32_t thread;                /* by ctx->number */
};

enum turn_state { TURN_RUNS, TURN_WAITS, TURN_WOKEN, TURN_TIMED_OUT, TURN_ENDED };

struct turn_thread {
	struct ctx *ctx;
	enum turn_state state;
	const void *at;                 /* TURN_WAITS: where, */
	int64_t until;                  /* ns of CLOCK_MONOTONIC; INT64_MAX: for ever */
	uint64_t order;                 /* in which they began to wait */
};

/* What there is at a time: a moment keeps it. */
struct turn_place {
	struct ctx *now;                /* whose turn it is */
	uint64_t since, due;            /* steps: where the turn began, where it ends */
	size_t next;                    /* of the log */
	uint32_t nthreads;              /* of `threads`, the first one included */
	uint64_t waits;                 /* begun so far */
};

struct turns {
	struct store *store;
	struct turn_place place;
	VEC(struct turn_thread) threads;        /* those that there are, and behind them those that there were or will be */
	VEC(struct turn) log;
	bool replays;                   /* the log says when turns end */
	uint64_t end;                   /* replaying: the program was cut off at this step; 0: it was not */
	uint32_t held;                  /* more than 0: nobody else's turn comes */
	struct ctx *only;               /* only this one's turn comes; NULL: everybody's */
	struct ctx *blocked;            /* it is at a wait that must wait */
	int64_t reserve;                /* fuel that `now` has not been given yet */
	struct ctx *culprit;            /* ended the program; NULL: nobody did */
	enum outcome how;
	/* The debugger's: fuel is about to be given to another context or in another amount, and was. May be NULL. */
	void (*take_back)(void *user);
	void (*give)(void *user);
	bool (*stops)(void *user);      /* whether it wants to be asked at this step, before the turn ends */
	void *user;
};

/* The threads that ROOT's guest starts will take turns. ROOT is the only context of its store. False: out of memory. */
bool turns_begin(struct ctx *root);
/* Nobody starts threads any more; those that there were are freed. */
void turns_end(struct store *s);

/* C, stopped before its first instruction, is a thread from now on; it is the store's. False: out of memory. */
bool turns_add(struct turns *t, struct ctx *c);
/* Record or replay from the current place of the log on; forget what lies behind it. */
void turns_record(struct turns *t);
void turns_replay(struct turns *t);
void turns_cut(struct turns *t);
/* Who executes the next instruction, as far as that is known. */
struct ctx *turns_next(const struct turns *t);
/* The last step before CLOCK that THREAD executed; UINT64_MAX: none. */
uint64_t turns_before(const struct turns *t, uint32_t thread, uint64_t clock);
/* It is C's turn, from now on. */
void turns_choose(struct turns *t, struct ctx *c);
/* Give the program up: the first thread's outcome was HOW; whose it is, and what. */
enum outcome turns_over(struct turns *t, enum outcome how, struct ctx **who);

/* Put threads back to where they were: a copy of place and threads (moment.c). */
void turns_restore(struct turns *t, const struct turn_place *place, const struct turn_thread *threads);

/* ---- for the interpreter ------------------------------------------------------------------------------- */

enum turn_wait { WAIT_ANSWERED, WAIT_BLOCKED, WAIT_ALONE };

/* memory.atomic.wait of C. WAIT_ANSWERED: *RESULT; WAIT_BLOCKED: it is left and carried out again; WAIT_ALONE: as ever. */
enum turn_wait turns_wait(struct turns *t, struct ctx *c, const void *at, uint64_t expected, unsigned size, int64_t timeout_ns,
	slot *result);
uint32_t turns_notify(struct turns *t, const void *at, uint32_t count);
/* Fuel of C is gone. Whether that is the turn's end: then it is filled again. *STOPS: the debugger wants to be asked, too. */
bool turns_due(struct turns *t, struct ctx *c, bool *stops);
/*
 * C's turn is over, or it is not C's turn any more. OUT_DONE: C goes on; OUT_STOP: it does not, or (for the first thread)
 * another one stands, or it is interrupted (c->stop); OUT_KILLED: another one has ended the program.
 */
enum outcome turns_pass(struct turns *t, struct ctx *c);
/* The first thread is to go on: others may have to come first. As above. */
enum outcome turns_others(struct turns *t);
/* For hold.c: only C runs until it stands or has ended. */
enum outcome turns_alone(struct turns *t, struct ctx *c);

static inline bool turns_any(const struct store *s)
{
	return s->turns && s->turns->place.nthreads > 1;
}

#endif
