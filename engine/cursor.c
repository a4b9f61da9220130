/* Reading the binary format; see cursor.h. */
#include "engine/cursor.h"

#include "engine/base/leb128.h"
#include "engine/base/utf8.h"
#include "engine/module.h"

struct cursor cursor_at(const struct module *m, uint32_t start, struct err *e)
{
	return (struct cursor){
		.m = m, .base = m->bytes, .p = m->bytes + (start < m->size ? start : m->size),
		.end = m->bytes + m->size, .e = e,
	};
}

bool cursor_error(struct cursor *c, enum err_code code, uint32_t offset, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_setv(c->e, code, place_offset(offset), fmt, ap);
	va_end(ap);
	return false;
}

bool cursor_need(struct cursor *c, enum feature f, uint32_t offset, const char *what)
{
	if (c->lax || features_has(c->m->features, f))
		return true;
	cursor_error(c, E_FEATURE_OFF, offset, "%s: the feature %s is off", what, feature_info[f].name);
	err_hint(c->e, "--features %s", feature_info[f].name);
	return false;
}

/* ---- numbers ----------------------------------------------------------------------------------------------- */

static bool end_error(struct cursor *c, const char *what)
{
	return cursor_error(c, E_SECTION_END, cursor_offset(c), "unexpected end: %s is missing", what);
}

static bool leb_error(struct cursor *c, enum leb_status s, unsigned bits, const char *what)
{
	switch (s) {
	case LEB_OK:
		return true;
	case LEB_END:
		return cursor_error(c, E_SECTION_END, cursor_offset(c), "unexpected end within %s", what);
	case LEB_LONG:
		return cursor_error(c, E_LEB_LONG, cursor_offset(c),
			"integer representation too long: %s takes more than %u bytes", what, (bits + 6) / 7);
	case LEB_LARGE:
		return cursor_error(c, E_LEB_LARGE, cursor_offset(c),
			"integer too large: %s has more than %u bits", what,
			bits);
	}
	return false;
}

bool read_byte(struct cursor *c, uint8_t *out, const char *what)
{
	if (c->p >= c->end)
		return end_error(c, what);
	*out = *c->p++;
	return true;
}

bool read_u32(struct cursor *c, uint32_t *out, const char *what)
{
	enum leb_status s = leb_u32(&c->p, c->end, out);

	return s == LEB_OK || leb_error(c, s, 32, what);
}

bool read_u64(struct cursor *c, uint64_t *out, const char *what)
{
	enum leb_status s = leb_read_u(&c->p, c->end, 64, out);

	return s == LEB_OK || leb_error(c, s, 64, what);
}

bool read_s32(struct cursor *c, int32_t *out, const char *what)
{
	enum leb_status s = leb_s32(&c->p, c->end, out);

	return s == LEB_OK || leb_error(c, s, 32, what);
}

bool read_s33(struct cursor *c, int64_t *out, const char *what)
{
	enum leb_status s = leb_read_s(&c->p, c->end, 33, out);

	return s == LEB_OK || leb_error(c, s, 33, what);
}

bool read_s64(struct cursor *c, int64_t *out, const char *what)
{
	enum leb_status s = leb_read_s(&c->p, c->end, 64, out);

	return s == LEB_OK || leb_error(c, s, 64, what);
}

bool read_bytes(struct cursor *c, uint32_t n, const uint8_t **out, const char *what)
{
	if (n > cursor_left(c))
		return cursor_error(c, E_SECTION_END, cursor_offset(c),
			"unexpected end: %s needs %u more byte%s", what, n - cursor_left(c),
			n - cursor_left(c) == 1 ? "" : "s");
	*out = c->p;
	c->p += n;
	return true;
}

/* The specification's decoder compares lengths with what is left before the length itself: one byte too many and a
   little more are an unexpected end, further ones out of bounds. */
bool read_length(struct cursor *c, uint32_t *out, uint32_t limit, const char *what)
{
	const uint8_t *start = c->p;
	uint32_t offset = cursor_offset(c), before = cursor_left(c);

	if (!read_u32(c, out, what))
		return false;
	uint32_t left = cursor_left(c);
	if (*out <= left && *out > limit) {
		c->p = start;
		return cursor_error(c, E_LIMIT, offset, "%s is %u, the limit is %u", what, *out, limit);
	}
	if (*out <= before)
		return true;
	c->p = start;
	return cursor_error(c, E_LENGTH, offset,
		"length out of bounds: %s is %u, but only %u byte%s follow%s", what, *out,
		left, left == 1 ? "" : "s", left == 1 ? "s" : "");
}

bool read_count(struct cursor *c, uint32_t *out, uint32_t limit, const char *what)
{
	return read_length(c, out, limit, what);
}

bool read_name(struct cursor *c, struct str *out, const char *what)
{
	uint32_t offset = cursor_offset(c), n;
	const uint8_t *bytes = NULL;

	if (!read_length(c, &n, UINT32_MAX, what) || !read_bytes(c, n, &bytes, what))
		return false;
	*out = (struct str){ (const char *)bytes, n };
	if (!utf8_valid(out->p, n))
		return cursor_error(c, E_UTF8, offset, "malformed UTF-8 encoding in %s", what);
	return true;
}

/* ---- types ------------------------------------------------------------------------------------------------- */

