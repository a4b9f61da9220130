/* Sessions in files; see session_file.h. */
#include "repl/command/session_file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "debugger/breakpoint.h"
#include "engine/base/buf.h"
#include "engine/base/source.h"
#include "repl/command/args.h"
#include "repl/command/debug.h"
#include "repl/command/input.h"
#include "repl/command/macro.h"
#include "repl/command/render.h"
#include "repl/command/sandbox.h"
#include "repl/command/wat_line.h"

static const char heading[] = "# Wrench session 1: commands, carried out by `session load`";
static const char history_mark[] = "#> ", layout_mark[] = "#| ";

/* ---- saving ------------------------------------------------------------------------------------------------------------------ */

static void put_quoted(const char *text, struct buf *out)
{
	buf_putc(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_putc(out, '\\');
		buf_putc(out, *text);
	}
	buf_putc(out, '"');
}

/* What a command says, for parts that exist only as such: the text of a module, the list of stops. */
static bool ask(struct session *s, const char *line, struct result *r, struct err *e)
{
	return result_init(r) ? session_line(s, str_of(line), r, e) : err_oom(e);
}

/* Typed at the prompt: its text. */
static bool put_scratch(struct session *s, uint32_t number, struct buf *out, struct err *e)
{
	struct result r;

	session_select(s, &s->modules.data[number - 1]);
	bool ok = ask(s, "wat", &r, e);
	if (ok)
		buf_put(out, buf_str(&r.text), r.text.size);
	result_free(&r);
	return ok;
}

static bool put_modules(struct session *s, struct buf *out, struct err *e)
{
	uint32_t current = s->module, number = 0, at = 0;

	for (uint32_t i = 0; i < s->modules.count; i++) {
		const struct session_module *m = &s->modules.data[i];
		char path[PATH_MAX];
		if (!m->module)
			continue;
		number++;
		at = i + 1 == current ? number : at;
		if (realpath(m->path, path)) {
			buf_puts(out, "load ");
			put_quoted(path, out);
			buf_putc(out, '\n');
		} else if (!m->problem.code && !put_scratch(s, i + 1, out, e)) {
			return false;
		}
	}
	wat_line_definitions(s, out);
	if (current)
		session_select(s, &s->modules.data[current - 1]);
	if (at && at != number)
		buf_printf(out, "module %u\n", at);
	return true;
}

static void put_options(const struct session *s, struct buf *out)
{
	struct options preset;

	options_init(&preset);
	for (size_t i = 0; i < option_count; i++) {
		const struct option_info *o = &option_info[i];
		if (memcmp((const char *)&s->options + o->field, (const char *)&preset + o->field, sizeof(int)) == 0)
			continue;
		buf_printf(out, "set %s ", o->name);
		option_print(&s->options, o, out);
		buf_putc(out, '\n');
	}
	for (size_t i = 0; i < s->aliases.count; i++)
		buf_printf(out, "alias %s = %s\n", s->aliases.data[i].name, s->aliases.data[i].text);
}

static void put_macros(const struct session *s, struct buf *out)
{
	for (size_t i = 0; i < s->macros.count; i++) {
		const struct macro *m = s->macros.data[i];
		if (!m->name)
			continue;
		buf_printf(out, "macro define %s\n", m->name);
		for (size_t k = 0; k < m->lines.count; k++)
			buf_printf(out, "%s\n", m->lines.data[k]);
		buf_puts(out, "end\n");
	}
}

/* The command that makes a breakpoint of the type that `info breakpoints` names; NULL: none does. */
static const char *stop_command(const char *type, bool temporary)
{
	static const struct { const char *type, *command; } made_by[] = {
		{ "watchpoint", "watch" }, { "read watchpoint", "rwatch" }, { "access watchpoint", "awatch" },
		{ "watch", "watch" }, { "rwatch", "rwatch" }, { "awatch", "awatch" }, { "catchpoint", "catch" }, { "catch", "catch" },
	};

	if (strcmp(type, "breakpoint") == 0)
		return temporary ? "tbreak" : "break";
	for (size_t i = 0; i < sizeof made_by / sizeof *made_by; i++)
		if (strcmp(type, made_by[i].type) == 0)
			return made_by[i].command;
	return NULL;
}

static void put_stop(const struct breakpoint *b, const char *type, uint32_t number, struct buf *out)
{
	const char *command = stop_command(type, b->temporary);

	if (b->kind == BREAKPOINT_PRINT)
		buf_printf(out, "dprintf %s,%s\n", b->spec, b->format);
	else
		buf_printf(out, "%s %s", command, b->spec);
	if (b->kind != BREAKPOINT_PRINT && b->condition)
		buf_printf(out, " if %s", b->condition);
	if (b->kind != BREAKPOINT_PRINT)
		buf_putc(out, '\n');
	else if (b->condition)
		buf_printf(out, "condition %u %s\n", number, b->condition);
	if (b->ignore)
		buf_printf(out, "ignore %u %llu\n", number, (unsigned long long)b->ignore);
	if (b->commands)
		buf_printf(out, "commands %u\n%s\nend\n", number, b->commands);
	if (!b->enabled)
		buf_printf(out, "disable %u\n", number);
}

