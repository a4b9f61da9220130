/*
 * Constant expressions (core specification 3.4.13): a handful of instructions on an operand stack. Each operand keeps
 * where it was pushed, so that a wrong one can be pointed at.
 */
#include "engine/validate.h"

#include "engine/base/buf.h"
#include "engine/base/vec.h"
#include "engine/imm.h"

struct operand {
	valtype type;
	uint32_t offset;                /* of the instruction that pushed it */
};

struct checker {
	struct module *m;
	struct err *e;
	struct instr in;                /* the instruction at hand */
	uint32_t nglobals;
	VEC(struct operand) stack;
};

/* ---- errors ------------------------------------------------------------------------------------------------ */

static const char *type_text(const struct checker *k, valtype t, struct buf *out)
{
	struct type_names names = { module_type_name, k->m };

	valtype_print(t, &names, out);
	return buf_str(out);
}

static bool mismatch(struct checker *k, const char *who, valtype want, const struct operand *found)
{
	struct buf a = { 0 }, b = { 0 };

	err_set(k->e, E_TYPE_MISMATCH, place_offset(k->in.offset),
		"type mismatch: %s expects %.200s, found %.200s", who,
		type_text(k, want, &a), found ? type_text(k, found->type, &b) : "nothing");
	if (found)
		err_note(k->e, place_offset(found->offset), "the %.100s was pushed here", buf_str(&b));
	buf_free(&a);
	buf_free(&b);
	return false;
}

static bool wrong_type(struct checker *k, uint32_t index, const char *kind)
{
	return err_set(k->e, E_TYPE_MISMATCH, place_offset(k->in.offset),
		"type mismatch: %s needs %s, type %u is none",
		op_info[k->in.op].text, kind, index);
}

/* ---- the stack --------------------------------------------------------------------------------------------- */

static bool push(struct checker *k, valtype t)
{
	struct operand o = { t, k->in.offset };

	return vec_push(&k->stack, o) || err_oom(k->e);
}

static bool pop(struct checker *k, valtype want)
{
	const char *who = op_info[k->in.op].text;

	if (k->stack.count == 0)
		return mismatch(k, who, want, NULL);
	struct operand found = vec_pop(&k->stack);
	return valtype_sub(k->m->engine, found.type, want) || mismatch(k, who, want, &found);
}

/* ---- instructions ------------------------------------------------------------------------------------------ */

static bool check_global_get(struct checker *k)
{
	const struct module *m = k->m;
	uint32_t i = k->in.index;

	if (i >= k->nglobals)
		return err_set(k->e, E_UNKNOWN_GLOBAL, place_offset(k->in.offset), i < m->nglobals
			? "unknown global %u: it is not available yet, only the first %u are"
			: "unknown global %u: only %u are available here", i, k->nglobals);
	if (m->globals[i].mut)
		return err_set(k->e, E_CONST_EXPR, place_offset(k->in.offset),
			"constant expression required: global %u can change", i);
	return push(k, m->globals[i].type);
}

static bool check_ref_func(struct checker *k)
{
	struct module *m = k->m;
	uint32_t i = k->in.index;

	if (i >= m->nfuncs)
		return err_set(k->e, E_UNKNOWN_FUNC, place_offset(k->in.offset),
			"unknown function %u: the module has %u", i,
			m->nfuncs);
	m->funcs[i].declared = true;
	return push(k, vt_ref(HEAP_TYPES + m->funcs[i].type->id, false));
}

static bool find_type(struct checker *k, enum type_kind kind, const struct deftype **out)
{
	uint32_t i = k->in.index;

	if (i >= k->m->ntypes)
		return err_set(k->e, E_UNKNOWN_TYPE, place_offset(k->in.offset),
			"unknown type %u: the module has %u", i,
			k->m->ntypes);
	*out = k->m->types[i];
	return (*out)->kind == kind || wrong_type(k, i, kind == TYPE_STRUCT ? "a struct type"
		: "an array type");
}

static valtype unpacked(valtype t)
{
	return t == VT_I8 || t == VT_I16 ? VT_I32 : t;
}

static bool check_defaults(struct checker *k, const struct deftype *t)
{
	for (uint32_t i = 0; i < t->nfields; i++)
		if (!vt_defaultable(t->fields[i].type))
			return err_set(k->e, E_TYPE_MISMATCH, place_offset(k->in.offset),
				"type mismatch: %s needs fields with defaults, field %u has none",
				op_info[k->in.op].text, i);
	return true;
}

static bool push_object(struct checker *k, const struct deftype *t)
{
	return push(k, vt_ref(HEAP_TYPES + t->id, false));
}

static bool check_struct_new(struct checker *k)
{
	const struct deftype *t;

	if (!find_type(k, TYPE_STRUCT, &t))
		return false;
	if (k->in.op == OP_STRUCT_NEW_DEFAULT)
		return check_defaults(k, t) && push_object(k, t);
	for (uint32_t i = t->nfields; i > 0; i--)
		if (!pop(k, unpacked(t->fields[i - 1].type)))
			return false;
	return push_object(k, t);
}

