/*
 * One line of input, of any kind:
 *
 *     (module …)  (func …)  (i32.add …)    WebAssembly text          = i32.const 2 …    the same, flat
 *     fac(5)  $f(1)  2!#12()               a call                    !CMD               a shell command
 *     cmd | sh-command                     output into a pipe        # …  ;; …          a comment
 *     an alias, or a command of the registry
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/turns.h"
#include "engine/base/source.h"
#include "repl/command/args.h"
#include "repl/command/event.h"
#include "repl/command/macro.h"
#include "repl/command/input.h"
#include "repl/command/predict.h"
#include "repl/command/render.h"
#include "repl/command/sandbox.h"
#include "repl/command/scripting.h"
#include "repl/command/session_file.h"
#include "repl/command/starting.h"
#include "repl/command/stop_list.h"
#include "repl/command/tutorial.h"
#include "repl/command/wat_line.h"
#include "repl/command/welcome.h"

/* ---- what kind of line ---------------------------------------------------------------------------------------------- */

static bool name_ends(char c)
{
	return c == ' ' || c == '\t' || c == '(' || c == ')' || c == '[' || c == ']' || c == '=' || c == ',' || c == ';';
}

static bool is_export(const struct session *s, struct str name)
{
	const struct session_module *m = session_current((struct session *)s);

	for (uint32_t i = 0; m && m->module && i < m->module->nexports; i++)
		if (m->module->exports[i].kind == EXTERN_FUNC && str_eq(m->module->exports[i].name, name))
			return true;
	return false;
}

/* "F(…)" without a space before the bracket; the name of a command only when the current module exports such a function. */
bool line_is_call(const struct session *s, struct str line)
{
	size_t i = 0;

	if (line.n && line.p[0] == '"') {
		for (i = 1; i < line.n && line.p[i] != '"'; i++)
			;
		i++;
	} else {
		while (i < line.n && !name_ends(line.p[i]))
			i++;
	}
	if (i == 0 || i >= line.n || line.p[i] != '(')
		return false;
	struct str name = { line.p, i };
	return line.p[0] == '$' || !command_named(s, name) || is_export(s, name);
}

static bool is_comment(const struct session *s, struct str line)
{
	if (str_starts(line, ";;"))
		return true;
	return line.p[0] == '#' && !line_is_call(s, line);
}

/* In "a | b": where the bar is, outside of quotes and brackets, when a program's name follows; else line.n. */
static bool is_program(struct str word)
{
	const char *path = getenv("PATH");
	char file[4096];

	if (memchr(word.p, '/', word.n))
		return true;
	while (path && *path && word.n) {
		size_t n = strcspn(path, ":");
		snprintf(file, sizeof file, "%.*s/%.*s", (int)n, path, STR_ARGS(word));
		if (access(file, X_OK) == 0)
			return true;
		path += n + (path[n] == ':');
	}
	return false;
}

static size_t find_pipe(struct str line)
{
	struct nesting nest = { 0 };

	for (size_t i = 0; i < line.n; i++) {
		if (nesting_outside(&nest, line.p[i]) && line.p[i] == '|' && i > 0) {
			struct str after = str_trim((struct str){ line.p + i + 1, line.n - i - 1 });
			size_t n = 0;
			while (n < after.n && after.p[n] != ' ')
				n++;
			if (is_program((struct str){ after.p, n }))
				return i;
		}
	}
	return line.n;
}

bool line_is_open(struct str line)
{
	int depth = 0, comment = 0;

	for (size_t i = 0; i < line.n; i++) {
		char c = line.p[i], next = i + 1 < line.n ? line.p[i + 1] : '\0';
		if (comment) {
			if (c == ';' && next == ')')
				comment--, i++;
			else if (c == '(' && next == ';')
				comment++, i++;
		} else if (c == '(' && next == ';') {
			comment++, i++;
		} else if (c == ';' && next == ';') {
			while (i < line.n && line.p[i] != '\n')
				i++;
		} else if (c == '"') {
			for (i++; i < line.n && line.p[i] != '"'; i++)
				i += line.p[i] == '\\';
			if (i >= line.n)
				return true;
		} else {
			depth += (c == '(') - (c == ')');
		}
	}
	return depth > 0 || comment > 0;
}

/* ---- carrying out ---------------------------------------------------------------------------------------------------- */

