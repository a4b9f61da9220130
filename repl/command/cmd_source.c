/* Commands: directory, set substitute-path, info source. */
#include "debugger/dwarf.h"
#include "debugger/position.h"
#include "engine/base/buf.h"
#include "engine/base/source.h"
#include "repl/command/debug.h"

/* ---- where sources are ----------------------------------------------------------------------- */

static bool run_directory(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct sources *sources = &s->dbg->sources;

	debug_state(s)->list.module = NULL;     /* what is listed next may now be the source */
	if (!a->nmore) {
		sources_drop_folders(sources);
		buf_puts(&r->text, "sources are looked for where the compiler had them, and here\n");
		return true;
	}
	for (size_t i = a->nmore; i-- > 0;)     /* the first named is searched first */
		if (!sources_add_folder(sources, a->more[i]))
			return err_oom(e);
	return true;
}

const struct command cmd_directory = {
	.name = "directory", .group = GROUP_STATE, .summary = "Look for source files in these folders, too",
	.doc = "A file is looked for in each under its whole path, then under ever shorter ends of it. Without an argument:\n"
		"forget the folders given so far.\n",
	.example = "directory src",
	.args = (const struct arg_spec[]){
		{ "folders", ARG_FILE, ARG_OPTIONAL | ARG_REPEAT, "folders; those given last are searched first", NULL }, { 0 } },
	.run = run_directory,
};

static bool run_substitute_path(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	debug_state(s)->list.module = NULL;
	return sources_substitute(&s->dbg->sources, arg_get(a, "from")->text, arg_get(a, "to")->text) || err_oom(e);
}

const struct command cmd_set_substitute_path = {
	.name = "set substitute-path", .group = GROUP_STATE, .summary = "Source files below one folder are below another here",
	.doc = "Whole parts of a path are compared. The first rule that fits counts; a rule with the same FROM is replaced.\n",
	.example = "set substitute-path /home/user/src ./src",
	.args = (const struct arg_spec[]){
		{ "from", ARG_WORD, 0, "how paths in the debugging information begin", NULL },
		{ "to", ARG_FILE, 0, "what they begin with on this machine", NULL }, { 0 } },
	.run = run_substitute_path,
};

/* ---- info source ----------------------------------------------------------------------------- */

/* Where the selected frame is, else the current module's main. */
static bool place_asked(struct session *s, struct result *r, struct location *out, struct err *e)
{
	struct err ignored = { 0 };
	struct location *main;
	bool pending;
	uint32_t n;

	if (guest_stopped(s))
		return debug_locate_one(s, STR(""), r, out, e);
	if (!session_current(s))
		return err_no_module(e);
	if (!debug_locate(s, STR("main"), &r->arena, &main, &n, &pending, &ignored))
		return err_set(e, E_NOT_RUNNING, place_none(), "the guest is not stopped, and the module has no main");
	*out = main[0];
	return true;
}

static void show_path(struct session *s, struct str path, struct result *r)
{
	const struct source *file = sources_find(&s->dbg->sources, path);

	buf_puts(&r->text, "  path      ");
	buf_escaped(&r->text, path.p, path.n, false);
	buf_puts(&r->text, "\n  found     ");
	buf_puts(&r->text, file ? file->name : "no; 'directory DIR' or 'set substitute-path FROM TO' says where it is");
	buf_putc(&r->text, '\n');
	node_str(r, r->root, "path", path);
	if (file)
		node_str(r, r->root, "found", str_of(file->name));
}

static void show_unit(const struct location *at, struct result *r)
{
	struct dwarf *d = dwarf_of(at->module);
	struct dwarf_unit_info unit;

	if (!d || !dwarf_unit_at(d, at->offset, &unit))
		return;
	buf_printf(&r->text, "  language  %s\n  format    DWARF %u\n  compiler  ", unit.language, unit.version);
	buf_escaped(&r->text, unit.producer.p, unit.producer.n, false);
	buf_puts(&r->text, "\n  unit      ");
	buf_escaped(&r->text, unit.name.p, unit.name.n, false);
	buf_puts(&r->text, "\n  compiled  in ");
	buf_escaped(&r->text, unit.directory.p, unit.directory.n, false);
	buf_putc(&r->text, '\n');
	node_str(r, r->root, "language", str_of(unit.language));
	node_int(r, r->root, "dwarf", unit.version);
	node_str(r, r->root, "producer", unit.producer);
	node_str(r, r->root, "unit", unit.name);
	node_str(r, r->root, "directory", unit.directory);
}

static void show_rules(struct session *s, struct result *r)
{
	const struct sources *sources = &s->dbg->sources;

	for (size_t i = 0; i < sources->rules.count; i++)
		buf_printf(&r->text, "  replaced  %s by %s\n", sources->rules.data[i].from, sources->rules.data[i].to);
	for (size_t i = sources->folders.count; i-- > 0;)
		buf_printf(&r->text, "  searched  %s\n", sources->folders.data[i]);
}

static bool run_info_source(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct location at;
	struct position p;

	if (!place_asked(s, r, &at, e))
		return false;
	position_of(at.module, at.offset, &p);
	const struct dwarf *d = dwarf_of(at.module);
	buf_escaped(&r->text, p.file, strlen(p.file), false);
	buf_puts(&r->text, p.source ? "\n" : p.has_line ? ": the module's text\n" : ": a binary without source lines here\n");
	node_str(r, r->root, "file", str_of(p.file));
	if (p.source)
		show_path(s, p.path, r);
	show_unit(&at, r);
	show_rules(s, r);
	if (d && dwarf_problem(d)[0])
		buf_printf(&r->notes, "note: %s\n", dwarf_problem(d));
	return true;
}

const struct command cmd_info_source = {
	.name = "info source", .group = GROUP_STATE, .summary = "Show the source file of where the guest is, and how it was compiled",
	.flags = CMD_NEEDS_MODULE, .run = run_info_source,
};
