/* Bytes as the contents of a name section: any give names or a note about what is wrong, never an error of the module. */
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/source.h"
#include "engine/module.h"
#include "engine/names.h"
#include "tests/fuzz/fuzz.h"

const enum fuzz_input fuzz_wants = FUZZ_NAMES;

/* Three functions, a type, a memory, a table, a global, then the section. */
static const uint8_t before[] = {
	0, 'a', 's', 'm', 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 4, 3, 0, 0, 0, 4, 4, 1, 0x70, 0, 1, 5, 3, 1, 0, 1, 6, 6, 1, 0x7f, 1, 0x41, 0,
	0x0b, 10, 13, 3, 4, 1, 2, 0x7f, 0x0b, 2, 0, 0x0b, 3, 0, 1, 0x0b,
};

static void look_up(const struct module *m)
{
	struct buf b = { 0 };
	uint32_t index;
	bool several;

	for (int kind = NAME_FUNC; kind <= NAME_TAG; kind++) {
		bool inner = kind == NAME_LOCAL || kind == NAME_LABEL || kind == NAME_FIELD;
		for (uint32_t i = 0; i < 5; i++) {
			struct str s = inner ? name_of_inner(m, (enum name_kind)kind, i % 3, i) : name_of(m, (enum name_kind)kind, i);
			buf_escaped(&b, s.p, s.n, false);
			if (s.p && !inner && (!name_find(m, (enum name_kind)kind, s, &index, &several) || (index != i && !several)))
				FUZZ_FAIL("a name that is not found");
		}
	}
	module_func_label(m, 1, &b);
	buf_puts(&b, names_problem(m));
	buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct features f = features_all();
	struct err e = { 0 };
	struct engine *en = engine_new();
	struct buf b = { 0 };

	buf_put(&b, before, sizeof before);
	buf_u8(&b, 0);
	buf_uleb(&b, size + 5);
	buf_put(&b, "\4name", 5);
	buf_put(&b, data, size);
	struct source *s = source_copy("fuzz.wasm", buf_str(&b), b.size, &e);
	struct module *m = module_load_take(en, s, &f, &e);
	if (!m)
		FUZZ_FAIL("a name section makes the module invalid: %s", e.message);
	look_up(m);
	custom_check(m, &e);
	module_free(m);
	buf_free(&b);
	engine_free(en);
	return 0;
}
