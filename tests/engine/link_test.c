/* Which entity may be given to which import, and what is said when it may not. */
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/store.h"
#include "tests/harness/tap.h"

static struct engine *en;
static struct store *st;

/* A module that imports one thing of each kind as "env" "x". */
struct asking {
	struct func_decl func;
	struct table_decl table;
	struct memory_decl memory;
	struct global_decl global;
	struct tag_decl tag;
	struct import import;
	struct module module;
};

static struct module *asking_module(struct asking *a)
{
	a->import.module = STR("env");
	a->import.name = STR("x");
	a->module = (struct module){ .engine = en, .nimports = 1, .imports = &a->import, .nfuncs = 1,
		.funcs = &a->func, .ntables = 1, .tables = &a->table, .nmemories = 1, .memories = &a->memory,
		.nglobals = 1, .globals = &a->global, .ntags = 1, .tags = &a->tag };
	return &a->module;
}

/* NULL when GIVEN matches, else the evidence of the error. */
static const char *refusal(struct asking *a, enum extern_kind kind, struct extern_ref given, struct err *e)
{
	const struct module *m = asking_module(a);

	*e = (struct err){ 0 };
	a->import.kind = kind;
	if (extern_matches(m, &a->import, &given, e))
		return NULL;
	return e->code == E_IMPORT_TYPE ? e->evidence : "?";
}

static bool refused(struct asking *a, struct extern_ref given, const char *evidence, struct err *e)
{
	const char *found = refusal(a, given.kind, given, e);

	if (!found || strcmp(found, evidence) != 0)
		tap_note("found: %s", found ? found : "(matches)");
	return found && strcmp(found, evidence) == 0;
}

static bool accepted(struct asking *a, struct extern_ref given)
{
	struct err e;

	return !refusal(a, given.kind, given, &e);
}

static const struct deftype *func_type(unsigned nparams, unsigned nresults)
{
	static const valtype i32s[] = { VT_I32, VT_I32, VT_I32 };

	return engine_func_type(en, i32s, nparams, i32s, nresults);
}

static enum outcome nothing(struct ctx *c, struct func *f, const slot *args, slot *results)
{
	return OUT_DONE;
}

static struct extern_ref a_func(const struct deftype *t)
{
	struct err e = { 0 };

	return (struct extern_ref){ EXTERN_FUNC, { .func = func_new_host(st, t, nothing, NULL, "env", "x", &e) } };
}

static struct extern_ref a_memory(struct limits l, unsigned page_log2)
{
	struct err e = { 0 };

	return (struct extern_ref){ EXTERN_MEMORY, { .memory = memory_new(st, l, page_log2, &e) } };
}

static struct extern_ref a_table(valtype t, struct limits l)
{
	struct err e = { 0 };

	return (struct extern_ref){ EXTERN_TABLE, { .table = table_new(st, t, l, 0, &e) } };
}

static struct extern_ref a_global(valtype t, bool mut)
{
	struct err e = { 0 };

	return (struct extern_ref){ EXTERN_GLOBAL,
		{ .global = global_new(st, t, mut, (struct value){ .type = t }, &e) } };
}

static struct extern_ref a_tag(const struct deftype *t)
{
	struct err e = { 0 };

	return (struct extern_ref){ EXTERN_TAG, { .tag = tag_new(st, t, &e) } };
}

static struct limits limits(uint64_t min, uint64_t max)
{
	return (struct limits){ .min = min, .max = max, .has_max = max > 0 };
}

static void test_funcs(void)
{
	struct asking a = { .func = { .type = func_type(2, 0) } };
	struct err e;

	CHECK(accepted(&a, a_func(func_type(2, 0))), "the same function type");
	CHECK(refused(&a, a_func(func_type(1, 0)), "'env' has: x (func (param i32))  <- same name, another type\n", &e),
		"another one: %s", e.message);
	CHECK(!strcmp(e.message, "import \"env\" \"x\" (func (param i32 i32)) is not provided"), "the import is named");
	CHECK(strstr(e.hint, "--preload env=FILE") != NULL, "hint: %s", e.hint);
	CHECK(!strcmp(err_words(e.code), "incompatible import type"), "the specification's words");
	CHECK(!refusal(&a, EXTERN_FUNC, a_func(func_type(2, 0)), &e) &&
		!strcmp(refusal(&a, EXTERN_FUNC, a_memory(limits(1, 0), 16), &e),
			"'env' has: x (memory 1)  <- same name, another kind\n"), "another kind");

	uint32_t open_id = 0, sub_id = 0;
	struct subtype_def open = { .kind = TYPE_FUNC, .super = TYPE_NONE };
	engine_add_group(en, &open, 1, &open_id, &e);
	struct subtype_def sub = { .kind = TYPE_FUNC, .final = true, .super = open_id };
	engine_add_group(en, &sub, 1, &sub_id, &e);
	a.func.type = engine_type(en, open_id);
	CHECK(accepted(&a, a_func(engine_type(en, sub_id))), "a subtype");
	a.func.type = engine_type(en, sub_id);
	CHECK(refused(&a, a_func(engine_type(en, open_id)), "'env' has: x (func)  <- same name, but its type is declared "
		"otherwise (sub, or the recursive group around it)\n", &e), "not a supertype");
}

