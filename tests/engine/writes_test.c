/* Stores and bulk operations at the edge of a memory, which write all or nothing, and what the host writes. */
#include "engine/wasi/wasi.h"
#include "tests/engine/proofs.h"

/* ---- stores at the edge ---------------------------------------------------------------------------------------------------- */

static unsigned store_width(enum op op)
{
	return 1u << op_info[op].align;
}

static bool is_store(enum op op)
{
	const struct op_info *i = &op_info[op];

	if (i->lower == LOWER_STORE)
		return true;
	return i->lower == LOWER_LANE_MEM && strstr(i->text, "store") != NULL;
}

static void one_store(struct buf *b, enum op op, bool is64, const char *memarg)
{
	const struct op_info *i = &op_info[op];
	char type = i->sig[1];
	const char *value = type == 'i' ? "(i32.const -1)" : type == 'I' ? "(i64.const -1)" : type == 'f' ? "(f32.const -1)"
		: type == 'd' ? "(f64.const -1.5)" : "(v128.const i32x4 -1 -1 -1 -1)";

	buf_printf(b, " (func (export \"%s%s\") (param %s) (%s%s %s (local.get 0) %s))", i->text, memarg, is64 ? "i64" : "i32", i->text,
		memarg, i->lower == LOWER_LANE_MEM ? "0" : "", value);
}

static uint64_t untouched(const struct instance *in)
{
	for (uint64_t i = 0; i < in->memories[0]->size; i++)
		if (in->memories[0]->base[i] != 0x5a)
			return i + 1;
	return 0;
}

static void stores_in(bool no_guard, bool is64, const char *what)
{
	struct world w = world_new();
	struct buf b = { 0 };
	unsigned tried = 0, wrong = 0;

	w.st->no_guard = no_guard;
	buf_printf(&b, "(module (memory %s 1)", is64 ? "i64" : "");
	for (int op = 0; op < OP_COUNT; op++)
		if (is_store((enum op)op)) {
			one_store(&b, (enum op)op, is64, "");
			one_store(&b, (enum op)op, is64, " offset=65535");
		}
	buf_puts(&b, ")");
	struct instance *in = load_buf(&w, &b);
	memset(in->memories[0]->base, 0x5a, 65536);
	for (uint32_t i = 0; i < in->module->nexports; i++) {
		const struct export *x = &in->module->exports[i];
		bool far = memchr(x->name.p, '=', x->name.n) != NULL;
		struct str text = { x->name.p, far ? x->name.n - strlen(" offset=65535") : x->name.n };
		unsigned width = store_width(op_by_text(text.p, text.n));
		for (unsigned over = 1; over <= width; over++) {
			slot args[1] = { far ? over : 65536 - width + over };
			slot r[1];
			if (far && width == 1)
				args[0] = 1;
			for (int plain = 0; plain < 2; plain++) {
				char name[64];
				snprintf(name, sizeof name, "%.*s", (int)x->name.n, x->name.p);
				enum outcome o = plain ? run_in(&w, in, name, args, r, RUN_PLAIN) : world_call(&w, in, name, args, r);
				tried++;
				if (o != OUT_TRAP || w.c->trap.kind != TRAP_MEMORY_BOUNDS || untouched(in)) {
					if (wrong++ < 4)
						tap_note("%.*s at %llu: outcome %d, first change at %llu", (int)x->name.n, x->name.p,
							(unsigned long long)args[0], o, (unsigned long long)untouched(in));
					memset(in->memories[0]->base, 0x5a, 65536);
				}
			}
		}
	}
	CHECK(tried > 100 && wrong == 0, "%u stores across the end of a %s memory leave it unchanged", tried, what);
	world_free(&w);
}

