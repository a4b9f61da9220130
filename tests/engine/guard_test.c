/* Guarded cells: everything that accesses has a guard; fast bodies go on running, and leave for what is looked at. That
 * nothing is missed is checked by tests/fuzz/compare.h ("guarded") over the corpus. */
#include "engine/effect.h"
#include "engine/regir/guard.h"
#include "engine/regir/interp.h"
#include "tests/engine/guest.h"

/* ---- the tables ------------------------------------------------------------------------------------------------ */

static bool accesses(enum regir op)
{
	if (op < (enum regir)OP_COUNT)
		return effect_possible((enum op)op, EFFECT_MEMORY, false) || effect_possible((enum op)op, EFFECT_GLOBAL, true);
	struct regir_info info = regir_info(op);
	bool memory = strstr(info.text, ".load") || strstr(info.text, ".store");
	return memory || strchr(info.format, 'o') || strchr(info.format, 'm') || strcmp(info.text, "global.set") == 0;
}

static void tables(void)
{
	unsigned without = 0, both = 0;

	for (unsigned op = 0; op < R_COUNT; op++) {
		bool runs = interp_fast_table[op] != interp_fast_table[R_LAZY];        /* in fast bodies at all */
		if (runs && accesses((enum regir)op) && !guard_kind((enum regir)op)) {
			without++;
			tap_note("no guard: %s (%s)", regir_info((enum regir)op).text, regir_info((enum regir)op).format);
		}
		both += interp_write_guards[op] && interp_read_guards[op];
	}
	CHECK(without == 0, "every form of an access has a guard");
	CHECK(both == 0, "of one kind");
}

/* ---- running ------------------------------------------------------------------------------------------------------ */

static const char loop[] =
	"(module (memory 1) (global $g (mut i32) (i32.const 0)) (global $h (mut i32) (i32.const 0))"
	"  (func (export \"run\") (param $n i32) (local $i i32)"
	"    (loop $l"
	"      (i32.store (i32.const 128) (local.get $i))"
	"      (i32.store (i32.const 192) (i32.load (i32.const 128)))"
	"      (global.set $g (local.get $i))"
	"      (if (i32.eqz (i32.rem_u (local.get $i) (i32.const 4000)))"
	"        (then (i64.store (i32.const 1024) (i64.const 1)) (global.set $h (local.get $i))))"
	"      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))))";

struct looker {
	struct probe probe;
	struct probe_filter filter;
	uint64_t from, to;              /* of memory */
	unsigned told, exact;           /* before an instruction; about what is looked at */
	const struct global *global;
};

static bool before(void *user, struct ctx *c, const struct probe_at *at)
{
	struct looker *l = user;
	struct effect e[EFFECTS_MAX];

	l->told++;
	for (unsigned i = 0, n = effects_of(c, at, e); i < n; i++)
		if ((e[i].kind == EFFECT_MEMORY && e[i].at < l->to && e[i].at + e[i].size > l->from) ||
				(e[i].kind == EFFECT_GLOBAL && e[i].global == l->global)) {
			l->exact++;
			probe_ask_after(c);
		}
	return false;
}

static bool touches(void *user, const struct memory *m, uint64_t at, uint64_t size)
{
	const struct looker *l = user;

	return at < l->to && at + size > l->from;
}

static void want(struct looker *l, enum effect_kind kind, bool writes)
{
	for (unsigned op = 0; op < OP_COUNT; op++)
		if (effect_possible((enum op)op, kind, writes))
			probe_want(&l->probe, (enum op)op);
}

static struct looker looker(uint64_t from, uint64_t to)
{
	struct looker l = { .probe = { .before = before }, .filter = { .touches = touches }, .from = from, .to = to };

	if (to > from)
		filter_add(&l.filter, from, to - from);
	return l;
}

static void run(struct world *w, struct instance *in, struct looker *l)
{
	slot args[1] = { 20000 };

	l->probe.user = l->filter.user = l;
	l->probe.filter = &l->filter;
	l->told = l->exact = 0;
	store_add_probe(w->st, &l->probe);
	ctx_start_clock(w->c);
	world_call(w, in, "run", args, args);
	store_remove_probe(w->st, &l->probe);
}

