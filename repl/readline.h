/* Line editing: GNU readline, or libedit with the same interface. The only file that knows them is readline.c. */
#ifndef REPL_READLINE_H
#define REPL_READLINE_H

#include "repl/command/session.h"

/* Completion works on S from now on. */
void readline_init(struct session *s);
/* A line without its newline; the caller frees. NULL: C-d on an empty line. */
char *readline_read(const char *prompt);
/* Whether C-c ended the last line; asking forgets it. */
bool readline_interrupted(void);

void readline_history_load(const char *path);
void readline_history_add(const char *line);
void readline_history_save(const char *path);

#endif
