/* Comparing two states; see state_diff.h. */
#include "debugger/state_diff.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/entity.h"
#include "engine/exn.h"
#include "engine/gc/gc.h"
#include "engine/gc/layout.h"
#include "engine/image.h"
#include "engine/stack.h"

enum { COMPARED_FRAMES = 400, HASHED_FRAMES = 4 };

/* References that stand for one another: an object of one store and its like in the other. */
struct pair {
	slot a, b;
};

struct comparison {
	struct ctx *a, *b;
	struct state_diff *d;
	VEC(struct pair) pairs;         /* in the order in which they were met */
	VEC(uint32_t) by_a, by_b;       /* 1 + index of a pair, by hash; sizes are powers of two */
};

/* ---- numbers --------------------------------------------------------------------------------- */

static bool is_nan32(uint32_t v)
{
	return (v & 0x7fffffff) > 0x7f800000;
}

static bool is_nan64(uint64_t v)
{
	return (v & INT64_MAX) > 0x7ff0000000000000;
}

/* Two halves of a vector, or bytes of a memory: whatever differs may be NaNs of f32 or f64. */
static bool same_lanes(uint64_t a, uint64_t b)
{
	if (a == b || (is_nan64(a) && is_nan64(b)))
		return true;
	for (int shift = 0; shift < 64; shift += 32) {
		uint32_t x = (uint32_t)(a >> shift), y = (uint32_t)(b >> shift);
		if (x != y && !(is_nan32(x) && is_nan32(y)))
			return false;
	}
	return true;
}

static bool same_number(struct value a, struct value b, bool nan_bits)
{
	if (a.lo == b.lo && a.hi == b.hi)
		return true;
	if (nan_bits)
		return false;
	if (a.type == VT_F32)
		return is_nan32((uint32_t)a.lo) && is_nan32((uint32_t)b.lo);
	if (a.type == VT_F64)
		return is_nan64(a.lo) && is_nan64(b.lo);
	return a.type == VT_V128 && same_lanes(a.lo, b.lo) && same_lanes(a.hi, b.hi);
}

/* ---- references ------------------------------------------------------------------------------ */

static uint32_t slot_hash(slot v)
{
	return (uint32_t)(v * 0x9e3779b97f4a7c15u >> 32);
}

/* Where V's pair stands, or the free place for it. */
static uint32_t *pair_place(struct comparison *k, bool second, slot v)
{
	uint32_t *table = second ? k->by_b.data : k->by_a.data;
	size_t mask = k->by_a.count - 1, i = slot_hash(v) & mask;

	while (table[i] && (second ? k->pairs.data[table[i] - 1].b : k->pairs.data[table[i] - 1].a) != v)
		i = (i + 1) & mask;
	return &table[i];
}

static bool pairs_grow(struct comparison *k)
{
	size_t n = k->by_a.count ? k->by_a.count * 2 : 64;

	if (k->pairs.count * 2 < k->by_a.count)
		return true;
	if (!vec_reserve(&k->by_a, n) || !vec_reserve(&k->by_b, n))
		return false;
	k->by_a.count = k->by_b.count = n;
	memset(k->by_a.data, 0, n * sizeof *k->by_a.data);
	memset(k->by_b.data, 0, n * sizeof *k->by_b.data);
	for (size_t i = 0; i < k->pairs.count; i++) {
		*pair_place(k, false, k->pairs.data[i].a) = (uint32_t)i + 1;
		*pair_place(k, true, k->pairs.data[i].b) = (uint32_t)i + 1;
	}
	return true;
}

/* They are to stand for one another; their contents are compared later. */
static bool same_object(struct comparison *k, slot a, slot b)
{
	const struct deftype *ta = gc_object_type(k->a->store, a), *tb = gc_object_type(k->b->store, b);

	if (!ta || !tb || ta->kind != tb->kind || gc_object_length(k->a->store, a) != gc_object_length(k->b->store, b))
		return false;
	if (!pairs_grow(k))
		return true;
	uint32_t *pa = pair_place(k, false, a), *pb = pair_place(k, true, b);
	if (*pa || *pb)
		return *pa == *pb;
	if (vec_push(&k->pairs, ((struct pair){ a, b })))
		*pa = *pb = (uint32_t)k->pairs.count;
	return true;
}

static bool same_value(struct comparison *k, struct value a, struct value b);

static bool same_exn(struct comparison *k, const struct exn *x, const struct exn *y)
{
	const struct deftype *t = x->tag->type;

	if (x->tag->number != y->tag->number || x->nslots != y->nslots)
		return false;
	for (uint32_t i = 0, s = 0; i < t->nparams; s += vt_slots(t->params[i]), i++) {
		bool wide = vt_slots(t->params[i]) == 2;
		if (!same_value(k, (struct value){ t->params[i], x->payload[s], wide ? x->payload[s + 1] : 0 },
				(struct value){ t->params[i], y->payload[s], wide ? y->payload[s + 1] : 0 }))
			return false;
	}
	return true;
}

