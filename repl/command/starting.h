/*
 * Start functions under the debugger. A command that needs an instance makes one; its start function runs as a call of the
 * prompt's own, so that it can stop, be stepped and be gone back in like any other. When it stops, the command is over with that
 * stop, and its line waits: it is carried out when the start function has ended, and what it gives is shown then.
 */
#ifndef REPL_COMMAND_STARTING_H
#define REPL_COMMAND_STARTING_H

#include "repl/command/session.h"

/*
 * Run the start function of IN, which is M's new instance. True: it has ended. False with E: it did not end well. False
 * without: it stopped, R has the stop, and s->under_way waits.
 */
bool starting_run(struct session *s, struct session_module *m, struct instance *in, struct result *r, struct err *e);
/* IN is M's newest instance, ready to be used. */
void starting_made(struct session *s, struct session_module *m, struct instance *in);
/* Whether the innermost call is a start function. */
bool starting_now(const struct session *s);
/* The innermost call, a start function, has ended: the instance is there, and the line that waited is carried out. */
void starting_over(struct session *s, struct result *r);
/* A call was given up: if it was a start function, nothing waits for it any more. */
void starting_given_up(struct session *s);

/* Whether the line under way has waited for the start function of M's instance. */
bool starting_waited(const struct session *s, const struct session_module *m);
/* What a command does from here on is this line, should it have to wait: printf format. */
void starting_rest(struct session *s, struct arena *a, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
