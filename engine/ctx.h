/*
 * A context: one thread of Wasm execution - its value stack, the registers of the interpreter while it is stopped, and
 * what the fast handlers need at hand. There is one per Wasm thread. Handlers hold it in a register (`c`), so the
 * fields they read come first.
 *
 * Stack and frames. The value stack is one reservation of slots, growing upwards. A frame is a window
 *
 *     fp -> [ parameters | locals | header: 3 slots | operand homes … ]
 *                                    func, return cell, caller's fp
 *
 * and outgoing arguments sit in the caller's homes exactly where the callee's parameters are. A *segment* marks each
 * entry from the host; walkers go segment by segment (stack.h).
 *
 * Leaving. `leave` is the word another thread or a signal handler writes: fast bodies look at it at function entries and
 * backward branches and return to ctx_resume(), which then looks for the reason. So that compiled functions need one look when
 * they begin, they compare with `enter_limit`, which ctx_ask() takes away, and tier_run() sets again.
 */
#ifndef ENGINE_CTX_H
#define ENGINE_CTX_H

#include <stdatomic.h>
#include <string.h>

#include "engine/probe.h"
#include "engine/store.h"

enum leave_reason {
	LEAVE_INTERRUPT = 1,    /* C-c, ctx_interrupt() */
	LEAVE_TIMEOUT = 2,      /* the deadline's timer */
	LEAVE_MODE = 4,         /* another context wants the world to stop (world.h) */
	LEAVE_KILL = 8,
	LEAVE_HAND = 16,        /* another context handed a stop over (hold.h) */
	LEAVE_GO = 32,          /* this one stands, and may go on */
	LEAVE_TIER = 64,        /* compiled code is to be left, for where the interpreter goes on */
};

/* How ctx_resume() runs. */
enum run_mode {
	RUN_FAST,               /* fast bodies; charged ones when c->counting */
	RUN_PLAIN,              /* plain bodies only, counting */
	RUN_STEP_WASM,          /* one Wasm instruction, then stop */
	RUN_STEP_REGIR,         /* one register-IR cell of the fast body, then stop */
};

enum stop_reason {
	STOP_NONE, STOP_STEP, STOP_BREAKPOINT, STOP_INTERRUPT, STOP_TRAP, STOP_ENTRY, STOP_HOOK, STOP_OTHER,
	STOP_HOST,              /* before a host function that the host calls: no frame is there */
};

/* Whether plain bodies are left at calls and loops. */
enum plain_stay {
	PLAIN_LEAVES,           /* they are */
	PLAIN_STAYS,            /* they are not */
	PLAIN_WARM,             /* at a loop, once it went round some times and no probe looked at anything closely */
};

/* One entry from the host. */
struct segment {
	slot *base;                     /* first slot of its first frame */
	const struct cell *caller_pc;   /* registers of the segment below, while this one runs; NULL: none */
	slot *caller_fp;
	struct instance *caller_inst;
	struct func *func;              /* what was called */
	struct func *host;              /* the host function below, NULL: the outermost */
	bool caller_plain, caller_at_return;
	slot *caller_sp;
};

enum { MAX_ENTRIES = 200 };    /* entries from the host within one another */

/* Where trapping memory accesses went, for the report. */
struct trap_info {
	enum trap kind;
	uint64_t address, size;         /* of the access: first byte (without wrap-around), bytes */
	struct memory *memory;
	struct table *table;
	uint64_t index;
	char message[200];              /* host functions' own words */
};

