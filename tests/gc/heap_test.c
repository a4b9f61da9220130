/* The object heap: layout, precise roots in frames and entities, flat memory, limits, numbers, exceptions. */
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/source.h"
#include "engine/ctx.h"
#include "engine/exn.h"
#include "engine/gc/gc.h"
#include "tests/harness/tap.h"
#include "wat/wat.h"

struct world {
	struct engine *en;
	struct store *s;
	struct ctx *c;
	struct instance *in;
	struct extern_ref collect;      /* what modules import as "gc" */
};

static enum outcome collect(struct ctx *c, struct func *f, const slot *args, slot *results)
{
	gc_collect(c);
	return OUT_DONE;
}

static bool find_import(void *user, const struct module *m, const struct import *i, struct extern_ref *out, struct err *e)
{
	struct world *w = user;

	*out = w->collect;
	return true;
}

static const char program[] =
	"(module"
	" (import \"\" \"gc\" (func $gc))"
	" (type $pair (struct (field $n (mut i32)) (field $next (mut (ref null $pair)))))"
	" (type $wide (struct (field i8) (field (mut v128)) (field anyref) (field i16) (field (mut eqref)) (field f64)))"
	" (type $base (sub (struct (field anyref) (field i32))))"
	" (type $sub (sub $base (struct (field (ref null $pair)) (field i32) (field i64))))"
	" (type $bytes (array (mut i8)))"
	" (type $list (array (mut (ref null $pair))))"
	" (type $any (array (mut anyref)))"
	" (tag $t (param i64 (ref null $pair)))"
	" (global $g (mut anyref) (struct.new $pair (i32.const 11) (struct.new $pair (i32.const 12) (ref.null $pair))))"
	" (table $tab 3 anyref)"
	" (elem $seg (ref null $pair) (item (struct.new $pair (i32.const 21) (ref.null $pair))))"
	/* objects that only locals, parameters and operands of outer frames hold */
	" (func $pair (param i32 (ref null $pair)) (result (ref $pair)) (call $gc)"
	"  (struct.new $pair (local.get 0) (local.get 1)))"
	" (func (export \"frames\") (param $n i32) (result i32) (local $a (ref null $pair))"
	"  (local.set $a (call $pair (i32.const 1) (call $pair (i32.const 2) (ref.null $pair))))"
	"  (i32.add (struct.get $pair $n (call $pair (local.get $n)"
	"    (call $pair (i32.const 4) (struct.new $pair (i32.const 8) (local.get $a)))))"
	"   (block (result i32) (call $gc) (i32.mul (struct.get $pair $n (local.get $a))"
	"    (struct.get $pair $n (struct.get $pair $next (local.get $a)))))))"
	" (func $deep (export \"deep\") (param $n i32) (result i32) (local $p (ref null $pair)) (local $r i32)"
	"  (local.set $p (struct.new $pair (local.get $n) (ref.null $pair)))"
	"  (if (local.get $n) (then (local.set $r (call $deep (i32.sub (local.get $n) (i32.const 1)))))"
	"   (else (call $gc)))"
	"  (i32.add (local.get $r) (struct.get $pair $n (local.get $p))))"
	" (func (export \"garbage\") (param $n i32) (result i32) (local $p (ref null $pair)) (local $s i32)"
	"  (loop $l (local.set $p (struct.new $pair (local.get $n) (local.get $p)))"
	"   (struct.set $pair $next (local.get $p) (ref.null $pair))"
	"   (local.set $s (i32.add (local.get $s) (struct.get $pair $n (local.get $p))))"
	"   (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"
	"  (local.get $s))"
	" (func (export \"grow\") (param $n i32) (local $p (ref null $pair))"
	"  (loop $l (local.set $p (struct.new $pair (local.get $n) (local.get $p))) (br $l)))"
	" (func (export \"arrays\") (param $n i32) (result i32) (local $a (ref null $list))"
	"  (loop $l (local.set $a (array.new $list (struct.new $pair (local.get $n) (ref.null $pair))"
	"     (i32.add (i32.and (local.get $n) (i32.const 255)) (i32.const 1))))"
	"   (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"
	"  (struct.get $pair $n (array.get $list (local.get $a) (i32.const 1))))"
	" (func (export \"entities\") (result i32) (table.set $tab (i32.const 2) (struct.new $pair (i32.const 31) (ref.null $pair)))"
	"  (call $gc)"
	"  (i32.add (struct.get $pair $n (struct.get $pair $next (ref.cast (ref $pair) (global.get $g))))"
	"   (i32.add (struct.get $pair $n (ref.cast (ref $pair) (table.get $tab (i32.const 2))))"
	"    (struct.get $pair $n (array.get $list (array.new_elem $list $seg (i32.const 0) (i32.const 1)) (i32.const 0))))))"
	" (func (export \"thrown\") (param $n i32) (result i32) (local $s i32) (local $x exnref) (local $p (ref null $pair))"
	"  (loop $l"
	"   (block $h (result i64 (ref null $pair) exnref)"
	"    (try_table (catch_ref $t $h) (throw $t (i64.const 1) (struct.new $pair (local.get $n) (ref.null $pair))))"
	"    (unreachable))"
	"   (local.set $x) (drop) (drop)"
	"   (block $again (result i64 (ref null $pair))"
	"    (try_table (catch $t $again) (throw_ref (local.get $x))) (unreachable))"
	"   (local.set $p) (drop) (local.set $s (i32.add (local.get $s) (struct.get $pair $n (local.get $p))))"
	"   (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"
	"  (local.get $s))"
	" (func (export \"wide\") (result (ref $wide)) (struct.new $wide (i32.const 0x1ff)"
	"  (v128.const i64x2 1 2) (ref.i31 (i32.const -1)) (i32.const 0x1ffff) (struct.new_default $pair) (f64.const 0.5)))"
	" (func (export \"sub\") (result (ref $sub)) (struct.new $sub (struct.new $pair (i32.const 5) (ref.null $pair))"
	"  (i32.const 6) (i64.const -7)))"
	" (func (export \"base0\") (param (ref $base)) (result i32) (struct.get $pair $n (ref.cast (ref $pair)"
	"  (struct.get $base 0 (local.get 0)))))"
	" (func (export \"keep\") (param externref) (result (ref $base))"
	"  (struct.new $base (any.convert_extern (local.get 0)) (i32.const 1)))"
	" (func (export \"widen\") (result i32) (local $to (ref null $any)) (local $from (ref null $list))"
	"  (local.set $from (array.new_fixed $list 2 (ref.null $pair) (call $pair (i32.const 77) (ref.null $pair))))"
	"  (local.set $to (array.new $any (ref.i31 (i32.const 5)) (i32.const 4)))"
	"  (array.copy $any $list (local.get $to) (i32.const 1) (local.get $from) (i32.const 0) (i32.const 2)) (call $gc)"
	"  (i32.add (ref.is_null (array.get $any (local.get $to) (i32.const 1)))"
	"   (i32.add (i31.get_u (ref.cast i31ref (array.get $any (local.get $to) (i32.const 3))))"
	"    (struct.get $pair $n (ref.cast (ref $pair) (array.get $any (local.get $to) (i32.const 2)))))))"
	" (func (export \"bytes\") (param i32) (result (ref $bytes)) (array.new $bytes (i32.const -1) (local.get 0)))"
	" (func (export \"sixteen\") (result (ref $bytes)) (local $i i32) (local $a (ref null $bytes))"
	"  (loop $l (local.set $a (array.new_default $bytes (i32.const 16777216)))"
	"   (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 40))))"
	"  (ref.as_non_null (local.get $a)))"
	")";

