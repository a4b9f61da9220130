/*
 * Matching of imports (core specification 3.5, 4.5.3) and the text of extern types. What an import asks for and what it
 * is given are both turned into a struct extern_type first; matching and printing look at nothing else.
 */
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/store.h"

struct extern_type {
	enum extern_kind kind;
	const struct deftype *type;     /* func, tag */
	valtype value;                  /* table, global */
	bool mut;                       /* global */
	struct limits limits;           /* table, memory */
	uint8_t page_log2;              /* memory */
};

/* ---- types ----------------------------------------------------------------------------------- */

static struct extern_type table_type(const struct table *t)
{
	return (struct extern_type){ .kind = EXTERN_TABLE, .value = t->type, .limits = {
		.min = t->size, .max = t->has_max ? t->max : 0, .has_max = t->has_max, .is64 = t->is64 } };
}

static struct extern_type memory_type(const struct memory *m)
{
	return (struct extern_type){ .kind = EXTERN_MEMORY, .page_log2 = m->page_log2, .limits = {
		.min = atomic_load(&m->size) >> m->page_log2, .max = m->has_max ? m->max_pages : 0,
		.has_max = m->has_max, .is64 = m->is64, .shared = m->shared } };
}

static struct extern_type found_type(const struct extern_ref *x)
{
	switch (x->kind) {
	case EXTERN_FUNC:
		return (struct extern_type){ .kind = EXTERN_FUNC, .type = x->as.func->type };
	case EXTERN_TABLE:
		return table_type(x->as.table);
	case EXTERN_MEMORY:
		return memory_type(x->as.memory);
	case EXTERN_GLOBAL:
		return (struct extern_type){ .kind = EXTERN_GLOBAL, .value = x->as.global->type,
			.mut = x->as.global->mut };
	case EXTERN_TAG:
		break;
	}
	return (struct extern_type){ .kind = EXTERN_TAG, .type = x->as.tag->type };
}

static struct extern_type expected_type(const struct module *m, const struct import *i)
{
	switch (i->kind) {
	case EXTERN_FUNC:
		return (struct extern_type){ .kind = EXTERN_FUNC, .type = m->funcs[i->index].type };
	case EXTERN_TABLE:
		return (struct extern_type){ .kind = EXTERN_TABLE, .value = m->tables[i->index].type,
			.limits = m->tables[i->index].limits };
	case EXTERN_MEMORY:
		return (struct extern_type){ .kind = EXTERN_MEMORY, .limits = m->memories[i->index].limits,
			.page_log2 = m->memories[i->index].page_log2 };
	case EXTERN_GLOBAL:
		return (struct extern_type){ .kind = EXTERN_GLOBAL, .value = m->globals[i->index].type,
			.mut = m->globals[i->index].mut };
	case EXTERN_TAG:
		break;
	}
	return (struct extern_type){ .kind = EXTERN_TAG, .type = m->tags[i->index].type };
}

/* ---- text ------------------------------------------------------------------------------------ */

static void print_values(const char *word, const valtype *t, uint32_t n, const struct type_names *names, struct buf *out)
{
	if (n == 0)
		return;
	buf_printf(out, " (%s ", word);
	valtypes_print(t, n, names, out);
	buf_putc(out, ')');
}

static void print_limits(struct limits l, struct buf *out)
{
	buf_printf(out, "%s %llu", l.is64 ? " i64" : "", (unsigned long long)l.min);
	if (l.has_max)
		buf_printf(out, " %llu", (unsigned long long)l.max);
	if (l.shared)
		buf_puts(out, " shared");
}

static void print_type(const struct extern_type *x, const struct type_names *names, struct buf *out)
{
	buf_puts(out, extern_kind_name(x->kind));
	switch (x->kind) {
	case EXTERN_FUNC:
	case EXTERN_TAG:
		print_values("param", x->type->params, x->type->nparams, names, out);
		print_values("result", x->type->results, x->type->nresults, names, out);
		return;
	case EXTERN_TABLE:
		print_limits(x->limits, out);
		buf_putc(out, ' ');
		valtype_print(x->value, names, out);
		return;
	case EXTERN_MEMORY:
		print_limits(x->limits, out);
		if (x->page_log2 != 16)
			buf_printf(out, " (pagesize %u)", 1u << x->page_log2);
		return;
	case EXTERN_GLOBAL:
		buf_puts(out, x->mut ? " (mut " : " ");
		valtype_print(x->value, names, out);
		buf_puts(out, x->mut ? ")" : "");
		return;
	}
}

