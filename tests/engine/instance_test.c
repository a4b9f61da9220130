/* Instantiation: the order of its steps, what stays when one fails, constant expressions, segments, start. */
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/source.h"
#include "engine/ctx.h"
#include "tests/harness/tap.h"

enum { TYPE_SECTION = 1, IMPORT, FUNCTION, TABLE, MEMORY, GLOBAL, EXPORT, START, ELEMENT, CODE, DATA };

/* One engine, store and context for a test; imports are found in `has`. */
struct world {
	struct engine *en;
	struct store *s;
	struct ctx *c;
	struct buf bytes;
	struct instance *has;           /* whose exports imports find, whatever module they name */
	enum outcome how;
	struct err e;
};

static void world_open(struct world *w, const struct store_limits *limits)
{
	*w = (struct world){ .en = engine_new() };
	w->s = store_new(w->en, limits);
	w->c = ctx_new(w->s, &w->e);
}

static void world_close(struct world *w)
{
	ctx_free(w->c);
	store_free(w->s);
	engine_free(w->en);
	buf_free(&w->bytes);
}

static void begin(struct world *w)
{
	buf_reset(&w->bytes);
	buf_put(&w->bytes, "\0asm\1\0\0", 8);
}

static void section(struct world *w, int id, const char *contents, size_t n)
{
	buf_u8(&w->bytes, (uint8_t)id);
	buf_uleb(&w->bytes, n);
	buf_put(&w->bytes, contents, n);
}

#define SECTION(w, id, contents) section(w, id, contents, sizeof(contents) - 1)

static bool find(void *user, const struct module *m, const struct import *i, struct extern_ref *out, struct err *e)
{
	struct world *w = user;

	return w->has && instance_export(w->has, i->name, out);
}

/* The module written since begin(); NULL: w->e or w->how. */
static struct instance *finish(struct world *w, bool start)
{
	struct features all = features_all();

	w->e = (struct err){ 0 };
	struct source *src = source_copy("test.wasm", w->bytes.data, w->bytes.size, &w->e);
	struct module *m = module_load_take(w->en, src, &all, &w->e);
	if (!m || !store_keep_module_take(w->s, m)) {
		tap_note("not loaded: %s", w->e.message);
		return NULL;
	}
	return start ? instance_new(w->s, w->c, m, find, w, &w->how, &w->e) :
		instance_new_unstarted(w->s, w->c, m, find, w, &w->how, &w->e);
}

/* types: 0 () -> (), 1 () -> i32 */
#define TYPES "\2" "\x60\0\0" "\x60\0\1\x7f"

/* A module that exports a table "t" of 4, a memory "m" of 1 page and a global "g" = 40. */
static struct instance *provider(struct world *w)
{
	begin(w);
	SECTION(w, TABLE, "\1" "\x70\0\4");
	SECTION(w, MEMORY, "\1" "\0\1");
	SECTION(w, GLOBAL, "\1" "\x7f\0\x41\x28\x0b");
	SECTION(w, EXPORT, "\3" "\1t\1\0" "\1m\2\0" "\1g\3\0");
	return w->has = finish(w, true);
}

#define IMPORTS "\3" "\1p\1t\1\x70\0\4" "\1p\1m\2\0\1" "\1p\1g\3\x7f\0"

