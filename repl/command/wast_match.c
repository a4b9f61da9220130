/* Values of specification scripts: arguments, and whether results are as they should be. */
#include "engine/base/buf.h"
#include "engine/store.h"
#include "repl/command/wast_run.h"

struct value wast_argument(const struct wast_value *v)
{
	switch (v->kind) {
	case WAST_REF_EXTERN_N:
		return (struct value){ VT_EXTERNREF, REF_HOST_BIT | v->number, 0 };
	case WAST_REF_HOST_N:
		return (struct value){ vt_ref(HEAP_ANY, true), REF_HOST_BIT | v->number, 0 };
	case WAST_REF_NULL:
		return (struct value){ v->value.type, 0, 0 };
	default:
		return v->value;
	}
}

static uint64_t lane_of(struct value v, unsigned lane, unsigned bytes)
{
	unsigned at = lane * bytes;
	uint64_t half = at < 8 ? v.lo : v.hi;

	return bytes == 8 ? half : half >> (at % 8 * 8) & 0xffffffff;
}

static bool lane_matches(uint64_t got, uint64_t want, enum wast_nan nan, unsigned bytes)
{
	const uint64_t sign = bytes == 8 ? (uint64_t)1 << 63 : 1u << 31;
	const uint64_t quiet = bytes == 8 ? 0x7ff8000000000000 : 0x7fc00000;

	switch (nan) {
	case WAST_NAN_CANONICAL:
		return (got & ~sign) == quiet;
	case WAST_NAN_ARITHMETIC:
		return (got & quiet) == quiet;
	default:
		return got == want;
	}
}

static bool floats_match(const struct wast_value *want, struct value got)
{
	if (got.type != want->value.type)
		return false;
	for (unsigned i = 0; i < want->nlanes; i++)
		if (!lane_matches(lane_of(got, i, want->lane_bytes), lane_of(want->value, i, want->lane_bytes),
			(enum wast_nan)want->nan[i], want->lane_bytes))
			return false;
	return true;
}

static bool is_i31(slot v)
{
	return v & 1 && !(v & REF_HOST_BIT);
}

/* What an object is says its text: its type may be less exact. */
static bool is_object(struct value v, const struct store *s, const char *prefix)
{
	struct buf b = { 0 };

	value_print(v, s, &b);
	bool is = strncmp(buf_str(&b), prefix, strlen(prefix)) == 0;
	buf_free(&b);
	return is;
}

static bool ref_matches(const struct wast_value *want, struct value got, const struct store *s)
{
	uint32_t top = vt_is_ref(got.type) ? heap_top(s->engine, vt_heap(got.type)) : 0;

	if (!vt_is_ref(got.type))
		return false;
	if (want->kind == WAST_REF_NULL)
		return got.lo == 0 && (want->value.type == VT_BOT ||
			top == heap_top(s->engine, vt_heap(want->value.type)));
	if (got.lo == 0)
		return false;
	switch (want->kind) {
	case WAST_REF_FUNC:
		return top == HEAP_FUNC;
	case WAST_REF_EXTERN:
		return top == HEAP_EXTERN;
	case WAST_REF_EXN:
		return top == HEAP_EXN;
	case WAST_REF_ANY:
		return top == HEAP_ANY;
	case WAST_REF_I31:
		return top == HEAP_ANY && is_i31(got.lo);
	case WAST_REF_EQ:
		return top == HEAP_ANY && !(got.lo & REF_HOST_BIT);
	case WAST_REF_STRUCT:
	case WAST_REF_ARRAY:
		return top == HEAP_ANY && is_object(got, s, want->kind == WAST_REF_STRUCT ? "struct#" : "array#");
	case WAST_REF_EXTERN_N:
		return top == HEAP_EXTERN && got.lo == (REF_HOST_BIT | want->number);
	case WAST_REF_HOST_N:
		return got.lo == (REF_HOST_BIT | want->number);
	default:
		return false;
	}
}

bool wast_matches(const struct wast_value *want, struct value got, const struct store *s)
{
	switch (want->kind) {
	case WAST_CONST:
		return got.type == want->value.type && got.lo == want->value.lo && got.hi == want->value.hi;
	case WAST_FLOATS:
		return floats_match(want, got);
	case WAST_EITHER:
		for (uint32_t i = 0; i < want->nchoices; i++)
			if (wast_matches(&want->choices[i], got, s))
				return true;
		return false;
	default:
		return ref_matches(want, got, s);
	}
}

void wast_print_wanted(const struct wast_value *want, const struct store *s, struct buf *out)
{
	static const char *const refs[] = {
		[WAST_REF_FUNC] = "a function", [WAST_REF_EXTERN] = "an external reference", [WAST_REF_ANY] = "a reference",
		[WAST_REF_EQ] = "an eqref", [WAST_REF_I31] = "an i31", [WAST_REF_STRUCT] = "a struct",
		[WAST_REF_ARRAY] = "an array", [WAST_REF_EXN] = "an exception",
	};

	switch (want->kind) {
	case WAST_CONST:
		value_print(want->value, s, out);
		return;
	case WAST_FLOATS:
		if (want->nlanes == 1 && want->nan[0] != WAST_EXACT)
			buf_puts(out, want->nan[0] == WAST_NAN_CANONICAL ? "nan:canonical" : "nan:arithmetic");
		else if (want->nlanes == 1)
			value_print(want->value, s, out);
		else
			buf_puts(out, "a vector with NaN patterns");
		return;
	case WAST_REF_NULL:
		buf_puts(out, "null");
		return;
	case WAST_REF_EXTERN_N:
	case WAST_REF_HOST_N:
		buf_printf(out, "host value %llu", (unsigned long long)want->number);
		return;
	case WAST_EITHER:
		for (uint32_t i = 0; i < want->nchoices; i++) {
			buf_puts(out, i ? " or " : "");
			wast_print_wanted(&want->choices[i], s, out);
		}
		return;
	default:
		buf_puts(out, refs[want->kind]);
	}
}
