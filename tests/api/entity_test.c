/* What a store holds: memories, tables, globals, tags and exceptions of the host; references that are kept; objects. */
#include "tests/api/guest.h"

static void memories(struct guest *g)
{
	struct wr_memory *m = wr_memory_new(g->store, (struct wr_limits){ .min = 1, .max = 3, .has_max = true }, 65536, &g->e);
	struct wr_extern x = { .kind = WR_MEMORY };
	struct wr_extern_type t;
	uint64_t old;
	char b[4];

	x.of.memory = m;
	CHECK(m && wr_memory_size(m) == 65536, "a memory of the host");
	CHECK(wr_linker_define(g->linker, "env", "mem", x, &g->e), "  under a name");
	struct wr_instance *in = guest_load(g, "(module (import \"env\" \"mem\" (memory 1 3)) (data (i32.const 3) \"abc\")"
		"(func (export \"at\") (param i32) (result i32) (i32.load8_u (local.get 0))) (export \"mem\" (memory 0)))");
	CHECK(wr_memory_read(m, 3, b, 3) && memcmp(b, "abc", 3) == 0, "  the guest's data is there");
	wr_memory_data(m)[7] = 77;
	CHECK(guest_i32(g, in, "at", 1, 7) == 77, "  and the host's");
	CHECK(wr_memory_grow(m, 1, &old) && old == 1 && wr_memory_size(m) == 131072, "  it grows");
	CHECK(wr_memory_write(m, 131071, "z", 1) && guest_i32(g, in, "at", 1, 131071) == 'z', "  the guest sees that");
	CHECK(!wr_memory_write(m, 131071, "zz", 2) && !wr_memory_read(m, UINT64_MAX, b, 1), "  bounds are checked");
	CHECK(!wr_memory_grow(m, 2, NULL) && wr_memory_grow(m, 1, NULL) && !wr_memory_grow(m, 1, NULL), "  up to its maximum");
	CHECK(wr_memory_get_type(m, &t) && t.limits.min == 3 && t.limits.max == 3 && t.page_size == 65536, "  its type");
	CHECK(wr_instance_memory(in, "mem") == m && wr_extern_get_type(&x, &t), "  it is the one exported");
	CHECK(!wr_memory_new(g->store, (struct wr_limits){ .min = 5, .max = 3, .has_max = true }, 65536, &g->e) &&
		g->e.error_class == WR_CLASS_INVALID, "impossible limits: %s", g->e.message);
	CHECK(!wr_memory_new(g->store, (struct wr_limits){ 0 }, 4096, &g->e), "a page size: %s", g->e.message);
	m = wr_memory_new(g->store, (struct wr_limits){ .min = 100 }, 1, &g->e);
	CHECK(m && wr_memory_size(m) == 100, "pages of one byte");
	CHECK(!wr_memory_size(NULL) && !wr_memory_data(NULL) && !wr_memory_grow(NULL, 1, NULL) && !wr_memory_read(NULL, 0, b, 0), "NULL");
}

static enum wr_outcome seven(struct wr_store *st, void *user, const struct wr_value *args, struct wr_value *results)
{
	results[0] = wr_i32(7);
	return WR_DONE;
}