static bool same_ref(struct comparison *k, struct value a, struct value b)
{
	if (!a.lo || !b.lo)
		return a.lo == b.lo;
	switch (field_mark(k->a->store->engine, a.type)) {
	case MARK_NOT:
		return ((const struct func *)(uintptr_t)a.lo)->number == ((const struct func *)(uintptr_t)b.lo)->number;
	case MARK_EXN:
		return same_exn(k, (const struct exn *)(uintptr_t)a.lo, (const struct exn *)(uintptr_t)b.lo);
	default:
		return gc_is_object(a.lo) && gc_is_object(b.lo) ? same_object(k, a.lo, b.lo) : a.lo == b.lo;
	}
}

static bool same_value(struct comparison *k, struct value a, struct value b)
{
	return vt_is_ref(a.type) ? same_ref(k, a, b) : same_number(a, b, k->d->nan_bits);
}

/* Numbers lie in objects as they lie in memories. */
static bool same_contents(struct comparison *k, struct pair p)
{
	uint32_t n = gc_object_length(k->a->store, p.a);
	struct value a, b;

	for (uint32_t i = 0; i < n; i++)
		if (gc_field_get(k->a->store, p.a, i, &a) && gc_field_get(k->b->store, p.b, i, &b) && !same_value(k, a, b))
			return false;
	return true;
}

/* ---- differences ----------------------------------------------------------------------------- */

void state_diff_add(struct state_diff *d, const struct difference *x)
{
	if (d->n < STATE_DIFFERENCES)
		d->list[d->n++] = *x;
	d->total++;
}

static struct value number(uint64_t v)
{
	return (struct value){ VT_I64, v, 0 };
}

static void count_differs(struct comparison *k, enum difference_kind kind, uint32_t frame, uint32_t index, uint64_t a, uint64_t b)
{
	if (a != b)
		state_diff_add(k->d, &(struct difference){ .kind = kind, .frame = frame, .index = index, .a = number(a), .b = number(b) });
}

/*
 * Compares, and the contents of all objects that this makes stand for one another; so it is known which place leads to an
 * object that differs.
 */
static void value_differs(struct comparison *k, struct difference x)
{
	size_t before = k->pairs.count;
	bool same = same_value(k, x.a, x.b);

	for (size_t i = before; same && i < k->pairs.count; i++)
		same = same_contents(k, k->pairs.data[i]);
	if (!same)
		state_diff_add(k->d, &x);
}

/* ---- frames ---------------------------------------------------------------------------------- */

static void operands_differ(struct comparison *k, const struct frame *fa, const struct frame *fb)
{
	struct arena arena = { 0 };
	struct err e = { 0 };
	struct value *a, *b;
	uint32_t na, nb;

	if (frame_stack(k->a, fa, &a, &na, &arena, &e) && frame_stack(k->b, fb, &b, &nb, &arena, &e)) {
		count_differs(k, DIFFER_OPERANDS, fa->level, 0, na, nb);
		for (uint32_t i = 0; i < na && i < nb; i++)
			value_differs(k, (struct difference){ .kind = DIFFER_OPERAND, .frame = fa->level, .index = i, .a = a[i], .b = b[i] });
	}
	arena_free(&arena);
}

/* An i32 whose slot has something in its upper half is a number of 64 bits to whoever reads the slot. */
static void whole_slots(const struct frame *fa, const struct frame *fb, struct difference *x)
{
	slot a = frame_local_slot(fa, x->index), b = frame_local_slot(fb, x->index);

	if (x->a.type == VT_I32 && (a | b) >> 32) {
		x->a = number(a);
		x->b = number(b);
	}
}

static void frames_differ(struct comparison *k, const struct frame *fa, const struct frame *fb)
{
	bool same = fa->host == fb->host && (fa->func ? fa->func->number : 0) == (fb->func ? fb->func->number : 0);

	if (!same || fa->offset != fb->offset) {
		state_diff_add(k->d, &(struct difference){ .kind = DIFFER_POSITION, .frame = fa->level, .a = number(fa->offset),
			.b = number(fb->offset) });
		return;
	}
	for (uint32_t i = 0, n = frame_local_count(fa); i < n; i++) {
		struct difference x = { .kind = DIFFER_LOCAL, .frame = fa->level, .index = i };
		if (!frame_local(k->a, fa, i, &x.a) || !frame_local(k->b, fb, i, &x.b))
			continue;
		whole_slots(fa, fb, &x);
		value_differs(k, x);
	}
	operands_differ(k, fa, fb);
}

