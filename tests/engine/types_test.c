/* Canonical types and subtyping. */
#include "tests/harness/tap.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/types.h"

static struct subtype_def func_def(const valtype *params, uint32_t n)
{
	return (struct subtype_def){ .kind = TYPE_FUNC, .final = true, .super = TYPE_NONE, .nparams = n,
		.params = params };
}

static struct subtype_def struct_def(const struct field_type *fields, uint32_t n, uint32_t super)
{
	return (struct subtype_def){ .kind = TYPE_STRUCT, .super = super, .nfields = n, .fields = fields };
}

static uint32_t add(struct engine *en, const struct subtype_def *defs, uint32_t n)
{
	struct err e = { 0 };
	uint32_t first = TYPE_NONE;

	CHECK(engine_add_group(en, defs, n, &first, &e), "a group of %u is added", n);
	return first;
}

static void check_canonical(struct engine *en)
{
	valtype params[] = { VT_I32, VT_V128 }, self[] = { vt_ref(HEAP_TYPES + GROUP_LOCAL, false) };
	struct subtype_def f = func_def(params, 2), r = func_def(self, 1);
	uint32_t a = add(en, &f, 1), b = add(en, &f, 1), c = add(en, &r, 1);

	CHECK(a == b, "equal groups have one id");
	CHECK(engine_type(en, a)->param_slots == 3, "a v128 takes two slots");
	CHECK(add(en, &r, 1) == c, "a group that names itself is found again");
	CHECK(vt_heap(engine_type(en, c)->params[0]) == HEAP_TYPES + c, "and its stored form names its id");
	valtype outer[] = { vt_ref(HEAP_TYPES + c, false) };
	struct subtype_def o = func_def(outer, 1);
	CHECK(add(en, &o, 1) != c, "naming an equal type from outside is another type");
	struct subtype_def two[] = { f, f };
	uint32_t d = add(en, two, 2);
	CHECK(d != a && engine_type(en, d + 1)->group == d && engine_type(en, d)->group_size == 2,
		"members of a larger group are types of their own");
	f.final = false;
	CHECK(add(en, &f, 1) != a, "finality counts");
	CHECK(engine_func_type(en, params, 2, NULL, 0)->id == a, "host functions get the same type");
}

static void check_subtypes(struct engine *en)
{
	struct field_type one[] = { { VT_I32, false } }, two[] = { { VT_I32, false }, { VT_I8, true } };
	struct subtype_def s = struct_def(one, 1, TYPE_NONE);
	uint32_t base = add(en, &s, 1);
	struct subtype_def t = struct_def(two, 2, base);
	uint32_t sub = add(en, &t, 1);
	struct subtype_def u = struct_def(two, 2, sub);
	uint32_t subsub = add(en, &u, 1);

	CHECK(type_id_sub(en, subsub, base) && type_id_sub(en, sub, base), "subtypes to any depth");
	CHECK(!type_id_sub(en, base, sub), "not the other way");
	CHECK(deftype_fits(en, engine_type(en, sub), engine_type(en, base)), "more fields fit");
	CHECK(!deftype_fits(en, engine_type(en, base), engine_type(en, sub)), "fewer do not");
	CHECK(valtype_sub(en, vt_ref(HEAP_TYPES + sub, false), vt_ref(HEAP_TYPES + base, true)),
		"references follow");
	CHECK(!valtype_sub(en, vt_ref(HEAP_TYPES + sub, true), vt_ref(HEAP_TYPES + base, false)),
		"null does not fit");
	CHECK(heap_sub(en, HEAP_TYPES + sub, HEAP_STRUCT) && heap_sub(en, HEAP_TYPES + sub, HEAP_ANY)
		&& !heap_sub(en, HEAP_TYPES + sub, HEAP_ARRAY), "a struct type is a struct");
	CHECK(heap_sub(en, HEAP_NONE, HEAP_TYPES + sub) && !heap_sub(en, HEAP_NOFUNC, HEAP_TYPES + sub),
		"none is below it, nofunc is not");
	CHECK(heap_top(en, HEAP_TYPES + sub) == HEAP_ANY && heap_top(en, HEAP_NOEXN) == HEAP_EXN, "tops");
}

