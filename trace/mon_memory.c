/*
 * Monitor memory: a map of what was read and written, by pages of 4 KiB that are shown in as many equal pieces as fit, and the
 * instructions that moved most bytes. Written by the guest's instructions; what the host writes is not seen.
 */
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/imm.h"
#include "trace/monitor.h"
#include "trace/tally.h"

enum { PAGE_LOG2 = 12, MEMORY_SHIFT = 52 };     /* a key: number of the memory, of the page */

struct usage {
	struct tally pages;             /* key -> accesses that read, that wrote */
	struct tally places;            /* place -> bytes read, bytes written */
	struct tally memories;          /* place -> number of its memory + 1 */
	uint64_t reads, writes, bytes_read, bytes_written;
};

/* The memory that the instruction at PLACE works on; of memory.copy the first one it names for its second access, too. */
static uint64_t memory_of(struct usage *u, const struct places *p, uint32_t place)
{
	struct tally_row *known = tally_at(&u->memories, place);
	const struct place_info *x = &p->all.data[place];
	const struct func *f = p->funcs.data[x->func].func;
	struct err e = { 0 };
	struct instr in;

	if (!known || known->a || !f || !f->inst)
		return known && known->a ? known->a - 1 : 0;
	struct cursor c = cursor_at(f->inst->module, x->offset, &e);
	uint32_t index = 0;
	if (instr_read(&c, &in, &e))
		index = in.op == OP_MEMORY_FILL || in.op == OP_MEMORY_COPY ? in.index : in.op == OP_MEMORY_INIT ? in.index2
			: in.mem.memory;
	known->a = index < f->inst->module->nmemories ? f->inst->memories[index]->number + 1u : 1;
	return known->a - 1;
}

static void memory_event(struct monitor *m, const struct trace_event *e, const uint64_t *values, unsigned words)
{
	const struct places *p = monitor_places(m);
	struct usage *u = m->state;
	bool writes = e->id == TE_STORE || e->id == TE_WRITE, bulk = trace_events[e->id].b == WORD_SIZE;

	if (trace_events[e->id].a != WORD_ADDRESS || e->place == NO_PLACE)
		return;
	uint64_t size = bulk ? e->b : (uint64_t)1 << op_info[p->all.data[e->place].op].align;
	uint64_t memory = memory_of(u, p, e->place) << MEMORY_SHIFT;
	for (uint64_t page = e->a >> PAGE_LOG2; size && page <= (e->a + size - 1) >> PAGE_LOG2; page++) {
		struct tally_row *r = tally_at(&u->pages, memory | page);
		if (r)
			*(writes ? &r->b : &r->a) += 1;
	}
	struct tally_row *r = tally_at(&u->places, e->place);
	if (r)
		*(writes ? &r->b : &r->a) += size;
	u->reads += !writes;
	u->writes += writes;
	u->bytes_read += writes ? 0 : size;
	u->bytes_written += writes ? size : 0;
}

static void clear(void *state)
{
	struct usage *u = state;

	tally_free(&u->pages);
	tally_free(&u->places);
	tally_free(&u->memories);
}

/* ---- the map ------------------------------------------------------------------------------------------------------------------ */

static const struct column map_columns[] = {
	{ "memory", "memory", COLUMN_COUNT }, { "from", "from", COLUMN_OFFSET }, { "to", "to", COLUMN_OFFSET },
	{ "reads", "reads", COLUMN_COUNT }, { "writes", "writes", COLUMN_COUNT }, { "map", "", COLUMN_TEXT }, { 0 },
};

struct piece {
	uint64_t key, reads, writes;    /* key: memory and number of the piece */
};

