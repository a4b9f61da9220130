/*
 * Every function of a module can be replaced by its own text, printed or as it was written, and the module stays what it was:
 * own modules in tests/wat/data, and when SHARED is set some functions of each program there.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/source.h"
#include "engine/module.h"
#include "engine/names.h"
#include "tests/harness/tap.h"
#include "wat/print.h"
#include "wat/splice.h"
#include "wat/wat.h"

enum { MOST = 24 };             /* functions of a module that are tried, evenly spread */

static bool print(const struct module *m, uint32_t func, struct buf *out)
{
	struct wat_print_options o = wat_print_defaults();
	struct err e = { 0 };

	return wat_print_func(m, func, &o, out, NULL, &e);
}

static bool same_text(const struct module *a, const struct module *b, uint32_t func)
{
	struct buf x = { 0 }, y = { 0 };
	bool same = print(a, func, &x) && print(b, func, &y) && x.size == y.size && memcmp(buf_str(&x), buf_str(&y), x.size) == 0;

	buf_free(&x);
	buf_free(&y);
	return same;
}

static bool same_module(const struct module *a, const struct module *b, uint32_t func)
{
	bool same = a->nfuncs == b->nfuncs && b->ntypes >= a->ntypes && a->nexports == b->nexports && a->ndatas == b->ndatas;

	for (uint32_t i = a->nimported_funcs; same && i < a->nfuncs; i++)
		same = i == func || (a->funcs[i].body_size == b->funcs[i].body_size &&
			memcmp(a->bytes + a->funcs[i].body, b->bytes + b->funcs[i].body, a->funcs[i].body_size) == 0);
	for (uint32_t i = 0; same && i < a->nfuncs; i++)
		same = str_eq(name_of(a, NAME_FUNC, i), name_of(b, NAME_FUNC, i)) && a->funcs[i].type == b->funcs[i].type;
	return same && same_text(a, b, func);
}

/* "" or why function FUNC with the text in B is not what it was. */
static const char *splice(const struct module *m, uint32_t func, const struct buf *b, struct err *e)
{
	struct source *text = source_copy("text", buf_str(b), b->size, e);
	struct module *n = text ? wat_splice_take(m, func, text, e) : NULL;
	const char *why = !n ? e->message : same_module(m, n, func) ? "" : "it differs";

	if (n && n->base != m)
		why = "it stands in for nothing";
	if (n)
		module_free(n);
	return why;
}

static void module_test(const struct module *m, const char *name)
{
	uint32_t defined = m->nfuncs - m->nimported_funcs, step = defined / MOST + 1;
	bool ok = true;

	for (uint32_t i = m->nimported_funcs; ok && i < m->nfuncs; i += step) {
		struct buf printed = { 0 }, written = { 0 };
		struct err e = { 0 };
		const char *why = print(m, i, &printed) ? splice(m, i, &printed, &e) : "it cannot be printed";
		if (!*why && m->text)
			why = wat_func_text(m, i, &written, &e) ? splice(m, i, &written, &e) : "its text is not found";
		if (*why)
			tap_note("%s, function %u: %s", name, i, why);
		ok = !*why;
		buf_free(&printed);
		buf_free(&written);
	}
	CHECK(ok, "%s: %u functions", name, (defined + step - 1) / step);
}

static void file_test(struct engine *en, const char *folder, const char *file)
{
	struct features f = features_all();
	char path[512];
	struct err e = { 0 };

	snprintf(path, sizeof path, "%s/%s", folder, file);
	struct source *s = source_read(path, &e);
	struct module *m = !s ? NULL : strstr(file, ".wat") ? wat_load_take(en, s, &f, &e) : module_load_take(en, s, &f, &e);
	if (m)
		module_test(m, file);
	if (m)
		module_free(m);
}

static void folder_test(struct engine *en, const char *folder, const char *suffix)
{
	DIR *d = opendir(folder);

	for (struct dirent *x; d && (x = readdir(d));) {
		size_t n = strlen(x->d_name), k = strlen(suffix);
		if (n > k && strcmp(x->d_name + n - k, suffix) == 0)
			file_test(en, folder, x->d_name);
	}
	if (d)
		closedir(d);
}

/* What the text of a function may hold besides: names, comments, strings with brackets, its own exports. */
static void text_test(struct engine *en)
{
	static const char text[] = "(module (type $t (func (param i32) (result i32))) (memory 1) (data $d \"x\")\n"
		"  (func $f (export \"f\") (type $t) ;; a comment with )\n    (; and (; another ;) ) ;) (local.get 0))\n"
		"  (func $\"a b\" (param $x i32) (memory.init $d (i32.const 0) (i32.const 0) (i32.const 1)))\n"
		"  (@custom \"keep\" \"(me)\") (@custom \".debug_line\" \"old\"))";
	struct features f = features_all();
	struct err e = { 0 };
	struct source *src = source_copy("t.wat", text, sizeof text - 1, &e);
	struct module *m = src ? wat_load_take(en, src, &f, &e) : NULL;
	struct buf b = { 0 };

	CHECK(m, "a module with odd texts: %s", e.message);
	if (!m)
		return;
	module_test(m, "odd texts");
	CHECK(wat_func_text(m, 0, &b, &e) && strstr(buf_str(&b), "another") && strstr(buf_str(&b), "(local.get 0))\n"), "comments are kept");
	buf_free(&b);
	src = source_copy("new", "(func (type $t) (local $mine i32) (local.get $mine))", 52, &e);
	struct module *n = src ? wat_splice_take(m, 0, src, &e) : NULL;
	CHECK(n && n->ncustoms == 2 && str_eq(name_of_inner(n, NAME_LOCAL, 0, 1), STR("mine")), "names of the new body");
	CHECK(n && str_eq(name_of_inner(n, NAME_LOCAL, 1, 0), STR("x")), "  and of the others");
	CHECK(n && str_is(n->customs[0].name, "keep"), "custom sections stay, but what names places in the code");
	if (n)
		module_free(n);
	module_free(m);
}

int main(void)
{
	struct engine *en = engine_new();
	const char *shared = getenv("SHARED");
	char folder[512];

	text_test(en);
	folder_test(en, "tests/wat/data", ".wat");
	folder_test(en, "examples", ".wat");
	if (shared) {
		snprintf(folder, sizeof folder, "%s/programs/wasm", shared);
		folder_test(en, folder, ".wasm");
	}
	engine_free(en);
	return tap_done();
}
