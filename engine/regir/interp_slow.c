/* What handlers call when something takes longer: first calls, host calls, instance switches, bulk operations. */
#include <string.h>

#include "engine/base/err.h"
#include "engine/host_gate.h"
#include "engine/inputs.h"
#include "engine/regir/code.h"
#include "engine/regir/interp.h"
#include "engine/replace.h"
#include "engine/tier.h"

/* ---- functions ---------------------------------------------------------------------------------------------------------- */

static enum body_kind fast_kind(const struct ctx *c)
{
	return c->counting ? BODY_CHARGED : BODY_FAST;
}

/* --verify-ir: a body that is not as it must be is a bug of ours, and is not run. */
static bool body_passes(struct ctx *c, const struct body *b)
{
	struct err e = { 0 };

	if (!b || !c->store->verify_ir || regir_verify(b, &e))
		return true;
	ctx_trap(c, TRAP_HOST, "%s", e.message);
	return false;
}

const struct cell *interp_lazy_body(struct ctx *c, struct func *f)
{
	struct err e = { 0 };

	if (module_running(f->inst->module, f->index) != f->inst->module) {
		f->entry = &interp_entries[ENTRY_FORWARD];
		return f->entry;
	}
	struct body *b = code_body(f->inst->module, f->index, fast_kind(c), (enum memory_mode)f->inst->code_mode,
		tiers_fuse(c->store, f->inst->module, f->index), &e);

	if (!body_passes(c, b))
		return NULL;
	if (!b && e.code == E_LIMIT) {
		f->entry = &interp_entries[ENTRY_PLAIN_ONLY];
		return f->entry;
	}
	if (!b) {
		c->trap.kind = TRAP_STACK;
		return NULL;
	}
	const struct cell *entry = tier_entry(c, f, b);
	/* contexts that count and contexts that do not must not share entries: see ctx_start_clock() */
	f->entry = entry;
	return entry;
}

struct func *interp_forward(struct ctx *c, struct func *f)
{
	struct func *by = func_running(f);

	if (by)
		interp_enter_instance(c, by);
	else
		c->trap.kind = TRAP_STACK;
	return by;
}

const struct wcell *interp_plain_entry(struct ctx *c, struct func *f)
{
	struct err e = { 0 };
	struct body *b = code_body(f->inst->module, f->index, BODY_PLAIN, (enum memory_mode)f->inst->code_mode, true, &e);

	if (!body_passes(c, b))
		return NULL;
	if (!b) {
		c->trap.kind = TRAP_STACK;
		return NULL;
	}
	return (const struct wcell *)(const void *)b->cells;
}

enum outcome interp_host_call(struct ctx *c, struct func *f, slot *window, const struct cell *ret, slot *caller)
{
	uint32_t slots = f->type->param_slots > f->type->result_slots ? f->type->param_slots : f->type->result_slots;
	struct func *outer = c->host;

	c->pc = ret;
	c->fp = caller;
	c->at_return = true;
	if ((char *)(window + slots) > (char *)c->limit) {
		c->trap.kind = TRAP_STACK;
		return OUT_TRAP;
	}
	c->host = f;
	c->sp = window + slots;
	enum outcome o = host_gate_next(c->store->gates, c, f, window, window);
	c->host = outer;
	if (o == OUT_DONE) {
		c->at_return = false;
		for (uint32_t i = 0, s = 0; i < f->type->nresults; s += vt_slots(f->type->results[i]), i++)
			window[s] = slot_normal(f->type->results[i], window[s]);
	}
	return o;
}

void interp_enter_instance(struct ctx *c, struct func *f)
{
	if (c->inst == f->inst)
		return;
	c->inst = f->inst;
	ctx_load_memory(c);
}

unsigned interp_trap_memory(struct ctx *c, uint32_t memory, uint64_t address, uint64_t size)
{
	c->trap.kind = TRAP_MEMORY_BOUNDS;
	c->trap.memory = c->inst->memories[memory];
	c->trap.address = address;
	c->trap.size = size;
	return EXIT_TRAP;
}

/* ---- memories -------------------------------------------------------------------------------------------------------------- */

static uint64_t address(const struct memory *m, slot s)
{
	return m->is64 ? s : (uint32_t)s;
}

static uint64_t table_index(const struct table *t, slot s)
{
	return t->is64 ? s : (uint32_t)s;
}

/* Note the range for the report of a bulk operation. */
static enum trap memory_result(struct ctx *c, enum trap t, struct memory *m, uint64_t at, uint64_t size)
{
	if (t == TRAP_MEMORY_BOUNDS) {
		c->trap.memory = m;
		c->trap.address = at;
		c->trap.size = size;
	}
	return t;
}

static bool growing_refused(struct ctx *c)
{
	struct input_tap *in = c->store->inputs;

	return in && in->refuses(in->user, c);
}

/* Growing gave OLD. */
static int64_t grown(struct ctx *c, int64_t old)
{
	struct input_tap *in = c->store->inputs;

	if (in && old < 0)
		in->refused(in->user, c);
	return old;
}

