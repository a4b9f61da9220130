/* Commands: lua, source, pane. */
#include "engine/base/buf.h"
#include "repl/command/args.h"
#include "repl/command/pane.h"
#include "repl/command/script.h"
#include "repl/command/scripting.h"

/* ---- lua ------------------------------------------------------------------------------------------------------------------- */

static bool need_scripting(const struct session *s, struct err *e)
{
	return s->scripting || err_set(e, E_UNSUPPORTED, place_none(), "this build has no Lua (FRONT=none)");
}

#ifndef FRONT_NONE

static bool run_lua(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return need_scripting(s, e) && s->scripting->code(s->scripting, s, arg_get(a, "code")->text, r, e);
}

const struct command cmd_lua = {
	.name = "lua", .group = GROUP_SESSION, .summary = "Carry out Lua: an expression, whose values are shown, or statements",
	.doc = "wb, mod, dbg, frame, mem and others reach the workbench; docs/lua.md lists them.\n",
	.example = "lua for _, f in ipairs(mod.funcs) do print(f.name, f.size) end",
	.args = (const struct arg_spec[]){ { "code", ARG_REST, 0, "Lua 5.4", NULL }, { 0 } },
	.run = run_lua,
};

/* ---- pane ------------------------------------------------------------------------------------------------------------------ */

static void list_panes(const struct session *s, struct result *r)
{
	struct node *list = node_array(r, r->root, "panes");

	for (size_t i = 0; i < s->panes.count; i++) {
		node_str(r, list, NULL, str_of(s->panes.data[i].name));
		buf_printf(&r->text, "%-16s %s\n", s->panes.data[i].name, s->panes.data[i].help);
	}
}

static bool run_pane(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	enum { WIDTH = 80 };
	const struct arg *name = arg_get(a, "name");

	if (!name->given) {
		list_panes(s, r);
		return true;
	}
	const struct pane *p = pane_named(s, name->text);
	if (!p)
		return err_set(e, E_UNKNOWN_NAME, place_none(), "no script defined a pane '%s'", name->text.p);
	if (!p->lines(p->user, s, WIDTH, &r->text, e))
		return false;
	node_str(r, r->root, "text", str_of_buf(&r->text));
	return true;
}

const struct command cmd_pane = {
	.name = "pane", .group = GROUP_SESSION, .summary = "Show a pane that a script defined, or list them",
	.args = (const struct arg_spec[]){ { "name", ARG_WORD, ARG_OPTIONAL, "as given to wb.pane", NULL }, { 0 } },
	.run = run_pane,
};

#endif

/* ---- source ---------------------------------------------------------------------------------------------------------------- */

static bool source_lua(struct session *s, const char *path, const struct args *a, struct result *r, struct err *e)
{
	const char **words = arena_array(&r->arena, a->nmore + 1, sizeof *words);

	if (!words)
		return err_oom(e);
	for (size_t i = 0; i < a->nmore; i++)
		words[i] = a->more[i].p;
	struct script_job job = { .path = path, .args = words, .nargs = (uint32_t)a->nmore };
	return need_scripting(s, e) && s->scripting->file(s->scripting, s, &job, r, e);
}

static bool run_source(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const char *path = script_find(arg_get(a, "file")->text.p, &r->arena, e);

	if (!path)
		return false;
	if (script_is_lua(path))
		return source_lua(s, path, a, r, e);
	if (a->nmore)
		return err_set(e, E_USAGE, place_none(), "only scripts in Lua take arguments");
	return script_run_file(s, path, e);
}

const struct command cmd_source = {
	.name = "source", .group = GROUP_SESSION, .summary = "Carry out the commands of a file, or a script in Lua",
	.doc = "Commands stop at the first one that fails; lines that begin with # or ;; are comments. A file called .lua is a\n"
		"script, and so is the name of one that comes with Wrench: source call-graph defines the command call-graph.\n",
	.example = "source call-graph",
	.args = (const struct arg_spec[]){
		{ "file", ARG_FILE, 0, "lines of commands, or .lua, or the name of a script", NULL },
		{ "args", ARG_WORD, ARG_OPTIONAL | ARG_REPEAT, "what the script is given", NULL }, { 0 } },
	.run = run_source,
};
