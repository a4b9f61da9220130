/* Commands: monitor, coverage, hot. What monitors show comes as tables, which are printed and given as JSON here. */
#include <inttypes.h>

#include "engine/base/buf.h"
#include "repl/command/render.h"
#include "repl/command/tracing.h"
#include "trace/annotate.h"
#include "trace/monitor.h"

/* ---- tables ------------------------------------------------------------------------------------------------------------------ */

static void cell_text(struct table_text *t, enum column_kind kind, const struct cell_value *v)
{
	if (v->absent)
		table_text_cell(t, "%s", "");
	else if (kind == COLUMN_TEXT || kind == COLUMN_FUNC)
		table_text_cell(t, "%.*s", STR_ARGS(v->text));
	else if (kind == COLUMN_SHARE)
		table_text_cell(t, "%" PRIu64 ".%02" PRIu64 " %%", v->number / 100, v->number % 100);
	else
		table_text_cell(t, kind == COLUMN_OFFSET ? "0x%" PRIx64 : "%" PRIu64, v->number);
}

static void cell_json(struct result *r, struct node *row, const struct column *c, const struct cell_value *v)
{
	if (v->absent)
		return;
	size_t dollar = c->kind == COLUMN_FUNC && v->text.n && v->text.p[0] == '$';
	if (c->kind == COLUMN_TEXT || c->kind == COLUMN_FUNC)
		node_str(r, row, c->key, (struct str){ v->text.p + dollar, v->text.n - dollar });
	else if (c->kind == COLUMN_SHARE)
		node_float(r, row, c->key, (double)v->number / 100);
	else
		node_printf(r, row, c->key, c->kind == COLUMN_OFFSET ? "0x%" PRIx64 : "%" PRIu64, v->number);
}

static void show_sheet(const struct sheet *sheet, struct result *r)
{
	struct node *list = node_array(r, r->root, sheet->key);
	struct table_text t = { .arena = &r->arena };
	size_t rows = sheet_rows(sheet);

	if (sheet->title && rows)
		buf_printf(&r->text, "%s:\n", sheet->title);
	for (unsigned c = 0; c < sheet->ncolumns; c++) {
		t.right[c] = sheet->columns[c].kind != COLUMN_TEXT && sheet->columns[c].kind != COLUMN_FUNC;
		table_text_cell(&t, "%s", sheet->columns[c].head);
	}
	table_text_row(&t);
	for (size_t i = 0; i < rows; i++) {
		struct node *row = node_object(r, list, NULL);
		for (unsigned c = 0; c < sheet->ncolumns; c++) {
			const struct cell_value *v = &sheet->cells.data[i * sheet->ncolumns + c];
			cell_text(&t, sheet->columns[c].kind, v);
			cell_json(r, row, &sheet->columns[c], v);
		}
		table_text_row(&t);
	}
	if (rows)
		table_text_print(&t, &r->text);
	else
		vec_free(&t.cells);
	if (sheet->hidden)
		buf_printf(&r->text, "… %zu more\n", sheet->hidden);
}

/* "1 function called", "2 functions called": words begin with the plural. */
static void put_words(uint64_t n, const char *words, struct buf *out)
{
	size_t first = strcspn(words, " ");
	bool plural = first && words[first - 1] == 's';

	buf_printf(out, "%" PRIu64 " %.*s%s", n, (int)(first - (n == 1 && plural)), words, words + first);
}

void tracing_show_report(const struct report *rep, struct result *r)
{
	const char *between = "";

	for (unsigned i = 0; i < rep->nsheets; i++)
		show_sheet(&rep->sheets[i], r);
	for (size_t i = 0; i < rep->totals.count; i++) {
		const struct total *t = &rep->totals.data[i];
		if (t->kind == COLUMN_SHARE)
			node_float(r, r->root, t->key, (double)t->number / 100);
		else
			node_printf(r, r->root, t->key, "%" PRIu64, t->number);
		if (!t->words)
			continue;
		buf_puts(&r->text, between);
		if (t->kind == COLUMN_SHARE)
			buf_printf(&r->text, "%" PRIu64 ".%02" PRIu64 " %% %s", t->number / 100, t->number % 100, t->words);
		else
			put_words(t->number, t->words, &r->text);
		between = ", ";
	}
	buf_puts(&r->text, between[0] ? "\n" : "");
}

/* ---- monitors of the session --------------------------------------------------------------------------------------------------- */

static struct monitor *known(const struct tracing *t, const struct monitor_info *i)
{
	for (size_t k = 0; k < t->monitors.count; k++)
		if (t->monitors.data[k]->info == i)
			return t->monitors.data[k];
	return NULL;
}

struct monitor *tracing_monitor(struct session *s, const struct monitor_info *i, struct err *e)
{
	struct tracing *t = tracing_get(s, e);
	struct monitor *m = t ? known(t, i) : NULL;

	if (!t || m)
		return m;
	m = monitor_new(t->trace, i);
	if (m && vec_push(&t->monitors, m))
		return m;
	monitor_free(m);
	err_oom(e);
	return NULL;
}

enum { ROWS = 20 };             /* shown of each table */

static bool show(struct session *s, const struct monitor_info *i, size_t rows, struct result *r, struct err *e)
{
	struct monitor *m = s->tracing ? known(s->tracing, i) : NULL;
	struct monitor_ask ask = { .rows = s->json ? SIZE_MAX : rows, .lines = { s, tracing_line_at } };
	struct report rep = { 0 };

	if (!m) {
		err_set(e, E_USAGE, place_none(), "monitor %s was not switched on", i->name);
		err_hint(e, "monitor %s on", i->name);
		return false;
	}
	node_str(r, r->root, "monitor", str_of(i->name));
	monitor_show(m, &ask, &rep);
	tracing_show_report(&rep, r);
	report_free(&rep);
	return true;
}

