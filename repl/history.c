/* The history file; see history.h. */
#include "repl/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "engine/base/buf.h"
#include "repl/readline.h"

/* The file's path; with CREATE its folders are made. Empty: there is no home. */
static void path_of(struct buf *out, bool create)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (state && state[0] == '/')
		buf_printf(out, "%s/wrench/history", state);
	else if (home && home[0])
		buf_printf(out, "%s/.local/state/wrench/history", home);
	for (char *p = out->data; create && p && (p = strchr(p + 1, '/'));) {
		*p = '\0';
		mkdir(out->data, 0700);
		*p = '/';
	}
}

void history_load(struct session *s)
{
	struct buf path = { 0 };

	path_of(&path, false);
	if (path.size)
		readline_history_load(buf_str(&path));
	buf_free(&path);
}

void history_add(struct session *s, struct str line)
{
	char *copy = strndup(line.p, line.n);

	for (char *p = copy; p && *p; p++)
		if (*p == '\n')
			*p = ' ';
	if (copy)
		readline_history_add(copy);
	free(copy);
	char *typed = strndup(line.p, line.n);
	if (typed && !vec_push(&s->typed, typed))
		free(typed);
}

void history_save(struct session *s)
{
	struct buf path = { 0 };

	path_of(&path, true);
	if (path.size)
		readline_history_save(buf_str(&path));
	buf_free(&path);
}
