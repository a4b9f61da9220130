/* Modules as a whole: loading, freeing, looking up; see module.h. */
#include "engine/module.h"

#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/source.h"
#include "engine/imm.h"
#include "engine/names.h"
#include "engine/regir/code.h"
#include "engine/validate.h"

/* A body that is malformed is so before it is invalid, and says it as the specification's decoder does. */
static bool validate_bodies(struct module *m, struct err *e)
{
	struct err malformed = { 0 };
	uint32_t bad;

	if (validate_funcs(m, &bad, e))
		return true;
	if (e->code != E_NO_MEMORY && e->code != E_CANCELLED && e->code != E_DATA_COUNT_MISSING && !body_decode(m, bad, &malformed))
		*e = malformed;
	return false;
}

bool module_validate(struct module *m, struct err *e)
{
	bool ok = validate_module_decls(m, e) && validate_bodies(m, e);

	if (!ok)
		err_file(e, m->source->name);
	return ok;
}

struct module *module_load_take(struct engine *en, struct source *source, const struct features *f,
	struct err *e)
{
	struct module *m = module_decode_take(en, source, f, e);

	if (m && (e->code != E_NONE || !module_validate(m, e))) {
		module_free(m);
		return NULL;
	}
	if (m && !code_init(m)) {
		module_free(m);
		err_oom(e);
		return NULL;
	}
	return m;
}

void module_free(struct module *m)
{
	if (!m)
		return;
	if (m->free_text)
		m->free_text(m);
	if (m->free_dwarf)
		m->free_dwarf(m->dwarf);
	code_free(m);
	names_free(m->names);
	free(m->replaced);
	source_free(m->source);
	arena_free(&m->arena);
	free(m);
}

/* ---- looking up -------------------------------------------------------------------------------------------- */

const struct export *module_export(const struct module *m, struct str name)
{
	for (uint32_t i = 0; i < m->nexports; i++)
		if (str_eq(m->exports[i].name, name))
			return &m->exports[i];
	return NULL;
}

const struct export *module_export_kind(const struct module *m, struct str name, enum extern_kind kind)
{
	const struct export *x = module_export(m, name);

	return x && x->kind == kind ? x : NULL;
}

const char *extern_kind_name(enum extern_kind kind)
{
	static const char *const names[] = {
		[EXTERN_FUNC] = "func", [EXTERN_TABLE] = "table", [EXTERN_MEMORY] = "memory",
			[EXTERN_GLOBAL] = "global",
		[EXTERN_TAG] = "tag",
	};

	return names[kind];
}

/* Bodies are in the order of their functions; those that an error kept from being read have none. */
bool module_func_at(const struct module *m, uint32_t offset, uint32_t *func)
{
	uint32_t low = m->nimported_funcs, high = m->nfuncs;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct func_decl *f = &m->funcs[middle];
		if (f->body != 0 && f->body <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == m->nimported_funcs)
		return false;
	*func = low - 1;
	return offset - m->funcs[*func].body < m->funcs[*func].body_size;
}

void module_type_name(void *module, uint32_t id, struct buf *out)
{
	const struct module *m = module;
	uint32_t index = 0;

	while (index < m->ntypes && m->types[index]->id != id)
		index++;
	struct str name = index < m->ntypes ? name_of(m, NAME_TYPE, index) : (struct str){ NULL, 0 };
	if (name.p) {
		buf_putc(out, '$');
		buf_escaped(out, name.p, name.n, false);
	} else if (index < m->ntypes) {
		buf_printf(out, "%u", index);
	} else {
		buf_printf(out, "type#%u", id);
	}
}

static struct str export_of_func(const struct module *m, uint32_t func)
{
	for (uint32_t i = 0; i < m->nexports; i++)
		if (m->exports[i].kind == EXTERN_FUNC && m->exports[i].index == func)
			return m->exports[i].name;
	return (struct str){ NULL, 0 };
}

void module_func_label(const struct module *m, uint32_t func, struct buf *out)
{
	struct str name = name_of(m, NAME_FUNC, func);

	if (!name.p)
		name = export_of_func(m, func);
	if (!name.p) {
		buf_printf(out, "#%u", func);
		return;
	}
	if (!str_starts(name, "$"))
		buf_putc(out, '$');
	buf_escaped(out, name.p, name.n, false);
}
