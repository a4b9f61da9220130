/*
 * The workbench's own commands: moving the cursor, windows, buffers, help on keys. Rows of action.def; each becomes a
 * record of the session's registry while the workbench is open.
 */
#ifndef TUI_ACTION_H
#define TUI_ACTION_H

#include "repl/command/args.h"
#include "tui/tui.h"

typedef bool action_fn(struct tui *t, const struct args *a, struct err *e);

/* Put them into the registry; take them back. */
bool actions_add(struct tui *t, struct err *e);
void actions_remove(struct tui *t);
/* The one that TEXT names as a whole; NULL: none. */
action_fn *action_named(struct str text);
/* Whether it may run while the guest does. */
bool action_is_free(struct str text);
/* Whether a keyboard macro takes it down: what moves or shows something, not what edits a line or asks. */
bool action_is_recorded(struct str text);
/* The numeric argument: of the command line, else of C-u, else 1. */
int64_t action_count(struct tui *t, const struct args *a);

#define ACTION(fn, name, args, free, summary) action_fn action_##fn;
#include "tui/action.def"

#endif
