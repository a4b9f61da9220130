/* Effects of instructions, read from plain cells and their operands; see effect.h. */
#include "engine/effect.h"


#include "engine/ctx.h"
#include "engine/regir/code.h"

/* ---- what an instruction can do at all -------------------------------------------------------------------------------- */

enum { READS = 1, WRITES = 2, BOTH = 3 };

static unsigned atomic_ways(enum op op)
{
	const struct op_info *info = &op_info[op];

	if (op == OP_MEMORY_ATOMIC_NOTIFY || op == OP_ATOMIC_FENCE)
		return 0;
	if (op == OP_MEMORY_ATOMIC_WAIT32 || op == OP_MEMORY_ATOMIC_WAIT64 || info->nparams == 1)
		return READS;
	return info->nresults ? BOTH : WRITES;
}

static unsigned memory_ways(enum op op)
{
	switch ((enum lower)op_info[op].lower) {
	case LOWER_LOAD:
		return READS;
	case LOWER_STORE:
		return WRITES;
	case LOWER_LANE_MEM:
		return op_info[op].nresults ? READS : WRITES;
	case LOWER_ATOMIC:
		return atomic_ways(op);
	default:
		break;
	}
	return op == OP_MEMORY_COPY ? BOTH : op == OP_MEMORY_FILL || op == OP_MEMORY_INIT ? WRITES : 0;
}

static unsigned table_ways(enum op op)
{
	switch (op) {
	case OP_TABLE_GET: case OP_CALL_INDIRECT: case OP_RETURN_CALL_INDIRECT:
		return READS;
	case OP_TABLE_SET: case OP_TABLE_FILL: case OP_TABLE_INIT:
		return WRITES;
	case OP_TABLE_COPY:
		return BOTH;
	default:
		return 0;
	}
}

static unsigned object_ways(enum op op)
{
	switch (op) {
	case OP_STRUCT_GET: case OP_STRUCT_GET_S: case OP_STRUCT_GET_U: case OP_ARRAY_GET: case OP_ARRAY_GET_S:
	case OP_ARRAY_GET_U:
		return READS;
	case OP_STRUCT_SET: case OP_ARRAY_SET: case OP_ARRAY_FILL: case OP_ARRAY_INIT_DATA: case OP_ARRAY_INIT_ELEM:
		return WRITES;
	case OP_ARRAY_COPY:
		return BOTH;
	default:
		return 0;
	}
}

static unsigned ways(enum op op, enum effect_kind kind)
{
	switch (kind) {
	case EFFECT_MEMORY:
		return memory_ways(op);
	case EFFECT_GROW:
		return op == OP_MEMORY_GROW ? WRITES : 0;
	case EFFECT_LOCAL:
		return op == OP_LOCAL_GET ? READS : op == OP_LOCAL_SET || op == OP_LOCAL_TEE ? WRITES : 0;
	case EFFECT_GLOBAL:
		return op == OP_GLOBAL_GET ? READS : op == OP_GLOBAL_SET ? WRITES : 0;
	case EFFECT_TABLE:
		return table_ways(op);
	case EFFECT_OBJECT:
		return object_ways(op);
	}
	return 0;
}

bool effect_possible(enum op op, enum effect_kind kind, bool writes)
{
	return (ways(op, kind) & (writes ? WRITES : BOTH)) != 0;
}

/* ---- operands ----------------------------------------------------------------------------------------------------------- */

static slot *slot_at(const struct probe_at *at, int32_t bytes)
{
	return (slot *)(void *)((char *)at->fp + bytes);
}

/* The first immediate, an index. */
static uint32_t index_of(struct ctx *c, const struct probe_at *at)
{
	const struct body *b = probe_body(c, at);
	const uint8_t *p = b->module->bytes + at->offset + 1;
	uint32_t v = 0;

	for (unsigned shift = 0;; shift += 7, p++) {
		v |= (uint32_t)(*p & 0x7f) << shift;
		if (!(*p & 0x80))
			return v;
	}
}

static uint64_t table_index(const struct table *t, slot s)
{
	return t->is64 ? s : (uint32_t)s;
}

static unsigned put(struct effect *out, struct effect e, unsigned w)
{
	e.reads = w & READS;
	e.writes = w & WRITES;
	*out = e;
	return 1;
}

/* ---- kinds ---------------------------------------------------------------------------------------------------------------- */

static uint64_t address(const struct memory *m, slot s)
{
	return m->is64 ? s : (uint32_t)s;
}

static struct effect range(struct memory *m, uint64_t from, uint64_t size)
{
	return (struct effect){ .kind = EFFECT_MEMORY, .memory = m, .at = from, .size = size };
}

/* A load, store or atomic access: its address lies in slot b, or first in the window at a. */
static unsigned access_effect(struct func *f, const struct probe_at *at, enum op op, struct effect *out)
{
	bool window = op_info[op].lower == LOWER_LANE_MEM || op_info[op].lower == LOWER_ATOMIC;
	slot base = *slot_at(at, window ? at->cell->a : at->cell->b);
	uint64_t size = (uint64_t)1 << op_info[op].align;

	if (regir_ext[at->ir] == EXT_NONE)
		return put(out, range(f->inst->memories[0], (uint64_t)(uint32_t)base + (uint32_t)at->cell->c, size), memory_ways(op));
	const struct mem_ext *x = (const struct mem_ext *)(const void *)(at->cell + 1);
	struct memory *m = f->inst->memories[x->memory];
	return put(out, range(m, address(m, base) + x->offset, size), memory_ways(op));
}

