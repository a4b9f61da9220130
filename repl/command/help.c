/* Help; see help.h. */
#include "repl/command/help.h"

#include <strings.h>

#include "engine/base/buf.h"
#include "repl/command/args.h"
#include "repl/command/render.h"
#include "wat/explain.h"

/* ---- commands ---------------------------------------------------------------------------------------------------------- */

static void group_lines(const struct session *s, enum command_group g, struct buf *out)
{
	struct arena a = { 0 };
	struct table_text t = { .arena = &a };

	for (size_t i = 0; i < command_total(s); i++) {
		const struct command *c = command_at(s, i);
		if (c->group != g)
			continue;
		table_text_cell(&t, "  %s", c->name);
		table_text_cell(&t, "%s", c->alias ? c->alias : "");
		table_text_cell(&t, "%s", c->summary);
		table_text_row(&t);
	}
	if (t.nrows) {
		buf_printf(out, "%s\n", command_group_names[g]);
		table_text_print(&t, out);
	}
	arena_free(&a);
}

void help_overview(const struct session *s, struct buf *out)
{
	buf_puts(out, "Lines are commands, calls such as fac(5), or WebAssembly text such as (i32.add (i32.const 2) "
		"(i32.const 3)).\nhelp COMMAND, help i32.add and apropos WORD tell more.\n");
	for (enum command_group g = 0; g < GROUP_COUNT; g++)
		group_lines(s, g, out);
}

void help_command(const struct command *c, struct buf *out)
{
	buf_printf(out, "%s", c->summary);
	buf_puts(out, "\n  usage: ");
	command_usage(c, out);
	buf_putc(out, '\n');
	if (c->alias)
		buf_printf(out, "  short: %s\n", c->alias);
	for (const struct arg_spec *a = c->args; a && a->kind != ARG_END; a++)
		buf_printf(out, "  %s: %s\n", a->name, a->help);
	if (c->doc)
		buf_puts(out, c->doc);
	if (c->example)
		buf_printf(out, "  example: %s\n", c->example);
	if (c->flags & CMD_REPEATS)
		buf_puts(out, "An empty line repeats it.\n");
}

static bool help_members(const struct session *s, struct str first, struct buf *out)
{
	bool any = false;

	for (size_t i = 0; i < command_total(s); i++) {
		const char *name = command_at(s, i)->name;
		if (strncmp(name, first.p, first.n) != 0 || name[first.n] != ' ')
			continue;
		buf_printf(out, "  %-20s %s\n", name, command_at(s, i)->summary);
		any = true;
	}
	return any;
}

static bool help_group(const struct session *s, struct str topic, struct buf *out)
{
	for (enum command_group g = 0; g < GROUP_COUNT; g++)
		if (str_is(topic, command_group_names[g])) {
			group_lines(s, g, out);
			return true;
		}
	return false;
}

static bool help_option(struct session *s, struct str topic, struct buf *out)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option_info *o = &option_info[i];
		if (!str_is(topic, o->name))
			continue;
		buf_printf(out, "option %s: %s\n", o->name, o->help);
		if (o->choices[0])
			buf_printf(out, "  one of: %s\n", o->choices);
		buf_puts(out, "  now: ");
		option_print(&s->options, o, out);
		buf_putc(out, '\n');
		return true;
	}
	return false;
}

bool help_topic(struct session *s, struct str topic, struct buf *out)
{
	struct err ignored = { 0 };
	struct str rest;

	if (topic.n == 0) {
		help_overview(s, out);
		return true;
	}
	enum op op = op_by_text(topic.p, topic.n);
	const struct command *c = command_named(s, topic);
	if (!c && op != OP_NONE)
		return explain_op(op, out);
	if (!c && help_group(s, topic, out))
		return true;
	if (!c && help_option(s, topic, out))
		return true;
	if (!c)
		c = command_find(s, topic, &rest, &ignored);
	if (c)
		help_command(c, out);
	return help_members(s, c ? str_of(c->name) : topic, out) || c;
}

/* ---- apropos ------------------------------------------------------------------------------------------------------------- */

static bool contains(const char *text, struct str word)
{
	if (!text)
		return false;
	for (; *text; text++)
		if (strncasecmp(text, word.p, word.n) == 0)
			return true;
	return false;
}

bool help_apropos(const struct session *s, struct str word, struct buf *out)
{
	size_t before = out->size;

	for (size_t i = 0; i < command_total(s); i++) {
		const struct command *c = command_at(s, i);
		if (contains(c->name, word) || contains(c->summary, word) || contains(c->doc, word))
			buf_printf(out, "%-24s %s\n", c->name, c->summary);
	}
	for (size_t i = 0; i < option_count; i++)
		if (contains(option_info[i].name, word) || contains(option_info[i].help, word))
			buf_printf(out, "set %-20s %s\n", option_info[i].name, option_info[i].help);
	for (enum op op = 0; op < OP_COUNT; op++)
		if (contains(op_info[op].text, word))
			buf_printf(out, "%-24s %s\n", op_info[op].text, op_info[op].help);
	return out->size > before;
}
