/*
 * `wrench [FILE]`; see front.h. Commands come from -e and -x in the order given, then, unless those were all, from a
 * person or from a pipe. Under --json the guest writes into memory files, which each command's line empties.
 */
#include "repl/front.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/source.h"
#include "engine/wasi/wasi.h"
#include "repl/command/debug.h"
#include "repl/command/guest_output.h"
#include "repl/command/input.h"
#include "repl/command/load_script.h"
#include "repl/command/render.h"
#include "repl/command/script.h"
#include "repl/command/scripting.h"
#include "repl/command/welcome.h"

/* ---- streams of the guest ---------------------------------------------------------------------------------------------- */

static bool set_streams(const struct cli *c, struct session *s, struct err *e)
{
	struct wasi_config *w = s->wasi_config;

	if (!s->terminal && !c->stdio[0])
		w->stdio[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (!s->json)
		return true;
	s->guest = arena_alloc(&s->arena, sizeof *s->guest);
	if (!s->guest)
		return err_oom(e);
	for (int fd = 1; fd <= 2; fd++)
		if (!c->stdio[fd]) {
			s->guest->file[fd] = memfd_create("guest", MFD_CLOEXEC);
			w->stdio[fd] = s->guest->file[fd];
			if (w->stdio[fd] < 0)
				return err_set(e, E_IO, place_none(), "no memory file for the guest's output: %m");
		}
	return true;
}

/* ---- the module -------------------------------------------------------------------------------------------------------- */

static bool load_file(struct cli *c, struct session *s, struct err *e)
{
	struct session_module *m;
	size_t n = c->file ? strlen(c->file) : 0;

	if (!c->file)
		return true;
	if (script_is_lua(c->file)) {
		struct script_job job = { .path = c->file, .args = c->args, .nargs = c->nargs };
		return s->scripting ? s->scripting->file(s->scripting, s, &job, NULL, e) :
			err_set(e, E_UNSUPPORTED, place_none(), "%s: this build has no Lua (FRONT=none)", c->file);
	}
	if (n > 5 && strcmp(c->file + n - 5, ".wast") == 0)
		return load_script_modules(s, c->file, e);
	return session_load(s, c->file, &m, e);
}

/* Load FILE and the modules of --preload; FILE is the current one at the end. */
static void open_modules(struct cli *c, struct session *s)
{
	struct err e = { 0 };
	struct result r;

	if (!result_init(&r))
		return;
	bool ok = load_file(c, s, &e);
	uint32_t current = s->module;
	ok = (!c->preload.count || (session_store(s, &e) && cli_preload(c, s, &r, &e))) && ok;
	if (current)
		session_select(s, &s->modules.data[current - 1]);
	if (!ok && s->json) {
		render_json(s, STR("load"), STR(""), &r, &e);
	} else if (!ok) {
		render_text(s, &r);
		render_error(s, &e);
	}
	s->failed = !ok;
	result_free(&r);
}

/* Behind FILE all is the guest's: options that were meant for us would do nothing, and say nothing. */
static void note_options(const struct cli *c, struct session *s)
{
	const char *word = c->nargs ? c->args[0] : "";
	struct buf note = { 0 };

	for (size_t i = 0; !c->quiet && i < cli_option_count; i++) {
		const struct cli_option *o = &cli_options[i];
		bool named = word[0] == '-' && word[1] &&
			(word[1] == '-' ? strcmp(word + 2, o->name) == 0 : word[1] == o->letter && !word[2]);
		if (named && o->commands & CLI_PROMPT)
			buf_printf(&note, "note: %s behind %s is an argument of the guest; options stand before it: wrench %s … %s\n", word,
				c->file, word, c->file);
	}
	output_put(&s->err, buf_str(&note), note.size);
	output_flush(&s->err);
	buf_free(&note);
}

/* ---- commands ------------------------------------------------------------------------------------------------------------ */

struct steps {
	struct input in;          /* first */
	const struct cli *cli;
	size_t next;
};

static void run_script(struct session *s, const char *file)
{
	struct err e = { 0 };
	bool shown = s->failed;

	s->failed = false;
	if (!script_run_file(s, file, &e) && !s->failed)
		render_error(s, &e);
	s->failed = s->failed || shown || e.code;
}

/* The next -e with those that belong to it, or the next -x. */
static bool steps_step(struct input *in, struct session *s)
{
	struct steps *st = (struct steps *)in;
	const struct cli *c = st->cli;
	struct buf text = { 0 };

	if (st->next == c->steps.count)
		return false;
	if (c->steps.data[st->next].file) {
		run_script(s, c->steps.data[st->next++].text);
		return true;
	}
	buf_puts(&text, c->steps.data[st->next++].text);
	while (line_wants_more(s, str_of_buf(&text)) && st->next < c->steps.count &&
			!c->steps.data[st->next].file) {
		buf_putc(&text, '\n');
		buf_puts(&text, c->steps.data[st->next++].text);
	}
	session_do(s, str_of_buf(&text));
	buf_free(&text);
	return true;
}

static void run_steps(struct cli *c, struct session *s)
{
	struct steps st = { .in.step = steps_step, .cli = c };

	input_push(s, &st.in);
	while (!s->quit && steps_step(&st.in, s))
		;
	input_pop(s);
}

/* init.lua, for a person: what it binds and defines is there before FILE is loaded. */
static void run_init(const struct cli *c, struct session *s)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	struct err e = { 0 };
	char *path = NULL;

	if (s->batch || c->no_init || (c->steps.count && !c->stay && !c->tui) || !s->scripting)
		return;
	if (config && config[0] == '/')
		path = arena_printf(&s->arena, "%s/wrench/init.lua", config);
	else if (home && home[0])
		path = arena_printf(&s->arena, "%s/.config/wrench/init.lua", home);
	struct script_job job = { .path = path };
	if (path && access(path, R_OK) == 0 && !s->scripting->file(s->scripting, s, &job, NULL, &e))
		render_error(s, &e);
}

