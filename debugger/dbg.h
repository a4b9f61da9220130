/*
 * The debugger of a session: what it stopped for, its breakpoints, and how it makes the engine run on.
 *
 *     breakpoint.h   places to stop at          step.h       running on: step, next, finish, until, continue
 *     location.h     text to places             inspect.h    what a stopped guest looks like, and what changed
 *     site.h         instructions of a body     position.h   offsets to files, lines and columns
 *     eval.h         conditions and print       trap_report.h  why it trapped, in full
 *     threads.h      running on with several threads
 *
 * One struct dbg follows the contexts of one store: `root`, which the front end calls, and the threads that it made; `ctx`
 * is the one that is looked at and steps. Everything here runs in the front end's native thread, except at_break() for
 * other contexts, which only asks whether somebody might want to stop (engine/hold.h); breakpoints outlive stores and contexts, because they are kept by
 * module. Nothing costs anything while there is no breakpoint and nobody steps.
 */
#ifndef DEBUGGER_DBG_H
#define DEBUGGER_DBG_H

#include "debugger/eval.h"
#include "debugger/inspect.h"
#include "debugger/sources.h"
#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/vec.h"
#include "engine/ctx.h"
#include "engine/regir/code.h"
#include "engine/stack.h"

struct breakpoint;
struct history;
struct native;
struct watch_hit;
struct watches;

enum stop_why {
	WHY_NONE, WHY_ENTRY, WHY_BREAKPOINT, WHY_STEP, WHY_RETURNED, WHY_FINISHED, WHY_TRAP, WHY_EXCEPTION, WHY_EXITED,
	WHY_INTERRUPT, WHY_GOTO, WHY_HISTORY, WHY_FUEL, WHY_TIMEOUT, WHY_KILLED, WHY_THREAD_ENDED, WHY_WATCHPOINT, WHY_CATCH,
	WHY_COUNT
};
/* As JSON's "reason" says it. */
extern const char *const stop_why_name[WHY_COUNT];

enum { STOP_HITS = 8 };

struct stop {
	enum stop_why why;
	enum outcome how;
	uint32_t hits[STOP_HITS];       /* numbers of the breakpoints it stopped at */
	uint32_t nhits;
	bool temporary;                 /* the first of them was, and is gone now */
	const struct func *returned;    /* WHY_RETURNED: this function, with results */
	struct value *results;
	uint32_t nresults;
	struct err condition;           /* a condition that could not be evaluated (code E_NONE: none) */
	struct str commands;            /* of the breakpoints that were hit: lines */
	uint32_t ended;                 /* WHY_THREAD_ENDED: this thread's number */
	bool switched;                  /* another thread stopped than the one that was selected */
	struct watch_hit *watched;      /* what watchpoints saw (watchpoint.h) */
	uint32_t nwatched;
	const char *caught;             /* WHY_CATCH: "memory.grow by 2 pages" */
};

/* A place with its break cells: one in each body that covers it. Shared by all that want to stop there. */
struct patched {
	const struct module *module;
	uint32_t func, offset, users;
	VEC(struct patch_spot { struct body *body; uint32_t at; }) spots;
};

/* A place that a stepping command wants to stop at. */
struct goal {
	const struct module *module;
	uint32_t func, offset;
	slot *fp;                       /* only in this frame; NULL: in any */
	const struct func *returning;   /* reaching it means that this function returned; NULL: not so */
};

struct dbg_module {
	struct module *module;
	struct code_observer observer;
};

/* What runs while one thread steps: everybody, only that one, or everybody but in single steps. As gdb has it. */
enum thread_locking { LOCKING_OFF, LOCKING_ON, LOCKING_STEP };

struct dbg {
	struct ctx *ctx;                /* the selected thread's; NULL: none */
	struct ctx *root;               /* the first thread's */
	enum thread_locking locking;
	struct eval *eval;              /* NULL: built without */
	struct history *history;        /* of the context */
	struct stop stop;               /* of the context, as it is now */
	struct snapshot before, now;    /* the last two stops */

