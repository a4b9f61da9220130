/* Modules: loading text, binaries and files, places of errors, lists of imports and exports, lifetimes. */
#include "tests/api/guest.h"

static const unsigned char empty[] = { 0, 'a', 's', 'm', 1, 0, 0, 0 };

static struct wr_module *load(struct wr_engine *en, const char *text, struct wr_error *e)
{
	memset(e, 0xaa, sizeof *e);     /* it need not be initialised */
	return wr_module_load(en, "m.wat", text, strlen(text), e);
}

static void errors(struct wr_engine *en)
{
	static const unsigned char cut[] = { 0, 'a', 's', 'm', 1, 0, 0, 0, 1, 5, 1 };
	struct wr_error e;

	CHECK(!load(en, "(module\n  (func (result i32) i64.const 1))", &e), "an invalid module is refused");
	CHECK(e.error_class == WR_CLASS_INVALID && strcmp(e.code, "type-mismatch") == 0, "  class and code: %s", e.code);
	CHECK(e.line == 2 && e.column > 8, "  line %u, column %u", e.line, e.column);
	CHECK(strcmp(e.file, "m.wat") == 0 && strstr(e.report, "m.wat:2:"), "  file and report");
	CHECK(!load(en, "(module (fun))", &e) && e.error_class == WR_CLASS_PARSE && e.line == 1, "a text that does not parse");
	CHECK(!wr_module_load(en, "x.wasm", cut, sizeof cut, &e) && e.error_class == WR_CLASS_MALFORMED, "a cut binary");
	CHECK(e.offset != WR_NO_OFFSET && e.line == 0, "  has an offset: %llu", (unsigned long long)e.offset);
	CHECK(!wr_module_load(en, NULL, "", 0, &e) && e.error_class == WR_CLASS_MALFORMED, "no bytes at all");
	CHECK(!wr_module_load(en, NULL, NULL, 7, &e) && e.error_class == WR_CLASS_USAGE, "NULL is refused");
	CHECK(!wr_module_load(NULL, NULL, empty, sizeof empty, NULL), "without an engine, and nobody asks why");
	CHECK(!wr_module_load_file(en, "/nowhere/at/all.wasm", &e) && e.error_class == WR_CLASS_IO, "a missing file");
	CHECK(strcmp(e.file, "/nowhere/at/all.wasm") == 0, "  is named");
	CHECK(!wr_engine_new("simt", &e) && e.error_class == WR_CLASS_NAME, "an unknown feature");
	CHECK(strcmp(wr_error_class_name(WR_CLASS_PARSE), "parse") == 0, "classes have names");
}

static void features(void)
{
	struct wr_engine *en = wr_engine_new("-simd", NULL);
	struct wr_error e;

	CHECK(!load(en, "(module (func (param v128)))", &e), "features can be switched off");
	wr_engine_free(en);
}

static const char *const rich =
	"(module $rich"
	"  (import \"env\" \"f\" (func (param i32 f64) (result i64)))"
	"  (import \"env\" \"m\" (memory 1 2))"
	"  (import \"e\\00v\" \"t\" (table 10 funcref))"
	"  (import \"\" \"g\" (global (mut externref)))"
	"  (import \"env\" \"x\" (tag (param i32)))"
	"  (memory $big (export \"big\") i64 3)"
	"  (func (export \"run\") (result i32 i32) (i32.const 1) (i32.const 2))"
	"  (@custom \"note\" \"hello\"))";

static const char *shown(struct wr_engine *en, const struct wr_extern_type *t, char out[80])
{
	wr_extern_type_print(en, t, out, 80);
	return out;
}