static int by_key(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

/* Pages joined to pieces of 2^LOG2 pages, in order. */
static size_t join(const struct tally *pages, unsigned log2, struct piece *out)
{
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < pages->cap; i++) {
		const struct tally_row *r = &pages->rows[i];
		uint64_t memory = r->key >> MEMORY_SHIFT << MEMORY_SHIFT;
		if (r->used)
			out[n++] = (struct piece){ memory | (r->key & ~memory) >> log2, r->a, r->b };
	}
	if (n)
		qsort(out, n, sizeof *out, by_key);
	for (size_t i = 0; i < n; i++) {
		if (kept && out[kept - 1].key == out[i].key) {
			out[kept - 1].reads += out[i].reads;
			out[kept - 1].writes += out[i].writes;
		} else {
			out[kept++] = out[i];
		}
	}
	return kept;
}

/* A bar that grows by one with each doubling. */
static void put_bar(struct report *r, struct sheet *t, uint64_t reads, uint64_t writes)
{
	struct buf b = { 0 };

	for (uint64_t n = reads; n; n /= 2)
		buf_putc(&b, 'r');
	for (uint64_t n = writes; n; n /= 2)
		buf_putc(&b, 'w');
	sheet_put_copy(r, t, str_of_buf(&b));
	buf_free(&b);
}

static void show_map(const struct usage *u, const struct monitor_ask *ask, struct report *out)
{
	struct sheet *t = report_sheet(out, "map", NULL, map_columns);
	struct piece *pieces = calloc(u->pages.count + 1, sizeof *pieces);
	uint64_t mask = ((uint64_t)1 << MEMORY_SHIFT) - 1;
	unsigned log2 = 0;
	size_t n;

	while (pieces && (n = join(&u->pages, log2, pieces)) > ask->rows && log2 < MEMORY_SHIFT - PAGE_LOG2)
		log2++;
	for (size_t i = 0; pieces && i < n; i++) {
		uint64_t from = (pieces[i].key & mask) << (PAGE_LOG2 + log2);
		sheet_put_number(t, pieces[i].key >> MEMORY_SHIFT);
		sheet_put_number(t, from);
		sheet_put_number(t, from + ((uint64_t)1 << (PAGE_LOG2 + log2)) - 1);
		sheet_put_number(t, pieces[i].reads);
		sheet_put_number(t, pieces[i].writes);
		put_bar(out, t, pieces[i].reads, pieces[i].writes);
	}
	free(pieces);
}

static const struct column place_columns[] = {
	{ "bytes_read", "bytes read", COLUMN_COUNT }, { "bytes_written", "written", COLUMN_COUNT },
	{ "op", "instruction", COLUMN_TEXT }, { "line", "line", COLUMN_TEXT }, { "place", "place", COLUMN_TEXT }, { 0 },
};

static void show_places(const struct usage *u, const struct places *p, const struct monitor_ask *ask, struct report *out)
{
	struct sheet *t = report_sheet(out, "places", "instructions that moved most", place_columns);
	struct ranked *r = calloc(u->places.count + 1, sizeof *r);
	size_t n = 0;

	for (size_t i = 0; r && i < u->places.cap; i++)
		if (u->places.rows[i].used)
			r[n++] = (struct ranked){ u->places.rows[i].a + u->places.rows[i].b, (uint32_t)u->places.rows[i].key };
	ranked_sort(r, n);
	put_tallies(out, t, p, &u->places, r, n, ask);
	free(r);
}

static void memory_show(struct monitor *m, const struct monitor_ask *ask, struct report *out)
{
	const struct usage *u = m->state;

	show_map(u, ask, out);
	show_places(u, monitor_places(m), ask, out);
	report_total(out, "reads", u->reads, COLUMN_COUNT, "reads");
	report_total(out, "writes", u->writes, COLUMN_COUNT, "writes");
	report_total(out, "bytes_read", u->bytes_read, COLUMN_COUNT, "bytes read");
	report_total(out, "bytes_written", u->bytes_written, COLUMN_COUNT, "bytes written");
}

const struct monitor_info monitor_memory = {
	.name = "memory", .summary = "a map of what was read and written", .kinds = 1 << TK_MEM, .state = sizeof(struct usage),
	.event = memory_event, .show = memory_show, .clear = clear,
};
