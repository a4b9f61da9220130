/*
 * record.h — what a module does, as text that another engine can be asked to write too.
 *
 * Each exported function is called twice, with arguments made from a seed; before each call the global exported as ".fuel"
 * (the counter of modules made to terminate) is filled up again. One line each:
 *
 *     start ok | start trap unreachable | …
 *     call 3 i32:0000002a any:i31:7 = i64:00000000000000ff       3: the place among the exports
 *     call 3 i32:00000000 any:null = trap memory
 *     global 4 f32:nan          after all calls, by place among the exports
 *     memory 5 65536 9f0b2c11   bytes, CRC-32
 *     table 6 10 5d1a0c2e       elements, CRC-32 of one byte each: '0' null, '1' not
 *
 * NaNs are all the same, references are null, an i31 or something. Where a limit that engines choose for themselves ended a
 * call (the stack, the object heap, time) the record ends.
 */
#ifndef WRENCH_TESTS_DIFFERENTIAL_RECORD_H
#define WRENCH_TESTS_DIFFERENTIAL_RECORD_H

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/source.h"
#include "engine/ctx.h"
#include "engine/exn.h"
#include "engine/tier.h"
#include "jit/jit.h"
#include "jit/x64/features.h"

enum { RECORD_SLOTS = 4096, RECORD_FUEL = 300, RECORD_ROUNDS = 2, RECORD_CALLS = 40 };

/* Every way of running; all must write the same record. */
struct record_way {
	const char *name;
	bool counting, plain, unfused, checked, stress;
	enum tier tier;         /* TIER_UNFUSED: no compiler */
	bool random;            /* frames change tiers at random */
	bool oldest;            /* for the oldest processor there is code for */
};

static const struct record_way record_ways[] = {
	{ .name = "fast" },
	{ .name = "charged", .counting = true },
	{ .name = "plain", .counting = true, .plain = true },
	{ .name = "no-fuse", .unfused = true },
	{ .name = "explicit bounds", .checked = true },
	{ .name = "gc-stress", .stress = true },
	{ .name = "baseline", .tier = TIER_BASELINE },
	{ .name = "baseline, charged", .tier = TIER_BASELINE, .counting = true },
	{ .name = "baseline, explicit bounds", .tier = TIER_BASELINE, .checked = true },
	{ .name = "baseline, oldest processor", .tier = TIER_BASELINE, .oldest = true },
	{ .name = "baseline, gc-stress", .tier = TIER_BASELINE, .stress = true },
	{ .name = "auto after one call", .tier = TIER_AUTO },
	{ .name = "random tiers", .tier = TIER_AUTO, .random = true, .counting = true },
};
enum { RECORD_WAYS = sizeof record_ways / sizeof *record_ways };

/* Compilers, which outlive all modules. */
struct record_jits {
	struct jit *newest, *oldest;
};

struct record {
	const struct record_way *way;
	struct store *store;
	struct ctx *c;
	struct instance *inst;
	struct buf *out;
	uint64_t random;
	bool cut;               /* a limit was met */
};

/* ---- hashes ------------------------------------------------------------------------------------ */

static uint32_t record_crc(const uint8_t *p, uint64_t n)
{
	uint32_t table[256], crc = 0xffffffff;

	for (uint32_t i = 0; i < 256; i++) {
		table[i] = i;
		for (int k = 0; k < 8; k++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320 : 0);
	}
	while (n--)
		crc = crc >> 8 ^ table[(crc ^ *p++) & 0xff];
	return ~crc;
}

/* FNV-1a, for whole records. */
static uint64_t record_hash(const struct buf *b)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < b->size; i++)
		h = (h ^ (uint8_t)b->data[i]) * UINT64_C(0x100000001b3);
	return h;
}

/* ---- values ------------------------------------------------------------------------------------ */

static void record_ref(struct record *r, valtype t, slot v)
{
	static const char *const tops[] = { [HEAP_FUNC] = "func", [HEAP_EXTERN] = "extern", [HEAP_ANY] = "any", [HEAP_EXN] = "exn" };
	uint32_t top = heap_top(r->store->engine, vt_heap(t));

	buf_puts(r->out, tops[top]);
	if (v == 0)
		buf_puts(r->out, ":null");
	else if (top == HEAP_ANY && (v & 1) && !(v & REF_HOST_BIT))
		buf_printf(r->out, ":i31:%u", (unsigned)(uint32_t)v >> 1);
	else
		buf_puts(r->out, ":ref");
}

