/* Completion; see complete.h. */
#include "repl/command/complete.h"

#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/names.h"
#include "repl/command/args.h"

void word_list_free(word_list *w)
{
	for (size_t i = 0; i < w->count; i++)
		free(w->data[i]);
	vec_free(w);
}

struct completion {
	struct session *s;
	struct str word;
	word_list *out;
	bool *files;
};

static void offer(struct completion *c, struct str text)
{
	if (text.n < c->word.n || memcmp(text.p, c->word.p, c->word.n) != 0)
		return;
	for (size_t i = 0; i < c->out->count; i++)
		if (str_is(text, c->out->data[i]))
			return;
	char *copy = strndup(text.p, text.n);
	if (copy && !vec_push(c->out, copy))
		free(copy);
}

static void offer_commands(struct completion *c)
{
	for (size_t i = 0; i < command_total(c->s); i++)
		offer(c, (struct str){ command_at(c->s, i)->name, strcspn(command_at(c->s, i)->name, " ") });
	for (size_t i = 0; i < c->s->aliases.count; i++)
		offer(c, str_of(c->s->aliases.data[i].name));
}

static void offer_members(struct completion *c, struct str family)
{
	for (size_t i = 0; i < command_total(c->s); i++) {
		const char *name = command_at(c->s, i)->name;
		if (strncmp(name, family.p, family.n) == 0 && name[family.n] == ' ')
			offer(c, str_of(name + family.n + 1));
	}
}

static void offer_funcs(struct completion *c, const char *after)
{
	struct session_module *sm = session_named_module(c->s);
	struct buf b = { 0 };

	for (uint32_t i = 0; sm && i < sm->module->nfuncs; i++) {
		struct str name = name_of(sm->module, NAME_FUNC, i);
		if (!name.n)
			continue;
		buf_reset(&b);
		buf_printf(&b, "$%.*s%s", STR_ARGS(name), after);
		offer(c, str_of_buf(&b));
	}
	for (uint32_t i = 0; sm && i < sm->module->nexports; i++) {
		if (sm->module->exports[i].kind != EXTERN_FUNC)
			continue;
		buf_reset(&b);
		buf_printf(&b, "%.*s%s", STR_ARGS(sm->module->exports[i].name), after);
		offer(c, str_of_buf(&b));
	}
	buf_free(&b);
}

static void offer_opcodes(struct completion *c)
{
	for (enum op op = 0; op < OP_COUNT; op++)
		offer(c, str_of(op_info[op].text));
}

static void offer_argument(struct completion *c, const struct arg_spec *spec)
{
	switch (spec->kind) {
	case ARG_FILE:
		*c->files = true;
		return;
	case ARG_FUNC:
	case ARG_LOC:
	case ARG_CALL:
	case ARG_EXPR:
		offer_funcs(c, "");
		return;
	case ARG_OPCODE:
		offer_opcodes(c);
		return;
	case ARG_OPTION:
		for (size_t i = 0; i < option_count; i++)
			offer(c, str_of(option_info[i].name));
		return;
	case ARG_COMMAND:
		offer_commands(c);
		offer_opcodes(c);
		return;
	case ARG_CHOICE:
		for (size_t i = 0; spec->choices[i]; i++)
			offer(c, str_of(spec->choices[i]));
		return;
	case ARG_REST:
		offer_funcs(c, "(");
		return;
	default:
		return;
	}
}

static size_t count_words(struct str s)
{
	struct arena a = { 0 };
	struct err e = { 0 };
	struct str w;
	size_t n = 0;

	while (line_next(&s, &a, &w, &e))
		n++;
	arena_free(&a);
	return n;
}

/* The argument that comes after N words, or the keyword arguments there are. */
static void offer_arguments(struct completion *c, const struct command *cmd, size_t n)
{
	for (const struct arg_spec *a = cmd->args; a && a->kind != ARG_END; a++) {
		if (a->flags & ARG_KEYWORD) {
			offer(c, str_of(a->name));
			continue;
		}
		if (n == 0 || a->flags & ARG_REPEAT) {
			offer_argument(c, a);
			return;
		}
		n--;
	}
}

void complete_line(struct session *s, struct str line, size_t start, word_list *out, bool *files)
{
	struct completion c = { s, { line.p + start, line.n - start }, out, files };
	struct str before = str_trim((struct str){ line.p, start }), rest;
	struct err ignored = { 0 };

	*files = false;
	if (before.n == 0 || before.p[0] == '(' || before.p[0] == '=') {
		if (before.n == 0)
			offer_commands(&c);
		if (before.n == 0)
			offer_funcs(&c, "(");
		else
			offer_opcodes(&c), offer_funcs(&c, "");
		return;
	}
	offer_members(&c, before);
	const struct command *cmd = command_find(s, before, &rest, &ignored);
	if (cmd)
		offer_arguments(&c, cmd, count_words(rest));
}
