/* Profiles; see profile.h. */
#include "trace/profile.h"

#include <stdlib.h>

#include "trace/calltree.h"

static void profile_event(struct monitor *m, const struct trace_event *e, const uint64_t *values, unsigned words)
{
	const struct places *p = monitor_places(m);

	calltree_event(m->state, e, e->place == NO_PLACE ? NO_PLACE : p->all.data[e->place].func);
}

static void clear(void *state)
{
	calltree_free(state);
}

/* ---- by function --------------------------------------------------------------------------------------------------------- */

/* Whether a call of the same function lies above: its instructions are in that one's total already. */
static bool is_inner(const struct calltree *t, uint32_t node)
{
	for (uint32_t i = t->nodes.data[node].parent; i; i = t->nodes.data[i].parent)
		if (t->nodes.data[i].func == t->nodes.data[node].func)
			return true;
	return false;
}

static int by_self(const void *a, const void *b)
{
	const struct profiled *x = a, *y = b;

	if (x->self != y->self)
		return x->self > y->self ? -1 : 1;
	if (x->total != y->total)
		return x->total > y->total ? -1 : 1;
	return x->func < y->func ? -1 : x->func > y->func;
}

struct profiled *profile_funcs(struct monitor *m, struct arena *a, size_t *n, uint64_t *all)
{
	const struct places *p = monitor_places(m);
	struct profiled *f = arena_array(a, p->funcs.count + 1, sizeof *f);
	struct calltree *t = m->state;
	size_t kept = 0;

	*n = 0;
	*all = 0;
	if (!f)
		return NULL;
	calltree_sum(t);
	for (size_t i = 0; i < p->funcs.count; i++)
		f[i].func = (uint32_t)i;
	for (uint32_t i = 1; i < t->nodes.count; i++) {
		const struct call_node *x = &t->nodes.data[i];
		f[x->func].self += x->self;
		f[x->func].calls += x->calls;
		f[x->func].total += is_inner(t, i) ? 0 : x->total;
		*all += x->self;
	}
	for (size_t i = 0; i < p->funcs.count; i++)
		if (f[i].calls || f[i].self)
			f[kept++] = f[i];
	if (kept)
		qsort(f, kept, sizeof *f, by_self);
	*n = kept;
	return f;
}

/* ---- by line -------------------------------------------------------------------------------------------------------------- */

static int by_position(const void *a, const void *b)
{
	const struct profiled_line *x = a, *y = b;
	int files = strcmp(x->file, y->file);

	return files ? files : x->line < y->line ? -1 : x->line > y->line;
}

static int by_instrs(const void *a, const void *b)
{
	const struct profiled_line *x = a, *y = b;

	return x->instrs > y->instrs ? -1 : x->instrs < y->instrs ? 1 : by_position(a, b);
}

struct profiled_line *profile_lines(struct monitor *m, const struct line_source *lines, struct arena *a, size_t *n)
{
	const struct places *p = monitor_places(m);
	struct profiled_line *l = arena_array(a, p->all.count + 1, sizeof *l);
	size_t found = 0, kept = 0;
	struct line_at at;

	*n = 0;
	for (uint32_t i = 0; l && lines->at && i < p->all.count; i++) {
		const struct module *module = place_func(p, i)->module;
		uint64_t c = place_is_code(p, i) && module ? monitor_count(m, i) : 0;
		if (c && lines->at(lines->user, module, p->all.data[i].offset, &at))
			l[found++] = (struct profiled_line){ at.file, at.line, at.text, c };
	}
	if (found)
		qsort(l, found, sizeof *l, by_position);
	for (size_t i = 0; i < found; i++) {
		if (kept && by_position(&l[kept - 1], &l[i]) == 0)
			l[kept - 1].instrs += l[i].instrs;
		else
			l[kept++] = l[i];
	}
	if (kept)
		qsort(l, kept, sizeof *l, by_instrs);
	*n = kept;
	return l;
}

/* ---- tables --------------------------------------------------------------------------------------------------------------- */

static const struct column func_columns[] = {
	{ "self", "self", COLUMN_COUNT }, { "self_share", "", COLUMN_SHARE }, { "total", "total", COLUMN_COUNT },
	{ "total_share", "", COLUMN_SHARE }, { "calls", "calls", COLUMN_COUNT }, { "line", "line", COLUMN_TEXT },
	{ "function", "function", COLUMN_FUNC }, { 0 },
};

static void show_funcs(struct monitor *m, const struct monitor_ask *ask, struct report *out)
{
	const struct places *p = monitor_places(m);
	struct sheet *t = report_sheet(out, "functions", NULL, func_columns);
	uint64_t all;
	size_t n;
	struct profiled *f = profile_funcs(m, &out->arena, &n, &all);

	for (size_t i = 0; f && i < n && i < ask->rows; i++) {
		sheet_put_number(t, f[i].self);
		sheet_put_number(t, share(f[i].self, all));
		sheet_put_number(t, f[i].total);
		sheet_put_number(t, share(f[i].total, all));
		sheet_put_number(t, f[i].calls);
		put_line(out, t, p, p->funcs.data[f[i].func].self, &ask->lines);
		put_func(out, t, p, f[i].func);
	}
	t->hidden = n > ask->rows ? n - ask->rows : 0;
	report_total(out, "instructions", all, COLUMN_COUNT, "instructions");
	report_total(out, "called", n, COLUMN_COUNT, "functions");
}

static const struct column line_columns[] = {
	{ "instructions", "instructions", COLUMN_COUNT }, { "share", "", COLUMN_SHARE }, { "file", "file", COLUMN_TEXT },
	{ "line", "line", COLUMN_COUNT }, { "text", "", COLUMN_TEXT }, { 0 },
};

static void show_lines(struct monitor *m, const struct monitor_ask *ask, struct report *out)
{
	size_t n;
	struct profiled_line *l = profile_lines(m, &ask->lines, &out->arena, &n);
	struct sheet *t = report_sheet(out, "lines", "lines", line_columns);
	uint64_t all = 0;

	for (size_t i = 0; l && i < n; i++)
		all += l[i].instrs;
	for (size_t i = 0; l && i < n && i < ask->rows; i++) {
		sheet_put_number(t, l[i].instrs);
		sheet_put_number(t, share(l[i].instrs, all));
		sheet_put_copy(out, t, str_of(l[i].file));
		sheet_put_number(t, l[i].line);
		sheet_put_copy(out, t, l[i].text);
	}
	t->hidden = n > ask->rows ? n - ask->rows : 0;
}

static void profile_show(struct monitor *m, const struct monitor_ask *ask, struct report *out)
{
	show_funcs(m, ask, out);
	if (m->info->counts)
		show_lines(m, ask, out);
}

const struct monitor_info monitor_profile = {
	.name = "profile", .summary = "instructions by function and line", .kinds = 1 << TK_CALL, .counts = true,
	.state = sizeof(struct calltree), .event = profile_event, .show = profile_show, .clear = clear,
};

const struct monitor_info monitor_profile_functions = {
	.name = "profile functions", .summary = "instructions by function", .kinds = 1 << TK_CALL,
	.state = sizeof(struct calltree), .event = profile_event, .show = profile_show, .clear = clear,
};
