/* Types: the engine's as the embedder sees them, the embedder's checked, and their text. */
#include <stdlib.h>

#include "api/impl.h"
#include "engine/base/buf.h"

enum { FIELDS_MOST = 10000 };   /* of a struct: the specification's limit */
enum { VALUES_MOST = 10000 };   /* parameters, or results, of a function: the specification's limit */

#define SAME(out, in) _Static_assert((uint32_t)(out) == (uint32_t)(in), #out " is the engine's " #in)
#define REF(heap)     (VT_REF | VT_NULLABLE | (uint32_t)(heap) << VT_HEAP_SHIFT)
SAME(WR_I32, VT_I32);
SAME(WR_I64, VT_I64);
SAME(WR_F32, VT_F32);
SAME(WR_F64, VT_F64);
SAME(WR_V128, VT_V128);
SAME(WR_FUNCREF, REF(HEAP_FUNC));
SAME(WR_EXTERNREF, REF(HEAP_EXTERN));
SAME(WR_ANYREF, REF(HEAP_ANY));
SAME(WR_EQREF, REF(HEAP_EQ));
SAME(WR_I31REF, REF(HEAP_I31));
SAME(WR_STRUCTREF, REF(HEAP_STRUCT));
SAME(WR_ARRAYREF, REF(HEAP_ARRAY));
SAME(WR_EXNREF, REF(HEAP_EXN));
SAME(WR_I8, VT_I8);
SAME(WR_I16, VT_I16);
SAME(WR_FUNC, EXTERN_FUNC);
SAME(WR_TABLE, EXTERN_TABLE);
SAME(WR_MEMORY, EXTERN_MEMORY);
SAME(WR_GLOBAL, EXTERN_GLOBAL);
SAME(WR_TAG, EXTERN_TAG);

/* ---- value types ----------------------------------------------------------------------------- */

bool type_known(const struct engine *en, wr_type t)
{
	uint32_t heap = vt_heap(t);

	if (t >= WR_I32 && t <= WR_V128)
		return true;
	if (vt_kind(t) != VT_REF || t != vt_ref(heap, vt_nullable(t)))
		return false;
	return heap_is_id(heap) ? heap_id(heap) < engine_type_count(en) : heap >= HEAP_FUNC && heap <= HEAP_NOEXN;
}

enum wr_kind wr_type_kind(const struct wr_engine *engine, wr_type type)
{
	if (!engine || !type_known(engine->engine, type))
		return WR_KIND_NONE;
	if (!vt_is_ref(type))
		return (enum wr_kind)(WR_KIND_I32 + (type - WR_I32));
	switch (heap_top(engine->engine, vt_heap(type))) {
	case HEAP_FUNC:
		return WR_KIND_FUNC;
	case HEAP_EXTERN:
		return WR_KIND_EXTERN;
	case HEAP_EXN:
		return WR_KIND_EXN;
	default:
		return WR_KIND_ANY;
	}
}

bool wr_type_nullable(wr_type type)
{
	return vt_is_ref(type) && vt_nullable(type);
}

bool wr_type_matches(const struct wr_engine *engine, wr_type sub, wr_type super)
{
	return engine && type_known(engine->engine, sub) && type_known(engine->engine, super) &&
		valtype_sub(engine->engine, sub, super);
}

size_t wr_type_print(const struct wr_engine *engine, wr_type type, char *out, size_t size)
{
	struct buf b = { 0 };

	if (engine && type_known(engine->engine, type))
		valtype_print(type, NULL, &b);
	else
		buf_puts(&b, "?");
	return text_out(&b, out, size);
}

/* ---- function types -------------------------------------------------------------------------- */

struct wr_func_type func_type_out(const struct deftype *t)
{
	return (struct wr_func_type){ t->params, t->results, t->nparams, t->nresults, t->id + 1 };
}

