/* Values at the edges, printed and parsed; see value.h. */
#include "engine/value.h"

#include <stdio.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/gc/gc.h"
#include "engine/store.h"

slot slot_normal(valtype type, slot bits)
{
	return type == VT_I32 || type == VT_F32 ? bits & 0xffffffffu : bits;
}

struct value value_i32(int32_t v)
{
	return (struct value){ .type = VT_I32, .lo = (uint32_t)v };
}

struct value value_i64(int64_t v)
{
	return (struct value){ .type = VT_I64, .lo = (uint64_t)v };
}

struct value value_f32_bits(uint32_t v)
{
	return (struct value){ .type = VT_F32, .lo = v };
}

struct value value_f64_bits(uint64_t v)
{
	return (struct value){ .type = VT_F64, .lo = v };
}

bool value_same(struct value a, struct value b)
{
	if (vt_is_ref(a.type) != vt_is_ref(b.type) || (!vt_is_ref(a.type) && a.type != b.type))
		return false;
	return slot_normal(a.type, a.lo) == slot_normal(b.type, b.lo) && (a.type != VT_V128 || a.hi == b.hi);
}

/* ---- printing ---------------------------------------------------------------------------------------------- */

static bool heap_is_func(const struct store *store, uint32_t heap)
{
	if (heap_is_id(heap))
		return store && engine_type(store->engine, heap_id(heap))->kind == TYPE_FUNC;
	return heap == HEAP_FUNC || heap == HEAP_NOFUNC;
}

/* "struct#3": numbers are given in the order in which objects are first shown. */
static void object_print(slot ref, const struct store *store, struct buf *out)
{
	const struct deftype *t = store ? gc_object_type(store, ref) : NULL;
	const char *kind = t && t->kind == TYPE_ARRAY ? "array" : "struct";

	if (t)
		buf_printf(out, "%s#%u", kind, gc_object_number(store, ref));
	else
		buf_puts(out, "object");
}

static void ref_value_print(struct value v, const struct store *store, struct buf *out)
{
	uint32_t heap = vt_heap(v.type);

	if (v.lo == 0)
		buf_puts(out, "null");
	else if (heap_is_func(store, heap) && store)
		buf_printf(out, "func:%u", ((const struct func *)(uintptr_t)v.lo)->index);
	else if (heap_is_func(store, heap))
		buf_puts(out, "func:?");
	else if (heap == HEAP_EXN)
		buf_puts(out, "exn");
	else if (v.lo & REF_HOST_BIT)
		buf_printf(out, "extern:%llu", (unsigned long long)(v.lo & ~REF_HOST_BIT));
	else if (v.lo & 1)
		buf_printf(out, "i31:%d", (int32_t)(uint32_t)v.lo >> 1);
	else
		object_print(v.lo, store, out);
}

void value_print(struct value v, const struct store *store, struct buf *out)
{
	char text[48];

	switch (vt_kind(v.type)) {
	case VT_I32:
		buf_printf(out, "%d", (int32_t)(uint32_t)v.lo);
		break;
	case VT_I64:
		buf_printf(out, "%lld", (long long)v.lo);
		break;
	case VT_F32:
		buf_put(out, text, float_print32((uint32_t)v.lo, text));
		break;
	case VT_F64:
		buf_put(out, text, float_print64(v.lo, text));
		break;
	case VT_V128:
		buf_printf(out, "i32x4:0x%08x,0x%08x,0x%08x,0x%08x", (uint32_t)v.lo, (uint32_t)(v.lo >> 32),
			(uint32_t)v.hi, (uint32_t)(v.hi >> 32));
		break;
	case VT_REF:
		ref_value_print(v, store, out);
		break;
	case VT_BOT: case VT_I8: case VT_I16:
		buf_puts(out, "?");
		break;
	}
}

/* ---- parsing integers -------------------------------------------------------------------------------------- */

enum parsed { PARSED, PARSED_NOT, PARSED_RANGE };

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return 99;
}

/* Digits with single underscores between them. */
static enum parsed parse_digits(struct str text, unsigned base, uint64_t *out)
{
	bool fits = true, digit = false;