static void stacks_differ(struct comparison *k)
{
	uint32_t na = frame_count(k->a), nb = frame_count(k->b);
	struct frame fa, fb;

	if (na != nb)
		count_differs(k, DIFFER_DEPTH, 0, 0, na, nb);
	for (uint32_t i = 0; na == nb && i < COMPARED_FRAMES && frame_at(k->a, i, &fa) && frame_at(k->b, i, &fb); i++)
		frames_differ(k, &fa, &fb);
}

/* ---- entities -------------------------------------------------------------------------------- */

static uint64_t bytes_at(const uint8_t *base, uint64_t at, uint32_t n)
{
	uint64_t v = 0;

	memcpy(&v, base + at, n);
	return v;
}

static void memories_differ(struct comparison *k, const struct memory *a, const struct memory *b)
{
	uint64_t size = a->size < b->size ? a->size : b->size;

	count_differs(k, DIFFER_MEMORY_SIZE, 0, a->number, a->pages, b->pages);
	for (uint64_t at = image_difference(a->base, b->base, size, 0); at < size;
			at = image_difference(a->base, b->base, size, at)) {
		uint64_t word = at & ~(uint64_t)7;
		uint32_t n = size - word < 8 ? (uint32_t)(size - word) : 8;
		uint64_t x = bytes_at(a->base, word, n), y = bytes_at(b->base, word, n);
		uint32_t first = (uint32_t)(at - word), last = n;
		at = word + n;
		if (!k->d->nan_bits && n == 8 && same_lanes(x, y))
			continue;
		while ((x >> (8 * (last - 1)) & 0xff) == (y >> (8 * (last - 1)) & 0xff))
			last--;
		state_diff_add(k->d, &(struct difference){ .kind = DIFFER_MEMORY, .index = a->number, .at = word + first, .size = last - first,
			.a = number(bytes_at(a->base, word + first, last - first)),
			.b = number(bytes_at(b->base, word + first, last - first)) });
	}
}

static void tables_differ(struct comparison *k, const struct table *a, const struct table *b)
{
	uint64_t n = a->size < b->size ? a->size : b->size;

	count_differs(k, DIFFER_TABLE_SIZE, 0, a->number, a->size, b->size);
	for (uint64_t i = 0; i < n; i++)
		value_differs(k, (struct difference){ .kind = DIFFER_TABLE, .index = a->number, .at = i,
			.a = { a->type, a->elems[i], 0 }, .b = { b->type, b->elems[i], 0 } });
}

static struct value global_value(const struct global *g)
{
	return (struct value){ g->type, g->value[0], vt_slots(g->type) == 2 ? g->value[1] : 0 };
}

static void segments_differ(struct comparison *k, const struct instance *a, const struct instance *b)
{
	for (uint32_t i = 0; a->data_sizes && b->data_sizes && i < a->module->ndatas; i++)
		count_differs(k, DIFFER_SEGMENT, 0, i, a->data_sizes[i], b->data_sizes[i]);
	for (uint32_t i = 0; a->elem_counts && b->elem_counts && i < a->module->nelems; i++)
		count_differs(k, DIFFER_SEGMENT, 0, i, a->elem_counts[i], b->elem_counts[i]);
}

static void entities_differ(struct comparison *k)
{
	const struct store *a = k->a->store, *b = k->b->store;

	if (a->memories.count != b->memories.count || a->tables.count != b->tables.count || a->globals.count != b->globals.count ||
			a->instances.count != b->instances.count) {
		state_diff_add(k->d, &(struct difference){ .kind = DIFFER_ENTITIES });
		return;
	}
	for (size_t i = 0; i < a->globals.count; i++)
		value_differs(k, (struct difference){ .kind = DIFFER_GLOBAL, .index = a->globals.data[i]->number,
			.a = global_value(a->globals.data[i]), .b = global_value(b->globals.data[i]) });
	for (size_t i = 0; i < a->memories.count; i++)
		memories_differ(k, a->memories.data[i], b->memories.data[i]);
	for (size_t i = 0; i < a->tables.count; i++)
		tables_differ(k, a->tables.data[i], b->tables.data[i]);
	for (size_t i = 0; i < a->instances.count; i++)
		if (a->instances.data[i]->module->ndatas == b->instances.data[i]->module->ndatas &&
				a->instances.data[i]->module->nelems == b->instances.data[i]->module->nelems)
			segments_differ(k, a->instances.data[i], b->instances.data[i]);
}

static void comparison_free(struct comparison *k)
{
	vec_free(&k->pairs);
	vec_free(&k->by_a);
	vec_free(&k->by_b);
}

bool state_compare(struct ctx *a, struct ctx *b, struct state_diff *d)
{
	struct comparison k = { .a = a, .b = b, .d = d };

	d->n = 0;
	d->total = 0;
	if (!d->thrown)
		stacks_differ(&k);
	else if (a->exception && b->exception && !same_exn(&k, a->exception, b->exception))
		state_diff_add(d, &(struct difference){ .kind = DIFFER_EXCEPTION });
	entities_differ(&k);
	comparison_free(&k);
	return d->total == 0;
}