/* NaNs of arguments keep their bits: the other side is given the same. */
static void record_value(struct record *r, valtype t, const slot *v, bool bits)
{
	uint64_t f32 = v[0] & 0x7fffffff, f64 = v[0] & (UINT64_MAX >> 1);

	switch (vt_kind(t)) {
	case VT_I32:
		buf_printf(r->out, "i32:%08x", (unsigned)v[0]);
		break;
	case VT_I64:
		buf_printf(r->out, "i64:%016llx", (unsigned long long)v[0]);
		break;
	case VT_F32:
		if (f32 > 0x7f800000 && !bits)
			buf_puts(r->out, "f32:nan");
		else
			buf_printf(r->out, "f32:%08x", (unsigned)v[0]);
		break;
	case VT_F64:
		if (f64 > UINT64_C(0x7ff0000000000000) && !bits)
			buf_puts(r->out, "f64:nan");
		else
			buf_printf(r->out, "f64:%016llx", (unsigned long long)v[0]);
		break;
	case VT_V128:
		buf_printf(r->out, "v128:%016llx%016llx", (unsigned long long)v[1], (unsigned long long)v[0]);
		break;
	default:
		record_ref(r, t, v[0]);
	}
}

static void record_values(struct record *r, const valtype *types, uint32_t n, const slot *v, bool bits)
{
	for (uint32_t i = 0; i < n; v += vt_slots(types[i]), i++) {
		buf_putc(r->out, ' ');
		record_value(r, types[i], v, bits);
	}
}

/* ---- arguments --------------------------------------------------------------------------------- */