static void tables(struct guest *g)
{
	const wr_type i32 = WR_I32;
	struct wr_func_type type = { NULL, &i32, 0, 1, 0 };
	struct wr_func *f = wr_func_new(g->store, &type, seven, NULL, "h", "seven", &g->e);
	struct wr_table *t = wr_table_new(g->store, WR_FUNCREF, (struct wr_limits){ .min = 2, .max = 5, .has_max = true },
		wr_null(WR_FUNCREF), &g->e);
	struct wr_extern x = { .kind = WR_TABLE };
	struct wr_extern_type xt;
	struct wr_value v;
	uint64_t old;

	x.of.table = t;
	wr_linker_define(g->linker, "env", "tab", x, &g->e);
	struct wr_instance *in = guest_load(g, "(module (import \"env\" \"tab\" (table 2 funcref)) (type $f (func (result i32)))"
		"(func (export \"call\") (param i32) (result i32) (call_indirect (type $f) (local.get 0))))");
	CHECK(t && wr_table_size(t) == 2 && wr_table_get(t, 0, &v) && wr_is_null(v), "a table of the host");
	CHECK(wr_table_set(t, 1, wr_funcref(f), &g->e) && guest_i32(g, in, "call", 1, 1) == 7, "  the guest calls through it");
	CHECK(wr_table_get(t, 1, &v) && v.of.func == f, "  the host reads it");
	CHECK(wr_table_grow(t, 3, v, &old, &g->e) && old == 2 && guest_i32(g, in, "call", 1, 4) == 7, "  it grows");
	CHECK(!wr_table_grow(t, 1, v, &old, &g->e) && g->e.error_class == WR_CLASS_LIMIT, "  up to its maximum: %s", g->e.message);
	CHECK(!wr_table_set(t, 5, v, &g->e) && g->e.error_class == WR_CLASS_NAME, "  %s", g->e.message);
	CHECK(!wr_table_set(t, 0, wr_externref(1), &g->e) && g->e.error_class == WR_CLASS_TYPE, "  %s", g->e.message);
	CHECK(!wr_table_get(t, 5, &v) && wr_table_get_type(t, &xt) && xt.value == WR_FUNCREF, "  its type");
	guest_i32(g, in, "call", 1, 0);
	CHECK(g->how == WR_TRAPPED, "  an empty element traps");
	CHECK(!wr_table_new(g->store, WR_I32, (struct wr_limits){ 0 }, wr_i32(0), &g->e), "no table of numbers: %s", g->e.message);
	CHECK(!wr_table_size(NULL) && !wr_table_get(NULL, 0, &v) && !wr_table_set(NULL, 0, v, NULL), "NULL");
}

static void globals(struct guest *g)
{
	struct wr_global *a = wr_global_new(g->store, WR_I64, true, wr_i64(5), &g->e);
	struct wr_global *b = wr_global_new(g->store, WR_EXTERNREF, false, wr_externref(9), &g->e);
	struct wr_extern x = { .kind = WR_GLOBAL };
	struct wr_extern_type t;
	struct wr_value v;
	uint64_t host;

	x.of.global = a;
	wr_linker_define(g->linker, "env", "glob", x, &g->e);
	struct wr_instance *in = guest_load(g, "(module (import \"env\" \"glob\" (global $g (mut i64)))"
		"(func (export \"inc\") (global.set $g (i64.add (global.get $g) (i64.const 1)))))");
	guest_run(g, in, "inc");
	CHECK(wr_global_get(a, &v) && v.of.i64 == 6, "a global of the host");
	CHECK(wr_global_set(g->store, a, wr_i64(-1), &g->e) && wr_global_get(a, &v) && v.of.i64 == -1, "  is set");
	CHECK(!wr_global_set(g->store, a, wr_i32(1), &g->e) && g->e.error_class == WR_CLASS_TYPE, "  %s", g->e.message);
	CHECK(!wr_global_set(g->store, b, wr_externref(1), &g->e), "  %s", g->e.message);
	CHECK(wr_global_get(b, &v) && wr_externref_get(v, &host) && host == 9, "a reference in a global");
	CHECK(wr_global_get_type(a, &t) && t.mut && t.value == WR_I64, "  types");
	CHECK(!wr_global_get(NULL, &v) && !wr_global_set(g->store, NULL, v, &g->e) && !wr_global_get_type(NULL, &t), "NULL");
}

static enum wr_outcome thrower(struct wr_store *st, void *user, const struct wr_value *args, struct wr_value *results)
{
	struct wr_value v[2] = { wr_i32(4), wr_f64(0.5) };

	return wr_throw(st, user, v, args[0].of.i32 ? 2 : 1);
}

