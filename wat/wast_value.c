/* Constants and result patterns of scripts. */
#include "wat/wast_reader.h"

#include "wat/parse.h"

static bool at_number(const struct wast *w)
{
	return w->tok.kind == TK_NAT || w->tok.kind == TK_INT || w->tok.kind == TK_FLOAT;
}

static bool range(struct wast *w)
{
	struct str text = token_text(&w->lx, &w->tok);

	return err_set(w->lx.e, E_CONST_RANGE, place_text(w->tok.start, w->tok.length), "constant out of range: %.*s",
		text.n > 60 ? 60 : (int)text.n, text.p);
}

static bool integer(struct wast *w, bool wide, struct wast_value *v)
{
	uint32_t narrow = 0;

	if (w->tok.kind != TK_NAT && w->tok.kind != TK_INT)
		return wast_unexpected(w, "an integer");
	v->value.type = wide ? VT_I64 : VT_I32;
	if (wide ? !literal_i64(&w->lx, &w->tok, &v->value.lo) : !literal_i32(&w->lx, &w->tok, &narrow))
		return range(w);
	if (!wide)
		v->value.lo = narrow;
	return wast_advance(w);
}

/* One lane; *nan says which pattern it is. */
static bool lane(struct wast *w, enum word shape, unsigned i, bool patterns, uint8_t *bytes, uint8_t *nan)
{
	if (patterns && shape >= W_f32x4 && w->tok.kind == TK_WORD &&
	    (w->tok.id == W_nan_canonical || w->tok.id == W_nan_arithmetic)) {
		*nan = w->tok.id == W_nan_canonical ? WAST_NAN_CANONICAL : WAST_NAN_ARITHMETIC;
		return wast_advance(w);
	}
	if (!at_number(w) || (shape < W_f32x4 && w->tok.kind == TK_FLOAT))
		return wast_unexpected(w, "a number");
	if (!literal_lane(&w->lx, &w->tok, shape, i, bytes))
		return range(w);
	return wast_advance(w);
}

