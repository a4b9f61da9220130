/*
 * Macros: command lines that were recorded (or written down between `macro define NAME` and `end`) and are carried out
 * again. One that has a name is a command of the session like any other.
 */
#ifndef REPL_COMMAND_MACRO_H
#define REPL_COMMAND_MACRO_H

#include "repl/command/session.h"

struct macro {
	char *name;                     /* NULL: the last one recorded, which has none yet */
	VEC(char *) lines;
	struct command *command;        /* NULL while it has no name; in the session's arena */
};

/* A line was carried out well: it is taken down while a macro is recorded. */
void macro_note(struct session *s, struct str line);
/* Take M as one of the session's: without a name it is the last one recorded. False with E: M is freed. */
bool macro_keep_take(struct session *s, struct macro *m, struct str name, struct err *e);
/* Give it a name, and make it a command. */
bool macro_rename(struct session *s, struct macro *m, struct str name, struct err *e);
/* NULL: there is none. An empty name: the last one recorded. */
struct macro *macro_find(const struct session *s, struct str name);
/* Define NAME as LINES, one a line. False with E. */
bool macro_define(struct session *s, struct str name, struct str lines, struct err *e);
/* Carry it out COUNT times, up to the first line that fails. */
bool macro_play(struct session *s, const struct macro *m, int64_t count, struct result *r, struct err *e);
/* Lua that does the same. */
void macro_export(const struct macro *m, struct buf *out);
void macros_free(struct session *s);

#endif