static void test_imports(void)
{
	struct world w;
	struct extern_ref x;

	world_open(&w, NULL);
	begin(&w);
	SECTION(&w, IMPORT, IMPORTS);
	CHECK(!finish(&w, true) && w.e.code == E_UNKNOWN_IMPORT && w.how == OUT_DONE, "nothing provided: %s", w.e.message);
	CHECK(!strcmp(w.e.message, "import \"p\" \"t\" (table 4 funcref) is not provided"), "the first import is named");
	CHECK(!strcmp(w.e.file, "test.wasm") && w.s->instances.count == 0, "and nothing was made");

	struct instance *p = provider(&w), *in;
	begin(&w);
	SECTION(&w, IMPORT, IMPORTS);
	SECTION(&w, EXPORT, "\1" "\1m\2\0");
	in = finish(&w, true);
	CHECK(in && in->tables[0] == p->tables[0] && in->memories[0] == p->memories[0] && in->globals[0] == p->globals[0],
		"imports are the entities themselves");
	CHECK(in && instance_export(in, STR("m"), &x) && x.kind == EXTERN_MEMORY && x.as.memory == p->memories[0] &&
		!instance_export(in, STR("n"), &x), "they can be exported again");
	CHECK(in && in->number == 2 && in->started && in->code_mode == p->memories[0]->mode, "and the instance is complete");

	begin(&w);
	SECTION(&w, IMPORT, "\1" "\1p\1m\2\0\2");
	CHECK(!finish(&w, true) && w.e.code == E_IMPORT_TYPE && w.how == OUT_DONE, "%s", w.e.message);
	world_close(&w);
}

static void test_constants(void)
{
	struct world w;

	world_open(&w, NULL);
	provider(&w);
	begin(&w);
	SECTION(&w, TYPE_SECTION, TYPES);
	SECTION(&w, IMPORT, IMPORTS);
	SECTION(&w, FUNCTION, "\1\1");
	SECTION(&w, GLOBAL, "\x0a"
		"\x7f\0\x41\x7f\x0b"                                    /* 1: i32.const -1 */
		"\x7e\0\x42\x7f\x0b"                                    /* 2: i64.const -1 */
		"\x7f\1\x23\0\x41\2\x6a\x41\3\x6c\x0b"                  /* 3: (g + 2) * 3 */
		"\x7f\0\x41\0\x41\1\x6b\x0b"                            /* 4: 0 - 1 */
		"\x7e\0\x42\5\x42\7\x7d\x42\2\x7e\x0b"                  /* 5: (5 - 7) * 2 */
		"\x70\0\xd2\0\x0b"                                      /* 6: ref.func 0 */
		"\x6f\0\xd0\x6f\x0b"                                    /* 7: ref.null extern */
		"\x7b\0\xfd\x0c\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x0b"  /* 8: v128.const */
		"\x6e\0\x41\x7f\xfb\x1c\x0b"                            /* 9: ref.i31 -1 */
		"\x7d\0\x43\0\0\x80\xbf\x0b");                          /* 10: f32.const -1 */
	SECTION(&w, EXPORT, "\1" "\1f\0\0");
	SECTION(&w, CODE, "\1" "\4\0\x41\0\x0b");
	struct instance *in = finish(&w, true);
	if (!CHECK(in, "a module of globals %s", w.e.message)) {
		world_close(&w);
		return;
	}
	struct global **g = in->globals;
	CHECK(g[1]->value[0] == 0xffffffff && g[2]->value[0] == UINT64_MAX, "i32 is zero-extended, i64 whole");
	CHECK(g[3]->value[0] == 126 && g[3]->mut, "extended constants, imported globals");
	CHECK(g[4]->value[0] == 0xffffffff && g[5]->value[0] == (uint64_t)-4, "wrap-around in their width");
	CHECK(g[6]->value[0] == (slot)(uintptr_t)in->funcs[0] && g[7]->value[0] == 0, "references");
	CHECK(g[8]->value[0] == 0x0807060504030201 && g[8]->value[1] == 0x100f0e0d0c0b0a09, "vectors, low half first");
	CHECK(g[9]->value[0] == 0xffffffff && g[10]->value[0] == 0xbf800000, "i31 and f32 in 32 bits");
	CHECK(in->funcs[0]->inst == in && in->funcs[0]->number == 1 && in->funcs[0]->type->nresults == 1, "functions");
	world_close(&w);
}