static void test_bulk_edges(void)
{
	struct world w;
	struct instance *in = world_of(&w, "(module (memory 1) (data $d \"0123456789\")"
		" (func (export \"fill\") (memory.fill (i32.const 65530) (i32.const 1) (i32.const 7)))"
		" (func (export \"copy\") (memory.copy (i32.const 65530) (i32.const 0) (i32.const 7)))"
		" (func (export \"from\") (memory.copy (i32.const 0) (i32.const 65530) (i32.const 7)))"
		" (func (export \"init\") (memory.init $d (i32.const 65530) (i32.const 0) (i32.const 7)))"
		" (func (export \"beyond\") (memory.init $d (i32.const 0) (i32.const 5) (i32.const 6))))");
	unsigned wrong = 0;

	memset(in->memories[0]->base, 0x5a, 65536);
	for (uint32_t i = 0; i < in->module->nexports; i++) {
		slot r[1];
		enum outcome o = ctx_call(w.c, in->funcs[in->module->exports[i].index], NULL, r);
		wrong += o != OUT_TRAP || w.c->trap.kind != TRAP_MEMORY_BOUNDS || untouched(in);
	}
	CHECK(wrong == 0, "bulk operations across an end change nothing");
	world_free(&w);
}

/* ---- the host writes ------------------------------------------------------------------------------------------------------------- */

struct watched {
	uint64_t at, size;
	unsigned count;
	uint8_t before;
};

static void note_write(void *user, const struct memory *m, uint64_t at, uint64_t size, bool writes)
{
	struct watched *n = user;

	if (!writes)
		return;
	n->at = at;
	n->size = size;
	n->before = m->base[at];
	n->count++;
}

static bool resolve_wasi(void *user, const struct module *m, const struct import *i, struct extern_ref *out, struct err *e)
{
	(void)m;
	return wasi_resolve(user, i, out) || err_set(e, E_UNKNOWN_IMPORT, place_none(), "not there");
}

static void test_host_writes(void)
{
	struct world w = world_new();
	struct wasi_config config = { .stdio = { -1, -1, -1 } };
	struct wasi *wasi = wasi_new(w.st, &config, &w.e);
	struct watched seen = { 0 };
	struct mem_watch watch = { note_write, &seen };
	slot r[1] = { 0 };

	w.resolve = resolve_wasi;
	w.user = wasi;
	struct instance *in = world_load(&w, "(module (import \"wasi_snapshot_preview1\" \"random_get\" (func $r (param i32 i32) (result i32)))"
		" (import \"wasi_snapshot_preview1\" \"clock_time_get\" (func $c (param i32 i64 i32) (result i32))) (memory (export \"memory\") 1)"
		" (data (i32.const 64) \"\\77\") (data (i32.const 128) \"\\77\") (data $d \"abc\")"
		" (func (export \"random\") (result i32) (call $r (i32.const 64) (i32.const 32)))"
		" (func (export \"clock\") (result i32) (call $c (i32.const 1) (i64.const 0) (i32.const 128)))"
		" (func (export \"beyond\") (result i32) (call $r (i32.const 65530) (i32.const 32)))"
		" (func (export \"fill\") (memory.fill (i32.const 64) (i32.const 1) (i32.const 5)))"
		" (func (export \"copy\") (memory.copy (i32.const 64) (i32.const 0) (i32.const 5)))"
		" (func (export \"init\") (memory.init $d (i32.const 64) (i32.const 0) (i32.const 3))))");
	in->memories[0]->watch = &watch;
	CHECK(world_call(&w, in, "random", NULL, r) == OUT_DONE && r[0] == 0 && seen.count == 1 && seen.at == 64 && seen.size == 32 &&
		seen.before == 0x77, "a system call announces what it writes, before it writes");
	CHECK(world_call(&w, in, "clock", NULL, r) == OUT_DONE && r[0] == 0 && seen.count == 2 && seen.at == 128 && seen.size == 8 &&
		seen.before == 0x77, "another one: %u bytes at %u", (unsigned)seen.size, (unsigned)seen.at);
	CHECK(world_call(&w, in, "beyond", NULL, r) == OUT_DONE && r[0] != 0 && seen.count == 2, "one that fails announces nothing");
	unsigned before = seen.count;
	static const char *const bulk[] = { "fill", "copy", "init" };
	for (int i = 0; i < 3; i++)
		world_call(&w, in, bulk[i], NULL, r);
	CHECK(seen.count == before + 3 && seen.at == 64 && seen.size == 3, "bulk operations announce theirs");
	world_free(&w);
	wasi_free(wasi);
}

int main(void)
{
	stores_in(false, false, "guarded");
	stores_in(true, false, "checked");
	stores_in(false, true, "64-bit");
	test_bulk_edges();
	test_host_writes();
	return tap_done();
}
