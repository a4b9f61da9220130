/* The registry: look-up of command names; see command.h. */
#include "repl/command/command.h"

#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "repl/command/args.h"
#include "repl/command/render.h"
#include "repl/command/result.h"
#include "repl/command/session.h"

#define COMMAND(x) extern const struct command cmd_##x;
#include "repl/command/commands.def"

const struct command *const commands[] = {
#define COMMAND(x) &cmd_##x,
#include "repl/command/commands.def"
};
const size_t command_count = sizeof commands / sizeof *commands;

const char *const command_group_names[GROUP_COUNT] = {
	[GROUP_MODULE] = "modules", [GROUP_RUNNING] = "running", [GROUP_STOPS] = "stops", [GROUP_STATE] = "state",
	[GROUP_CODE] = "code", [GROUP_TIERS] = "tiers", [GROUP_COMPARING] = "comparing", [GROUP_TRACING] = "tracing",
	[GROUP_BACKWARDS] = "backwards", [GROUP_SESSION] = "session", [GROUP_WORKBENCH] = "workbench",
};

const char *const arg_kind_names[ARG_KIND_COUNT] = {
	[ARG_END] = "", [ARG_WORD] = "word", [ARG_NUMBER] = "number", [ARG_COUNT] = "count", [ARG_CHOICE] = "choice",
	[ARG_FILE] = "file", [ARG_FUNC] = "func", [ARG_MODULE] = "module", [ARG_INSTANCE] = "instance", [ARG_LOC] = "loc",
	[ARG_OPCODE] = "opcode", [ARG_OPTION] = "option", [ARG_COMMAND] = "command", [ARG_REGEX] = "regex",
	[ARG_EXPR] = "expr", [ARG_REST] = "rest", [ARG_CALL] = "call",
};

/* ---- all of them ------------------------------------------------------------------------------------------------------ */

size_t command_total(const struct session *s)
{
	return command_count + (s ? s->own_commands.count : 0);
}

const struct command *command_at(const struct session *s, size_t i)
{
	return i < command_count ? commands[i] : s->own_commands.data[i - command_count];
}

/* ---- words ------------------------------------------------------------------------------------------------------------ */

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

struct str line_word(struct str *line)
{
	struct str l = str_trim(*line);
	size_t n = 0;

	while (n < l.n && is_name_char(l.p[n]))
		n++;
	*line = (struct str){ l.p + n, l.n - n };
	return (struct str){ l.p, n };
}

static struct str first_word(const struct command *c)
{
	return (struct str){ c->name, strcspn(c->name, " ") };
}

/* The second word of a two-word name; empty: the name is one word. */
static struct str second_word(const struct command *c)
{
	struct str first = first_word(c);

	return c->name[first.n] ? str_of(c->name + first.n + 1) : (struct str){ NULL, 0 };
}

static bool begins(struct str whole, struct str with)
{
	return whole.n >= with.n && memcmp(whole.p, with.p, with.n) == 0;
}

static bool has_alias(const struct command *c, struct str word)
{
	for (const char *p = c->alias; p && *p;) {
		size_t n = strcspn(p, " ");
		if (str_eq((struct str){ p, n }, word))
			return true;
		p += n + strspn(p + n, " ");
	}
	return false;
}

/* ---- errors --------------------------------------------------------------------------------------------------------------- */

/* Names found for a prefix, each once; many with one stem ("reverse-step", "reverse-next") as "reverse-…". */
struct matches {
	size_t count;
	struct str names[64];
};

static int str_order(const void *a, const void *b)
{
	const struct str *x = a, *y = b;
	int c = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

	return c ? c : (x->n > y->n) - (x->n < y->n);
}

static void match_add(struct matches *m, struct str name)
{
	for (size_t i = 0; i < m->count; i++)
		if (str_eq(m->names[i], name))
			return;
	if (m->count < sizeof m->names / sizeof *m->names)
		m->names[m->count++] = name;
}

static size_t stem_length(struct str name)
{
	const char *dash = memchr(name.p, '-', name.n);

	return dash ? (size_t)(dash - name.p) + 1 : 0;
}

static void print_matches(struct matches *m, struct buf *out)
{
	qsort(m->names, m->count, sizeof *m->names, str_order);
	for (size_t i = 0; i < m->count; i++) {
		struct str name = m->names[i];
		size_t stem = stem_length(name), same = 1;
		while (stem && i + same < m->count && begins(m->names[i + same], (struct str){ name.p, stem }))
			same++;
		buf_puts(out, i ? ", " : "");
		buf_put(out, name.p, same > 1 ? stem : name.n);
		buf_puts(out, same > 1 ? "…" : "");
		i += same - 1;
	}
}