static bool all_known(const struct engine *en, const char *what, const wr_type *t, uint32_t n, uint32_t most,
	struct wr_error *e)
{
	if (n > most)
		return error_set(e, E_TYPE, "%u %ss are too many: a function may have %u", n, what, most);
	if (n && !t)
		return error_set(e, E_USAGE, "the list of %u %ss is NULL", n, what);
	for (uint32_t i = 0; i < n; i++)
		if (!type_known(en, t[i]))
			return error_set(e, E_TYPE, "%s %u: 0x%x is no type of this engine", what, i, t[i]);
	return true;
}

const struct deftype *func_type_in(struct wr_engine *en, const struct wr_func_type *t, struct wr_error *e)
{
	const struct deftype *type;

	if (!t) {
		error_set(e, E_USAGE, "the function type is NULL");
		return NULL;
	}
	if (t->exact) {
		type = t->exact <= engine_type_count(en->engine) ? engine_type(en->engine, t->exact - 1) : NULL;
		if (!type || type->kind != TYPE_FUNC)
			error_set(e, E_TYPE, "%u is no function type of this engine", t->exact);
		return type && type->kind == TYPE_FUNC ? type : NULL;
	}
	if (!all_known(en->engine, "parameter", t->params, t->nparams, VALUES_MOST, e) ||
	    !all_known(en->engine, "result", t->results, t->nresults, VALUES_MOST, e))
		return NULL;
	type = engine_func_type(en->engine, t->params, t->nparams, t->results, t->nresults);
	if (!type)
		error_oom(e);
	return type;
}

/* ---- struct and array types ------------------------------------------------------------------ */

const struct deftype *object_type_in(const struct engine *en, wr_type t)
{
	if (!type_known(en, t) || !vt_is_ref(t) || !heap_is_id(vt_heap(t)))
		return NULL;
	const struct deftype *d = engine_type(en, heap_id(vt_heap(t)));
	return d->kind == TYPE_FUNC ? NULL : d;
}

static bool field_in(const struct engine *en, uint32_t i, struct wr_field f, struct field_type *out, struct wr_error *e)
{
	if (f.type != WR_I8 && f.type != WR_I16 && !type_known(en, f.type))
		return error_set(e, E_TYPE, "field %u: 0x%x is no type of this engine", i, f.type);
	*out = (struct field_type){ f.type, f.mut };
	return true;
}

static wr_type define(struct wr_engine *en, enum type_kind kind, const struct wr_field *fields, uint32_t n,
	struct wr_error *e)
{
	struct field_type *in = calloc(n + 1u, sizeof *in);
	struct subtype_def d = { .kind = kind, .final = true, .super = TYPE_NONE, .nfields = n, .fields = in };
	struct err why = { 0 };
	bool ok = in || error_oom(e);
	uint32_t id;

	for (uint32_t i = 0; ok && i < n; i++)
		ok = field_in(en->engine, i, fields[i], &in[i], e);
	if (ok)
		ok = engine_add_group(en->engine, &d, 1, &id, &why) || error_out(e, &why, NULL);
	free(in);
	return ok ? vt_ref(HEAP_TYPES + id, false) : 0;
}

wr_type wr_struct_type(struct wr_engine *engine, const struct wr_field *fields, uint32_t nfields, struct wr_error *e)
{
	if (!engine || (nfields && !fields)) {
		error_set(e, E_USAGE, engine ? "the list of fields is NULL" : "the engine is NULL");
		return 0;
	}
	if (nfields > FIELDS_MOST) {
		error_set(e, E_TYPE, "%u fields are too many: a struct may have %u", nfields, FIELDS_MOST);
		return 0;
	}
	return define(engine, TYPE_STRUCT, fields, nfields, e);
}

wr_type wr_array_type(struct wr_engine *engine, struct wr_field element, struct wr_error *e)
{
	if (!engine) {
		error_set(e, E_USAGE, "the engine is NULL");
		return 0;
	}
	return define(engine, TYPE_ARRAY, &element, 1, e);
}