static uint64_t record_random(struct record *r)
{
	uint64_t z = r->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static slot record_number(struct record *r)
{
	static const uint64_t some[] = {
		0, 1, 2, 3, 7, 8, 10, 31, 32, 63, 64, 0x7f, 0x80, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
		UINT64_C(0x100000000), UINT64_C(1) << 63, UINT64_MAX >> 1, UINT64_MAX,
		0x3f800000, 0xbf000000, 0x4f000000, 0x7f800000, 0x7fc00000, 0x7fa00001, 0xff800000,
		UINT64_C(0x3ff0000000000000), UINT64_C(0xc1e0000000200000), UINT64_C(0x43e0000000000000),
		UINT64_C(0x7ff0000000000000), UINT64_C(0x7ff8000000000000), UINT64_C(0xfff4000000000001),
	};
	uint64_t how = record_random(r), v = record_random(r);

	switch (how % 4) {
	case 0:
		return v;
	case 1:
		return v & 0xff;
	default:
		return some[v % (sizeof some / sizeof *some)];
	}
}

/* False: no value of the type is at hand. */
static bool record_pick(struct record *r, valtype t, slot *v)
{
	uint64_t n = record_number(r);

	if (!vt_is_ref(t)) {
		v[0] = slot_normal(t, n);
		if (vt_slots(t) == 2)
			v[1] = record_number(r);
		return true;
	}
	v[0] = 0;
	if (vt_nullable(t) && n % 2)
		return true;
	if (vt_heap(t) == HEAP_ANY || vt_heap(t) == HEAP_EQ || vt_heap(t) == HEAP_I31)
		v[0] = (n & 0x7fffffff) << 1 | 1;
	else if (vt_heap(t) == HEAP_EXTERN)
		v[0] = REF_HOST_BIT | 1;
	return v[0] != 0 || vt_nullable(t);
}

static bool record_arguments(struct record *r, const struct deftype *t, slot *args)
{
	if (t->param_slots > RECORD_SLOTS || t->result_slots > RECORD_SLOTS)
		return false;
	for (uint32_t i = 0; i < t->nparams; args += vt_slots(t->params[i]), i++)
		if (!record_pick(r, t->params[i], args))
			return false;
	return true;
}

/* ---- outcomes ---------------------------------------------------------------------------------- */

/* Kinds that every engine tells apart. */
static const char *record_trap(enum trap kind)
{
	switch (kind) {
	case TRAP_UNREACHABLE:          return "unreachable";
	case TRAP_MEMORY_BOUNDS:        return "memory";
	case TRAP_TABLE_BOUNDS:
	case TRAP_UNDEFINED_ELEMENT:    return "table";
	case TRAP_ARRAY_BOUNDS:         return "array";
	case TRAP_UNINIT_ELEMENT:       return "uninitialized";
	case TRAP_CALL_TYPE:            return "type";
	case TRAP_DIV_ZERO:             return "zero";
	case TRAP_INT_OVERFLOW:         return "overflow";
	case TRAP_BAD_CONVERSION:       return "conversion";
	case TRAP_NULL_REF:
	case TRAP_NULL_FUNC:
	case TRAP_NULL_STRUCT:
	case TRAP_NULL_ARRAY:
	case TRAP_NULL_I31:
	case TRAP_NULL_EXN:             return "null";
	case TRAP_CAST:                 return "cast";
	case TRAP_UNALIGNED:            return "unaligned";
	case TRAP_NOT_SHARED:           return "not-shared";
	case TRAP_STACK:
	case TRAP_HEAP:
	case TRAP_ALLOC_SIZE:           return "limit";
	default:                        return trap_words(kind);
	}
}

static void record_outcome(struct record *r, enum outcome o, const struct deftype *t, const slot *results)
{
	switch (o) {
	case OUT_DONE:
		if (t)
			record_values(r, t->results, t->nresults, results, false);
		else
			buf_puts(r->out, " ok");
		break;
	case OUT_TRAP:
		buf_printf(r->out, " trap %s", record_trap(r->c->trap.kind));
		r->cut = strcmp(record_trap(r->c->trap.kind), "limit") == 0;
		break;
	case OUT_EXCEPTION: {
		const struct exn *x = r->c->exception;
		buf_puts(r->out, " exception");
		record_values(r, x->tag->type->params, x->tag->type->nparams, x->payload, false);
		break;
	}
	default:
		buf_puts(r->out, " trap limit");
		r->cut = true;
	}
	buf_putc(r->out, '\n');
}

/* ---- state ------------------------------------------------------------------------------------- */

static void record_table(struct record *r, uint32_t at, const struct table *t)
{
	uint8_t *bytes = malloc(t->size + 1);

	for (uint64_t i = 0; i < t->size; i++)
		bytes[i] = t->elems[i] ? '1' : '0';
	buf_printf(r->out, "table %u %llu %08x\n", at, (unsigned long long)t->size, record_crc(bytes, t->size));
	free(bytes);
}

static void record_state(struct record *r)
{
	const struct module *m = r->inst->module;

	for (uint32_t i = 0; i < m->nexports; i++) {
		struct extern_ref x;
		instance_export(r->inst, m->exports[i].name, &x);
		if (x.kind == EXTERN_GLOBAL) {
			buf_printf(r->out, "global %u ", i);
			record_value(r, x.as.global->type, x.as.global->value, false);
			buf_putc(r->out, '\n');
		} else if (x.kind == EXTERN_MEMORY) {
			uint64_t size = x.as.memory->size;
			buf_printf(r->out, "memory %u %llu %08x\n", i, (unsigned long long)size, record_crc(x.as.memory->base, size));
		} else if (x.kind == EXTERN_TABLE) {
			record_table(r, i, x.as.table);
		}
	}
}

/* ---- running ----------------------------------------------------------------------------------- */

static bool record_no_import(void *user, const struct module *m, const struct import *i, struct extern_ref *out, struct err *e)
{
	return err_set(e, E_UNKNOWN_IMPORT, place_none(), "modules under test import nothing");
}

static enum outcome record_run(struct record *r, struct func *f, const slot *args, slot *results)
{
	if (!r->way->plain)
		return ctx_call(r->c, f, args, results);
	enum outcome o = ctx_begin(r->c, f, args);
	while (o == OUT_STOP)
		o = ctx_resume(r->c, RUN_PLAIN);
	if (o == OUT_DONE)
		ctx_results(r->c, results);
	if (r->c->depth)
		ctx_abandon(r->c);
	return o;
}

static void record_call(struct record *r, uint32_t at, struct func *f)
{
	slot args[RECORD_SLOTS], results[RECORD_SLOTS];
	const struct deftype *t = f->type;
	struct extern_ref fuel;

	if (!record_arguments(r, t, args))
		return;
	if (instance_export(r->inst, str_of(".fuel"), &fuel))
		fuel.as.global->value[0] = RECORD_FUEL;
	buf_printf(r->out, "call %u", at);
	record_values(r, t->params, t->nparams, args, true);
	buf_puts(r->out, " =");
	record_outcome(r, record_run(r, f, args, results), t, results);
}

static void record_calls(struct record *r)
{
	const struct module *m = r->inst->module;
	uint32_t calls = 0;

	for (int round = 0; round < RECORD_ROUNDS; round++)
		for (uint32_t i = 0; i < m->nexports && !r->cut; i++)
			if (m->exports[i].kind == EXTERN_FUNC && calls++ < RECORD_CALLS)
				record_call(r, i, r->inst->funcs[m->exports[i].index]);
}

/* A wait on shared memory may be for ever. */
static void record_limits(struct record *r, const struct module *m)
{
	struct timespec now;

	for (uint32_t i = 0; i < m->nmemories; i++)
		if (m->memories[i].limits.shared) {
			clock_gettime(CLOCK_MONOTONIC, &now);
			ctx_set_deadline(r->c, now.tv_sec * INT64_C(1000000000) + now.tv_nsec + 2 * INT64_C(1000000000));
			return;
		}
}

/* Emulators of arm64 do not see that code written through a file replaces other code. */
static struct record_jits record_jits_new(void)
{
#if defined(__aarch64__)
	enum mcode_how how = MCODE_PAGES;
#else
	enum mcode_how how = MCODE_FILE;
#endif
	return (struct record_jits){ jit_new(UINT32_MAX, how), jit_new(FEATURE_SSE41, how) };
}

static void record_jits_free(const struct record_jits *j)
{
	jit_free(j->newest);
	jit_free(j->oldest);
}

static void record_tiers(struct record *r, const struct record_jits *jits)
{
	if (!r->way->tier)
		return;
	jit_install(r->way->oldest ? jits->oldest : jits->newest, r->store);
	r->store->tiers->threshold = 1;
	r->store->tiers->random = r->way->random ? r->random | 1 : 0;
	tiers_set(r->store, r->way->tier);
}

/*
 * The record of M run in WAY; what cannot be instantiated gives one line that says why. How many instructions were
 * executed, where WAY counts and no limit was met; else 0.
 */
static uint64_t record_module(const struct module *m, uint64_t seed, const struct record_way *way, const struct record_jits *jits,
	struct buf *out)
{
	struct store_limits limits = store_limits_default();
	struct err e = { 0 };
	enum outcome how = OUT_DONE;
	struct record r = { .way = way, .out = out, .random = seed };

	limits.max_heap = 64 << 20;
	r.store = store_new(m->engine, &limits);
	r.store->no_fuse = way->unfused;
	r.store->no_guard = way->checked;
	r.store->gc_stress = way->stress;
	record_tiers(&r, jits);
	r.c = ctx_new(r.store, &e);
	if (way->counting)
		ctx_start_clock(r.c);
	record_limits(&r, m);
	r.inst = instance_new(r.store, r.c, m, record_no_import, NULL, &how, &e);
	buf_puts(out, "start");
	if (!r.inst && how == OUT_DONE)
		buf_printf(out, " error %s\n", e.message);
	else
		record_outcome(&r, how, NULL, NULL);
	if (r.inst)
		record_calls(&r);
	if (r.inst && !r.cut)
		record_state(&r);
	uint64_t clock = way->counting && !r.cut ? ctx_clock(r.c) : 0;
	ctx_free(r.c);
	store_free(r.store);
	return clock;
}

/* ---- comparing --------------------------------------------------------------------------------- */

/* The same, or the same up to where one of them met a limit. */
static bool record_agrees(const char *a, const char *b)
{
	while (*a && *b) {
		size_t na = strcspn(a, "\n"), nb = strcspn(b, "\n");
		bool cut = (na > 6 && memcmp(a + na - 6, " limit", 6) == 0) || (nb > 6 && memcmp(b + nb - 6, " limit", 6) == 0);
		if (cut)
			return true;
		if (na != nb || memcmp(a, b, na) != 0)
			return false;
		a += na + (a[na] != 0);
		b += nb + (b[nb] != 0);
	}
	return !*a && !*b;
}

/* The first record into OUT; false: another way gives another one, told in DIFFERENCE. */
static bool record_all(const struct record_jits *jits, const void *bytes, size_t size, uint64_t seed, struct buf *out,
	struct buf *difference)
{
	struct engine *en = engine_new();
	struct features f = features_all();
	uint64_t counted = 0;
	bool same = true;

	for (int i = 0; i < RECORD_WAYS && same; i++) {
		struct err e = { 0 };
		struct buf other = { 0 };
		uint64_t clock = 0;
		struct source *s = source_copy("module", bytes, size, &e);
		/* bodies are made once for a module, so each way has its own */
		struct module *m = s ? module_load_take(en, s, &f, &e) : NULL;
		if (m)
			clock = record_module(m, seed, &record_ways[i], jits, i ? &other : out);
		else
			buf_printf(i ? &other : out, "start error %s\n", e.message);
		same = i == 0 || record_agrees(buf_str(out), buf_str(&other));
		if (!same)
			buf_printf(difference, "%s\n%s", record_ways[i].name, buf_str(&other));
		if (clock && counted && clock != counted) {
			buf_printf(difference, "%s\nclock %llu instead of %llu\n", record_ways[i].name, (unsigned long long)clock,
				(unsigned long long)counted);
			same = false;
		}
		counted = clock ? clock : counted;
		module_free(m);
		buf_free(&other);
	}
	engine_free(en);
	return same;
}

#endif
