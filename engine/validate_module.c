/* Validation of everything but function bodies and constant expressions (core specification 3.2, 3.5). */
#include "engine/validate.h"

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/map.h"

/* ---- limits ------------------------------------------------------------------------------------------------ */

static bool check_order(struct limits l, uint32_t offset, const char *what, struct err *e)
{
	return !l.has_max || l.min <= l.max || err_set(e, E_LIMITS, place_offset(offset),
		"size minimum must not be greater than maximum: this %s has minimum %llu and maximum %llu",
		what, (unsigned long long)l.min, (unsigned long long)l.max);
}

static bool check_memory(const struct memory_decl *m, struct err *e)
{
	struct limits l = m->limits;
	unsigned address_bits = l.is64 ? 64 : 32;
	uint64_t most = m->page_log2 == 0 ? UINT64_MAX >> (64 - address_bits)
		: 1ull << (address_bits - m->page_log2);
	uint64_t size = l.min > most ? l.min : l.max;

	if (l.min > most || (l.has_max && l.max > most)) {
		if (most == 65536)
			return err_set(e, E_MEMORY_SIZE, place_offset(m->offset),
				"memory size must be at most 65536 pages (4GiB), not %llu",
				(unsigned long long)size);
		return err_set(e, E_MEMORY_SIZE, place_offset(m->offset),
			"memory size must be at most %llu pages of %u bytes, not %llu",
			(unsigned long long)most, 1u << m->page_log2, (unsigned long long)size);
	}
	if (!check_order(l, m->offset, "memory", e))
		return false;
	return !l.shared || l.has_max
		|| err_set(e, E_SHARED_MAX, place_offset(m->offset), "shared memory must have maximum");
}

static bool check_memories(const struct module *m, struct err *e)
{
	for (uint32_t i = 0; i < m->nmemories; i++)
		if (!check_memory(&m->memories[i], e))
			return false;
	if (m->nmemories > 1 && !features_has(m->features, FEATURE_MULTI_MEMORY))
		return err_set(e, E_MULTIPLE_MEMORIES, place_offset(m->memories[1].offset),
			"multiple memories: the feature multi-memory is off");
	return true;
}

/* ---- tables, globals, tags --------------------------------------------------------------------------------- */

/* How many globals an expression before global LIMIT may read: before GC only imported ones. */
static uint32_t visible_globals(const struct module *m, uint32_t limit)
{
	return features_has(m->features, FEATURE_GC) || limit < m->nimported_globals ? limit
		: m->nimported_globals;
}

static bool no_default(const struct module *m, valtype t, uint32_t offset, struct err *e)
{
	struct type_names names = { module_type_name, (void *)m };
	struct buf text = { 0 };

	valtype_print(t, &names, &text);
	err_set(e, E_TYPE_MISMATCH, place_offset(offset),
		"type mismatch: a table of %.200s needs an initial value, because that type has no default",
		buf_str(&text));
	buf_free(&text);
	return false;
}

static bool check_table(struct module *m, const struct table_decl *t, struct err *e)
{
	struct limits l = t->limits;

	if (!l.is64 && (l.min > UINT32_MAX || (l.has_max && l.max > UINT32_MAX)))
		return err_set(e, E_TABLE_SIZE, place_offset(t->offset),
			"table size must be at most 2^32-1, not %llu",
			(unsigned long long)(l.min > UINT32_MAX ? l.min : l.max));
	if (!check_order(l, t->offset, "table", e))
		return false;
	if (t->has_init)
		return validate_const_expr(m, t->init, t->type, m->nimported_globals, e);
	return t->import >= 0 || vt_defaultable(t->type) || no_default(m, t->type, t->offset, e);
}

static bool check_tables(struct module *m, struct err *e)
{
	for (uint32_t i = 0; i < m->ntables; i++)
		if (!check_table(m, &m->tables[i], e))
			return false;
	if (m->ntables > 1 && !features_has(m->features, FEATURE_REFERENCE_TYPES))
		return err_set(e, E_MULTIPLE_TABLES, place_offset(m->tables[1].offset),
			"multiple tables: the feature reference-types is off");
	return true;
}

static bool check_globals(struct module *m, struct err *e)
{
	for (uint32_t i = m->nimported_globals; i < m->nglobals; i++)
		if (!validate_const_expr(m, m->globals[i].init, m->globals[i].type, visible_globals(m, i), e))
			return false;
	return true;
}

static bool check_tags(const struct module *m, struct err *e)
{
	for (uint32_t i = 0; i < m->ntags; i++)
		if (m->tags[i].type->nresults)
			return err_set(e, E_TAG_RESULT, place_offset(m->tags[i].offset),
				"non-empty tag result type: tag %u has %u result%s", i,
				m->tags[i].type->nresults, m->tags[i].type->nresults == 1 ? "" : "s");
	return true;
}

/* ---- exports, start ---------------------------------------------------------------------------------------- */

static bool unknown(enum err_code code, uint32_t offset, uint32_t index, uint32_t count, const char *several,
	struct err *e)
{
	return err_set(e, code, place_offset(offset), "%s %u: the module has %u %s", err_words(code), index,
		count, several);
}