uint32_t wr_type_field_count(const struct wr_engine *engine, wr_type type)
{
	const struct deftype *t = engine ? object_type_in(engine->engine, type) : NULL;

	return !t ? 0 : t->kind == TYPE_ARRAY ? 1 : t->nfields;
}

bool wr_type_field(const struct wr_engine *engine, wr_type type, uint32_t index, struct wr_field *out)
{
	if (!out || index >= wr_type_field_count(engine, type))
		return false;
	const struct field_type *f = &object_type_in(engine->engine, type)->fields[index];
	*out = (struct wr_field){ f->type, f->mut };
	return true;
}

/* ---- types of imports, exports and entities -------------------------------------------------- */

static struct wr_limits limits_out(struct limits l)
{
	return (struct wr_limits){ .min = l.min, .max = l.has_max ? l.max : 0, .has_max = l.has_max, .is64 = l.is64,
		.shared = l.shared };
}

struct wr_extern_type table_type_out(valtype type, struct limits l)
{
	return (struct wr_extern_type){ .kind = WR_TABLE, .value = type, .limits = limits_out(l) };
}

struct wr_extern_type memory_type_out(struct limits l, uint8_t page_log2)
{
	return (struct wr_extern_type){ .kind = WR_MEMORY, .limits = limits_out(l), .page_size = 1u << page_log2 };
}

struct wr_extern_type global_type_out(valtype type, bool mut)
{
	return (struct wr_extern_type){ .kind = WR_GLOBAL, .value = type, .mut = mut };
}

static void print_values(const char *word, const wr_type *t, uint32_t n, struct buf *b)
{
	if (n == 0)
		return;
	buf_printf(b, " (%s ", word);
	valtypes_print(t, n, NULL, b);
	buf_putc(b, ')');
}

static void print_limits(const struct wr_limits *l, struct buf *b)
{
	buf_printf(b, "%s %llu", l->is64 ? " i64" : "", (unsigned long long)l->min);
	if (l->has_max)
		buf_printf(b, " %llu", (unsigned long long)l->max);
	buf_puts(b, l->shared ? " shared" : "");
}

static void print_extern(const struct wr_extern_type *t, struct buf *b)
{
	buf_puts(b, extern_kind_name((enum extern_kind)t->kind));
	switch (t->kind) {
	case WR_FUNC:
	case WR_TAG:
		print_values("param", t->func.params, t->func.nparams, b);
		print_values("result", t->func.results, t->func.nresults, b);
		return;
	case WR_TABLE:
		print_limits(&t->limits, b);
		buf_putc(b, ' ');
		valtype_print(t->value, NULL, b);
		return;
	case WR_MEMORY:
		print_limits(&t->limits, b);
		if (t->page_size != 65536)
			buf_printf(b, " (pagesize %u)", t->page_size);
		return;
	case WR_GLOBAL:
		buf_puts(b, t->mut ? " (mut " : " ");
		valtype_print(t->value, NULL, b);
		buf_puts(b, t->mut ? ")" : "");
		return;
	}
}

static bool extern_type_known(const struct engine *en, const struct wr_extern_type *t)
{
	bool known = (unsigned)t->kind <= WR_TAG;

	if (t->kind == WR_TABLE || t->kind == WR_GLOBAL)
		return type_known(en, t->value);
	if (t->kind == WR_FUNC || t->kind == WR_TAG)
		known = all_known(en, "parameter", t->func.params, t->func.nparams, VALUES_MOST, NULL) &&
			all_known(en, "result", t->func.results, t->func.nresults, VALUES_MOST, NULL);
	return known;
}

size_t wr_extern_type_print(const struct wr_engine *engine, const struct wr_extern_type *type, char *out, size_t size)
{
	struct buf b = { 0 };

	if (engine && type && extern_type_known(engine->engine, type))
		print_extern(type, &b);
	else
		buf_puts(&b, "?");
	return text_out(&b, out, size);
}
