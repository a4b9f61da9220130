/* References that the embedder keeps, and the objects behind them; see wrench.h. */
#include <stdlib.h>

#include "api/impl.h"
#include "engine/world.h"

/* ---- keeping --------------------------------------------------------------------------------- */

/* What the collector must know: words that are not null; functions live as long as their store. */
static bool needs_holding(const struct wr_store *st, struct wr_value v)
{
	return type_known(st->store->engine, v.type) && vt_is_ref(v.type) && !wr_is_null(v) &&
		heap_top(st->store->engine, vt_heap(v.type)) != HEAP_FUNC;
}

static void held_changed(struct wr_store *st)
{
	st->scope.values = st->held.data;
	st->held_top = st->held.data + st->held.count;
}

bool wr_hold(struct wr_store *store, struct wr_value v, struct wr_error *e)
{
	if (!store)
		return error_set(e, E_USAGE, "the store is NULL");
	if (!needs_holding(store, v))
		return true;
	bool ok = vec_push(&store->held, ((struct value){ v.type, v.of.ref, 0 }));
	held_changed(store);
	return ok || error_oom(e);
}

void wr_release(struct wr_store *store, struct wr_value v)
{
	if (!store || !needs_holding(store, v))
		return;
	for (size_t i = store->held.count; i-- > 0;)
		if (store->held.data[i].lo == v.of.ref) {
			store->held.data[i] = vec_pop(&store->held);
			break;
		}
	held_changed(store);
}

/* ---- making ---------------------------------------------------------------------------------- */

static valtype unpacked(valtype t)
{
	return vt_kind(t) == VT_I8 || vt_kind(t) == VT_I16 ? VT_I32 : t;
}

/* The object alone, zeroed; VALUES stay alive meanwhile. */
static bool allocate(struct wr_store *st, const struct deftype *t, uint32_t length, const struct value *values, uint32_t n,
	slot *ref, struct wr_error *e)
{
	const struct value *top = values + n;
	struct gc_scope scope;
	bool outermost = !atomic_load(&st->ctx->running);

	if (outermost)
		world_enter(st->ctx);
	gc_scope_open(st->ctx, &scope, values, (struct value *const *)(void *)&top);
	enum trap trap = t->kind == TYPE_STRUCT ? gc_struct_new(st->ctx, t->id, ref) : gc_array_new(st->ctx, t->id, length, ref);
	gc_scope_close(st->ctx);
	if (outermost)
		world_leave(st->ctx);
	return !trap || error_set(e, E_LIMIT, "the object cannot be made: %s", trap_words(trap));
}

/* V checked for each field: as many as GIVEN; without any, fields must have defaults. */
static bool fields_in(const struct wr_store *st, const struct deftype *t, const struct wr_value *v, uint32_t given,
	uint32_t length, struct value *out, struct wr_error *e)
{
	const char *what = t->kind == TYPE_ARRAY ? "element" : "field";
	struct err why = { 0 };

	for (uint32_t i = 0; i < (v ? given : t->nfields); i++) {
		valtype type = unpacked(t->fields[t->kind == TYPE_ARRAY ? 0 : i].type);
		if (v && !value_in(st->store, &v[i], type, &out[i], what, i, &why))
			return error_out(e, &why, NULL);
		if (!v && length && !vt_defaultable(type))
			return error_set(e, E_TYPE, "%s %u has no default: it cannot be null", what, i);
	}
	return true;
}

/* GIVEN values, or none (V is NULL), or one for all elements. */
static bool make(struct wr_store *st, const struct deftype *t, const struct wr_value *v, uint32_t given, uint32_t length,
	struct wr_value *out, struct wr_error *e)
{
	struct value *values = calloc(given + 1u, sizeof *values);
	slot ref;

	if (!values)
		return error_oom(e);
	bool ok = fields_in(st, t, v, given, length, values, e) && allocate(st, t, length, values, v ? given : 0, &ref, e);
	for (uint32_t i = 0; ok && v && i < length; i++)
		gc_field_set(st->store, ref, i, values[given == length ? i : 0]);
	free(values);
	if (ok)
		*out = value_out((struct value){ vt_ref(HEAP_TYPES + t->id, false), ref, 0 });
	return ok;
}

