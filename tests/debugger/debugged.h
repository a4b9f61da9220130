/*
 * debugged.h — for tests of the debugger: an engine, a store and a context that a debugger follows, with a module from text.
 * Instances are the test's own.
 */
#ifndef WRENCH_TESTS_DEBUGGER_DEBUGGED_H
#define WRENCH_TESTS_DEBUGGER_DEBUGGED_H

#include <string.h>

#include "debugger/dbg.h"
#include "engine/base/source.h"
#include "engine/module.h"
#include "wat/wat.h"

struct debugged {
	struct engine *engine;
	struct module *module;
	struct store *store;
	struct ctx *ctx;
	struct dbg *dbg;
};

static inline struct eval_scope no_scope(void *user, uint32_t level)
{
	(void)user, (void)level;
	return (struct eval_scope){ 0 };
}

/* USER: what the debugger's hooks get. LIMITS NULL: the usual ones. */
static inline bool debugged_make(struct debugged *g, const char *text, const struct store_limits *limits, void *user, struct err *e)
{
	struct features all = features_all();

	*g = (struct debugged){ .engine = engine_new() };
	struct source *src = source_copy("m.wat", text, strlen(text), e);
	g->module = src ? wat_load_take(g->engine, src, &all, e) : NULL;
	g->store = store_new(g->engine, limits);
	g->ctx = g->module ? ctx_new(g->store, e) : NULL;
	g->dbg = dbg_new(NULL);
	if (!g->ctx || !g->dbg || !dbg_add_module(g->dbg, g->module))
		return false;
	g->dbg->user = user;
	g->dbg->scope = no_scope;
	dbg_follow(g->dbg, g->ctx);
	return true;
}

static inline void debugged_free(struct debugged *g)
{
	dbg_free(g->dbg);
	ctx_free(g->ctx);
	store_free(g->store);
	module_free(g->module);
	engine_free(g->engine);
}

#endif
