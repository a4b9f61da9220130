/* wrench script FILE.lua|NAME [ARGS]: a script without the prompt. */
#include <glob.h>
#include <stdio.h>

#include "debugger/eval.h"
#include "engine/base/buf.h"
#include "repl/command/render.h"
#include "repl/command/scripting.h"
#include "repl/front.h"

enum { LINE_SIZE = 256 };

/* "-- call-graph: who calls whom, as text or for graphviz": the first line of each script says what it is. */
static void put_summary(const char *path, struct buf *out)
{
	char line[LINE_SIZE];
	FILE *f = fopen(path, "re");
	const char *text = f ? fgets(line, sizeof line, f) : NULL;

	if (f)
		fclose(f);
	if (!text || strncmp(text, "-- ", 3) != 0)
		return;
	size_t name = strcspn(text + 3, ":");
	if (text[3 + name])
		buf_printf(out, "%-16.*s%s", (int)name, text + 3, text + 3 + name + 1);
}

static void list_scripts(struct buf *out)
{
	struct arena a = { 0 };
	const char *folder = script_shipped("scripts/lib", &a);
	const char *pattern = folder ? arena_printf(&a, "%s/*.lua", folder) : NULL;
	glob_t found;

	if (pattern && glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			put_summary(found.gl_pathv[i], out);
		globfree(&found);
	}
	arena_free(&a);
}

static bool run(struct cli *c, struct session *s, int *status, struct err *e)
{
	struct buf out = { 0 };

	if (!c->file) {
		list_scripts(&out);
		output_put(&s->out, buf_str(&out), out.size);
		buf_free(&out);
		return true;
	}
	const char *path = script_find(c->file, &s->arena, e);
	struct script_job job = { .path = path, .args = c->args, .nargs = c->nargs, .main = true, .status = status };
	job.sandboxed = c->sandbox;
	return path && s->scripting->file(s->scripting, s, &job, NULL, e);
}

int front_script(struct cli *c, const struct front *f)
{
	int status = STATUS_OK;
	struct err e = { 0 };
	struct session s;

	if (!cli_session(c, &s, &e))
		return cli_fail(&s, &e);
	s.batch = true;
	if (!front_attach(f, &s, &e))
		return cli_fail(&s, &e);
	struct eval *eval = s.eval;
	status = run(c, &s, &status, &e) ? cli_end(&s, status) : cli_fail(&s, &e);
	eval->free(eval);
	return status;
}
