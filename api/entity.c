/* Functions, memories, tables, globals and tags: made by the host, looked at, changed; see wrench.h. */
#include "engine/entity.h"

#include "api/impl.h"

/* ---- any of them ----------------------------------------------------------------------------- */

#define BELONGS(s, list, x) \
	((x) && (x)->number - 1 < (s)->list.count && (s)->list.data[(x)->number - 1] == (x))

/* Threads of the guest may be making more of them. */
static void lock(const struct store *s)
{
	pthread_mutex_lock((pthread_mutex_t *)(uintptr_t)&s->lock);
}

static void unlock(const struct store *s)
{
	pthread_mutex_unlock((pthread_mutex_t *)(uintptr_t)&s->lock);
}

bool func_belongs(const struct store *s, const struct func *f)
{
	lock(s);
	bool is = BELONGS(s, funcs, f);
	unlock(s);
	return is;
}

bool tag_belongs(const struct store *s, const struct tag *t)
{
	lock(s);
	bool is = BELONGS(s, tags, t);
	unlock(s);
	return is;
}

static bool global_belongs(const struct store *s, const struct global *g)
{
	lock(s);
	bool is = BELONGS(s, globals, g);
	unlock(s);
	return is;
}

struct wr_extern extern_out(const struct extern_ref *x)
{
	struct wr_extern out = { .kind = (enum wr_extern_kind)x->kind };

	switch (x->kind) {
	case EXTERN_FUNC:
		out.of.func = func_out(x->as.func);
		break;
	case EXTERN_TABLE:
		out.of.table = table_out(x->as.table);
		break;
	case EXTERN_MEMORY:
		out.of.memory = memory_out(x->as.memory);
		break;
	case EXTERN_GLOBAL:
		out.of.global = global_out(x->as.global);
		break;
	case EXTERN_TAG:
		out.of.tag = tag_out(x->as.tag);
		break;
	}
	return out;
}

bool extern_in(const struct store *s, const struct wr_extern *x, struct extern_ref *out)
{
	*out = (struct extern_ref){ .kind = (enum extern_kind)x->kind };
	switch (x->kind) {
	case WR_FUNC:
		out->as.func = func_in(x->of.func);
		return func_belongs(s, out->as.func);
	case WR_TABLE:
		out->as.table = table_in(x->of.table);
		return out->as.table && out->as.table->store == s;
	case WR_MEMORY:
		out->as.memory = memory_in(x->of.memory);
		return out->as.memory && out->as.memory->store == s;
	case WR_GLOBAL:
		out->as.global = global_in(x->of.global);
		return global_belongs(s, out->as.global);
	case WR_TAG:
		out->as.tag = tag_in(x->of.tag);
		return tag_belongs(s, out->as.tag);
	}
	return false;
}

bool wr_extern_get_type(const struct wr_extern *x, struct wr_extern_type *out)
{
	struct wr_extern_type t = { .kind = x ? x->kind : WR_FUNC };
	bool ok = false;

	if (!x || !out)
		return false;
	switch (x->kind) {
	case WR_FUNC:
		ok = wr_func_get_type(x->of.func, &t.func);
		break;
	case WR_TABLE:
		return wr_table_get_type(x->of.table, out);
	case WR_MEMORY:
		return wr_memory_get_type(x->of.memory, out);
	case WR_GLOBAL:
		return wr_global_get_type(x->of.global, out);
	case WR_TAG:
		ok = wr_tag_get_type(x->of.tag, &t.func);
		break;
	}
	if (ok)
		*out = t;
	return ok;
}

static bool no_store(const struct wr_store *st, struct wr_error *e)
{
	return !st && !error_set(e, E_USAGE, "the store is NULL");
}

static struct limits limits_in(struct wr_limits l)
{
	return (struct limits){ .min = l.min, .max = l.has_max ? l.max : 0, .has_max = l.has_max, .is64 = l.is64,
		.shared = l.shared };
}

/* ---- functions ------------------------------------------------------------------------------- */

struct wr_func *wr_func_new(struct wr_store *store, const struct wr_func_type *type, wr_host_fn *fn, void *user,
	const char *module, const char *name, struct wr_error *e)
{
	struct err why = { 0 };

	if (no_store(store, e))
		return NULL;
	if (!fn) {
		error_set(e, E_USAGE, "the host function is NULL");
		return NULL;
	}
	const struct deftype *t = func_type_in(store->engine, type, e);
	if (!t)
		return NULL;
	struct host_func *h = store_alloc(store->store, 1, sizeof *h);
	if (!h) {
		error_oom(e);
		return NULL;
	}
	*h = (struct host_func){ fn, user };
	struct func *f = func_new_host(store->store, t, host_enter, h, module, name, &why);
	if (!f)
		error_out(e, &why, NULL);
	return func_out(f);
}