static bool world_open(struct world *w, bool stress, uint64_t max_heap)
{
	struct store_limits limits = store_limits_default();
	struct features f = features_all();
	enum outcome how;
	struct err e = { 0 };

	limits.max_heap = max_heap;
	*w = (struct world){ .en = engine_new() };
	w->s = store_new(w->en, &limits);
	w->s->gc_stress = stress;
	w->c = ctx_new(w->s, &e);
	w->collect.kind = EXTERN_FUNC;
	w->collect.as.func = func_new_host(w->s, engine_func_type(w->en, NULL, 0, NULL, 0), collect, NULL, "", "gc", &e);
	struct module *m = wat_load_take(w->en, source_copy("gc.wat", program, sizeof program - 1, &e), &f, &e);
	if (!CHECK(m != NULL, "the program is valid: %s", m ? "" : e.message))
		return false;
	store_keep_module_take(w->s, m);
	w->in = instance_new(w->s, w->c, m, find_import, w, &how, &e);
	return CHECK(w->in != NULL, "it is instantiated: %s", w->in ? "" : e.message);
}

static void world_close(struct world *w)
{
	ctx_free(w->c);
	store_free(w->s);
	engine_free(w->en);
}

static enum outcome call(struct world *w, const char *name, slot arg, slot *result)
{
	struct extern_ref x;
	slot results[4] = { 0 };

