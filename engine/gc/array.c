/* The array instructions. Operands and results are in the window W; see slow_fn in engine/regir/interp.h. */
#include "engine/gc/heap.h"
#include "engine/regir/interp.h"

/* ---- an array at hand ------------------------------------------------------------------------ */

struct array {
	char *elems;
	uint32_t length;
	unsigned log2;          /* of an element's size */
};

/* The array REF, seen as one of TYPE: not null, so its type has a layout. */
static inline struct array array_at(const struct ctx *c, slot ref, int32_t type)
{
	const struct gc_heap *h = c->store->heap;
	const struct gc_field *f = layout_of(&h->layouts, (uint32_t)type)->fields;

	return (struct array){ object_at(h, ref) + f->at, object_head(h, ref)->length, f->log2 };
}

static inline char *elem_at(const struct array *a, uint32_t i)
{
	return a->elems + ((size_t)i << a->log2);
}

static bool in_bounds(uint64_t size, uint64_t at, uint64_t n)
{
	return n <= size && at <= size - n;
}

static void fill_piece(const struct array *a, uint32_t i, const slot *v, uint32_t n)
{
	if (a->log2 == 0) {
		memset(elem_at(a, i), (uint8_t)v[0], n);
		return;
	}
	for (char *p = elem_at(a, i); n; n--, p += (size_t)1 << a->log2)
		field_write(p, a->log2, v);
}

enum { PIECE = 1 << 18 };       /* elements between two looks at whether the guest has to end */

/* N elements from I on become V; TRAP_COUNT when the guest has to end meanwhile. */
static enum trap array_fill(const struct ctx *c, const struct array *a, uint32_t i, const slot *v, uint32_t n)
{
	for (uint32_t done = 0; done < n; done += PIECE) {
		if (done && interp_must_end(c))
			return TRAP_COUNT;
		fill_piece(a, i + done, v, n - done < PIECE ? n - done : PIECE);
	}
	return TRAP_NONE;
}

/* References from slots. */
static void array_put_refs(const struct array *a, uint32_t i, const slot *v, uint32_t n)
{
	for (uint32_t k = 0; k < n; k++)
		field_store(elem_at(a, i + k), a->log2, v[k]);
}

/* A new array whose elements are still to be written. */
static enum trap array_make(struct ctx *c, int32_t type, uint32_t length, slot *ref, struct array *out)
{
	struct gc_heap *h = heap_of(c->store);
	const struct gc_layout *y = h ? heap_layout(h, (uint32_t)type) : NULL;
	uint64_t bytes = y ? array_bytes(y, length) : 0;
	uint32_t at = y ? heap_alloc(c, h, (uint32_t)type, length, bytes) : 0;

	if (!at)
		return heap_trap(h, bytes);
	*ref = at;
	*out = array_at(c, at, type);
	return TRAP_NONE;
}

/* ---- making ---------------------------------------------------------------------------------- */

static unsigned value_slots(const struct ctx *c, int32_t type)
{
	return vt_slots(engine_type(c->store->engine, (uint32_t)type)->fields[0].type);
}

enum trap slow_array_new(struct ctx *c, slot *w, int32_t b, int32_t type, int32_t x, const void *ext)
{
	uint32_t n = (uint32_t)w[value_slots(c, type)];
	struct array a;
	slot ref;

	(void)b, (void)x, (void)ext;
	enum trap t = array_make(c, type, n, &ref, &a);
	if (t != TRAP_NONE)
		return t;
	t = array_fill(c, &a, 0, w, n);
	if (t == TRAP_NONE)
		w[0] = ref;
	return t;
}

enum trap slow_array_new_default(struct ctx *c, slot *w, int32_t b, int32_t type, int32_t x, const void *ext)
{
	(void)b, (void)x, (void)ext;
	return gc_array_new(c, (uint32_t)type, (uint32_t)w[0], w);
}

enum trap slow_array_new_fixed(struct ctx *c, slot *w, int32_t b, int32_t type, int32_t n, const void *ext)
{
	struct array a;
	slot ref;

