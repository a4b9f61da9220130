/*
 * Going back: steps, out of functions, to the last stop. Each settles the debugger where the guest is then; false with E:
 * the guest did not move (E_HISTORY: there is nothing before).
 *
 * Where a reverse step leads is found by running again from the moments of the history: a place that is reached several
 * times is looked for in one interval between marks after the other, the latest first.
 */
#ifndef DEBUGGER_REVERSE_H
#define DEBUGGER_REVERSE_H

#include "debugger/step.h"

/* N steps back; OVER: what was called is one step with its call. */
bool reverse_step(struct dbg *d, enum grain grain, bool over, uint64_t n, struct err *e);
/* To the call of the function of the frame at LEVEL. */
bool reverse_finish(struct dbg *d, uint32_t level, struct err *e);
/* To the breakpoint or watchpoint that was reached last, or to where recording began. */
bool reverse_continue(struct dbg *d, struct err *e);
/* To step N. Behind the live end: run on to it. *HOW: how that ended. */
bool reverse_goto(struct dbg *d, uint64_t n, enum outcome *how, struct err *e);

/*
 * For those who look for a place in the past: the last step before BEFORE at which one of the goals (step_goal.h) was
 * reached; they are cleared. Or, with a probe that stops nowhere: that it put into *NOTED, steps up to BEFORE being run.
 * REVERSE_NEVER: none. The guest is anywhere afterwards; history_goto() brings it back.
 */
#define REVERSE_NEVER UINT64_MAX
struct probe;
bool reverse_seek(struct dbg *d, uint64_t before, uint64_t *last, struct err *e);
bool reverse_seek_probe(struct dbg *d, struct probe *p, uint64_t before, const uint64_t *noted, uint64_t *last, struct err *e);

#endif
