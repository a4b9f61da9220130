/*
 * What the files that make a store's entities (func, memory, table, global, instance) share: its arena, its lists and
 * its accounts. All of it may be used by several threads at once: instances are made, and memories grow, on any thread.
 */
#ifndef ENGINE_ENTITY_H
#define ENGINE_ENTITY_H

#include "engine/store.h"

/* COUNT zeroed objects that live as long as the store; NULL: out of memory. */
void *store_alloc(struct store *s, size_t count, size_t size);
char *store_strdup(struct store *s, const char *text);          /* NULL stays NULL */

/* Put entity X into list LIST of S and number it from 1; false: out of memory. */
#define store_add(s, list, x) \
	(pthread_mutex_lock(&(s)->lock), \
	 store_added_(s, vec_push(&(s)->list, x) && ((x)->number = (uint32_t)(s)->list.count) != 0))

static inline bool store_added_(struct store *s, bool ok)
{
	pthread_mutex_unlock(&s->lock);
	return ok;
}

/* Add MORE to an account unless it would pass LIMIT; take it back. */
bool account_charge(_Atomic uint64_t *used, uint64_t more, uint64_t limit);
void account_return(_Atomic uint64_t *used, uint64_t less);

/* N functions of IN's module, from its index FIRST, numbered in order. NULL: out of memory. */
struct func *func_new_wasm(struct instance *in, uint32_t first, uint32_t n);

/*
 * Make M as large as it was at an earlier or later moment (moment.h): limits do not count, what is cut off is gone, what is
 * added is zero. False: the system does not give the memory.
 */
bool memory_set_pages(struct memory *m, uint64_t pages);
bool table_set_size(struct table *t, uint64_t size);

/* Storage outside the arena. */
void memory_release(struct memory *m);
void table_release(struct table *t);

#endif
