/* Imports, functions, tables, memories, tags, globals, exports and the start function. */
#include "engine/decode.h"

#include "engine/imm.h"
#include "engine/limits.h"

enum { LIMITS_MAX = 1, LIMITS_SHARED = 2, LIMITS_64 = 4, LIMITS_PAGE_SIZE = 8 };

bool read_const_expr(struct decoder *d, struct const_expr *out)
{
	out->start = cursor_offset(&d->c);
	return expr_skip(&d->c, &out->end, d->c.e);
}

/* ---- limits ------------------------------------------------------------------------------------------------ */

static bool flag_off(struct cursor *c, uint8_t flags, uint8_t flag, enum feature f)
{
	return (flags & flag) && !features_has(c->m->features, f);
}

static bool read_limits_flags(struct cursor *c, uint8_t allowed, uint8_t *flags)
{
	uint32_t offset = cursor_offset(c);
	enum feature off = FEATURE_COUNT;

	if (!read_byte(c, flags, "the flags of limits"))
		return false;
	if (*flags & ~allowed)
		return cursor_error(c, E_LIMITS_FLAGS, offset, "malformed limits flags 0x%02x", *flags);
	if (flag_off(c, *flags, LIMITS_SHARED, FEATURE_THREADS))
		off = FEATURE_THREADS;
	if (flag_off(c, *flags, LIMITS_64, FEATURE_MEMORY64))
		off = FEATURE_MEMORY64;
	if (flag_off(c, *flags, LIMITS_PAGE_SIZE, FEATURE_CUSTOM_PAGE_SIZES))
		off = FEATURE_CUSTOM_PAGE_SIZES;
	if (off != FEATURE_COUNT)
		return cursor_error(c, E_LIMITS_FLAGS, offset,
			"malformed limits flags 0x%02x: the feature %s is off", *flags,
			feature_info[off].name);
	/* flags that announce a page size and nothing after them: as malformed as in a decoder without page sizes */
	if ((*flags & LIMITS_PAGE_SIZE) && c->p == c->end)
		return cursor_error(c, E_LIMITS_FLAGS, offset,
			"malformed limits flags 0x%02x: the file ends after them",
			*flags);
	return true;
}

static bool read_limits(struct cursor *c, uint8_t allowed, struct limits *out, uint8_t *flags)
{
	if (!read_limits_flags(c, allowed, flags))
		return false;
	*out = (struct limits){
		.has_max = *flags & LIMITS_MAX, .shared = *flags & LIMITS_SHARED, .is64 = *flags & LIMITS_64,
	};
	return read_u64(c, &out->min, "a minimum size")
		&& (!out->has_max || read_u64(c, &out->max, "a maximum size"));
}

static bool read_page_size(struct cursor *c, uint8_t *log2)
{
	uint32_t offset = cursor_offset(c), n;

	if (!read_u32(c, &n, "a page size"))
		return false;
	if (n >= 64)
		return cursor_error(c, E_PAGE_SIZE, offset,
			"invalid custom page size: 2 to the power of %u bytes", n);
	if (n != 0 && n != 16)
		return cursor_error(c, E_PAGE_SIZE_VALUE, offset,
			"invalid custom page size: 2 to the power of %u bytes; only 1 and 65536 are allowed",
			n);
	*log2 = (uint8_t)n;
	return true;
}

/* ---- types of entities ------------------------------------------------------------------------------------- */

static bool read_table_type(struct cursor *c, struct table_decl *t)
{
	uint8_t flags;

	return read_reftype(c, &t->type) && read_limits(c, LIMITS_MAX | LIMITS_64, &t->limits, &flags);
}

static bool read_memory_type(struct cursor *c, struct memory_decl *m)
{
	uint8_t flags;

	m->page_log2 = 16;
	if (!read_limits(c, LIMITS_MAX | LIMITS_SHARED | LIMITS_64 | LIMITS_PAGE_SIZE, &m->limits, &flags))
		return false;
	return !(flags & LIMITS_PAGE_SIZE) || read_page_size(c, &m->page_log2);
}

static bool read_global_type(struct cursor *c, struct global_decl *g)
{
	uint8_t mut;

	if (!read_valtype(c, &g->type))
		return false;
	uint32_t offset = cursor_offset(c);
	if (!read_byte(c, &mut, "the mutability of a global"))
		return false;
	g->mut = mut == 1;
	return mut <= 1 || cursor_error(c, E_MUTABILITY, offset, "malformed mutability 0x%02x", mut);
}