bool wr_func_get_type(const struct wr_func *func, struct wr_func_type *out)
{
	if (!func || !out)
		return false;
	*out = func_type_out(func_in(func)->type);
	return true;
}

/* ---- memories -------------------------------------------------------------------------------- */

struct wr_memory *wr_memory_new(struct wr_store *store, struct wr_limits limits, uint32_t page_size, struct wr_error *e)
{
	struct err why = { 0 };

	if (no_store(store, e))
		return NULL;
	if (page_size != 65536 && page_size != 1) {
		error_set(e, E_PAGE_SIZE_VALUE, "pages of %u bytes: they may have 65536 or 1", page_size);
		return NULL;
	}
	struct memory *m = memory_new(store->store, limits_in(limits), page_size == 1 ? 0 : 16, &why);
	if (!m)
		error_out(e, &why, NULL);
	return memory_out(m);
}

bool wr_memory_get_type(const struct wr_memory *memory, struct wr_extern_type *out)
{
	const struct memory *m = memory_in(memory);

	if (!m || !out)
		return false;
	*out = memory_type_out((struct limits){ .min = m->pages, .max = m->has_max ? m->max_pages : 0,
		.has_max = m->has_max, .is64 = m->is64, .shared = m->shared }, m->page_log2);
	return true;
}

uint64_t wr_memory_size(const struct wr_memory *memory)
{
	return memory ? atomic_load(&memory_in(memory)->size) : 0;
}

uint8_t *wr_memory_data(struct wr_memory *memory)
{
	return memory ? memory_in(memory)->base : NULL;
}

bool wr_memory_grow(struct wr_memory *memory, uint64_t pages, uint64_t *old)
{
	struct memory *m = memory_in(memory);
	int64_t was = m ? memory_grow(m, pages) : -1;

	if (was < 0)
		return false;
	/* the guest's context has the address and size at hand */
	pthread_mutex_lock(&m->store->lock);
	for (size_t i = 0; i < m->store->contexts.count; i++)
		ctx_load_memory(m->store->contexts.data[i]);
	pthread_mutex_unlock(&m->store->lock);
	if (old)
		*old = (uint64_t)was;
	return true;
}

bool wr_memory_read(const struct wr_memory *memory, uint64_t at, void *out, size_t size)
{
	const struct memory *m = memory_in(memory);

	if (!m || (size && !out) || !memory_range(m, at, size))
		return false;
	mem_will_read(m, at, size);
	if (size)
		memcpy(out, m->base + at, size);
	return true;
}

bool wr_memory_write(struct wr_memory *memory, uint64_t at, const void *bytes, size_t size)
{
	struct memory *m = memory_in(memory);

	if (!m || (size && !bytes) || !memory_range(m, at, size))
		return false;
	mem_will_write(m, at, size);
	if (size)
		memcpy(m->base + at, bytes, size);
	return true;
}

/* ---- tables ---------------------------------------------------------------------------------- */

struct wr_table *wr_table_new(struct wr_store *store, wr_type type, struct wr_limits limits, struct wr_value init,
	struct wr_error *e)
{
	struct err why = { 0 };
	struct table *t = NULL;
	struct value v;

	if (no_store(store, e))
		return NULL;
	if (!type_known(store->store->engine, type) || !vt_is_ref(type))
		err_set(&why, E_TYPE, place_none(), "a table of type 0x%x: it is no reference type of this engine", type);
	else if (limits.shared || (!limits.is64 && limits.has_max && limits.max > UINT32_MAX))
		err_set(&why, E_TABLE_SIZE, place_none(), limits.shared ? "a shared table"
			: "a table with 32-bit indices and more than 4294967295 elements");
	else if (value_in(store->store, &init, type, &v, "initial element", -1, &why))
		t = table_new(store->store, type, limits_in(limits), v.lo, &why);
	if (!t)
		error_out(e, &why, NULL);
	return table_out(t);
}

bool wr_table_get_type(const struct wr_table *table, struct wr_extern_type *out)
{
	const struct table *t = table_in(table);

	if (!t || !out)
		return false;
	*out = table_type_out(t->type, (struct limits){ .min = t->size, .max = t->max, .has_max = t->has_max,
		.is64 = t->is64 });
	return true;
}

