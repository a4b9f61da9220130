/*
 * Files that are no modules, or modules made to hurt: each gives an error with a code, words and a place, and the engine
 * goes on as before.
 */
#include <glob.h>

#include "tests/engine/guest.h"

static struct engine *en;

/* NULL, with E set, or the module. */
static struct module *load(const void *bytes, size_t n, struct err *e)
{
	struct features f = features_all();
	struct source *s;

	*e = (struct err){ 0 };
	s = source_copy("bad.wasm", bytes, n, e);
	return s ? module_load_take(en, s, &f, e) : NULL;
}

/* Refused with WORDS at OFFSET (-1: anywhere). */
static bool refused(const void *bytes, size_t n, const char *words, long offset)
{
	struct err e;
	struct module *m = load(bytes, n, &e);
	bool as_expected = !m && e.code != E_NONE && strstr(e.message, words) && e.place.kind == PLACE_OFFSET &&
		(offset < 0 || e.place.start == (uint64_t)offset) && e.place.start <= n;

	if (!as_expected)
		tap_note("%s", m ? "it was accepted" : e.message), tap_note("at %ld", (long)e.place.start);
	module_free(m);
	return as_expected;
}

#define REFUSED(literal, words, offset) refused(literal, sizeof(literal) - 1, words, offset)

static bool refused_buf(struct buf *b, const char *words)
{
	bool ok = refused(b->data, b->size, words, -1);

	buf_free(b);
	return ok;
}

static void put_section(struct buf *b, uint8_t id, struct buf *contents)
{
	buf_u8(b, id);
	buf_uleb(b, contents->size);
	buf_put(b, contents->data, contents->size);
	buf_free(contents);
}

/* A module with one function without parameters and this body. */
static void put_function(struct buf *b, struct buf *body)
{
	struct buf code = { 0 };

	buf_put(b, "\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0", 18);
	buf_uleb(&code, 1);
	buf_uleb(&code, body->size);
	buf_put(&code, body->data, body->size);
	buf_free(body);
	put_section(b, 10, &code);
}

static void test_headers(void)
{
	CHECK(REFUSED("", "", 0), "an empty file");
	CHECK(REFUSED("\0as", "", -1), "half a magic number");
	CHECK(REFUSED("\x7f" "ELF\2\1\1\0", "not WebAssembly", 0), "another kind of file");
	CHECK(REFUSED("\0asm\2\0\0\0", "version", 4), "another version");
	CHECK(REFUSED("\0asm\x0d\0\1\0", "component", -1), "a component");
	CHECK(REFUSED("\0asm\1\0\0\0\x0f\0", "section", 8), "an unknown section");
}

static void test_files(void)
{
	struct err e = { 0 };

	CHECK(!source_read("/", &e) && e.code != E_NONE && strstr(e.message, "directory"), "a directory: %s", e.message);
	e = (struct err){ 0 };
	CHECK(!source_read("there-is-no-such-file.wasm", &e) && e.code != E_NONE, "no file: %s", e.message);
	e = (struct err){ 0 };
	CHECK(!source_read("", &e) && e.code != E_NONE, "no name: %s", e.message);
}

/* Four gigabytes wherever a length or a count stands. */
static void test_lengths(void)
{
	CHECK(REFUSED("\0asm\1\0\0\0\1\xff\xff\xff\xff\x0f", "", -1), "a section of 4 GiB");
	CHECK(REFUSED("\0asm\1\0\0\0\1\5\xff\xff\xff\xff\x0f", "", -1), "4 Gi types");
	CHECK(REFUSED("\0asm\1\0\0\0\1\7\1\x60\xff\xff\xff\xff\x0f", "", -1), "4 Gi parameters");
	CHECK(REFUSED("\0asm\1\0\0\0\2\x06\1\xff\xff\xff\xff\x0f", "", -1), "a name of 4 GiB");
	CHECK(REFUSED("\0asm\1\0\0\0\0\5\xff\xff\xff\xff\x0f", "", -1), "a custom section with such a name");
	CHECK(REFUSED("\0asm\1\0\0\0\x0b\x06\1\1\xff\xff\xff\xff\x0f", "", -1), "a data segment of 4 GiB");
	CHECK(REFUSED("\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0\x0a\x06\1\xff\xff\xff\xff\x0f", "", -1), "a body of 4 GiB");
	CHECK(REFUSED("\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0\x0a\x0a\1\x08\1\xff\xff\xff\xff\x0f\x7f\x0b", "locals", -1), "4 Gi locals");
	CHECK(REFUSED("\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0\x0a\x0b\1\x09\0\x41\0\x0e\xff\xff\xff\xff\x0f", "", -1), "a br_table of 4 Gi labels");
	CHECK(REFUSED("\0asm\1\0\0\0\1\x80\x80\x80\x80\x80\0", "", -1), "a number that does not end in time");
}