	*out = 0;
	for (size_t i = 0; i < text.n; i++) {
		unsigned v = (unsigned)digit_value(text.p[i]);
		if (text.p[i] == '_' && digit) {
			digit = false;
			continue;
		}
		if (v >= base)
			return PARSED_NOT;
		digit = true;
		fits &= !__builtin_mul_overflow(*out, (uint64_t)base, out) && !__builtin_add_overflow(*out,
			(uint64_t)v, out);
	}
	return !digit ? PARSED_NOT : fits ? PARSED : PARSED_RANGE;
}

/* -2^(bits-1) … 2^bits-1, as BITS bits. */
static enum parsed parse_int(struct str text, unsigned bits, uint64_t *out)
{
	bool negative = text.n > 0 && text.p[0] == '-';
	uint64_t most = negative ? 1ull << (bits - 1) : UINT64_MAX >> (64 - bits), v;

	if (negative || (text.n > 0 && text.p[0] == '+'))
		text = (struct str){ text.p + 1, text.n - 1 };
	bool hex = text.n > 2 && text.p[0] == '0' && (text.p[1] | 0x20) == 'x';
	enum parsed p = hex ? parse_digits((struct str){ text.p + 2, text.n - 2 }, 16, &v)
		: parse_digits(text, 10, &v);
	if (p != PARSED)
		return p;
	*out = (negative ? 0 - v : v) & UINT64_MAX >> (64 - bits);
	return v <= most ? PARSED : PARSED_RANGE;
}

static enum parsed parse_float(struct str text, unsigned bits, uint64_t *out)
{
	uint32_t narrow = 0;
	bool range = false, ok = bits == 32 ? float_parse32(text, &narrow, &range) : float_parse64(text, out,
		&range);

	if (bits == 32)
		*out = narrow;
	return ok ? PARSED : range ? PARSED_RANGE : PARSED_NOT;
}

/* ---- parsing vectors --------------------------------------------------------------------------------------- */

struct shape {
	const char *name;               /* with the colon that follows it */
	uint8_t lanes, bits;
	bool is_float;
};

static const struct shape shapes[] = {
	{ "i8x16:", 16, 8, false }, { "i16x8:", 8, 16, false }, { "i32x4:", 4, 32, false }, { "i64x2:", 2, 64,
		false },
	{ "f32x4:", 4, 32, true }, { "f64x2:", 2, 64, true },
};

static bool lane_error(struct err *e, const struct shape *s, struct str lane, enum parsed p)
{
	return err_set(e, E_TYPE, place_none(),
		p == PARSED_RANGE ? "lane %.*s does not fit %c%u" : "'%.*s' is not an %c%u",
		STR_ARGS(lane), s->name[0], s->bits);
}

static bool parse_lanes(const struct shape *s, struct str text, struct value *out, struct err *e)
{
	slot halves[2] = { 0, 0 };
	unsigned n = 0;

	for (const char *p = text.p, *end = text.p + text.n; p <= end; n++) {
		const char *comma = memchr(p, ',', (size_t)(end - p));
		struct str lane = { p, (size_t)((comma ? comma : end) - p) };
		uint64_t v = 0;
		enum parsed got = s->is_float ? parse_float(lane, s->bits, &v) : parse_int(lane, s->bits, &v);
		if (got != PARSED)
			return lane_error(e, s, lane, got);
		if (n < s->lanes)
			halves[n * s->bits / 64] |= v << n * s->bits % 64;
		p += lane.n + 1;
	}
	if (n != s->lanes)
		return err_set(e, E_TYPE, place_none(), "%.5s has %u lanes, %u given", s->name, s->lanes, n);
	out->lo = halves[0];
	out->hi = halves[1];
	return true;
}

static bool parse_v128(struct str text, struct value *out, struct err *e)
{
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
		size_t n = strlen(shapes[i].name);
		if (str_starts(text, shapes[i].name))
			return parse_lanes(&shapes[i], (struct str){ text.p + n, text.n - n }, out, e);
	}
	err_set(e, E_TYPE, place_none(), "'%.*s' is not a v128", STR_ARGS(text));
	err_hint(e, "i32x4:1,2,3,4");
	return false;
}

/* ---- parsing references ------------------------------------------------------------------------------------ */