enum trap slow_memory_grow(struct ctx *c, slot *w, int32_t b, int32_t memory, int32_t d, const void *ext)
{
	struct memory *m = c->inst->memories[memory];
	int64_t old = growing_refused(c) ? -1 : grown(c, memory_grow(m, address(m, w[0])));

	(void)b, (void)d, (void)ext;
	w[0] = m->is64 ? (slot)old : (uint32_t)old;
	ctx_load_memory(c);
	return TRAP_NONE;
}

/*
 * Gigabytes are filled and copied in pieces, with a look at `leave` before each: a deadline ends the operation in the
 * middle (TRAP_COUNT; run.c), since nothing will go on from there. What may go on - a debugger's interrupt - waits.
 */
enum { PIECE = 1 << 20 };

bool interp_must_end(const struct ctx *c)
{
	uint32_t why = atomic_load_explicit(&c->leave, memory_order_relaxed);

	return (why & (LEAVE_KILL | LEAVE_TIMEOUT)) != 0 || ((why & LEAVE_INTERRUPT) && !c->hooks);
}

static uint64_t piece_of(uint64_t left)
{
	return left < PIECE ? left : PIECE;
}

enum trap slow_memory_fill(struct ctx *c, slot *w, int32_t b, int32_t memory, int32_t d, const void *ext)
{
	struct memory *m = c->inst->memories[memory];
	uint64_t at = address(m, w[0]), size = address(m, w[2]);
	enum trap t = memory_range(m, at, size) ? TRAP_NONE : TRAP_MEMORY_BOUNDS;

	(void)b, (void)d, (void)ext;
	for (uint64_t done = 0, n; !t && done < size; done += n) {
		n = piece_of(size - done);
		t = done && interp_must_end(c) ? TRAP_COUNT : memory_fill(m, at + done, (uint8_t)w[1], n);
	}
	return memory_result(c, t, m, at, size);
}

/* From the end when the ranges overlap so that the beginning would be overwritten before it is read. */
static enum trap copy_pieces(struct ctx *c, struct memory *m, uint64_t to, struct memory *src, uint64_t from, uint64_t size)
{
	bool backwards = m == src && to > from;
	enum trap t = memory_range(m, to, size) && memory_range(src, from, size) ? TRAP_NONE : TRAP_MEMORY_BOUNDS;

	for (uint64_t done = 0, n; !t && done < size; done += n) {
		n = piece_of(size - done);
		uint64_t i = backwards ? size - done - n : done;
		t = done && interp_must_end(c) ? TRAP_COUNT : memory_copy(m, to + i, src, from + i, n);
	}
	return t;
}

enum trap slow_memory_copy(struct ctx *c, slot *w, int32_t b, int32_t memory, int32_t from, const void *ext)
{
	struct memory *m = c->inst->memories[memory], *src = c->inst->memories[from];
	uint64_t size = m->is64 && src->is64 ? w[2] : (uint32_t)w[2], to = address(m, w[0]), at = address(src, w[1]);
	enum trap t = copy_pieces(c, m, to, src, at, size);

	(void)b, (void)ext;
	bool dst_out = !memory_range(m, to, size);
	return memory_result(c, t, dst_out ? m : src, dst_out ? to : at, size);
}

enum trap slow_memory_init(struct ctx *c, slot *w, int32_t b, int32_t data, int32_t memory, const void *ext)
{
	struct memory *m = c->inst->memories[memory];
	uint64_t to = address(m, w[0]), size = (uint32_t)w[2];

	(void)b, (void)ext;
	return memory_result(c, memory_init(c->inst, (uint32_t)data, m, to, (uint32_t)w[1], size), m, to, size);
}

enum trap slow_data_drop(struct ctx *c, slot *w, int32_t b, int32_t data, int32_t d, const void *ext)
{
	(void)w, (void)b, (void)d, (void)ext;
	data_drop(c->inst, (uint32_t)data);
	return TRAP_NONE;
}

/* ---- tables -------------------------------------------------------------------------------------------------------------------- */

static enum trap table_result(struct ctx *c, enum trap trap, struct table *t, uint64_t at)
{
	if (trap == TRAP_TABLE_BOUNDS) {
		c->trap.table = t;
		c->trap.index = at;
	}
	return trap;
}

enum trap slow_table_get(struct ctx *c, slot *w, int32_t b, int32_t table, int32_t d, const void *ext)
{
	struct table *t = c->inst->tables[table];
	uint64_t i = table_index(t, w[0]);

	(void)b, (void)d, (void)ext;
	if (i >= t->size)
		return table_result(c, TRAP_TABLE_BOUNDS, t, i);
	w[0] = t->elems[i];
	return TRAP_NONE;
}

enum trap slow_table_set(struct ctx *c, slot *w, int32_t b, int32_t table, int32_t d, const void *ext)
{
	struct table *t = c->inst->tables[table];
	uint64_t i = table_index(t, w[0]);