static void lists(struct wr_engine *en)
{
	struct wr_error e;
	struct wr_module *m = load(en, rich, &e);
	char b[80];
	size_t size;

	if (!CHECK(m, "a module with imports of all kinds"))
		return;
	CHECK(wr_module_import_count(m) == 5 && wr_module_export_count(m) == 2, "  counts");
	CHECK(strcmp(wr_module_name(m).text, "rich") == 0, "  its name: %s", wr_module_name(m).text);
	const struct wr_import *f = wr_module_import(m, 0), *t = wr_module_import(m, 2);
	CHECK(strcmp(f->module.text, "env") == 0 && strcmp(f->name.text, "f") == 0, "  import names");
	CHECK(f->type.func.nparams == 2 && f->type.func.params[1] == WR_F64 && f->type.func.exact, "  function type");
	CHECK(strcmp(shown(en, &f->type, b), "func (param i32 f64) (result i64)") == 0, "  %s", b);
	CHECK(strcmp(shown(en, &wr_module_import(m, 1)->type, b), "memory 1 2") == 0, "  %s", b);
	CHECK(t->module.size == 3 && memcmp(t->module.text, "e\0v", 4) == 0, "  a name with a NUL");
	CHECK(strcmp(shown(en, &t->type, b), "table 10 funcref") == 0, "  %s", b);
	CHECK(strcmp(shown(en, &wr_module_import(m, 3)->type, b), "global (mut externref)") == 0, "  %s", b);
	CHECK(strcmp(shown(en, &wr_module_import(m, 4)->type, b), "tag (param i32)") == 0, "  %s", b);
	CHECK(strcmp(shown(en, &wr_module_export(m, 0)->type, b), "memory i64 3") == 0, "  %s", b);
	CHECK(strcmp(wr_module_export(m, 1)->name.text, "run") == 0, "  export names");
	CHECK(!wr_module_import(m, 5) && !wr_module_export(m, 2), "  nothing beyond");
	const void *note = wr_module_custom(m, "note", &size);
	CHECK(note && size == 5 && memcmp(note, "hello", 5) == 0, "  a custom section");
	CHECK(!wr_module_custom(m, "none", &size) && size == 0, "  and none");
	CHECK(wr_extern_type_print(en, &f->type, b, 5) == 33 && strcmp(b, "func") == 0, "text is cut as snprintf does");
	CHECK(wr_extern_type_print(en, &f->type, NULL, 0) == 33, "  and only measured");
	wr_module_free(m);
}

static void types(struct wr_engine *en)
{
	char b[40];

	CHECK(wr_type_kind(en, WR_V128) == WR_KIND_V128 && wr_type_kind(en, WR_I31REF) == WR_KIND_ANY &&
		wr_type_kind(en, WR_EXNREF) == WR_KIND_EXN && wr_type_kind(en, WR_FUNCREF) == WR_KIND_FUNC, "kinds of types");
	CHECK(wr_type_kind(en, 0) == WR_KIND_NONE && wr_type_kind(en, 77) == WR_KIND_NONE &&
		wr_type_kind(en, 0xffffff06) == WR_KIND_NONE, "  what is none");
	CHECK(wr_type_matches(en, WR_I31REF, WR_ANYREF) && !wr_type_matches(en, WR_ANYREF, WR_I31REF), "subtypes");
	CHECK(wr_type_print(en, WR_STRUCTREF, b, sizeof b) && strcmp(b, "structref") == 0, "text: %s", b);
	CHECK(wr_type_nullable(WR_EXTERNREF) && !wr_type_nullable(WR_I32), "nullable");
}

/* Everything may be freed in any order: what is in use stays. */
static void lifetimes(void)
{
	const char *text = "(module (func (export \"f\") (result i32) (i32.const 7)))";
	struct guest g = guest_new(NULL);
	struct wr_module *m = wr_module_load(g.engine, NULL, text, strlen(text), NULL);
	struct wr_instance *in = wr_linker_instantiate(g.linker, m, NULL, NULL);

	wr_engine_free(g.engine);
	wr_module_free(m);
	wr_linker_free(g.linker);
	CHECK(guest_i32(&g, in, "f", 0, 0) == 7, "a store keeps its modules and its engine");
	wr_store_free(g.store);
	wr_engine_free(NULL);
	wr_module_free(NULL);
	wr_store_free(NULL);
	wr_linker_free(NULL);
	CHECK(wr_module_import_count(NULL) == 0 && wr_module_name(NULL).size == 0 && !wr_module_export(NULL, 0), "NULL modules");
	CHECK(wr_version()[0], "a version: %s", wr_version());
}

int main(void)
{
	struct wr_engine *en = wr_engine_new("3.0,-threads", NULL);

	errors(en);
	features();
	wr_engine_free(en);
	en = wr_engine_new(NULL, NULL);
	lists(en);
	types(en);
	wr_engine_free(en);
	lifetimes();
	return tap_done();
}
