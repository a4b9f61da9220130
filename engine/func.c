/* Functions and tags: the entities that are little more than a function type. */
#include "engine/entity.h"

#include "engine/base/err.h"
#include "engine/regir/code.h"

struct func *func_new_host(struct store *s, const struct deftype *type, host_fn *fn, void *user, const char *module,
	const char *name, struct err *e)
{
	struct func *f = store_alloc(s, 1, sizeof *f);

	if (!f)
		return err_oom(e), NULL;
	f->type = type;
	f->entry = code_host_entry();
	f->host = fn;
	f->user = user;
	f->host_module = store_strdup(s, module);
	f->host_name = store_strdup(s, name);
	if ((module && !f->host_module) || (name && !f->host_name) || !store_add(s, funcs, f))
		return err_oom(e), NULL;
	return f;
}

/* All get their places in the store's list at once, so that numbers are in order and nothing can fail half-way. */
static bool number_funcs(struct store *s, struct func *f, uint32_t n)
{
	pthread_mutex_lock(&s->lock);
	bool ok = vec_reserve(&s->funcs, s->funcs.count + n);
	for (uint32_t i = 0; ok && i < n; i++) {
		s->funcs.data[s->funcs.count++] = &f[i];
		f[i].number = (uint32_t)s->funcs.count;
	}
	pthread_mutex_unlock(&s->lock);
	return ok;
}

struct func *func_new_wasm(struct instance *in, uint32_t first, uint32_t n)
{
	struct func *f = store_alloc(in->store, n, sizeof *f);

	if (!f)
		return NULL;
	for (uint32_t i = 0; i < n; i++) {
		f[i].type = in->module->funcs[first + i].type;
		f[i].entry = code_lazy_entry();
		f[i].inst = in;
		f[i].index = first + i;
	}
	return number_funcs(in->store, f, n) ? f : NULL;
}

struct tag *tag_new(struct store *s, const struct deftype *type, struct err *e)
{
	struct tag *t = store_alloc(s, 1, sizeof *t);

	if (!t)
		return err_oom(e), NULL;
	t->type = type;
	return store_add(s, tags, t) ? t : (err_oom(e), NULL);
}
