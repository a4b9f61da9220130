/* The modules of a specification script as modules of the session. */
#ifndef REPL_COMMAND_LOAD_SCRIPT_H
#define REPL_COMMAND_LOAD_SCRIPT_H

#include "repl/command/session.h"

/* Load each `(module …)` of a .wast file; the last one is current. */
bool load_script_modules(struct session *s, const char *path, struct err *e);

#endif
