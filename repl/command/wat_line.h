/*
 * Lines of WebAssembly text: `(module …)` is loaded; fields such as `(func …)` and `(global …)` join the scratch module;
 * anything else is an expression, which is evaluated: `(i32.add …)`, or flat after `=`.
 */
#ifndef REPL_COMMAND_WAT_LINE_H
#define REPL_COMMAND_WAT_LINE_H

#include "repl/command/session.h"

/* What messages call the text of a line. */
#define WAT_LINE_NAME "line"

bool wat_line_run(struct session *s, struct str line, struct result *r, struct err *e);
/* The function that evaluates an expression, instantiated; for `start (expr)`. */
bool wat_line_expression(struct session *s, struct str text, struct func **f, struct result *r,
	struct err *e);
/* The definitions, as lines that make them again. */
void wat_line_definitions(const struct session *s, struct buf *out);
/* The store goes: definitions are made again from their text when next used. */
void wat_line_store_gone(struct session *s);
void wat_line_free(struct session *s);

#endif
