/*
 * Going back by lines of the source language: to where the line before began, in this function or (into) in the last one
 * with lines that was called from it; within a line, to where it began; from a function's first line, to its call.
 */
#ifndef DEBUGGER_REVERSE_LINE_H
#define DEBUGGER_REVERSE_LINE_H

#include "debugger/dbg.h"

/* N lines back; OVER: calls count as part of their line. Settles the debugger; false with E: the guest did not move. */
bool reverse_lines(struct dbg *d, bool over, uint64_t n, struct err *e);

#endif