static const struct monitor_info *named(const char *name)
{
	int i = 0;

	while (strcmp(monitors[i]->name, name) != 0)
		i++;
	return monitors[i];
}

/* ---- monitor ---------------------------------------------------------------------------------------------------------------------- */

static bool list_monitors(struct session *s, struct result *r)
{
	struct node *list = node_array(r, r->root, "monitors");
	struct table_text t = { .arena = &r->arena };

	for (int i = 0; monitors[i]; i++) {
		const struct monitor *m = s->tracing ? known(s->tracing, monitors[i]) : NULL;
		struct node *one = node_object(r, list, NULL);
		node_str(r, one, "name", str_of(monitors[i]->name));
		node_str(r, one, "summary", str_of(monitors[i]->summary));
		node_bool(r, one, "on", m && m->on);
		table_text_cell(&t, "%s", monitors[i]->name);
		table_text_cell(&t, "%s", m && m->on ? "on" : m ? "stopped" : "");
		table_text_cell(&t, "%s", monitors[i]->summary);
		table_text_row(&t);
	}
	table_text_print(&t, &r->text);
	return true;
}

enum { MONITOR_ON, MONITOR_OFF, MONITOR_SHOW };
static const char *const actions[] = { "on", "off", "show", NULL };
static const char *const names[] = {
	"list",
#define MONITOR(x) #x,
#include "trace/monitors.def"
	NULL
};

static bool run_monitor(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *name = arg_get(a, "name"), *action = arg_get(a, "action");
	struct monitor *m;

	if (name->choice == 0)
		return list_monitors(s, r);
	const struct monitor_info *i = named(names[name->choice]);
	if (!action->given || action->choice == MONITOR_SHOW)
		return show(s, i, ROWS, r, e);
	if (!(m = tracing_monitor(s, i, e)))
		return false;
	if (action->choice == MONITOR_ON)
		return monitor_on(m, e);
	monitor_off(m);
	return true;
}

const struct command cmd_monitor = {
	.name = "monitor", .group = GROUP_TRACING, .summary = "Watch calls, hot places, coverage, instructions, memory, branches, allocation",
	.doc = "'monitor list' lists them, 'monitor NAME on' begins anew, 'off' keeps what was seen, 'monitor NAME' shows it.\n"
		"calls leaves the guest at full speed between calls; the others run it one instruction at a time.\n",
	.example = "monitor branches on",
	.args = (const struct arg_spec[]){
		{ "name", ARG_CHOICE, 0, "list, or a monitor", names },
		{ "action", ARG_CHOICE, ARG_OPTIONAL, "on, off or show; show when left out", actions }, { 0 } },
	.run = run_monitor,
};

/* ---- hot, coverage ----------------------------------------------------------------------------------------------------------------- */

static bool run_hot(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *n = arg_get(a, "count");

	return show(s, named("hot"), n->given ? (size_t)n->number : ROWS, r, e);
}

const struct command cmd_hot = {
	.name = "hot", .group = GROUP_TRACING, .summary = "Functions and loops in which most instructions were executed",
	.doc = "Needs 'monitor hot on' before the call.\n",
	.args = (const struct arg_spec[]){ { "count", ARG_COUNT, ARG_OPTIONAL, "rows of each table; 20 when left out", NULL }, { 0 } },
	.run = run_hot,
};

static uint64_t count_at(void *user, uint32_t place)
{
	return monitor_count(user, place);
}

/* A function's text, and how often each line of it ran. */
static bool show_lines(struct session *s, const struct monitor *m, const struct arg *f, struct result *r, struct err *e)
{
	const struct func *func = f->instance ? f->instance->funcs[f->func] : NULL;
	struct annotated_line *lines;
	size_t n;

	if (!func || !func->inst || !places_all_of(&m->trace->places, func))
		return err_set(e, E_NO_MODULE, place_none(), "%s has no instructions here", f->text.p);
	uint32_t id = places_func(&m->trace->places, func);
	if (!annotate_func(&m->trace->places, id, count_at, (void *)m, &r->arena, &lines, &n, e))
		return false;
	struct node *list = node_array(r, r->root, "lines");
	for (size_t i = 0; i < n; i++) {
		struct node *one = node_object(r, list, NULL);
		node_int(r, one, "line", (int64_t)i + 1);
		if (lines[i].code)
			node_printf(r, one, "count", "%" PRIu64, lines[i].count);
		node_str(r, one, "text", lines[i].text);
		if (!lines[i].code)
			buf_printf(&r->text, "%12s   %.*s\n", "", STR_ARGS(lines[i].text));
		else if (lines[i].count)
			buf_printf(&r->text, "%12" PRIu64 " │ %.*s\n", lines[i].count, STR_ARGS(lines[i].text));
		else
			buf_printf(&r->text, "%12s ✗ %.*s\n", "-", STR_ARGS(lines[i].text));
	}
	return true;
}

static bool run_coverage(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *f = arg_get(a, "function");
	const struct monitor *m = s->tracing ? known(s->tracing, named("coverage")) : NULL;

	if (!f->given || !m)
		return show(s, named("coverage"), SIZE_MAX, r, e);
	return show_lines(s, m, f, r, e);
}

const struct command cmd_coverage = {
	.name = "coverage", .group = GROUP_TRACING, .summary = "How much was executed: by function, or a function's text with counts",
	.doc = "Needs 'monitor coverage on' before the call. Lines are those of the text or of the sources a module was made from.\n",
	.example = "coverage $fac",
	.args = (const struct arg_spec[]){ { "function", ARG_FUNC, ARG_OPTIONAL, "show its text with counts", NULL }, { 0 } },
	.run = run_coverage,
};
