/* Commands: invoke (also as F(ARGS)), run, start. */
#include <fcntl.h>
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/wasi/wasi.h"
#include "repl/command/args.h"
#include "repl/command/session.h"
#include "repl/command/starting.h"
#include "repl/command/wat_line.h"

/* ---- invoke ---------------------------------------------------------------------------------------------------------- */

static void remember_call(struct session *s, struct str text)
{
	free(s->last_call);
	s->last_call = strndup(text.p, text.n);
}

static bool call_line(struct session *s, struct str text, bool stop, struct result *r, struct err *e)
{
	struct value *args;
	struct func *f;
	uint32_t n;

	if (!call_parse(s, text, &f, &args, &n, &r->arena, e))
		return false;
	remember_call(s, text);
	return guest_call(s, f, args, n, stop, r, e);
}

static bool run_invoke(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return call_line(s, arg_get(a, "call")->text, false, r, e);
}

const struct command cmd_invoke = {
	.name = "invoke", .group = GROUP_MODULE, .summary = "Call a function",
	.doc = "F(ARGS) as a line of its own, with no space before the bracket, does the same.\n"
		"Arguments are integers (decimal or 0x), floats (also hex, inf, nan, nan:0x…), v128 as i32x4:1,2,3,4,\n"
		"references as null or func:3, or an earlier result: $1, $ (the last), $$ (the one before).\n"
		"F is a name, $name, #12 (its index), or one of another module: MOD!$f.\n",
	.example = "invoke fac 5",
	.args = (const struct arg_spec[]){ { "call", ARG_CALL, 0, "F ARGS or F(ARGS)", NULL }, { 0 } },
	.flags = CMD_NEEDS_INSTANCE | CMD_RUNS_GUEST, .run = run_invoke,
};

/* ---- run ---------------------------------------------------------------------------------------------------------------- */

/* `run [ARGS] [< IN] [> OUT]`: words for the guest, files for its streams. */
struct run_line {
	const char **args;
	uint32_t nargs;
	int stdio[3];
};

static bool open_stream(struct run_line *l, int fd, const char *path, struct err *e)
{
	int flags = fd == 0 ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC;

	l->stdio[fd] = open(path, flags | O_CLOEXEC, 0666);
	if (l->stdio[fd] < 0)
		return err_set(e, E_IO, place_none(), "%s: %m", path);
	return true;
}

static bool read_run_line(struct str text, struct run_line *l, const char *program, struct arena *a, struct err *e)
{
	VEC(const char *) words = { 0 };
	struct str w;
	bool ok = vec_push(&words, program);

	while (ok && line_next(&text, a, &w, e)) {
		int fd = w.p[0] == '<' ? 0 : w.p[0] == '>' ? 1 : -1;
		if (fd < 0) {
			ok = vec_push(&words, w.p);
			continue;
		}
		if (w.n > 1)
			w.p++;
		else if (!line_next(&text, a, &w, e))
			ok = err_set(e, E_USAGE, place_none(), "run: a file name follows < and >");
		ok = ok && open_stream(l, fd, w.p, e);
	}
	l->nargs = (uint32_t)words.count;
	l->args = ok ? arena_copy(a, words.data, words.count * sizeof *words.data) : NULL;
	vec_free(&words);
	return ok && e->code == E_NONE && l->args ? true : e->code ? false : err_oom(e);
}

static bool fail_no_start(struct session *s, struct err *e)
{
	const struct module *m = session_current(s)->module;
	struct buf b = { 0 };
	uint32_t shown = 0;
	enum { SHOW = 16 };

	err_set(e, E_UNKNOWN_NAME, place_none(), "%s has no _start, and nothing was called yet", session_current(s)->label);
	for (uint32_t i = 0; i < m->nexports && shown < SHOW; i++) {
		if (m->exports[i].kind != EXTERN_FUNC)
			continue;
		buf_puts(&b, shown++ ? ", " : "");
		buf_escaped(&b, m->exports[i].name.p, m->exports[i].name.n, false);
	}
	err_evidence(e, "it exports: %s", shown ? buf_str(&b) : "no functions");
	buf_free(&b);
	return false;
}

