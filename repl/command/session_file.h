/*
 * Sessions in files. A saved session is a script of commands that can be read and edited: modules, options, aliases,
 * breakpoints, displays, macros; the history of lines stands behind `#> `, the windows of the workbench behind `#| `.
 *
 * Such a file may come from anybody: while one is loaded only commands run that reach nothing of the host but the modules
 * it names, and what it defines (aliases, macros, command lists) may not do more. `session load FILE trusted` lifts that.
 */
#ifndef REPL_COMMAND_SESSION_FILE_H
#define REPL_COMMAND_SESSION_FILE_H

#include "repl/command/session.h"

bool session_save(struct session *s, const char *path, struct err *e);
/* Lines that are refused, or fail, are told in R; the others are carried out. */
bool session_restore(struct session *s, const char *path, bool trusted, struct result *r, struct err *e);

/* ---- transcripts (transcript.c) ----------------------------------------------------------------------------------------- */

/*
 * What a terminal shows, from now on into a file: "(wrench) LINE", what the guest wrote, what the command said. PATH NULL:
 * no more.
 */
bool transcript_start(struct session *s, const char *path, struct err *e);
void transcript_stop(struct session *s);
/* session_do() tells of each line, and then of what it said. */
void transcript_line(struct session *s, struct str line);
void transcript_said(struct session *s, const struct result *r, const struct err *e);
/* Carry out the lines of a transcript again. The first line that differs is in R. */
bool transcript_replay(struct session *s, const char *path, struct result *r, struct err *e);

#endif
