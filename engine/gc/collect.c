/* A collection from beginning to end, and what there is to know about the heap. */
#include <stdlib.h>

#include "engine/base/clock.h"
#include "engine/exn.h"
#include "engine/gc/asan.h"
#include "engine/gc/heap.h"
#include "engine/world.h"

enum { EXN_STEP = 1 << 20 };    /* bytes of exceptions between collections, at least */

/* ---- roots ----------------------------------------------------------------------------------- */

void mark_typed(struct gc_heap *h, valtype t, slot v)
{
	mark_slot(h, v, field_mark(h->store->engine, t));
}

static void mark_slots(struct gc_heap *h, valtype t, const slot *v, uint64_t n)
{
	enum gc_mark mark = field_mark(h->store->engine, t);

	for (uint64_t i = 0; mark != MARK_NOT && i < n; i++)
		mark_slot(h, v[i], mark);
}

static void mark_segments(struct gc_heap *h, const struct instance *in)
{
	for (uint32_t i = 0; in->elem_values && in->elem_counts && i < in->module->nelems; i++)
		if (in->elem_values[i])
			mark_slots(h, in->module->elems[i].type, in->elem_values[i], in->elem_counts[i]);
}

static void mark_entities(struct gc_heap *h)
{
	struct store *s = h->store;

	for (size_t i = 0; i < s->globals.count; i++)
		mark_typed(h, s->globals.data[i]->type, s->globals.data[i]->value[0]);
	for (size_t i = 0; i < s->tables.count; i++)
		mark_slots(h, s->tables.data[i]->type, s->tables.data[i]->elems, s->tables.data[i]->size);
	for (size_t i = 0; i < s->instances.count; i++)
		mark_segments(h, s->instances.data[i]);
}

static void mark_context(struct gc_heap *h, struct ctx *c)
{
	if (c->exception)
		mark_exn(h, c->exception);
	for (const struct gc_scope *scope = c->gc_scopes; scope; scope = scope->outer)
		for (const struct value *v = scope->values; v < *scope->top; v++)
			mark_typed(h, v->type, v->lo);
	mark_frames(h, c);
	c->gc_at = c->gc_end = 0;
}

static void mark_roots(struct gc_heap *h)
{
	struct store *s = h->store;

	mark_entities(h);
	for (size_t i = 0; i < s->contexts.count; i++)
		mark_context(h, s->contexts.data[i]);
	for (size_t i = 0; i < h->held.count; i++)
		mark_object(h, h->held.data[i].ref);
}

/* ---- sweeping -------------------------------------------------------------------------------- */

static void sweep_exns(struct gc_heap *h)
{
	struct store *s = h->store;
	uint64_t bytes = 0;

	for (struct exn **at = &s->exns; *at;) {
		struct exn *x = *at;
		if (x->marked || x->kept || h->failed) {
			/* one that is kept only for a moment is nothing that the guest knows of: when it collects must not depend on it */
			bytes += x->marked || h->failed ? exn_bytes(x->nslots) : 0;
			x->marked = false;
			at = &x->next;
		} else {
			*at = x->next;
			free(x);
		}
	}
	s->exn_bytes = bytes;
	s->exn_trigger = 2 * bytes + EXN_STEP;
}

static void poison_free_lines(struct gc_heap *h)
{
#ifdef GC_ASAN
	for (uint32_t i = 1; i < h->touched / LINE; i++)
		if (!h->lines[i])
			heap_poison(h->base + (size_t)i * LINE, LINE);
#else
	(void)h;
#endif
}

static void unmark(struct gc_heap *h)
{
	uint32_t used = h->top;

	memset(h->lines + 1, 0, used - 1);
	memset(h->marks, 0, (uint64_t)used * LINE / OBJECT_ALIGN / 8);
	h->live_lines = 0;
	h->roots = 0;
	h->failed = false;
	h->stats.objects = h->stats.bytes = h->stats.exceptions = 0;
}

/* The world stands still. */
static void collect(struct gc_heap *h)
{
	struct store *s = h->store;
	int64_t start = clock_now_ns();

	pthread_mutex_lock(&s->lock);
	uint32_t used = h->top;
	unmark(h);
	mark_roots(h);
	mark_rest(h);
	if (h->failed) {
		memset(h->lines + 1, 1, used - 1);
		h->live_lines = used;
	} else {
		numbers_sweep(h);
	}
	sweep_exns(h);
	pthread_mutex_unlock(&s->lock);
	heap_restart(h);
	/* as much again as is alive, and something for the work of looking at the roots */
	heap_set_soft(h, MIN_LINES + 2 * (uint64_t)h->live_lines + h->roots / 4);
	poison_free_lines(h);
	h->stats.collections++;
	h->stats.ns += (uint64_t)(clock_now_ns() - start);
}

void heap_collect_lock(struct gc_heap *h, struct ctx *c)
{
	world_stop(c);
	pthread_mutex_lock(&h->lock);
	collect(h);
	world_start(c);
}

bool gc_collect(struct ctx *c)
{
	struct gc_heap *h = heap_of(c->store);

	if (!h)
		return false;
	heap_collect_lock(h, c);
	pthread_mutex_unlock(&h->lock);
	return true;
}

/* ---- exceptions ------------------------------------------------------------------------------ */

void gc_exn_made(struct ctx *c, struct exn *x, size_t bytes)
{
	struct store *s = c->store;

	pthread_mutex_lock(&s->lock);
	x->next = s->exns;
	s->exns = x;
	s->exn_bytes += bytes;
	bool many = s->gc_stress || s->exn_bytes > (s->exn_trigger ? s->exn_trigger : EXN_STEP);
	pthread_mutex_unlock(&s->lock);
	if (!many)
		return;
	void *before = c->exception;
	c->exception = x;
	gc_collect(c);
	c->exception = before;
}

/* ---- looking --------------------------------------------------------------------------------- */

struct gc_stats gc_stats(const struct store *s)
{
	const struct gc_heap *h = s->heap;

	if (!h)
		return (struct gc_stats){ 0 };
	struct gc_stats stats = h->stats;
	stats.size = (uint64_t)h->top * LINE;
	stats.soft_limit = (uint64_t)h->soft * LINE;
	stats.limit = (uint64_t)h->limit * LINE;
	return stats;
}

void gc_each(const struct store *s, void (*fn)(void *user, slot ref), void *user)
{
	const struct gc_heap *h = s->heap;

	for (uint32_t word = 0; h && word < (uint64_t)h->top * LINE / OBJECT_ALIGN / 64 + 1; word++)
		for (uint64_t bits = h->marks[word]; bits; bits &= bits - 1)
			fn(user, ((slot)word * 64 + (unsigned)__builtin_ctzll(bits)) * OBJECT_ALIGN);
}