bool state_same_value(const struct ctx *a, const struct ctx *b, struct value va, struct value vb, bool nan_bits)
{
	struct state_diff d = { .nan_bits = nan_bits };
	struct comparison k = { .a = (struct ctx *)(uintptr_t)a, .b = (struct ctx *)(uintptr_t)b, .d = &d };

	value_differs(&k, (struct difference){ .kind = DIFFER_RESULT, .a = va, .b = vb });
	comparison_free(&k);
	return d.total == 0;
}

/* ---- one state ------------------------------------------------------------------------------- */

static bool operand_value(struct ctx *c, const struct frame *f, uint32_t index, struct value *out)
{
	struct arena a = { 0 };
	struct err e = { 0 };
	struct value *v;
	uint32_t n;
	bool ok = frame_stack(c, f, &v, &n, &a, &e) && index < n;

	if (ok)
		*out = v[index];
	arena_free(&a);
	return ok;
}

bool state_value(struct ctx *c, const struct difference *x, struct value *out)
{
	const struct store *s = c->store;
	struct frame f;

	switch (x->kind) {
	case DIFFER_LOCAL:
		return frame_at(c, x->frame, &f) && frame_local(c, &f, x->index, out);
	case DIFFER_OPERAND:
		return frame_at(c, x->frame, &f) && operand_value(c, &f, x->index, out);
	case DIFFER_GLOBAL:
		if (x->index > s->globals.count)
			return false;
		*out = global_value(s->globals.data[x->index - 1]);
		return true;
	case DIFFER_MEMORY:
		if (x->index > s->memories.count || x->at + x->size > s->memories.data[x->index - 1]->size)
			return false;
		*out = number(bytes_at(s->memories.data[x->index - 1]->base, x->at, x->size));
		return true;
	case DIFFER_TABLE:
		if (x->index > s->tables.count || x->at >= s->tables.data[x->index - 1]->size)
			return false;
		*out = (struct value){ s->tables.data[x->index - 1]->type, s->tables.data[x->index - 1]->elems[x->at], 0 };
		return true;
	default:
		return false;
	}
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	return image_hash(h, &v, sizeof v);
}

/* Objects by their shape: what is in them is compared when a call ends. */
static uint64_t hash_ref(const struct ctx *c, valtype t, slot v)
{
	const struct deftype *type;

	if (!v)
		return 0;
	switch (field_mark(c->store->engine, t)) {
	case MARK_NOT:
		return ((const struct func *)(uintptr_t)v)->number;
	case MARK_EXN:
		return ((const struct exn *)(uintptr_t)v)->tag->number;
	default:
		type = gc_object_type(c->store, v);
		return type ? (uint64_t)type->kind << 32 | gc_object_length(c->store, v) : v;
	}
}

static uint64_t hash_value(const struct ctx *c, uint64_t h, struct value v)
{
	if (vt_is_ref(v.type))
		return mix(h, hash_ref(c, v.type, v.lo));
	if ((v.type == VT_F32 && is_nan32((uint32_t)v.lo)) || (v.type == VT_F64 && is_nan64(v.lo)))
		return mix(h, 1);
	return mix(mix(h, v.lo), v.hi);
}

static uint64_t hash_frame(struct ctx *c, uint64_t h, const struct frame *f)
{
	struct arena a = { 0 };
	struct err e = { 0 };
	struct value *v, local;
	uint32_t n = frame_local_count(f);

	h = mix(mix(h, f->func ? f->func->number : 0), f->offset);
	for (uint32_t i = 0; i < n; i++)
		if (frame_local(c, f, i, &local))
			h = hash_value(c, h, local);
	if (frame_stack(c, f, &v, &n, &a, &e))
		for (uint32_t i = 0; i < n; i++)
			h = hash_value(c, h, v[i]);
	arena_free(&a);
	return h;
}

uint64_t state_hash(struct ctx *c)
{
	const struct store *s = c->store;
	uint64_t h = 0;
	struct frame f;

	for (uint32_t i = 0; i < HASHED_FRAMES && frame_at(c, i, &f); i++)
		h = hash_frame(c, h, &f);
	for (size_t i = 0; i < s->globals.count; i++)
		h = hash_value(c, h, global_value(s->globals.data[i]));
	for (size_t i = 0; i < s->memories.count; i++)
		h = image_digest(h, s->memories.data[i]->base, s->memories.data[i]->size);
	for (size_t i = 0; i < s->tables.count; i++) {
		const struct table *t = s->tables.data[i];
		for (uint64_t k = 0; k < t->size; k++)
			h = hash_value(c, h, (struct value){ t->type, t->elems[k], 0 });
	}
	return h;
}
