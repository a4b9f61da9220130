/*
 * Parts of the work, measured within one process; bench.py runs it.
 *
 *	parts compile FILE ROUNDS       medians of CPU microseconds: checking, translating, register IR to machine code; bytes of
 *	                                code; functions that were not compiled
 *	parts call N                    CPU nanoseconds of one call of a host function from compiled code, and from the interpreter,
 *	                                and of one turn of the loop around it
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/err.h"
#include "engine/base/source.h"
#include "engine/ctx.h"
#include "engine/entity.h"
#include "engine/regir/code.h"
#include "engine/tier.h"
#include "jit/jit.h"
#include "wat/wat.h"

static double cpu_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static int fail(const char *what, const struct err *e)
{
	fprintf(stderr, "parts: %s: %s\n", what, e->message);
	return 1;
}

/* ---- compiling ---------------------------------------------------------------------------------- */

enum part { CHECK_PART, TRANSLATE_PART, COMPILE_PART, PARTS };
enum { MOST_ROUNDS = 99 };

struct sums {
	double part[PARTS][MOST_ROUNDS];
	uint64_t code, refused;
};

static int order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof *v, order);
	return v[n / 2];
}

/* The bodies of all functions, then code of all of them; it is thrown away. */
static bool compile_all(const struct module *m, const struct tier_compiler *t, int round, struct sums *sums, struct err *e)
{
	double start = cpu_now();

	for (uint32_t f = m->nimported_funcs; f < m->nfuncs; f++)
		if (!code_body(m, f, BODY_FAST, MEMORY_GUARDED, true, e))
			return false;
	sums->part[TRANSLATE_PART][round] = cpu_now() - start;
	sums->code = sums->refused = 0;
	start = cpu_now();
	for (uint32_t f = m->nimported_funcs; f < m->nfuncs; f++) {
		struct native_output out = { 0 };
		sums->refused += !t->compile(t->user, code_body(m, f, BODY_FAST, MEMORY_GUARDED, true, e), &out, e);
		sums->code += out.size;
		free(out.code);
		free(out.cells);
		free(out.cell_at);
		free(out.tables.osr);
		free(out.tables.faults);
		free(out.tables.places);
		free(out.tables.slow);
	}
	sums->part[COMPILE_PART][round] = cpu_now() - start;
	return true;
}

static bool compile_round(struct jit *jit, const struct source *s, int round, struct sums *sums, struct err *e)
{
	struct features f = features_all();
	struct engine *en = engine_new();
	struct source *copy = source_copy(s->name, s->bytes, s->size, e);
	double start = cpu_now();
	struct module *m = copy ? module_load_take(en, copy, &f, e) : NULL;

	sums->part[CHECK_PART][round] = cpu_now() - start;
	struct store *st = m ? store_new(en, NULL) : NULL;
	bool ok = st && jit_install(jit, st) && tiers_set(st, TIER_BASELINE) && tiers_use(st, m);
	ok = ok && compile_all(m, st->tiers->compiler, round, sums, e);
	store_free(st);
	module_free(m);
	engine_free(en);
	return ok;
}

static int compile(const char *path, int rounds)
{
	static struct sums sums;
	struct err e = { 0 };
	struct jit *jit = jit_new(UINT32_MAX, MCODE_FILE);
	struct source *s = source_read(path, &e);
	bool ok = s && jit && rounds > 0 && rounds <= MOST_ROUNDS;

	for (int i = 0; ok && i < rounds; i++)
		ok = compile_round(jit, s, i, &sums, &e);
	if (!ok)
		return fail(path, &e);
	for (int i = 0; i < PARTS; i++)
		printf("%.0f ", median(sums.part[i], rounds));
	printf("%llu %llu\n", (unsigned long long)sums.code, (unsigned long long)sums.refused);
	source_free(s);
	jit_free(jit);
	return 0;
}

/* ---- calls of the host ---------------------------------------------------------------------------- */

static const char guest[] =
	"(module (import \"h\" \"f\" (func $f (param i32) (result i32)))"
	"  (func (export \"calls\") (param $n i32) (result i32) (local $s i32)"
	"    (loop $l (local.set $s (i32.add (local.get $s) (call $f (local.get $n))))"
	"      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) (local.get $s))"
	"  (func (export \"turns\") (param $n i32) (result i32) (local $s i32)"
	"    (loop $l (local.set $s (i32.add (local.get $s) (i32.xor (local.get $s) (local.get $n))))"
	"      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) (local.get $s)))";

static enum outcome add_one(struct ctx *c, struct func *f, const slot *args, slot *results)
{
	(void)c, (void)f;
	results[0] = (uint32_t)args[0] + 1;
	return OUT_DONE;
}

static bool resolve(void *user, const struct module *m, const struct import *i, struct extern_ref *out, struct err *e)
{
	(void)i;
	*out = (struct extern_ref){ EXTERN_FUNC, { .func = func_new_host(user, m->funcs[0].type, add_one, NULL, "h", "f", e) } };
	return out->as.func != NULL;
}

/* Nanoseconds for one of N turns. */
static double turn(struct ctx *c, const struct instance *in, const char *name, uint32_t n)
{
	slot arg = n, result = 0;
	struct extern_ref x;

	if (!instance_export(in, str_of(name), &x))
		return 0;
	ctx_call(c, x.as.func, &arg, &result);
	double start = cpu_now();
	if (ctx_call(c, x.as.func, &arg, &result) != OUT_DONE)
		return 0;
	return (cpu_now() - start) * 1000 / n;
}

static bool calls_in(enum tier tier, uint32_t n, double *call, double *around, struct err *e)
{
	struct features f = features_all();
	struct engine *en = engine_new();
	struct jit *jit = jit_new(UINT32_MAX, MCODE_FILE);
	struct source *s = source_copy("calls.wat", guest, sizeof guest - 1, e);
	struct module *m = s ? wat_load_take(en, s, &f, e) : NULL;
	struct store *st = m ? store_new(en, NULL) : NULL;
	bool ok = st && jit && jit_install(jit, st) && tiers_set(st, tier);
	struct ctx *c = ok ? ctx_new(st, e) : NULL;
	enum outcome how = OUT_DONE;
	struct instance *in = c ? instance_new(st, c, m, resolve, st, &how, e) : NULL;

	if (in) {
		*call = turn(c, in, "calls", n);
		*around = turn(c, in, "turns", n);
	}
	ctx_free(c);
	store_free(st);
	module_free(m);
	engine_free(en);
	jit_free(jit);
	return in != NULL;
}

static int calls(uint32_t n)
{
	double compiled = 0, interpreted = 0, around = 0, other = 0;
	struct err e = { 0 };

	if (!calls_in(TIER_BASELINE, n, &compiled, &around, &e) || !calls_in(TIER_INTERP, n, &interpreted, &other, &e))
		return fail("calls", &e);
	printf("%.2f %.2f %.2f\n", compiled, interpreted, around);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "compile") == 0)
		return compile(argv[2], atoi(argv[3]));
	if (argc == 3 && strcmp(argv[1], "call") == 0 && atoi(argv[2]) > 0)
		return calls((uint32_t)atoi(argv[2]));
	fprintf(stderr, "usage: parts compile FILE ROUNDS | call N\n");
	return 2;
}
