/*
 * Recording instructions: what the probe tells before and after them. What an instruction reads or writes is asked before
 * it, when its operands are there; the event is made after it, when it has not trapped and the memory holds what it wrote.
 */
#include <string.h>

#include "engine/gc/gc.h"
#include "engine/regir/code.h"
#include "trace/trace.h"

/* ---- which instructions are needed ---------------------------------------------------------------------------------------- */

static bool branches(enum op op)
{
	switch (op) {
	case OP_BR: case OP_BR_IF: case OP_BR_TABLE: case OP_IF: case OP_BR_ON_NULL: case OP_BR_ON_NON_NULL: case OP_BR_ON_CAST:
	case OP_BR_ON_CAST_FAIL:
		return true;
	default:
		return false;
	}
}

static bool allocates(enum op op)
{
	switch (op) {
	case OP_STRUCT_NEW: case OP_STRUCT_NEW_DEFAULT: case OP_ARRAY_NEW: case OP_ARRAY_NEW_DEFAULT: case OP_ARRAY_NEW_FIXED:
	case OP_ARRAY_NEW_DATA: case OP_ARRAY_NEW_ELEM:
		return true;
	default:
		return false;
	}
}

static bool throws(enum op op)
{
	return op == OP_THROW || op == OP_THROW_REF || op == OP_RETHROW;
}

bool record_needs(uint32_t kinds, bool counts, enum op op)
{
	return counts || (kinds >> TK_EXEC & 1)
		|| (kinds >> TK_MEM & 1 && (effect_possible(op, EFFECT_MEMORY, false) || effect_possible(op, EFFECT_GROW, true)))
		|| (kinds >> TK_BRANCH & 1 && branches(op)) || (kinds >> TK_GC & 1 && allocates(op))
		|| (kinds >> TK_TRAP & 1 && throws(op));
}

/* ---- operands that exec shows --------------------------------------------------------------------------------------------- */

/* Fields of a cell in the order in which their values lie on the stack. */
void record_operands_init(struct trace *t)
{
	for (unsigned ir = 0; ir < R_COUNT; ir++) {
		const char *format = regir_info((enum regir)ir).format;
		bool store = format[0] == 'S' && format[1] == 'S';
		int n = 0;
		t->operands[ir][0] = t->operands[ir][1] = -1;
		for (int i = 0; i < 4 && format[i] && n < 2 && format[i] != 'K' && format[0] != 'h' && format[0] != 'w'; i++)
			if (format[i] == 'S')
				t->operands[ir][n++] = (int8_t)(store ? 1 - i : i);
	}
}

static uint64_t field_value(const struct probe_at *at, int field)
{
	const struct wcell *w = at->cell;
	int32_t slot_at = field == 0 ? w->a : field == 1 ? w->b : field == 2 ? w->c : w->d;

	return *(const slot *)(const void *)((const char *)at->fp + slot_at);
}

static void record_exec(struct trace *t, struct trace_thread *th, struct ctx *c, const struct probe_at *at, uint32_t place)
{
	struct trace_event e = trace_event_at(th, c, TE_EXEC, place);
	const int8_t *fields = t->operands[at->ir];
	uint64_t values[2] = { 0 };

	for (int i = 0; i < 2 && fields[i] >= 0; i++)
		values[i] = field_value(at, fields[i]);
	trace_put(t, &e, values, 2);
}

/* ---- branches ---------------------------------------------------------------------------------------------------------------- */

static uint32_t offset_behind(const struct probe_at *at, int32_t displacement)
{
	return ((const struct wcell *)(const void *)((const char *)at->cell + displacement))->offset;
}

/* Where it goes if it is taken; *TAKEN, and the number that decided. */
static uint32_t branch_target(struct ctx *c, enum op op, const struct probe_at *at, bool *taken, uint64_t *number)
{
	const struct wcell *w = at->cell;
	slot s = op == OP_BR ? 0 : *(const slot *)(const void *)((const char *)at->fp + w->b);

	*number = (uint32_t)s;
	if (op == OP_BR_TABLE) {
		uint32_t i = (uint32_t)s < (uint32_t)w->c ? (uint32_t)s : (uint32_t)w->c;
		*taken = true;
		return offset_behind(at, ((const int32_t *)(const void *)(w + 1))[2 * (size_t)i]);
	}
	if (op == OP_BR_ON_CAST || op == OP_BR_ON_CAST_FAIL) {
		const struct cast_ext *x = (const struct cast_ext *)(const void *)(w + 1);
		*taken = ref_is(c, s, x->heap, x->nullable) != x->negate;
		*number = *taken;
	} else if (op == OP_BR_ON_NULL || op == OP_BR_ON_NON_NULL) {
		*taken = (s == 0) == (op == OP_BR_ON_NULL);
		*number = *taken;
	} else {
		*taken = op == OP_BR || (uint32_t)s != 0;
	}
	/* the cell of `if` jumps to the else */
	return op == OP_IF && *taken ? (w + 1)->offset : offset_behind(at, w->c);
}

static void record_branch(struct trace *t, struct trace_thread *th, struct ctx *c, enum op op, const struct probe_at *at,
	uint32_t place)
{
	uint64_t words[2];
	bool taken;

	words[0] = branch_target(c, op, at, &taken, &words[1]);
	struct trace_event e = trace_event_at(th, c, taken ? TE_TAKEN : TE_PASSED, place);
	trace_put(t, &e, words, 2);
}

/* ---- before ------------------------------------------------------------------------------------------------------------------ */

static void record_throw(struct trace *t, struct trace_thread *th, struct ctx *c, enum op op, const struct probe_at *at,
	uint32_t place)
{
	struct trace_event e = trace_event_at(th, c, TE_THROW, place);
	uint64_t tag = op == OP_THROW ? (uint32_t)at->cell->c : UINT64_MAX;

	trace_put(t, &e, &tag, 1);
}

