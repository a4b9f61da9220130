/* Stores: limits, fuel, deadlines, interrupts, the clock, and what they keep alive; see wrench.h. */
#include "api/impl.h"

#include <stdlib.h>

#include "engine/wasi/wasi.h"

void wr_store_limits_init(struct wr_store_limits *limits)
{
	const struct store_limits l = store_limits_default();

	if (!limits)
		return;
	*limits = (struct wr_store_limits){ l.max_memory, l.max_table_elements, l.max_stack, l.max_heap };
	if (!l.max_heap)
		limits->max_heap = (uint64_t)1 << 30;
}

static struct store_limits limits_in(const struct wr_store_limits *limits)
{
	enum { STACK_LEAST = 4096 };
	const uint64_t stack_most = (uint64_t)1 << 40;
	struct wr_store_limits l;

	if (limits)
		l = *limits;
	else
		wr_store_limits_init(&l);
	if (l.max_stack < STACK_LEAST)
		l.max_stack = STACK_LEAST;
	if (l.max_stack > stack_most)
		l.max_stack = stack_most;
	/* the engine reads 0 as the default */
	return (struct store_limits){ l.max_memory, l.max_table_elements, l.max_stack, l.max_heap ? l.max_heap : 1 };
}

struct wr_store *wr_store_new(struct wr_engine *engine, const struct wr_store_limits *limits, struct wr_error *e)
{
	struct err why = { 0 };
	struct store_limits l = limits_in(limits);

	if (!engine) {
		error_set(e, E_USAGE, "the engine is NULL");
		return NULL;
	}
	struct wr_store *st = calloc(1, sizeof *st);
	if (!st) {
		error_oom(e);
		return NULL;
	}
	st->engine = engine_hold(engine);
	st->store = store_new(engine->engine, &l);
	if (!st->store)
		err_oom(&why);
	else
		st->ctx = ctx_new(st->store, &why);
	if (!st->ctx) {
		error_out(e, &why, NULL);
		wr_store_free(st);
		return NULL;
	}
	st->ctx->user = st;
	st->ctx->ended = outcome_trace;
	st->ctx->thread_begins = thread_begins;
	st->ctx->thread_ends = thread_ends;
	gc_scope_open(st->ctx, &st->scope, NULL, &st->held_top);
	return st;
}

void wr_store_free(struct wr_store *store)
{
	if (!store || store->root)
		return;
	for (size_t i = 0; i < store->wasis.count; i++)
		wasi_free(store->wasis.data[i]);
	ctx_free(store->ctx);
	store_free(store->store);
	for (size_t i = 0; i < store->modules.count; i++)
		wr_module_free(store->modules.data[i]);
	vec_free(&store->wasis);
	vec_free(&store->modules);
	vec_free(&store->held);
	wr_engine_free(store->engine);
	free(store);
}

bool store_hold_module(struct wr_store *st, const struct wr_module *m, struct wr_error *e)
{
	for (size_t i = 0; i < st->modules.count; i++)
		if (st->modules.data[i] == m)
			return true;
	if (!vec_reserve(&st->modules, st->modules.count + 1))
		return error_oom(e);
	vec_push(&st->modules, module_hold(m));         /* there is room */
	return true;
}

void wr_store_set_user(struct wr_store *store, void *user)
{
	if (store)
		store->user = user;
}

void *wr_store_user(const struct wr_store *store)
{
	return store ? store->user : NULL;
}

/* ---- limits ---------------------------------------------------------------------------------- */

void wr_store_set_fuel(struct wr_store *store, uint64_t fuel)
{
	if (store)
		ctx_set_fuel(store->ctx, fuel == WR_NO_LIMIT ? -1 : fuel > INT64_MAX ? INT64_MAX : (int64_t)fuel);
}

uint64_t wr_store_fuel(const struct wr_store *store)
{
	if (!store)
		return 0;
	if (!store->ctx->fuel_limited)
		return WR_NO_LIMIT;
	return store->ctx->fuel > 0 ? (uint64_t)store->ctx->fuel : 0;
}

void wr_store_set_timeout(struct wr_store *store, uint64_t ns)
{
	if (store)
		store->timeout_ns = ns;
}

void wr_store_interrupt(struct wr_store *store)
{
	if (store)
		ctx_interrupt((store->root ? store->root : store)->ctx, LEAVE_INTERRUPT);
}

void wr_store_start_clock(struct wr_store *store)
{
	if (store)
		ctx_start_clock(store->ctx);
}

uint64_t wr_store_clock(const struct wr_store *store)
{
	return store && store->ctx->counting ? ctx_clock(store->ctx) : 0;
}

uint64_t wr_store_memory_bytes(const struct wr_store *store)
{
	return store ? atomic_load(&store->store->memory_bytes) : 0;
}

uint64_t wr_store_table_elements(const struct wr_store *store)
{
	return store ? atomic_load(&store->store->table_elements) : 0;
}