static void fail_ambiguous(const struct session *s, struct str family, struct str word, struct matches *m, struct err *e)
{
	struct buf b = { 0 };
	bool shorts = false;

	print_matches(m, &b);
	for (size_t i = 0; i < m->count && !family.n; i++) {
		const struct command *c = command_named(s, m->names[i]);
		if (!c || !c->alias)
			continue;
		buf_printf(&b, "%s %s", shorts ? "" : " ; short forms:", c->alias);
		shorts = true;
	}
	err_set(e, E_AMBIGUOUS, place_none(), "'%.*s%s%.*s' is ambiguous: %s", STR_ARGS(family), family.n ? " " : "",
		STR_ARGS(word), buf_str(&b));
	buf_free(&b);
}

static void fail_unknown(const struct session *s, struct str word, struct str family, struct err *e)
{
	const char *space = family.n ? " " : "";
	struct str near = { 0 };
	size_t best = word.n <= 3 ? 2 : 3;

	for (size_t i = 0; i < command_total(s); i++) {
		struct str name = first_word(command_at(s, i));
		if (family.n) {
			if (!str_eq(name, family))
				continue;
			name = second_word(command_at(s, i));
		}
		size_t d = name.n ? str_distance(name, word, best) : best;
		if (d < best) {
			best = d;
			near = name;
		}
	}
	if (near.n)
		err_set(e, E_UNKNOWN_COMMAND, place_none(), "no command '%.*s%s%.*s'; did you mean '%.*s%s%.*s'?",
			STR_ARGS(family), space, STR_ARGS(word), STR_ARGS(family), space, STR_ARGS(near));
	else
		err_set(e, E_UNKNOWN_COMMAND, place_none(), "no command '%.*s%s%.*s'; 'help%s%.*s' lists them",
			STR_ARGS(family), space, STR_ARGS(word), space, STR_ARGS(family));
}

/* ---- look-up ----------------------------------------------------------------------------------------------------------------- */

const struct command *command_named(const struct session *s, struct str name)
{
	for (size_t i = 0; i < command_total(s); i++)
		if (str_is(name, command_at(s, i)->name))
			return command_at(s, i);
	return NULL;
}

/* The first word of a name that WORD stands for; *WHOLE is set instead when it is a short form of a command. */
static bool find_first(const struct session *s, struct str word, struct str *first, const struct command **whole, struct err *e)
{
	struct matches m = { 0 };

	*whole = NULL;
	for (size_t i = 0; i < command_total(s); i++) {
		struct str name = first_word(command_at(s, i));
		if (str_eq(name, word)) {
			*first = name;
			return true;
		}
		if (has_alias(command_at(s, i), word))
			*whole = command_at(s, i);
		if (begins(name, word))
			match_add(&m, name);
	}
	if (*whole) {
		*first = str_of((*whole)->name);
		return true;
	}
	if (m.count == 1) {
		*first = m.names[0];
		return true;
	}
	if (m.count > 1)
		fail_ambiguous(s, STR(""), word, &m, e);
	else
		fail_unknown(s, word, STR(""), e);
	return false;
}

/* The member of family FIRST that the next word of REST names; NULL without an error: the bare command is meant. */
static const struct command *find_member(const struct session *s, struct str first, const struct command *bare, struct str *rest, struct err *e)
{
	struct str after = *rest, word = line_word(&after);
	const struct command *found = NULL;
	struct matches m = { 0 };

	for (size_t i = 0; i < command_total(s) && word.n; i++) {
		struct str second = second_word(command_at(s, i));
		if (!second.n || !str_eq(first_word(command_at(s, i)), first) || !begins(second, word))
			continue;
		if (second.n == word.n) {
			*rest = after;
			return command_at(s, i);
		}
		found = command_at(s, i);
		match_add(&m, second);
	}
	if (!word.n || (bare && !(bare->flags & CMD_FAMILY)))
		return NULL;
	if (m.count == 1)
		*rest = after;
	else if (m.count > 1)
		fail_ambiguous(s, first, word, &m, e);
	else
		fail_unknown(s, word, first, e);
	return m.count == 1 ? found : NULL;
}

