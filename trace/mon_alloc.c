/*
 * Monitor alloc: objects made by type, collections, and what functions called malloc, calloc, realloc and free do: blocks,
 * bytes, who asked for them, and what was never given back.
 */
#include <stdlib.h>

#include "engine/base/buf.h"
#include "trace/calltree.h"
#include "trace/monitor.h"
#include "trace/tally.h"

enum alloc_call { NOT_ALLOC, ALLOC_MALLOC, ALLOC_CALLOC, ALLOC_REALLOC, ALLOC_ALIGNED, ALLOC_FREE };

/* A call of malloc that has not returned. */
struct asked {
	uint16_t thread;
	uint32_t func, site;
	uint64_t size, old;             /* old: the block that realloc is given */
};

struct allocs {
	struct tally objects;           /* place -> objects, bytes */
	uint64_t collections, objects_made, object_bytes;
	struct calltree calls;          /* who is running: the caller */
	VEC(struct asked) asked;
	struct tally live;              /* address -> size, site + 1; site 0: given back */
	struct tally sites;             /* caller -> blocks, bytes */
	uint64_t blocks, bytes, freed, live_bytes, peak, bad_frees;
};

/* By name, "$malloc", "$c.malloc.malloc": what stands behind the last dot. */
static enum alloc_call call_of(struct str name)
{
	static const struct { const char *name; enum alloc_call call; } names[] = {
		{ "malloc", ALLOC_MALLOC }, { "dlmalloc", ALLOC_MALLOC }, { "__libc_malloc", ALLOC_MALLOC },
		{ "calloc", ALLOC_CALLOC }, { "dlcalloc", ALLOC_CALLOC }, { "__libc_calloc", ALLOC_CALLOC },
		{ "realloc", ALLOC_REALLOC }, { "dlrealloc", ALLOC_REALLOC }, { "aligned_alloc", ALLOC_ALIGNED },
		{ "free", ALLOC_FREE }, { "dlfree", ALLOC_FREE }, { "__libc_free", ALLOC_FREE },
	};

	for (size_t i = name.n; i-- > 0;)
		if (name.p[i] == '.' || name.p[i] == '$') {
			name = (struct str){ name.p + i + 1, name.n - i - 1 };
			break;
		}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_is(name, names[i].name))
			return names[i].call;
	return NOT_ALLOC;
}

/* The function that runs on the thread of E. */
static uint32_t running(const struct calltree *t, const struct trace_event *e)
{
	for (size_t i = 0; i < t->cursors.count; i++)
		if (t->cursors.data[i].thread == e->thread)
			return t->nodes.data[t->cursors.data[i].node].func;
	return NO_PLACE;
}

/* Whether the call is made by another function of the allocator: dlmalloc called by malloc is one allocation. */
static bool within_allocator(const struct allocs *a, const struct places *p, uint32_t caller)
{
	for (size_t i = 0; i < a->asked.count; i++)
		if (a->asked.data[i].func == caller)
			return true;
	return caller != NO_PLACE && call_of(p->funcs.data[caller].name) != NOT_ALLOC;
}

static void take_back(struct allocs *a, uint64_t address)
{
	struct tally_row *r = address ? tally_find(&a->live, address) : NULL;

	if (!address)
		return;
	if (!r || !r->b) {
		a->bad_frees++;
		return;
	}
	a->freed++;
	a->live_bytes -= r->a;
	r->b = 0;
}

static void give(struct allocs *a, const struct asked *k, uint64_t address)
{
	struct tally_row *r = address ? tally_at(&a->live, address) : NULL;
	struct tally_row *site = r ? tally_at(&a->sites, k->site) : NULL;

	if (!site)
		return;
	if (r->b)
		a->live_bytes -= r->a;          /* it was given back in a way that was not seen */
	r->a = k->size;
	r->b = k->site + (uint64_t)1;
	site->a++;
	site->b += k->size;
	a->blocks++;
	a->bytes += k->size;
	a->live_bytes += k->size;
	if (a->live_bytes > a->peak)
		a->peak = a->live_bytes;
}

static void call_event(struct allocs *a, const struct places *p, const struct trace_event *e, uint32_t func)
{
	enum alloc_call call = call_of(p->funcs.data[func].name);
	uint32_t caller = running(&a->calls, e);
	struct asked k = { .thread = e->thread, .func = func, .site = caller, .size = e->a };

	if (call == NOT_ALLOC || within_allocator(a, p, caller))
		return;
	if (call == ALLOC_FREE) {
		take_back(a, e->a);
		return;
	}
	if (call == ALLOC_CALLOC)
		k.size = e->a * e->b;
	else if (call == ALLOC_REALLOC || call == ALLOC_ALIGNED)
		k.size = e->b;
	k.old = call == ALLOC_REALLOC ? e->a : 0;
	vec_push(&a->asked, k);
}

static void return_event(struct allocs *a, const struct trace_event *e, uint32_t func)
{
	if (!a->asked.count || vec_last(&a->asked).func != func || vec_last(&a->asked).thread != e->thread)
		return;
	struct asked k = vec_pop(&a->asked);
	if (k.old && e->a)
		take_back(a, k.old);
	give(a, &k, e->a);
}

