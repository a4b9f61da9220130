/* The name section: every kind of name, order, duplicates, and sections that are cut short. */
#include "tests/harness/tap.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/source.h"
#include "engine/names.h"

#define HEAD "\0asm\1\0\0\0"

static struct module *load(struct engine *en, const char *names, size_t size)
{
	struct buf b = { 0 };
	struct err e = { 0 };

	buf_put(&b, HEAD "\1\6\2\x60\0\0\x5f\0", 16);
	buf_u8(&b, 0);
	buf_uleb(&b, size + 5);
	buf_put(&b, "\4name", 5);
	buf_put(&b, names, size);
	struct source *s = source_copy("n.wasm", b.data, b.size, &e);
	buf_free(&b);
	struct module *m = module_decode_take(en, s, NULL, &e);
	CHECK(m && e.code == E_NONE, "names never keep a module from loading");
	return m;
}

#define LOAD(en, text) load(en, text, sizeof(text) - 1)

static void check_all(struct engine *en)
{
	struct module *m = LOAD(en,
		"\0\3\2hi" "\1\xf\5\0\1a\3\1d\1\1b\1\1z\7\0"
		"\2\x9\1\1\2\0\1x\1\1y" "\3\6\1\1\1\0\1l" "\4\4\1\1\1t" "\x7\4\1\0\1g" "\xa\6\1\1\1\0\1f" "\x0b\4\1\0\1e"
		"\x20\2??");
	uint32_t index = 9;
	bool several;

	CHECK(str_is(m->name, "hi"), "the module's");
	CHECK(str_is(name_of(m, NAME_FUNC, 0), "a") && str_is(name_of(m, NAME_FUNC, 3), "d"),
		"functions', in any order");
	CHECK(str_is(name_of(m, NAME_FUNC, 1), "b"), "of two names the first counts");
	CHECK(name_of(m, NAME_FUNC, 7).p && name_of(m, NAME_FUNC, 7).n == 0, "an empty name is a name");
	CHECK(!name_of(m, NAME_FUNC, 2).p, "and none is none");
	CHECK(str_is(name_of_inner(m, NAME_LOCAL, 1, 1), "y") && !name_of_inner(m, NAME_LOCAL, 0, 1).p,
		"locals'");
	CHECK(str_is(name_of_inner(m, NAME_LABEL, 1, 0), "l") && str_is(name_of_inner(m, NAME_FIELD, 1, 0),
		"f"),
		"labels' and fields'");
	CHECK(str_is(name_of(m, NAME_GLOBAL, 0), "g") && str_is(name_of(m, NAME_TAG, 0), "e"),
		"globals' and tags'");
	CHECK(name_find(m, NAME_FUNC, STR("d"), &index, &several) && index == 3 && !several, "found by name");
	CHECK(!name_find(m, NAME_FUNC, STR("z"), &index, &several),
		"a second name of the same function is not");
	CHECK(!strcmp(names_problem(m), ""), "nothing is wrong with it: %s", names_problem(m));
	struct buf out = { 0 };
	module_type_name(m, m->types[1]->id, &out);
	module_type_name(m, m->types[0]->id, &out);
	CHECK(!strcmp(buf_str(&out), "$t0"), "types in messages: %s", buf_str(&out));
	buf_free(&out);
	module_free(m);
}

static void check_several(struct engine *en)
{
	struct module *m = LOAD(en, "\1\7\2\1\1f\2\1f");
	uint32_t index = 9;
	bool several;

	CHECK(name_find(m, NAME_FUNC, STR("f"), &index, &several) && index == 1 && several,
		"several of one name");
	module_free(m);
}

static void check_broken(struct engine *en)
{
	struct module *m = LOAD(en, "\1\xc\3\0\1a\1\1b\2\3\xff\xff\xff");
	struct err e = { 0 };

	CHECK(str_is(name_of(m, NAME_FUNC, 1), "b") && !name_of(m, NAME_FUNC, 2).p,
		"names before a broken one stay");
	CHECK(strstr(names_problem(m), "malformed UTF-8"), "what is wrong: %s", names_problem(m));
	CHECK(!custom_check(m, &e) && e.code == E_NAME_SECTION, "and custom_check says so");
	module_free(m);
	m = LOAD(en, "\1\x7f\1\0\1a");
	CHECK(names_problem(m)[0] && !name_of(m, NAME_FUNC, 0).p, "a subsection that is too long: %s",
		names_problem(m));
	module_free(m);
	m = LOAD(en, "\1\5\x84\x80\x80\x80\x08");
	CHECK(names_problem(m)[0] != 0, "a huge count: %s", names_problem(m));
	module_free(m);
}

static void check_none(struct engine *en)
{
	struct err e = { 0 };
	struct source *s = source_copy("n", HEAD, 8, &e);
	struct module *m = module_decode_take(en, s, NULL, &e);

	CHECK(m && m->name.n == 0 && !name_of(m, NAME_FUNC, 0).p && !names_problem(m)[0],
		"no section, no names");
	module_free(m);
}

int main(void)
{
	struct engine *en = engine_new();

	check_all(en);
	check_several(en);
	check_broken(en);
	check_none(en);
	engine_free(en);
	return tap_done();
}
