/*
 * Who may do what. Commands that come from inside of the guest's run (a host function written in Lua, a condition, a
 * probe) only look. Commands of scripts and files that nobody asked for (lessons, session files) are those that reach
 * nothing of the host: no files, no shell, no other scripts.
 */
#ifndef REPL_COMMAND_SANDBOX_H
#define REPL_COMMAND_SANDBOX_H

#include "repl/command/session.h"

/* False with E: not now. */
bool sandbox_allows(const struct session *s, const struct command *c, struct err *e);
/* The same for lines that are no commands: WHAT is "a shell command", "a call", "WebAssembly text"; HOST: it reaches the
   host, GUEST: it runs the guest. */
bool sandbox_allows_line(const struct session *s, const char *what, bool host, bool guest, struct err *e);

/* Whether a line that is kept for later (of an alias, a macro, a command list) may come from a sandboxed script. */
bool sandbox_is_harmless(const struct session *s, struct str line);

#endif
