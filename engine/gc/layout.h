/*
 * How objects lie in the heap.
 *
 *     struct   { type id, 0      } fields …                       each aligned to its size, at most to 8
 *     array    { type id, length } elements …
 *
 * Sizes of fields: i8 1, i16 2, i32 and f32 4, i64 and f64 8, v128 16. References to what can only be an object or an
 * i31 take 4 bytes. `any` and `extern` may be a host's value, which has 63 bits, and functions and exceptions are
 * pointers: these take 8. A field that a subtype refines keeps the place and size that it has in the supertype, so an
 * access through a supertype needs to know nothing else. A type alone says all this: compiled code knows it before any object is
 * made.
 */
#ifndef ENGINE_GC_LAYOUT_H
#define ENGINE_GC_LAYOUT_H

#include <stdatomic.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/value.h"

enum gc_mark { MARK_NOT, MARK_REF32, MARK_REF64, MARK_EXN };

struct gc_field {
	uint32_t at;            /* byte offset from the object */
	uint8_t log2;           /* of its size */
	uint8_t mark;           /* what the collector finds there, enum gc_mark */
};

struct gc_layout {
	const struct deftype *type;
	bool array;
	uint32_t size;          /* of a struct, header included */
	uint32_t nfields;       /* arrays: one, the first element */
	uint32_t nrefs;         /* fields that the collector follows */
	const struct gc_field *fields, *refs;
};

/* What comes first in an object. */
struct gc_object {
	uint32_t type;
	uint32_t length;        /* of an array */
};

enum { OBJECT_ALIGN = 8, LAYOUT_CHUNK_LOG2 = 9, LAYOUT_CHUNK = 1 << LAYOUT_CHUNK_LOG2, LAYOUT_CHUNKS = 1 << 13 };

/* Layouts by type id: filled under a lock, read without. */
struct gc_layouts {
	struct arena arena;
	_Atomic(const struct gc_layout *) *none;        /* an empty chunk that stands for all that are not there */
	_Atomic(const struct gc_layout *) *chunks[LAYOUT_CHUNKS];
};

bool layouts_init(struct gc_layouts *l);
void layouts_free(struct gc_layouts *l);
/* The layout of a type and its supertypes; NULL: out of memory. The caller holds the lock. */
const struct gc_layout *layout_make(struct gc_layouts *l, const struct engine *en, uint32_t id);

/*
 * Where the fields of a struct type lie, or the first element of an array type: what its layout will say. FIELDS has room for them.
 * The size of a struct.
 */
uint32_t layout_fields(const struct engine *en, const struct deftype *t, struct gc_field *fields);

/* NULL: not made yet. */
static inline const struct gc_layout *layout_of(const struct gc_layouts *l, uint32_t id)
{
	_Atomic(const struct gc_layout *) *chunk = __atomic_load_n(&l->chunks[id >> LAYOUT_CHUNK_LOG2], __ATOMIC_ACQUIRE);

	return atomic_load_explicit(&chunk[id & (LAYOUT_CHUNK - 1)], memory_order_acquire);
}

/* Bytes of a value as a field: 1 << this. */
unsigned field_log2(const struct engine *en, valtype t);
enum gc_mark field_mark(const struct engine *en, valtype t);

/* A scalar in the heap to a slot and back. */
static inline slot field_load(const char *p, unsigned log2)
{
	uint8_t v1;
	uint16_t v2;
	uint32_t v4;
	uint64_t v8;

	switch (log2) {
	case 0:
		memcpy(&v1, p, 1);
		return v1;
	case 1:
		memcpy(&v2, p, 2);
		return v2;
	case 2:
		memcpy(&v4, p, 4);
		return v4;
	default:
		memcpy(&v8, p, 8);
		return v8;
	}
}

static inline void field_store(char *p, unsigned log2, slot v)
{
	switch (log2) {
	case 0:
		*(uint8_t *)p = (uint8_t)v;
		return;
	case 1:
		memcpy(p, &v, 2);
		return;
	case 2:
		memcpy(p, &v, 4);
		return;
	default:
		memcpy(p, &v, 8);
	}
}

/* The same for any field; v128 takes two slots. */
static inline void field_read(const char *p, unsigned log2, slot *w)
{
	if (log2 == 4)
		memcpy(w, p, 16);
	else
		w[0] = field_load(p, log2);
}

static inline void field_write(char *p, unsigned log2, const slot *w)
{
	if (log2 == 4)
		memcpy(p, w, 16);
	else
		field_store(p, log2, w[0]);
}

/* A packed field sign-extended to i32, as a slot. */
static inline slot field_extend(slot v, unsigned log2)
{
	return (uint32_t)(log2 == 0 ? (int32_t)(int8_t)v : (int32_t)(int16_t)v);
}

static inline unsigned field_nslots(unsigned log2)
{
	return log2 == 4 ? 2 : 1;
}

#endif
