/* Values: between the embedder's, the engine's and slots; see wrench.h. */
#include "api/impl.h"

#include "engine/base/buf.h"

/* ---- making ---------------------------------------------------------------------------------- */

struct wr_value wr_i32(int32_t v)
{
	struct wr_value x = { .type = WR_I32 };

	x.of.i32 = v;
	return x;
}

struct wr_value wr_i64(int64_t v)
{
	struct wr_value x = { .type = WR_I64 };

	x.of.i64 = v;
	return x;
}

struct wr_value wr_f32(float v)
{
	struct wr_value x = { .type = WR_F32 };

	x.of.f32 = v;
	return x;
}

struct wr_value wr_f64(double v)
{
	struct wr_value x = { .type = WR_F64 };

	x.of.f64 = v;
	return x;
}

struct wr_value wr_v128(const uint8_t bytes[16])
{
	struct wr_value x = { .type = WR_V128 };

	if (bytes)
		memcpy(x.of.v128, bytes, sizeof x.of.v128);
	return x;
}

struct wr_value wr_null(wr_type type)
{
	return (struct wr_value){ .type = type };
}

struct wr_value wr_funcref(struct wr_func *func)
{
	struct wr_value x = { .type = WR_FUNCREF };

	x.of.func = func;
	return x;
}

struct wr_value wr_externref(uint64_t host)
{
	struct wr_value x = { .type = WR_EXTERNREF };

	x.of.ref = host | REF_HOST_BIT;
	return x;
}

/* The three hierarchies whose references are words. Types of functions never have a word with these bits. */
static bool is_word(struct wr_value v)
{
	return vt_is_ref(v.type) && vt_heap(v.type) != HEAP_FUNC && vt_heap(v.type) != HEAP_NOFUNC;
}

bool wr_externref_get(struct wr_value v, uint64_t *host)
{
	if (!is_word(v) || !(v.of.ref & REF_HOST_BIT))
		return false;
	if (host)
		*host = v.of.ref & ~REF_HOST_BIT;
	return true;
}

struct wr_value wr_i31(int32_t v)
{
	struct wr_value x = { .type = WR_I31REF & ~(uint32_t)VT_NULLABLE };

	x.of.ref = (uint32_t)v << 1 | 1;
	return x;
}

bool wr_i31_get(struct wr_value v, int32_t *value)
{
	if (!is_word(v) || v.of.ref & REF_HOST_BIT || !(v.of.ref & 1))
		return false;
	if (value)
		*value = (int32_t)(uint32_t)v.of.ref >> 1;
	return true;
}

bool wr_is_null(struct wr_value v)
{
	return vt_is_ref(v.type) && v.of.ref == 0;
}

/* ---- out of the engine ----------------------------------------------------------------------- */

struct wr_value value_out(struct value v)
{
	struct wr_value x = wr_null(v.type);

	switch (vt_kind(v.type)) {
	case VT_I32:
	case VT_F32: {
		uint32_t bits = (uint32_t)v.lo;
		memcpy(&x.of, &bits, sizeof bits);
		break;
	}
	case VT_V128:
		memcpy(x.of.v128, &v.lo, sizeof v.lo);
		memcpy(x.of.v128 + 8, &v.hi, sizeof v.hi);
		break;
	default:
		memcpy(&x.of, &v.lo, sizeof v.lo);      /* 64-bit numbers; functions are pointers, the rest words */
	}
	return x;
}

void values_from_slots(const valtype *types, uint32_t n, const slot *from, struct wr_value *to)
{
	for (uint32_t i = 0; i < n; from += vt_slots(types[i]), i++)
		to[i] = value_out((struct value){ types[i], from[0], vt_slots(types[i]) == 2 ? from[1] : 0 });
}

/* ---- into the engine, checked ---------------------------------------------------------------- */

static bool misfit(const struct wr_value *v, valtype type, const char *what, int64_t number, const char *why,
	struct err *e)
{
	struct buf want = { 0 }, got = { 0 }, place = { 0 };

	valtype_print(type, NULL, &want);
	if (v && (vt_is_ref(v->type) || (v->type >= WR_I32 && v->type <= WR_V128)))
		valtype_print(v->type, NULL, &got);
	else
		buf_puts(&got, "no value");
	buf_puts(&place, what);
	if (number >= 0)
		buf_printf(&place, " %lld", (long long)number);
	err_set(e, E_TYPE, place_none(), "%s: %s is wanted, %s was given%s", buf_str(&place), buf_str(&want), buf_str(&got),
		why);
	buf_free(&want);
	buf_free(&got);
	buf_free(&place);
	return false;
}

