/*
 * Bytes as a binary module. Whatever it is, reading ends with a module or an error that can be shown; a valid module has
 * well-formed bodies, and prints as text that is a valid module again.
 */
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/source.h"
#include "engine/module.h"
#include "engine/regir/code.h"
#include "tests/fuzz/fuzz.h"
#include "wat/print.h"
#include "wat/wat.h"

const enum fuzz_input fuzz_wants = FUZZ_MODULE;

static void show(const struct err *e)
{
	struct buf b = { 0 };

	if (e->code == E_NONE || !e->message[0])
		FUZZ_FAIL("a failure without an error");
	err_print(e, NULL, &b);
	buf_free(&b);
}

static void check_bodies(const struct module *m)
{
	for (uint32_t f = m->nimported_funcs; f < m->nfuncs; f++)
		for (int kind = 0; kind < BODY_KINDS; kind++)
			for (int mode = 0; mode < 2; mode++) {
				struct err e = { 0 };
				struct body *b = code_body(m, f, (enum body_kind)kind, (enum memory_mode)mode, true, &e);
				if (!b && e.code != E_LIMIT)
					FUZZ_FAIL("no body: %s", e.message);
				if (b && (!regir_verify(b, &e) || !body_map(b, &e)))
					FUZZ_FAIL("%s", e.message);
			}
}

static void check_text(struct engine *en, const struct module *m, bool folded)
{
	struct wat_print_options o = wat_print_defaults();
	struct buf text = { 0 };
	struct err e = { 0 };

	o.folded = folded;
	if (!wat_print(m, &o, &text, &e))
		FUZZ_FAIL("cannot be printed: %s", e.message);
	struct source *s = source_copy("printed.wat", buf_str(&text), text.size, &e);
	struct module *again = wat_load(en, s, 0, s->size, &m->features, &e);
	if (!again) {
		struct buf b = { 0 };
		err_print(&e, s, &b);
		FUZZ_FAIL("what is printed is not valid: %s", buf_str(&b));
	}
	if (again->nfuncs != m->nfuncs || again->nexports != m->nexports || again->nimports != m->nimports)
		FUZZ_FAIL("what is printed is another module");
	module_free(again);
	source_free(s);
	buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct features f = features_all();
	struct err e = { 0 };
	struct engine *en = engine_new();
	struct source *s = source_copy("fuzz.wasm", data, size, &e);
	struct module *m = module_load_take(en, s, &f, &e);

	if (m) {
		struct err ignored = { 0 };
		custom_check(m, &ignored);
		check_bodies(m);
		check_text(en, m, false);
		check_text(en, m, true);
	} else {
		show(&e);
	}
	module_free(m);
	engine_free(en);
	return 0;
}
