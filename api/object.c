/* References that the embedder keeps, and the objects behind them; see wrench.h. */
#include "api/impl.h"

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
	bool packed = vt_kind(field->type) == VT_I8 || vt_kind(field->type) == VT_I16;
	if (!value_in(store->store, &v, packed ? VT_I32 : field->type, &x, "field", index, &why))
		return error_out(e, &why, NULL);
	return gc_field_set(store->store, object.of.ref, index, x) || error_set(e, E_TYPE, "field %u: the value does not fit", index);
}