	if (!instance_export(w->in, str_of(name), &x))
		return OUT_COUNT;
	enum outcome o = ctx_call(w->c, x.as.func, &arg, results);
	*result = results[0];
	return o;
}

static slot get(struct world *w, const char *name, slot arg)
{
	slot result = 0;

	CHECK(call(w, name, arg, &result) == OUT_DONE, "%s ends", name);
	return result;
}

static void test_roots(bool stress)
{
	struct world w;

	if (!world_open(&w, stress, 0))
		return;
	CHECK(get(&w, "frames", 100) == 102, "references in frames survive%s", stress ? " under stress" : "");
	CHECK(get(&w, "entities", 0) == 12 + 31 + 21, "globals, tables and segments too");
	CHECK(get(&w, "deep", 300) == 300 * 301 / 2, "and 300 frames");
	CHECK(get(&w, "arrays", 500) == 1, "arrays of references");
	CHECK(get(&w, "widen", 0) == 77 + 5 + 1, "references copied to where they are larger");
	CHECK(get(&w, "thrown", 400) == 400 * 401 / 2, "payloads of exceptions");
	CHECK(get(&w, "garbage", 1000) == 1000 * 1001 / 2, "short-lived ones");
	gc_collect(w.c);
	struct gc_stats stats = gc_stats(w.s);
	CHECK(stats.objects == 4 && stats.bytes == 4 * 16, "four objects are left: %llu of %llu bytes",
		(unsigned long long)stats.objects, (unsigned long long)stats.bytes);
	CHECK(stats.exceptions <= 1, "and no exception but the last: %llu", (unsigned long long)stats.exceptions);
	CHECK(!stress || stats.collections > 2000, "collections: %llu", (unsigned long long)stats.collections);
	world_close(&w);
}

/* The same in every way of running, where frames keep their operands elsewhere. */
static slot run_in(struct world *w, const char *name, slot arg, enum run_mode mode)
{
	struct extern_ref x;
	slot results[4] = { 0 };
	enum outcome o;

	if (!instance_export(w->in, str_of(name), &x))
		return 0;
	for (o = ctx_begin(w->c, x.as.func, &arg); o == OUT_STOP;)
		o = ctx_resume(w->c, mode);
	if (CHECK(o == OUT_DONE, "%s in mode %d", name, (int)mode))
		ctx_results(w->c, results);
	ctx_abandon(w->c);
	return results[0];
}

static void test_modes(bool counting)
{
	struct world w;

	if (!world_open(&w, true, 0))
		return;
	if (counting)
		ctx_start_clock(w.c);
	for (int mode = RUN_FAST; mode <= RUN_STEP_REGIR; mode++) {
		CHECK(run_in(&w, "frames", 100, (enum run_mode)mode) == 102, "frames");
		CHECK(run_in(&w, "thrown", 20, (enum run_mode)mode) == 210, "exceptions");
		CHECK(run_in(&w, "deep", 40, (enum run_mode)mode) == 820, "many frames");
		CHECK(run_in(&w, "widen", 0, (enum run_mode)mode) == 83, "arrays");
	}
	world_close(&w);
}

static void test_flat(void)
{
	struct world w;

	if (!world_open(&w, false, 0))
		return;
	CHECK(get(&w, "garbage", 5000000) == (uint32_t)(5000000ull * 5000001 / 2), "five million objects");
	struct gc_stats stats = gc_stats(w.s);
	CHECK(stats.size <= 5 << 20 && stats.collections >= 10, "in %llu bytes with %llu collections",
		(unsigned long long)stats.size, (unsigned long long)stats.collections);
	get(&w, "thrown", 100000);
	CHECK(w.s->exn_bytes < 4 << 20, "unreachable exceptions are freed: %llu bytes", (unsigned long long)w.s->exn_bytes);
	get(&w, "sixteen", 0);
	CHECK(gc_stats(w.s).size <= 80 << 20, "large arrays use free lines again: %llu", (unsigned long long)gc_stats(w.s).size);
	world_close(&w);
}