static bool run_shell(struct session *s, struct str line, struct result *r, struct err *e)
{
	struct buf command = { 0 };

	output_flush(&s->out);
	buf_put(&command, line.p, line.n);
	int status = system(buf_str(&command));
	buf_free(&command);
	if (status == -1)
		return err_set(e, E_IO, place_none(), "no shell could be started");
	node_int(r, r->root, "status", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return true;
}

/* The text of the result goes to a shell command instead of standard output. */
static bool run_piped(struct session *s, struct str line, size_t bar, struct result *r, struct err *e)
{
	struct buf command = { 0 };
	struct str left = str_trim((struct str){ line.p, bar }), right = { line.p + bar + 1, line.n - bar - 1 };
	bool ok = session_line(s, left, r, e);

	if (!ok)
		return false;
	output_flush(&s->out);
	buf_put(&command, right.p, right.n);
	FILE *f = popen(buf_str(&command), "w");
	buf_free(&command);
	if (!f)
		return err_set(e, E_IO, place_none(), "no shell could be started");
	fwrite(buf_str(&r->text), 1, r->text.size, f);
	pclose(f);
	buf_reset(&r->text);
	return true;
}

static bool needs_are_met(struct session *s, const struct command *c, struct result *r, struct err *e)
{
	if (c->flags & CMD_NEEDS_STOP && !guest_stopped(s))
		return err_set(e, E_NOT_RUNNING, place_none(),
			"nothing is running: 'F(ARGS)' calls, 'start F(ARGS)' calls and stops at once");
	if (c->flags & CMD_NEEDS_MODULE && !session_current(s))
		return err_no_module(e);
	if (c->flags & CMD_NEEDS_INSTANCE) {
		if (!session_current(s))
			return err_no_module(e);
		return session_instantiate(s, session_current(s), r, e);
	}
	return true;
}

static bool run_call(struct session *s, struct str line, struct result *r, struct err *e)
{
	const struct command *invoke = command_named(s, STR("invoke"));
	struct args a;

	thread_select_main(s);
	if (!needs_are_met(s, invoke, r, e) || !args_parse(s, invoke, line, &r->arena, &a, e))
		return false;
	return invoke->run(s, &a, r, e);
}

static const struct alias *alias_find(const struct session *s, struct str line, struct str *rest)
{
	*rest = line;
	struct str word = line_word(rest);
	for (size_t i = s->aliases.count; i-- > 0;)
		if (str_is(word, s->aliases.data[i].name))
			return &s->aliases.data[i];
	return NULL;
}

/* "fac" alone when fac is a function: what was probably meant. */
static void suggest_call(struct session *s, struct str line, struct err *e)
{
	struct err ignored = { 0 };
	struct session_module *m;
	struct str word = line;
	uint32_t func;
	size_t n = 0;

	while (n < word.n && word.p[n] != ' ')
		n++;
	word.n = n;
	if (e->code == E_UNKNOWN_COMMAND && session_current(s) && session_find_func(s, word, &m, &func, &ignored))
		err_hint(e, m->module->funcs[func].type->nparams ? "%.*s(ARGUMENTS)" : "%.*s()", STR_ARGS(word));
}

static bool run_command(struct session *s, struct str line, struct result *r, struct err *e)
{
	struct str rest;
	const struct command *c = command_find(s, line, &rest, e);
	struct args a;

	if (!c) {
		suggest_call(s, line, e);
		return false;
	}
	if (!sandbox_allows(s, c, e))
		return false;
	/* arguments may name functions, so the module has to be there first; instantiating comes last */
	if (c->flags & CMD_NEEDS_MODULE && !session_current(s))
		return err_no_module(e);
	if (!args_parse(s, c, rest, &r->arena, &a, e) || !needs_are_met(s, c, r, e))
		return false;
	bool back = c->group == GROUP_BACKWARDS && s->store && turns_any(s->store);
	if (c->flags & CMD_RUNS_GUEST && !(c->flags & CMD_NEEDS_STOP) && !back)
		thread_select_main(s);          /* calls are made in the first thread; what was stopped goes on where it is */
	return c->run(s, &a, r, e);
}

static bool run_alias(struct session *s, const struct alias *a, struct str rest, struct result *r, struct err *e)
{
	enum { MAX_DEPTH = 16 };
	struct buf b = { 0 };

	if (s->alias_depth >= MAX_DEPTH)
		return err_set(e, E_LIMIT, place_none(), "alias '%s' stands for itself", a->name);
	buf_puts(&b, a->text);
	buf_put(&b, rest.p, rest.n);
	s->alias_depth++;
	bool ok = session_line(s, str_of_buf(&b), r, e);
	s->alias_depth--;
	buf_free(&b);
	return ok;
}

static bool carry_out(struct session *s, struct str line, struct result *r, struct err *e)
{
	struct str rest;

	if (line.n == 0 || is_comment(s, line))
		return true;
	if (line.p[0] == '!')
		return sandbox_allows_line(s, "a shell command", true, false, e) &&
			run_shell(s, (struct str){ line.p + 1, line.n - 1 }, r, e);
	if (line.p[0] == '(' || line.p[0] == '=')
		return sandbox_allows_line(s, "WebAssembly text", false, true, e) && wat_line_run(s, line, r, e);
	if (memchr(line.p, '\n', line.n))
		return run_command(s, line, r, e);      /* a block: its lines are its own */
	size_t bar = find_pipe(line);
	if (bar < line.n)
		return sandbox_allows_line(s, "a pipe", true, false, e) && run_piped(s, line, bar, r, e);
	const struct alias *a = alias_find(s, line, &rest);
	if (a)
		return run_alias(s, a, rest, r, e);
	if (line_is_call(s, line))
		return sandbox_allows_line(s, "a call", false, true, e) && run_call(s, line, r, e);
	return run_command(s, line, r, e);
}

bool session_line(struct session *s, struct str line, struct result *r, struct err *e)
{
	struct str before = s->under_way;

	s->under_way = line = str_trim(line);
	bool ok = carry_out(s, line, r, e) || (!e->code && starting_now(s));
	s->under_way = before;
	return ok;
}

void session_idle(struct session *s)
{
	if (s->scripting)
		s->scripting->idle(s->scripting, s);
}

/* ---- carrying out and showing ----------------------------------------------------------------------------------------- */

bool session_do(struct session *s, struct str line)
{
	struct str id = STR("");

	return session_do_as(s, line, id, 0, NULL);
}

/* An error in a line of WebAssembly text, which is line NUMBER of FILE: the same text below as many empty lines. */
static void place_text_in_script(struct session *s, struct err *e, uint64_t number, const char *file)
{
	struct err ignored = { 0 };
	struct buf b = { 0 };

	buf_fill(&b, '\n', number - 1);
	buf_put(&b, s->error_source->bytes, s->error_source->size);
	struct source *src = source_copy(file, buf_str(&b), b.size, &ignored);
	buf_free(&b);
	if (!src)
		return;
	session_keep_text(s, src);
	source_free(src);
	e->place.start += number - 1;
	for (int i = 0; i < e->nnotes; i++)
		e->notes[i].place.start += number - 1;
	snprintf(e->file, sizeof e->file, "%s", file);
}

/* In a script errors begin with its file and line, and name the command. */
static void place_in_script(struct session *s, struct err *e, struct str line, uint64_t number, const char *file)
{
	struct err was = *e;

	if (file && e->place.kind == PLACE_TEXT && strcmp(e->file, WAT_LINE_NAME) == 0 && s->error_source)
		place_text_in_script(s, e, number, file);
	if (!file || e->place.kind != PLACE_NONE || e->file[0])
		return;
	struct str rest = line, word = line_word(&rest);
	size_t n = word.n;
	bool named = was.code == E_UNKNOWN_COMMAND || was.code == E_AMBIGUOUS || n == 0 || rest.n == 0 ||
		rest.p[0] == '(' || (strncmp(was.message, word.p, n) == 0 && was.message[n] == ':');
	if (!named)
		snprintf(e->message, sizeof e->message, "%.*s: %.*s", STR_ARGS(word), (int)(sizeof e->message - n - 3),
			was.message);
	e->place = place_line(number);
	snprintf(e->file, sizeof e->file, "%s", file);
}

/* The line, and where the user is asked what it will do, whether that was right. */
static bool predicted_line(struct session *s, struct str line, struct result *r, struct err *e)
{
#ifndef FRONT_NONE
	struct buf given = { 0 };
	bool asked = predict_ask(s, line, &given), ok = session_line(s, line, r, e);

	if (asked && ok)
		predict_judge(s, str_of_buf(&given), &r->text);
	buf_free(&given);
	return ok;
#else
	return session_line(s, line, r, e);
#endif
}

bool session_do_as(struct session *s, struct str line, struct str id, uint64_t number, const char *file)
{
	struct err e = { 0 };
	struct result r;

	line = str_trim(line);
	if (line.n == 0 || is_comment(s, line))
		return true;
	if (!result_init(&r))
		return false;
	transcript_line(s, line);
	bool ok = predicted_line(s, line, &r, &e);
	if (ok)
		macro_note(s, line);
	if (s->json)
		stop_list_run(s, &r);
	if (ok && r.text.failed)
		ok = err_oom(&e);
	if (!ok && e.code == E_NONE)
		err_set(&e, E_INTERNAL, place_none(), "the command failed without saying why");
	if (r.guest_status != GUEST_NOT_RUN)
		s->guest_status = r.guest_status;
	if (!ok) {
		s->failed = true;
		place_in_script(s, &e, line, number, file);
	}
	if (s->json) {
		if (ok)
			tutorial_follow(s, line, NULL);
		render_json(s, line, id, &r, &e);
	} else {
		if (ok) {
			welcome_follow(s, line, &r.text);
			tutorial_follow(s, line, &r.text);
		}
		render_text(s, &r);
		if (!ok)
			render_error(s, &e);
		transcript_said(s, &r, &e);
		stop_list_run(s, &r);
	}
	event_send(s, &(struct event){ .kind = EVENT_COMMAND, .text = line });
	result_free(&r);
	session_idle(s);
	return ok;
}