static void test_deep(void)
{
	struct buf b = { 0 }, body = { 0 };
	struct err e;

	buf_u8(&body, 0);
	for (int i = 0; i < 100000; i++)
		buf_put(&body, "\2\x40", 2);
	put_function(&b, &body);
	CHECK(refused_buf(&b, ""), "100,000 blocks that do not end");
	buf_u8(&body, 0);
	for (int i = 0; i < 100000; i++)
		buf_put(&body, "\2\x40", 2);
	buf_fill(&body, 0x0b, 100001);
	put_function(&b, &body);
	struct module *m = load(b.data, b.size, &e);
	CHECK(m && bodies_verify(m), "and that do: %s", e.message);
	module_free(m);
	buf_free(&b);
	buf_u8(&body, 0);
	for (int i = 0; i < 1000001; i++)
		buf_put(&body, "\2\x40", 2);
	buf_fill(&body, 0x0b, 1000002);
	put_function(&b, &body);
	CHECK(refused_buf(&b, ""), "more than a million");
	buf_put(&body, "\1", 1);
	buf_uleb(&body, 50000);
	buf_put(&body, "\x7b\x0b", 2);
	put_function(&b, &body);
	m = load(b.data, b.size, &e);
	CHECK(m && bodies_verify(m), "50,000 locals: %s", e.message);
	module_free(m);
	buf_free(&b);
}

/* Groups whose members refer to one another, again and again; supertypes in long chains. */
static void test_types(void)
{
	struct buf b = { 0 }, types = { 0 };
	struct err e;
	enum { N = 2000 };

	buf_put(&b, "\0asm\1\0\0\0", 8);
	buf_uleb(&types, 20);
	for (int g = 0; g < 20; g++) {
		buf_u8(&types, 0x4e);
		buf_uleb(&types, N);
		for (int i = 0; i < N; i++) {
			buf_put(&types, "\x5f\2\x63", 3);
			buf_sleb(&types, g * N + (i + 1) % N);
			buf_put(&types, "\0\x63", 2);
			buf_sleb(&types, g * N + (i * 7) % N);
			buf_u8(&types, 1);
		}
	}
	put_section(&b, 1, &types);
	struct module *m = load(b.data, b.size, &e);
	CHECK(m && m->types[0]->id == m->types[N]->id, "large recursive groups, all the same: %s", e.message);
	module_free(m);
	buf_free(&b);

	buf_put(&b, "\0asm\1\0\0\0", 8);
	buf_uleb(&types, 70);
	buf_put(&types, "\x50\0\x5f\0", 4);
	for (int i = 1; i < 70; i++) {
		buf_put(&types, "\x50\1", 2);
		buf_uleb(&types, (uint64_t)i - 1);
		buf_put(&types, "\x5f\0", 2);
	}
	put_section(&b, 1, &types);
	CHECK(refused_buf(&b, ""), "a chain of 70 supertypes");
	CHECK(REFUSED("\0asm\1\0\0\0\1\x06\1\x50\1\0\x5f\0", "", -1), "a type below itself");
	CHECK(REFUSED("\0asm\1\0\0\0\1\x06\1\x5f\1\x63\5\0", "", -1), "a field of a type that is not there");

	/* each struct twice in the next: exponential when walked as a tree */
	buf_put(&b, "\0asm\1\0\0\0", 8);
	buf_uleb(&types, 200);
	buf_put(&types, "\x5f\0", 2);
	for (int i = 1; i < 200; i++) {
		buf_put(&types, "\x5f\2\x63", 3);
		buf_sleb(&types, i - 1);
		buf_put(&types, "\0\x63", 2);
		buf_sleb(&types, i - 1);
		buf_u8(&types, 0);
	}
	put_section(&b, 1, &types);
	m = load(b.data, b.size, &e);
	CHECK(m != NULL, "types that double at each level: %s", e.message);
	module_free(m);
	buf_free(&b);
}