static void test_limits(void)
{
	struct world w;
	slot r;

	if (!world_open(&w, false, 16 << 20))
		return;
	CHECK(call(&w, "grow", 0, &r) == OUT_TRAP && w.c->trap.kind == TRAP_HEAP, "a full heap is a trap");
	struct gc_stats stats = gc_stats(w.s);
	CHECK(stats.bytes > 15 << 20 && stats.limit == 16 << 20, "that really is full: %llu", (unsigned long long)stats.bytes);
	CHECK(get(&w, "garbage", 100000) == (uint32_t)(100000ull * 100001 / 2), "afterwards there is room again");
	CHECK(call(&w, "bytes", 17 << 20, &r) == OUT_TRAP && w.c->trap.kind == TRAP_ALLOC_SIZE, "too large an array");
	CHECK(call(&w, "bytes", 0xffffffff, &r) == OUT_TRAP && w.c->trap.kind == TRAP_ALLOC_SIZE, "much too large an array");
	CHECK(call(&w, "bytes", 12 << 20, &r) == OUT_DONE && gc_array_len(w.s, r) == 12 << 20, "a large array");
	world_close(&w);
}

static void test_fields(void)
{
	struct world w;
	struct value v = { 0 };
	slot r;

	if (!world_open(&w, false, 0))
		return;
	r = get(&w, "wide", 0);
	CHECK(gc_object_length(w.s, r) == 6 && gc_object_type(w.s, r)->kind == TYPE_STRUCT, "a struct of six fields");
	CHECK(gc_field_get(w.s, r, 0, &v) && v.type == VT_I32 && v.lo == 0xff, "i8");
	CHECK(gc_field_get(w.s, r, 1, &v) && v.type == VT_V128 && v.lo == 1 && v.hi == 2, "v128");
	CHECK(gc_field_get(w.s, r, 2, &v) && v.lo == 0xffffffff, "an i31 in anyref");
	CHECK(gc_field_get(w.s, r, 3, &v) && v.lo == 0xffff, "i16");
	CHECK(gc_field_get(w.s, r, 4, &v) && gc_is_object(v.lo) && gc_object_length(w.s, v.lo) == 2, "a reference");
	CHECK(gc_field_get(w.s, r, 5, &v) && v.type == VT_F64 && v.lo == 0x3fe0000000000000, "f64");
	CHECK(!gc_field_get(w.s, r, 6, &v) && !gc_field_get(w.s, 7, 0, &v), "no such field, no object");
	CHECK(gc_field_set(w.s, r, 0, value_i32(0x7f)) && gc_field_get(w.s, r, 0, &v) && v.lo == 0x7f, "set");
	CHECK(!gc_field_set(w.s, r, 0, value_i64(1)), "not of another type");
	r = get(&w, "sub", 0);
	CHECK(gc_field_get(w.s, r, 2, &v) && v.lo == (slot)-7, "a refined field does not move what follows");
	CHECK(get(&w, "base0", r) == 5, "and is read through the supertype");
	r = get(&w, "keep", REF_HOST_BIT | 0x123456789abc);
	CHECK(gc_field_get(w.s, r, 0, &v) && v.lo == (REF_HOST_BIT | 0x123456789abc), "a host's value keeps its 63 bits");
	world_close(&w);
}

static void test_numbers(void)
{
	struct world w;
	struct buf text = { 0 };

	if (!world_open(&w, false, 0))
		return;
	slot a = get(&w, "bytes", 3);
	CHECK(gc_hold(w.s, a), "held");
	slot b = get(&w, "sub", 0);
	value_print((struct value){ .type = vt_ref(HEAP_ANY, true), .lo = a }, w.s, &text);
	buf_putc(&text, ' ');
	value_print((struct value){ .type = vt_ref(HEAP_ANY, true), .lo = b }, w.s, &text);
	buf_putc(&text, ' ');
	value_print((struct value){ .type = vt_ref(HEAP_EXTERN, true), .lo = a }, w.s, &text);
	CHECK(str_is(str_of(buf_str(&text)), "array#1 struct#2 array#1"), "numbered as shown: %s", buf_str(&text));
	gc_collect(w.c);
	CHECK(gc_object_numbered(w.s, 1) == a && gc_object_numbered(w.s, 2) == 0, "what nobody keeps is gone");
	CHECK(gc_object_number(w.s, get(&w, "sub", 0)) == 3, "its number is not given again");
	for (uint32_t i = 0; i < 100; i++)
		gc_object_number(w.s, get(&w, "bytes", i));
	gc_release(w.s, a);
	gc_collect(w.c);
	CHECK(gc_object_numbered(w.s, 1) == 0 && gc_object_numbered(w.s, 103) == 0 && gc_object_numbered(w.s, 0) == 0,
		"nor what was released");
	buf_free(&text);
	world_close(&w);
}

int main(void)
{
	test_roots(false);
	test_roots(true);
	test_modes(false);
	test_modes(true);
	test_flat();
	test_limits();
	test_fields();
	test_numbers();
	return tap_done();
}
