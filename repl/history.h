/* Lines typed in earlier sessions: $XDG_STATE_HOME/wrench/history, else ~/.local/state/wrench/history. */
#ifndef REPL_HISTORY_H
#define REPL_HISTORY_H

#include "repl/command/session.h"

void history_load(struct session *s);
void history_add(struct session *s, struct str line);           /* not when it is the same as the one before */
void history_save(struct session *s);

#endif
