/* Commands: break, tbreak, rbreak, condition, ignore, enable, disable, delete, info breakpoints. */
#include "repl/command/cmd_break.h"

#include <inttypes.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "debugger/position.h"
#include "debugger/watchpoint.h"
#include "engine/base/buf.h"
#include "repl/command/debug.h"
#include "repl/command/render.h"

/* ---- making ---------------------------------------------------------------------------------- */

bool breakpoint_check_condition(struct session *s, struct str condition, struct err *e)
{
	if (!condition.n)
		return true;
	if (!s->eval)
		return err_set(e, E_UNSUPPORTED, place_none(), "this build has no evaluator of expressions (FRONT=none)");
	return s->eval->check(s->eval, condition, e);
}

static void print_place(const struct location *l, struct buf *out)
{
	inspect_func_of(l->module, l->func, out);
	buf_puts(out, " at ");
	position_print(l->module, l->offset, out);
}

static void show_new(const struct breakpoint *b, const struct err *why, struct result *r)
{
	const char *kind = b->kind == BREAKPOINT_PRINT ? "Dprintf" : b->temporary ? "Temporary breakpoint" : "Breakpoint";
	struct buf moved = { 0 };

	node_int(r, r->root, "number", b->number);
	node_str(r, r->root, "location", str_of(b->spec));
	node_bool(r, r->root, "pending", !b->places.count);
	if (!b->places.count)
		buf_printf(&r->text, "%s %u at %s, pending: %s\n", kind, b->number, b->spec, why->message);
	for (size_t i = 0; i < b->places.count; i++) {
		buf_printf(&r->text, "%s %u", kind, b->number);
		if (b->places.count > 1)
			buf_printf(&r->text, ".%zu", i + 1);
		buf_puts(&r->text, ", ");
		print_place(&b->places.data[i], &r->text);
		buf_putc(&r->text, '\n');
		buf_reset(&moved);
		if (location_moved(&b->places.data[i], &moved))
			buf_printf(&r->notes, "note: %s\n", buf_str(&moved));
	}
	buf_free(&moved);
}

/* The text that names the selected frame's place again in another stop. */
static struct str spec_of_here(struct session *s, struct arena *a, struct err *e)
{
	struct frame f;

	if (!debug_wasm_frame(s, &f, e))
		return (struct str){ NULL, 0 };
	return str_of(arena_printf(a, "@0x%x", f.offset));
}

bool breakpoint_make(struct session *s, const struct breakpoint_wish *w, struct breakpoint **out, struct result *r,
	struct err *e)
{
	struct location *places = NULL;
	struct err why = { 0 };
	uint32_t n = 0;
	bool pending = false;

	if (!breakpoint_check_condition(s, w->condition, e))
		return false;
	struct str spec = w->where.n && !str_is(w->where, ".") ? w->where : spec_of_here(s, &r->arena, e);
	if (!spec.p)
		return e->code ? false : err_oom(e);
	if (!debug_locate(s, spec, &r->arena, &places, &n, &pending, &why) && !pending) {
		*e = why;
		return false;
	}
	struct breakpoint *b = breakpoint_add(s->dbg, spec, places, n, e);
	if (!b)
		return false;
	b->kind = w->kind;
	b->temporary = w->temporary;
	b->instance = w->instance;
	b->thread = w->thread;
	if (!breakpoint_condition(b, w->condition, e)) {
		breakpoint_delete(s->dbg, b);
		return false;
	}
	*out = b;
	show_new(b, &why, r);
	return true;
}

static bool add(struct session *s, const struct args *a, bool temporary, struct result *r, struct err *e)
{
	const struct arg *in = arg_get(a, "inst");
	struct breakpoint *b;
	struct breakpoint_wish w = { BREAKPOINT_STOP, arg_get(a, "where")->text, arg_get(a, "if")->text, temporary,
		in->instance ? in->instance->number : 0, (uint32_t)arg_get(a, "thread")->number };

	return breakpoint_make(s, &w, &b, r, e);
}

static bool run_break(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return add(s, a, false, r, e);
}

static bool run_tbreak(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return add(s, a, true, r, e);
}

#define BREAK_ARGS (const struct arg_spec[]){ \
	{ "where", ARG_LOC, ARG_OPTIONAL, "a location; the current instruction when left out", NULL }, \
	{ "if", ARG_EXPR, ARG_OPTIONAL | ARG_KEYWORD, "stop only when this is true", NULL }, \
	{ "inst", ARG_INSTANCE, ARG_OPTIONAL | ARG_KEYWORD, "only in this instance", NULL }, \
	{ "thread", ARG_COUNT, ARG_OPTIONAL | ARG_KEYWORD, "only in this thread", NULL }, \
	{ 0 } }