static bool read_tag_type(struct decoder *d, struct tag_decl *t)
{
	uint32_t offset = cursor_offset(&d->c);
	uint8_t attribute;

	if (!read_byte(&d->c, &attribute, "the attribute of a tag"))
		return false;
	if (attribute != 0)
		return cursor_error(&d->c, E_TAG_ATTRIBUTE, offset, "malformed tag attribute 0x%02x",
			attribute);
	return read_func_type(d, &t->type_index, &t->type);
}

/* ---- imports ----------------------------------------------------------------------------------------------- */

static bool too_many(struct cursor *c, uint32_t offset, const char *what, uint32_t limit)
{
	return cursor_error(c, E_LIMIT, offset, "more than %u %s", limit, what);
}

/* Append X to a vector of index space entries that has a LIMIT. */
#define ADD(d, v, x, limit, what, at) \
	((v)->count >= (limit) ? too_many(&(d)->c, (at), (what), (limit)) : (vec_push((v), (x)) || err_oom((d)->c.e)))

static bool import_func(struct decoder *d, struct import *i, int32_t number)
{
	struct func_decl f = { .import = number };

	i->index = (uint32_t)d->funcs.count;
	return read_func_type(d, &f.type_index, &f.type) && ADD(d, &d->funcs, f, MAX_FUNCS, "functions",
		i->offset);
}

static bool import_table(struct decoder *d, struct import *i, int32_t number)
{
	struct table_decl t = { .import = number, .offset = i->offset };

	i->index = (uint32_t)d->tables.count;
	return read_table_type(&d->c, &t) && ADD(d, &d->tables, t, MAX_TABLES, "tables", i->offset);
}

static bool import_memory(struct decoder *d, struct import *i, int32_t number)
{
	struct memory_decl m = { .import = number, .offset = i->offset };

	i->index = (uint32_t)d->memories.count;
	return read_memory_type(&d->c, &m) && ADD(d, &d->memories, m, MAX_MEMORIES, "memories", i->offset);
}

static bool import_global(struct decoder *d, struct import *i, int32_t number)
{
	struct global_decl g = { .import = number, .offset = i->offset };

	i->index = (uint32_t)d->globals.count;
	if (!read_global_type(&d->c, &g))
		return false;
	if (g.mut && !cursor_need(&d->c, FEATURE_MUTABLE_GLOBALS, i->offset, "importing a mutable global"))
		return false;
	return ADD(d, &d->globals, g, MAX_GLOBALS, "globals", i->offset);
}

static bool import_tag(struct decoder *d, struct import *i, int32_t number)
{
	struct tag_decl t = { .import = number, .offset = i->offset };

	i->index = (uint32_t)d->tags.count;
	return cursor_need(&d->c, FEATURE_EXCEPTIONS, i->offset, "importing a tag") && read_tag_type(d, &t)
		&& ADD(d, &d->tags, t, MAX_TAGS, "tags", i->offset);
}

static bool decode_import(struct decoder *d, struct import *i, int32_t number)
{
	static bool (*const importers[])(struct decoder *, struct import *, int32_t) = {
		[EXTERN_FUNC] = import_func, [EXTERN_TABLE] = import_table, [EXTERN_MEMORY] = import_memory,
		[EXTERN_GLOBAL] = import_global, [EXTERN_TAG] = import_tag,
	};
	uint8_t kind;

	i->offset = cursor_offset(&d->c);
	if (!read_name(&d->c, &i->module, "the module name of an import")
			|| !read_name(&d->c, &i->name, "the name of an import"))
		return false;
	uint32_t offset = cursor_offset(&d->c);
	if (!read_byte(&d->c, &kind, "the kind of an import"))
		return false;
	if (kind > EXTERN_TAG)
		return cursor_error(&d->c, E_IMPORT_KIND, offset, "malformed import kind 0x%02x", kind);
	i->kind = (enum extern_kind)kind;
	return importers[kind](d, i, number);
}

bool decode_imports(struct decoder *d)
{
	struct module *m = d->m;
	uint32_t n;

	if (!read_count(&d->c, &n, MAX_IMPORTS, "the number of imports"))
		return false;
	m->imports = arena_array(&m->arena, n, sizeof *m->imports);
	if (!m->imports)
		return err_oom(d->c.e);
	bool ok = true;
	for (uint32_t i = 0; ok && i < n; i++) {
		ok = decode_import(d, &m->imports[i], (int32_t)i);
		m->nimports += ok;
	}
	m->nimported_funcs = (uint32_t)d->funcs.count;
	m->nimported_tables = (uint32_t)d->tables.count;
	m->nimported_memories = (uint32_t)d->memories.count;
	m->nimported_globals = (uint32_t)d->globals.count;
	m->nimported_tags = (uint32_t)d->tags.count;
	return ok;
}

