/* Reading words and arguments from a command line. */
#ifndef REPL_COMMAND_ARGS_H
#define REPL_COMMAND_ARGS_H

#include "repl/command/session.h"

/* Without white space at both ends. */
struct str str_trim(struct str s);
/* Read a character at a time: whether it is outside of quotes and brackets, and none of them itself. */
struct nesting {
	int depth;
	char quote;
};
bool nesting_outside(struct nesting *n, char c);
/* Take the name at the beginning of *LINE: letters, digits, - and _; may be empty. */
struct str line_word(struct str *line);
/*
 * Take the next word, without its quotes; false: none is left (or E: a quote is not closed). The copy is
 * NUL-terminated, in A.
 */
bool line_next(struct str *line, struct arena *a, struct str *word, struct err *e);
/* Whether S is all a number, decimal or 0x, with a sign. */
bool str_number(struct str s, int64_t *out);

/* Read REST, what follows the command's name, as its record says. Strings are in A. */
bool args_parse(struct session *s, const struct command *c, struct str rest, struct arena *a, struct args *out,
	struct err *e);

#endif