/* Whether a word that is not null is a value of the heap type WANT. */
static bool word_fits(const struct store *s, slot ref, uint32_t want)
{
	const struct engine *en = s->engine;

	if (heap_top(en, want) == HEAP_EXTERN)
		return want == HEAP_EXTERN;
	if (heap_top(en, want) == HEAP_EXN)
		return want == HEAP_EXN;
	if (ref & REF_HOST_BIT)
		return want == HEAP_ANY;
	if (ref & 1)
		return heap_sub(en, HEAP_I31, want);
	const struct deftype *t = gc_object_type(s, ref);
	return t && heap_sub(en, HEAP_TYPES + t->id, want);
}

static bool ref_in(const struct store *s, const struct wr_value *v, valtype type, struct value *out, const char *what,
	int64_t number, struct err *e)
{
	uint32_t top = heap_top(s->engine, vt_heap(type));

	if (!vt_is_ref(v->type) || !type_known(s->engine, v->type) || heap_top(s->engine, vt_heap(v->type)) != top)
		return misfit(v, type, what, number, "", e);
	if (wr_is_null(*v))
		return vt_nullable(type) || misfit(v, type, what, number, " with null", e);
	if (top == HEAP_FUNC) {
		const struct func *f = func_in(v->of.func);
		if (!func_belongs(s, f))
			return misfit(v, type, what, number, " with a function of another store", e);
		if (!heap_sub(s->engine, HEAP_TYPES + f->type->id, vt_heap(type)))
			return misfit(v, type, what, number, " with a function of another type", e);
		out->lo = (slot)(uintptr_t)f;
		return true;
	}
	out->lo = v->of.ref;
	return word_fits(s, out->lo, vt_heap(type)) || misfit(v, type, what, number, " that is no such value", e);
}

bool value_in(const struct store *s, const struct wr_value *v, valtype type, struct value *out, const char *what,
	int64_t number, struct err *e)
{
	*out = (struct value){ .type = type };
	if (vt_is_ref(type))
		return ref_in(s, v, type, out, what, number, e);
	if (v->type != type)
		return misfit(v, type, what, number, "", e);
	if (type == VT_V128) {
		memcpy(&out->lo, v->of.v128, sizeof out->lo);
		memcpy(&out->hi, v->of.v128 + 8, sizeof out->hi);
	} else {
		memcpy(&out->lo, &v->of, sizeof out->lo);
		out->lo = slot_normal(type, out->lo);
	}
	return true;
}

bool values_to_slots(const struct store *s, const valtype *types, uint32_t n, const struct wr_value *from, slot *to,
	const char *what, struct err *e)
{
	for (uint32_t i = 0; i < n; to += vt_slots(types[i]), i++) {
		struct value v;
		if (!value_in(s, &from[i], types[i], &v, what, i, e))
			return false;
		to[0] = v.lo;
		if (vt_slots(types[i]) == 2)
			to[1] = v.hi;
	}
	return true;
}

/* ---- text ------------------------------------------------------------------------------------ */

size_t wr_value_print(const struct wr_store *store, struct wr_value v, char *out, size_t size)
{
	struct buf b = { 0 };
	struct value x;
	struct err ignored = { 0 };

	if (store && type_known(store->store->engine, v.type) && value_in(store->store, &v, v.type, &x, "", -1, &ignored))
		value_print(x, store->store, &b);
	else
		buf_puts(&b, "?");
	return text_out(&b, out, size);
}

bool wr_value_parse(const struct wr_store *store, wr_type type, const char *text, const struct wr_instance *instance,
	struct wr_value *out, struct wr_error *e)
{
	struct err why = { 0 };
	struct value v;

	if (!store || !text || !out)
		return error_set(e, E_USAGE, "store, text or result is NULL");
	if (!type_known(store->store->engine, type))
		return error_set(e, E_TYPE, "0x%x is no type of this engine", type);
	if (instance && instance_in(instance)->store != store->store)
		return error_set(e, E_USAGE, "the instance is of another store");
	if (!value_parse(type, str_of(text), instance_in(instance), &v, &why))
		return error_out(e, &why, NULL);
	*out = value_out(v);
	return true;
}