/* The workbench, and when the user leaves it for the prompt, that. */
static int run_workbench(struct cli *c, struct session *s, const struct front *f)
{
	struct err e = { 0 };

	if (s->batch)
		err_set(&e, E_USAGE, place_none(), "the workbench needs a terminal");
	if (s->batch || !f->workbench(s, &e))
		return cli_fail(s, &e);
	if (!s->quit)
		f->loop(c, s);
	return cli_end(s, s->quit_given ? s->quit_status : STATUS_OK);
}

static int run_session(struct cli *c, struct session *s, const struct front *f)
{
	run_init(c, s);
	open_modules(c, s);
	note_options(c, s);
	run_steps(c, s);
	if (s->quit || (c->steps.count && !c->stay && !c->tui))
		return cli_end(s, script_status(s));
	if (c->tui)
		return run_workbench(c, s, f);
	if (c->welcome && s->batch && !s->json) {
		welcome_banner(s, true);
		welcome_play(s);
		return cli_end(s, script_status(s));
	}
	if (s->batch) {
		script_run_stream(s, stdin, "stdin");
		return cli_end(s, script_status(s));
	}
	f->loop(c, s);
	return cli_end(s, s->quit_given ? s->quit_status : STATUS_OK);
}

bool front_attach(const struct front *f, struct session *s, struct err *e)
{
	s->eval = f->make_eval ? f->make_eval() : NULL;
	return (!f->attach_scripting || (s->eval && f->attach_scripting(s, e))) && debug_attach(s, e);
}

int front_run(struct cli *c, const struct front *f)
{
	struct err e = { 0 };
	struct session s;

	if (!cli_session(c, &s, &e))
		return cli_fail(&s, &e);
	s.terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	s.batch = !f->loop || !s.terminal || s.json;
	s.open_workbench = s.batch ? NULL : f->workbench;
	if (!set_streams(c, &s, &e) || !front_attach(f, &s, &e))
		return cli_fail(&s, &e);
	struct eval *eval = s.eval;
	int status = run_session(c, &s, f);
	if (eval)
		eval->free(eval);
	return status;
}