const struct command cmd_break = {
	.name = "break", .alias = "b", .group = GROUP_STOPS, .summary = "Stop before an instruction runs",
	.doc = "Locations: name or $name; #12 (function index); 12 or 12:5 (line, column); FILE:12; #12+0x1f (bytes from the\n"
		"start of the body); @0x3ac (byte of the file); i:12.7 (register-IR cell); . (here); +2; each after MOD!.\n"
		"A place inside an instruction moves to its first byte. What is not loaded yet is pending.\n",
	.example = "break fac if local.n == 2", .args = BREAK_ARGS, .run = run_break,
};

const struct command cmd_tbreak = {
	.name = "tbreak", .alias = "tb", .group = GROUP_STOPS, .summary = "Stop once before an instruction runs",
	.doc = "Like break, but the breakpoint is deleted when it is reached.\n",
	.example = "tbreak fac", .args = BREAK_ARGS, .run = run_tbreak,
};

/* ---- by pattern ------------------------------------------------------------------------------ */

/* One at FUNC, as a member of LIST. */
static bool add_matching(struct session *s, struct session_module *m, uint32_t func, struct result *r, struct node *list,
	struct err *e)
{
	struct str where = str_of(arena_printf(&r->arena, "%u!#%u", m->module->number, func));
	struct node *root = r->root;
	struct breakpoint *b;

	if (!where.p)
		return err_oom(e);
	r->root = node_object(r, list, NULL);
	bool ok = breakpoint_make(s, &(struct breakpoint_wish){ .where = where }, &b, r, e);
	r->root = root;
	return ok;
}

static bool run_rbreak(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct session_module *m = session_named_module(s);
	struct node *list = node_array(r, r->root, "breakpoints");
	struct buf name = { 0 };
	bool ok = true;
	uint32_t n = 0;
	regex_t re;

	if (regcomp(&re, arg_get(a, "pattern")->text.p, REG_EXTENDED | REG_NOSUB))
		return err_set(e, E_USAGE, place_none(), "rbreak: '%s' is not a regular expression", arg_get(a, "pattern")->text.p);
	for (uint32_t i = m->module->nimported_funcs; ok && i < m->module->nfuncs; i++) {
		buf_reset(&name);
		func_plain_name(m->module, i, &name);
		if (regexec(&re, buf_str(&name), 0, NULL, 0) == 0)
			ok = add_matching(s, m, i, r, list, e), n++;
	}
	buf_free(&name);
	regfree(&re);
	return ok && (n || err_set(e, E_UNKNOWN_NAME, place_none(), "no function's name matches '%s'",
		arg_get(a, "pattern")->text.p));
}

const struct command cmd_rbreak = {
	.name = "rbreak", .group = GROUP_STOPS, .summary = "Stop at every function whose name matches",
	.doc = "One breakpoint for each, so that they can be deleted one by one. Imported functions have no instructions.\n",
	.example = "rbreak ^parse_",
	.args = (const struct arg_spec[]){ { "pattern", ARG_REGEX, 0, "an extended regular expression", NULL }, { 0 } },
	.flags = CMD_NEEDS_MODULE, .run = run_rbreak,
};

/* ---- by number ------------------------------------------------------------------------------- */

bool breakpoint_find(struct session *s, int64_t number, struct breakpoint **out, struct err *e)
{
	*out = number > 0 && number <= UINT32_MAX ? breakpoint_number(s->dbg, (uint32_t)number) : NULL;
	return *out || err_set(e, E_UNKNOWN_NAME, place_none(), "no breakpoint %" PRId64 "; 'info breakpoints' lists them",
		number);
}

static bool run_condition(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct str condition = arg_get(a, "if")->text;
	struct breakpoint *b;

	if (!breakpoint_find(s, arg_get(a, "number")->number, &b, e) || !breakpoint_check_condition(s, condition, e) ||
			!breakpoint_condition(b, condition, e))
		return false;
	if (condition.n)
		buf_printf(&r->text, "Breakpoint %u stops only if %s\n", b->number, b->condition);
	else
		buf_printf(&r->text, "Breakpoint %u now stops always\n", b->number);
	return true;
}

const struct command cmd_condition = {
	.name = "condition", .alias = "cond", .group = GROUP_STOPS, .summary = "Make a breakpoint conditional",
	.doc = "Without an expression the condition is removed.\n", .example = "condition 1 local.n < 3",
	.args = (const struct arg_spec[]){
		{ "number", ARG_COUNT, 0, "of the breakpoint", NULL },
		{ "if", ARG_EXPR, ARG_OPTIONAL, "stop only when this is true", NULL },
		{ 0 } },
	.run = run_condition,
};