static void exceptions(struct guest *g)
{
	const wr_type types[2] = { WR_I32, WR_F64 };
	struct wr_func_type carries = { types, NULL, 2, 0, 0 }, takes = { types, NULL, 1, 0, 0 }, bad = { types, types, 1, 1, 0 }, got;
	struct wr_tag *tag = wr_tag_new(g->store, &carries, &g->e);
	struct wr_extern x = { .kind = WR_TAG };
	struct wr_trap t;
	struct wr_value v;
	char b[80];

	x.of.tag = tag;
	wr_linker_define(g->linker, "env", "tag", x, &g->e);
	wr_linker_define_func(g->linker, "env", "throw", &takes, thrower, tag, &g->e);
	struct wr_instance *in = guest_load(g, "(module (import \"env\" \"tag\" (tag $t (param i32 f64)))"
		"(import \"env\" \"throw\" (func $throw (param i32)))"
		"(func (export \"catch\") (param i32) (result i32) (block $h (result i32 f64)"
		"  (try_table (catch $t $h) (call $throw (local.get 0))) (return (i32.const 0))) (drop))"
		"(func (export \"pass\") (call $throw (i32.const 1))))");
	CHECK(guest_i32(g, in, "catch", 1, 1) == 4, "the guest catches what the host throws");
	CHECK(guest_run(g, in, "pass") == WR_EXCEPTION && wr_store_exception(g->store) == tag, "and else it comes back");
	CHECK(wr_store_exception_value(g->store, 1, &v) && v.of.f64 == 0.5 && !wr_store_exception_value(g->store, 2, &v), "  with values");
	wr_store_describe(g->store, g->how, b, sizeof b);
	CHECK(strncmp(b, "uncaught exception: 4 0.5\n  #0 env.throw (host)\n", 48) == 0, "  as text: %s", b);
	guest_i32(g, in, "catch", 1, 0);
	CHECK(g->how == WR_TRAPPED && wr_store_trap(g->store, &t), "values that do not fit the tag: %s", t.message);
	CHECK(wr_tag_get_type(tag, &got) && got.nparams == 2 && !wr_tag_get_type(NULL, &got), "types of tags");
	CHECK(!wr_tag_new(g->store, &bad, &g->e), "a tag has no results: %s", g->e.message);
}

