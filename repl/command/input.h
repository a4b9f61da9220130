/*
 * Where lines of commands come from: a person, a pipe, a file, -e. Sources lie within one another, as `source FILE` in a
 * file does. A stop under a host function cannot return to the loop that called; input_nested() then reads on from
 * the innermost source until the guest may go on, so that breakpoints in start functions work from pipes, too.
 */
#ifndef REPL_COMMAND_INPUT_H
#define REPL_COMMAND_INPUT_H

#include "repl/command/session.h"

struct input {
	struct input *outer;
	/* Read one line, with those that belong to it, and carry it out. False: there are no more. */
	bool (*step)(struct input *in, struct session *s);
};

void input_push(struct session *s, struct input *in);
void input_pop(struct session *s);
/* What dbg->nested is while there is a source: a command loop at a stop under a host function. */
bool input_nested(void *session);
/* Whether TEXT, the lines so far, wants more: brackets are open, or a command's block lacks its `end`. */
bool line_wants_more(const struct session *s, struct str text);
/* Take the first line of *TEXT, with those that belong to it. False: nothing is left. */
bool line_take(const struct session *s, struct str *text, struct str *line);

#endif
