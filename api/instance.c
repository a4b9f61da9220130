/* Instances: made with imports by position, and their exports; see wrench.h. */
#include "api/impl.h"

/* ---- making ---------------------------------------------------------------------------------- */

/* It was linked, and then did not finish. */
static void not_finished(const struct wr_store *st, enum wr_outcome how, struct err *why)
{
	char text[400];

	wr_store_describe(st, how, text, sizeof text);
	text[strcspn(text, "\n")] = '\0';
	err_set(why, E_START_FAILED, place_none(), "the module was not instantiated: %s", text);
}

struct wr_instance *instantiate(struct wr_store *st, const struct wr_module *m, import_resolver *resolve, void *user,
	enum wr_outcome *how, struct err *why, struct wr_error *e)
{
	enum outcome o;

	*how = WR_ERROR;
	if (!m || m->engine != st->engine) {
		error_set(e, E_USAGE, m ? "the module is of another engine" : "the module is NULL");
		return NULL;
	}
	if (st->root) {
		error_set(e, E_USAGE, "a guest's thread cannot instantiate modules: its store is only a view");
		return NULL;
	}
	if (!store_hold_module(st, m, e) || !run_begin(st, e))
		return NULL;
	struct instance *in = instance_new(st->store, st->ctx, m->module, resolve, user, &o, why);
	enum wr_outcome ended = run_end(st, o);
	why->hint[0] = '\0';            /* those are for a command line */
	if (in || ended != WR_DONE)
		*how = ended;
	if (!in && ended != WR_DONE)
		not_finished(st, ended, why);
	return instance_out(in);
}

struct given {
	const struct wr_store *store;
	const struct wr_extern *imports;
};

static bool resolve_given(void *user, const struct module *m, const struct import *i, struct extern_ref *out, struct err *e)
{
	const struct given *g = user;
	uint32_t n = (uint32_t)(i - m->imports);

	return extern_in(g->store->store, &g->imports[n], out) ||
		err_set(e, E_USAGE, place_none(), "import %u (\"%.*s\" \"%.*s\") is given nothing, or what is of another store",
			n, STR_ARGS(i->module), STR_ARGS(i->name));
}

struct wr_instance *wr_instance_new(struct wr_store *store, const struct wr_module *module, const struct wr_extern *imports,
	size_t nimports, enum wr_outcome *how, struct wr_error *e)
{
	struct given given = { store, imports };
	enum wr_outcome ignored, *ended = how ? how : &ignored;
	struct err why = { 0 };
	uint32_t wanted = wr_module_import_count(module);

	*ended = WR_ERROR;
	if (!store || !module || (nimports && !imports)) {
		error_set(e, E_USAGE, "%s is NULL", !store ? "the store" : !module ? "the module" : "the list of imports");
		return NULL;
	}
	if (nimports != wanted) {
		error_set(e, E_UNKNOWN_IMPORT, "the module has %u imports, %zu are given", wanted, nimports);
		return NULL;
	}
	struct wr_instance *in = instantiate(store, module, resolve_given, &given, ended, &why, e);
	if (!in && why.code)
		error_out(e, &why, NULL);
	return in;
}

/* ---- exports --------------------------------------------------------------------------------- */

bool wr_instance_export(const struct wr_instance *instance, const char *name, struct wr_extern *out)
{
	struct extern_ref x;

	if (!instance || !name || !out || !instance_export(instance_in(instance), str_of(name), &x))
		return false;
	*out = extern_out(&x);
	return true;
}

uint32_t wr_instance_export_count(const struct wr_instance *instance)
{
	return instance ? instance_in(instance)->module->nexports : 0;
}

bool wr_instance_export_at(const struct wr_instance *instance, uint32_t index, struct wr_name *name, struct wr_extern *out)
{
	struct extern_ref x;

	if (index >= wr_instance_export_count(instance))
		return false;
	struct str s = instance_in(instance)->module->exports[index].name;
	if (name)
		*name = (struct wr_name){ s.p, s.n };
	if (out && instance_export(instance_in(instance), s, &x))
		*out = extern_out(&x);
	return true;
}

static struct wr_extern export_of(const struct wr_instance *in, const char *name, enum wr_extern_kind kind)
{
	struct wr_extern x;

	return wr_instance_export(in, name, &x) && x.kind == kind ? x : (struct wr_extern){ .kind = kind };
}

struct wr_func *wr_instance_func(const struct wr_instance *instance, const char *name)
{
	return export_of(instance, name, WR_FUNC).of.func;
}

struct wr_memory *wr_instance_memory(const struct wr_instance *instance, const char *name)
{
	return export_of(instance, name, WR_MEMORY).of.memory;
}

struct wr_table *wr_instance_table(const struct wr_instance *instance, const char *name)
{
	return export_of(instance, name, WR_TABLE).of.table;
}

struct wr_global *wr_instance_global(const struct wr_instance *instance, const char *name)
{
	return export_of(instance, name, WR_GLOBAL).of.global;
}

struct wr_tag *wr_instance_tag(const struct wr_instance *instance, const char *name)
{
	return export_of(instance, name, WR_TAG).of.tag;
}
