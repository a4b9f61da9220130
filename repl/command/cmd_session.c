/* Commands: set, show, help, apropos, alias, pwd, cd, quit. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/source.h"
#include "repl/command/args.h"
#include "repl/command/help.h"
#include "repl/command/render.h"

/* ---- set, show -------------------------------------------------------------------------------------------------------- */

static bool run_set(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct option_info *o = option_find(arg_get(a, "option")->text, e);

	return o && option_set(&s->options, o, arg_get(a, "value")->text, e);
}

const struct command cmd_set = {
	.name = "set", .group = GROUP_SESSION, .summary = "Change an option",
	.doc = "show lists the options. Other words after set change the guest's state; help set lists them.\n",
	.example = "set stub-imports trap",
	.args = (const struct arg_spec[]){
		{ "option", ARG_OPTION, 0, "the option's name", NULL },
		{ "value", ARG_WORD, ARG_OPTIONAL, "on, off, a number or a word; on when left out", NULL }, { 0 } },
	.run = run_set,
};

static void show_option(struct session *s, const struct option_info *o, struct result *r, struct table_text *t)
{
	struct buf b = { 0 };

	option_print(&s->options, o, &b);
	node_str(r, r->root, o->name, str_of_buf(&b));
	table_text_cell(t, "%s", o->name);
	table_text_cell(t, "%s", buf_str(&b));
	table_text_cell(t, "%s", o->help);
	table_text_row(t);
	buf_free(&b);
}

static bool run_show(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct table_text t = { .arena = &r->arena };
	const struct arg *name = arg_get(a, "option");

	for (size_t i = 0; i < option_count; i++)
		if (!name->given || &option_info[i] == option_find(name->text, e))
			show_option(s, &option_info[i], r, &t);
	table_text_print(&t, &r->text);
	return true;
}

const struct command cmd_show = {
	.name = "show", .group = GROUP_SESSION, .summary = "Show options and their values",
	.args = (const struct arg_spec[]){ { "option", ARG_OPTION, ARG_OPTIONAL, "only this one", NULL }, { 0 } },
	.run = run_show,
};

/* ---- help -------------------------------------------------------------------------------------------------------------- */

static bool run_help(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct str topic = arg_get(a, "topic")->text;

	if (!help_topic(s, topic, &r->text))
		return err_set(e, E_UNKNOWN_NAME, place_none(), "no help about '%s'; 'apropos %s' searches", topic.p, topic.p);
	node_str(r, r->root, "text", str_of_buf(&r->text));
	return true;
}

const struct command cmd_help = {
	.name = "help", .alias = "h", .group = GROUP_SESSION, .summary = "What there is, and how it is used",
	.example = "help i32.add",
	.args = (const struct arg_spec[]){
		{ "topic", ARG_COMMAND, ARG_OPTIONAL, "a command, a group of commands, an option, an instruction", NULL },
		{ 0 } },
	.run = run_help,
};

static bool run_apropos(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct str word = arg_get(a, "word")->text;

	if (!help_apropos(s, word, &r->text))
		return err_set(e, E_UNKNOWN_NAME, place_none(), "nothing is about '%s'", word.p);
	node_str(r, r->root, "text", str_of_buf(&r->text));
	return true;
}

const struct command cmd_apropos = {
	.name = "apropos", .group = GROUP_SESSION, .summary = "Search commands, options and instructions",
	.example = "apropos memory",
	.args = (const struct arg_spec[]){ { "word", ARG_REST, 0, "what to look for", NULL }, { 0 } },
	.run = run_apropos,
};

/* ---- alias --------------------------------------------------------------------------------------------------------------- */

static void list_aliases(const struct session *s, struct result *r)
{
	for (size_t i = 0; i < s->aliases.count; i++) {
		char *name = arena_strndup(&r->arena, s->aliases.data[i].name, strlen(s->aliases.data[i].name));
		buf_printf(&r->text, "%s = %s\n", s->aliases.data[i].name, s->aliases.data[i].text);
		if (name)
			node_str(r, r->root, name, str_of(s->aliases.data[i].text));
	}
}

static bool run_alias(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *name = arg_get(a, "name"), *text = arg_get(a, "text");
	struct str value = text->text;

	if (!name->given) {
		list_aliases(s, r);
		return true;
	}
	const char *equal = memchr(name->text.p, '=', name->text.n);
	if (equal && equal > name->text.p)
		return err_set(e, E_USAGE, place_none(), "alias: a blank stands before and behind '=': alias %.*s = …",
			(int)(equal - name->text.p), name->text.p);
	if (value.n && value.p[0] == '=')
		value = str_trim((struct str){ value.p + 1, value.n - 1 });
	if (!value.n)
		return err_set(e, E_USAGE, place_none(), "alias needs what '%s' stands for", name->text.p);
	if (command_named(s, name->text))
		return err_set(e, E_USAGE, place_none(), "'%s' is a command already", name->text.p);
	struct alias new = { strndup(name->text.p, name->text.n), strndup(value.p, value.n) };
	if (!new.name || !new.text || !vec_push(&s->aliases, new)) {
		free(new.name);
		free(new.text);
		return err_oom(e);
	}
	return true;
}

const struct command cmd_alias = {
	.name = "alias", .group = GROUP_SESSION, .summary = "Give the beginning of a line a short name",
	.example = "alias st = info functions",
	.args = (const struct arg_spec[]){
		{ "name", ARG_WORD, ARG_OPTIONAL, "the new word; without it all are listed", NULL },
		{ "text", ARG_REST, ARG_OPTIONAL, "what it stands for", NULL }, { 0 } },
	.run = run_alias,
};

/* ---- pwd, cd, quit -------------------------------------------------------------------------------------------------- */

static bool run_pwd(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	char *path = getcwd(NULL, 0);

	if (!path)
		return err_set(e, E_IO, place_none(), "the current folder: %s", strerror(errno));
	buf_printf(&r->text, "%s\n", path);
	node_str(r, r->root, "path", str_of(path));
	free(path);
	return true;
}

const struct command cmd_pwd = {
	.name = "pwd", .group = GROUP_SESSION, .summary = "Show the current folder", .run = run_pwd,
};

static bool run_cd(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const char *to = arg_get(a, "folder")->given ? arg_get(a, "folder")->text.p : getenv("HOME");

	if (!to || chdir(to) < 0)
		return err_set(e, E_IO, place_none(), "%s: %s", to ? to : "HOME", strerror(errno));
	return true;
}

const struct command cmd_cd = {
	.name = "cd", .group = GROUP_SESSION, .summary = "Change the current folder",
	.args = (const struct arg_spec[]){ { "folder", ARG_FILE, ARG_OPTIONAL, "HOME when left out", NULL }, { 0 } },
	.run = run_cd,
};

static bool run_quit(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	enum { STATUS_MAX = 255 };
	const struct arg *status = arg_get(a, "status");

	if (status->given && (status->number < 0 || status->number > STATUS_MAX))
		return err_set(e, E_USAGE, place_none(), "an exit status is 0 to 255");
	if (!session_may_leave(s))
		return true;
	s->quit = true;
	s->quit_given = status->given;
	s->quit_status = (int)status->number;
	return true;
}

const struct command cmd_quit = {
	.name = "quit", .alias = "q", .group = GROUP_SESSION, .summary = "Leave",
	.args = (const struct arg_spec[]){ { "status", ARG_NUMBER, ARG_OPTIONAL, "the exit status", NULL }, { 0 } },
	.run = run_quit,
};
