/* Reading and writing places of the guest's state; see lvalue.h. */
#include "debugger/lvalue.h"

#include <inttypes.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/entity.h"
#include "engine/gc/gc.h"

static bool read_stack(struct ctx *c, const struct lvalue *l, struct value *out)
{
	struct arena a = { 0 };
	struct err ignored = { 0 };
	struct value *v;
	uint32_t n;
	bool ok = frame_stack(c, &l->frame, &v, &n, &a, &ignored) && l->index < n;

	if (ok)
		*out = v[l->index];
	arena_free(&a);
	return ok;
}

/* Other threads may be writing there: a number that lies at a multiple of its size is read whole. */
static uint64_t read_number(const uint8_t *p, unsigned bytes)
{
	uint64_t v = 0;

	switch (!bytes || (uintptr_t)p % bytes ? 0 : bytes) {
	case 1:
		return __atomic_load_n(p, __ATOMIC_RELAXED);
	case 2:
		return __atomic_load_n((const uint16_t *)(const void *)p, __ATOMIC_RELAXED);
	case 4:
		return __atomic_load_n((const uint32_t *)(const void *)p, __ATOMIC_RELAXED);
	case 8:
		return __atomic_load_n((const uint64_t *)(const void *)p, __ATOMIC_RELAXED);
	default:
		memcpy(&v, p, bytes);
		return v;
	}
}

/* Bytes as they lie in memory, extended to the type. */
static bool read_memory(const struct lvalue *l, struct value *out)
{
	const uint8_t *p = l->memory->base + l->at;
	unsigned unused = l->bytes < 8 ? 64 - 8 * (unsigned)l->bytes : 0;

	if (!memory_range(l->memory, l->at, l->bytes))
		return false;
	*out = (struct value){ .type = l->type, .lo = read_number(p, l->bytes < 8 ? (unsigned)l->bytes : 8) };
	if (l->bytes == 16)
		out->hi = read_number(p + 8, 8);
	if (l->sign && unused)
		out->lo = (uint64_t)((int64_t)(out->lo << unused) >> unused);
	if (l->type == VT_I32)
		out->lo = (uint32_t)out->lo;
	return true;
}

static bool write_memory(const struct lvalue *l, struct value v)
{
	mem_will_write(l->memory, l->at, l->bytes);
	memcpy(l->memory->base + l->at, &v.lo, l->bytes < 8 ? l->bytes : 8);
	if (l->bytes == 16)
		memcpy(l->memory->base + l->at + 8, &v.hi, 8);
	return true;
}

bool lvalue_read(struct ctx *c, const struct lvalue *l, struct value *out)
{
	switch (l->kind) {
	case LVALUE_LOCAL:
		return frame_local(c, &l->frame, l->index, out);
	case LVALUE_STACK:
		return read_stack(c, l, out);
	case LVALUE_GLOBAL:
		*out = (struct value){ l->type, l->global->value[0], vt_slots(l->type) == 2 ? l->global->value[1] : 0 };
		return true;
	case LVALUE_MEMORY:
		return read_memory(l, out);
	case LVALUE_RANGE:
		return false;
	case LVALUE_TABLE:
		*out = (struct value){ .type = l->type, .lo = l->at < l->table->size ? l->table->elems[l->at] : 0 };
		return l->at < l->table->size;
	case LVALUE_FIELD:
		return gc_field_get(c->store, l->object, l->index, out);
	}
	return false;
}

bool lvalue_write(struct ctx *c, const struct lvalue *l, struct value v, struct err *e)
{
	if (l->kind == LVALUE_GLOBAL && !l->global->mut)
		return err_set(e, E_TYPE, place_none(), "the global is immutable: code may have its value built in");
	if (l->kind == LVALUE_MEMORY && !memory_range(l->memory, l->at, l->bytes))
		return err_set(e, E_USAGE, place_none(), "%" PRIu64 " byte%s at %" PRIu64 ": the memory has %" PRIu64 " bytes",
			l->bytes, l->bytes == 1 ? "" : "s", l->at, (uint64_t)atomic_load(&l->memory->size));
	switch (l->kind) {
	case LVALUE_LOCAL:
		return frame_set_local(c, &l->frame, l->index, v, e);
	case LVALUE_STACK:
		return frame_set_stack(c, &l->frame, l->index, v, e);
	case LVALUE_GLOBAL:
		l->global->value[0] = v.lo;
		if (vt_slots(l->type) == 2)
			l->global->value[1] = v.hi;
		return true;
	case LVALUE_MEMORY:
		return write_memory(l, v);
	case LVALUE_RANGE:
		break;
	case LVALUE_TABLE:
		l->table->elems[l->at] = v.lo;
		return true;
	case LVALUE_FIELD:
		return gc_field_set(c->store, l->object, l->index, v) ||
			err_set(e, E_TYPE, place_none(), "the field takes no such value");
	}
	return err_set(e, E_INTERNAL, place_none(), "a range of bytes has no type");
}
