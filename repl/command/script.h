/* Commands from files, pipes and -e: without prompt, questions or history. */
#ifndef REPL_COMMAND_SCRIPT_H
#define REPL_COMMAND_SCRIPT_H

#include <stdio.h>

#include "repl/command/session.h"

/* Carry out a file's lines up to the first that fails, which is reported as FILE:LINE: error. False with E: the file
   cannot be read, or a line failed (E then says which, its own error has been shown). */
bool script_run_file(struct session *s, const char *path, struct err *e);
/* The same from a stream (standard input): true when no line failed. */
bool script_run_stream(struct session *s, FILE *f, const char *name);
/* A line may be {"id":7,"command":"…"}: the command's text into TEXT, the id's into ID. False: it is plain text. */
bool script_json_line(struct str line, struct buf *text, struct str *id);
/* What a session of batches exits with. */
int script_status(const struct session *s);

#endif
