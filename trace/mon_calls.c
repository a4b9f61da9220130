/* Monitor calls: how often each function was called, what it executed itself, and who called whom. */
#include <stdlib.h>

#include "trace/calltree.h"
#include "trace/monitor.h"

static void calls_event(struct monitor *m, const struct trace_event *e, const uint64_t *values, unsigned words)
{
	const struct places *p = monitor_places(m);

	calltree_event(m->state, e, e->place == NO_PLACE ? NO_PLACE : p->all.data[e->place].func);
}

static void clear(void *state)
{
	calltree_free(state);
}

/* ---- functions ---------------------------------------------------------------------------------------------------------- */

static const struct column func_columns[] = {
	{ "calls", "calls", COLUMN_COUNT }, { "share", "", COLUMN_SHARE }, { "self", "instructions", COLUMN_COUNT },
	{ "function", "function", COLUMN_FUNC }, { 0 },
};

static void show_funcs(const struct calltree *t, const struct places *p, const struct monitor_ask *ask, struct report *out)
{
	struct sheet *table = report_sheet(out, "functions", NULL, func_columns);
	struct ranked *r = calloc(p->funcs.count + 1, sizeof *r);
	uint64_t *self = calloc(p->funcs.count + 1, sizeof *self), all = 0;
	size_t n = 0;

	for (size_t i = 1; r && self && i < t->nodes.count; i++) {
		const struct call_node *x = &t->nodes.data[i];
		r[x->func].value += x->calls;
		self[x->func] += x->self;
		all += x->calls;
	}
	for (size_t i = 0; r && i < p->funcs.count; i++) {
		r[i].key = (uint32_t)i;
		n += r[i].value > 0;
	}
	if (r && self)
		ranked_sort(r, p->funcs.count);
	for (size_t i = 0; r && self && i < n && i < ask->rows; i++) {
		sheet_put_number(table, r[i].value);
		sheet_put_number(table, share(r[i].value, all));
		sheet_put_number(table, self[r[i].key]);
		put_func(out, table, p, r[i].key);
	}
	table->hidden = n > ask->rows ? n - ask->rows : 0;
	report_total(out, "calls", all, COLUMN_COUNT, "calls");
	report_total(out, "called", n, COLUMN_COUNT, "functions called");
	free(r);
	free(self);
}

/* ---- who called whom ------------------------------------------------------------------------------------------------------ */

struct edge {
	uint32_t from, to;
	uint64_t calls;
};

static int by_ends(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->to < y->to ? -1 : x->to > y->to;
}

static int by_calls(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	return x->calls > y->calls ? -1 : x->calls < y->calls ? 1 : by_ends(a, b);
}

static const struct column edge_columns[] = {
	{ "calls", "calls", COLUMN_COUNT }, { "caller", "caller", COLUMN_FUNC }, { "function", "function", COLUMN_FUNC }, { 0 },
};

static void show_edges(const struct calltree *t, const struct places *p, const struct monitor_ask *ask, struct report *out)
{
	struct sheet *table = report_sheet(out, "edges", "who called whom", edge_columns);
	struct edge *e = calloc(t->nodes.count + 1, sizeof *e);
	size_t n = 0, kept = 0;

	for (size_t i = 1; e && i < t->nodes.count; i++)
		e[n++] = (struct edge){ t->nodes.data[t->nodes.data[i].parent].func, t->nodes.data[i].func, t->nodes.data[i].calls };
	if (n)
		qsort(e, n, sizeof *e, by_ends);
	for (size_t i = 0; i < n; i++) {
		if (kept && by_ends(&e[kept - 1], &e[i]) == 0)
			e[kept - 1].calls += e[i].calls;
		else
			e[kept++] = e[i];
	}
	if (kept)
		qsort(e, kept, sizeof *e, by_calls);
	for (size_t i = 0; i < kept && i < ask->rows; i++) {
		sheet_put_number(table, e[i].calls);
		if (e[i].from == NO_PLACE)
			sheet_put_text(table, STR("(the host)"));
		else
			put_func(out, table, p, e[i].from);
		put_func(out, table, p, e[i].to);
	}
	table->hidden = kept > ask->rows ? kept - ask->rows : 0;
	free(e);
}

static void calls_show(struct monitor *m, const struct monitor_ask *ask, struct report *out)
{
	show_funcs(m->state, monitor_places(m), ask, out);
	show_edges(m->state, monitor_places(m), ask, out);
}

const struct monitor_info monitor_calls = {
	.name = "calls", .summary = "calls of each function, and who called whom", .kinds = 1 << TK_CALL,
	.state = sizeof(struct calltree), .event = calls_event, .show = calls_show, .clear = clear,
};