	(void)b, (void)ext;
	enum trap t = array_make(c, type, (uint32_t)n, &ref, &a);
	if (t != TRAP_NONE)
		return t;
	const slot *v = w;
	for (uint32_t i = 0; i < (uint32_t)n; i++, v += field_nslots(a.log2))
		field_write(elem_at(&a, i), a.log2, v);
	w[0] = ref;
	return TRAP_NONE;
}

static const uint8_t *data_bytes(const struct ctx *c, int32_t data)
{
	const struct module *m = c->inst->module;

	return m->bytes + m->datas[data].start;
}

/* Element size before an array exists. */
static unsigned type_log2(const struct ctx *c, int32_t type)
{
	return field_log2(c->store->engine, engine_type(c->store->engine, (uint32_t)type)->fields[0].type);
}

enum trap slow_array_new_data(struct ctx *c, slot *w, int32_t b, int32_t type, int32_t data, const void *ext)
{
	uint32_t from = (uint32_t)w[0], n = (uint32_t)w[1];
	uint64_t bytes = (uint64_t)n << type_log2(c, type);
	struct array a;
	slot ref;

	(void)b, (void)ext;
	if (!in_bounds(c->inst->data_sizes[data], from, bytes))
		return TRAP_MEMORY_BOUNDS;
	enum trap t = array_make(c, type, n, &ref, &a);
	if (t != TRAP_NONE)
		return t;
	if (n)
		memcpy(a.elems, data_bytes(c, data) + from, bytes);
	w[0] = ref;
	return TRAP_NONE;
}

enum trap slow_array_new_elem(struct ctx *c, slot *w, int32_t b, int32_t type, int32_t elem, const void *ext)
{
	uint32_t from = (uint32_t)w[0], n = (uint32_t)w[1];
	struct array a;
	slot ref;

	(void)b, (void)ext;
	if (!in_bounds(c->inst->elem_counts[elem], from, n))
		return TRAP_TABLE_BOUNDS;
	enum trap t = array_make(c, type, n, &ref, &a);
	if (t != TRAP_NONE)
		return t;
	if (n)
		array_put_refs(&a, 0, c->inst->elem_values[elem] + from, n);
	w[0] = ref;
	return TRAP_NONE;
}

/* ---- single elements ------------------------------------------------------------------------- */

enum trap slow_array_len(struct ctx *c, slot *w, int32_t b, int32_t x, int32_t y, const void *ext)
{
	(void)b, (void)x, (void)y, (void)ext;
	if (w[0] == 0)
		return TRAP_NULL_ARRAY;
	w[0] = object_head(c->store->heap, w[0])->length;
	return TRAP_NONE;
}

enum trap slow_array_get(struct ctx *c, slot *w, int32_t b, int32_t type, int32_t x, const void *ext)
{
	uint32_t i = (uint32_t)w[1];

	(void)b, (void)x, (void)ext;
	if (w[0] == 0)
		return TRAP_NULL_ARRAY;
	struct array a = array_at(c, w[0], type);
	if (i >= a.length)
		return TRAP_ARRAY_BOUNDS;
	field_read(elem_at(&a, i), a.log2, w);
	return TRAP_NONE;
}

enum trap slow_array_get_s(struct ctx *c, slot *w, int32_t b, int32_t type, int32_t x, const void *ext)
{
	uint32_t i = (uint32_t)w[1];

	(void)b, (void)x, (void)ext;
	if (w[0] == 0)
		return TRAP_NULL_ARRAY;
	struct array a = array_at(c, w[0], type);
	if (i >= a.length)
		return TRAP_ARRAY_BOUNDS;
	w[0] = field_extend(field_load(elem_at(&a, i), a.log2), a.log2);
	return TRAP_NONE;
}

enum trap slow_array_set(struct ctx *c, slot *w, int32_t b, int32_t type, int32_t x, const void *ext)
{
	uint32_t i = (uint32_t)w[1];

