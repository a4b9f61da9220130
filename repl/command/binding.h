/*
 * Keys that init.lua and scripts bound, for the workbench: a key as Emacs writes it ("C-c a", "<f5>", "M-x") and the
 * command line that it stands for. (Of a Lua function that line is `lua wb.bound["C-c a"]()`.) The workbench looks here
 * before its own keymap; `generation` tells it that something changed.
 */
#ifndef REPL_COMMAND_BINDING_H
#define REPL_COMMAND_BINDING_H

#include "repl/command/session.h"

struct binding {
	char *key, *command;            /* owned by the list */
};

/* Bind KEY; an empty COMMAND takes it back. False with E: out of memory. */
bool binding_set(struct session *s, struct str key, struct str command, struct err *e);
/* NULL: not bound. */
const char *binding_get(const struct session *s, struct str key);
void bindings_free(struct session *s);

#endif
