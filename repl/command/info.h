/* Lists of what modules and the store hold, for `info …` and `wrench inspect`: rows of text and arrays of JSON. */
#ifndef REPL_COMMAND_INFO_H
#define REPL_COMMAND_INFO_H

#include "repl/command/session.h"

/* Everything about a module, as wrench inspect shows it. */
void info_module(struct session *s, const struct session_module *m, struct result *r);
/*
 * Of a valid module: a note when a custom section that means something (names, branch hints) is wrong. That is no error, the
 * module runs; what could be read of the section is used.
 */
void info_problem(const struct session_module *m, struct result *r);

#endif