static void looking(struct world *w, struct instance *in)
{
	struct looker l = looker(4000, 4004);

	ctx_start_clock(w->c);
	slot args[1] = { 20000 };
	world_call(w, in, "run", args, args);
	uint64_t clock = ctx_clock(w->c);

	want(&l, EFFECT_MEMORY, true);
	run(w, in, &l);
	CHECK(l.told == 0 && ctx_clock(w->c) == clock, "what is not written is told of to nobody; the clock is the same");
	l = looker(196, 200);
	want(&l, EFFECT_MEMORY, true);
	run(w, in, &l);
	CHECK(l.told == 0, "nor is a neighbour");
	l = looker(1028, 1029);
	want(&l, EFFECT_MEMORY, true);
	run(w, in, &l);
	CHECK(l.exact == 5 && ctx_clock(w->c) == clock, "five writes are told of, %u", l.exact);
	CHECK(l.told >= 5 && l.told < 30000, "fast bodies run again after a while (told of %u)", l.told);
	l = looker(192, 193);
	want(&l, EFFECT_MEMORY, true);
	run(w, in, &l);
	CHECK(l.exact == 20000 && ctx_clock(w->c) == clock, "each of 20000 writes is told of");
	l = looker(128, 129);
	want(&l, EFFECT_MEMORY, false);
	run(w, in, &l);
	CHECK(l.exact == 40000, "and reads");
	l = looker(0, 0);
	l.global = in->globals[1];
	filter_add(&l.filter, filter_global(l.global), 1);
	want(&l, EFFECT_GLOBAL, true);
	run(w, in, &l);
	CHECK(l.exact == 5 && l.told < 30000, "a global's writes are");
}

/* ---- what else there is --------------------------------------------------------------------------------------------- */

static bool any_guard(const struct module *m)
{
	struct err e = { 0 };
	bool any = false;

	for (int kind = BODY_FAST; kind <= BODY_CHARGED; kind++) {
		struct body *b = code_body(m, m->nfuncs - 1, (enum body_kind)kind, MEMORY_GUARDED, true, &e);
		for (uint32_t at = 0; b && at < b->size; at += code_cell_size(b, at)) {
			enum regir op = code_op(b, at);
			uint32_t word = code_original(b, at);
			any |= word == (uint32_t)(uintptr_t)interp_write_guards[op] || word == (uint32_t)(uintptr_t)interp_read_guards[op];
		}
	}
	return any;
}

static void who_is_guarded(struct world *w, struct instance *in)
{
	struct looker l = looker(64, 68), locals = looker(64, 68);
	struct probe other = { .before = before, .user = &l };
	struct err e = { 0 };

	want(&l, EFFECT_MEMORY, true);
	l.probe.user = l.filter.user = &l;
	l.probe.filter = &l.filter;
	CHECK(!any_guard(in->module), "without probes no cell is guarded");
	store_add_probe(w->st, &l.probe);
	CHECK(any_guard(in->module), "with one that has a filter they are");
	struct instance *late = world_load(w, "(module (memory 1) (func (export \"f\") (i32.store (i32.const 8) (i32.const 1))))");
	CHECK(late && any_guard(late->module), "those of an instance that comes later, too");
	probe_want(&other, OP_NOP);
	store_add_probe(w->st, &other);
	CHECK(!any_guard(in->module), "beside one without a filter they are not: plain bodies run");
	store_remove_probe(w->st, &other);
	struct body *b = code_body(in->module, in->module->nfuncs - 1, BODY_FAST, MEMORY_GUARDED, true, &e);
	uint32_t at = 0;
	while (at < b->size && guard_kind(code_op(b, at)) != GUARD_WRITES)
		at += code_cell_size(b, at);
	enum regir op = code_op(b, at);
	code_patch(b, at, &e);
	store_remove_probe(w->st, &l.probe);
	CHECK(!any_guard(in->module) && code_op(b, at) == op, "guards are taken away beneath a break cell");
	code_unpatch(b, at);
	CHECK(!any_guard(in->module), "and what it hid is the usual handler");

	want(&locals, EFFECT_LOCAL, true);
	locals.probe.filter = &locals.filter;
	locals.probe.user = locals.filter.user = &locals;
	store_add_probe(w->st, &locals.probe);
	CHECK(!any_guard(in->module) && w->st->probes->filter == NULL, "writes of locals have no guards: plain bodies run");
	store_remove_probe(w->st, &locals.probe);
}

/* The code is the module's: contexts of another store are not looked at. */
static void two_stores(struct world *w, struct instance *in)
{
	struct store *other = store_new(w->en, NULL);
	struct err e = { 0 };
	struct ctx *c = ctx_new(other, &e);
	enum outcome how = OUT_DONE;
	struct instance *there = instance_new(other, c, in->module, NULL, NULL, &how, &e);
	struct looker l = looker(128, 132);
	slot args[1] = { 5000 };

	want(&l, EFFECT_MEMORY, true);
	l.probe.user = l.filter.user = &l;
	l.probe.filter = &l.filter;
	store_add_probe(w->st, &l.probe);
	CHECK(ctx_call(c, world_func(there, "run"), args, args) == OUT_DONE && l.told == 0, "another store's accesses are told of to nobody");
	ctx_free(c);
	store_free(other);
	CHECK(any_guard(in->module), "and its end takes no guards away");
	args[0] = 3;
	world_call(w, in, "run", args, args);
	CHECK(l.exact == 3, "this one's are still told of");
	store_remove_probe(w->st, &l.probe);
}

int main(void)
{
	struct world w;
	struct instance *in = world_of(&w, loop);

	tables();
	looking(&w, in);
	who_is_guarded(&w, in);
	two_stores(&w, in);
	world_free(&w);
	return tap_done();
}
