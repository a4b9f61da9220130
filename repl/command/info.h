/* Lists of what modules and the store hold, for `info …` and `wrench inspect`: rows of text and arrays of JSON. */
#ifndef REPL_COMMAND_INFO_H
#define REPL_COMMAND_INFO_H

#include "repl/command/session.h"

/* Everything about a module, as wrench inspect shows it. */
void info_module(struct session *s, const struct session_module *m, struct result *r);

#endif