static uint32_t place_of(struct trace *t, struct ctx *c, const struct probe_at *at)
{
	const struct body *b = probe_body(c, at);
	const struct func *f = probe_func(c, at);

	if (b == t->last.body && f == t->last.func && b)
		return t->last.first + (uint32_t)(((const char *)at->cell - b->cells) / (ptrdiff_t)sizeof *at->cell);
	uint32_t place = b && f ? places_cell(&t->places, f, b, at->cell) : NO_PLACE;
	if (place != NO_PLACE)
		t->last = (struct trace_func_cache){ b, f, t->places.funcs.data[places_func(&t->places, f)].first };
	return place;
}

static void count(struct trace *t, uint32_t place)
{
	if (place >= t->counts.count) {
		if (!vec_reserve(&t->counts, t->places.all.count))
			return;
		memset(t->counts.data + t->counts.count, 0, (t->places.all.count - t->counts.count) * sizeof *t->counts.data);
		t->counts.count = t->places.all.count;
	}
	t->counts.data[place]++;
}

static void before_memory(struct trace_thread *th, struct ctx *c, const struct probe_at *at)
{
	th->neffects = effects_of(c, at, th->effects);
	if (th->neffects && th->effects[0].kind == EFFECT_GROW)
		th->pages = th->effects[0].memory->pages;
}

bool record_before(void *user, struct ctx *c, const struct probe_at *at)
{
	struct trace *t = user;

	if (trace_is_quiet(t))
		return false;
	bool locked = trace_lock(t);
	uint32_t place = place_of(t, c, at);
	struct trace_thread *th = trace_thread(t, c);

	if (place != NO_PLACE && th) {
		enum op op = (enum op)t->places.all.data[place].op;
		if (t->counting)
			count(t, place);
		if (trace_wants(t, TK_EXEC))
			record_exec(t, th, c, at, place);
		if (trace_wants(t, TK_BRANCH) && branches(op))
			record_branch(t, th, c, op, at, place);
		if (trace_wants(t, TK_TRAP) && throws(op))
			record_throw(t, th, c, op, at, place);
		th->place = place;
		th->cell = at->cell;
		th->neffects = 0;
		if (trace_wants(t, TK_MEM) && op != OP_NONE)
			before_memory(th, c, at);
		if (trace_wants(t, TK_GC) && allocates(op))
			th->collections = gc_stats(c->store).collections;
	}
	trace_unlock(t, locked);
	return false;
}

/* ---- after -------------------------------------------------------------------------------------------------------------------- */

/* The clock stands behind the instruction already. */
static struct trace_event event_of(const struct trace_thread *th, const struct ctx *c, enum trace_event_id id, uint32_t place)
{
	struct trace_event e = trace_event_at(th, c, id, place);

	e.step -= e.step > 0;
	return e;
}

/* One access: the bytes as they lie in memory now. */
static void record_access(struct trace *t, struct trace_thread *th, struct ctx *c, const struct effect *x, uint32_t place)
{
	struct trace_event e = event_of(th, c, x->writes ? TE_STORE : TE_LOAD, place);
	uint64_t words[3] = { x->at };

	if (x->size > 16 || !memory_range(x->memory, x->at, x->size))
		return;
	memcpy(&words[1], x->memory->base + x->at, x->size);
	trace_put(t, &e, words, x->size > 8 ? 3 : 2);
}

static void record_effect(struct trace *t, struct trace_thread *th, struct ctx *c, const struct effect *x, uint32_t place)
{
	enum op op = (enum op)t->places.all.data[place].op;
	bool bulk = op == OP_MEMORY_FILL || op == OP_MEMORY_COPY || op == OP_MEMORY_INIT;

	if (x->kind == EFFECT_MEMORY && !bulk) {
		record_access(t, th, c, x, place);
	} else if (x->kind == EFFECT_MEMORY) {
		struct trace_event e = event_of(th, c, x->writes ? TE_WRITE : TE_READ, place);
		trace_put(t, &e, (uint64_t[]){ x->at, x->size }, 2);
	} else if (x->kind == EFFECT_GROW) {
		struct trace_event e = event_of(th, c, TE_GROW, place);
		trace_put(t, &e, (uint64_t[]){ th->pages, x->memory->pages }, 2);
	}
}

static void record_new(struct trace *t, struct trace_thread *th, struct ctx *c, const struct probe_at *at, uint32_t place)
{
	struct gc_stats stats = gc_stats(c->store);
	slot ref = *(const slot *)(const void *)((const char *)at->fp + at->cell->a);

	if (stats.collections != th->collections) {
		struct trace_event e = event_of(th, c, TE_COLLECT, place);
		trace_put(t, &e, (uint64_t[]){ stats.collections, stats.bytes }, 2);
	}
	struct trace_event e = event_of(th, c, TE_NEW, place);
	trace_put(t, &e, (uint64_t[]){ gc_object_number(c->store, ref), gc_object_bytes(c->store, ref) }, 2);
}

bool record_after(void *user, struct ctx *c, const struct probe_at *at)
{
	struct trace *t = user;

	if (trace_is_quiet(t))
		return false;
	bool locked = trace_lock(t);
	struct trace_thread *th = trace_thread(t, c);

	if (th && th->cell == at->cell) {
		uint32_t place = th->place;
		for (unsigned i = 0; i < th->neffects; i++)
			record_effect(t, th, c, &th->effects[i], place);
		th->neffects = 0;
		if (trace_wants(t, TK_GC) && allocates((enum op)t->places.all.data[place].op))
			record_new(t, th, c, at, place);
	}
	trace_unlock(t, locked);
	return false;
}
