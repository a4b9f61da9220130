/* Bytes as a module's text: a module, or an error whose place lies inside of the text. */
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/source.h"
#include "tests/fuzz/fuzz.h"
#include "wat/wat.h"

const enum fuzz_input fuzz_wants = FUZZ_TEXT;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct features f = features_all();
	struct err e = { 0 };
	struct engine *en = engine_new();
	struct source *s = source_copy("fuzz.wat", data, size, &e);
	struct module *m = wat_load(en, s, 0, s->size, &f, &e);

	if (!m) {
		struct buf b = { 0 };
		if (e.code == E_NONE || !e.message[0])
			FUZZ_FAIL("a failure without an error");
		if (e.place.kind == PLACE_TEXT && e.place.start > size)
			FUZZ_FAIL("an error behind the end: %s", e.message);
		err_print(&e, s, &b);
		buf_free(&b);
	}
	module_free(m);
	source_free(s);
	engine_free(en);
	return 0;
}