void import_print_type(const struct module *m, const struct import *i, struct buf *out)
{
	struct extern_type t = expected_type(m, i);

	print_type(&t, &(struct type_names){ module_type_name, (void *)m }, out);
}

/* ---- matching: each gives NULL, or in a few words why not ------------------------------------ */

static bool same_values(const valtype *a, uint32_t na, const valtype *b, uint32_t nb)
{
	for (uint32_t i = 0; na == nb && i < na; i++)
		if (a[i] != b[i])
			return false;
	return na == nb;
}

/* Types that print alike may still differ: in their supertypes or in the recursive group around them. */
static const char *other_type(const struct deftype *want, const struct deftype *got)
{
	if (same_values(want->params, want->nparams, got->params, got->nparams) &&
	    same_values(want->results, want->nresults, got->results, got->nresults))
		return "but its type is declared otherwise (sub, or the recursive group around it)";
	return "another type";
}

static const char *limits_differ(struct limits want, struct limits got)
{
	if (want.is64 != got.is64)
		return got.is64 ? "but with 64-bit addresses" : "but with 32-bit addresses";
	if (got.min < want.min)
		return "but too small";
	if (want.has_max && !got.has_max)
		return "but without a maximum";
	if (want.has_max && got.max > want.max)
		return "but its maximum is larger";
	return NULL;
}

static const char *memory_differs(const struct extern_type *want, const struct extern_type *got)
{
	if (want->page_log2 != got->page_log2)
		return "but another page size";
	if (want->limits.shared != got->limits.shared)
		return got->limits.shared ? "but shared" : "but not shared";
	return limits_differ(want->limits, got->limits);
}

static const char *global_differs(const struct engine *en, const struct extern_type *want, const struct extern_type *got)
{
	if (want->mut != got->mut)
		return got->mut ? "but mutable" : "but immutable";
	if (want->mut ? got->value != want->value : !valtype_sub(en, got->value, want->value))
		return "another type";
	return NULL;
}

static const char *types_differ(const struct engine *en, const struct extern_type *want, const struct extern_type *got)
{
	if (want->kind != got->kind)
		return "another kind";
	switch (want->kind) {
	case EXTERN_FUNC:
		return type_id_sub(en, got->type->id, want->type->id) ? NULL : other_type(want->type, got->type);
	case EXTERN_TABLE:
		return got->value != want->value ? "another type" : limits_differ(want->limits, got->limits);
	case EXTERN_MEMORY:
		return memory_differs(want, got);
	case EXTERN_GLOBAL:
		return global_differs(en, want, got);
	case EXTERN_TAG:
		break;
	}
	return got->type == want->type ? NULL : other_type(want->type, got->type);
}

static bool report(const struct module *m, const struct import *i, const struct extern_type *want,
	const struct extern_type *got, const char *why, struct err *e)
{
	const struct type_names names = { module_type_name, (void *)m };
	struct buf module = { 0 }, name = { 0 }, expected = { 0 }, found = { 0 };

	buf_escaped(&module, i->module.p, i->module.n, false);
	buf_escaped(&name, i->name.p, i->name.n, false);
	print_type(want, &names, &expected);
	print_type(got, &names, &found);
	err_set(e, E_IMPORT_TYPE, place_none(), "import \"%s\" \"%s\" (%s) is not provided", buf_str(&module),
		buf_str(&name), buf_str(&expected));
	err_evidence(e, "'%s' has: %s (%s)  <- same name, %s", buf_str(&module), buf_str(&name), buf_str(&found), why);
	err_hint(e, "--preload %s=FILE, with a module that exports \"%s\" as %s", buf_str(&module), buf_str(&name),
		buf_str(&expected));
	buf_free(&module);
	buf_free(&name);
	buf_free(&expected);
	buf_free(&found);
	return false;
}

bool extern_matches(const struct module *m, const struct import *i, const struct extern_ref *what, struct err *e)
{
	struct extern_type want = expected_type(m, i), got = found_type(what);
	const char *why = types_differ(m->engine, &want, &got);

	return !why || report(m, i, &want, &got, why, e);
}
