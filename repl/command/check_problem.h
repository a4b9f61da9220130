/* The stacks where an invalid module is at fault, for `check` and `validate --explain`. */
#ifndef REPL_COMMAND_CHECK_PROBLEM_H
#define REPL_COMMAND_CHECK_PROBLEM_H

#include "repl/command/session.h"

/* Nothing when the fault is not in a function body. R may be NULL. */
void check_problem(const struct session_module *m, struct buf *out, struct result *r);

#endif