static void test_memories(void)
{
	struct asking a = { .memory = { .limits = limits(2, 4), .page_log2 = 16 } };
	struct err e;

	CHECK(accepted(&a, a_memory(limits(2, 4), 16)) && accepted(&a, a_memory(limits(3, 3), 16)), "inside the limits");
	CHECK(refused(&a, a_memory(limits(1, 4), 16), "'env' has: x (memory 1 4)  <- same name, but too small\n", &e),
		"too small: %s", e.message);
	CHECK(refused(&a, a_memory(limits(2, 0), 16), "'env' has: x (memory 2)  <- same name, but without a maximum\n",
		&e), "no maximum");
	CHECK(refused(&a, a_memory(limits(2, 5), 16),
		"'env' has: x (memory 2 5)  <- same name, but its maximum is larger\n", &e), "a larger one");
	struct extern_ref grown = a_memory(limits(1, 4), 16);
	memory_grow(grown.as.memory, 1);
	CHECK(accepted(&a, grown), "the size counts that it has now");
	CHECK(refused(&a, a_memory((struct limits){ .min = 2, .max = 4, .has_max = true, .shared = true }, 16),
		"'env' has: x (memory 2 4 shared)  <- same name, but shared\n", &e), "shared or not");
	CHECK(refused(&a, a_memory((struct limits){ .min = 2, .max = 4, .has_max = true, .is64 = true }, 16),
		"'env' has: x (memory i64 2 4)  <- same name, but with 64-bit addresses\n", &e), "address types");
	CHECK(refused(&a, a_memory(limits(2, 4), 0),
		"'env' has: x (memory 2 4 (pagesize 1))  <- same name, but another page size\n", &e), "page sizes");
	a.memory.limits = limits(0, 0);
	CHECK(accepted(&a, a_memory(limits(0, 9), 16)), "no maximum asked for");
}

static void test_tables(void)
{
	struct asking a = { .table = { .type = VT_FUNCREF, .limits = limits(10, 20) } };
	struct err e;

	CHECK(accepted(&a, a_table(VT_FUNCREF, limits(10, 20))), "a table");
	CHECK(refused(&a, a_table(VT_EXTERNREF, limits(10, 20)),
		"'env' has: x (table 10 20 externref)  <- same name, another type\n", &e), "of another type: %s", e.message);
	CHECK(refused(&a, a_table(VT_FUNCREF, limits(9, 20)),
		"'env' has: x (table 9 20 funcref)  <- same name, but too small\n", &e), "too small");
	a.table.type = vt_ref(HEAP_FUNC, true);
	CHECK(refusal(&a, EXTERN_TABLE, a_table(vt_ref(HEAP_NOFUNC, true), limits(10, 20)), &e), "no subtypes");
}

static void test_globals(void)
{
	struct asking a = { .global = { .type = VT_FUNCREF } };
	struct err e;

	CHECK(accepted(&a, a_global(VT_FUNCREF, false)), "an immutable global");
	CHECK(accepted(&a, a_global(vt_ref(HEAP_NOFUNC, true), false)), "of a subtype");
	CHECK(refused(&a, a_global(VT_FUNCREF, true), "'env' has: x (global (mut funcref))  <- same name, but mutable\n",
		&e), "not a mutable one: %s", e.message);
	a.global.mut = true;
	CHECK(accepted(&a, a_global(VT_FUNCREF, true)), "a mutable one");
	CHECK(refusal(&a, EXTERN_GLOBAL, a_global(vt_ref(HEAP_NOFUNC, true), true), &e), "of the same type only");
	CHECK(refused(&a, a_global(VT_I32, false), "'env' has: x (global i32)  <- same name, but immutable\n", &e),
		"%s", e.message);
}

static void test_tags(void)
{
	struct asking a = { .tag = { .type = func_type(1, 0) } };
	struct err e;

	CHECK(accepted(&a, a_tag(func_type(1, 0))), "the same tag type");
	CHECK(refused(&a, a_tag(func_type(0, 0)), "'env' has: x (tag)  <- same name, another type\n", &e), "%s", e.message);
}

static void test_text(void)
{
	struct asking a = { .func = { .type = func_type(1, 2) } };
	struct buf b = { 0 };
	struct err e;

	asking_module(&a);
	import_print_type(&a.module, &a.import, &b);
	CHECK(!strcmp(buf_str(&b), "func (param i32) (result i32 i32)"), "%s", buf_str(&b));
	a.import.module = (struct str){ "a\nb", 3 };
	buf_free(&b);

	struct extern_ref given = a_func(func_type(0, 0));
	a.import.name = (struct str){ "\0", 1 };
	e = (struct err){ 0 };
	CHECK(!extern_matches(&a.module, &a.import, &given, &e) && !strchr(e.message, '\n') &&
		strstr(e.message, "a\\"), "names are escaped: %s", e.message);
}

int main(void)
{
	en = engine_new();
	st = store_new(en, NULL);
	test_funcs();
	test_memories();
	test_tables();
	test_globals();
	test_tags();
	test_text();
	store_free(st);
	engine_free(en);
	return tap_done();
}