/* Codes of types as the low seven bits of their byte. */
enum {
	CODE_I32 = 0x7f, CODE_I64 = 0x7e, CODE_F32 = 0x7d, CODE_F64 = 0x7c, CODE_V128 = 0x7b, CODE_REF = 0x64,
	CODE_REF_NULL = 0x63,
};

static const struct { uint8_t heap, feature; } abstract_heaps[] = {
#define ABSTRACT(code, heap, feature) [(code) - 0x68] = { HEAP_##heap, FEATURE_##feature }
	ABSTRACT(0x69, EXN, EXCEPTIONS),
	ABSTRACT(0x6a, ARRAY, GC),
	ABSTRACT(0x6b, STRUCT, GC),
	ABSTRACT(0x6c, I31, GC),
	ABSTRACT(0x6d, EQ, GC),
	ABSTRACT(0x6e, ANY, GC),
	ABSTRACT(0x6f, EXTERN, REFERENCE_TYPES),
	ABSTRACT(0x70, FUNC, MVP),
	ABSTRACT(0x71, NONE, GC),
	ABSTRACT(0x72, NOEXTERN, GC),
	ABSTRACT(0x73, NOFUNC, GC),
	ABSTRACT(0x74, NOEXN, EXCEPTIONS),
#undef ABSTRACT
};

static uint32_t abstract_heap(uint8_t code)
{
	return code >= 0x69 && code <= 0x74 ? abstract_heaps[code - 0x68].heap : HEAP_BOT;
}

bool valtype_byte(uint8_t b)
{
	return (b >= CODE_V128 && b <= CODE_I32) || b == CODE_REF || b == CODE_REF_NULL
		|| abstract_heap(b) != HEAP_BOT;
}

static bool need_heap(struct cursor *c, uint8_t code, uint32_t offset)
{
	return cursor_need(c, (enum feature)abstract_heaps[code - 0x68].feature, offset,
		heap_name(abstract_heap(code)));
}

bool read_type_id(struct cursor *c, uint32_t index, uint32_t offset, uint32_t *id)
{
	const struct module *m = c->m;

	if (index < m->ntypes) {
		*id = m->types[index]->id;
		return true;
	}
	if (index - m->ntypes < c->group) {
		*id = (uint32_t)GROUP_LOCAL + (index - m->ntypes);
		return true;
	}
	if (c->group || m->ntypes == 0)
		return cursor_error(c, E_UNKNOWN_TYPE, offset, "unknown type %u", index);
	return cursor_error(c, E_UNKNOWN_TYPE, offset, "unknown type %u: the last one is %u", index,
		m->ntypes - 1);
}

bool read_heap(struct cursor *c, uint32_t *heap, uint32_t *index)
{
	const uint8_t *start = c->p;
	uint32_t offset = cursor_offset(c), id;
	int64_t code;

	*index = TYPE_NONE;
	if (!read_s33(c, &code, "a heap type"))
		return false;
	if (code < 0) {
		*heap = c->p - start == 1 ? abstract_heap(*start) : HEAP_BOT;
		if (*heap == HEAP_BOT)
			return cursor_error(c, E_HEAP_TYPE, offset, "malformed heap type 0x%02x", *start);
		return need_heap(c, *start, offset);
	}
	*index = (uint32_t)code;
	if (c->lax && *index >= c->m->ntypes + c->group) {
		*heap = HEAP_BOT;
		return true;
	}
	if (!cursor_need(c, FEATURE_FUNCTION_REFERENCES, offset, "a reference to a defined type")
			|| !read_type_id(c, *index, offset, &id))
		return false;
	*heap = HEAP_TYPES + id;
	return true;
}

static bool read_long_ref(struct cursor *c, valtype *out, bool nullable)
{
	uint32_t offset = cursor_offset(c), heap, index;

	c->p++;
	if (!cursor_need(c, FEATURE_FUNCTION_REFERENCES, offset, "a reference type in its long form")
			|| !read_heap(c, &heap, &index))
		return false;
	*out = vt_ref(heap, nullable);
	return true;
}

bool read_reftype(struct cursor *c, valtype *out)
{
	uint32_t offset = cursor_offset(c);

	if (c->p >= c->end)
		return end_error(c, "a reference type");
	uint8_t b = *c->p;
	if (b == CODE_REF || b == CODE_REF_NULL)
		return read_long_ref(c, out, b == CODE_REF_NULL);
	uint32_t heap = abstract_heap(b);
	if (heap == HEAP_BOT && b >= 0x80)
		return cursor_error(c, E_LEB_LONG, offset,
			"integer representation too long: a type is one byte, not 0x%02x…",
			b);
	if (heap == HEAP_BOT)
		return cursor_error(c, E_REF_TYPE, offset, "malformed reference type 0x%02x", b);
	c->p++;
	*out = vt_ref(heap, true);
	return need_heap(c, b, offset);
}

bool read_valtype(struct cursor *c, valtype *out)
{
	if (c->p >= c->end)
		return end_error(c, "a value type");
	switch (*c->p) {
	case CODE_I32: case CODE_I64: case CODE_F32: case CODE_F64:
		*out = VT_I32 + (CODE_I32 - *c->p++);
		return true;
	case CODE_V128:
		*out = VT_V128;
		c->p++;
		return cursor_need(c, FEATURE_SIMD, cursor_offset(c) - 1, "v128");
	default:
		return read_reftype(c, out);
	}
}