static bool check_export_index(struct module *m, const struct export *x, struct err *e)
{
	static const struct { enum err_code code; const char *several; } kinds[] = {
		[EXTERN_FUNC] = { E_UNKNOWN_FUNC, "functions" }, [EXTERN_TABLE] = { E_UNKNOWN_TABLE,
			"tables" },
		[EXTERN_MEMORY] = { E_UNKNOWN_MEMORY, "memories" }, [EXTERN_GLOBAL] = { E_UNKNOWN_GLOBAL,
		"globals" },
		[EXTERN_TAG] = { E_UNKNOWN_TAG, "tags" },
	};
	const uint32_t counts[] = {
		[EXTERN_FUNC] = m->nfuncs, [EXTERN_TABLE] = m->ntables, [EXTERN_MEMORY] = m->nmemories,
		[EXTERN_GLOBAL] = m->nglobals, [EXTERN_TAG] = m->ntags,
	};

	if (x->index >= counts[x->kind])
		return unknown(kinds[x->kind].code, x->offset, x->index, counts[x->kind],
			kinds[x->kind].several, e);
	if (x->kind == EXTERN_FUNC)
		m->funcs[x->index].declared = true;
	if (x->kind == EXTERN_GLOBAL && m->globals[x->index].mut
			&& !features_has(m->features, FEATURE_MUTABLE_GLOBALS))
		return err_set(e, E_FEATURE_OFF, place_offset(x->offset),
			"exporting a mutable global: the feature mutable-globals is off");
	return true;
}

static bool duplicate_export(const struct module *m, const struct export *x, uint64_t first, struct err *e)
{
	struct buf name = { 0 };

	buf_escaped(&name, x->name.p, x->name.n < 100 ? x->name.n : 100, false);
	err_set(e, E_DUPLICATE_EXPORT, place_offset(x->offset), "duplicate export name \"%s\"",
		buf_str(&name));
	err_note(e, place_offset(m->exports[first].offset), "the first export of that name");
	buf_free(&name);
	return false;
}

static bool check_export_names(const struct module *m, struct err *e)
{
	struct map seen = { 0 };
	bool ok = true;

	for (uint32_t i = 0; ok && i < m->nexports; i++) {
		const struct export *x = &m->exports[i];
		uint64_t first;
		if (map_get(&seen, x->name, &first))
			ok = duplicate_export(m, x, first, e);
		else if (!map_set(&seen, x->name, i))
			ok = err_oom(e);
	}
	map_free(&seen);
	return ok;
}

static bool check_exports(struct module *m, struct err *e)
{
	for (uint32_t i = 0; i < m->nexports; i++)
		if (!check_export_index(m, &m->exports[i], e))
			return false;
	return check_export_names(m, e);
}

static bool check_start(const struct module *m, struct err *e)
{
	if (!m->has_start)
		return true;
	if (m->start >= m->nfuncs)
		return unknown(E_UNKNOWN_FUNC, m->start_offset, m->start, m->nfuncs, "functions", e);
	const struct deftype *t = m->funcs[m->start].type;
	return (t->nparams == 0 && t->nresults == 0) || err_set(e, E_START_FUNC,
		place_offset(m->start_offset),
		"start function %u must have no parameters and no results, it has %u and %u", m->start,
		t->nparams, t->nresults);
}

/* ---- segments ---------------------------------------------------------------------------------------------- */

static bool elem_type_error(const struct module *m, const struct elem_decl *s, struct err *e)
{
	struct type_names names = { module_type_name, (void *)m };
	struct buf segment = { 0 }, table = { 0 };

	valtype_print(s->type, &names, &segment);
	valtype_print(m->tables[s->table].type, &names, &table);
	err_set(e, E_TYPE_MISMATCH, place_offset(s->offset),
		"type mismatch: elements of type %.200s do not fit table %u of %.200s", buf_str(&segment),
		s->table, buf_str(&table));
	buf_free(&segment);
	buf_free(&table);
	return false;
}

static bool check_elem_target(struct module *m, const struct elem_decl *s, struct err *e)
{
	if (s->mode != SEGMENT_ACTIVE)
		return true;
	if (s->table >= m->ntables)
		return unknown(E_UNKNOWN_TABLE, s->offset, s->table, m->ntables, "tables", e);
	const struct table_decl *t = &m->tables[s->table];
	return (valtype_sub(m->engine, s->type, t->type) || elem_type_error(m, s, e))
		&& validate_const_expr(m, s->at, t->limits.is64 ? VT_I64 : VT_I32,
			visible_globals(m, m->nglobals), e);
}

static bool check_elem(struct module *m, const struct elem_decl *s, struct err *e)
{
	for (uint32_t i = 0; s->exprs && i < s->count; i++)
		if (!validate_const_expr(m, s->exprs[i], s->type, visible_globals(m, m->nglobals), e))
			return false;
	for (uint32_t i = 0; s->funcs && i < s->count; i++) {
		if (s->funcs[i] >= m->nfuncs)
			return unknown(E_UNKNOWN_FUNC, s->offset, s->funcs[i], m->nfuncs, "functions", e);
		m->funcs[s->funcs[i]].declared = true;
	}
	return check_elem_target(m, s, e);
}

static bool check_data(struct module *m, const struct data_decl *s, struct err *e)
{
	if (s->mode != SEGMENT_ACTIVE)
		return true;
	if (s->memory >= m->nmemories)
		return unknown(E_UNKNOWN_MEMORY, s->offset, s->memory, m->nmemories, "memories", e);
	return validate_const_expr(m, s->at, m->memories[s->memory].limits.is64 ? VT_I64 : VT_I32,
		visible_globals(m, m->nglobals), e);
}

static bool check_segments(struct module *m, struct err *e)
{
	for (uint32_t i = 0; i < m->nelems; i++)
		if (!check_elem(m, &m->elems[i], e))
			return false;
	for (uint32_t i = 0; i < m->ndatas; i++)
		if (!check_data(m, &m->datas[i], e))
			return false;
	return true;
}

bool validate_module_decls(struct module *m, struct err *e)
{
	return check_tags(m, e) && check_memories(m, e) && check_tables(m, e) && check_globals(m, e)
		&& check_segments(m, e) && check_start(m, e) && check_exports(m, e);
}
