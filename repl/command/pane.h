/*
 * Panes that scripts define (wb.pane): a name, and a function that gives the lines to show. The workbench offers them as
 * buffers *NAME* beside its own and asks for their lines when it draws; `pane NAME` shows them at the prompt.
 */
#ifndef REPL_COMMAND_PANE_H
#define REPL_COMMAND_PANE_H

#include "repl/command/session.h"

struct pane {
	char *name;                     /* "calls"; owned by the list */
	char *help;                     /* one line; owned */
	/* Append the lines of a pane WIDTH columns wide to OUT. False with E: the function failed. */
	bool (*lines)(void *user, struct session *s, uint32_t width, struct buf *out, struct err *e);
	void *user;
};

/* Add a pane, or replace the one of its name. False with E: out of memory. */
bool pane_set(struct session *s, struct str name, struct str help, const struct pane *p, struct err *e);
const struct pane *pane_named(const struct session *s, struct str name);        /* NULL: none */
void pane_remove(struct session *s, struct str name);
void panes_free(struct session *s);

#endif
