/* Lessons as Lua files: read into the records of repl/command/lesson.h; their functions stay Lua's. */
#ifndef SCRIPTS_LESSONS_H
#define SCRIPTS_LESSONS_H

#include "repl/command/lesson.h"
#include "scripts/bridge.h"

/* Run every file of scripts/lessons. */
bool lessons_read(struct bridge *b, struct err *e);
bool lessons_setup(struct bridge *b, const struct lesson *l, struct err *e);
bool lessons_judge(struct bridge *b, const struct lesson *l, size_t question, struct str given, bool *right,
	struct str *why, struct arena *a, struct err *e);

#endif