static bool printable(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 && *s != '\n')
			return false;
	return true;
}

static void test_names(void)
{
	struct world w = world_new();
	struct module *m = world_module(&w, "(module (import \"a\\1b[31m\\07\" \"b\\0d\\0ac\" (func $\"x\\1b\" (param i32)))"
		" (func $\"evil\\1b]0;title\\07\" (export \"\\1b[2J\") (call 0 (i32.const 1))))");
	struct buf b = { 0 };

	CHECK(m && !world_instance(&w, m) && w.e.code == E_UNKNOWN_IMPORT, "a missing import is an error");
	err_print(&w.e, NULL, &b);
	CHECK(strstr(buf_str(&b), "a\\") && printable(buf_str(&b)), "  whose words have no control characters");
	buf_reset(&b);
	for (uint32_t i = 0; m && i < m->nfuncs; i++)
		module_func_label(m, i, &b);
	CHECK(b.size && printable(buf_str(&b)), "  nor have names of functions");
	buf_free(&b);
	struct instance *in = world_load(&w, "(module (func (export \"f\") (result i32) (i32.const 3)))");
	slot r[1];
	CHECK(world_call(&w, in, "f", NULL, r) == OUT_DONE && r[0] == 3, "  and the store goes on");
	world_free(&w);
	CHECK(REFUSED("\0asm\1\0\0\0\0\3\2\xff\xfe", "UTF-8", -1), "a name that is not UTF-8");
}

/* Every prefix of a module, and each with one byte changed. */
static void test_damaged(void)
{
	glob_t files;
	unsigned cut = 0, changed = 0, silent = 0;
	uint32_t random = 12345;

	if (glob("tests/fuzz/corpus/*.wat", 0, NULL, &files) != 0) {
		CHECK(false, "the corpus is there");
		return;
	}
	for (size_t i = 0; i < files.gl_pathc; i++) {
		struct features f = features_all();
		struct err e = { 0 };
		struct source *s = source_read(files.gl_pathv[i], &e);
		struct text_map *map = NULL;
		struct buf b = { 0 };
		if (!wat_encode(s, &f, &b, &map, &e))
			world_note(&e);
		for (size_t n = 0; n < b.size; n++, cut++) {
			struct module *m = load(b.data, n, &e);
			silent += !m && (e.code == E_NONE || !e.message[0] || e.place.kind != PLACE_OFFSET || e.place.start > n);
			module_free(m);
		}
		for (size_t n = 0; n < b.size; n++, changed++) {
			random = random * 1664525 + 1013904223;
			char old = b.data[n];
			b.data[n] = (char)(random >> 24);
			struct module *m = load(b.data, b.size, &e);
			silent += !m && (e.code == E_NONE || !e.message[0] || e.place.kind != PLACE_OFFSET || e.place.start > b.size);
			module_free(m);
			b.data[n] = old;
		}
		text_map_free(map);
		buf_free(&b);
		source_free(s);
	}
	globfree(&files);
	CHECK(cut > 2000 && silent == 0, "%u truncated and %u changed modules: an error with its place, or a module", cut, changed);
}

static void test_random(void)
{
	uint32_t random = 99;
	uint8_t bytes[256];
	unsigned bad = 0;
	struct err e;

	for (int i = 0; i < 20000; i++) {
		size_t n = 8 + random % 200;
		for (size_t k = 0; k < n; k++) {
			random = random * 1664525 + 1013904223;
			bytes[k] = (uint8_t)(random >> 24);
		}
		if (i % 2)
			memcpy(bytes, "\0asm\1\0\0\0", 8);
		struct module *m = load(bytes, n, &e);
		bad += !m && (e.code == E_NONE || e.place.kind != PLACE_OFFSET);
		module_free(m);
	}
	CHECK(bad == 0, "20,000 times random bytes: an error with its place");
}

int main(void)
{
	en = engine_new();
	test_headers();
	test_files();
	test_lengths();
	test_deep();
	test_types();
	test_names();
	test_damaged();
	test_random();
	engine_free(en);
	return tap_done();
}
