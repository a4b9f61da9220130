/*
 * The small modules of tests/fuzz/corpus: their bodies are well-formed, and charged, plain, fast, checked and unfused ones,
 * and single steps, give the same results, states and clocks.
 */
#include <glob.h>

#include "tests/engine/guest.h"
#include "tests/fuzz/compare.h"

static void one(const char *path)
{
	struct engine *en = engine_new();
	struct features f = features_all();
	struct err e = { 0 };
	struct source *s = source_read(path, &e);
	struct module *m = s ? wat_load_take(en, s, &f, &e) : NULL;
	const char *name = strrchr(path, '/') + 1;
	unsigned calls = 0;
	bool same = true;

	if (!m)
		world_note(&e);
	CHECK(m && bodies_verify(m), "%s: bodies are well-formed", name);
	for (uint64_t seed = 1; m && same && seed <= 20; seed++) {
		struct compare k = { .en = en, .m = m, .seed = seed, .fuel = 5000, .steps = 3000 };
		same = compare_ways(&k);
		calls += k.calls;
		if (!same)
			tap_note("seed %u: %s", (unsigned)seed, k.report);
	}
	CHECK(same && calls >= 20, "%s: %u calls give the same in every way", name, calls);
	module_free(m);
	engine_free(en);
}

int main(void)
{
	glob_t files;

	if (!CHECK(glob("tests/fuzz/corpus/*.wat", 0, NULL, &files) == 0, "the corpus is there"))
		return tap_done();
	for (size_t i = 0; i < files.gl_pathc; i++)
		one(files.gl_pathv[i]);
	globfree(&files);
	return tap_done();
}
