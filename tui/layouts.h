/* Named layouts: those of layouts.def, and what users saved in $XDG_CONFIG_HOME/wrench/layouts. */
#ifndef TUI_LAYOUTS_H
#define TUI_LAYOUTS_H

#include "repl/command/session.h"

/*
 * The text of the layout called NAME, or of the one that NAME begins, for a screen of COLS columns, into OUT. Gives its
 * whole name, which lives as long as the session; NULL: there is none.
 */
const char *layouts_find(struct session *s, struct str name, int cols, struct buf *out);
/* "exploring  modules and code …", a line each. */
void layouts_list(struct session *s, struct buf *out);
/* Names only, with a newline behind each. */
void layouts_names(struct buf *out);
bool layouts_save(struct str name, struct str text, struct err *e);

#endif
