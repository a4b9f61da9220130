/* Commands: macro record, stop, name, play, export, define, list. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/buf.h"
#include "repl/command/args.h"
#include "repl/command/macro.h"

static bool run_record(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	if (s->recording)
		return err_set(e, E_USAGE, place_none(), "a macro is being recorded; 'macro stop' ends it");
	s->recording = calloc(1, sizeof *s->recording);
	if (!s->recording)
		return err_oom(e);
	buf_puts(&r->notes, "note: recording; 'macro stop' ends it\n");
	return true;
}

const struct command cmd_macro_record = {
	.name = "macro record", .group = GROUP_SESSION, .summary = "Take down the commands that follow",
	.doc = "Those that fail are left out.\n", .run = run_record,
};

static bool run_stop(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct macro *m = s->recording;
	size_t n = m ? m->lines.count : 0;

	if (!m)
		return err_set(e, E_USAGE, place_none(), "no macro is being recorded");
	s->recording = NULL;
	if (!macro_keep_take(s, m, arg_get(a, "name")->text, e))
		return false;
	node_int(r, r->root, "lines", (int64_t)n);
	buf_printf(&r->text, "%zu line%s\n", n, n == 1 ? "" : "s");
	return true;
}

const struct command cmd_macro_stop = {
	.name = "macro stop", .group = GROUP_SESSION, .summary = "End the recording of a macro",
	.args = (const struct arg_spec[]){
		{ "name", ARG_WORD, ARG_OPTIONAL, "its name; 'macro name' gives it later", NULL }, { 0 } },
	.run = run_stop,
};

static struct macro *need(struct session *s, const struct arg *name, struct err *e)
{
	struct macro *m = macro_find(s, name->text);

	if (!m && name->given)
		err_set(e, E_UNKNOWN_NAME, place_none(), "there is no macro %s", name->text.p);
	else if (!m)
		err_set(e, E_UNKNOWN_NAME, place_none(), "no macro was recorded");
	return m;
}

static bool run_name(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	static const struct arg last = { .text = { "", 0 } };
	struct macro *m = need(s, &last, e);

	return m && macro_rename(s, m, arg_get(a, "name")->text, e);
}

const struct command cmd_macro_name = {
	.name = "macro name", .group = GROUP_SESSION, .summary = "Give the last macro a name: it is a command then",
	.example = "macro name setup",
	.args = (const struct arg_spec[]){ { "name", ARG_WORD, 0, "one word", NULL }, { 0 } },
	.run = run_name,
};

static bool run_play(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *count = arg_get(a, "count");
	struct macro *m = need(s, arg_get(a, "name"), e);

	return m && macro_play(s, m, count->given ? count->number : 1, r, e);
}

const struct command cmd_macro_play = {
	.name = "macro play", .group = GROUP_SESSION, .summary = "Carry out the last macro, or the one of a name",
	.args = (const struct arg_spec[]){
		{ "name", ARG_WORD, ARG_OPTIONAL, "which; the last one when left out", NULL },
		{ "count", ARG_COUNT, ARG_OPTIONAL, "how often", NULL }, { 0 } },
	.flags = CMD_REPEATS, .run = run_play,
};

static bool write_file(const char *path, const struct buf *text, struct err *e)
{
	FILE *f = fopen(path, "we");
	bool ok = f && fwrite(buf_str(text), 1, text->size, f) == text->size;

	if (f && fclose(f) != 0)
		ok = false;
	return ok || err_set(e, E_IO, place_none(), "%s: %s", path, strerror(errno));
}

static bool run_export(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct macro *m = need(s, arg_get(a, "name"), e);
	const struct arg *file = arg_get(a, "file");
	struct buf text = { 0 };

	if (!m)
		return false;
	macro_export(m, &text);
	node_str(r, r->root, "text", str_of_buf(&text));
	bool ok = !file->given || write_file(file->text.p, &text, e);
	if (!file->given)
		buf_put(&r->text, buf_str(&text), text.size);
	buf_free(&text);
	return ok;
}

const struct command cmd_macro_export = {
	.name = "macro export", .group = GROUP_SESSION, .summary = "Write a macro as a script in Lua that does the same",
	.example = "macro export setup setup.lua",
	.args = (const struct arg_spec[]){
		{ "name", ARG_WORD, 0, "which", NULL },
		{ "file", ARG_FILE, ARG_OPTIONAL, "where to; it is shown when left out", NULL }, { 0 } },
	.run = run_export,
};

/* "NAME", lines, "end" */
static bool run_define(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct str text = a->line, name = line_word(&text), rest = str_trim(text);

	if (!name.n || text.n == 0 || text.p[0] != '\n' || rest.n < 3 || memcmp(rest.p + rest.n - 3, "end", 3) != 0 ||
			(rest.n > 3 && rest.p[rest.n - 4] != '\n' && rest.p[rest.n - 4] != ' ' && rest.p[rest.n - 4] != '\t'))
		return err_set(e, E_USAGE, place_none(), "macro define is followed by a name, lines of commands and a line 'end'");
	return macro_define(s, name, (struct str){ rest.p, rest.n - 3 }, e);
}

const struct command cmd_macro_define = {
	.name = "macro define", .group = GROUP_SESSION, .summary = "Write a macro down: a name, lines, and a line end",
	.args = (const struct arg_spec[]){ { "lines", ARG_REST, 0, "its name; then lines, and `end`", NULL }, { 0 } },
	.flags = CMD_BLOCK, .run = run_define,
};

static bool run_list(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct node *list = node_array(r, r->root, "macros");

	for (size_t i = 0; i < s->macros.count; i++) {
		const struct macro *m = s->macros.data[i];
		struct node *one = node_object(r, list, NULL), *lines;
		if (m->name)
			node_str(r, one, "name", str_of(m->name));
		lines = node_array(r, one, "lines");
		buf_printf(&r->text, "%s\n", m->name ? m->name : "(the last one recorded)");
		for (size_t k = 0; k < m->lines.count; k++) {
			node_str(r, lines, NULL, str_of(m->lines.data[k]));
			buf_printf(&r->text, "  %s\n", m->lines.data[k]);
		}
	}
	if (!s->macros.count)
		buf_puts(&r->text, "no macros\n");
	return true;
}

const struct command cmd_macro_list = {
	.name = "macro list", .group = GROUP_SESSION, .summary = "List the macros with their lines", .run = run_list,
};

const struct command cmd_macro = {
	.name = "macro", .group = GROUP_SESSION, .summary = "Commands that are recorded and carried out again",
	.flags = CMD_FAMILY, .run = command_family_run,
};
