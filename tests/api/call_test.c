/* Calls: values of all types, what is checked, host functions that re-enter, outcomes through host frames. */
#include "tests/api/guest.h"

/* ---- values ---------------------------------------------------------------------------------- */

static void values(struct guest *g)
{
	struct wr_instance *in = guest_load(g,
		"(module (func (export \"id\") (param i32 i64 f32 f64 v128 funcref externref)"
		"  (result externref funcref v128 f64 f32 i64 i32)"
		"  local.get 6 local.get 5 local.get 4 local.get 3 local.get 2 local.get 1 local.get 0))");
	const uint8_t bytes[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
	struct wr_func *id = wr_instance_func(in, "id");
	struct wr_value a[] = { wr_i32(-5), wr_i64(INT64_MIN), wr_f32(0.5f), wr_f64(-0.0), wr_v128(bytes), wr_funcref(id),
		wr_externref(12345) }, r[7];
	uint64_t host = 0;
	char b[60];

	CHECK(guest_call(g, in, "id", a, 7, r, 7) == WR_DONE, "a call with values of every type");
	CHECK(r[6].of.i32 == -5 && r[6].type == WR_I32 && r[5].of.i64 == INT64_MIN && r[4].of.f32 == 0.5f, "  numbers");
	CHECK(memcmp(&r[3].of.f64, &a[3].of.f64, 8) == 0 && memcmp(r[2].of.v128, bytes, 16) == 0, "  bits");
	CHECK(r[1].of.func == id && wr_externref_get(r[0], &host) && host == 12345, "  references");
	a[5] = wr_null(WR_FUNCREF);
	a[6] = wr_null(WR_EXTERNREF);
	CHECK(guest_call(g, in, "id", a, 7, r, 7) == WR_DONE && wr_is_null(r[0]) && wr_is_null(r[1]), "  nulls");
	CHECK(wr_value_print(g->store, wr_f32(0.1f), b, sizeof b) == 3 && strcmp(b, "0.1") == 0, "text of a value: %s", b);
	CHECK(wr_value_parse(g->store, WR_F64, "inf", in, &r[0], NULL) && r[0].of.f64 > 1e308, "a value from text");
	CHECK(wr_value_parse(g->store, WR_FUNCREF, "func:0", in, &r[0], NULL) && r[0].of.func == id, "  a function");
	CHECK(!wr_value_parse(g->store, WR_I32, "4294967296", in, &r[0], &g->e) && g->e.error_class == WR_CLASS_TYPE,
		"  what does not fit: %s", g->e.message);
}

static void checks(struct guest *g)
{
	struct wr_instance *in = guest_load(g, "(module (type $f (func (param i32) (result i32)))"
		"(func $inc (export \"inc\") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))"
		"(func (export \"ref\") (param (ref $f)) (result i32) (call_ref $f (i32.const 4) (local.get 0))) (elem declare func $inc))");
	struct wr_value a[2] = { wr_i32(1), wr_i32(2) }, r[2];

	CHECK(guest_i32(g, in, "inc", 1, 41) == 42, "a call");
	CHECK(guest_call(g, in, "inc", a, 2, r, 1) == WR_ERROR && g->e.error_class == WR_CLASS_TYPE, "  too many arguments");
	CHECK(guest_call(g, in, "inc", a, 1, r, 0) == WR_ERROR, "  no room for the result");
	a[0] = wr_i64(1);
	CHECK(guest_call(g, in, "inc", a, 1, r, 1) == WR_ERROR && strstr(g->e.message, "argument 0: i32"), "  %s", g->e.message);
	CHECK(guest_call(g, in, "inc", NULL, 1, r, 1) == WR_ERROR && g->e.error_class == WR_CLASS_USAGE, "  NULL arguments");
	CHECK(guest_call(g, in, "none", a, 1, r, 1) == WR_ERROR && g->e.error_class == WR_CLASS_USAGE, "  a NULL function");
	CHECK(wr_call(NULL, wr_instance_func(in, "inc"), a, 1, r, 1, NULL) == WR_ERROR, "  a NULL store");
	a[0] = wr_funcref(wr_instance_func(in, "inc"));
	CHECK(guest_call(g, in, "ref", a, 1, r, 1) == WR_DONE && r[0].of.i32 == 5, "  a typed reference");
	a[0] = wr_funcref(wr_instance_func(in, "ref"));
	CHECK(guest_call(g, in, "ref", a, 1, r, 1) == WR_ERROR, "  a function of another type: %s", g->e.message);
	a[0] = wr_null(WR_FUNCREF);
	CHECK(guest_call(g, in, "ref", a, 1, r, 1) == WR_ERROR, "  null where none may be: %s", g->e.message);
}

/* ---- host functions -------------------------------------------------------------------------- */

static const wr_type two_i32[2] = { WR_I32, WR_I32 };
static const struct wr_func_type i32_to_i32 = { two_i32, two_i32, 1, 1, 0 }, no_type = { NULL, NULL, 0, 0, 0 };

struct world {
	struct guest *g;
	struct wr_instance *in;
	enum wr_outcome nested;         /* how the nested call ended */
	bool deal;                      /* the host function deals with it */
	bool wrong;                     /* it gives results of a wrong type */
	int calls;
};

/* Calls the guest's export "down" with the argument less 1, to 0. */
static enum wr_outcome host_down(struct wr_store *st, void *user, const struct wr_value *args, struct wr_value *results)
{
	struct world *w = user;
	struct wr_value a = wr_i32(args[0].of.i32 - 1);

	w->calls++;
	if (args[0].of.i32 == 0)
		return WR_DONE;         /* the result is 0 already */
	enum wr_outcome how = wr_call(st, wr_instance_func(w->in, "down"), &a, 1, results, 1, &w->g->e);
	results[0].of.i32++;
	return how;
}

static void reenter(struct guest *g)
{
	struct world w = { .g = g };

	wr_linker_define_func(g->linker, "host", "down", &i32_to_i32, host_down, &w, NULL);
	w.in = guest_load(g, "(module (import \"host\" \"down\" (func $h (param i32) (result i32)))"
		"(func (export \"down\") (param i32) (result i32) (call $h (local.get 0)))"
		"(export \"direct\" (func $h)))");
	CHECK(guest_i32(g, w.in, "down", 1, 50) == 50 && w.calls == 51, "host and guest call each other 50 deep");
	CHECK(guest_i32(g, w.in, "direct", 1, 3) == 3, "a host function called by the host");
	w.calls = 0;
	guest_i32(g, w.in, "down", 1, 100000);
	CHECK(g->how == WR_TRAPPED && w.calls < 1000, "too deep is a trap, %d deep", w.calls);
	CHECK(guest_i32(g, w.in, "down", 1, 5) == 5, "  and everything works afterwards");
}

/* Calls the guest's export "inner", and passes on how it ended, unless it deals with that. */
static enum wr_outcome host_nest(struct wr_store *st, void *user, const struct wr_value *args, struct wr_value *results)
{
	struct world *w = user;

	w->nested = wr_call(st, wr_instance_func(w->in, "inner"), args, 1, results, 1, &w->g->e);
	if (w->deal)
		results[0] = wr_i32(-7);
	if (w->wrong)
		results[0] = wr_i64(1);
	return w->deal ? WR_DONE : w->nested;
}

static enum wr_outcome host_end(struct wr_store *st, void *user, const struct wr_value *args, struct wr_value *results)
{
	switch (args[0].of.i32) {
	case 0:
		return wr_trap(st, "no %s today", "bread");
	case 1:
		return wr_exit(st, 3);
	case 2:
		return WR_EXITED;       /* which nothing gave */
	default:
		return WR_ERROR;
	}
}

static const char *const nest =
	"(module (import \"host\" \"nest\" (func $nest (param i32) (result i32)))"
	"(import \"host\" \"end\" (func $end (param i32) (result i32)))"
	"(tag $t (export \"t\") (param i32))"
	"(memory 1)"
	"(func $inner (export \"inner\") (param i32) (result i32)"
	"  (if (i32.eq (local.get 0) (i32.const 10)) (then (return (i32.load (i32.const 70000)))))"
	"  (if (i32.eq (local.get 0) (i32.const 11)) (then (throw $t (i32.const 99))))"
	"  (if (i32.eq (local.get 0) (i32.const 12)) (then (return (i32.const 5))))"
	"  (call $end (local.get 0)))"
	"(func $outer (export \"outer\") (param i32) (result i32) (call $nest (local.get 0)))"
	"(func (export \"catch\") (param i32) (result i32)"
	"  (block $h (result i32) (try_table (catch $t $h) (call $nest (local.get 0)) (return)) unreachable))"
	"(func (export \"then\") (param i32) (result i32)"
	"  (block $h (result i32) (try_table (catch $t $h) (call $nest (local.get 0)) (return)) unreachable) (drop) unreachable))";

static void outcomes(struct guest *g)
{
	struct world w = { .g = g };
	struct wr_trap t;
	struct wr_frame f;
	struct wr_value v;
	char b[1000];

	wr_linker_define_func(g->linker, "host", "nest", &i32_to_i32, host_nest, &w, NULL);
	wr_linker_define_func(g->linker, "host", "end", &i32_to_i32, host_end, &w, NULL);
	w.in = guest_load(g, nest);
	CHECK(guest_i32(g, w.in, "outer", 1, 12) == 5, "a nested call that ends well");
	guest_i32(g, w.in, "outer", 1, 0);
	CHECK(g->how == WR_TRAPPED && wr_store_trap(g->store, &t) && strcmp(t.message, "no bread today") == 0 &&
		strcmp(t.code, "host") == 0, "a host function's trap goes through guest, host and guest");
	CHECK(wr_store_frame_count(g->store) == 4, "  four frames");
	CHECK(wr_store_frame(g->store, 0, &f) && f.host && strcmp(f.name, "host.end") == 0, "  first the host: %s", f.name);
	CHECK(wr_store_frame(g->store, 1, &f) && !f.host && strcmp(f.name, "$inner") == 0 && f.line == 1, "  then %s", f.name);
	CHECK(wr_store_frame(g->store, 3, &f) && strcmp(f.name, "$outer") == 0, "  last %s", f.name);
	CHECK(!wr_store_frame(g->store, 4, &f), "  and no more");
	wr_store_describe(g->store, g->how, b, sizeof b);
	CHECK(strstr(b, "no bread today\n  #0 host.end (host)\n  #1 $inner at test.wat:1:"), "  as text");
	guest_i32(g, w.in, "outer", 1, 10);
	CHECK(g->how == WR_TRAPPED && wr_store_trap(g->store, &t) && strcmp(t.code, "memory-bounds") == 0 &&
		t.memory && t.address == 70000 && t.size == 4 && !t.message[0], "a trap of the guest");
	guest_i32(g, w.in, "outer", 1, 1);
	CHECK(g->how == WR_EXITED && wr_store_exit_status(g->store) == 3, "an exit");
	guest_i32(g, w.in, "outer", 1, 11);
	CHECK(g->how == WR_EXCEPTION && wr_store_exception(g->store) == wr_instance_tag(w.in, "t"), "an exception");
	CHECK(wr_store_exception_length(g->store) == 1 && wr_store_exception_value(g->store, 0, &v) && v.of.i32 == 99,
		"  with its value");
	CHECK(guest_i32(g, w.in, "catch", 1, 11) == 99, "  which a frame further out catches");
	guest_i32(g, w.in, "then", 1, 11);
	CHECK(g->how == WR_TRAPPED && wr_store_frame_count(g->store) == 1, "  and what traps afterwards has its own frames");
	guest_i32(g, w.in, "outer", 1, 2);
	CHECK(g->how == WR_TRAPPED && wr_store_trap(g->store, &t), "an outcome that nothing gave: %s", t.message);
	guest_i32(g, w.in, "outer", 1, 4);
	CHECK(g->how == WR_TRAPPED && wr_store_trap(g->store, &t), "WR_ERROR is a trap: %s", t.message);
	w.deal = true;
	CHECK(guest_i32(g, w.in, "outer", 1, 0) == -7 && w.nested == WR_TRAPPED, "a host function deals with a trap");
	CHECK(guest_i32(g, w.in, "outer", 1, 1) == -7 && w.nested == WR_EXITED, "  with an exit");
	CHECK(guest_i32(g, w.in, "outer", 1, 11) == -7 && w.nested == WR_EXCEPTION, "  with an exception");
	w.wrong = true;
	guest_i32(g, w.in, "outer", 1, 12);
	CHECK(g->how == WR_TRAPPED && wr_store_trap(g->store, &t) && strstr(t.message, "host.nest: result 0: i32"),
		"a result of a wrong type is a trap: %s", t.message);
}

/* ---- what a host function may ask ------------------------------------------------------------ */

static enum wr_outcome host_look(struct wr_store *st, void *user, const struct wr_value *args, struct wr_value *results)
{
	struct world *w = user;
	uint64_t old;

	w->calls = wr_caller(st) == w->in;
	struct wr_memory *m = wr_caller_memory(st);
	wr_memory_write(m, 8, "hi", 2);
	wr_memory_grow(m, 2, &old);
	return WR_DONE;
}

/* 20 parameters and 20 results: more than fit the small arrays. */
static enum wr_outcome host_many(struct wr_store *st, void *user, const struct wr_value *args, struct wr_value *results)
{
	for (int i = 0; i < 20; i++)
		results[i] = wr_i32(args[19 - i].of.i32);
	return WR_DONE;
}

static void callers(struct guest *g)
{
	struct world w = { .g = g };
	wr_type twenty[20];
	struct wr_func_type many = { twenty, twenty, 20, 20, 0 }, got;
	struct wr_value a[20], r[20];

	wr_linker_define_func(g->linker, "host", "look", &no_type, host_look, &w, NULL);
	w.in = guest_load(g, "(module (import \"host\" \"look\" (func $look)) (memory 1)"
		"(func (export \"f\") (result i32) (call $look) (i32.store (i32.const 150000) (i32.const 1))"
		"(i32.add (memory.size) (i32.load16_u (i32.const 8)))))");
	CHECK(guest_i32(g, w.in, "f", 0, 0) == 3 + 'h' + ('i' << 8) && w.calls,
		"a host function knows its caller, writes and grows its memory");
	CHECK(!wr_caller(g->store) && !wr_caller_memory(g->store), "outside there is no caller");
	for (int i = 0; i < 20; i++) {
		twenty[i] = WR_I32;
		a[i] = wr_i32(i);
	}
	struct wr_func *f = wr_func_new(g->store, &many, host_many, NULL, NULL, NULL, &g->e);
	CHECK(wr_func_get_type(f, &got) && got.nparams == 20 && got.exact, "a function of many values");
	CHECK(wr_call(g->store, f, a, 20, r, 20, &g->e) == WR_DONE && r[0].of.i32 == 19 && r[19].of.i32 == 0, "  is called");
	twenty[3] = 99;
	CHECK(!wr_func_new(g->store, &many, host_many, NULL, NULL, NULL, &g->e) && g->e.error_class == WR_CLASS_TYPE,
		"a type that is none: %s", g->e.message);
	CHECK(!wr_func_new(g->store, &no_type, NULL, NULL, NULL, NULL, &g->e), "a NULL host function");
}

/* ---- two stores ------------------------------------------------------------------------------ */

/* Runs the other store's guest and passes its trap on as one of this store. */
static enum wr_outcome host_other(struct wr_store *st, void *user, const struct wr_value *args, struct wr_value *results)
{
	struct world *other = user;

	if (guest_call(other->g, other->in, "f", args, 1, results, 1) != WR_DONE)
		return wr_trap(st, "the other one: %s", wr_outcome_name(other->g->how));
	return WR_DONE;
}

static void stores(struct guest *a)
{
	struct guest b = guest_new(NULL);
	struct world other = { .g = &b };
	struct wr_trap t;
	struct wr_error e;

	other.in = guest_load(&b, "(module (func (export \"f\") (param i32) (result i32) (i32.div_s (i32.const 12) (local.get 0))))");
	wr_linker_define_func(a->linker, "host", "other", &i32_to_i32, host_other, &other, NULL);
	struct wr_instance *in = guest_load(a, "(module (import \"host\" \"other\" (func $o (param i32) (result i32)))"
		"(table (export \"t\") 2 funcref)"
		"(func (export \"f\") (param i32) (result i32) (call $o (local.get 0))))");
	CHECK(guest_i32(a, in, "f", 1, 4) == 3, "a call through two stores");
	guest_i32(a, in, "f", 1, 0);
	CHECK(a->how == WR_TRAPPED && wr_store_trap(a->store, &t) && strstr(t.message, "trapped"), "  %s", t.message);
	CHECK(wr_store_trap(b.store, &t) && strcmp(t.code, "div-zero") == 0, "  each has its own trap");
	struct wr_func *f = wr_instance_func(other.in, "f");
	CHECK(wr_call(a->store, f, NULL, 0, NULL, 0, &e) == WR_ERROR && e.error_class == WR_CLASS_USAGE, "stores do not mix: calls");
	CHECK(!wr_table_set(wr_instance_table(in, "t"), 0, wr_funcref(f), &e), "  tables: %s", e.message);
	CHECK(!wr_linker_define_instance(a->linker, "b", other.in, &e) && e.error_class == WR_CLASS_USAGE, "  linkers");
	guest_free(&b);
}

int main(void)
{
	struct guest g = guest_new(NULL);

	values(&g);
	checks(&g);
	reenter(&g);
	callers(&g);
	stores(&g);
	outcomes(&g);
	guest_free(&g);
	return tap_done();
}
