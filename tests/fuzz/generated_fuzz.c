/* Bytes as the choices of a generator of valid modules (generate.h): every way of running them gives the same. */
#include "tests/fuzz/compare.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/generate.h"

const enum fuzz_input fuzz_wants = FUZZ_BYTES;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct features f = features_all();
	struct err e = { 0 };
	struct engine *en = engine_new();
	struct buf b = { 0 };

	generate_module(data, size, &b);
	const char *keep = getenv("KEEP");      /* a file for the module that was made */
	FILE *file = keep ? fopen(keep, "wb") : NULL;
	if (file) {
		fwrite(b.data, 1, b.size, file);
		fclose(file);
	}
	struct source *s = source_copy("generated.wasm", b.data, b.size, &e);
	struct module *m = module_load_take(en, s, &f, &e);
	if (!m)
		FUZZ_FAIL("the generator made an invalid module: %s", e.message);
	struct compare k = { .en = en, .m = m, .seed = size, .fuel = 2000, .steps = 400 };
	if (!compare_ways(&k))
		FUZZ_FAIL("%s", k.report);
	module_free(m);
	buf_free(&b);
	engine_free(en);
	return 0;
}
