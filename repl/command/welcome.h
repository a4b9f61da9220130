/* The banner, the tour of the first minute, and its hints. */
#ifndef REPL_COMMAND_WELCOME_H
#define REPL_COMMAND_WELCOME_H

#include "repl/command/session.h"

/* What the interactive form says first; with TOUR what to try, and hints from now on. */
void welcome_banner(struct session *s, bool tour);
/* The lines of the tour one after the other, for when there is nobody at a terminal. */
void welcome_play(struct session *s);
/* After LINE was carried out: "next: …" for the right edge of its last line; NULL: none. */
const char *welcome_hint(struct session *s, struct str line);

#endif