static void test_segments(void)
{
	struct world w;

	world_open(&w, NULL);
	begin(&w);
	SECTION(&w, TYPE_SECTION, TYPES);
	SECTION(&w, FUNCTION, "\2\1\1");
	SECTION(&w, TABLE, "\2" "\x40\0\x70\0\3\xd2\0\x0b" "\x70\0\2");
	SECTION(&w, MEMORY, "\1" "\0\1");
	SECTION(&w, ELEMENT, "\4"
		"\0\x41\1\x0b\1\1"                      /* active, table 0 at 1: func 1 */
		"\1\0\2\0\1"                            /* passive: func 0, 1 */
		"\3\0\1\1"                              /* declared */
		"\6\1\x41\0\x0b\x70\2\xd2\1\x0b\xd0\x70\x0b");  /* active, table 1 at 0: ref.func 1, ref.null */
	SECTION(&w, CODE, "\2" "\4\0\x41\0\x0b" "\4\0\x41\1\x0b");
	SECTION(&w, DATA, "\2" "\0\x41\2\x0b\3abc" "\1\2pq");
	struct instance *in = finish(&w, true);
	if (!CHECK(in, "a module of segments %s", w.e.message)) {
		world_close(&w);
		return;
	}
	slot f = (slot)(uintptr_t)in->funcs[0], g = (slot)(uintptr_t)in->funcs[1];
	slot *t = in->tables[0]->elems, *u = in->tables[1]->elems;
	CHECK(t[0] == f && t[1] == g && t[2] == f, "a table's initial element, then its segment");
	CHECK(u[0] == g && u[1] == 0, "elements given as expressions");
	CHECK(in->elem_counts[0] == 0 && in->elem_counts[2] == 0 && in->elem_counts[3] == 0, "those are dropped");
	CHECK(in->elem_counts[1] == 2 && in->elem_values[1][0] == f && in->elem_values[1][1] == g, "a passive one stays");
	CHECK(!memcmp(in->memories[0]->base, "\0\0abc", 6) && in->data_sizes[0] == 0, "active data is written and dropped");
	CHECK(in->data_sizes[1] == 2 && memory_init(in, 1, in->memories[0], 0, 0, 2) == TRAP_NONE &&
		!memcmp(in->memories[0]->base, "pqabc", 5), "passive data stays");
	world_close(&w);
}

/* Active segments trap one after the other; what came before stays and works. */
static void test_failing_segments(void)
{
	struct world w;

	world_open(&w, NULL);
	struct instance *p = provider(&w);
	begin(&w);
	SECTION(&w, TYPE_SECTION, TYPES);
	SECTION(&w, IMPORT, IMPORTS);
	SECTION(&w, FUNCTION, "\1\1");
	SECTION(&w, ELEMENT, "\1" "\0\x41\3\x0b\1\0");
	SECTION(&w, CODE, "\1" "\4\0\x41\7\x0b");
	SECTION(&w, DATA, "\3" "\0\x41\0\x0b\3abc" "\0\x41\xfe\xff\3\x0b\3def" "\0\x41\1\x0b\1z");
	CHECK(!finish(&w, true) && w.how == OUT_TRAP && w.e.code == E_NONE, "data beyond the memory traps");
	CHECK(w.c->trap.kind == TRAP_MEMORY_BOUNDS && w.c->trap.memory == p->memories[0] && w.c->trap.address == 65534 &&
		w.c->trap.size == 3, "%s: %s", trap_words(w.c->trap.kind), w.c->trap.message);
	CHECK(!memcmp(p->memories[0]->base, "abc", 4) && p->memories[0]->base[65534] == 0, "earlier data stays, no more");
	struct func *f = (struct func *)(uintptr_t)p->tables[0]->elems[3];
	slot result = 0;
	CHECK(f && ctx_call(w.c, f, NULL, &result) == OUT_DONE && result == 7, "the written function can be called");

	begin(&w);
	SECTION(&w, TYPE_SECTION, TYPES);
	SECTION(&w, IMPORT, IMPORTS);
	SECTION(&w, FUNCTION, "\1\1");
	SECTION(&w, ELEMENT, "\2" "\0\x41\0\x0b\1\0" "\0\x41\3\x0b\2\0\0");
	SECTION(&w, CODE, "\1" "\4\0\x41\7\x0b");
	SECTION(&w, DATA, "\1" "\0\x41\0\x0b\3xyz");
	CHECK(!finish(&w, true) && w.how == OUT_TRAP && w.c->trap.kind == TRAP_TABLE_BOUNDS, "elements beyond the table");
	CHECK(w.c->trap.table == p->tables[0] && w.c->trap.index == 3, "%s", w.c->trap.message);
	CHECK(p->tables[0]->elems[0] && !memcmp(p->memories[0]->base, "abc", 3), "earlier elements stay, no data is written");
	world_close(&w);
}

