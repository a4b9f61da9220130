/* Macros; see macro.h. */
#include "repl/command/macro.h"

#include <stdlib.h>

#include "engine/base/buf.h"
#include "repl/command/args.h"
#include "repl/command/input.h"

/* ---- lists of lines -------------------------------------------------------------------------------------------------------- */

static void lines_free(struct macro *m)
{
	for (size_t i = 0; i < m->lines.count; i++)
		free(m->lines.data[i]);
	vec_free(&m->lines);
}

static void macro_free(struct macro *m)
{
	if (!m)
		return;
	lines_free(m);
	free(m->name);
	free(m);
}

static bool line_add(struct macro *m, struct str line)
{
	char *copy = strndup(line.p, line.n);

	if (copy && vec_push(&m->lines, copy))
		return true;
	free(copy);
	return false;
}

void macros_free(struct session *s)
{
	for (size_t i = 0; i < s->macros.count; i++)
		macro_free(s->macros.data[i]);
	vec_free(&s->macros);
	macro_free(s->recording);
	s->recording = NULL;
}

struct macro *macro_find(const struct session *s, struct str name)
{
	for (size_t i = s->macros.count; i-- > 0;) {
		struct macro *m = s->macros.data[i];
		if (name.n ? m->name && str_is(name, m->name) : !m->name)
			return m;
	}
	return !name.n && s->macros.count ? vec_last(&s->macros) : NULL;
}

/* ---- recording --------------------------------------------------------------------------------------------------------------- */

/* What controls macros is no part of them. */
static bool is_about_macros(struct str line)
{
	struct str word = line_word(&line);

	return str_is(word, "macro");
}

void macro_note(struct session *s, struct str line)
{
	if (s->recording && !s->macro_depth && !is_about_macros(line))
		line_add(s->recording, line);
}

/* ---- playing ------------------------------------------------------------------------------------------------------------------- */

static bool play_line(struct session *s, struct str line, struct result *r, struct err *e)
{
	struct result one;

	if (!result_init(&one))
		return err_oom(e);
	bool ok = session_line(s, line, &one, e);
	buf_put(&r->notes, buf_str(&one.notes), one.notes.size);
	buf_put(&r->text, buf_str(&one.text), one.text.size);
	if (one.guest_status != GUEST_NOT_RUN)
		r->guest_status = one.guest_status;
	result_free(&one);
	return ok;
}

bool macro_play(struct session *s, const struct macro *m, int64_t count, struct result *r, struct err *e)
{
	enum { DEPTH_MAX = 16 };
	size_t lines = m->lines.count;
	bool ok = true;

	if (s->macro_depth >= DEPTH_MAX)
		return err_set(e, E_LIMIT, place_none(), "macros call each other too deeply");
	s->macro_depth++;
	for (int64_t n = 0; n < count && ok && !s->quit; n++)
		for (size_t i = 0; i < lines && i < m->lines.count && ok && !s->quit; i++) {
			char *line = strdup(m->lines.data[i]);  /* the macro may be defined anew by its own lines */
			ok = line ? play_line(s, str_of(line), r, e) : err_oom(e);
			free(line);
		}
	s->macro_depth--;
	return ok;
}

static bool run_named(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *count = arg_get(a, "count");
	const struct macro *m = macro_find(s, str_of(a->command->name));

	return (m || err_set(e, E_UNKNOWN_NAME, place_none(), "the macro %s is gone", a->command->name)) &&
		macro_play(s, m, count->given ? count->number : 1, r, e);
}

/* ---- names --------------------------------------------------------------------------------------------------------------------- */

static struct command *command_of(struct session *s, const struct macro *m)
{
	static const struct arg_spec args[] = { { "count", ARG_COUNT, ARG_OPTIONAL, "how often", NULL }, { 0 } };
	struct command *c = arena_alloc(&s->arena, sizeof *c);
	char *summary = arena_printf(&s->arena, "Macro: %.60s%s", m->lines.count ? m->lines.data[0] : "nothing",
		m->lines.count > 1 ? " …" : "");
	char *name = arena_strndup(&s->arena, m->name, strlen(m->name));