/* Objects stay as long as they are held, through collections. */
static void objects(struct guest *g)
{
	struct wr_instance *in = guest_load(g, "(module (type $p (struct (field i32) (field (mut i64)) (field (mut i8))))"
		"(type $a (array (mut i32))) (tag $t (param i32))"
		"(func (export \"pair\") (param i32) (result (ref $p)) (struct.new $p (local.get 0) (i64.const 7) (i32.const 255)))"
		"(func (export \"array\") (result anyref) (array.new $a (i32.const 3) (i32.const 1000)))"
		"(func (export \"exn\") (result exnref) (local exnref) (block $h (result i32 exnref)"
		"  (try_table (catch_ref $t $h) (throw $t (i32.const 1))) unreachable) (local.set 0) (drop) (local.get 0)) "
		"(func (export \"i31\") (result i31ref) (ref.i31 (i32.const -3)))"
		"(func (export \"first\") (param (ref null $p)) (result i32) (struct.get $p 0 (local.get 0)))"
		"(func (export \"churn\") (local i32) (loop (drop (struct.new $p (i32.const 1) (i64.const 1) (i32.const 1)))"
		"  (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 1000000))))))");
	struct wr_value p, a, v, seed = wr_i32(1234);
	int32_t small;

	CHECK(guest_call(g, in, "pair", &seed, 1, &p, 1) == WR_DONE && wr_object_length(g->store, p) == 3, "a struct");
	CHECK(wr_hold(g->store, p, &g->e), "  is held");
	CHECK(guest_call(g, in, "array", NULL, 0, &a, 1) == WR_DONE && wr_object_length(g->store, a) == 1000, "an array");
	wr_hold(g->store, a, NULL);
	CHECK(guest_run(g, in, "churn") == WR_DONE, "many more objects");
	CHECK(wr_object_get(g->store, p, 0, &v, &g->e) && v.of.i32 == 1234, "  those that are held stay");
	CHECK(wr_object_get(g->store, a, 999, &v, &g->e) && v.of.i32 == 3, "  all of them");
	CHECK(wr_object_get(g->store, p, 2, &v, NULL) && v.type == WR_I32 && v.of.i32 == 255, "a packed field");
	CHECK(wr_object_set(g->store, p, 1, wr_i64(-1), &g->e) && wr_object_get(g->store, p, 1, &v, NULL) && v.of.i64 == -1, "fields are set");
	CHECK(!wr_object_set(g->store, p, 0, wr_i32(1), &g->e), "  %s", g->e.message);
	CHECK(!wr_object_set(g->store, p, 1, wr_i32(1), &g->e), "  %s", g->e.message);
	CHECK(!wr_object_get(g->store, p, 3, &v, &g->e) && g->e.error_class == WR_CLASS_NAME, "  %s", g->e.message);
	CHECK(!wr_object_get(g->store, wr_externref(5), 0, &v, &g->e) && g->e.error_class == WR_CLASS_TYPE, "  %s", g->e.message);
	CHECK(guest_call(g, in, "first", &p, 1, &v, 1) == WR_DONE && v.of.i32 == 1234, "an object goes back in");
	CHECK(guest_call(g, in, "first", &a, 1, &v, 1) == WR_ERROR, "  of another type it does not: %s", g->e.message);
	CHECK(guest_call(g, in, "i31", NULL, 0, &v, 1) == WR_DONE && wr_i31_get(v, &small) && small == -3, "an i31");
	CHECK(!wr_i31_get(p, &small) && !wr_i31_get(wr_i32(3), &small), "  what is none");
	CHECK(guest_call(g, in, "first", &v, 1, &v, 1) == WR_ERROR, "  is no struct");
	wr_release(g->store, p);
	wr_release(g->store, a);
	wr_release(g->store, a);
	CHECK(guest_run(g, in, "churn") == WR_DONE, "what was released may go");
}

