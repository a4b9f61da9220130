/*
 * Breakpoints: numbers with one or more places. A place is a module, a function and an instruction; it acts in every
 * instance of the module unless the breakpoint names one. What a breakpoint waits for may not be loaded yet: then it has
 * no place and is pending.
 *
 * In the code a place is a break cell in each translated body that covers it, and in those translated later. When a
 * thread reaches one, breakpoints_reached() decides by instance, thread, condition and ignore count.
 */
#ifndef DEBUGGER_BREAKPOINT_H
#define DEBUGGER_BREAKPOINT_H

#include "debugger/dbg.h"
#include "debugger/location.h"

enum breakpoint_kind {
	BREAKPOINT_STOP,
	BREAKPOINT_PRINT,               /* dprintf: prints and goes on */
	BREAKPOINT_CATCH,               /* of an event (catchpoint.h) */
	BREAKPOINT_WATCH,               /* of a place in the state (watchpoint.h); it has no places in code */
};

struct breakpoint {
	uint32_t number;
	enum breakpoint_kind kind;
	char *spec;                     /* as typed; owned */
	char *condition;                /* owned; NULL: none */
	char *commands;                 /* lines to carry out after a stop; owned; NULL: none */
	char *format;                   /* BREAKPOINT_PRINT: the string in quotes and what follows; owned */
	bool enabled, temporary;
	uint32_t instance, thread;      /* only there; 0: everywhere */
	uint64_t hits, ignore;          /* ignore: so many more hits pass */
	VEC(struct location) places;
	struct watch *watch;            /* BREAKPOINT_WATCH: owned */
	unsigned catch;                 /* BREAKPOINT_CATCH: enum catch_kind */
	char *catch_name;               /* … of this function or tag only; owned; NULL: any */
};

/* Add one at PLACES (N = 0: pending). NULL with E: out of memory. */
struct breakpoint *breakpoint_add(struct dbg *d, struct str spec, const struct location *places, uint32_t n,
	struct err *e);
/* Give a pending one its places. */
bool breakpoint_place(struct dbg *d, struct breakpoint *b, const struct location *places, uint32_t n, struct err *e);
/* Other places instead of those that it has. */
bool breakpoint_move(struct dbg *d, struct breakpoint *b, const struct location *places, uint32_t n, struct err *e);
bool breakpoint_enable(struct dbg *d, struct breakpoint *b, bool on, struct err *e);
/* Copies the text; empty: no condition. */
bool breakpoint_condition(struct breakpoint *b, struct str condition, struct err *e);
/* The same for its command list. */
bool breakpoint_commands(struct breakpoint *b, struct str lines, struct err *e);
void breakpoint_delete(struct dbg *d, struct breakpoint *b);
struct breakpoint *breakpoint_number(struct dbg *d, uint32_t number);   /* NULL: none */

/*
 * C reached OFFSET of F: counts hits, evaluates conditions. True: a breakpoint wants to stop here; the numbers are in
 * d->hits.
 */
bool breakpoints_reached(struct dbg *d, struct ctx *c, const struct func *f, uint32_t offset);
/* Whether one may want to stop C here, conditions apart. Changes nothing: for any native thread. */
bool breakpoints_wait(const struct dbg *d, const struct ctx *c, const struct func *f, uint32_t offset);
/* Of one that is met in C: instance, thread, condition and ignore count let it stop; counts the hit. */
bool breakpoint_wants(struct dbg *d, struct breakpoint *b, const struct ctx *c, const struct func *f);
/* Its number belongs to the stop. */
void breakpoint_hit(struct dbg *d, const struct breakpoint *b);
/* After a stop: command lists of those that were hit go into d->stop; temporary ones are deleted. */
void breakpoints_settle(struct dbg *d);
/* Drop places in a module that goes. */
void breakpoints_drop_module(struct dbg *d, const struct module *m);

/* Break cells (patch.c). Counted: each add needs its drop. */
bool patch_add(struct dbg *d, const struct module *m, uint32_t func, uint32_t offset, struct err *e);
void patch_drop(struct dbg *d, const struct module *m, uint32_t func, uint32_t offset);
bool patch_at(const struct dbg *d, const struct module *m, uint32_t func, uint32_t offset);
void patch_body_made(void *dbg, struct body *b);
void patch_forget_module(struct dbg *d, const struct module *m);

#endif