static bool run_ignore(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	int64_t count = arg_get(a, "count")->number;
	struct breakpoint *b;

	if (!breakpoint_find(s, arg_get(a, "number")->number, &b, e))
		return false;
	if (count < 0)
		return err_set(e, E_USAGE, place_none(), "ignore: %" PRId64 " is less than 0", count);
	b->ignore = (uint64_t)count;
	if (count)
		buf_printf(&r->text, "Breakpoint %u passes the next %" PRId64 " time%s\n", b->number, count, count == 1 ? "" : "s");
	else
		buf_printf(&r->text, "Breakpoint %u stops the next time\n", b->number);
	return true;
}

const struct command cmd_ignore = {
	.name = "ignore", .group = GROUP_STOPS, .summary = "Let a breakpoint pass a number of times",
	.doc = "To stop at the 100th call of a function: ignore it 99 times.\n", .example = "ignore 1 99",
	.args = (const struct arg_spec[]){
		{ "number", ARG_COUNT, 0, "of the breakpoint", NULL },
		{ "count", ARG_NUMBER, 0, "how many times", NULL },
		{ 0 } },
	.run = run_ignore,
};

enum what { ENABLE, DISABLE, DELETE };

static bool apply(struct session *s, struct breakpoint *b, enum what what, struct err *e)
{
	if (what != DELETE)
		return breakpoint_enable(s->dbg, b, what == ENABLE, e);
	breakpoint_delete(s->dbg, b);
	return true;
}

/* "1", "2-4": the numbers of one word. */
bool number_range(struct str word, int64_t *first, int64_t *last, struct err *e)
{
	char text[48];
	int used = 0;

	if (word.n < sizeof text) {
		memcpy(text, word.p, word.n);
		text[word.n] = '\0';
		if (sscanf(text, "%" SCNd64 "%n", first, &used) == 1 && !text[used]) {
			*last = *first;
			return true;
		}
		if (sscanf(text, "%" SCNd64 "-%" SCNd64 "%n", first, last, &used) == 2 && !text[used] && *first <= *last)
			return true;
	}
	return err_set(e, E_USAGE, place_none(), "'%.*s' is not a number or a range such as 2-4", STR_ARGS(word));
}

static bool apply_to(struct session *s, const struct args *a, enum what what, struct err *e)
{
	struct breakpoint *b;
	int64_t first, last;

	if (!a->nmore) {
		for (size_t i = s->dbg->breakpoints.count; i-- > 0;)
			if (!apply(s, s->dbg->breakpoints.data[i], what, e))
				return false;
		return true;
	}
	for (size_t i = 0; i < a->nmore; i++) {
		if (!number_range(a->more[i], &first, &last, e))
			return false;
		for (int64_t n = first; n <= last; n++)
			if (!breakpoint_find(s, n, &b, e) || !apply(s, b, what, e))
				return false;
	}
	return true;
}

static bool run_enable(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return apply_to(s, a, ENABLE, e);
}

static bool run_disable(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return apply_to(s, a, DISABLE, e);
}

static bool run_delete(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return apply_to(s, a, DELETE, e);
}

#define NUMBER_ARGS (const struct arg_spec[]){ \
	{ "numbers", ARG_WORD, ARG_OPTIONAL | ARG_REPEAT, "of breakpoints, or ranges such as 2-4; all when left out", NULL }, \
	{ 0 } }

const struct command cmd_enable = {
	.name = "enable", .alias = "en", .group = GROUP_STOPS, .summary = "Let breakpoints stop again",
	.args = NUMBER_ARGS, .run = run_enable,
};

const struct command cmd_disable = {
	.name = "disable", .alias = "dis", .group = GROUP_STOPS, .summary = "Keep breakpoints, but do not stop at them",
	.args = NUMBER_ARGS, .run = run_disable,
};

const struct command cmd_delete = {
	.name = "delete", .alias = "d", .group = GROUP_STOPS, .summary = "Remove breakpoints",
	.args = NUMBER_ARGS, .run = run_delete,
};

/* ---- info breakpoints ------------------------------------------------------------------------ */

static const char *kind_words(const struct breakpoint *b)
{
	switch (b->kind) {
	case BREAKPOINT_PRINT:
		return "dprintf";
	case BREAKPOINT_WATCH:
		return watch_kind(b->watch);
	case BREAKPOINT_CATCH:
		return "catchpoint";
	case BREAKPOINT_STOP:
		break;
	}
	return b->temporary ? "temporary" : "breakpoint";
}