	if (!c || !summary || !name)
		return NULL;
	*c = (struct command){
		.name = name, .group = GROUP_SESSION, .summary = summary, .args = args, .run = run_named, .user = c,
	};
	return c;
}

/* An older one of its name makes room. */
static void forget(struct session *s, struct str name)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->macros.count; i++) {
		struct macro *m = s->macros.data[i];
		if (m->name ? str_is(name, m->name) : !name.n) {
			if (m->command)
				command_remove(s, m->command);
			macro_free(m);
			continue;
		}
		s->macros.data[kept++] = m;
	}
	s->macros.count = kept;
}

bool macro_rename(struct session *s, struct macro *m, struct str name, struct err *e)
{
	char *copy = strndup(name.p, name.n), *old = m->name;

	if (!copy)
		return err_oom(e);
	m->name = copy;
	struct command *c = command_of(s, m);
	if (!c || !command_add(s, c, e)) {
		m->name = old;
		free(copy);
		return e->code ? false : err_oom(e);
	}
	if (m->command && m->command != c)
		command_remove(s, m->command);
	free(old);
	m->command = c;
	for (size_t i = 0; i < s->macros.count; i++)    /* another one that had the name */
		if (s->macros.data[i] != m && s->macros.data[i]->name && str_is(name, s->macros.data[i]->name)) {
			macro_free(s->macros.data[i]);
			s->macros.data[i] = vec_last(&s->macros);
			(void)vec_pop(&s->macros);
			break;
		}
	return true;
}

/* Takes M; without a name it is "the last one recorded". */
bool macro_keep_take(struct session *s, struct macro *m, struct str name, struct err *e)
{
	if (!name.n)
		forget(s, name);
	if (!vec_push(&s->macros, m)) {
		macro_free(m);
		return err_oom(e);
	}
	if (!name.n || macro_rename(s, m, name, e))
		return true;
	(void)vec_pop(&s->macros);
	macro_free(m);
	return false;
}

bool macro_define(struct session *s, struct str name, struct str lines, struct err *e)
{
	struct macro *m = calloc(1, sizeof *m);
	struct str line;
	bool ok = m != NULL;

	while (ok && line_take(s, &lines, &line))
		if (str_trim(line).n)
			ok = line_add(m, str_trim(line));
	if (!ok) {
		macro_free(m);
		return err_oom(e);
	}
	return macro_keep_take(s, m, name, e);
}

/* ---- Lua ----------------------------------------------------------------------------------------------------------------------- */

/* "…" where that needs no escapes, else [=[…]=] with as many = as it takes. */
static void put_lua_string(const char *text, struct buf *out)
{
	char close[16] = "]]";
	size_t level = 0;

	if (!strpbrk(text, "\"\\\n\r")) {
		buf_printf(out, "\"%s\"", text);
		return;
	}
	while (strstr(text, close) && level < sizeof close - 4) {
		level++;
		memset(close + 1, '=', level);
		memcpy(close + 1 + level, "]", 2);
	}
	buf_putc(out, '[');
	buf_fill(out, '=', level);
	buf_puts(out, text[0] == '\n' ? "[\n" : "[");
	buf_puts(out, text);
	buf_puts(out, close);
}

void macro_export(const struct macro *m, struct buf *out)
{
	buf_printf(out, "-- %s: a macro of %zu line%s\n", m->name ? m->name : "macro", m->lines.count,
		m->lines.count == 1 ? "" : "s");
	for (size_t i = 0; i < m->lines.count; i++) {
		buf_puts(out, "wb.show ");
		put_lua_string(m->lines.data[i], out);
		buf_putc(out, '\n');
	}
}
