/* Reading arguments; see args.h. */
#include "repl/command/args.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/replace.h"
#include "engine/base/buf.h"

/* ---- words --------------------------------------------------------------------------------------------------------- */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct str str_trim(struct str s)
{
	while (s.n && is_space(s.p[0]))
		s.p++, s.n--;
	while (s.n && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool nesting_outside(struct nesting *n, char c)
{
	if (n->quote) {
		n->quote = c == n->quote ? 0 : n->quote;
		return false;
	}
	switch (c) {
	case '"':
	case '\'':
		n->quote = c;
		return false;
	case '(':
	case '[':
		n->depth++;
		return false;
	case ')':
	case ']':
		n->depth--;
		return false;
	default:
		return n->depth == 0;
	}
}

bool line_next(struct str *line, struct arena *a, struct str *word, struct err *e)
{
	struct str l = str_trim(*line);
	struct buf b = { 0 };
	char quote = 0;
	size_t i = 0;

	if (l.n == 0)
		return false;
	for (; i < l.n && (quote || !is_space(l.p[i])); i++) {
		char c = l.p[i];
		if (quote ? c == quote : (c == '"' || c == '\'')) {
			quote = quote ? 0 : c;
			continue;
		}
		if (quote == '"' && c == '\\' && i + 1 < l.n)
			c = l.p[++i];
		buf_putc(&b, c);
	}
	*line = (struct str){ l.p + i, l.n - i };
	word->p = arena_strndup(a, buf_str(&b), b.size);
	word->n = b.size;
	buf_free(&b);
	if (quote)
		return err_set(e, E_USAGE, place_none(), "a %c is not closed", quote);
	return word->p ? true : err_oom(e);
}

bool str_number(struct str s, int64_t *out)
{
	char digits[32], *end;

	if (s.n == 0 || s.n >= sizeof digits)
		return false;
	memcpy(digits, s.p, s.n);
	digits[s.n] = '\0';
	errno = 0;
	if (digits[0] == '-')
		*out = strtoll(digits, &end, 0);
	else
		*out = (int64_t)strtoull(digits, &end, 0);
	return *end == '\0' && errno == 0 && !is_space(digits[0]);
}

/* ---- single arguments ---------------------------------------------------------------------------------------------- */

struct reader {
	struct session *s;
	const struct command *c;
	struct arena *a;
	struct str rest;
	struct args *out;
	struct err *e;
};

static size_t spec_count(const struct command *c)
{
	size_t n = 0;

	while (c->args && c->args[n].kind != ARG_END)
		n++;
	return n;
}

/* The keyword argument that WORD introduces and that is not given yet; -1: none. */
static int keyword_index(const struct reader *rd, struct str word)
{
	for (size_t i = 0; i < spec_count(rd->c); i++)
		if (rd->c->args[i].flags & ARG_KEYWORD && str_is(word, rd->c->args[i].name) && !rd->out->v[i].given)
			return (int)i;
	return -1;
}

static struct str plain_word(struct str s)
{
	size_t n = 0;

	while (n < s.n && !is_space(s.p[n]))
		n++;
	return (struct str){ s.p, n };
}

/* The rest of the line, or what comes before the next keyword argument outside of brackets and quotes. */
static struct str take_expression(struct reader *rd)
{
	struct str l = str_trim(rd->rest);
	struct nesting n = { 0 };

	for (size_t i = 0; i < l.n; i++) {
		char c = l.p[i];
		if (nesting_outside(&n, c) && is_space(c) &&
			keyword_index(rd, plain_word(str_trim((struct str){ l.p + i, l.n - i }))) >= 0) {
			rd->rest = (struct str){ l.p + i, l.n - i };
			return str_trim((struct str){ l.p, i });
		}
	}
	rd->rest = (struct str){ l.p + l.n, 0 };
	return l;
}

static bool takes_rest(enum arg_kind k)
{
	return k == ARG_EXPR || k == ARG_REST || k == ARG_CALL || k == ARG_REGEX || k == ARG_COMMAND;
}

static bool read_choice(const struct arg_spec *spec, struct arg *v, struct err *e)
{
	struct buf b = { 0 };
	int found = -1, count = 0;

	for (int i = 0; spec->choices[i]; i++) {
		buf_printf(&b, "%s%s", i ? ", " : "", spec->choices[i]);
		if (str_is(v->text, spec->choices[i])) {
			found = i;
			count = 1;
			break;
		}
		if (v->text.n && strncmp(spec->choices[i], v->text.p, v->text.n) == 0) {
			found = i;
			count++;
		}
	}
	if (count != 1)
		err_set(e, E_USAGE, place_none(), "'%s' is not one of: %s", v->text.p, buf_str(&b));
	buf_free(&b);
	v->choice = found;
	return count == 1;
}

static bool read_func(struct reader *rd, struct arg *v)
{
	struct session_module *m;

	if (!session_find_func(rd->s, v->text, &m, &v->func, rd->e))
		return false;
	if (m->problem.code && m->module->funcs[v->func].import < 0 && !m->module->funcs[v->func].body)
		return err_set(rd->e, E_USAGE, place_none(), "%.*s has no body: what can be read of %s ends before it",
			STR_ARGS(v->text), m->label);
	v->module = (struct module *)(uintptr_t)module_running(m->module, v->func);
	v->instance = m->instance;
	return true;
}

static bool read_module(struct reader *rd, struct arg *v)
{
	struct session_module *m;

	if (!session_find_module(rd->s, v->text, &m, rd->e))
		return false;
	v->module = m->module;
	v->instance = m->instance;
	return true;
}

static bool read_number(const struct arg_spec *spec, struct arg *v, struct err *e)
{
	if (!str_number(v->text, &v->number))
		return err_set(e, E_USAGE, place_none(), "%s: '%s' is not a number", spec->name, v->text.p);
	if (spec->kind == ARG_COUNT && v->number < 1)
		return err_set(e, E_USAGE, place_none(), "%s: %s is less than 1", spec->name, v->text.p);
	return true;
}

static bool read_opcode(struct arg *v, struct err *e)
{
	enum op op = op_by_text(v->text.p, v->text.n);
	const char *near = NULL;
	size_t best = v->text.n <= 3 ? 2 : 4;

	v->number = op;
	if (op != OP_NONE)
		return true;
	for (unsigned i = 0; i < OP_COUNT; i++) {
		size_t d = str_distance(v->text, str_of(op_info[i].text), best);
		if (d < best) {
			best = d;
			near = op_info[i].text;
		}
	}
	if (near)
		return err_set(e, E_UNKNOWN_NAME, place_none(), "no instruction '%s'; did you mean '%s'?", v->text.p, near);
	err_set(e, E_UNKNOWN_NAME, place_none(), "no instruction '%s'", v->text.p);
	err_hint(e, "apropos %s", v->text.p);
	return false;
}

static bool read_value(struct reader *rd, size_t i)
{
	const struct arg_spec *spec = &rd->c->args[i];
	struct arg *v = &rd->out->v[i];

	v->given = true;
	if (takes_rest(spec->kind)) {
		struct str text = take_expression(rd);
		v->text = (struct str){ arena_strndup(rd->a, text.p, text.n), text.n };
		return v->text.p ? true : err_oom(rd->e);
	}
	if (!line_next(&rd->rest, rd->a, &v->text, rd->e))
		return err_set(rd->e, E_USAGE, place_none(), "%s: %s needs a value", rd->c->name, spec->name);
	switch (spec->kind) {
	case ARG_NUMBER:
	case ARG_COUNT:
		return read_number(spec, v, rd->e);
	case ARG_CHOICE:
		return read_choice(spec, v, rd->e);
	case ARG_FUNC:
		return read_func(rd, v);
	case ARG_MODULE:
		return read_module(rd, v);
	case ARG_INSTANCE:
		return session_find_instance(rd->s, v->text, &v->instance, rd->e);
	case ARG_OPCODE:
		return read_opcode(v, rd->e);
	case ARG_OPTION:
		return option_find(v->text, rd->e) != NULL;
	default:
		return true;
	}
}

/* ---- the whole line ----------------------------------------------------------------------------------------------- */

static bool read_more(struct reader *rd, size_t i)
{
	VEC(struct str) words = { 0 };
	struct str w = rd->out->v[i].text;

	do {
		if (!vec_push(&words, w)) {
			vec_free(&words);
			return err_oom(rd->e);
		}
	} while (line_next(&rd->rest, rd->a, &w, rd->e));
	rd->out->nmore = words.count;
	rd->out->more = arena_copy(rd->a, words.data, words.count * sizeof *words.data);
	vec_free(&words);
	if (!rd->out->more)
		return err_oom(rd->e);
	return rd->e->code == E_NONE;
}

/* "/x" or "/r /s" after the name. */
static bool read_format(struct reader *rd)
{
	struct buf b = { 0 };

	for (struct str l = str_trim(rd->rest); l.n && l.p[0] == '/'; l = str_trim(rd->rest)) {
		struct str w = plain_word(l);
		buf_put(&b, w.p + 1, w.n - 1);
		rd->rest = (struct str){ l.p + w.n, l.n - w.n };
	}
	rd->out->format = (struct str){ arena_strndup(rd->a, buf_str(&b), b.size), b.size };
	buf_free(&b);
	return rd->out->format.p ? true : err_oom(rd->e);
}

static bool fail_missing(const struct command *c, const struct arg_spec *spec, struct err *e)
{
	struct buf b = { 0 };

	command_usage(c, &b);
	err_set(e, E_USAGE, place_none(), "%s needs %s: %s", c->name, spec->name, spec->help);
	err_evidence(e, "usage: %s", buf_str(&b));
	buf_free(&b);
	return false;
}

static bool fail_extra(const struct reader *rd)
{
	struct buf b = { 0 };

	command_usage(rd->c, &b);
	err_set(rd->e, E_USAGE, place_none(), "%s: '%.*s' is one argument too many", rd->c->name,
		STR_ARGS(plain_word(str_trim(rd->rest))));
	err_evidence(rd->e, "usage: %s", buf_str(&b));
	buf_free(&b);
	return false;
}

static bool read_arguments(struct reader *rd)
{
	size_t n = spec_count(rd->c), next = 0;

	while (str_trim(rd->rest).n) {
		struct str l = str_trim(rd->rest), word = plain_word(l);
		int key = keyword_index(rd, word);
		if (key >= 0) {
			rd->rest = (struct str){ l.p + word.n, l.n - word.n };
			if (!read_value(rd, (size_t)key))
				return false;
			continue;
		}
		while (next < n && rd->c->args[next].flags & ARG_KEYWORD)
			next++;
		if (next == n)
			return fail_extra(rd);
		if (!read_value(rd, next))
			return false;
		if (rd->c->args[next].flags & ARG_REPEAT && !read_more(rd, next))
			return false;
		next++;
	}
	for (size_t i = 0; i < n; i++)
		if (!rd->out->v[i].given && !(rd->c->args[i].flags & ARG_OPTIONAL))
			return fail_missing(rd->c, &rd->c->args[i], rd->e);
	return true;
}

bool args_parse(struct session *s, const struct command *c, struct str rest, struct arena *a, struct args *out,
	struct err *e)
{
	struct reader rd = { .s = s, .c = c, .a = a, .rest = rest, .out = out, .e = e };
	struct str line = str_trim(rest);

	*out = (struct args){ .command = c, .format = STR("") };
	for (size_t i = 0; i < ARGS_MAX; i++)
		out->v[i].text = STR("");
	out->line = (struct str){ arena_strndup(a, line.p ? line.p : "", line.n), line.n };
	if (!out->line.p)
		return err_oom(e);
	if (c->flags & CMD_FORMAT && !read_format(&rd))
		return false;
	return read_arguments(&rd);
}

const struct arg *arg_get(const struct args *a, const char *name)
{
	static const struct arg absent = { .text = { "", 0 } };

	for (size_t i = 0; i < spec_count(a->command); i++)
		if (strcmp(a->command->args[i].name, name) == 0)
			return &a->v[i];
	return &absent;
}
