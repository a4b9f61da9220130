/*
 * The command lists of breakpoints (`commands … end`): carried out after the stop was shown. A list that lets the guest
 * go on ends there; the next stop may have one of its own.
 */
#ifndef REPL_COMMAND_STOP_LIST_H
#define REPL_COMMAND_STOP_LIST_H

#include "repl/command/session.h"

/* The guest has stopped: its lists wait. */
void stop_list_note(struct session *s);
/* Whether the stop is not to be shown: the first waiting list begins with `silent`. */
bool stop_list_silent(const struct session *s);
/*
 * Carry the waiting lists out, showing each command's result. Under --json what they say is added to the output of the
 * line under way, and R becomes the result of the last command that ran the guest.
 */
void stop_list_run(struct session *s, struct result *r);

#endif