/* Types of one's own, and those of a module, which are the same when their declarations are. */
static void new_objects(struct guest *g)
{
	const struct wr_field fields[] = { { WR_I32, false }, { WR_I64, true }, { WR_I8, true } };
	wr_type p = wr_struct_type(g->engine, fields, 3, &g->e), list = wr_array_type(g->engine, (struct wr_field){ p, true }, &g->e);
	wr_type bytes = wr_array_type(g->engine, (struct wr_field){ WR_I8, true }, &g->e);
	struct wr_instance *in = guest_load(g, "(module (type $p (struct (field i32) (field (mut i64)) (field (mut i8))))"
		"(type $l (array (mut (ref $p)))) (type $b (array (mut i8)))"
		"(func (export \"sum\") (param (ref $l)) (result i32) (local i32 i32) (loop $l"
		"  (local.set 2 (i32.add (local.get 2) (struct.get $p 0 (array.get $l (local.get 0) (local.get 1)))))"
		"  (br_if $l (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (array.len (local.get 0)))))"
		"  (local.get 2))"
		"(func (export \"byte\") (param (ref $b) i32) (result i32) (array.get_s $b (local.get 0) (local.get 1)))"
		"(func (export \"small\") (param i31ref) (result i32) (i31.get_s (local.get 0))))");
	struct wr_value v[3] = { wr_i32(7), wr_i64(-1), wr_i32(0x1ff) }, o, many[200], a, r;
	struct wr_field f;

	CHECK(p && list && bytes && wr_type_field_count(g->engine, p) == 3 && wr_type_field_count(g->engine, list) == 1, "types of objects");
	CHECK(wr_type_field(g->engine, p, 2, &f) && f.type == WR_I8 && f.mut && !wr_type_field(g->engine, p, 3, &f), "  and their fields");
	CHECK(wr_type_field_count(g->engine, WR_I32) == 0 && wr_type_field_count(NULL, p) == 0, "  of what has none");
	CHECK(wr_struct_type(g->engine, fields, 3, NULL) == p && !wr_type_matches(g->engine, p, list), "  each is there once");
	CHECK(!wr_struct_type(g->engine, &(struct wr_field){ 0x99, true }, 1, &g->e), "  %s", g->e.message);
	CHECK(!wr_struct_type(g->engine, NULL, 1, &g->e) && g->e.error_class == WR_CLASS_USAGE, "  %s", g->e.message);

	CHECK(wr_struct_new(g->store, p, v, 3, &o, &g->e) && o.type == p, "a struct is made: %s", g->e.message);
	CHECK(wr_object_get(g->store, o, 2, &r, NULL) && r.of.i32 == 255, "  with packed fields");
	CHECK(!wr_struct_new(g->store, p, v, 2, &o, &g->e) && g->e.error_class == WR_CLASS_TYPE, "  %s", g->e.message);
	v[0] = wr_i64(1);
	CHECK(!wr_struct_new(g->store, p, v, 3, &o, &g->e) && g->e.error_class == WR_CLASS_TYPE, "  %s", g->e.message);
	CHECK(!wr_struct_new(g->store, list, v, 3, &o, &g->e) && g->e.error_class == WR_CLASS_TYPE, "  %s", g->e.message);
	CHECK(wr_struct_new(g->store, p, NULL, 0, &o, &g->e) && wr_object_get(g->store, o, 1, &r, NULL) && r.of.i64 == 0, "  of zeros");

	/* what is given to the next object is held; the objects made before it are, by hand */
	for (int i = 0; i < 200; i++) {
		v[0] = wr_i32(i);
		if (!wr_struct_new(g->store, p, v, 3, &many[i], &g->e) || !wr_hold(g->store, many[i], &g->e))
			break;
	}
	CHECK(wr_array_new(g->store, list, many, 200, &a, &g->e) && wr_object_length(g->store, a) == 200, "an array of them: %s", g->e.message);
	CHECK(guest_call(g, in, "sum", &a, 1, &r, 1) == WR_DONE && r.of.i32 == 19900, "  the guest knows it");
	for (int i = 0; i < 200; i++)
		wr_release(g->store, many[i]);
	CHECK(!wr_array_new(g->store, list, NULL, 3, &a, &g->e), "  %s", g->e.message);
	CHECK(wr_array_new(g->store, list, NULL, 0, &a, &g->e) && wr_object_length(g->store, a) == 0, "  an empty one");
	struct wr_value at[2];
	CHECK(wr_array_new_filled(g->store, bytes, wr_i32(200), 100000, &at[0], &g->e), "an array of one value");
	at[1] = wr_i32(99999);
	CHECK(guest_call(g, in, "byte", at, 2, &r, 1) == WR_DONE && r.of.i32 == -56, "  to its end");
	CHECK(!wr_array_new_filled(g->store, bytes, wr_i32(1), 0xffffffffu, &a, &g->e) && g->e.error_class == WR_CLASS_LIMIT, "  %s", g->e.message);
	CHECK(!wr_array_new_filled(g->store, p, wr_i32(1), 1, &a, &g->e) && !wr_array_new(NULL, bytes, NULL, 0, &a, &g->e), "  %s", g->e.message);
	at[0] = wr_i31(-5);
	CHECK(guest_call(g, in, "small", at, 1, &r, 1) == WR_DONE && r.of.i32 == -5, "an i31");
	CHECK(wr_i31_get(wr_i31(1 << 30), &r.of.i32) && r.of.i32 == -(1 << 30), "  has 31 bits");
}

int main(void)
{
	struct guest g = guest_new(NULL);

	memories(&g);
	tables(&g);
	globals(&g);
	exceptions(&g);
	objects(&g);
	new_objects(&g);
	guest_free(&g);
	return tap_done();
}
