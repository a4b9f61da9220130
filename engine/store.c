/* Stores: making, accounts, and freeing everything at once; see store.h. */
#include "engine/store.h"

#include <stdlib.h>

#include "engine/entity.h"
#include "engine/exn.h"
#include "engine/gc/gc.h"
#include "engine/module.h"
#include "engine/probe.h"
#include "engine/tier.h"
#include "engine/turns.h"

enum { DEFAULT_STACK = 8 << 20, DEFAULT_TABLE_ELEMENTS = 100000000 };

struct store_limits store_limits_default(void)
{
	return (struct store_limits){
		.max_memory = UINT64_MAX,
		.max_table_elements = DEFAULT_TABLE_ELEMENTS,
		.max_stack = DEFAULT_STACK,
	};
}

struct store *store_new(struct engine *en, const struct store_limits *limits)
{
	struct store *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	if (pthread_mutex_init(&s->lock, NULL) != 0 || pthread_cond_init(&s->world_changed, NULL) != 0 || !park_init(&s->park)) {
		free(s);
		return NULL;
	}
	s->engine = en;
	s->limits = limits ? *limits : store_limits_default();
	return s;
}

static void instance_release(struct instance *in)
{
	for (uint32_t i = 0; in->elem_values && i < in->module->nelems; i++)
		free(in->elem_values[i]);
}

bool store_add_ctx(struct store *s, struct ctx *c)
{
	pthread_mutex_lock(&s->lock);
	bool ok = vec_push(&s->contexts, c);
	gc_show_heap(s, c);
	pthread_mutex_unlock(&s->lock);
	return ok;
}

void store_remove_ctx(struct store *s, struct ctx *c)
{
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->contexts.count; i++)
		if (s->contexts.data[i] == c) {
			s->contexts.data[i] = s->contexts.data[--s->contexts.count];
			break;
		}
	pthread_mutex_unlock(&s->lock);
}

void store_free(struct store *s)
{
	if (!s)
		return;
	turns_end(s);
	probes_free(s);
	tiers_free(s);
	for (size_t i = 0; i < s->instances.count; i++)
		instance_release(s->instances.data[i]);
	for (size_t i = 0; i < s->memories.count; i++)
		memory_release(s->memories.data[i]);
	for (size_t i = 0; i < s->tables.count; i++)
		table_release(s->tables.data[i]);
	for (size_t i = 0; i < s->modules.count; i++)
		module_free(s->modules.data[i]);
	vec_free(&s->contexts);
	exn_free_all(s);
	gc_free(s);
	vec_free(&s->instances);
	vec_free(&s->shadows);
	vec_free(&s->memories);
	vec_free(&s->tables);
	vec_free(&s->globals);
	vec_free(&s->funcs);
	vec_free(&s->tags);
	vec_free(&s->modules);
	arena_free(&s->arena);
	park_destroy(&s->park);
	pthread_cond_destroy(&s->world_changed);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

bool store_keep_module_take(struct store *s, struct module *m)
{
	pthread_mutex_lock(&s->lock);
	return store_added_(s, vec_push(&s->modules, m));
}

void *store_alloc(struct store *s, size_t count, size_t size)
{
	pthread_mutex_lock(&s->lock);
	void *p = arena_array(&s->arena, count, size);
	pthread_mutex_unlock(&s->lock);
	return p;
}

char *store_strdup(struct store *s, const char *text)
{
	if (!text)
		return NULL;
	size_t n = strlen(text) + 1;
	char *copy = store_alloc(s, n, 1);
	return copy ? memcpy(copy, text, n) : NULL;
}

bool account_charge(_Atomic uint64_t *used, uint64_t more, uint64_t limit)
{
	uint64_t now = atomic_load(used);

	do {
		if (now > limit || more > limit - now)
			return false;
	} while (!atomic_compare_exchange_weak(used, &now, now + more));
	return true;
}

void account_return(_Atomic uint64_t *used, uint64_t less)
{
	atomic_fetch_sub(used, less);
}