static void check_depth(struct engine *en)
{
	struct subtype_def s = struct_def(NULL, 0, TYPE_NONE);
	struct err e = { 0 };
	uint32_t id;
	bool ok = engine_add_group(en, &s, 1, &id, &e);

	for (int i = 0; i < 63; i++) {
		s.super = id;
		ok &= engine_add_group(en, &s, 1, &id, &e);
	}
	CHECK(ok && engine_type(en, id)->depth == 63, "63 supertypes are allowed");
	s.super = id;
	CHECK(!engine_add_group(en, &s, 1, &id, &e) && e.code == E_LIMIT, "64 are not: %s", e.message);
}

static void check_abstract(struct engine *en)
{
	static const struct { enum heap sub, super; bool is; } rules[] = {
		{ HEAP_NOFUNC, HEAP_FUNC, true }, { HEAP_I31, HEAP_EQ, true }, { HEAP_EQ, HEAP_ANY, true },
		{ HEAP_NONE, HEAP_I31, true }, { HEAP_BOT, HEAP_FUNC, true }, { HEAP_BOT, HEAP_ANY, true },
		{ HEAP_ANY, HEAP_EQ, false }, { HEAP_FUNC, HEAP_ANY, false }, { HEAP_NONE, HEAP_FUNC, false },
		{ HEAP_NOEXTERN, HEAP_EXTERN, true }, { HEAP_EXTERN, HEAP_ANY, false },
		{ HEAP_I31, HEAP_STRUCT, false },
	};

	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		CHECK(heap_sub(en, rules[i].sub, rules[i].super) == rules[i].is, "%s %s below %s",
			heap_name(rules[i].sub) ? heap_name(rules[i].sub) : "bottom", rules[i].is ? "is"
			: "is not", heap_name(rules[i].super));
	CHECK(valtype_sub(en, VT_BOT, VT_I32) && !valtype_sub(en, VT_I32, VT_I64), "bottom is below numbers");
	CHECK(valtype_diff(vt_ref(HEAP_ANY, true), vt_ref(HEAP_I31, true)) == vt_ref(HEAP_ANY, false)
		&& valtype_diff(vt_ref(HEAP_ANY, true), vt_ref(HEAP_I31, false)) == vt_ref(HEAP_ANY, true),
		"taking a nullable type away takes null away");
}

static void check_print(struct engine *en)
{
	valtype params[] = { VT_I32, vt_ref(HEAP_FUNC, true), vt_ref(HEAP_FUNC, false) }, result = VT_F32;
	struct field_type fields[] = { { VT_I8, true }, { vt_ref(HEAP_NONE, true), false } };
	struct subtype_def s = struct_def(fields, 2, TYPE_NONE);
	struct buf out = { 0 };

	deftype_print(engine_func_type(en, params, 3, &result, 1), NULL, &out);
	buf_putc(&out, ' ');
	deftype_print(engine_type(en, add(en, &s, 1)), NULL, &out);
	CHECK(!strcmp(buf_str(&out),
		"(i32 funcref (ref func)) -> (f32) (struct (field (mut i8)) (field nullref))"),
		"prints: %s", buf_str(&out));
	buf_free(&out);
}

static void check_many(struct engine *en)
{
	bool ok = true;

	for (int round = 0; round < 2; round++)
		for (uint32_t i = 0; i < 5000; i++) {
			valtype params[13];
			for (uint32_t j = 0; j < 13; j++)
				params[j] = i >> j & 1 ? VT_I32 : VT_I64;
			const struct deftype *t = engine_func_type(en, params, 13, NULL, 0);
			ok &= t && !memcmp(t->params, params, sizeof params) && engine_type(en, t->id) == t;
		}
	CHECK(ok, "5000 types keep their places");
	CHECK(engine_type_count(en) < 5200, "and are stored once");
}

int main(void)
{
	struct engine *en = engine_new();

	check_canonical(en);
	check_subtypes(en);
	check_depth(en);
	check_abstract(en);
	check_print(en);
	check_many(en);
	engine_free(en);
	return tap_done();
}
