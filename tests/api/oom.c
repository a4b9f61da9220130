/*
 * Each allocation fails in turn, one per run: everything gives an error, nothing crashes. Built by oom.t, which lets the
 * linker put these functions before the C library's. Prints how many allocations were reached.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wrench.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);

static long left;       /* allocations until one fails; below 0: none does */

static int fails(void)
{
	return left >= 0 && left-- == 0;
}

void *__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

static const char text[] =
	"(module $m (import \"h\" \"f\" (func $f (param i32) (result i32))) (memory 1) (table 3 funcref) (global (mut i64) (i64.const 1))"
	" (type $p (struct (field i32))) (elem (i32.const 0) $g) (data (i32.const 0) \"x\") (tag $t (param i32))"
	" (func $g (export \"g\") (param i32) (result i32) (drop (struct.new $p (local.get 0))) (call $f (local.get 0)))"
	" (func (export \"throw\") (throw $t (i32.const 1))) (func (export \"trap\") unreachable))";

static enum wr_outcome host(struct wr_store *st, void *user, const struct wr_value *args, struct wr_value *results)
{
	(void)user;
	results[0] = wr_i32(args[0].of.i32 + 1);
	return args[0].of.i32 < 0 ? wr_trap(st, "negative") : WR_DONE;
}

/* All is well: 1. An error that says so: 0. Anything else ends the program. */
static int told(int ok, const struct wr_error *e)
{
	if (!ok && e->error_class == WR_CLASS_NONE) {
		printf("failed without an error\n");
		exit(1);
	}
	return ok;
}

static int run(struct wr_store *st, struct wr_linker *l, struct wr_module *m, struct wr_error *e)
{
	const wr_type i32 = WR_I32;
	const struct wr_func_type type = { &i32, &i32, 1, 1, 0 };
	struct wr_wasi_config wasi;
	struct wr_value v = wr_i32(1), r;
	enum wr_outcome how;
	char b[500];

	wr_wasi_config_init(&wasi);
	if (!told(wr_linker_define_func(l, "h", "f", &type, host, NULL, e), e) || !told(wr_linker_define_wasi(l, &wasi, e), e))
		return 0;
	struct wr_instance *in = wr_linker_instantiate(l, m, &how, e);
	if (!told(in != NULL, e) || !told(wr_linker_define_instance(l, "in", in, e), e))
		return 0;
	how = wr_call(st, wr_instance_func(in, "g"), &v, 1, &r, 1, e);
	if (how != WR_DONE) {
		told(how != WR_ERROR, e);
		return 0;
	}
	wr_call(st, wr_instance_func(in, "throw"), NULL, 0, NULL, 0, e);
	how = wr_call(st, wr_instance_func(in, "trap"), NULL, 0, NULL, 0, e);
	wr_store_describe(st, how, b, sizeof b);
	return told(wr_hold(st, wr_externref(3), e), e) && r.of.i32 == 2;
}

static int scenario(void)
{
	struct wr_error e;
	int ok = 0;

	memset(&e, 0, sizeof e);
	struct wr_engine *en = wr_engine_new(NULL, &e);
	struct wr_module *m = en ? wr_module_load(en, "m.wat", text, strlen(text), &e) : NULL;
	struct wr_store *st = m ? wr_store_new(en, NULL, &e) : NULL;
	struct wr_linker *l = st ? wr_linker_new(st, &e) : NULL;
	if (told(l != NULL, &e))
		ok = run(st, l, m, &e);
	wr_linker_free(l);
	wr_store_free(st);
	wr_module_free(m);
	wr_engine_free(en);
	return ok;
}

int main(int argc, char **argv)
{
	long n = 0;

	if (argc > 1) {                 /* only the run in which allocation N fails */
		left = atol(argv[1]);
		scenario();
		return 0;
	}
	left = -1;
	if (!scenario())
		return 2;
	do {
		left = n++;
		scenario();
	} while (left < 0 && n < 100000);       /* the last run had none that failed */
	printf("%ld allocations failed, each alone\n", n - 1);
	return n < 10;
}
