/*
 * Lockstep: two copies of a program, in stores made alike, run the same calls in two tiers, and wherever their states are
 * not the same one the instruction after which they first differ is found.
 *
 *     A   ──call──● ─ ─ ─ ● ─ ─ ─ ● ─ ─ ─► end        runs first; its recorder writes down what the host does, and at
 *                 hash    hash    hash                points of the instruction clock a hash of its state is kept
 *     B   ──call──● ─ ─ ─ ● ─ ─ ─ ●                   then B does the same call, fed from A's tape, to the same points
 *                              ╰──╯ differ: the interval is halved until it is one instruction
 *
 * Halving: both are put back to the last point where they agreed (moments) and run to the middle of what is left, their
 * host calls answered from the tape. So the host is called once, by A, in the first run. Where code runs several
 * instructions as a piece (engine/regir: a run that is charged as a whole), the suspect is found by comparing it with the
 * other copy going one instruction at a time, and left after each cell in turn: see lockstep_search.c.
 *
 * Nothing here knows what may be wrong with a tier. A state is what debugger/state_diff.h says it is.
 */
#ifndef DEBUGGER_LOCKSTEP_H
#define DEBUGGER_LOCKSTEP_H

#include "debugger/recorder.h"
#include "debugger/state_diff.h"
#include "engine/ctx.h"
#include "engine/tier.h"

struct bisect;
struct body;
struct hunt;
struct lockstep;
struct lockstep_way;
struct moment;

/* How code is run; a row of lockstep_tiers[]. */
struct lockstep_tier {
	const char *name, *help;
	enum run_mode mode;
	enum tier tier;         /* what the store is told */
	bool exact;             /* one cell for each instruction: what it does at a step is not part of a larger piece */
	bool compiled;          /* code is entered at calls and loops only, and left anywhere */
};
extern const struct lockstep_tier lockstep_tiers[];
extern const size_t lockstep_tier_count;
/* NULL: no tier is called that. */
const struct lockstep_tier *lockstep_tier_named(struct str name);

enum lockstep_verdict {
	LOCKSTEP_AGREES,
	LOCKSTEP_DIFFERS,
	LOCKSTEP_INCONCLUSIVE,  /* up to a place behind which they cannot be compared: `why` */
};

/* How a side ended its call, or that it stands at a step of it. */
struct lockstep_end {
	enum outcome how;       /* OUT_STOP: it stands */
	uint64_t clock;
	enum trap trap;
	int status;             /* OUT_EXIT */
};

/* Where the sides first differ. */
struct lockstep_found {
	uint64_t step;          /* the instruction that was executed wrongly */
	uint64_t from;          /* … or is part of a piece [from, step] that could not be taken apart; from == step: it is exact */
	struct func *func;      /* of side A's store; NULL: the call's end alone differs */
	bool unclocked;         /* … in code that has no instruction clock */
	bool unsteady;          /* it was seen, and not again when the call was made once more: there is no instruction to name */
	uint32_t offset;        /* of the instruction in the module */
	uint32_t count;         /* instructions that its cell stands for */
	int suspect;            /* the side that does not do what its twin does one instruction at a time; -1: unknown */
	struct body *body;      /* the suspect's, and the cell in it; NULL: its plain body */
	uint32_t cell;
	struct lockstep_end end[2];     /* where both are now */
	struct state_diff diff;
};

struct lockstep_point {
	uint64_t clock, hash;
};

struct lockstep_side {
	struct ctx *ctx;                /* its store's only one; NULL: the side is not there */
	const struct lockstep_tier *tier;       /* that it is compared in */
	struct recorder recorder;

