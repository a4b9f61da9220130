/* Layouts of object types; see layout.h. */
#include "engine/gc/layout.h"

bool layouts_init(struct gc_layouts *l)
{
	l->none = arena_array(&l->arena, LAYOUT_CHUNK, sizeof *l->none);
	for (uint32_t i = 0; i < LAYOUT_CHUNKS; i++)
		l->chunks[i] = l->none;
	return l->none != NULL;
}

void layouts_free(struct gc_layouts *l)
{
	arena_free(&l->arena);
}

enum gc_mark field_mark(const struct engine *en, valtype t)
{
	if (!vt_is_ref(t))
		return MARK_NOT;
	switch (heap_top(en, vt_heap(t))) {
	case HEAP_FUNC:
		return MARK_NOT;
	case HEAP_EXN:
		return MARK_EXN;
	case HEAP_EXTERN:
		return MARK_REF64;
	default:
		return vt_heap(t) == HEAP_ANY ? MARK_REF64 : MARK_REF32;
	}
}

unsigned field_log2(const struct engine *en, valtype t)
{
	switch (vt_kind(t)) {
	case VT_I8:
		return 0;
	case VT_I16:
		return 1;
	case VT_I32: case VT_F32:
		return 2;
	case VT_V128:
		return 4;
	case VT_REF:
		return field_mark(en, t) == MARK_REF32 ? 2 : 3;
	default:
		return 3;
	}
}

static uint32_t align_up(uint32_t at, uint32_t to)
{
	return (at + to - 1) & ~(to - 1);
}

static struct gc_field place_field(const struct engine *en, valtype t, uint32_t *end)
{
	struct gc_field f = { .log2 = (uint8_t)field_log2(en, t), .mark = (uint8_t)field_mark(en, t) };
	uint32_t bytes = 1u << f.log2;

	f.at = align_up(*end, bytes < OBJECT_ALIGN ? bytes : OBJECT_ALIGN);
	*end = f.at + bytes;
	return f;
}

/* Those of the supertype come first, as they lie there. Where they end. */
static uint32_t place_fields(const struct engine *en, const struct deftype *t, struct gc_field *fields)
{
	const struct deftype *super = t->super == TYPE_NONE ? NULL : engine_type(en, t->super);
	uint32_t end = super ? place_fields(en, super, fields) : sizeof(struct gc_object);

	for (uint32_t i = super ? super->nfields : 0; i < t->nfields; i++)
		fields[i] = place_field(en, t->fields[i].type, &end);
	return end;
}

uint32_t layout_fields(const struct engine *en, const struct deftype *t, struct gc_field *fields)
{
	return align_up(place_fields(en, t, fields), OBJECT_ALIGN);
}

static bool fill_fields(struct gc_layouts *l, const struct engine *en, struct gc_layout *y)
{
	uint32_t n = y->type->nfields;
	struct gc_field *fields = arena_array(&l->arena, n, sizeof *fields), *refs = arena_array(&l->arena, n, sizeof *refs);

	if (!fields || !refs)
		return false;
	y->size = layout_fields(en, y->type, fields);
	for (uint32_t i = 0; i < n; i++)
		if (fields[i].mark != MARK_NOT)
			refs[y->nrefs++] = fields[i];
	y->nfields = n;
	y->fields = fields;
	y->refs = refs;
	return true;
}

static bool layouts_put(struct gc_layouts *l, const struct gc_layout *y)
{
	uint32_t id = y->type->id, chunk = id >> LAYOUT_CHUNK_LOG2;

	if (l->chunks[chunk] == l->none) {
		_Atomic(const struct gc_layout *) *fresh = arena_array(&l->arena, LAYOUT_CHUNK, sizeof *fresh);
		if (!fresh)
			return false;
		__atomic_store_n(&l->chunks[chunk], fresh, __ATOMIC_RELEASE);
	}
	atomic_store_explicit(&l->chunks[chunk][id & (LAYOUT_CHUNK - 1)], y, memory_order_release);
	return true;
}

const struct gc_layout *layout_make(struct gc_layouts *l, const struct engine *en, uint32_t id)
{
	const struct deftype *t = engine_type(en, id);

	if (layout_of(l, id))
		return layout_of(l, id);
	if (t->super != TYPE_NONE && !layout_make(l, en, t->super))
		return NULL;
	struct gc_layout *y = arena_alloc(&l->arena, sizeof *y);
	if (!y)
		return NULL;
	y->type = t;
	y->array = t->kind == TYPE_ARRAY;
	return fill_fields(l, en, y) && layouts_put(l, y) ? y : NULL;
}