static void test_start(void)
{
	struct world w;

	world_open(&w, NULL);
	provider(&w);
	begin(&w);
	SECTION(&w, TYPE_SECTION, TYPES);
	SECTION(&w, FUNCTION, "\1\0");
	SECTION(&w, START, "\0");
	SECTION(&w, CODE, "\1" "\2\0\x0b");
	struct instance *in = finish(&w, true);
	CHECK(in && in->started && w.how == OUT_DONE, "a start function runs");
	in = finish(&w, false);
	CHECK(in && !in->started, "or is left to the caller");

	begin(&w);
	SECTION(&w, TYPE_SECTION, TYPES);
	SECTION(&w, FUNCTION, "\1\0");
	SECTION(&w, MEMORY, "\1" "\0\1");
	SECTION(&w, START, "\0");
	SECTION(&w, CODE, "\1" "\3\0\0\x0b");
	SECTION(&w, DATA, "\1" "\0\x41\0\x0b\3abc");
	CHECK(!finish(&w, true) && w.how == OUT_TRAP && w.c->trap.kind == TRAP_UNREACHABLE, "one that traps");
	CHECK(!memcmp(vec_last(&w.s->memories)->base, "abc", 3), "comes after the data");
	world_close(&w);
}

static void test_limits(void)
{
	struct world w;
	struct store_limits limits = store_limits_default();

	limits.max_memory = 65536;
	limits.max_table_elements = 10;
	world_open(&w, &limits);
	begin(&w);
	SECTION(&w, MEMORY, "\1" "\0\2");
	CHECK(!finish(&w, true) && w.e.code == E_LIMIT && w.how == OUT_DONE, "%s", w.e.message);
	CHECK(str_starts(str_of(w.e.message), "cannot instantiate: memory 0: "), "the memory is named");
	begin(&w);
	SECTION(&w, TABLE, "\2" "\x70\0\6" "\x70\0\6");
	CHECK(!finish(&w, true) && w.e.code == E_LIMIT, "%s", w.e.message);
	CHECK(str_starts(str_of(w.e.message), "cannot instantiate: table 1: "), "the table is named");
	begin(&w);
	SECTION(&w, MEMORY, "\1" "\0\1");
	CHECK(finish(&w, true), "what fits is made");
	world_close(&w);
}

static void test_traps(void)
{
	bool named = true;

	for (int t = 0; t < TRAP_COUNT; t++) {
		const char *name = trap_name((enum trap)t);
		named &= name[0] && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name) &&
			trap_words((enum trap)t)[0] && trap_help((enum trap)t)[0];
	}
	CHECK(named && !strcmp(trap_name(TRAP_MEMORY_BOUNDS), "memory-bounds"), "every trap has a name and words");
	CHECK(!strcmp(trap_name(TRAP_UNDEFINED_ELEMENT), "undefined-element"), "long names are whole");
}

int main(void)
{
	test_imports();
	test_constants();
	test_segments();
	test_failing_segments();
	test_start();
	test_limits();
	test_traps();
	return tap_done();
}