static bool check_array_new(struct checker *k)
{
	const struct deftype *t;

	if (!find_type(k, TYPE_ARRAY, &t))
		return false;
	valtype element = unpacked(t->fields[0].type);
	switch (k->in.op) {
	case OP_ARRAY_NEW_FIXED:
		for (uint32_t i = 0; i < k->in.index2; i++)
			if (!pop(k, element))
				return false;
		return push_object(k, t);
	case OP_ARRAY_NEW_DEFAULT:
		return pop(k, VT_I32) && check_defaults(k, t) && push_object(k, t);
	default:
		return pop(k, VT_I32) && pop(k, element) && push_object(k, t);
	}
}

/* Between the hierarchies of any and extern; whether null is possible stays. */
static bool check_convert(struct checker *k, uint32_t from, uint32_t to)
{
	bool nullable = k->stack.count == 0 || vt_nullable(vec_last(&k->stack).type);

	return pop(k, vt_ref(from, true)) && push(k, vt_ref(to, nullable));
}

static bool not_constant(struct checker *k)
{
	return err_set(k->e, E_CONST_EXPR, place_offset(k->in.offset),
		"constant expression required: %s is not allowed",
		op_info[k->in.op].text);
}

static bool check_instr(struct checker *k)
{
	switch (k->in.op) {
	case OP_I32_CONST:
		return push(k, VT_I32);
	case OP_I64_CONST:
		return push(k, VT_I64);
	case OP_F32_CONST:
		return push(k, VT_F32);
	case OP_F64_CONST:
		return push(k, VT_F64);
	case OP_V128_CONST:
		return push(k, VT_V128);
	case OP_I32_ADD: case OP_I32_SUB: case OP_I32_MUL:
		return pop(k, VT_I32) && pop(k, VT_I32) && push(k, VT_I32);
	case OP_I64_ADD: case OP_I64_SUB: case OP_I64_MUL:
		return pop(k, VT_I64) && pop(k, VT_I64) && push(k, VT_I64);
	case OP_GLOBAL_GET:
		return check_global_get(k);
	case OP_REF_NULL:
		return push(k, vt_ref(k->in.heap.heap, true));
	case OP_REF_FUNC:
		return check_ref_func(k);
	case OP_REF_I31:
		return pop(k, VT_I32) && push(k, vt_ref(HEAP_I31, false));
	case OP_STRUCT_NEW: case OP_STRUCT_NEW_DEFAULT:
		return check_struct_new(k);
	case OP_ARRAY_NEW: case OP_ARRAY_NEW_DEFAULT: case OP_ARRAY_NEW_FIXED:
		return check_array_new(k);
	case OP_ANY_CONVERT_EXTERN:
		return check_convert(k, HEAP_EXTERN, HEAP_ANY);
	case OP_EXTERN_CONVERT_ANY:
		return check_convert(k, HEAP_ANY, HEAP_EXTERN);
	default:
		return not_constant(k);
	}
}

/* Arithmetic is constant only with extended-const, and any instruction may be of a feature that is off. */
static bool check_features(struct checker *k)
{
	bool arithmetic = op_info[k->in.op].lower == LOWER_NUM;

	if (arithmetic && !features_has(k->m->features, FEATURE_EXTENDED_CONST))
		return not_constant(k);
	if (features_has_op(k->m->features, k->in.op))
		return true;
	return err_set(k->e, E_FEATURE_OFF, place_offset(k->in.offset), "%s: the feature %s is off",
		op_info[k->in.op].text, feature_info[op_info[k->in.op].feature].name);
}

static bool check_end(struct checker *k, valtype want)
{
	if (k->stack.count > 1)
		return err_set(k->e, E_TYPE_MISMATCH, place_offset(k->stack.data[1].offset),
			"type mismatch: a constant expression gives one value, this one %llu",
			(unsigned long long)k->stack.count);
	if (k->stack.count == 0)
		return mismatch(k, "a constant expression here", want, NULL);
	struct operand found = k->stack.data[0];
	return valtype_sub(k->m->engine, found.type, want) || mismatch(k, "a constant expression here", want,
		&found);
}

static bool check_expr(struct checker *k, struct const_expr x, valtype want)
{
	struct cursor c = cursor_at(k->m, x.start, k->e);

	for (;;) {
		if (!instr_read(&c, &k->in, k->e))
			return false;
		if (k->in.op == OP_END)
			return check_end(k, want);
		if (!check_features(k) || !check_instr(k))
			return false;
	}
}

/* i32.const N alone, N so short that it cannot be wrong, as offsets nearly always are. */
static bool is_one_i32(const struct module *m, struct const_expr x)
{
	const uint8_t *p = m->bytes + x.start, *end = m->bytes + x.end;
	unsigned n = 0;

	if (end - p < 3 || *p++ != 0x41)
		return false;
	while (n++ < 3 && *p & 0x80 && p < end)
		p++;
	return end - p == 2 && !(p[0] & 0x80) && p[1] == 0x0b;
}

bool validate_const_expr(struct module *m, struct const_expr x, valtype want, uint32_t nglobals,
	struct err *e)
{
	if (want == VT_I32 && is_one_i32(m, x))
		return true;
	struct checker k = { .m = m, .e = e, .nglobals = nglobals };
	bool ok = check_expr(&k, x, want);

	vec_free(&k.stack);
	return ok;
}
