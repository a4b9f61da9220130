/* What the ways of stepping share: places to stop at, running to them. For step.c, step_line.c and jump.c. */
#ifndef DEBUGGER_STEP_GOAL_H
#define DEBUGGER_STEP_GOAL_H

#include "debugger/dbg.h"

bool goal_add(struct dbg *d, struct goal g, struct err *e);
/*
 * Where the frame at LEVEL returns to: the next frame of Wasm code. Without one the call ends with it: no goal. SAY: it is told
 * what returned there, which is the host function if one lies between.
 */
bool goal_return(struct dbg *d, uint32_t level, bool say, struct err *e);
/* For a step of the frame at LEVEL that may end a call that a host function made: it ends behind the guest's call of that. */
bool goals_behind_host(struct dbg *d, uint32_t level, struct err *e);
/* Where an exception may be caught by the frames from LEVEL on: it goes on there, and not behind the call. */
bool goals_handlers(struct dbg *d, uint32_t level, struct err *e);
void goals_clear(struct dbg *d);
/* Clears them; false. */
bool goals_give_up(struct dbg *d);
/* Run to the goals, and be done with them. */
enum outcome goals_run(struct dbg *d);

/* What the command is for the other threads: a single step; something that follows this one. */
void step_command(struct dbg *d, bool single, bool stepping);
enum outcome step_resume(struct dbg *d, enum run_mode mode);
/* A step that came to a breakpoint's place has reached it, unless the engine has asked already. */
void step_reach_breakpoints(struct dbg *d);
/* Settles the debugger and notes the outcome; true. */
bool step_settle(struct dbg *d, enum outcome got, enum outcome *how);

#endif