uint64_t wr_table_size(const struct wr_table *table)
{
	return table ? table_in(table)->size : 0;
}

bool wr_table_get(const struct wr_table *table, uint64_t index, struct wr_value *out)
{
	const struct table *t = table_in(table);

	if (!t || !out || index >= t->size)
		return false;
	*out = value_out((struct value){ .type = t->type, .lo = t->elems[index] });
	return true;
}

bool wr_table_set(struct wr_table *table, uint64_t index, struct wr_value v, struct wr_error *e)
{
	struct table *t = table_in(table);
	struct err why = { 0 };
	struct value x;

	if (!t)
		return error_set(e, E_USAGE, "the table is NULL");
	if (index >= t->size)
		return error_set(e, E_UNKNOWN_NAME, "no element %llu: the table has %llu", (unsigned long long)index,
			(unsigned long long)t->size);
	if (!value_in(t->store, &v, t->type, &x, "element", (int64_t)index, &why))
		return error_out(e, &why, NULL);
	t->elems[index] = x.lo;
	return true;
}

bool wr_table_grow(struct wr_table *table, uint64_t count, struct wr_value init, uint64_t *old, struct wr_error *e)
{
	struct table *t = table_in(table);
	struct err why = { 0 };
	struct value x;

	if (!t)
		return error_set(e, E_USAGE, "the table is NULL");
	if (!value_in(t->store, &init, t->type, &x, "new element", -1, &why))
		return error_out(e, &why, NULL);
	int64_t was = table_grow(t, count, x.lo);
	if (was < 0)
		return error_set(e, E_LIMIT, "the table of %llu elements cannot grow by %llu", (unsigned long long)t->size,
			(unsigned long long)count);
	if (old)
		*old = (uint64_t)was;
	return true;
}

/* ---- globals and tags ------------------------------------------------------------------------ */

struct wr_global *wr_global_new(struct wr_store *store, wr_type type, bool mut, struct wr_value v, struct wr_error *e)
{
	struct err why = { 0 };
	struct global *g = NULL;
	struct value x;

	if (no_store(store, e))
		return NULL;
	if (!type_known(store->store->engine, type))
		err_set(&why, E_TYPE, place_none(), "a global of type 0x%x: it is no type of this engine", type);
	else if (value_in(store->store, &v, type, &x, "initial value", -1, &why))
		g = global_new(store->store, type, mut, x, &why);
	if (!g)
		error_out(e, &why, NULL);
	return global_out(g);
}

bool wr_global_get_type(const struct wr_global *global, struct wr_extern_type *out)
{
	const struct global *g = global_in(global);

	if (!g || !out)
		return false;
	*out = global_type_out(g->type, g->mut);
	return true;
}

bool wr_global_get(const struct wr_global *global, struct wr_value *out)
{
	const struct global *g = global_in(global);

	if (!g || !out)
		return false;
	*out = value_out((struct value){ g->type, g->value[0], g->value[1] });
	return true;
}

bool wr_global_set(struct wr_store *store, struct wr_global *global, struct wr_value v, struct wr_error *e)
{
	struct global *g = global_in(global);
	struct err why = { 0 };
	struct value x;

	if (no_store(store, e))
		return false;
	if (!g || !global_belongs(store->store, g))
		return error_set(e, E_USAGE, "the global is %s", g ? "of another store" : "NULL");
	if (!g->mut)
		return error_set(e, E_TYPE, "the global is immutable");
	if (!value_in(store->store, &v, g->type, &x, "value", -1, &why))
		return error_out(e, &why, NULL);
	g->value[0] = x.lo;
	g->value[1] = x.hi;
	return true;
}

struct wr_tag *wr_tag_new(struct wr_store *store, const struct wr_func_type *type, struct wr_error *e)
{
	struct err why = { 0 };

	if (no_store(store, e))
		return NULL;
	const struct deftype *t = func_type_in(store->engine, type, e);
	if (!t)
		return NULL;
	if (t->nresults) {
		error_set(e, E_TYPE, "the type of a tag has no results");
		return NULL;
	}
	struct tag *x = tag_new(store->store, t, &why);
	if (!x)
		error_out(e, &why, NULL);
	return tag_out(x);
}

bool wr_tag_get_type(const struct wr_tag *tag, struct wr_func_type *out)
{
	if (!tag || !out)
		return false;
	*out = func_type_out(tag_in(tag)->type);
	return true;
}
