/*
 * The inside of the heap: shared by the files of engine/gc, nobody else's business.
 *
 * One range of address space, divided into lines of 256 bytes. An object takes the bytes that it needs, also across
 * lines. A map says which lines are in use. Allocating means: take a run of free lines, fill it with objects by moving
 * a pointer; each context has such a run of its own, so this needs no lock (compiled code does it itself:
 * jit/base/lower_gc.inc). A collection marks the objects that are
 * reachable in a bit map (one bit for 8 bytes) and afterwards uses exactly the lines that hold marked objects. Nothing
 * moves, and the dead are never visited.
 *
 *     base                                    soft          top             limit
 *     |##|x..x|....|xxx.|....|....|....|....|...|x...|....|----------------|
 *      0   ^ lines with live objects, free ones     ^ above soft only live   not yet used
 *                                                     objects, no new ones
 *
 * `soft` is where the next collection happens: at least MIN_LINES, and twice what the last collection found alive.
 */
#ifndef ENGINE_GC_HEAP_H
#define ENGINE_GC_HEAP_H

#include <pthread.h>

#include "engine/ctx.h"
#include "engine/gc/gc.h"
#include "engine/gc/layout.h"

enum {
	LINE_LOG2 = 8, LINE = 1 << LINE_LOG2,
	MIN_LINES = (4 << 20) / LINE,           /* what a heap has at least before it collects */
	RUN_LINES = (32 << 10) / LINE,          /* the most that a context gets at once */
	COMMIT_STEP = 1 << 20,
};

struct root_maps;
struct numbers;

/* An object that the session keeps, and how often. */
struct gc_held {
	uint32_t ref, count;
};

struct gc_heap {
	struct store *store;
	pthread_mutex_t lock;           /* everything but the contexts' own runs */
	struct gc_layouts layouts;
	char *base;
	uint64_t reserved, committed;   /* bytes from base: of address space; that may be accessed */
	uint64_t touched;               /* bytes from base that may hold pages */
	uint32_t limit, soft, top;      /* lines: at most; before the next collection; above it nothing was ever used */
	uint32_t small_at, run_at;      /* where to look for the next free line, and for the next free run */
	uint8_t *lines;                 /* 1: in use */
	uint64_t *marks;                /* bit i: a live object begins at 8 * i */
	/* collecting */
	VEC(uint32_t) gray;             /* marked objects whose fields were not looked at */
	bool overflow;                  /* some did not fit there */
	bool failed;                    /* no memory to find all roots: nothing is freed */
	struct exn *gray_exns;
	uint32_t live_lines;
	uint64_t roots;                 /* looked at */
	struct gc_stats stats;
	/* roots */
	struct root_maps *maps;
	VEC(struct gc_held) held;
	struct numbers *numbers;
};

static inline char *object_at(const struct gc_heap *h, slot ref)
{
	return h->base + (uint32_t)ref;
}

static inline struct gc_object *object_head(const struct gc_heap *h, slot ref)
{
	return (struct gc_object *)(void *)object_at(h, ref);
}

static inline const struct gc_layout *object_layout(const struct gc_heap *h, slot ref)
{
	return layout_of(&h->layouts, object_head(h, ref)->type);
}

static inline uint64_t object_align(uint64_t bytes)
{
	return (bytes + OBJECT_ALIGN - 1) & ~(uint64_t)(OBJECT_ALIGN - 1);
}

static inline uint64_t array_bytes(const struct gc_layout *y, uint32_t length)
{
	return object_align(y->fields[0].at + ((uint64_t)length << y->fields[0].log2));
}

static inline uint64_t object_bytes(const struct gc_layout *y, const struct gc_object *o)
{
	return y->array ? array_bytes(y, o->length) : y->size;
}

/* heap.c. The heap of a store and the layout of a type, made if need be; NULL: out of memory. */
struct gc_heap *heap_make(struct store *s);
const struct gc_layout *heap_layout_make(struct gc_heap *h, uint32_t type);

static inline struct gc_heap *heap_of(struct store *s)
{
	struct gc_heap *h = __atomic_load_n(&s->heap, __ATOMIC_ACQUIRE);

	return __builtin_expect(h != NULL, 1) ? h : heap_make(s);
}

static inline const struct gc_layout *heap_layout(struct gc_heap *h, uint32_t type)
{
	const struct gc_layout *y = layout_of(&h->layouts, type);

	return __builtin_expect(y != NULL, 1) ? y : heap_layout_make(h, type);
}

/* Let lines up to SOFT be used, as far as limit and memory allow. */
void heap_set_soft(struct gc_heap *h, uint64_t soft);
/* After lines were marked anew: allocating begins at the bottom, and pages above are given back. */
void heap_restart(struct gc_heap *h);

/*
 * Room for an object of BYTES (aligned), whose header is written; the fields are anything. 0: the heap is full. What the
 * caller holds must be in roots: it may collect.
 */
uint32_t heap_alloc_slow(struct ctx *c, uint32_t type, uint32_t length, uint64_t bytes);

static inline uint32_t heap_alloc(struct ctx *c, struct gc_heap *h, uint32_t type, uint32_t length, uint64_t bytes)
{
	uint32_t at = c->gc_at;

	if (__builtin_expect(bytes > c->gc_end - at, 0))
		return heap_alloc_slow(c, type, length, bytes);
	c->gc_at = at + (uint32_t)bytes;
	*object_head(h, at) = (struct gc_object){ type, length };
	return at;
}

/* Why an allocation of BYTES gave 0; H may be NULL. */
static inline enum trap heap_trap(const struct gc_heap *h, uint64_t bytes)
{
	return h && bytes > (uint64_t)(h->limit - 1) * LINE ? TRAP_ALLOC_SIZE : TRAP_HEAP;
}

/* collect.c: stop the world, mark what is reachable, free the rest. The lock, which nobody may hold before, is held after. */
void heap_collect_lock(struct gc_heap *h, struct ctx *c);

/* mark.c */
void mark_object(struct gc_heap *h, uint32_t ref);
void mark_exn(struct gc_heap *h, struct exn *x);
void mark_rest(struct gc_heap *h);      /* everything reachable from what was marked */

static inline bool object_marked(const struct gc_heap *h, uint32_t ref)
{
	return h->marks[ref >> 9] >> (ref >> 3 & 63) & 1;
}

static inline void mark_slot(struct gc_heap *h, slot v, enum gc_mark mark)
{
	h->roots++;
	if (mark == MARK_EXN && v)
		mark_exn(h, (struct exn *)(uintptr_t)v);
	else if ((mark == MARK_REF32 || mark == MARK_REF64) && gc_is_object(v))
		mark_object(h, (uint32_t)v);
}

/* roots.c: the frames of a context. root_maps.c: where a frame has references. */
void mark_frames(struct gc_heap *h, const struct ctx *c);
void mark_typed(struct gc_heap *h, valtype t, slot v);

/* inspect.c */
void numbers_sweep(struct gc_heap *h);  /* forget objects that are not marked */
void numbers_free(struct gc_heap *h);
/* All objects with numbers, [number - 1], for the caller to free(); false: out of memory. And these again. */
bool numbers_list(const struct gc_heap *h, uint32_t **out, size_t *n);
void numbers_set(struct gc_heap *h, const uint32_t *objects, size_t n);

#endif