/* ---- definitions ------------------------------------------------------------------------------------------- */

bool decode_funcs(struct decoder *d)
{
	uint32_t n;

	if (!read_count(&d->c, &n, MAX_FUNCS, "the number of functions"))
		return false;
	if (!vec_reserve(&d->funcs, d->funcs.count + n))
		return err_oom(d->c.e);
	for (uint32_t i = 0; i < n; i++) {
		struct func_decl f = { .import = -1 };
		uint32_t offset = cursor_offset(&d->c);
		if (!read_func_type(d, &f.type_index, &f.type)
				|| !ADD(d, &d->funcs, f, MAX_FUNCS, "functions", offset))
			return false;
	}
	return true;
}

static bool decode_table(struct decoder *d)
{
	struct cursor *c = &d->c;
	struct table_decl t = { .import = -1, .offset = cursor_offset(c) };
	uint8_t zero;

	if (c->p < c->end && *c->p == 0x40) {
		c->p++;
		t.has_init = true;
		uint32_t offset = cursor_offset(c);
		if (!cursor_need(c, FEATURE_FUNCTION_REFERENCES, t.offset, "a table with an initialiser")
				|| !read_byte(c, &zero, "a zero byte"))
			return false;
		if (zero != 0)
			return cursor_error(c, E_ZERO_BYTE, offset, "zero byte expected, found 0x%02x", zero);
	}
	return read_table_type(c, &t) && (!t.has_init || read_const_expr(d, &t.init))
		&& ADD(d, &d->tables, t, MAX_TABLES, "tables", t.offset);
}

bool decode_tables(struct decoder *d)
{
	uint32_t n;
	bool ok = read_count(&d->c, &n, MAX_TABLES, "the number of tables");

	for (uint32_t i = 0; ok && i < n; i++)
		ok = decode_table(d);
	return ok;
}

bool decode_memories(struct decoder *d)
{
	uint32_t n;
	bool ok = read_count(&d->c, &n, MAX_MEMORIES, "the number of memories");

	for (uint32_t i = 0; ok && i < n; i++) {
		struct memory_decl m = { .import = -1, .offset = cursor_offset(&d->c) };
		ok = read_memory_type(&d->c, &m) && ADD(d, &d->memories, m, MAX_MEMORIES, "memories",
			m.offset);
	}
	return ok;
}

bool decode_tags(struct decoder *d)
{
	uint32_t n;
	bool ok = read_count(&d->c, &n, MAX_TAGS, "the number of tags");

	for (uint32_t i = 0; ok && i < n; i++) {
		struct tag_decl t = { .import = -1, .offset = cursor_offset(&d->c) };
		ok = read_tag_type(d, &t) && ADD(d, &d->tags, t, MAX_TAGS, "tags", t.offset);
	}
	return ok;
}

bool decode_globals(struct decoder *d)
{
	uint32_t n;
	bool ok = read_count(&d->c, &n, MAX_GLOBALS, "the number of globals");

	for (uint32_t i = 0; ok && i < n; i++) {
		struct global_decl g = { .import = -1, .offset = cursor_offset(&d->c) };
		ok = read_global_type(&d->c, &g) && read_const_expr(d, &g.init)
			&& ADD(d, &d->globals, g, MAX_GLOBALS, "globals", g.offset);
	}
	return ok;
}

static bool decode_export(struct decoder *d, struct export *x)
{
	uint8_t kind;

	x->offset = cursor_offset(&d->c);
	if (!read_name(&d->c, &x->name, "the name of an export"))
		return false;
	uint32_t offset = cursor_offset(&d->c);
	if (!read_byte(&d->c, &kind, "the kind of an export"))
		return false;
	if (kind > EXTERN_TAG)
		return cursor_error(&d->c, E_EXPORT_KIND, offset, "malformed export kind 0x%02x", kind);
	x->kind = (enum extern_kind)kind;
	return read_u32(&d->c, &x->index, "the index of an export");
}

bool decode_exports(struct decoder *d)
{
	struct module *m = d->m;
	uint32_t n;

	if (!read_count(&d->c, &n, MAX_EXPORTS, "the number of exports"))
		return false;
	m->exports = arena_array(&m->arena, n, sizeof *m->exports);
	if (!m->exports)
		return err_oom(d->c.e);
	for (; m->nexports < n; m->nexports++)
		if (!decode_export(d, &m->exports[m->nexports]))
			return false;
	return true;
}

bool decode_start(struct decoder *d)
{
	d->m->start_offset = cursor_offset(&d->c);
	d->m->has_start = read_u32(&d->c, &d->m->start, "the index of the start function");
	return d->m->has_start;
}
