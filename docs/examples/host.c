/*
 * A host function, a call, and what to do when it fails:
 *
 *	cc host.c $(pkg-config --cflags --libs wrench) -o host && ./host 10
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wrench.h>

static const char program[] =
	"(module\n"
	"  (import \"host\" \"print\" (func $print (param i64)))\n"
	"  (func $fac (export \"fac\") (param i64) (result i64)\n"
	"    (if (i64.lt_s (local.get 0) (i64.const 0)) (then unreachable))\n"
	"    (if (i64.eqz (local.get 0)) (then (return (i64.const 1))))\n"
	"    (call $print (local.get 0))\n"
	"    (i64.mul (local.get 0) (call $fac (i64.sub (local.get 0) (i64.const 1))))))\n";

/* user is what was given with the function: here, a counter */
static enum wr_outcome print(struct wr_store *store, void *user, const struct wr_value *args, struct wr_value *results)
{
	int *calls = user;

	(void)results;
	if (++*calls > 20)
		return wr_trap(store, "printed %d times, that is enough", *calls - 1);
	printf("%lld ", (long long)args[0].of.i64);
	return WR_DONE;
}

static int fail(const struct wr_error *e)
{
	fprintf(stderr, "%s", e->report);
	return 1;
}

static int run(struct wr_store *store, struct wr_linker *linker, struct wr_module *module, int64_t n)
{
	const wr_type i64 = WR_I64;
	const struct wr_func_type takes_i64 = { &i64, NULL, 1, 0, 0 };
	struct wr_error e;
	int calls = 0;

	if (!wr_linker_define_func(linker, "host", "print", &takes_i64, print, &calls, &e))
		return fail(&e);
	struct wr_instance *instance = wr_linker_instantiate(linker, module, NULL, &e);
	if (!instance)
		return fail(&e);

	struct wr_value arg = wr_i64(n), result;
	enum wr_outcome how = wr_call(store, wr_instance_func(instance, "fac"), &arg, 1, &result, 1, &e);
	if (how == WR_ERROR)
		return fail(&e);
	if (how != WR_DONE) {
		char why[1000];
		wr_store_describe(store, how, why, sizeof why);
		fprintf(stderr, "\n%s", why);
		return 1;
	}
	printf("-> %lld\n", (long long)result.of.i64);
	return 0;
}

int main(int argc, char **argv)
{
	struct wr_error e;
	int status = 1;

	struct wr_engine *engine = wr_engine_new(NULL, &e);
	struct wr_store *store = wr_store_new(engine, NULL, &e);
	struct wr_linker *linker = wr_linker_new(store, &e);
	struct wr_module *module = wr_module_load(engine, "fac.wat", program, strlen(program), &e);
	if (store && linker && module)
		status = run(store, linker, module, argc > 1 ? atoll(argv[1]) : 5);
	else
		fail(&e);

	/* in any order; NULL is fine */
	wr_module_free(module);
	wr_linker_free(linker);
	wr_store_free(store);
	wr_engine_free(engine);
	return status;
}