static void alloc_event(struct monitor *m, const struct trace_event *e, const uint64_t *values, unsigned words)
{
	const struct places *p = monitor_places(m);
	struct allocs *a = m->state;
	uint32_t func = e->place == NO_PLACE ? NO_PLACE : p->all.data[e->place].func;
	struct tally_row *r;

	switch ((enum trace_event_id)e->id) {
	case TE_NEW:
		if ((r = tally_at(&a->objects, e->place))) {
			r->a++;
			r->b += e->b;
		}
		a->objects_made++;
		a->object_bytes += e->b;
		return;
	case TE_COLLECT:
		a->collections++;
		return;
	case TE_CALL: case TE_TAIL:
		call_event(a, p, e, func);
		break;
	case TE_RETURN:
		return_event(a, e, func);
		break;
	default:
		break;
	}
	calltree_event(&a->calls, e, func);
}

static void clear(void *state)
{
	struct allocs *a = state;

	tally_free(&a->objects);
	tally_free(&a->live);
	tally_free(&a->sites);
	calltree_free(&a->calls);
	vec_free(&a->asked);
}

/* ---- showing ------------------------------------------------------------------------------------------------------------------ */

static const struct column object_columns[] = {
	{ "objects", "objects", COLUMN_COUNT }, { "bytes", "bytes", COLUMN_COUNT }, { "op", "made by", COLUMN_TEXT },
	{ "line", "line", COLUMN_TEXT }, { "place", "place", COLUMN_TEXT }, { 0 },
};

static size_t rank(const struct tally *t, struct ranked **out)
{
	size_t n = 0;

	*out = calloc(t->count + 1, sizeof **out);
	for (size_t i = 0; *out && i < t->cap; i++)
		if (t->rows[i].used)
			(*out)[n++] = (struct ranked){ t->rows[i].b, (uint32_t)t->rows[i].key };
	ranked_sort(*out, n);
	return n;
}

static void show_objects(const struct allocs *a, const struct places *p, const struct monitor_ask *ask, struct report *out)
{
	struct sheet *t = report_sheet(out, "objects", NULL, object_columns);
	struct ranked *r;
	size_t n = rank(&a->objects, &r);

	put_tallies(out, t, p, &a->objects, r, n, ask);
	free(r);
	report_total(out, "objects_made", a->objects_made, COLUMN_COUNT, "objects");
	report_total(out, "object_bytes", a->object_bytes, COLUMN_COUNT, "bytes of objects");
	report_total(out, "collections", a->collections, COLUMN_COUNT, "collections");
}

static const struct column site_columns[] = {
	{ "blocks", "blocks", COLUMN_COUNT }, { "bytes", "bytes", COLUMN_COUNT }, { "live_blocks", "not freed", COLUMN_COUNT },
	{ "live_bytes", "bytes", COLUMN_COUNT }, { "function", "asked for by", COLUMN_FUNC }, { 0 },
};

static void live_of(const struct allocs *a, uint64_t site, uint64_t *blocks, uint64_t *bytes)
{
	*blocks = *bytes = 0;
	for (size_t i = 0; i < a->live.cap; i++)
		if (a->live.rows[i].used && a->live.rows[i].b == site + 1) {
			*blocks += 1;
			*bytes += a->live.rows[i].a;
		}
}

static void show_blocks(const struct allocs *a, const struct places *p, const struct monitor_ask *ask, struct report *out)
{
	struct sheet *t = report_sheet(out, "sites", "malloc and its kin", site_columns);
	struct ranked *r;
	size_t n = rank(&a->sites, &r);

	for (size_t i = 0; i < n && i < ask->rows; i++) {
		const struct tally_row *row = tally_find(&a->sites, r[i].key);
		uint64_t blocks, bytes;
		live_of(a, row->key, &blocks, &bytes);
		sheet_put_number(t, row->a);
		sheet_put_number(t, row->b);
		sheet_put_number(t, blocks);
		sheet_put_number(t, bytes);
		if (r[i].key == NO_PLACE)
			sheet_put_text(t, STR("(the host)"));
		else
			put_func(out, t, p, r[i].key);
	}
	t->hidden = n > ask->rows ? n - ask->rows : 0;
	free(r);
	report_total(out, "blocks", a->blocks, COLUMN_COUNT, "blocks");
	report_total(out, "block_bytes", a->bytes, COLUMN_COUNT, "bytes of blocks");
	report_total(out, "freed", a->freed, COLUMN_COUNT, "given back");
	report_total(out, "live_bytes", a->live_bytes, COLUMN_COUNT, "bytes not given back");
	report_total(out, "peak_bytes", a->peak, COLUMN_COUNT, "bytes at the most");
	if (a->bad_frees)
		report_total(out, "bad_frees", a->bad_frees, COLUMN_COUNT, "given back that were not blocks, or twice");
}

static void alloc_show(struct monitor *m, const struct monitor_ask *ask, struct report *out)
{
	const struct allocs *a = m->state;

	if (a->objects.count || !a->sites.count)
		show_objects(a, monitor_places(m), ask, out);
	if (a->sites.count || a->bad_frees)
		show_blocks(a, monitor_places(m), ask, out);
}

const struct monitor_info monitor_alloc = {
	.name = "alloc", .summary = "objects made, and blocks of malloc: by whom, and what was never given back",
	.kinds = 1 << TK_GC | 1 << TK_CALL, .state = sizeof(struct allocs), .event = alloc_event, .show = alloc_show, .clear = clear,
};