	(void)b, (void)x, (void)ext;
	if (w[0] == 0)
		return TRAP_NULL_ARRAY;
	struct array a = array_at(c, w[0], type);
	if (i >= a.length)
		return TRAP_ARRAY_BOUNDS;
	field_write(elem_at(&a, i), a.log2, w + 2);
	return TRAP_NONE;
}

/* ---- many elements --------------------------------------------------------------------------- */

enum trap slow_array_fill(struct ctx *c, slot *w, int32_t b, int32_t type, int32_t x, const void *ext)
{
	(void)b, (void)x, (void)ext;
	if (w[0] == 0)
		return TRAP_NULL_ARRAY;
	struct array a = array_at(c, w[0], type);
	uint32_t i = (uint32_t)w[1], n = (uint32_t)w[2 + field_nslots(a.log2)];
	if (!in_bounds(a.length, i, n))
		return TRAP_ARRAY_BOUNDS;
	return array_fill(c, &a, i, w + 2, n);
}

/* Elements of different size are references of 4 and 8 bytes: such arrays have different types, so they are not one. */
static void copy_elems(const struct array *to, uint32_t d, const struct array *from, uint32_t s, uint32_t n)
{
	if (to->log2 == from->log2) {
		memmove(elem_at(to, d), elem_at(from, s), (size_t)n << to->log2);
		return;
	}
	for (uint32_t k = 0; k < n; k++)
		field_store(elem_at(to, d + k), to->log2, field_load(elem_at(from, s + k), from->log2));
}

enum trap slow_array_copy(struct ctx *c, slot *w, int32_t b, int32_t to_type, int32_t from_type, const void *ext)
{
	uint32_t d = (uint32_t)w[1], s = (uint32_t)w[3], n = (uint32_t)w[4];

	(void)b, (void)ext;
	if (w[0] == 0 || w[2] == 0)
		return TRAP_NULL_ARRAY;
	struct array to = array_at(c, w[0], to_type), from = array_at(c, w[2], from_type);
	if (!in_bounds(to.length, d, n) || !in_bounds(from.length, s, n))
		return TRAP_ARRAY_BOUNDS;
	/* from the end when what is still to be read would be overwritten */
	bool backwards = w[0] == w[2] && d > s;
	for (uint32_t done = 0, k; done < n; done += k) {
		if (done && interp_must_end(c))
			return TRAP_COUNT;
		k = n - done < PIECE ? n - done : PIECE;
		uint32_t at = backwards ? n - done - k : done;
		copy_elems(&to, d + at, &from, s + at, k);
	}
	return TRAP_NONE;
}

enum trap slow_array_init_data(struct ctx *c, slot *w, int32_t b, int32_t type, int32_t data, const void *ext)
{
	uint32_t d = (uint32_t)w[1], s = (uint32_t)w[2], n = (uint32_t)w[3];

	(void)b, (void)ext;
	if (w[0] == 0)
		return TRAP_NULL_ARRAY;
	struct array a = array_at(c, w[0], type);
	uint64_t bytes = (uint64_t)n << a.log2;
	if (!in_bounds(a.length, d, n))
		return TRAP_ARRAY_BOUNDS;
	if (!in_bounds(c->inst->data_sizes[data], s, bytes))
		return TRAP_MEMORY_BOUNDS;
	if (n)
		memcpy(elem_at(&a, d), data_bytes(c, data) + s, bytes);
	return TRAP_NONE;
}

enum trap slow_array_init_elem(struct ctx *c, slot *w, int32_t b, int32_t type, int32_t elem, const void *ext)
{
	uint32_t d = (uint32_t)w[1], s = (uint32_t)w[2], n = (uint32_t)w[3];

	(void)b, (void)ext;
	if (w[0] == 0)
		return TRAP_NULL_ARRAY;
	struct array a = array_at(c, w[0], type);
	if (!in_bounds(a.length, d, n))
		return TRAP_ARRAY_BOUNDS;
	if (!in_bounds(c->inst->elem_counts[elem], s, n))
		return TRAP_TABLE_BOUNDS;
	if (n)
		array_put_refs(&a, d, c->inst->elem_values[elem] + s, n);
	return TRAP_NONE;
}