static uint64_t little(const uint8_t *p, unsigned n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

/* LANES lanes of SHAPE as a value of TYPE. */
static bool lanes(struct wast *w, enum word shape, unsigned count, valtype type, bool patterns, struct wast_value *v)
{
	uint8_t bytes[16] = { 0 }, nan = 0;

	v->value.type = type;
	v->nlanes = (uint8_t)count;
	v->lane_bytes = (uint8_t)(16 / word_info[shape].value);
	for (unsigned i = 0; i < count; i++) {
		nan = WAST_EXACT;
		if (!lane(w, shape, i, patterns, bytes, &nan))
			return false;
		if (nan) {
			v->nan[i] = nan;
			v->kind = WAST_FLOATS;
		}
	}
	if (shape >= W_f32x4 && patterns)
		v->kind = WAST_FLOATS;
	v->value.lo = little(bytes, 8);
	v->value.hi = little(bytes + 8, 8);
	return true;
}

static bool vector(struct wast *w, bool patterns, struct wast_value *v)
{
	if (w->tok.kind != TK_WORD || word_info[w->tok.id].class != WORD_SHAPE)
		return wast_unexpected(w, "a shape such as i32x4");
	enum word shape = w->tok.id;
	return wast_advance(w) && lanes(w, shape, word_info[shape].value, VT_V128, patterns, v);
}

static const struct { enum word word; uint8_t heap; } heaps[] = {
	{ W_func, HEAP_FUNC }, { W_nofunc, HEAP_NOFUNC }, { W_extern, HEAP_EXTERN }, { W_noextern, HEAP_NOEXTERN },
	{ W_any, HEAP_ANY }, { W_eq, HEAP_EQ }, { W_i31, HEAP_I31 }, { W_struct, HEAP_STRUCT }, { W_array, HEAP_ARRAY },
	{ W_none, HEAP_NONE }, { W_exn, HEAP_EXN }, { W_noexn, HEAP_NOEXN },
};

static bool null_value(struct wast *w, struct wast_value *v)
{
	v->kind = WAST_REF_NULL;
	if (w->tok.kind == TK_RPAR || w->tok.kind == TK_ID || w->tok.kind == TK_NAT)
		return w->tok.kind == TK_RPAR || wast_advance(w);
	for (size_t i = 0; i < sizeof heaps / sizeof *heaps; i++) {
		if (w->tok.kind == TK_WORD && w->tok.id == heaps[i].word) {
			v->value.type = vt_ref(heaps[i].heap, true);
			return wast_advance(w);
		}
	}
	return wast_unexpected(w, "a heap type");
}

/* ref.extern and ref.host with a number; without one, a pattern. */
static bool host_value(struct wast *w, bool host, struct wast_value *v)
{
	v->kind = host ? WAST_REF_HOST_N : WAST_REF_EXTERN_N;
	if (w->tok.kind == TK_RPAR && !host) {
		v->kind = WAST_REF_EXTERN;
		return true;
	}
	if (w->tok.kind != TK_NAT || w->tok.overflow)
		return wast_unexpected(w, "a number");
	v->number = w->tok.value;
	return wast_advance(w);
}

static bool either(struct wast *w, struct wast_value *v)
{
	v->kind = WAST_EITHER;
	return wast_values(w, true, &v->choices, &v->nchoices);
}

/* What is inside the parentheses of one value; the keyword is the current token. NESTED: a choice of either. */
static bool value(struct wast *w, bool patterns, bool nested, struct wast_value *v)
{
	uint16_t kind = w->tok.kind, id = w->tok.id;

	if (kind != TK_OP && kind != TK_WORD)
		return wast_unexpected(w, "a constant");
	if (kind == TK_OP) {
		switch (id) {
		case OP_I32_CONST:  return wast_advance(w) && integer(w, false, v);
		case OP_I64_CONST:  return wast_advance(w) && integer(w, true, v);
		case OP_F32_CONST:  return wast_advance(w) && lanes(w, W_f32x4, 1, VT_F32, patterns, v);
		case OP_F64_CONST:  return wast_advance(w) && lanes(w, W_f64x2, 1, VT_F64, patterns, v);
		case OP_V128_CONST: return wast_advance(w) && vector(w, patterns, v);
		case OP_REF_NULL:   return wast_advance(w) && null_value(w, v);
		case OP_REF_FUNC:
			v->kind = WAST_REF_FUNC;
			return patterns ? wast_advance(w) && (!(w->tok.kind == TK_NAT || w->tok.kind == TK_ID) || wast_advance(w)) :
				wast_unexpected(w, "a constant");
		case OP_REF_I31:
			v->kind = WAST_REF_I31;
			return patterns ? wast_advance(w) : wast_unexpected(w, "a constant");
		case OP_REF_EQ:
			v->kind = WAST_REF_EQ;
			return patterns ? wast_advance(w) : wast_unexpected(w, "a constant");
		default:
			return wast_unexpected(w, "a constant");
		}
	}
	if (id == W_ref_extern || id == W_ref_host)
		return wast_advance(w) && host_value(w, id == W_ref_host, v);
	if (!patterns)
		return wast_unexpected(w, "a constant");
	switch (id) {
	case W_ref_any:    v->kind = WAST_REF_ANY; return wast_advance(w);
	case W_ref_struct: v->kind = WAST_REF_STRUCT; return wast_advance(w);
	case W_ref_array:  v->kind = WAST_REF_ARRAY; return wast_advance(w);
	case W_ref_exn:    v->kind = WAST_REF_EXN; return wast_advance(w);
	case W_either:
		if (nested)
			return wast_unexpected(w, "a result that is no choice itself");
		return wast_advance(w) && either(w, v);
	default:
		return wast_unexpected(w, "a result");
	}
}

bool wast_values(struct wast *w, bool patterns, const struct wast_value **out, uint32_t *n)
{
	VEC(struct wast_value) list = { 0 };
	bool ok = true;

	w->nesting++;
	while (ok && w->tok.kind == TK_LPAR) {
		struct wast_value v = { 0 };
		ok = wast_advance(w) && value(w, patterns, w->nesting > 1, &v) && wast_rpar(w) &&
			(vec_push(&list, v) || err_oom(w->lx.e));
	}
	w->nesting--;
	*n = (uint32_t)list.count;
	*out = NULL;
	if (ok && list.count && !(*out = arena_copy(&w->arena, list.data, list.count * sizeof *list.data)))
		ok = err_oom(w->lx.e);
	vec_free(&list);
	return ok;
}
