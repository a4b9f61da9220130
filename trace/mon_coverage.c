/*
 * Monitor coverage: how much of each function, of its basic blocks and of its lines was executed. With a function asked for,
 * `coverage $f`, the front end shows its text with counts instead.
 */
#include <stdlib.h>

#include "trace/code_walk.h"
#include "trace/monitor.h"

struct line_seen {
	uint32_t line;
	bool covered;
};

struct cover {
	const struct monitor *m;
	const struct module *module;
	const struct line_source *lines;
	uint64_t instrs, instrs_done, blocks, blocks_done;
	bool block_open;                /* a block began and none of its instructions was met yet */
	VEC(struct line_seen) seen;
};

static void add_line(struct cover *c, uint32_t offset, bool done)
{
	struct line_at at;

	if (!c->lines->at || !c->lines->at(c->lines->user, c->module, offset, &at))
		return;
	for (size_t i = c->seen.count; i-- > 0;)
		if (c->seen.data[i].line == at.line) {
			c->seen.data[i].covered |= done;
			return;
		}
	vec_push(&c->seen, ((struct line_seen){ at.line, done }));
}

static void add_step(void *user, const struct walk_step *s)
{
	struct cover *c = user;

	c->block_open |= s->leader;
	if (s->place == NO_PLACE)
		return;
	bool done = monitor_count(c->m, s->place) > 0;
	c->instrs++;
	c->instrs_done += done;
	if (c->block_open) {
		c->blocks++;
		c->blocks_done += done;
		c->block_open = false;
	}
	add_line(c, s->offset, done);
}

static const struct column columns[] = {
	{ "coverage", "", COLUMN_SHARE }, { "executed", "executed", COLUMN_COUNT }, { "instructions", "of", COLUMN_COUNT },
	{ "blocks_executed", "blocks", COLUMN_COUNT }, { "blocks", "of", COLUMN_COUNT },
	{ "lines_executed", "lines", COLUMN_COUNT }, { "lines", "of", COLUMN_COUNT }, { "function", "function", COLUMN_FUNC }, { 0 },
};

static void put_lines(struct sheet *t, const struct cover *c, uint64_t *done)
{
	*done = 0;
	for (size_t i = 0; i < c->seen.count; i++)
		*done += c->seen.data[i].covered;
	if (!c->seen.count) {
		sheet_put_absent(t);
		sheet_put_absent(t);
		return;
	}
	sheet_put_number(t, *done);
	sheet_put_number(t, c->seen.count);
}

struct sums {
	uint64_t funcs, funcs_done, instrs, instrs_done, blocks, blocks_done, lines, lines_done;
};

static void put_cover(struct sheet *table, struct report *out, const struct places *p, uint32_t func, const struct cover *c,
	struct sums *sum, bool shown)
{
	uint64_t lines_done = 0;

	sum->funcs++;
	sum->funcs_done += c->instrs_done > 0;
	sum->instrs += c->instrs;
	sum->instrs_done += c->instrs_done;
	sum->blocks += c->blocks;
	sum->blocks_done += c->blocks_done;
	if (shown) {
		sheet_put_number(table, share(c->instrs_done, c->instrs));
		sheet_put_number(table, c->instrs_done);
		sheet_put_number(table, c->instrs);
		sheet_put_number(table, c->blocks_done);
		sheet_put_number(table, c->blocks);
		put_lines(table, c, &lines_done);
		put_func(out, table, p, func);
	} else {
		table->hidden++;
		for (size_t i = 0; i < c->seen.count; i++)
			lines_done += c->seen.data[i].covered;
	}
	sum->lines += c->seen.count;
	sum->lines_done += lines_done;
}

static void put_totals(struct report *out, const struct sums *s)
{
	report_total(out, "functions_coverage", share(s->funcs_done, s->funcs), COLUMN_SHARE, "of the functions");
	report_total(out, "coverage", share(s->instrs_done, s->instrs), COLUMN_SHARE, "of the instructions");
	report_total(out, "blocks_coverage", share(s->blocks_done, s->blocks), COLUMN_SHARE, "of the blocks");
	if (s->lines)
		report_total(out, "lines_coverage", share(s->lines_done, s->lines), COLUMN_SHARE, "of the lines");
}

/* Functions as their modules have them, not as they were met. */
static struct ranked *in_order(const struct places *p)
{
	struct ranked *r = calloc(p->funcs.count + 1, sizeof *r);

	for (size_t i = 0; r && i < p->funcs.count; i++)
		r[i] = (struct ranked){ ~((uint64_t)p->funcs.data[i].instance << 32 | p->funcs.data[i].index), (uint32_t)i };
	if (r)
		ranked_sort(r, p->funcs.count);
	return r;
}

static void coverage_show(struct monitor *m, const struct monitor_ask *ask, struct report *out)
{
	struct sheet *table = report_sheet(out, "functions", NULL, columns);
	struct sums sum = { 0 };
	size_t rows = 0;

	monitor_know_all(m);
	const struct places *p = monitor_places(m);
	struct ranked *order = in_order(p);
	for (size_t i = 0; order && i < p->funcs.count; i++) {
		struct cover c = { .m = m, .module = p->funcs.data[order[i].key].module, .lines = &ask->lines };
		if (code_walk(p, order[i].key, add_step, &c))
			put_cover(table, out, p, order[i].key, &c, &sum, rows++ < ask->rows);
		vec_free(&c.seen);
	}
	free(order);
	put_totals(out, &sum);
}

const struct monitor_info monitor_coverage = {
	.name = "coverage", .summary = "how much of functions, blocks and lines was executed", .counts = true, .show = coverage_show,
};
