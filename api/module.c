/* Modules: loading, and what they import and export; see wrench.h. */
#include <stdlib.h>
#include <string.h>

#include "api/impl.h"
#include "engine/base/source.h"
#include "engine/decode.h"
#include "wat/wat.h"

/* ---- loading --------------------------------------------------------------------------------- */

/* SRC is text: a copy stays here for the places of errors. */
static struct module *load_text_take(struct wr_engine *en, struct source *src, struct wr_error *e)
{
	struct err why = { 0 };
	struct source *copy = source_copy(src->name, src->bytes, src->size, &why);
	struct module *m = NULL;

	if (copy)
		m = wat_load_take(en->engine, src, &en->features, &why);
	else
		source_free(src);
	if (!m) {
		if (copy)
			err_file(&why, copy->name);
		error_out(e, &why, copy);
	}
	source_free(copy);
	return m;
}

static struct module *load_take(struct wr_engine *en, struct source *src, struct wr_error *e)
{
	struct err why = { 0 };

	if (wat_is_text(src->bytes, src->size))
		return load_text_take(en, src, e);
	struct module *m = module_load_take(en->engine, src, &en->features, &why);
	if (!m)
		error_out(e, &why, NULL);
	return m;
}

/* ---- lists ----------------------------------------------------------------------------------- */

static bool name_copy(struct arena *a, struct str s, struct wr_name *out)
{
	char *copy = arena_strndup(a, s.p ? s.p : "", s.n);

	*out = (struct wr_name){ copy, s.n };
	return copy != NULL;
}

static struct wr_extern_type type_of(const struct module *m, enum extern_kind kind, uint32_t i)
{
	switch (kind) {
	case EXTERN_FUNC:
		return (struct wr_extern_type){ .kind = WR_FUNC, .func = func_type_out(m->funcs[i].type) };
	case EXTERN_TABLE:
		return table_type_out(m->tables[i].type, m->tables[i].limits);
	case EXTERN_MEMORY:
		return memory_type_out(m->memories[i].limits, m->memories[i].page_log2);
	case EXTERN_GLOBAL:
		return global_type_out(m->globals[i].type, m->globals[i].mut);
	case EXTERN_TAG:
		break;
	}
	return (struct wr_extern_type){ .kind = WR_TAG, .func = func_type_out(m->tags[i].type) };
}

static bool make_lists(struct wr_module *w)
{
	const struct module *m = w->module;
	struct arena *a = &w->arena;

	w->imports = arena_array(a, m->nimports + 1u, sizeof *w->imports);
	w->exports = arena_array(a, m->nexports + 1u, sizeof *w->exports);
	if (!w->imports || !w->exports || !name_copy(a, m->name, &w->name))
		return false;
	for (uint32_t i = 0; i < m->nimports; i++) {
		const struct import *x = &m->imports[i];
		w->imports[i].type = type_of(m, x->kind, x->index);
		if (!name_copy(a, x->module, &w->imports[i].module) || !name_copy(a, x->name, &w->imports[i].name))
			return false;
	}
	for (uint32_t i = 0; i < m->nexports; i++) {
		const struct export *x = &m->exports[i];
		w->exports[i].type = type_of(m, x->kind, x->index);
		if (!name_copy(a, x->name, &w->exports[i].name))
			return false;
	}
	return true;
}

static struct wr_module *module_new_take(struct wr_engine *en, struct source *src, struct wr_error *e)
{
	struct wr_module *w = calloc(1, sizeof *w);

	if (!w) {
		source_free(src);
		error_oom(e);
		return NULL;
	}
	w->engine = engine_hold(en);
	atomic_init(&w->users, 1);
	w->module = load_take(en, src, e);
	if (w->module && make_lists(w))
		return w;
	if (w->module)
		error_oom(e);
	wr_module_free(w);
	return NULL;
}

/* ---- the interface --------------------------------------------------------------------------- */

struct wr_module *wr_module_load(struct wr_engine *engine, const char *name, const void *bytes, size_t size,
	struct wr_error *e)
{
	enum { LARGEST = 0x7fffff00 };
	struct err why = { 0 };

	if (!engine || (!bytes && size)) {
		error_set(e, E_USAGE, engine ? "the module's bytes are NULL" : "the engine is NULL");
		return NULL;
	}
	if (size > LARGEST) {
		error_set(e, E_LIMIT, "a module of %zu bytes is too large", size);
		return NULL;
	}
	struct source *src = source_copy(name ? name : "module", bytes ? bytes : "", size, &why);
	if (!src) {
		error_out(e, &why, NULL);
		return NULL;
	}
	return module_new_take(engine, src, e);
}

struct wr_module *wr_module_load_file(struct wr_engine *engine, const char *path, struct wr_error *e)
{
	struct err why = { 0 };

	if (!engine || !path) {
		error_set(e, E_USAGE, engine ? "the path is NULL" : "the engine is NULL");
		return NULL;
	}
	struct source *src = source_read(path, &why);
	if (!src) {
		error_out(e, &why, NULL);
		return NULL;
	}
	return module_new_take(engine, src, e);
}

struct wr_module *module_hold(const struct wr_module *m)
{
	struct wr_module *w = (struct wr_module *)(uintptr_t)m;

	atomic_fetch_add(&w->users, 1);
	return w;
}

void wr_module_free(struct wr_module *module)
{
	if (!module || atomic_fetch_sub(&module->users, 1) > 1)
		return;
	module_free(module->module);
	arena_free(&module->arena);
	wr_engine_free(module->engine);
	free(module);
}

struct wr_name wr_module_name(const struct wr_module *module)
{
	return module ? module->name : (struct wr_name){ "", 0 };
}

uint32_t wr_module_import_count(const struct wr_module *module)
{
	return module ? module->module->nimports : 0;
}

uint32_t wr_module_export_count(const struct wr_module *module)
{
	return module ? module->module->nexports : 0;
}

const struct wr_import *wr_module_import(const struct wr_module *module, uint32_t index)
{
	return index < wr_module_import_count(module) ? &module->imports[index] : NULL;
}

const struct wr_export *wr_module_export(const struct wr_module *module, uint32_t index)
{
	return index < wr_module_export_count(module) ? &module->exports[index] : NULL;
}

const void *wr_module_custom(const struct wr_module *module, const char *name, size_t *size)
{
	const struct custom *c = module && name ? custom_find(module->module, str_of(name)) : NULL;

	if (size)
		*size = c ? c->size : 0;
	return c ? module->module->bytes + c->start : NULL;
}