	VEC(struct breakpoint *) breakpoints;
	uint32_t numbers;               /* given to breakpoints so far */
	struct sources sources;         /* files of the source languages */

	/* What expressions can see in the frame at LEVEL; the front end's. */
	struct eval_scope (*scope)(void *user, uint32_t level);
	/* A stop under a host function: ctx_suspend(), with what is the front end's kept meanwhile. False: the call is given up. */
	bool (*suspend)(void *user);
	void (*goes_on)(void *user);            /* the guest is about to run: what ctx_suspend() leaves has to be as it is now */
	void (*print)(void *user, const struct breakpoint *b);  /* a dprintf was reached; NULL: nobody prints */
	void (*selected)(void *user);           /* `ctx` is another one; may be NULL */
	void *user;

	/* private */
	struct dbg_hooks hooks;
	struct watches *watches;        /* NULL: there never was a watchpoint */
	struct native *native;          /* native.h; NULL: it never stood in compiled code */
	VEC(struct dbg_module *) modules;
	VEC(struct patched *) patches;
	VEC(struct goal) goals;
	const struct func *goal_returned;       /* set when a goal was reached */
	bool goal_reached;
	bool quiet;                     /* breakpoints are passed: an expression calls, or the run is repeated */
	bool seeks;                     /* … and goals are not: reverse.c looks when they were reached */
	struct { const struct func *func; uint32_t offset; slot *fp; } asked;   /* the last break cell reached */
	bool single, stepping;          /* the command under way is one step; follows one thread, which may end */
	uint32_t ended;                 /* the thread that was to step has ended: its number; 0: no */
	struct ctx *was;                /* selected when the guest was let go */
	uint32_t depth;                 /* of segments: the prompt's innermost call; what lies above are calls by hosts */
	uint32_t hits[STOP_HITS];
	uint32_t nhits;
	struct err condition;
	struct arena stop_arena;        /* results of the stop */
};

struct dbg *dbg_new(struct eval *ev);           /* NULL: out of memory */
void dbg_free(struct dbg *d);
/* Follow this context (NULL: none any more). Its clock starts. */
void dbg_follow(struct dbg *d, struct ctx *c);
/* Look at this thread of the same store. */
void dbg_select(struct dbg *d, struct ctx *c);
/* Watch the bodies that M makes, so that breakpoints can be in them. False: out of memory. */
bool dbg_add_module(struct dbg *d, struct module *m);
/* M goes: places in it become pending. */
void dbg_drop_module(struct dbg *d, const struct module *m);

/* A call began (ctx_begin() gave OUT_STOP): nothing was executed yet. DEPTH: its segment, c->depth. */
void dbg_begun(struct dbg *d, uint32_t depth);
/* Whether the guest is stopped in a call that a host function made. */
bool dbg_is_nested(const struct dbg *d);
/* Whether C, the first thread's, may stop where it runs: no host function lies below, or one that can be suspended. */
bool dbg_may_stop(const struct dbg *d, const struct ctx *c);
/* It is to stop there: a breakpoint at the first instruction counts as reached. */
void dbg_entered(struct dbg *d);
/* A trap below a host function: whether somebody waits for it, who can be told. */
bool dbg_trapped_below(struct dbg *d, struct ctx *c);
/* Note how the guest left: fills d->stop and d->now. */
void dbg_settle(struct dbg *d, enum outcome how);
/* The guest was put where it is, not run there: OUT_STOP, for this reason. */
void dbg_settle_as(struct dbg *d, enum stop_why why);
/* C came to a break cell: goals and breakpoints that are there are noted. True: stop. */
bool dbg_reached(struct dbg *d, struct ctx *c, struct func *f, uint32_t offset);
/* Whether a goal is at this place of C's; nothing is noted. */
bool dbg_goal_at(const struct dbg *d, const struct ctx *c, const struct func *f, uint32_t offset);
/* The selected thread; while threads take turns the one whose turn it is. */
struct ctx *dbg_running(const struct dbg *d);
/* Wasm instructions executed since the clock was started: ctx_start_clock(). */
uint64_t dbg_clock(const struct dbg *d);

#endif
