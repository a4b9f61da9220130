/*
 * Where lines of commands come from: a person, a pipe, a file, -e. Sources lie within one another, as `source FILE` in a
 * file does.
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
/* Whether TEXT, the lines so far, wants more: brackets are open, or a command's block lacks its `end`. */
bool line_wants_more(const struct session *s, struct str text);
/* Take the first line of *TEXT, with those that belong to it. False: nothing is left. */
bool line_take(const struct session *s, struct str *text, struct str *line);

#endif