	/* private */
	struct lockstep *lock;
	const struct lockstep_tier *as; /* that it runs in now: while it is looked for the place, others, too */
	struct dbg_hooks hooks;
	struct moment *base;            /* to begin again at: the call's begin, or a later point that both agree in */
	uint64_t base_clock;
	struct tape_place base_place;
	struct moment *begin;           /* where the call began */
	uint64_t account;               /* bytes of moments */
	struct lockstep_end end;
	bool fresh;                     /* it stands where the call begins */
	uint64_t target;                /* stop there */
	uint64_t break_from;            /* a break cell stops from this step on */
	uint32_t depth;                 /* of the call's own frames; 0: there is none */
	bool nested;                    /* it stopped above a host function */
	bool (*goes_on)(struct lockstep_side *s);       /* stopped: false, it need not go on; NULL: it need not */
	/* while it is run again: */
	const struct lockstep_way *way;
	void (*arrived)(struct lockstep *l);
	bool seen;                      /* arrived() was called */
	bool patched;                   /* the way's break cell is there */
};

struct lockstep {
	struct lockstep_side side[2];
	bool clocked;                   /* in: points within calls are compared; false: only how calls end, at full speed */
	bool nan_bits;                  /* in: payloads of NaNs count */
	uint64_t fuel;                  /* in: steps of a call at most; 0: as it takes */
	bool whether;                   /* in: the verdict is enough, nobody asks for the place */
	struct bisect *bisect;          /* in: the functions are asked for, not the place (bisect.h); NULL: they are not */
	/*
	 * The sides differ: L->found says where, and both stand behind the instruction, for as long as this runs - host functions
	 * may be below them. NULL: nobody wants to look.
	 */
	void (*differs)(void *user, struct lockstep *l);
	void *user;

	enum lockstep_verdict verdict;  /* of all so far */
	uint64_t points, calls;         /* compared */
	uint64_t inconclusive;          /* calls */
	char why[200];                  /* what could not be compared, the first time */
	bool interrupted;
	struct lockstep_found found;

	/* private */
	VEC(struct lockstep_point) marks;       /* of the call that A has made */
	struct func *func;              /* side A's */
	slot *args;                     /* of the call; as both sides get them */
	slot *results;
	slot *theirs;                   /* results of a host function that side B called; borrowed */
	bool a_called;                  /* B is to do the same */
	bool a_moved;                   /* A no longer stands at the end of its call */
	bool told;                      /* differs() was called */
	bool searching;                 /* sides are run again */
	uint64_t at;                    /* the step in question */
	bool same;                      /* … and the answer */
	struct hunt *hunt;              /* lockstep_search.c's */
	int second;                     /* the side that runs when the other one is there, and its way */
	const struct lockstep_way *second_way;
	struct state_diff old;
};

/* Sides run in these tiers; they come with lockstep_join(). */
void lockstep_init(struct lockstep *l, const struct lockstep_tier *a, const struct lockstep_tier *b);
/* C's store is side WHICH until lockstep_leave(). Nothing of it may run. */
void lockstep_join(struct lockstep *l, int which, struct ctx *c);
/* Forget what is kept about the store, before it is freed. */
void lockstep_leave(struct lockstep *l, int which);
void lockstep_free(struct lockstep *l);

/*
 * Call F as side WHICH does: side A first, then B the same function with the same arguments. How it ended; RESULTS gets the
 * results of OUT_DONE. B's call is compared with A's; once they differ nothing is called any more (OUT_KILLED). Frames of a trap are
 * there until the next call of either.
 */
enum outcome lockstep_call(struct lockstep *l, int which, struct func *f, const slot *args, slot *results);
/* Nothing can be compared from here on, and why. */
void lockstep_give_up(struct lockstep *l, const char *why);
/* States outside of calls: after instantiation. False: they differ. */
bool lockstep_compare(struct lockstep *l);

/* ---- between lockstep.c, lockstep_search.c, bisect.c -------------------------------------------------- */

/* Whether both, run to step N, are in the same state. */
bool lockstep_same_at(struct lockstep *l, uint64_t n);
/* Whether they are where they are now; fills the ends and the differences of l->found. */
bool lockstep_same(struct lockstep *l);
/* Whether both, making the call once more in code without a clock, end alike. */
bool lockstep_same_at_full_speed(struct lockstep *l);
/* A's base at the step of B's. */
bool lockstep_align(struct lockstep *l);
/* They differ at step HIGH: fill l->found and call differs(). The verdict stays when the difference does not show again. */
void lockstep_search(struct lockstep *l, uint64_t high);

#endif
