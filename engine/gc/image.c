/*
 * The heap at some moment, and back again; see gc.h. Allocation is deterministic, so running on from a heap that was put
 * back gives every object the place that it had before: references in images of frames, tables and globals fit.
 */
#include <stdlib.h>

#include "engine/gc/asan.h"
#include "engine/gc/heap.h"
#include "engine/image.h"

struct gc_image {
	bool made;                      /* there was a heap */
	uint32_t soft, top, small_at, run_at, live_lines;
	uint64_t touched;               /* bytes: above it all is zero, below it the dead are part of the image, too */
	uint64_t roots;
	struct gc_stats stats;
	struct image objects, lines, marks;
	uint32_t *numbered;             /* objects by number, as numbers_list() gives them */
	size_t nnumbered;
	struct gc_held *held;
	size_t nheld;
};

static uint64_t marks_bytes(uint32_t top)
{
	return ((uint64_t)top * LINE / OBJECT_ALIGN + 63) / 64 * 8;
}

static bool copy_held(struct gc_image *m, const struct gc_heap *h)
{
	m->nheld = h->held.count;
	m->held = calloc(m->nheld + 1, sizeof *m->held);
	if (!m->held)
		return false;
	if (m->nheld)
		memcpy(m->held, h->held.data, m->nheld * sizeof *m->held);
	return true;
}

static bool copy_heap(struct gc_image *m, const struct gc_image *before, struct gc_heap *h, uint64_t *account)
{
	m->made = true;
	m->soft = h->soft;
	m->top = h->top;
	m->touched = h->touched;
	m->small_at = h->small_at;
	m->run_at = h->run_at;
	m->live_lines = h->live_lines;
	m->roots = h->roots;
	m->stats = h->stats;
	heap_unpoison(h->base, h->touched);
	return image_take(&m->objects, before ? &before->objects : NULL, h->base, h->touched, account) &&
		image_take(&m->lines, before ? &before->lines : NULL, h->lines, h->top, account) &&
		image_take(&m->marks, before ? &before->marks : NULL, h->marks, marks_bytes(h->top), account) &&
		numbers_list(h, &m->numbered, &m->nnumbered) && copy_held(m, h);
}

struct gc_image *gc_image_take(struct store *s, const struct gc_image *before, uint64_t *account)
{
	struct gc_image *m = calloc(1, sizeof *m);

	if (!m || !s->heap)
		return m;
	if (before && !before->made)
		before = NULL;
	pthread_mutex_lock(&s->heap->lock);
	bool ok = copy_heap(m, before, s->heap, account);
	pthread_mutex_unlock(&s->heap->lock);
	if (ok)
		return m;
	gc_image_free(m);
	return NULL;
}

/* An object that the session came to hold later may not exist yet: it is no root any more. */
static void restore_held(struct gc_heap *h, const struct gc_image *m)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->held.count; i++)
		for (size_t k = 0; k < m->nheld; k++)
			if (m->held[k].ref == h->held.data[i].ref) {
				h->held.data[kept++] = h->held.data[i];
				break;
			}
	h->held.count = kept;
}

static void restore_heap(struct gc_heap *h, const struct gc_image *m)
{
	uint32_t top = h->top;
	uint64_t touched = m->made ? m->touched : 0;

	heap_unpoison(h->base, h->touched);
	if (h->touched > touched)
		memset(h->base + touched, 0, h->touched - touched);
	h->touched = touched;
	heap_set_soft(h, m->made ? m->soft : MIN_LINES);
	h->top = m->made ? m->top : 1;
	h->small_at = m->made ? m->small_at : 1;
	h->run_at = m->made ? m->run_at : 1;
	h->live_lines = m->live_lines;
	h->roots = m->roots;
	h->stats = m->stats;
	image_restore(&m->objects, h->base);
	image_restore(&m->lines, h->lines);
	image_restore(&m->marks, h->marks);
	if (top > h->top) {
		memset(h->lines + h->top, 0, top - h->top);
		memset((char *)h->marks + marks_bytes(h->top), 0, marks_bytes(top) - marks_bytes(h->top));
	}
	numbers_set(h, m->numbered, m->nnumbered);
	restore_held(h, m);
}

void gc_image_restore(struct store *s, const struct gc_image *m)
{
	if (!s->heap)
		return;
	pthread_mutex_lock(&s->heap->lock);
	restore_heap(s->heap, m);
	pthread_mutex_unlock(&s->heap->lock);
}

void gc_image_free(struct gc_image *m)
{
	if (!m)
		return;
	image_free(&m->objects);
	image_free(&m->lines);
	image_free(&m->marks);
	free(m->numbered);
	free(m->held);
	free(m);
}

uint64_t gc_hash(const struct store *s, uint64_t h)
{
	const struct gc_heap *heap = s->heap;

	if (!heap)
		return h;
	heap_unpoison(heap->base, heap->touched);
	h = image_hash(h, heap->lines, heap->top);
	return image_hash(h, heap->base, (uint64_t)heap->top * LINE);
}
