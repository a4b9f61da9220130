/* Bytes as a binary module: when it is valid, every way of running its exports gives the same (compare.h). */
#include "tests/fuzz/compare.h"
#include "tests/fuzz/fuzz.h"

const enum fuzz_input fuzz_wants = FUZZ_MODULE;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct features f = features_all();
	struct err e = { 0 };
	struct engine *en = engine_new();
	struct source *s = source_copy("fuzz.wasm", data, size, &e);
	struct module *m = module_load_take(en, s, &f, &e);
	struct compare k = { .en = en, .m = m, .seed = size, .fuel = 3000, .steps = 300 };

	if (m && !compare_ways(&k))
		FUZZ_FAIL("%s", k.report);
	module_free(m);
	engine_free(en);
	return 0;
}