static bool is_pending(const struct breakpoint *b)
{
	return b->kind == BREAKPOINT_WATCH ? !b->watch->placed : b->kind != BREAKPOINT_CATCH && !b->places.count;
}

static void list_json(const struct breakpoint *b, struct result *r, struct node *list)
{
	struct node *one = node_object(r, list, NULL), *places;

	node_int(r, one, "number", b->number);
	node_str(r, one, "type", str_of(b->kind == BREAKPOINT_STOP ? "breakpoint" : kind_words(b)));
	node_str(r, one, "location", str_of(b->spec));
	node_bool(r, one, "enabled", b->enabled);
	node_bool(r, one, "pending", is_pending(b));
	if (b->temporary)
		node_bool(r, one, "temporary", true);
	node_printf(r, one, "hits", "%" PRIu64, b->hits);
	if (b->condition)
		node_str(r, one, "condition", str_of(b->condition));
	if (b->ignore)
		node_printf(r, one, "ignore", "%" PRIu64, b->ignore);
	if (b->commands)
		node_str(r, one, "commands", str_of(b->commands));
	if (b->format)
		node_str(r, one, "format", str_of(b->format));
	places = node_array(r, one, "places");
	for (size_t i = 0; i < b->places.count; i++) {
		const struct location *l = &b->places.data[i];
		struct node *place = node_object(r, places, NULL);
		struct position at;
		node_int(r, place, "module", l->module->number);
		node_int(r, place, "index", l->func);
		node_printf(r, place, "offset", "0x%x", l->offset);
		position_of(l->module, l->offset, &at);
		if (at.source)
			node_str(r, place, "file", str_of(at.file));
		if (at.has_line)
			node_int(r, place, "line", at.line);
	}
}

/* Its command list, a line in each row. */
static void list_commands(const struct breakpoint *b, struct table_text *t)
{
	for (const char *p = b->commands; p && *p;) {
		int n = (int)strcspn(p, "\n");
		for (int k = 0; k < 4; k++)
			table_text_cell(t, "%s", "");
		table_text_cell(t, "    %.*s", n, p);
		table_text_row(t);
		p += n + (p[n] == '\n');
	}
}

static void list_text(const struct breakpoint *b, struct table_text *t)
{
	struct buf where = { 0 };

	if (b->places.count == 1)
		print_place(&b->places.data[0], &where);
	else
		buf_printf(&where, "%s%s", b->spec, is_pending(b) ? ", pending" : "");
	if (b->instance)
		buf_printf(&where, " inst %u", b->instance);
	if (b->thread)
		buf_printf(&where, " thread %u", b->thread);
	if (b->condition)
		buf_printf(&where, " if %s", b->condition);
	if (b->ignore)
		buf_printf(&where, ", passes %" PRIu64 " more", b->ignore);
	if (b->format)
		buf_printf(&where, ": %s", b->format);
	table_text_cell(t, "%u", b->number);
	table_text_cell(t, "%s", kind_words(b));
	table_text_cell(t, "%s", b->enabled ? "yes" : "no");
	table_text_cell(t, "%" PRIu64, b->hits);
	table_text_cell(t, "%s", buf_str(&where));
	table_text_row(t);
	for (size_t i = 0; b->places.count > 1 && i < b->places.count; i++) {
		buf_reset(&where);
		print_place(&b->places.data[i], &where);
		table_text_cell(t, "%u.%zu", b->number, i + 1);
		for (int k = 0; k < 3; k++)
			table_text_cell(t, "%s", "");
		table_text_cell(t, "%s", buf_str(&where));
		table_text_row(t);
	}
	list_commands(b, t);
	buf_free(&where);
}

static bool run_info_breakpoints(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct node *list = node_array(r, r->root, "breakpoints");
	struct table_text t = { .arena = &r->arena };
	static const char *const heads[] = { "number", "kind", "on", "hits", "where" };

	if (!s->dbg->breakpoints.count) {
		buf_puts(&r->text, "no breakpoints\n");
		return true;
	}
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		table_text_cell(&t, "%s", heads[i]);
	table_text_row(&t);
	for (size_t i = 0; i < s->dbg->breakpoints.count; i++) {
		list_json(s->dbg->breakpoints.data[i], r, list);
		list_text(s->dbg->breakpoints.data[i], &t);
	}
	table_text_print(&t, &r->text);
	return true;
}

const struct command cmd_info_breakpoints = {
	.name = "info breakpoints", .group = GROUP_STOPS, .summary = "List breakpoints with places, conditions and hits",
	.run = run_info_breakpoints,
};
