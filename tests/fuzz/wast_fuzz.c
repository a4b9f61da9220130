/* Bytes as a script: commands are read up to the end or an error, thread blocks included, and modules in them are loaded. */
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/source.h"
#include "tests/fuzz/fuzz.h"
#include "wat/wast.h"

const enum fuzz_input fuzz_wants = FUZZ_SCRIPT;

static void check(const struct err *e, const struct source *s)
{
	struct buf b = { 0 };

	if (e->place.kind == PLACE_TEXT && e->place.start > s->size)
		FUZZ_FAIL("an error behind the end: %s", e->message);
	err_print(e, s, &b);
	buf_free(&b);
}

static void read_all(struct engine *en, const struct source *s, struct wast *w, int depth)
{
	struct features f = features_all();
	struct wast_cmd c;
	struct err e = { 0 };

	while (w && wast_next(w, &c, &e)) {
		struct err why = { 0 };
		if (c.has_module) {
			struct module *m = wast_load(en, s, &c.module, &f, &why);
			if (!m && why.code == E_NONE)
				FUZZ_FAIL("a failure without an error");
			if (!m)
				check(&why, s);
			module_free(m);
		}
		if (c.kind == WAST_THREAD && depth < 3)
			read_all(en, s, wast_body(w, &c, &why), depth + 1);
	}
	if (e.code != E_NONE)
		check(&e, s);
	wast_free(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = { 0 };
	struct engine *en = engine_new();
	struct source *s = source_copy("fuzz.wast", data, size, &e);
	struct str name, value;

	for (size_t i = 0; wast_header(s, i, &name, &value); i++)
		if (i > size)
			FUZZ_FAIL("settings without end");
	read_all(en, s, wast_parse(s, &e), 0);
	source_free(s);
	engine_free(en);
	return 0;
}