static bool is_family(const struct session *s, struct str first)
{
	for (size_t i = 0; i < command_total(s); i++)
		if (second_word(command_at(s, i)).n && str_eq(first_word(command_at(s, i)), first))
			return true;
	return false;
}

const struct command *command_find(const struct session *s, struct str line, struct str *rest, struct err *e)
{
	const struct command *bare;
	struct str first = STR("");

	*rest = line;
	struct str word = line_word(rest);
	if (!word.n) {
		if (s->json && line.n && line.p[0] == '{')
			err_set(e, E_USAGE, place_none(), "not an object of the form {\"id\":7,\"command\":\"break fac\"}");
		else
			err_set(e, E_USAGE, place_none(), "a command begins with its name: '%.*s'; see 'help'", STR_ARGS(line));
		return NULL;
	}
	if (!find_first(s, word, &first, &bare, e))
		return NULL;
	if (bare && memchr(first.p, ' ', first.n))
		return bare;
	if (!bare)
		bare = command_named(s, first);
	if (is_family(s, first)) {
		const struct command *member = find_member(s, first, bare, rest, e);
		if (member || e->code)
			return member;
	}
	if (!bare)
		err_set(e, E_USAGE, place_none(), "'%.*s' needs another word; 'help %.*s' lists them", STR_ARGS(first),
			STR_ARGS(first));
	return bare;
}

/* ---- adding ---------------------------------------------------------------------------------------------------------------- */

static bool is_command_name(struct str name)
{
	struct str rest = name, first = line_word(&rest), second = line_word(&rest);

	return first.n && rest.n == 0 && first.n + second.n + (second.n > 0) == name.n;
}

bool command_add(struct session *s, const struct command *c, struct err *e)
{
	struct str name = str_of(c->name);
	const struct command *old = command_named(s, name);

	if (!is_command_name(name))
		return err_set(e, E_USAGE, place_none(), "'%s' is no name for a command: one or two words of letters, digits, - and _",
			c->name);
	if (old && old == command_named(NULL, name))
		return err_set(e, E_USAGE, place_none(), "'%s' is a command already", c->name);
	if (old)
		command_remove(s, old);
	return vec_push(&s->own_commands, c) ? true : err_oom(e);
}

void command_remove(struct session *s, const struct command *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->own_commands.count; i++)
		if (s->own_commands.data[i] != c)
			s->own_commands.data[kept++] = s->own_commands.data[i];
	s->own_commands.count = kept;
}

/* ---- usage -------------------------------------------------------------------------------------------------------------------- */

static void upper(const char *s, struct buf *out)
{
	for (; *s; s++)
		buf_putc(out, *s >= 'a' && *s <= 'z' ? (char)(*s - 32) : *s);
}

static void usage_choices(const struct arg_spec *a, struct buf *out)
{
	for (size_t i = 0; a->choices[i]; i++)
		buf_printf(out, "%s%s", i ? "|" : "", a->choices[i]);
}

void command_usage(const struct command *c, struct buf *out)
{
	buf_puts(out, c->name);
	buf_puts(out, c->flags & CMD_FORMAT ? "[/FORMAT]" : "");
	for (const struct arg_spec *a = c->args; a && a->kind != ARG_END; a++) {
		buf_puts(out, a->flags & ARG_OPTIONAL ? " [" : " ");
		if (a->flags & ARG_KEYWORD)
			buf_printf(out, "%s ", a->name);
		if (a->kind == ARG_CHOICE)
			usage_choices(a, out);
		else if (a->flags & ARG_KEYWORD)
			buf_puts(out, a->kind == ARG_EXPR ? "EXPR" : "N");
		else
			upper(a->name, out);
		buf_puts(out, a->flags & ARG_REPEAT ? "…" : "");
		buf_puts(out, a->flags & ARG_OPTIONAL ? "]" : "");
	}
}

bool command_family_run(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct table_text t = { .arena = &r->arena };
	struct node *list = node_array(r, r->root, "commands");

	for (size_t i = 0; i < command_total(s); i++) {
		if (!second_word(command_at(s, i)).n || !str_eq(first_word(command_at(s, i)), str_of(a->command->name)))
			continue;
		node_str(r, list, NULL, str_of(command_at(s, i)->name));
		table_text_cell(&t, "%s", command_at(s, i)->name);
		table_text_cell(&t, "%s", command_at(s, i)->summary);
		table_text_row(&t);
	}
	table_text_print(&t, &r->text);
	return true;
}