	(void)b, (void)d, (void)ext;
	if (i >= t->size)
		return table_result(c, TRAP_TABLE_BOUNDS, t, i);
	t->elems[i] = w[1];
	return TRAP_NONE;
}

enum trap slow_table_size(struct ctx *c, slot *w, int32_t b, int32_t table, int32_t d, const void *ext)
{
	(void)b, (void)d, (void)ext;
	w[0] = c->inst->tables[table]->size;
	return TRAP_NONE;
}

enum trap slow_table_grow(struct ctx *c, slot *w, int32_t b, int32_t table, int32_t d, const void *ext)
{
	struct table *t = c->inst->tables[table];
	int64_t old = growing_refused(c) ? -1 : grown(c, table_grow(t, table_index(t, w[1]), w[0]));

	(void)b, (void)d, (void)ext;
	w[0] = t->is64 ? (slot)old : (uint32_t)old;
	return TRAP_NONE;
}

enum trap slow_table_fill(struct ctx *c, slot *w, int32_t b, int32_t table, int32_t d, const void *ext)
{
	struct table *t = c->inst->tables[table];
	uint64_t at = table_index(t, w[0]), size = table_index(t, w[2]);
	enum trap trap = table_fill(t, at + size, 0, 0);        /* the whole range is checked first */

	(void)b, (void)d, (void)ext;
	if (at + size < at)
		trap = TRAP_TABLE_BOUNDS;
	for (uint64_t done = 0, n; !trap && done < size; done += n) {
		n = piece_of(size - done);
		trap = done && interp_must_end(c) ? TRAP_COUNT : table_fill(t, at + done, w[1], n);
	}
	return table_result(c, trap, t, at);
}

/* In pieces, as memories are copied. */
static enum trap copy_elements(struct ctx *c, struct table *t, uint64_t to, struct table *src, uint64_t from, uint64_t size)
{
	bool backwards = t == src && to > from, wraps = to + size < to || from + size < from;
	enum trap trap = wraps ? TRAP_TABLE_BOUNDS : table_copy(t, to + size, src, from + size, 0);

	for (uint64_t done = 0, n; !trap && done < size; done += n) {
		n = piece_of(size - done);
		uint64_t i = backwards ? size - done - n : done;
		trap = done && interp_must_end(c) ? TRAP_COUNT : table_copy(t, to + i, src, from + i, n);
	}
	return trap;
}

enum trap slow_table_copy(struct ctx *c, slot *w, int32_t b, int32_t table, int32_t from, const void *ext)
{
	struct table *t = c->inst->tables[table], *src = c->inst->tables[from];
	uint64_t n = t->is64 && src->is64 ? w[2] : (uint32_t)w[2];

	(void)b, (void)ext;
	return table_result(c, copy_elements(c, t, table_index(t, w[0]), src, table_index(src, w[1]), n), t, table_index(t, w[0]));
}

enum trap slow_table_init(struct ctx *c, slot *w, int32_t b, int32_t elem, int32_t table, const void *ext)
{
	struct table *t = c->inst->tables[table];

	(void)b, (void)ext;
	return table_result(c, table_init(c->inst, (uint32_t)elem, t, table_index(t, w[0]), (uint32_t)w[1], (uint32_t)w[2]), t,
		table_index(t, w[0]));
}

enum trap slow_elem_drop(struct ctx *c, slot *w, int32_t b, int32_t elem, int32_t d, const void *ext)
{
	(void)w, (void)b, (void)d, (void)ext;
	elem_drop(c->inst, (uint32_t)elem);
	return TRAP_NONE;
}

/* ---- wide arithmetic --------------------------------------------------------------------------------------------------------------- */

typedef unsigned __int128 u128;

static u128 pair(const slot *w)
{
	return (u128)w[1] << 64 | w[0];
}

static enum trap put_pair(slot *w, u128 v)
{
	w[0] = (slot)v;
	w[1] = (slot)(v >> 64);
	return TRAP_NONE;
}

enum trap slow_add128(struct ctx *c, slot *w, int32_t b, int32_t i, int32_t d, const void *ext)
{
	(void)c, (void)b, (void)i, (void)d, (void)ext;
	return put_pair(w, pair(w) + pair(w + 2));
}

enum trap slow_sub128(struct ctx *c, slot *w, int32_t b, int32_t i, int32_t d, const void *ext)
{
	(void)c, (void)b, (void)i, (void)d, (void)ext;
	return put_pair(w, pair(w) - pair(w + 2));
}

enum trap slow_mul_wide_s(struct ctx *c, slot *w, int32_t b, int32_t i, int32_t d, const void *ext)
{
	(void)c, (void)b, (void)i, (void)d, (void)ext;
	return put_pair(w, (u128)((__int128)(int64_t)w[0] * (int64_t)w[1]));
}

enum trap slow_mul_wide_u(struct ctx *c, slot *w, int32_t b, int32_t i, int32_t d, const void *ext)
{
	(void)c, (void)b, (void)i, (void)d, (void)ext;
	return put_pair(w, (u128)w[0] * w[1]);
}
