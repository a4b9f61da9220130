/* Making and reading objects from C: constant expressions, the prompt, tests. */
#include "engine/gc/heap.h"
#include "engine/regir/interp.h"

enum trap gc_struct_new(struct ctx *c, uint32_t type, slot *ref)
{
	struct gc_heap *h = heap_of(c->store);
	const struct gc_layout *y = h ? heap_layout(h, type) : NULL;
	uint32_t at = y ? heap_alloc(c, h, type, 0, y->size) : 0;

	if (!at)
		return TRAP_HEAP;
	memset(object_at(h, at) + sizeof(struct gc_object), 0, y->size - sizeof(struct gc_object));
	*ref = at;
	return TRAP_NONE;
}

/* Zeros, in pieces: TRAP_COUNT when the guest has to end meanwhile. Nothing refers to the object yet. */
static enum trap clear(const struct ctx *c, char *p, uint64_t bytes)
{
	enum { PIECE = 1 << 20 };

	for (uint64_t done = 0; done < bytes; done += PIECE) {
		if (done && interp_must_end(c))
			return TRAP_COUNT;
		memset(p + done, 0, bytes - done < PIECE ? bytes - done : PIECE);
	}
	return TRAP_NONE;
}

enum trap gc_array_new(struct ctx *c, uint32_t type, uint32_t length, slot *ref)
{
	struct gc_heap *h = heap_of(c->store);
	const struct gc_layout *y = h ? heap_layout(h, type) : NULL;
	uint64_t bytes = y ? array_bytes(y, length) : 0;
	uint32_t at = y ? heap_alloc(c, h, type, length, bytes) : 0;

	if (!at)
		return heap_trap(h, bytes);
	enum trap t = clear(c, (char *)object_at(h, at) + sizeof(struct gc_object), bytes - sizeof(struct gc_object));
	if (t == TRAP_NONE)
		*ref = at;
	return t;
}

/* A debugger may ask of a value that it saw before: the object may be gone, or not be made yet in the past. */
const struct deftype *gc_object_type(const struct store *s, slot ref)
{
	if (!gc_is_object(ref) || !s->heap)
		return NULL;
	uint32_t id = object_head(s->heap, ref)->type;
	const struct gc_layout *y = id >> LAYOUT_CHUNK_LOG2 < LAYOUT_CHUNKS ? object_layout(s->heap, ref) : NULL;
	return y ? y->type : NULL;
}

uint64_t gc_object_bytes(const struct store *s, slot ref)
{
	return gc_is_object(ref) && s->heap ? object_bytes(object_layout(s->heap, ref), object_head(s->heap, ref)) : 0;
}

uint32_t gc_object_length(const struct store *s, slot ref)
{
	const struct deftype *t = gc_object_type(s, ref);

	if (!t)
		return 0;
	return t->kind == TYPE_ARRAY ? object_head(s->heap, ref)->length : t->nfields;
}

uint32_t gc_array_len(const struct store *s, slot ref)
{
	const struct deftype *t = gc_object_type(s, ref);

	return t && t->kind == TYPE_ARRAY ? object_head(s->heap, ref)->length : 0;
}

/* Place and declared type of a field or element. */
static char *field_at(const struct store *s, slot ref, uint32_t index, unsigned *log2, valtype *type)
{
	if (index >= gc_object_length(s, ref))
		return NULL;
	const struct gc_layout *y = object_layout(s->heap, ref);
	const struct gc_field *f = &y->fields[y->array ? 0 : index];
	*log2 = f->log2;
	*type = y->type->fields[y->array ? 0 : index].type;
	return object_at(s->heap, ref) + f->at + (y->array ? (size_t)index << f->log2 : 0);
}

static valtype unpacked(valtype t)
{
	return vt_kind(t) == VT_I8 || vt_kind(t) == VT_I16 ? VT_I32 : t;
}

bool gc_field_get(const struct store *s, slot ref, uint32_t index, struct value *out)
{
	slot w[2] = { 0, 0 };
	unsigned log2;
	valtype t;
	const char *p = field_at(s, ref, index, &log2, &t);

	if (!p)
		return false;
	field_read(p, log2, w);
	*out = (struct value){ unpacked(t), w[0], w[1] };
	return true;
}

bool gc_field_set(struct store *s, slot ref, uint32_t index, struct value v)
{
	slot w[2] = { v.lo, v.hi };
	unsigned log2;
	valtype t;
	char *p = field_at(s, ref, index, &log2, &t);

	if (!p || !valtype_sub(s->engine, v.type, unpacked(t)))
		return false;
	field_write(p, log2, w);
	return true;
}
