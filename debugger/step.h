/*
 * Running on from a stop. All of them run until their goal, a breakpoint, a trap, the end of the call or C-c, whichever
 * is first, and have settled the debugger (dbg_settle) when they return. False with E: it could not be begun (out of
 * memory); the guest has not moved.
 *
 * Over and out do not step through callees: they break at the place where the frame is entered again, checked by frame
 * identity, so that recursion does not fool them.
 */
#ifndef DEBUGGER_STEP_H
#define DEBUGGER_STEP_H

#include "debugger/dbg.h"
#include "debugger/location.h"

enum grain { GRAIN_WASM, GRAIN_REGIR, GRAIN_LINE, GRAIN_NATIVE };

bool step_continue(struct dbg *d, enum outcome *how, struct err *e);
/* The same for a call that was just begun: a breakpoint at its first instruction stops it. */
enum outcome step_begin(struct dbg *d);
/* N steps; OVER: calls count as one. */
bool step_by(struct dbg *d, enum grain grain, bool over, uint64_t n, enum outcome *how, struct err *e);
/* Until the frame at LEVEL has returned. */
bool step_finish(struct dbg *d, uint32_t level, enum outcome *how, struct err *e);
/* Like step over, but never backwards: a loop is run to its end. */
bool step_until(struct dbg *d, enum outcome *how, struct err *e);
/* Until one of the places is reached in any frame, or the selected frame has returned. */
bool step_advance(struct dbg *d, const struct location *to, uint32_t n, enum outcome *how, struct err *e);

#endif
