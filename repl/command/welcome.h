/* The banner, the tour of the first minute, and its hints. */
#ifndef REPL_COMMAND_WELCOME_H
#define REPL_COMMAND_WELCOME_H

#include "repl/command/session.h"

struct buf;

/* What the interactive form says first; with TOUR what to try, and hints from now on. */
void welcome_banner(struct session *s, bool tour);
/* The lines of the tour one after the other, for when there is nobody at a terminal. */
void welcome_play(struct session *s);
/* After LINE was carried out: adds "next: …" at the right edge of TEXT, after the last step what else there is. */
void welcome_follow(struct session *s, struct str line, struct buf *text);

#endif