struct ctx {
	/* read by handlers */
	uint8_t *mem0;                  /* base of the current instance's memory 0 */
	uint64_t mem0_size;
	struct instance *inst;          /* of the running function */
	slot *limit;                    /* no frame may reach beyond */
	void *native_sp;                /* native stack below what compiled code has pushed since it was last entered; tier.h */
	char *native_limit;             /* compiled code does not push beyond */
	slot *enter_usual;              /* what enter_limit is while all is well */
	_Atomic uint32_t leave;         /* enum leave_reason bits; 0 while all is well */
	_Atomic(slot *) enter_limit;    /* no small frame of compiled code begins beyond; NULL while `leave` is to be looked at */
	int64_t fuel;                   /* Wasm instructions left; counts down where something counts */
	const void *const *plain_table; /* dispatch table of plain bodies: swapping it changes the mode */
	_Atomic bool native_drop;       /* what compiled code pushed since then must not be returned to */
	uint8_t stay_plain;             /* enum plain_stay: whether calls and loops of plain bodies go over to fast ones */
	uint32_t gc_at, gc_end;         /* free bytes of the object heap that are this context's: next, end */
	char *gc_base;                  /* where its offsets begin; NULL: there is no heap yet */
	const void *gc_layouts;         /* chunks of layouts by type id (gc/layout.h), likewise */
	const struct probe_filter *filter;      /* what guarded cells ask (regir/guard.h); never NULL */
	/* asked exactly: an access of memory 0, what it stores if that is known, and who goes on with it */
	struct { uint64_t at, size, value; uintptr_t usual; bool stores; } guard;

	_Atomic uint32_t native_drops;  /* how often native_drop was asked for, for the calls below the innermost */

	slot *tier_fp;                  /* the frame there goes to compiled code at its loops, or stays out of it; NULL: none */
	bool tier_up;
	uint64_t tier_random;           /* state of --random-tier */
	int64_t fuel_aside;             /* … and fuel that is not seen meanwhile */

	/* where branches went when they were last taken, two each (GO_TAKEN in regir/interp_fast.c) */
	const struct cell *targets[256];

	/* registers while not running */
	const struct cell *pc;
	slot *fp;
	bool plain;                     /* pc is in a plain body */
	bool at_return;                 /* pc is a return cell: the frame is in the middle of a call */
	bool in_native;                 /* … and it stands in compiled code: debugger/native.h */
	_Atomic bool running;           /* guest code is on some native stack; set under the store's lock */
	bool in_run;                    /* whoever runs it does nothing else until that is over; under the store's lock */
	bool safe;                      /* … but in the host, with all registers saved; under the store's lock */
	bool waits;                     /* in memory.atomic.wait */
	bool holds_world;               /* it stopped for a debugger: the other contexts stand still until it goes on */
	bool keeps_hold;                /* … and even then: scheduler-locking */

	/* strand.h */
	bool own_stack;                 /* ctx_resume() runs on a native stack of its own, and can be suspended */
	bool begins_host;               /* ctx_begin() was of a host function, which ctx_resume() runs there */
	bool gives_up;                  /* a suspended run ends: what host functions call ends at once */
	uint32_t suspensions;           /* so far: runs that lasted longer than one go on in RUN_FAST, whatever they began with */
	struct strand *strand;          /* the innermost one; NULL: none is begun */
	struct strand *spare_strands;

	/* hold.h */
	bool own_thread;                /* runs in a native thread of its own, which hands stops over */
	enum outcome stands_with;       /* what it stands for: OUT_STOP or OUT_TRAP */
	enum run_mode go_mode;          /* how it goes on; also behind ctx_suspend() */
	bool answered;                  /* the debugger knows what it stands for */
	bool followed;                  /* its end is told to the debugger */
	_Atomic(struct ctx *) lent;     /* this one runs on its native thread (turns.h); NULL: none does */
	_Atomic bool gone;              /* it has ended */
	_Atomic uint32_t arrival;       /* it stands; the order in which it came. 0: it does not */

	enum outcome pending;           /* what a host function ended with */
	struct func *host;              /* the host function that is running; NULL: none */
	slot *sp;                       /* first free slot while a host function runs or nothing does */

	/* stack */
	slot *stack, *stack_end;
	struct segment *segments;       /* [0 .. depth): outermost first */
	uint32_t depth;                 /* 0: nothing was called */

