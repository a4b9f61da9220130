/*
 * The files that debugging information names, found on this machine: by the path as it is, or with its beginning
 * replaced (set substitute-path), else in the folders of `directory` and the current one, under the path or ever shorter
 * ends of it. What was read is kept, also that a file was not found.
 */
#ifndef DEBUGGER_SOURCES_H
#define DEBUGGER_SOURCES_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/str.h"
#include "engine/base/vec.h"

struct source;

struct substitution {
	char *from, *to;                /* owned */
};

/* A path that was looked for; source: NULL when it was not found. */
struct source_known {
	char *path;
	struct source *source;
};

struct sources {
	VEC(struct substitution) rules;
	VEC(char *) folders;            /* owned; the one to be searched first is last */
	/* private */
	VEC(struct source_known) known;
};

void sources_free(struct sources *s);
/* Paths that begin with FROM begin with TO instead. False: out of memory. */
bool sources_substitute(struct sources *s, struct str from, struct str to);
bool sources_add_folder(struct sources *s, struct str folder);
void sources_drop_folders(struct sources *s);
/* The file; NULL: not found. Owned by S; it stays until rules or folders change. */
const struct source *sources_find(struct sources *s, struct str path);
/* A line of it, from 1, without blanks at its end; false: not found. */
bool sources_line(struct sources *s, struct str path, uint32_t line, struct str *out);

#endif
