/* Reducing: what is left of a module while something about it stays. */
#include "debugger/repro.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/source.h"
#include "tests/harness/tap.h"
#include "wat/wat.h"

/* It is a module that divides. */
static bool divides(void *user, struct str text)
{
	struct features f = features_all();
	struct err e = { 0 };
	struct source *s = source_copy("m.wat", text.p, text.n, &e);
	struct module *m = s ? wat_load_take(user, s, &f, &e) : NULL;

	module_free(m);
	return m && memmem(text.p, text.n, "i32.div_u", 9);
}

static void test_pairs(void)
{
	static const char text[] = "(module\n"
		"  (func $f (param $p i32) (result i32)\n"
		"    local.get $p\n    i32.const 1\n    drop\n    i32.const 2\n    drop\n    local.get $p\n    i32.div_u\n"
		"  )\n)\n";
	struct engine *en = engine_new();
	struct repro r = { .holds = divides, .user = en };
	struct buf b = { 0 };

	buf_puts(&b, text);
	CHECK(divides(en, str_of_buf(&b)) && repro_size(str_of_buf(&b)) == 7, "a module that divides, among other things");
	CHECK(repro_reduce(&r, &b) && divides(en, str_of_buf(&b)), "what is left of it still does");
	if (!CHECK(repro_size(str_of_buf(&b)) == 3 && !strstr(buf_str(&b), "drop"),
		"and nothing else: instructions that need each other went together"))
		tap_note("%s", buf_str(&b));
	buf_free(&b);
	engine_free(en);
}

int main(void)
{
	test_pairs();
	return tap_done();
}