static bool not_a(struct err *e, struct str text, valtype type)
{
	struct buf name = { 0 };

	valtype_print(type, NULL, &name);
	err_set(e, E_TYPE, place_none(), "'%.*s' is not %s %s", STR_ARGS(text),
		strchr("aei", buf_str(&name)[0]) ? "an" : "a", buf_str(&name));
	buf_free(&name);
	return false;
}

static bool parse_func(valtype type, uint64_t index, const struct instance *inst, struct value *out,
	struct err *e)
{
	if (!inst)
		return err_set(e, E_TYPE, place_none(), "func:%llu: there is no instance to take it from",
			(unsigned long long)index);
	if (index >= inst->module->nfuncs)
		return err_set(e, E_TYPE, place_none(), "func:%llu: the module has %u functions",
			(unsigned long long)index, inst->module->nfuncs);
	const struct func *f = inst->funcs[index];
	if (!valtype_sub(inst->store->engine, vt_ref(HEAP_TYPES + f->type->id, false), type))
		return err_set(e, E_TYPE, place_none(), "func:%llu has another type than the one asked for",
			(unsigned long long)index);
	out->lo = (slot)(uintptr_t)f;
	return true;
}

static bool prefixed(struct str text, const char *prefix, struct str *rest)
{
	size_t n = strlen(prefix);

	*rest = (struct str){ text.p + n, text.n - n };
	return str_starts(text, prefix);
}

static bool takes_host(uint32_t heap)
{
	return heap == HEAP_EXTERN || heap == HEAP_ANY;
}

static bool takes_i31(uint32_t heap)
{
	return heap == HEAP_I31 || heap == HEAP_EQ || heap == HEAP_ANY || heap == HEAP_EXTERN;
}

static bool parse_ref(valtype type, struct str text, const struct instance *inst, struct value *out,
	struct err *e)
{
	struct str rest;
	uint64_t v;

	if (str_is(text, "null"))
		return vt_nullable(type) || not_a(e, text, type);
	if (prefixed(text, "func:", &rest) && parse_int(rest, 32, &v) == PARSED)
		return parse_func(type, v, inst, out, e);
	if (prefixed(text, "extern:", &rest) && takes_host(vt_heap(type))
			&& parse_digits(rest, 10, &v) == PARSED && v < REF_HOST_BIT) {
		out->lo = REF_HOST_BIT | v;
		return true;
	}
	if (prefixed(text, "i31:", &rest) && takes_i31(vt_heap(type)) && parse_int(rest, 31, &v) == PARSED) {
		out->lo = v << 1 | 1;
		return true;
	}
	return not_a(e, text, type);
}

/* ---- parsing ----------------------------------------------------------------------------------------------- */

static bool parse_number(valtype type, struct str text, struct value *out, struct err *e)
{
	static const struct { const char *name, *range; uint8_t bits; bool is_float; } numbers[] = {
		[VT_I32] = { "an i32", "-2147483648 \xe2\x80\xa6 4294967295", 32, false },
		[VT_I64] = { "an i64", "-9223372036854775808 \xe2\x80\xa6 18446744073709551615", 64, false },
		[VT_F32] = { "an f32", "at most 3.4028234663852886e+38, payloads below 0x800000", 32, true },
		[VT_F64] = { "an f64", "at most 1.7976931348623157e+308, payloads below 0x10000000000000", 64,
		true },
	};
	unsigned bits = numbers[type].bits;
	enum parsed p = numbers[type].is_float ? parse_float(text, bits, &out->lo) : parse_int(text, bits,
		&out->lo);

	if (p == PARSED)
		return true;
	if (p == PARSED_RANGE)
		return err_set(e, E_TYPE, place_none(), "%.*s does not fit %s (%s)", STR_ARGS(text),
			numbers[type].name + 3, numbers[type].range);
	return err_set(e, E_TYPE, place_none(), "'%.*s' is not %s", STR_ARGS(text), numbers[type].name);
}

bool value_parse(valtype type, struct str text, const struct instance *inst, struct value *out, struct err *e)
{
	*out = (struct value){ .type = type };
	switch (vt_kind(type)) {
	case VT_I32: case VT_I64: case VT_F32: case VT_F64:
		return parse_number(type, text, out, e);
	case VT_V128:
		return parse_v128(text, out, e);
	case VT_REF:
		return parse_ref(type, text, inst, out, e);
	default:
		return not_a(e, text, type);
	}
}
