/*
 * guest.h - for tests of the embedder's interface: an engine, a store and a linker, modules from text, checked calls.
 *
 *	struct guest g = guest_new(NULL);
 *	struct wr_instance *in = guest_load(&g, "(module (func (export \"f\") (result i32) (i32.const 1)))");
 *	CHECK(guest_i32(&g, in, "f", 0, 0) == 1, "a call");
 *	guest_free(&g);
 */
#ifndef WRENCH_TESTS_API_GUEST_H
#define WRENCH_TESTS_API_GUEST_H

#include <stdlib.h>
#include <string.h>

#include "include/wrench.h"
#include "tests/harness/tap.h"

struct guest {
	struct wr_engine *engine;
	struct wr_store *store;
	struct wr_linker *linker;
	struct wr_error e;
	enum wr_outcome how;            /* of the last call or instantiation */
};

__attribute__((unused))
static struct guest guest_new(const struct wr_store_limits *limits)
{
	struct guest g = { .engine = wr_engine_new(NULL, NULL) };

	g.store = wr_store_new(g.engine, limits, &g.e);
	g.linker = wr_linker_new(g.store, &g.e);
	return g;
}

__attribute__((unused))
static void guest_free(struct guest *g)
{
	wr_linker_free(g->linker);
	wr_store_free(g->store);
	wr_engine_free(g->engine);
}

/* NULL with g->e and g->how. */
__attribute__((unused))
static struct wr_instance *guest_try(struct guest *g, const char *wat)
{
	memset(&g->e, 0, sizeof g->e);
	struct wr_module *m = wr_module_load(g->engine, "test.wat", wat, strlen(wat), &g->e);
	struct wr_instance *in = m ? wr_linker_instantiate(g->linker, m, &g->how, &g->e) : NULL;

	wr_module_free(m);
	return in;
}

__attribute__((unused))
static struct wr_instance *guest_load(struct guest *g, const char *wat)
{
	struct wr_instance *in = guest_try(g, wat);

	if (!in)
		tap_note("%s", g->e.report);
	return in;
}

/* Call an export with arguments and results of any types. */
__attribute__((unused))
static enum wr_outcome guest_call(struct guest *g, const struct wr_instance *in, const char *name,
	const struct wr_value *args, size_t nargs, struct wr_value *results, size_t nresults)
{
	return g->how = wr_call(g->store, wr_instance_func(in, name), args, nargs, results, nresults, &g->e);
}

/* Call an export with NARGS (0 or 1) i32 arguments and one i32 result. */
__attribute__((unused))
static int32_t guest_i32(struct guest *g, const struct wr_instance *in, const char *name, size_t nargs, int32_t arg)
{
	struct wr_value a = wr_i32(arg), r = wr_i32(-1);

	guest_call(g, in, name, &a, nargs, &r, 1);
	return r.of.i32;
}

/* Call an export that takes and gives nothing. */
__attribute__((unused))
static enum wr_outcome guest_run(struct guest *g, const struct wr_instance *in, const char *name)
{
	return guest_call(g, in, name, NULL, 0, NULL, 0);
}

#endif
