/* The host modules of specification scripts; see spectest.h. Printing functions print nothing: nobody compares it. */
#include "repl/command/spectest.h"

#include "engine/base/err.h"
#include "engine/ctx.h"
#include "engine/gc/gc.h"

static enum outcome print_nothing(struct ctx *c, struct func *f, const slot *args, slot *results)
{
	return OUT_DONE;
}

static enum outcome collect(struct ctx *c, struct func *f, const slot *args, slot *results)
{
	return gc_collect(c) ? OUT_DONE : ctx_trap(c, TRAP_HOST, "out of memory");
}

/* One row each: name, kind, and of functions the parameters as in ops.def's signatures (i I f d). */
static const struct row {
	const char *name;
	enum extern_kind kind;
	const char *params;
} rows[SPECTEST_COUNT] = {
	{ "print", EXTERN_FUNC, "" }, { "print_i32", EXTERN_FUNC, "i" }, { "print_i64", EXTERN_FUNC, "I" },
	{ "print_f32", EXTERN_FUNC, "f" }, { "print_f64", EXTERN_FUNC, "d" }, { "print_i32_f32", EXTERN_FUNC, "if" },
	{ "print_f64_f64", EXTERN_FUNC, "dd" },
	{ "global_i32", EXTERN_GLOBAL, "i" }, { "global_i64", EXTERN_GLOBAL, "I" }, { "global_f32", EXTERN_GLOBAL, "f" },
	{ "global_f64", EXTERN_GLOBAL, "d" },
	{ "table", EXTERN_TABLE, "i" }, { "table64", EXTERN_TABLE, "I" }, { "memory", EXTERN_MEMORY, "" },
	{ "shared_memory", EXTERN_MEMORY, "" }, { "gc", EXTERN_FUNC, "" },
};

static valtype type_of(char c)
{
	return c == 'i' ? VT_I32 : c == 'I' ? VT_I64 : c == 'f' ? VT_F32 : VT_F64;
}

static struct value value_of(char c)
{
	enum { SIX = 666, F32_SIX = 0x4426a666 };
	const uint64_t f64_six = 0x4084d4cccccccccd;

	switch (c) {
	case 'i':
		return value_i32(SIX);
	case 'I':
		return value_i64(SIX);
	case 'f':
		return value_f32_bits(F32_SIX);
	default:
		return value_f64_bits(f64_six);
	}
}

/* The one function that is not of "spectest". */
static bool collects(const struct row *row)
{
	return row == &rows[SPECTEST_COUNT - 1];
}

static const char *module_of(const struct row *row)
{
	return collects(row) ? "wasmtime" : "spectest";
}

static bool make_func(const struct row *row, struct store *s, struct extern_ref *out, struct err *e)
{
	valtype params[2];
	uint32_t n = (uint32_t)strlen(row->params);

	for (uint32_t i = 0; i < n; i++)
		params[i] = type_of(row->params[i]);
	const struct deftype *t = engine_func_type(s->engine, params, n, NULL, 0);
	if (!t)
		return err_oom(e);
	out->as.func = func_new_host(s, t, collects(row) ? collect : print_nothing, NULL, module_of(row), row->name, e);
	return out->as.func != NULL;
}

static bool make(const struct row *row, struct store *s, struct extern_ref *out, struct err *e)
{
	struct limits table = { .min = 10, .max = 20, .has_max = true, .is64 = row->params[0] == 'I' };
	struct limits memory = { .min = 1, .max = 2, .has_max = true, .shared = strcmp(row->name, "shared_memory") == 0 };
	enum { PAGE_LOG2 = 16 };

	out->kind = row->kind;
	switch (row->kind) {
	case EXTERN_FUNC:
		return make_func(row, s, out, e);
	case EXTERN_GLOBAL:
		out->as.global = global_new(s, type_of(row->params[0]), false, value_of(row->params[0]), e);
		return out->as.global != NULL;
	case EXTERN_TABLE:
		out->as.table = table_new(s, VT_FUNCREF, table, 0, e);
		return out->as.table != NULL;
	case EXTERN_MEMORY:
		out->as.memory = memory_new(s, memory, PAGE_LOG2, e);
		return out->as.memory != NULL;
	case EXTERN_TAG:
		break;
	}
	return false;
}

bool spectest_find(struct spectest *t, struct store *s, struct str module, struct str name, struct extern_ref *out,
	struct err *e)
{
	for (size_t i = 0; i < SPECTEST_COUNT; i++) {
		if (!str_is(name, rows[i].name) || !str_is(module, module_of(&rows[i])))
			continue;
		if (!t->have[i] && !make(&rows[i], s, &t->made[i], e))
			return false;
		t->have[i] = true;
		*out = t->made[i];
		return true;
	}
	return false;
}