/* Numbers begin anew: those of the lines are the new ones. */
static bool put_stops(struct session *s, struct buf *out, struct err *e)
{
	uint32_t number = 0;
	struct result r;

	if (!s->dbg || !s->dbg->breakpoints.count)
		return true;
	bool ok = ask(s, "info breakpoints", &r, e);
	const struct node *list = ok ? node_get(r.root, "breakpoints") : NULL;
	for (const struct node *n = list ? list->first : NULL; n; n = n->next) {
		const struct node *type = node_get(n, "type"), *id = node_get(n, "number");
		const struct breakpoint *b = id ? breakpoint_number(s->dbg, (uint32_t)id->number) : NULL;
		if (b && type && (b->kind == BREAKPOINT_PRINT || stop_command(type->string.p, false)))
			put_stop(b, type->string.p, ++number, out);
	}
	result_free(&r);
	return ok;
}

static void put_rest(struct session *s, struct buf *out)
{
	for (const struct display *d = s->displays; d; d = d->next)
		buf_printf(out, "display%s%s %s\n", d->format[0] ? "/" : "", d->format, d->expr);
	if (s->workbench_layout && (s->workbench || s->workbench_kept)) {
		buf_puts(out, layout_mark);
		s->workbench_layout(s->workbench ? s->workbench : s->workbench_kept, out);
		buf_putc(out, '\n');
	}
	for (size_t i = 0; i < s->typed.count; i++)
		if (!strchr(s->typed.data[i], '\n'))
			buf_printf(out, "%s%s\n", history_mark, s->typed.data[i]);
}

bool session_save(struct session *s, const char *path, struct err *e)
{
	struct buf out = { 0 };

	buf_printf(&out, "%s\n", heading);
	bool ok = put_modules(s, &out, e);
	if (ok) {
		put_options(s, &out);
		put_macros(s, &out);
		ok = put_stops(s, &out, e);
		put_rest(s, &out);
	}
	if (ok && out.failed)
		ok = err_oom(e);
	FILE *f = ok ? fopen(path, "we") : NULL;
	if (ok && (!f || fwrite(buf_str(&out), 1, out.size, f) != out.size))
		ok = err_set(e, E_IO, place_none(), "%s: %s", path, strerror(errno));
	if (f && fclose(f) != 0 && ok)
		ok = err_set(e, E_IO, place_none(), "%s: %s", path, strerror(errno));
	buf_free(&out);
	return ok;
}

/* ---- loading ----------------------------------------------------------------------------------------------------------------- */

/* A command that keeps lines for later: each but the first has to be harmless, also those of blocks within it. */
static bool keeps_harmless_lines(const struct session *s, struct str block)
{
	const char *end = block.p + block.n, *p = memchr(block.p, '\n', block.n);

	while (p) {
		const char *start = p + 1;
		p = memchr(start, '\n', (size_t)(end - start));
		struct str line = str_trim((struct str){ start, (size_t)((p ? p : end) - start) });
		struct str rest = line;
		if (str_is(line_word(&rest), "commands") || str_starts(line, "macro define"))
			continue;
		if (!sandbox_is_harmless(s, line))
			return false;
	}
	return true;
}

/* Beside the harmless commands those that a saved session is made of. */
static bool may_restore(const struct session *s, struct str line)
{
	struct str rest = line, word = line_word(&rest);

	if (str_is(word, "load"))
		return !memchr(line.p, '|', line.n) && !memchr(line.p, '\n', line.n);
	if (str_is(word, "set")) {
		struct err ignored = { 0 };
		return option_find(line_word(&rest), &ignored) && !memchr(line.p, '|', line.n);
	}
	if (str_is(word, "alias")) {
		line_word(&rest);
		rest = str_trim(rest);
		return rest.n && rest.p[0] == '=' && sandbox_is_harmless(s, (struct str){ rest.p + 1, rest.n - 1 });
	}
	if (str_is(word, "commands") || (str_is(word, "macro") && str_is(line_word(&rest), "define")))
		return keeps_harmless_lines(s, line);
	if (str_is(word, "dprintf"))
		return !memchr(line.p, '|', line.n);
	return sandbox_is_harmless(s, line);
}

static void restore_line(struct session *s, struct str line, bool trusted, struct result *r)
{
	struct err e = { 0 };
	struct result one;

	if (!trusted && !may_restore(s, line)) {
		struct str first = { line.p, strcspn(line.p, "\n") };
		buf_printf(&r->notes, "note: refused, it may reach files or the host: %.*s\n",
			(int)(first.n < line.n ? first.n : line.n), line.p);
		return;
	}
	if (!result_init(&one))
		return;
	if (!session_line(s, line, &one, &e))
		buf_printf(&r->notes, "note: %.*s: %s\n", (int)(line.n < 60 ? line.n : 60), line.p, e.message);
	buf_put(&r->text, buf_str(&one.text), one.text.size);
	result_free(&one);
}

static void remember(struct session *s, struct str line)
{
	char *copy = strndup(line.p, line.n);

	if (s->history_add)
		s->history_add(s, line);
	else if (copy && vec_push(&s->typed, copy))
		return;
	free(copy);
}

bool session_restore(struct session *s, const char *path, bool trusted, struct result *r, struct err *e)
{
	struct source *src = source_read(path, e);
	struct str text, line;

	if (!src)
		return false;
	text = (struct str){ (const char *)src->bytes, src->size };
	bool ok = str_starts(text, heading) ||
		err_set(e, E_USAGE, place_none(), "%s is no saved session: it does not begin with '%s'", path, heading);
	while (ok && line_take(s, &text, &line)) {
		line = str_trim(line);
		if (str_starts(line, history_mark))
			remember(s, (struct str){ line.p + 3, line.n - 3 });
		else if (str_starts(line, layout_mark))
			s->wanted_layout = arena_strndup(&s->arena, line.p + 3, line.n - 3);
		else if (line.n && line.p[0] != '#')
			restore_line(s, line, trusted, r);
	}
	source_free(src);
	return ok;
}
