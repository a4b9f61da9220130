/*
 * Tests of references: `ref.test`, `ref.cast`, the branches on casts, and i31. Each takes constant time: what a reference
 * is, is in its bits or in its object's or function's type, whose display of supertypes is looked at in one place.
 */
#include "engine/gc/heap.h"
#include "engine/regir/interp.h"

static bool func_is(const struct engine *en, slot ref, uint32_t id)
{
	return type_id_sub(en, ((const struct func *)(uintptr_t)ref)->type->id, id);
}

static bool object_is(const struct ctx *c, slot ref, uint32_t id)
{
	return gc_is_object(ref) && type_id_sub(c->store->engine, object_head(c->store->heap, ref)->type, id);
}

static bool object_has_kind(const struct ctx *c, slot ref, enum type_kind kind)
{
	return gc_is_object(ref) && object_layout(c->store->heap, ref)->type->kind == kind;
}

bool ref_is(const struct ctx *c, slot ref, uint32_t heap, bool nullable)
{
	if (ref == 0)
		return nullable;
	if (heap_is_id(heap)) {
		uint32_t id = heap_id(heap);
		if (engine_type(c->store->engine, id)->kind == TYPE_FUNC)
			return func_is(c->store->engine, ref, id);
		return object_is(c, ref, id);
	}
	switch (heap) {
	case HEAP_ANY: case HEAP_EXTERN: case HEAP_FUNC: case HEAP_EXN:
		return true;
	case HEAP_EQ:
		return !(ref & REF_HOST_BIT);
	case HEAP_I31:
		return !(ref & REF_HOST_BIT) && (ref & 1);
	case HEAP_STRUCT:
		return object_has_kind(c, ref, TYPE_STRUCT);
	case HEAP_ARRAY:
		return object_has_kind(c, ref, TYPE_ARRAY);
	default:        /* the bottoms */
		return false;
	}
}

enum trap slow_ref_test(struct ctx *c, slot *w, int32_t b, int32_t heap, int32_t nullable, const void *ext)
{
	(void)b, (void)ext;
	w[0] = ref_is(c, w[0], (uint32_t)heap, nullable);
	return TRAP_NONE;
}

enum trap slow_ref_cast(struct ctx *c, slot *w, int32_t b, int32_t heap, int32_t nullable, const void *ext)
{
	(void)b, (void)ext;
	return ref_is(c, w[0], (uint32_t)heap, nullable) ? TRAP_NONE : TRAP_CAST;
}

/* any.convert_extern and extern.convert_any: the bits say the same in both hierarchies. */
enum trap slow_ref_convert(struct ctx *c, slot *w, int32_t b, int32_t x, int32_t y, const void *ext)
{
	(void)c, (void)w, (void)b, (void)x, (void)y, (void)ext;
	return TRAP_NONE;
}

enum trap slow_ref_i31(struct ctx *c, slot *w, int32_t b, int32_t x, int32_t y, const void *ext)
{
	(void)c, (void)b, (void)x, (void)y, (void)ext;
	w[0] = (uint32_t)(w[0] << 1 | 1);
	return TRAP_NONE;
}

enum trap slow_i31_get_s(struct ctx *c, slot *w, int32_t b, int32_t x, int32_t y, const void *ext)
{
	(void)c, (void)b, (void)x, (void)y, (void)ext;
	if (w[0] == 0)
		return TRAP_NULL_I31;
	w[0] = (uint32_t)((int32_t)(uint32_t)w[0] >> 1);
	return TRAP_NONE;
}

enum trap slow_i31_get_u(struct ctx *c, slot *w, int32_t b, int32_t x, int32_t y, const void *ext)
{
	(void)c, (void)b, (void)x, (void)y, (void)ext;
	if (w[0] == 0)
		return TRAP_NULL_I31;
	w[0] = (uint32_t)w[0] >> 1;
	return TRAP_NONE;
}