	/* limits, clock */
	bool counting;                  /* fuel is charged: --fuel, or a debugger wants the instruction clock */
	int64_t fuel_start;             /* steps executed so far = fuel_start - fuel + clock_base */
	uint64_t clock_base;
	bool fuel_limited;              /* running out is OUT_FUEL, else only a clock */
	struct deadline_timer *timer;   /* NULL: no deadline was set yet */
	_Atomic int wake_fd;            /* eventfd or pipe that ends blocking host calls; -1: not made yet */
	int64_t deadline;               /* ns of CLOCK_MONOTONIC; 0: none */

	/* how the last call ended */
	struct trap_info trap;
	int exit_status;
	void *exception;
	enum stop_reason stop;

	/* probes (engine/probe.h) */
	struct probe_at probe_at;       /* the instruction they are told of */
	struct body *probe_body;        /* the last one asked for */
	const struct wcell *probe_answered;     /* stopped before this cell: not asked again */
	uint32_t probe_version;         /* of the store's probes when the mode was set */
	uint32_t warm, warm_turns;      /* PLAIN_WARM: how many times still, and altogether */
	bool probe_asked;               /* before() asked to be told after this instruction */
	bool in_probe;                  /* in a callback: what it calls is not probed */
	bool probe_after;               /* told after the instruction once its outcome is settled */

	struct gc_scope *gc_scopes;     /* references that C code holds; engine/gc/gc.h */
	struct store *store;
	struct dbg_hooks *hooks;        /* the debugger's; NULL: none */
	void *user;                     /* the embedder's */
	/* The embedder's: a ctx_call() did not end normally and its frames are still there; NULL: nobody asks. */
	void (*ended)(struct ctx *c, enum outcome how);
	/* The embedder's, and of all threads that C's guest starts: C is one's, made for OF (false: it cannot be); it is freed. */
	bool (*thread_begins)(struct ctx *c, const struct ctx *of);
	void (*thread_ends)(struct ctx *c);
	uint32_t number;                /* thread number, from 1 */
};

/* Whether SIZE (at most 8) bytes of VALUE are what memory 0 of the instance that runs holds there: for probes. */
static inline bool probe_stores_same(const struct ctx *c, uint64_t at, uint64_t size, uint64_t value)
{
	uint64_t now = 0;

	if (at > c->mem0_size || c->mem0_size - at < 8)
		return false;           /* at the very end: looked at in full */
	memcpy(&now, c->mem0 + at, 8);
	return ((now ^ value) << (64 - 8 * size)) == 0;
}

/* What a debugger fills in (lower layers never name it). */
struct dbg_hooks {
	void *user;
	/* A break cell was reached at the start of the instruction at OFFSET of F. True: stop there. */
	bool (*at_break)(void *user, struct ctx *c, struct func *f, uint32_t offset);
	/*
	 * The guest stopped while a host function lies below, so ctx_call() cannot return: calls ctx_suspend(). True: resume (as
	 * c->go_mode says), false: give the call up (OUT_KILLED).
	 */
	bool (*nested_stop)(void *user, struct ctx *c);
	/* C, which has a stack of its own, is about to run on it, or to go on behind ctx_suspend(). May be NULL. */
	void (*goes_on)(void *user, struct ctx *c);
	/* A context that runs in a native thread of its own stands, or has ended: the holder is to be told (hold.h). */
	void (*handed)(void *user);
	/*
	 * Fuel is gone at a plain instruction, which was not carried out. OUT_DONE: c->fuel was filled, go on; OUT_STOP: stop
	 * there; OUT_FUEL: that was the limit. NULL: a limit ends the call.
	 */
	enum outcome (*out_of_fuel)(void *user, struct ctx *c);
};

struct ctx *ctx_new(struct store *s, struct err *e);
void ctx_free(struct ctx *c);

/* ---- calling -------------------------------------------------------------------------------------------------------- */

/*
 * Call F with ARGS (slots of its parameters); RESULTS gets the result slots. Runs to the end unless a stop is asked for
 * with the debugger's calls below. Types are the caller's business.
 */
