/*
 * Stepping by lines of the source language. A step ends at the beginning of a statement of another line in the same frame,
 * in the caller when the function returns, or (into) behind the prologue of a function with lines that is called. Functions
 * without lines are gone over.
 */
#ifndef DEBUGGER_STEP_LINE_H
#define DEBUGGER_STEP_LINE_H

#include "debugger/dbg.h"

/* Whether the innermost frame's function has source lines, so that one can step by them. */
bool step_has_lines(const struct dbg *d);
/* N lines; OVER: calls count as part of their line. Like step_by(). */
bool step_lines(struct dbg *d, bool over, uint64_t n, enum outcome *how, struct err *e);
/* Over, but only to lines further on: a loop is run to its end. */
bool step_line_until(struct dbg *d, enum outcome *how, struct err *e);
/* Out of function CALL of those inlined at the place of the frame at LEVEL (seen_frame.h): to a statement outside of it. */
bool step_finish_inlined(struct dbg *d, uint32_t level, uint32_t call, enum outcome *how, struct err *e);

#endif
