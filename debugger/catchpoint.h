/*
 * Catchpoints: breakpoints on events. They ride on the probe of the watchpoints (watch_probe.c): an instruction that is
 * about to throw, call out of its instance or grow a memory stops before it is executed. A trap is caught when the guest
 * has stopped for it. A function that is compiled is told of by its tier: the stop is where it, or the loop that is hot, begins.
 */
#ifndef DEBUGGER_CATCHPOINT_H
#define DEBUGGER_CATCHPOINT_H

#include "debugger/breakpoint.h"

struct native_code;
struct probe;
struct probe_at;
struct watches;

enum catch_kind {
	CATCH_TRAP,
	CATCH_THROW,
	CATCH_IMPORT,                   /* a call of a function of another instance, or of the host */
	CATCH_HOST,                     /* a call of a host function */
	CATCH_GROW,                     /* memory.grow */
	CATCH_THREAD,                   /* a thread is to be started */
	CATCH_TIERUP,                   /* a function was compiled, and is about to go on so */
	CATCH_COUNT
};
extern const char *const catch_names[CATCH_COUNT + 1];  /* "trap", …; ends with NULL */

/* Ask for the instructions that can be KIND's event. */
void catch_want(struct probe *p, enum catch_kind kind);
/* The instruction is an event that B waits for: what it is goes into OUT, "host call env.log". */
bool catch_sees(const struct breakpoint *b, struct ctx *c, const struct probe_at *at, struct buf *out);
/* The same for F, of which N was just made. */
bool catch_sees_compiled(const struct breakpoint *b, const struct func *f, const struct native_code *n, struct buf *out);
/* The guest has trapped: those that wait for that are hit. True: one does. */
bool catch_trapped(struct dbg *d);
/* Whether there is one. */
bool catch_has_trap(const struct dbg *d);

#endif
