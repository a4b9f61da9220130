/* Monitor hot: where the instructions were executed, by function and by loop. */
#include <stdlib.h>

#include "trace/code_walk.h"
#include "trace/monitor.h"

/* ---- functions ------------------------------------------------------------------------------------------------------------ */

static const struct column func_columns[] = {
	{ "instructions", "instructions", COLUMN_COUNT }, { "share", "", COLUMN_SHARE }, { "line", "line", COLUMN_TEXT },
	{ "function", "function", COLUMN_FUNC }, { 0 },
};

static uint64_t func_count(const struct monitor *m, const struct traced_func *f)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < f->count; i++)
		n += monitor_count(m, f->first + i);
	return n;
}

static uint64_t show_funcs(struct monitor *m, const struct monitor_ask *ask, struct report *out)
{
	const struct places *p = monitor_places(m);
	struct sheet *table = report_sheet(out, "functions", NULL, func_columns);
	struct ranked *r = calloc(p->funcs.count + 1, sizeof *r);
	uint64_t all = 0;
	size_t n = 0;

	for (size_t i = 0; r && i < p->funcs.count; i++) {
		r[i] = (struct ranked){ func_count(m, &p->funcs.data[i]), (uint32_t)i };
		all += r[i].value;
		n += r[i].value > 0;
	}
	if (r)
		ranked_sort(r, p->funcs.count);
	for (size_t i = 0; r && i < n && i < ask->rows; i++) {
		sheet_put_number(table, r[i].value);
		sheet_put_number(table, share(r[i].value, all));
		put_line(out, table, p, p->funcs.data[r[i].key].self, &ask->lines);
		put_func(out, table, p, r[i].key);
	}
	table->hidden = n > ask->rows ? n - ask->rows : 0;
	free(r);
	report_total(out, "executed", all, COLUMN_COUNT, "instructions executed");
	return all;
}

/* ---- loops ------------------------------------------------------------------------------------------------------------------ */

struct hot_loop {
	struct ranked by;               /* key: the place of `loop`; value: instructions executed within */
	uint64_t turns;                 /* executions of the instruction behind it, to which branches go */
};

struct loops {
	const struct monitor *m;
	bool began;                     /* the step before was the newest loop */
	VEC(struct hot_loop) found;
};

static void add_step(void *user, const struct walk_step *s)
{
	struct loops *l = user;
	uint64_t n = s->place == NO_PLACE ? 0 : monitor_count(l->m, s->place);

	if (l->began && s->place != NO_PLACE) {
		vec_last(&l->found).turns = n;
		l->began = false;
	}
	if (s->op == OP_LOOP && n)
		l->began = vec_push(&l->found, ((struct hot_loop){ .by.key = s->place, .turns = n }));
	for (size_t i = l->found.count; n && i-- > 0;)
		for (unsigned k = 0; k < s->nloops; k++)
			if (l->found.data[i].by.key == s->loops[k])
				l->found.data[i].by.value += n;
}

static int by_instructions(const void *a, const void *b)
{
	const struct ranked *x = &((const struct hot_loop *)a)->by, *y = &((const struct hot_loop *)b)->by;

	return x->value > y->value ? -1 : x->value < y->value ? 1 : x->key < y->key ? -1 : x->key > y->key;
}

static const struct column loop_columns[] = {
	{ "instructions", "instructions", COLUMN_COUNT }, { "share", "", COLUMN_SHARE }, { "turns", "turns", COLUMN_COUNT },
	{ "line", "line", COLUMN_TEXT }, { "loop", "loop", COLUMN_TEXT }, { 0 },
};

static void show_loops(struct monitor *m, uint64_t all, const struct monitor_ask *ask, struct report *out)
{
	const struct places *p = monitor_places(m);
	struct sheet *table = report_sheet(out, "loops", "loops, with the loops in them", loop_columns);
	struct loops l = { .m = m };

	for (size_t i = 0; i < p->funcs.count; i++) {
		/* loops are looked for among those of their own function */
		struct loops own = { .m = m };
		if (p->funcs.data[i].count)
			code_walk(p, (uint32_t)i, add_step, &own);
		for (size_t k = 0; k < own.found.count; k++)
			vec_push(&l.found, own.found.data[k]);
		vec_free(&own.found);
	}
	if (l.found.count)
		qsort(l.found.data, l.found.count, sizeof *l.found.data, by_instructions);
	for (size_t i = 0; i < l.found.count && i < ask->rows; i++) {
		const struct hot_loop *x = &l.found.data[i];
		sheet_put_number(table, x->by.value);
		sheet_put_number(table, share(x->by.value, all));
		sheet_put_number(table, x->turns);
		put_line(out, table, p, x->by.key, &ask->lines);
		put_place(out, table, p, x->by.key);
	}
	table->hidden = l.found.count > ask->rows ? l.found.count - ask->rows : 0;
	vec_free(&l.found);
}

static void hot_show(struct monitor *m, const struct monitor_ask *ask, struct report *out)
{
	uint64_t all = show_funcs(m, ask, out);

	show_loops(m, all, ask, out);
}

const struct monitor_info monitor_hot = {
	.name = "hot", .summary = "functions and loops in which most instructions were executed", .counts = true, .show = hot_show,
};
