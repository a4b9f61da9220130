/*
 * guest.h — for tests of the engine: a world of its own (engine, store, context), modules from text, calls.
 *
 *	struct world w;
 *	struct instance *in = world_of(&w, "(module (func (export \"f\") (result i32) (i32.const 1)))");
 *	enum outcome o = world_call(&w, in, "f", NULL, results);
 *	world_free(&w);
 *
 * What cannot be loaded is shown as a note and gives NULL.
 */
#ifndef WRENCH_TESTS_ENGINE_GUEST_H
#define WRENCH_TESTS_ENGINE_GUEST_H

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/source.h"
#include "engine/ctx.h"
#include "engine/regir/code.h"
#include "tests/harness/tap.h"
#include "wat/wat.h"

struct world {
	struct engine *en;
	struct store *st;
	struct ctx *c;
	import_resolver *resolve;       /* NULL: no imports */
	void *user;
	enum outcome how;               /* of the last instantiation */
	struct err e;                   /* of the last load */
};

__attribute__((unused))
static struct world world_with(const struct store_limits *limits)
{
	struct world w = { .en = engine_new() };

	w.st = store_new(w.en, limits);
	w.c = ctx_new(w.st, &w.e);
	return w;
}

__attribute__((unused))
static struct world world_new(void)
{
	return world_with(NULL);
}

__attribute__((unused))
static void world_free(struct world *w)
{
	ctx_free(w->c);
	store_free(w->st);
	engine_free(w->en);
}

__attribute__((unused))
static void world_note(const struct err *e)
{
	struct buf b = { 0 };

	err_print(e, NULL, &b);
	tap_note("%.300s", buf_str(&b));
	buf_free(&b);
}

/* The store keeps the module. */
__attribute__((unused))
static struct module *world_module(struct world *w, const char *wat)
{
	struct features f = features_all();
	struct source *s;
	struct module *m = NULL;

	w->e = (struct err){ 0 };
	if ((s = source_copy("test.wat", wat, strlen(wat), &w->e)) != NULL)
		m = wat_load_take(w->en, s, &f, &w->e);
	if (!m)
		world_note(&w->e);
	else
		store_keep_module_take(w->st, m);
	return m;
}

__attribute__((unused))
static struct instance *world_instance(struct world *w, const struct module *m)
{
	w->e = (struct err){ 0 };
	w->how = OUT_DONE;
	return m ? instance_new(w->st, w->c, m, w->resolve, w->user, &w->how, &w->e) : NULL;
}

__attribute__((unused))
static struct instance *world_load(struct world *w, const char *wat)
{
	struct instance *in = world_instance(w, world_module(w, wat));

	if (!in && w->e.code)
		world_note(&w->e);
	return in;
}

/* A new world with one module. */
__attribute__((unused))
static struct instance *world_of(struct world *w, const char *wat)
{
	*w = world_new();
	return world_load(w, wat);
}

__attribute__((unused))
static struct func *world_func(const struct instance *in, const char *name)
{
	struct extern_ref x = { 0 };

	return in && instance_export(in, str_of(name), &x) && x.kind == EXTERN_FUNC ? x.as.func : NULL;
}

__attribute__((unused))
static enum outcome world_call(struct world *w, const struct instance *in, const char *name, const slot *args, slot *results)
{
	struct func *f = world_func(in, name);

	return f ? ctx_call(w->c, f, args, results) : OUT_COUNT;
}

/* Every body of a module, of all kinds and both memory modes, satisfies the verifier; frames that are too large have none. */
__attribute__((unused))
static bool bodies_verify(const struct module *m)
{
	for (uint32_t f = m->nimported_funcs; f < m->nfuncs; f++)
		for (int kind = 0; kind < BODY_KINDS; kind++)
			for (int mode = 0; mode < 2; mode++) {
				struct err e = { 0 };
				struct body *b = code_body(m, f, (enum body_kind)kind, (enum memory_mode)mode, true, &e);
				if ((b && !regir_verify(b, &e)) || (!b && e.code != E_LIMIT)) {
					world_note(&e);
					return false;
				}
			}
	return true;
}

#endif