static bool run_program(struct session *s, bool stop, struct result *r, struct err *e)
{
	struct session_module *m = session_current(s);
	const struct export *start = module_export_kind(m->module, STR("_start"), EXTERN_FUNC);

	if (!start && !s->last_call)
		return fail_no_start(s, e);
	if (start)
		starting_rest(s, &r->arena, stop ? "start #%u()" : "#%u()", start->index);
	else
		starting_rest(s, &r->arena, "%s %s", stop ? "start" : "invoke", s->last_call);
	if (!session_instantiate(s, m, r, e))
		return false;
	if (start)
		return guest_call(s, m->instance->funcs[start->index], NULL, 0, stop, r, e);
	char *again = arena_strndup(&r->arena, s->last_call, strlen(s->last_call));
	return again ? call_line(s, str_of(again), stop, r, e) : err_oom(e);
}

/* The streams stay open as long as the store that uses them. */
static void keep_streams(struct session *s, const struct run_line *l)
{
	for (int i = 0; i < 3; i++)
		s->run_stdio[i] = l->stdio[i];
}

static bool run_fresh(struct session *s, struct str text, bool stop, struct result *r, struct err *e)
{
	struct wasi_config config = { .stdio = { 0, 1, 2 } };
	struct wasi_config *before = s->wasi_config;
	struct run_line l = { .stdio = { -1, -1, -1 } };

	if (before)
		config = *before;
	bool ok = read_run_line(text, &l, session_current(s)->path, &s->arena, e) && session_new_store(s, e);
	keep_streams(s, &l);
	if (ok && (l.nargs > 1 || !before)) {
		config.args = l.args;
		config.nargs = l.nargs;
	}
	for (int i = 0; i < 3; i++)
		if (l.stdio[i] >= 0)
			config.stdio[i] = l.stdio[i];
	s->wasi_config = &config;
	ok = ok && run_program(s, stop, r, e);
	s->wasi_config = before;
	return ok;
}

static bool run_run(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return run_fresh(s, arg_get(a, "args")->text, false, r, e);
}

const struct command cmd_run = {
	.name = "run", .alias = "r", .group = GROUP_RUNNING, .summary = "Start the program anew: a new store, then _start",
	.doc = "Without _start the last call is made again. < FILE and > FILE are the program's streams.\n",
	.example = "run input.txt > out.txt",
	.args = (const struct arg_spec[]){
		{ "args", ARG_REST, ARG_OPTIONAL, "the program's arguments, < FILE, > FILE", NULL }, { 0 } },
	.flags = CMD_NEEDS_MODULE | CMD_RUNS_GUEST, .run = run_run,
};

/* ---- start ---------------------------------------------------------------------------------------------------------------- */

static bool start_expression(struct session *s, struct str text, struct result *r, struct err *e)
{
	struct func *f;

	return wat_line_expression(s, text, &f, r, e) && guest_call(s, f, NULL, 0, true, r, e);
}

static bool run_start(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct str what = arg_get(a, "what")->text;

	if (what.n && what.p[0] == '(')
		return start_expression(s, what, r, e);
	if (!session_current(s))
		return err_no_module(e);
	if (!line_is_call(s, what))
		return run_fresh(s, what, true, r, e);
	return session_instantiate(s, session_current(s), r, e) && call_line(s, what, true, r, e);
}

const struct command cmd_start = {
	.name = "start", .group = GROUP_RUNNING, .summary = "Begin a call and stop before its first instruction",
	.doc = "start F(ARGS) calls F; start (expr) an expression; start alone, or with arguments, is run\n"
		"stopped before the first instruction.\n",
	.example = "start fac(5)",
	.args = (const struct arg_spec[]){
		{ "what", ARG_REST, ARG_OPTIONAL, "F(ARGS), an expression in brackets, or the arguments of run", NULL }, { 0 } },
	.flags = CMD_RUNS_GUEST, .run = run_start,
};
