/* Address space, lines and allocation; see heap.h. */
#include "engine/gc/heap.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "engine/base/err.h"
#include "engine/gc/asan.h"
#include "engine/gc/root_maps.h"

#define DEFAULT_HEAP ((uint64_t)1 << 30)
#define MAX_HEAP     (((uint64_t)1 << 32) - ((uint64_t)1 << 20))
#define MIN_HEAP     ((uint64_t)MIN_LINES * LINE)

/* ---- address space --------------------------------------------------------------------------- */

static void *reserve(uint64_t bytes, int prot)
{
	void *p = mmap(NULL, bytes, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static void release(void *p, uint64_t bytes)
{
	if (p)
		munmap(p, bytes);
}

static uint64_t marks_bytes(uint64_t heap)
{
	return heap / OBJECT_ALIGN / 8;
}

static void space_free(struct gc_heap *h)
{
	release(h->base, h->reserved);
	release(h->lines, h->reserved / LINE);
	release(h->marks, marks_bytes(h->reserved));
	h->base = NULL;
	h->lines = NULL;
	h->marks = NULL;
}

static bool space_take(struct gc_heap *h, uint64_t bytes)
{
	h->reserved = bytes;
	h->base = reserve(bytes, PROT_NONE);
	h->lines = reserve(bytes / LINE, PROT_READ | PROT_WRITE);
	h->marks = reserve(marks_bytes(bytes), PROT_READ | PROT_WRITE);
	if (h->base && h->lines && h->marks)
		return true;
	space_free(h);
	return false;
}

/* As much as the limit says, or the most that the system gives. */
static bool space_reserve(struct gc_heap *h, uint64_t limit)
{
	uint64_t bytes = limit ? limit : DEFAULT_HEAP;

	if (bytes > MAX_HEAP)
		bytes = MAX_HEAP;
	bytes = (bytes + COMMIT_STEP - 1) & ~(uint64_t)(COMMIT_STEP - 1);
	while (!space_take(h, bytes)) {
		if (bytes <= MIN_HEAP)
			return false;
		bytes = bytes / 2 & ~(uint64_t)(COMMIT_STEP - 1);
	}
	h->limit = (uint32_t)(bytes / LINE);
	return true;
}

static bool commit(struct gc_heap *h, uint64_t bytes)
{
	bytes = (bytes + COMMIT_STEP - 1) & ~(uint64_t)(COMMIT_STEP - 1);
	if (bytes > h->reserved)
		bytes = h->reserved;
	if (bytes <= h->committed)
		return true;
	if (mprotect(h->base + h->committed, bytes - h->committed, PROT_READ | PROT_WRITE) != 0)
		return false;
	h->committed = bytes;
	return true;
}

void heap_set_soft(struct gc_heap *h, uint64_t soft)
{
	if (soft > h->limit)
		soft = h->limit;
	if (!commit(h, soft * LINE))
		soft = h->committed / LINE;
	h->soft = (uint32_t)soft;
	if (soft * LINE > h->touched)
		h->touched = soft * LINE;
}

/* ---- the heap of a store --------------------------------------------------------------------- */

static void heap_destroy(struct gc_heap *h)
{
	heap_unpoison(h->base, h->touched);
	space_free(h);
	layouts_free(&h->layouts);
	root_maps_free(h->maps);
	numbers_free(h);
	vec_free(&h->gray);
	vec_free(&h->held);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

static struct gc_heap *heap_new(struct store *s)
{
	struct gc_heap *h = calloc(1, sizeof *h);

	if (!h)
		return NULL;
	if (pthread_mutex_init(&h->lock, NULL) != 0) {
		free(h);
		return NULL;
	}
	h->store = s;
	if (!layouts_init(&h->layouts) || !(h->maps = root_maps_new()) || !space_reserve(h, s->limits.max_heap)) {
		heap_destroy(h);
		return NULL;
	}
	h->small_at = h->run_at = h->top = 1;           /* offset 0 is null */
	h->lines[0] = 1;
	heap_set_soft(h, MIN_LINES);
	return h;
}

void gc_show_heap(const struct store *s, struct ctx *c)
{
	if (!s->heap)
		return;
	c->gc_base = s->heap->base;
	c->gc_layouts = s->heap->layouts.chunks;
}

struct gc_heap *heap_make(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	if (!s->heap)
		__atomic_store_n(&s->heap, heap_new(s), __ATOMIC_RELEASE);
	for (size_t i = 0; i < s->contexts.count; i++)
		gc_show_heap(s, s->contexts.data[i]);
	struct gc_heap *h = s->heap;
	pthread_mutex_unlock(&s->lock);
	return h;
}

void gc_free(struct store *s)
{
	if (s->heap)
		heap_destroy(s->heap);
	s->heap = NULL;
}

const struct gc_layout *heap_layout_make(struct gc_heap *h, uint32_t type)
{
	pthread_mutex_lock(&h->lock);
	const struct gc_layout *y = layout_make(&h->layouts, h->store->engine, type);
	pthread_mutex_unlock(&h->lock);
	return y;
}

void heap_restart(struct gc_heap *h)
{
	const uint8_t *last = memrchr(h->lines, 1, h->top);
	uint64_t keep = ((uint64_t)(last - h->lines) + 1) * LINE, spare = 4 * (uint64_t)MIN_LINES * LINE;

	h->top = (uint32_t)(last - h->lines) + 1;
	h->small_at = h->run_at = 1;
	if (keep < (uint64_t)h->soft * LINE)
		keep = (uint64_t)h->soft * LINE;
	keep = (keep + COMMIT_STEP - 1) & ~(uint64_t)(COMMIT_STEP - 1);
	if (h->touched > keep + spare && madvise(h->base + keep, h->touched - keep, MADV_DONTNEED) == 0)
		h->touched = keep;
}

/* ---- allocation ------------------------------------------------------------------------------ */

/* The first run of free lines in [from, soft), at most MOST long; 0: none. */
static uint32_t find_free(const struct gc_heap *h, uint32_t from, uint32_t most, uint32_t *n)
{
	const uint8_t *p = from < h->soft ? memchr(h->lines + from, 0, h->soft - from) : NULL;

	if (!p)
		return 0;
	uint32_t at = (uint32_t)(p - h->lines), room = h->soft - at;
	if (room > most)
		room = most;
	const uint8_t *end = memchr(p, 1, room);
	*n = end ? (uint32_t)(end - p) : room;
	return at;
}

static void use_lines(struct gc_heap *h, uint32_t at, uint32_t n)
{
	memset(h->lines + at, 1, n);
	if (at + n > h->top)
		h->top = at + n;
	heap_unpoison(h->base + (size_t)at * LINE, (size_t)n * LINE);
}

/* A fresh run for the context, when the object is small; a line's worth always fits. */
static uint32_t take_small(struct gc_heap *h, struct ctx *c, uint32_t bytes)
{
	uint32_t n, at = find_free(h, h->small_at, RUN_LINES, &n);

	if (!at) {
		h->small_at = h->soft;
		return 0;
	}
	use_lines(h, at, n);
	h->small_at = at + n;
	c->gc_at = at * LINE + bytes;
	c->gc_end = (at + n) * LINE;
	return at * LINE;
}

/* Lines of its own for a larger object. */
static uint32_t take_run(struct gc_heap *h, uint32_t lines)
{
	uint32_t n, at = h->run_at > h->small_at ? h->run_at : h->small_at;

	while ((at = find_free(h, at, lines, &n)) != 0) {
		if (n == lines) {
			use_lines(h, at, n);
			h->run_at = at + n;
			return at * LINE;
		}
		at += n;
	}
	return 0;
}

static uint32_t take(struct gc_heap *h, struct ctx *c, uint64_t bytes)
{
	if (bytes <= LINE)
		return take_small(h, c, (uint32_t)bytes);
	return take_run(h, (uint32_t)((bytes + LINE - 1) / LINE));
}

/* No room below `soft`, and no collection could make any: use more of the heap. */
static uint32_t take_more(struct gc_heap *h, struct ctx *c, uint64_t bytes)
{
	uint32_t before = h->soft;
	uint64_t lines = (bytes + LINE - 1) / LINE;

	heap_set_soft(h, before + lines + before / 4);
	if (h->soft == before)
		return 0;
	if (h->small_at > before)
		h->small_at = before;
	return take(h, c, bytes);
}

/* Compiled code of an instance makes objects by itself when the layouts of all types that it may name are there. */
static void make_ready(struct gc_heap *h, struct instance *in)
{
	const struct module *m = in ? in->module : NULL;

	if (!m || in->gc_ready)
		return;
	for (uint32_t i = 0; i < m->ntypes; i++)
		if (m->types[i]->kind != TYPE_FUNC && !layout_make(&h->layouts, h->store->engine, m->types[i]->id))
			return;
	in->gc_ready = true;
}

uint32_t heap_alloc_slow(struct ctx *c, uint32_t type, uint32_t length, uint64_t bytes)
{
	struct gc_heap *h = heap_of(c->store);

	if (!h || bytes > (uint64_t)(h->limit - 1) * LINE)
		return 0;
	pthread_mutex_lock(&h->lock);
	make_ready(h, c->inst);
	uint32_t at = c->store->gc_stress ? 0 : take(h, c, bytes);
	if (!at) {
		pthread_mutex_unlock(&h->lock);         /* whoever stops the world holds no lock */
		heap_collect_lock(h, c);
		at = take(h, c, bytes);
	}
	if (!at)
		at = take_more(h, c, bytes);
	if (c->store->gc_stress)
		c->gc_end = c->gc_at;
	if (at)
		*object_head(h, at) = (struct gc_object){ type, length };
	pthread_mutex_unlock(&h->lock);
	return at;
}