static const struct deftype *type_to_make(const struct wr_store *st, wr_type type, enum type_kind kind,
	const struct wr_value *out, struct wr_error *e)
{
	const struct deftype *t = st ? object_type_in(st->store->engine, type) : NULL;

	if (!st || !out)
		error_set(e, E_USAGE, "store or result is NULL");
	else if (!t || t->kind != kind)
		error_set(e, E_TYPE, "0x%x names no %s type of this engine", type, kind == TYPE_STRUCT ? "struct" : "array");
	return st && out && t && t->kind == kind ? t : NULL;
}

bool wr_struct_new(struct wr_store *store, wr_type type, const struct wr_value *fields, uint32_t n, struct wr_value *out,
	struct wr_error *e)
{
	const struct deftype *t = type_to_make(store, type, TYPE_STRUCT, out, e);

	if (!t)
		return false;
	if (fields && n != t->nfields)
		return error_set(e, E_TYPE, "the struct has %u fields, %u are given", t->nfields, n);
	return make(store, t, fields, fields ? n : 0, t->nfields, out, e);
}

bool wr_array_new(struct wr_store *store, wr_type type, const struct wr_value *elements, uint32_t n, struct wr_value *out,
	struct wr_error *e)
{
	const struct deftype *t = type_to_make(store, type, TYPE_ARRAY, out, e);

	return t && make(store, t, elements, elements ? n : 0, n, out, e);
}

bool wr_array_new_filled(struct wr_store *store, wr_type type, struct wr_value v, uint32_t length, struct wr_value *out,
	struct wr_error *e)
{
	const struct deftype *t = type_to_make(store, type, TYPE_ARRAY, out, e);

	return t && make(store, t, &v, 1, length, out, e);
}

/* ---- objects --------------------------------------------------------------------------------- */

static const struct deftype *object_type(const struct wr_store *st, struct wr_value v)
{
	if (!st || !needs_holding(st, v) || heap_top(st->store->engine, vt_heap(v.type)) == HEAP_EXN)
		return NULL;
	return gc_object_type(st->store, v.of.ref);
}

uint32_t wr_object_length(const struct wr_store *store, struct wr_value object)
{
	return object_type(store, object) ? gc_object_length(store->store, object.of.ref) : 0;
}

static bool field_of(const struct wr_store *st, struct wr_value object, uint32_t index, const struct field_type **field,
	struct wr_error *e)
{
	const struct deftype *t = object_type(st, object);
	uint32_t length = wr_object_length(st, object);

	if (!t)
		return error_set(e, E_TYPE, "the value is no struct or array");
	if (index >= length)
		return error_set(e, E_UNKNOWN_NAME, "no field or element %u: there are %u", index, length);
	*field = &t->fields[t->kind == TYPE_ARRAY ? 0 : index];
	return true;
}

bool wr_object_get(const struct wr_store *store, struct wr_value object, uint32_t index, struct wr_value *out,
	struct wr_error *e)
{
	const struct field_type *field;
	struct value v;

	if (!store || !out)
		return error_set(e, E_USAGE, "store or result is NULL");
	if (!field_of(store, object, index, &field, e))
		return false;
	if (!gc_field_get(store->store, object.of.ref, index, &v))
		return error_set(e, E_INTERNAL, "field %u cannot be read", index);
	*out = value_out(v);
	return true;
}

bool wr_object_set(struct wr_store *store, struct wr_value object, uint32_t index, struct wr_value v, struct wr_error *e)
{
	const struct field_type *field;
	struct err why = { 0 };
	struct value x;

	if (!store)
		return error_set(e, E_USAGE, "the store is NULL");
	if (!field_of(store, object, index, &field, e))
		return false;
	if (!field->mut)
		return error_set(e, E_TYPE, "field %u is immutable", index);
	if (!value_in(store->store, &v, unpacked(field->type), &x, "field", index, &why))
		return error_out(e, &why, NULL);
	return gc_field_set(store->store, object.of.ref, index, x) || error_set(e, E_TYPE, "field %u: the value does not fit", index);
}
