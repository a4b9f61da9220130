/* Loading tells how far it is, and ends when it is asked to: text, binary, and the check of bodies. */
#include "tests/harness/tap.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/progress.h"
#include "engine/base/source.h"
#include "engine/module.h"
#include "wat/wat.h"

static const char text[] = "(module (func $a (drop (i32.const 1))) (func $b) (func $c (call $b)))";

static struct source *source(const void *bytes, size_t n)
{
	struct err ignored = { 0 };

	return source_copy("t.wat", bytes, n, &ignored);
}

static struct module *load_text(struct engine *en, struct err *e)
{
	struct features f = features_all();

	return wat_load_take(en, source(text, sizeof text - 1), &f, e);
}

static struct module *load_binary(struct engine *en, const struct buf *b, struct err *e)
{
	struct features f = features_all();

	return module_load_take(en, source(b->data, b->size), &f, e);
}

static void check_loads(struct engine *en, const struct buf *binary)
{
	struct progress *p = engine_progress(en);
	struct err e = { 0 };

	struct module *m = load_text(en, &e);
	CHECK(m && !e.code, "text is loaded when nobody minds");
	CHECK(!p->what && p->total > 0 && p->done > 0 && p->done <= p->total, "it has told how far it was, and that it is over");
	module_free(m);
	m = load_binary(en, binary, &e);
	CHECK(m && !e.code && !p->what, "and so is a binary");
	module_free(m);
}

static void check_cancelled(struct engine *en, const struct buf *binary)
{
	struct progress *p = engine_progress(en);
	struct err e = { 0 };

	p->cancel = true;
	CHECK(!load_text(en, &e) && e.code == E_CANCELLED && strstr(e.message, "scanning") && !p->what, "text: cancelled");
	err_clear(&e);
	CHECK(!load_binary(en, binary, &e) && e.code == E_CANCELLED && strstr(e.message, "reading") && !p->what,
		"a binary: cancelled");
	err_clear(&e);
	p->cancel = false;
	struct features f = features_all();
	struct module *m = module_decode_take(en, source(binary->data, binary->size), &f, &e);
	p->cancel = true;
	CHECK(m && !module_validate(m, &e) && e.code == E_CANCELLED && strstr(e.message, "checking"), "the check of bodies: cancelled");
	module_free(m);
	p->cancel = false;
}

int main(void)
{
	struct engine *en = engine_new();
	struct features f = features_all();
	struct source *s = source(text, sizeof text - 1);
	struct buf binary = { 0 };
	struct err e = { 0 };

	if (!CHECK(wat_encode(s, &f, &binary, NULL, &e), "a binary of it"))
		return tap_done();
	check_loads(en, &binary);
	check_cancelled(en, &binary);
	check_loads(en, &binary);
	buf_free(&binary);
	source_free(s);
	engine_free(en);
	return tap_done();
}
