/* Functions that run another module's body; see replace.h. */
#include "engine/replace.h"

#include <stdlib.h>

#include "engine/entity.h"
#include "engine/regir/code.h"
#include "engine/tier.h"

/* ---- modules --------------------------------------------------------------------------------- */

const struct module *module_base(const struct module *m)
{
	return m->base ? m->base : m;
}

const struct module *module_running(const struct module *m, uint32_t func)
{
	const struct module *base = module_base(m);
	const struct module *by = base->replaced && func >= base->nimported_funcs
		? base->replaced[func - base->nimported_funcs] : NULL;

	return by ? by : base;
}

bool module_replace(struct module *m, uint32_t func, const struct module *by)
{
	if (!m->replaced && !(m->replaced = calloc(m->nfuncs - m->nimported_funcs, sizeof *m->replaced)))
		return false;
	m->replaced[func - m->nimported_funcs] = by;
	tier_refresh_module(m);
	return true;
}

void store_replaced(struct store *s, const struct module *m, uint32_t func)
{
	for (size_t i = 0; i < s->funcs.count; i++) {
		struct func *f = s->funcs.data[i];
		if (f->inst && f->index == func && f->inst->module == m)
			f->entry = code_lazy_entry();
	}
}

/* ---- functions ------------------------------------------------------------------------------- */

static struct instance *find_shadow(struct store *s, const struct instance *in, const struct module *m)
{
	struct instance *found = NULL;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->shadows.count && !found; i++)
		if (s->shadows.data[i]->shadow_of == in && s->shadows.data[i]->module == m)
			found = s->shadows.data[i];
	pthread_mutex_unlock(&s->lock);
	return found;
}

/* Its own are what its module says; the arrays of entities are shared. */
static struct instance *shadow_of(struct instance *in, const struct module *m)
{
	struct store *s = in->store;
	struct instance *shadow = find_shadow(s, in, m);

	if (shadow || !(shadow = store_alloc(s, 1, sizeof *shadow)))
		return shadow;
	*shadow = *in;
	shadow->module = m;
	shadow->shadow_of = in;
	pthread_mutex_lock(&s->lock);
	bool ok = vec_push(&s->shadows, shadow);
	pthread_mutex_unlock(&s->lock);
	return ok ? shadow : NULL;
}

struct func *func_running(struct func *f)
{
	const struct module *by = f->inst ? module_running(f->inst->module, f->index) : NULL;
	struct func *known = __atomic_load_n(&f->forward, __ATOMIC_ACQUIRE);

	if (!by || by == f->inst->module)
		return f;
	if (known && known->inst->module == by)
		return known;
	struct instance *in = shadow_of(f->inst, by);
	struct func *made = in ? func_new_wasm(in, f->index, 1) : NULL;
	if (made)
		__atomic_store_n(&f->forward, made, __ATOMIC_RELEASE);
	return made;
}
