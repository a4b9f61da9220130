/* Linking by name; see wrench.h. Definitions are kept in order and searched from the last one. */
#include "api/linker.h"

#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/wasi/wasi.h"

struct wr_linker *wr_linker_new(struct wr_store *store, struct wr_error *e)
{
	struct wr_linker *l = store ? calloc(1, sizeof *l) : NULL;

	if (!store)
		error_set(e, E_USAGE, "the store is NULL");
	else if (!l)
		error_oom(e);
	else
		l->store = store;
	return l;
}

void wr_linker_free(struct wr_linker *linker)
{
	if (!linker)
		return;
	vec_free(&linker->defs);
	vec_free(&linker->instances);
	arena_free(&linker->arena);
	free(linker);
}

/* ---- defining -------------------------------------------------------------------------------- */

static bool copy_name(struct wr_linker *l, const char *name, struct str *out)
{
	size_t n = strlen(name);

	*out = (struct str){ arena_strndup(&l->arena, name, n), n };
	return out->p != NULL;
}

bool wr_linker_define(struct wr_linker *linker, const char *module, const char *name, struct wr_extern x,
	struct wr_error *e)
{
	struct definition d;

	if (!linker || !module || !name)
		return error_set(e, E_USAGE, "linker or name is NULL");
	if (!extern_in(linker->store->store, &x, &d.x))
		return error_set(e, E_USAGE, "\"%s\" \"%s\" is defined as NULL, or as what is of another store", module, name);
	if (!copy_name(linker, module, &d.module) || !copy_name(linker, name, &d.name) || !vec_push(&linker->defs, d))
		return error_oom(e);
	return true;
}

bool wr_linker_define_func(struct wr_linker *linker, const char *module, const char *name,
	const struct wr_func_type *type, wr_host_fn *fn, void *user, struct wr_error *e)
{
	struct wr_extern x = { .kind = WR_FUNC };

	if (!linker || !module || !name)
		return error_set(e, E_USAGE, "linker or name is NULL");
	x.of.func = wr_func_new(linker->store, type, fn, user, module, name, e);
	return x.of.func && wr_linker_define(linker, module, name, x, e);
}

bool wr_linker_define_instance(struct wr_linker *linker, const char *module, struct wr_instance *instance,
	struct wr_error *e)
{
	struct preloaded p = { .instance = instance_in(instance) };

	if (!linker || !module || !instance)
		return error_set(e, E_USAGE, "linker, name or instance is NULL");
	if (p.instance->store != linker->store->store)
		return error_set(e, E_USAGE, "the instance is of another store");
	if (!copy_name(linker, module, &p.name) || !vec_push(&linker->instances, p))
		return error_oom(e);
	return true;
}

void wr_linker_stub_missing(struct wr_linker *linker, bool on)
{
	if (linker)
		linker->stub_missing = on;
}

/* ---- finding --------------------------------------------------------------------------------- */

static const struct definition *defined(const struct wr_linker *l, struct str module, struct str name)
{
	for (size_t i = l->defs.count; i-- > 0;)
		if (str_eq(l->defs.data[i].name, name) && str_eq(l->defs.data[i].module, module))
			return &l->defs.data[i];
	return NULL;
}

static const struct instance *preloaded(const struct wr_linker *l, struct str module)
{
	for (size_t i = l->instances.count; i-- > 0;)
		if (str_eq(l->instances.data[i].name, module))
			return l->instances.data[i].instance;
	return NULL;
}

static enum outcome stub_trap(struct ctx *c, struct func *f, const slot *args, slot *results)
{
	return ctx_trap(c, TRAP_STUB, "import \"%s\" \"%s\" is not provided", f->host_module, f->host_name);
}

static bool stub(struct wr_linker *l, const struct module *m, const struct import *i, struct extern_ref *out, struct err *e)
{
	char *module = arena_strndup(&l->arena, i->module.p, i->module.n);
	char *name = arena_strndup(&l->arena, i->name.p, i->name.n);

	if (!module || !name)
		return err_oom(e);
	out->kind = EXTERN_FUNC;
	out->as.func = func_new_host(l->store->store, m->funcs[i->index].type, stub_trap, NULL, module, name, e);
	return out->as.func != NULL;
}

static bool resolve(void *user, const struct module *m, const struct import *i, struct extern_ref *out, struct err *e)
{
	struct wr_linker *l = user;
	const struct definition *d = defined(l, i->module, i->name);
	const struct instance *in = d ? NULL : preloaded(l, i->module);

	if (d) {
		*out = d->x;
		return true;
	}
	if ((in && instance_export(in, i->name, out)) || (l->wasi && wasi_resolve(l->wasi, i, out)))
		return true;
	if (l->stub_missing && i->kind == EXTERN_FUNC)
		return stub(l, m, i, out, e);
	l->missing = i;
	return false;
}

/* What there is under the module name of the import that was not found. */
static void tell_what_is_there(const struct wr_linker *l, struct err *why)
{
	const struct instance *in = preloaded(l, l->missing->module);
	struct buf b = { 0 };
	uint32_t n = 0;

	for (size_t i = 0; i < l->defs.count; i++)
		if (str_eq(l->defs.data[i].module, l->missing->module))
			buf_printf(&b, "%s%.*s", n++ ? ", " : "", STR_ARGS(l->defs.data[i].name));
	for (uint32_t i = 0; in && i < in->module->nexports; i++) {
		buf_puts(&b, n++ ? ", " : "");
		buf_escaped(&b, in->module->exports[i].name.p, in->module->exports[i].name.n, false);
	}
	if (n)
		err_evidence(why, "'%.*s' has: %s", STR_ARGS(l->missing->module), buf_str(&b));
	buf_free(&b);
}

struct wr_instance *wr_linker_instantiate(struct wr_linker *linker, const struct wr_module *module,
	enum wr_outcome *how, struct wr_error *e)
{
	enum wr_outcome ignored, *ended = how ? how : &ignored;
	struct err why = { 0 };

	*ended = WR_ERROR;
	if (!linker) {
		error_set(e, E_USAGE, "the linker is NULL");
		return NULL;
	}
	linker->missing = NULL;
	struct wr_instance *in = instantiate(linker->store, module, resolve, linker, ended, &why, e);
	if (why.code == E_UNKNOWN_IMPORT && linker->missing)
		tell_what_is_there(linker, &why);
	if (!in && why.code)
		error_out(e, &why, NULL);
	return in;
}