static unsigned bulk_effects(struct func *f, const struct probe_at *at, enum op op, struct effect *out)
{
	const slot *w = slot_at(at, at->cell->a);
	struct memory *m = f->inst->memories[op == OP_MEMORY_INIT ? at->cell->d : at->cell->c];

	if (op == OP_MEMORY_FILL)
		return put(out, range(m, address(m, w[0]), address(m, w[2])), WRITES);
	if (op == OP_MEMORY_INIT)
		return put(out, range(m, address(m, w[0]), (uint32_t)w[2]), WRITES);
	struct memory *src = f->inst->memories[at->cell->d];
	uint64_t n = m->is64 && src->is64 ? w[2] : (uint32_t)w[2];
	put(out, range(src, address(src, w[1]), n), READS);
	return 1 + put(out + 1, range(m, address(m, w[0]), n), WRITES);
}

static struct effect elements(struct table *t, uint64_t from, uint64_t n)
{
	return (struct effect){ .kind = EFFECT_TABLE, .table = t, .at = from, .size = n };
}

static unsigned table_effects(struct func *f, const struct probe_at *at, enum op op, struct effect *out)
{
	const slot *w = slot_at(at, at->cell->a);
	bool second = op == OP_TABLE_INIT || op == OP_CALL_INDIRECT || op == OP_RETURN_CALL_INDIRECT;
	struct table *t = f->inst->tables[second ? at->cell->d : at->cell->c];

	switch (op) {
	case OP_CALL_INDIRECT: case OP_RETURN_CALL_INDIRECT:
		return put(out, elements(t, table_index(t, *slot_at(at, at->cell->b)), 1), READS);
	case OP_TABLE_GET: case OP_TABLE_SET:
		return put(out, elements(t, table_index(t, w[0]), 1), table_ways(op));
	case OP_TABLE_FILL:
		return put(out, elements(t, table_index(t, w[0]), table_index(t, w[2])), WRITES);
	case OP_TABLE_INIT:
		return put(out, elements(t, table_index(t, w[0]), (uint32_t)w[2]), WRITES);
	default:
		break;
	}
	struct table *src = f->inst->tables[at->cell->d];
	uint64_t n = t->is64 && src->is64 ? w[2] : (uint32_t)w[2];
	put(out, elements(src, table_index(src, w[1]), n), READS);
	return 1 + put(out + 1, elements(t, table_index(t, w[0]), n), WRITES);
}

static struct effect fields(slot object, uint64_t from, uint64_t n)
{
	return (struct effect){ .kind = EFFECT_OBJECT, .object = object, .at = from, .size = n };
}

static unsigned object_effects(struct ctx *c, const struct probe_at *at, enum op op, struct effect *out)
{
	const slot *w = slot_at(at, at->cell->a);

	switch (op) {
	case OP_STRUCT_GET: case OP_STRUCT_GET_S: case OP_STRUCT_GET_U: case OP_STRUCT_SET:
		return put(out, fields(w[0], (uint32_t)at->cell->d, 1), object_ways(op));
	case OP_ARRAY_GET: case OP_ARRAY_GET_S: case OP_ARRAY_GET_U: case OP_ARRAY_SET:
		return put(out, fields(w[0], (uint32_t)w[1], 1), object_ways(op));
	case OP_ARRAY_FILL: {
		/* the value between index and count is one slot or two */
		const struct deftype *t = engine_type(c->store->engine, (uint32_t)at->cell->c);
		return put(out, fields(w[0], (uint32_t)w[1], (uint32_t)w[2 + vt_slots(t->fields[0].type)]), WRITES);
	}
	case OP_ARRAY_COPY:
		put(out, fields(w[2], (uint32_t)w[3], (uint32_t)w[4]), READS);
		return 1 + put(out + 1, fields(w[0], (uint32_t)w[1], (uint32_t)w[4]), WRITES);
	default:
		return put(out, fields(w[0], (uint32_t)w[1], (uint32_t)w[3]), WRITES);
	}
}

unsigned effects_of(struct ctx *c, const struct probe_at *at, struct effect out[EFFECTS_MAX])
{
	enum op op = probe_op(c, at);
	struct func *f = op == OP_NONE ? NULL : probe_func(c, at);

	if (!f)
		return 0;
	if (op == OP_MEMORY_FILL || op == OP_MEMORY_INIT || op == OP_MEMORY_COPY)
		return bulk_effects(f, at, op, out);
	if (memory_ways(op))
		return access_effect(f, at, op, out);
	if (table_ways(op))
		return table_effects(f, at, op, out);
	if (object_ways(op))
		return object_effects(c, at, op, out);
	if (op == OP_MEMORY_GROW) {
		struct memory *m = f->inst->memories[at->cell->c];
		slot pages = *slot_at(at, at->cell->a);
		return put(out, (struct effect){ .kind = EFFECT_GROW, .memory = m, .size = address(m, pages) }, WRITES);
	}
	if (ways(op, EFFECT_LOCAL))
		return put(out, (struct effect){ .kind = EFFECT_LOCAL, .at = index_of(c, at), .size = 1 }, ways(op, EFFECT_LOCAL));
	if (ways(op, EFFECT_GLOBAL)) {
		uint32_t i = (uint32_t)at->cell->c;
		return put(out, (struct effect){ .kind = EFFECT_GLOBAL, .global = f->inst->globals[i], .at = i, .size = 1 },
			ways(op, EFFECT_GLOBAL));
	}
	return 0;
}
