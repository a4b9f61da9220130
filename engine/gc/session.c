/* What a session knows objects by: their numbers, and references that it keeps. */
#include <stdlib.h>

#include "engine/gc/heap.h"

/* ---- numbers --------------------------------------------------------------------------------- */

struct named {
	uint32_t ref, number;
};

/* Two ways to look: objects by number (0: collected), numbers by object in an open-addressing table. */
struct numbers {
	VEC(uint32_t) objects;          /* [number - 1] */
	struct named *by_ref;           /* ref 0: free */
	size_t count, cap;              /* cap: a power of two, or 0 */
};

static struct named *named_at(struct named *by_ref, size_t cap, uint32_t ref)
{
	size_t i = (size_t)((uint64_t)ref * 0x9e3779b97f4a7c15u >> 32) & (cap - 1);

	while (by_ref[i].ref && by_ref[i].ref != ref)
		i = (i + 1) & (cap - 1);
	return &by_ref[i];
}

/* A table of CAP places with every object that still exists. */
static bool numbers_rehash(struct numbers *n, size_t cap)
{
	struct named *fresh = calloc(cap, sizeof *fresh);

	if (!fresh)
		return false;
	n->count = 0;
	for (size_t i = 0; i < n->objects.count; i++) {
		uint32_t ref = n->objects.data[i];
		if (!ref)
			continue;
		*named_at(fresh, cap, ref) = (struct named){ ref, (uint32_t)i + 1 };
		n->count++;
	}
	free(n->by_ref);
	n->by_ref = fresh;
	n->cap = cap;
	return true;
}

static uint32_t number_give(struct numbers *n, uint32_t ref)
{
	if (2 * (n->count + 1) > n->cap && !numbers_rehash(n, n->cap ? 2 * n->cap : 32))
		return 0;
	if (!vec_push(&n->objects, ref))
		return 0;
	*named_at(n->by_ref, n->cap, ref) = (struct named){ ref, (uint32_t)n->objects.count };
	n->count++;
	return (uint32_t)n->objects.count;
}

static uint32_t number_of(struct gc_heap *h, uint32_t ref)
{
	if (!h->numbers && !(h->numbers = calloc(1, sizeof *h->numbers)))
		return 0;
	struct numbers *n = h->numbers;
	uint32_t known = n->cap ? named_at(n->by_ref, n->cap, ref)->number : 0;
	return known ? known : number_give(n, ref);
}

uint32_t gc_object_number(const struct store *s, slot ref)
{
	struct gc_heap *h = s->heap;

	if (!h || !gc_is_object(ref))
		return 0;
	pthread_mutex_lock(&h->lock);
	uint32_t n = number_of(h, (uint32_t)ref);
	pthread_mutex_unlock(&h->lock);
	return n;
}

slot gc_object_numbered(const struct store *s, uint32_t number)
{
	const struct numbers *n = s->heap ? s->heap->numbers : NULL;

	return n && number - 1 < n->objects.count ? n->objects.data[number - 1] : 0;
}

/* In place, so that it cannot fail: what is gone leaves both, then the table is filled again. */
void numbers_sweep(struct gc_heap *h)
{
	struct numbers *n = h->numbers;

	if (!n)
		return;
	memset(n->by_ref, 0, n->cap * sizeof *n->by_ref);
	n->count = 0;
	for (size_t i = 0; i < n->objects.count; i++) {
		uint32_t ref = n->objects.data[i];
		if (ref && object_marked(h, ref)) {
			*named_at(n->by_ref, n->cap, ref) = (struct named){ ref, (uint32_t)i + 1 };
			n->count++;
		} else {
			n->objects.data[i] = 0;
		}
	}
}

bool numbers_list(const struct gc_heap *h, uint32_t **out, size_t *n)
{
	*n = h->numbers ? h->numbers->objects.count : 0;
	*out = calloc(*n + 1, sizeof **out);
	if (*out && *n)
		memcpy(*out, h->numbers->objects.data, *n * sizeof **out);
	return *out != NULL;
}

/* Numbers above N were given later: their objects are gone, the numbers are never given again. */
void numbers_set(struct gc_heap *h, const uint32_t *objects, size_t n)
{
	struct numbers *all = h->numbers;

	if (!all || !all->by_ref)
		return;
	memset(all->by_ref, 0, all->cap * sizeof *all->by_ref);
	all->count = 0;
	for (size_t i = 0; i < all->objects.count; i++) {
		uint32_t ref = i < n ? objects[i] : 0;
		all->objects.data[i] = ref;
		if (!ref)
			continue;
		*named_at(all->by_ref, all->cap, ref) = (struct named){ ref, (uint32_t)i + 1 };
		all->count++;
	}
}

void numbers_free(struct gc_heap *h)
{
	if (!h->numbers)
		return;
	vec_free(&h->numbers->objects);
	free(h->numbers->by_ref);
	free(h->numbers);
	h->numbers = NULL;
}

/* ---- references that are kept ---------------------------------------------------------------- */

static struct gc_held *held_find(struct gc_heap *h, uint32_t ref)
{
	for (size_t i = 0; i < h->held.count; i++)
		if (h->held.data[i].ref == ref)
			return &h->held.data[i];
	return NULL;
}

bool gc_hold(struct store *s, slot ref)
{
	struct gc_heap *h = s->heap;

	if (!h || !gc_is_object(ref))
		return true;
	pthread_mutex_lock(&h->lock);
	struct gc_held *held = held_find(h, (uint32_t)ref);
	bool ok = true;
	if (held)
		held->count++;
	else
		ok = vec_push(&h->held, ((struct gc_held){ (uint32_t)ref, 1 }));
	pthread_mutex_unlock(&h->lock);
	return ok;
}

void gc_release(struct store *s, slot ref)
{
	struct gc_heap *h = s->heap;

	if (!h || !gc_is_object(ref))
		return;
	pthread_mutex_lock(&h->lock);
	struct gc_held *held = held_find(h, (uint32_t)ref);
	if (held && --held->count == 0)
		*held = h->held.data[--h->held.count];
	pthread_mutex_unlock(&h->lock);
}

void gc_scope_open(struct ctx *c, struct gc_scope *scope, const struct value *values, struct value *const *top)
{
	*scope = (struct gc_scope){ c->gc_scopes, values, top };
	c->gc_scopes = scope;
}

void gc_scope_close(struct ctx *c)
{
	c->gc_scopes = c->gc_scopes->outer;
}
