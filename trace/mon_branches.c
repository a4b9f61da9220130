/* Monitor branches: how often each branch was taken; for br_table, how often each way was gone. */
#include <stdlib.h>

#include "engine/base/buf.h"
#include "trace/monitor.h"

/* One way out of a branch. */
struct way {
	uint32_t place, next;           /* next: of the same place, an index + 1; 0: none */
	uint32_t target;                /* offset */
	bool taken;
	uint64_t count;
};

struct branches {
	VEC(uint32_t) first;            /* by place: index of its first way + 1; 0: none */
	VEC(struct way) ways;
};

static bool know_place(struct branches *b, uint32_t place)
{
	if (place < b->first.count)
		return true;
	if (!vec_reserve(&b->first, place + 1u))
		return false;
	while (b->first.count <= place)
		vec_push(&b->first, 0);
	return true;
}

static void branches_event(struct monitor *m, const struct trace_event *e, const uint64_t *values, unsigned words)
{
	struct branches *b = m->state;
	bool taken = e->id == TE_TAKEN;

	if (e->place == NO_PLACE || !know_place(b, e->place))
		return;
	for (uint32_t i = b->first.data[e->place]; i; i = b->ways.data[i - 1].next) {
		struct way *w = &b->ways.data[i - 1];
		if (w->taken == taken && w->target == (uint32_t)e->a) {
			w->count++;
			return;
		}
	}
	struct way w = { e->place, b->first.data[e->place], (uint32_t)e->a, taken, 1 };
	if (vec_push(&b->ways, w))
		b->first.data[e->place] = (uint32_t)b->ways.count;
}

static void clear(void *state)
{
	struct branches *b = state;

	vec_free(&b->first);
	vec_free(&b->ways);
}

static const struct column columns[] = {
	{ "count", "executed", COLUMN_COUNT }, { "taken", "taken", COLUMN_COUNT }, { "share", "", COLUMN_SHARE },
	{ "op", "branch", COLUMN_TEXT }, { "line", "line", COLUMN_TEXT }, { "place", "place", COLUMN_TEXT }, { 0 },
};

static const struct column way_columns[] = {
	{ "count", "gone", COLUMN_COUNT }, { "share", "", COLUMN_SHARE }, { "target", "to", COLUMN_TEXT },
	{ "place", "place", COLUMN_TEXT }, { 0 },
};

static void sums_at(const struct branches *b, uint32_t place, uint64_t *all, uint64_t *taken)
{
	*all = *taken = 0;
	for (uint32_t i = b->first.data[place]; i; i = b->ways.data[i - 1].next) {
		*all += b->ways.data[i - 1].count;
		*taken += b->ways.data[i - 1].taken ? b->ways.data[i - 1].count : 0;
	}
}

static void show_branch(const struct branches *b, const struct places *p, uint32_t place, const struct monitor_ask *ask,
	struct report *out, struct sheet *t)
{
	uint64_t all, taken;

	sums_at(b, place, &all, &taken);
	sheet_put_number(t, all);
	sheet_put_number(t, taken);
	sheet_put_number(t, share(taken, all));
	put_instr(out, t, p, place);
	put_line(out, t, p, place, &ask->lines);
	put_place(out, t, p, place);
}

/* The ways of br_table. */
static void show_ways(const struct branches *b, const struct places *p, const struct monitor_ask *ask, struct report *out)
{
	struct sheet *t = NULL;
	size_t shown = 0;

	for (size_t i = 0; i < b->ways.count; i++) {
		const struct way *w = &b->ways.data[i];
		const struct traced_func *f = place_func(p, w->place);
		uint64_t all, taken;
		if (p->all.data[w->place].op != OP_BR_TABLE)
			continue;
		t = t ? t : report_sheet(out, "ways", "ways through br_table", way_columns);
		if (shown++ >= ask->rows) {
			t->hidden++;
			continue;
		}
		struct buf to = { 0 };
		sums_at(b, w->place, &all, &taken);
		sheet_put_number(t, w->count);
		sheet_put_number(t, share(w->count, all));
		buf_printf(&to, "+0x%x", w->target - p->all.data[f->self].offset);
		sheet_put_copy(out, t, str_of_buf(&to));
		buf_free(&to);
		put_place(out, t, p, w->place);
	}
}

static void branches_show(struct monitor *m, const struct monitor_ask *ask, struct report *out)
{
	const struct branches *b = m->state;
	struct sheet *t = report_sheet(out, "branches", NULL, columns);
	struct ranked *r = calloc(b->first.count + 1, sizeof *r);
	uint64_t all = 0, taken = 0, one, way;
	size_t n = 0;

	for (size_t i = 0; r && i < b->first.count; i++) {
		sums_at(b, (uint32_t)i, &one, &way);
		r[i] = (struct ranked){ one, (uint32_t)i };
		n += one > 0;
		all += one;
		taken += way;
	}
	if (r)
		ranked_sort(r, b->first.count);
	for (size_t i = 0; r && i < n && i < ask->rows; i++)
		show_branch(b, monitor_places(m), r[i].key, ask, out, t);
	t->hidden = n > ask->rows ? n - ask->rows : 0;
	free(r);
	show_ways(b, monitor_places(m), ask, out);
	report_total(out, "executed", all, COLUMN_COUNT, "branches executed");
	report_total(out, "taken", share(taken, all), COLUMN_SHARE, "taken");
}

const struct monitor_info monitor_branches = {
	.name = "branches", .summary = "how often each branch was taken", .kinds = 1 << TK_BRANCH,
	.state = sizeof(struct branches), .event = branches_event, .show = branches_show, .clear = clear,
};
