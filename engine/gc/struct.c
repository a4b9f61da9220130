/* The struct instructions. Operands and results are in the window W; see slow_fn in engine/regir/interp.h. */
#include "engine/gc/heap.h"
#include "engine/regir/interp.h"

enum trap slow_struct_new(struct ctx *c, slot *w, int32_t b, int32_t type, int32_t x, const void *ext)
{
	struct gc_heap *h = heap_of(c->store);
	const struct gc_layout *y = h ? heap_layout(h, (uint32_t)type) : NULL;
	uint32_t at = y ? heap_alloc(c, h, (uint32_t)type, 0, y->size) : 0;

	(void)b, (void)x, (void)ext;
	if (!at)
		return TRAP_HEAP;
	char *p = object_at(h, at);
	const slot *v = w;
	for (uint32_t i = 0; i < y->nfields; i++) {
		field_write(p + y->fields[i].at, y->fields[i].log2, v);
		v += field_nslots(y->fields[i].log2);
	}
	w[0] = at;
	return TRAP_NONE;
}

enum trap slow_struct_new_default(struct ctx *c, slot *w, int32_t b, int32_t type, int32_t x, const void *ext)
{
	(void)b, (void)x, (void)ext;
	return gc_struct_new(c, (uint32_t)type, w);
}

/* A field of the object REF, which is not null: its type has a layout since the object was made. */
static inline const struct gc_field *struct_field(const struct ctx *c, slot ref, int32_t type, int32_t field, char **p)
{
	const struct gc_heap *h = c->store->heap;
	const struct gc_field *f = &layout_of(&h->layouts, (uint32_t)type)->fields[field];

	*p = object_at(h, ref) + f->at;
	return f;
}

enum trap slow_struct_get(struct ctx *c, slot *w, int32_t b, int32_t type, int32_t field, const void *ext)
{
	char *p;

	(void)b, (void)ext;
	if (w[0] == 0)
		return TRAP_NULL_STRUCT;
	const struct gc_field *f = struct_field(c, w[0], type, field, &p);
	field_read(p, f->log2, w);
	return TRAP_NONE;
}

enum trap slow_struct_get_s(struct ctx *c, slot *w, int32_t b, int32_t type, int32_t field, const void *ext)
{
	char *p;

	(void)b, (void)ext;
	if (w[0] == 0)
		return TRAP_NULL_STRUCT;
	const struct gc_field *f = struct_field(c, w[0], type, field, &p);
	w[0] = field_extend(field_load(p, f->log2), f->log2);
	return TRAP_NONE;
}

enum trap slow_struct_set(struct ctx *c, slot *w, int32_t b, int32_t type, int32_t field, const void *ext)
{
	char *p;

	(void)b, (void)ext;
	if (w[0] == 0)
		return TRAP_NULL_STRUCT;
	const struct gc_field *f = struct_field(c, w[0], type, field, &p);
	field_write(p, f->log2, w + 1);
	return TRAP_NONE;
}