enum outcome ctx_call(struct ctx *c, struct func *f, const slot *args, slot *results);
/*
 * The same in pieces, for debuggers: ctx_begin() sets up the frame at the function's first instruction and stops there
 * (OUT_STOP); ctx_resume() runs on in a mode until the call ends or stops again; ctx_results() fetches the results after
 * OUT_DONE; ctx_abandon() unwinds the innermost call. A host function has no instructions: ctx_begin() runs it, or where
 * runs have a stack of their own stops before it (STOP_HOST), so that what it calls can be suspended.
 */
enum outcome ctx_begin(struct ctx *c, struct func *f, const slot *args);
enum outcome ctx_resume(struct ctx *c, enum run_mode mode);
/* For C as ctx_begin() has left it: as ctx_resume(RUN_FAST), but entered as ctx_call() does, into compiled code where there is any. */
enum outcome ctx_resume_call(struct ctx *c);
void ctx_results(const struct ctx *c, slot *results);
void ctx_abandon(struct ctx *c);
/*
 * For nested_stop() and ended(): the ctx_resume() under way gives OUT_STOP (OUT_TRAP at STOP_TRAP), and the next one of this call goes on here. False: the call is
 * given up. Only while ctx_can_suspend(): the run was begun by a ctx_resume() of a context with a stack of its own.
 */
bool ctx_suspend(struct ctx *c);
bool ctx_can_suspend(const struct ctx *c);

/* Do PART of C's work, which is no turn of the handlers, as if C ran. False: out of memory. */
bool ctx_run_part(struct ctx *c, void (*part)(void *user), void *user);

/* Whether C is at a break cell that a debugger wants to stop at. */
bool ctx_at_break(struct ctx *c);
/* A stop under a debugger holds the other threads of the store; they may go on. Resuming and abandoning do this, too. */
void ctx_let_others_go(struct ctx *c);

/* Set bits of C's `leave`, from any thread or a signal handler. */
static inline void ctx_ask(struct ctx *c, uint32_t why)
{
	atomic_fetch_or(&c->leave, why);
	atomic_store(&c->enter_limit, NULL);
}
/* From any thread or a signal handler: the guest stops soon with OUT_INTERRUPT (or a stop, when a debugger asked). */
void ctx_interrupt(struct ctx *c, enum leave_reason why);
/* Set limits for the calls to come. Fuel < 0: no limit. Deadline in ns of CLOCK_MONOTONIC, 0: none. */
void ctx_set_fuel(struct ctx *c, int64_t fuel);
/* False: no thread for the timer could be had. */
bool ctx_set_deadline(struct ctx *c, int64_t deadline_ns);
/* Count instructions from now on (bodies with charge cells); the clock starts at 0. */
void ctx_start_clock(struct ctx *c);
/* Count no longer: only while C runs nothing but a frame in its plain body, and has no fuel limit. */
void ctx_stop_clock(struct ctx *c);
uint64_t ctx_clock(const struct ctx *c);        /* Wasm instructions executed; exact at every stop */

/* For host functions: */
enum outcome ctx_trap(struct ctx *c, enum trap kind, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
enum outcome ctx_exit(struct ctx *c, int status);
/* The instance whose code called the host function; NULL when the host called it. Its memory 0; NULL: none. */
struct instance *ctx_caller(const struct ctx *c);
struct memory *ctx_caller_memory(const struct ctx *c);
/*
 * Wait until FD has one of EVENTS (poll(2)), an interrupt or the deadline; fd < 0: only time. TIMEOUT_NS < 0: for ever.
 * 1 ready, 0 timed out, -1 interrupted: the host function returns ctx_interrupted(c) at once.
 */
int ctx_wait(struct ctx *c, int fd, short events, int64_t timeout_ns);
/* The same without being a safe region: for who has seen to that. */
int ctx_sleep(struct ctx *c, int fd, short events, int64_t timeout_ns);
enum outcome ctx_interrupted(struct ctx *c);

/* The first slot above what the frames of a stopped context use. */
slot *ctx_stack_top(const struct ctx *c);
/* Refresh mem0 after memory.grow and instance switches. */
void ctx_load_memory(struct ctx *c);

#endif
