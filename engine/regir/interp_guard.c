/*
 * Twins of the fast handlers of what reads and writes: guards. While a store has a probe that says where it looks
 * (struct probe_filter), the cells of its modules' fast bodies hold these in place of the usual handlers (guard.h). A guard
 * asks the filter of its context; most accesses are none of its business and go on in the usual handler, at the cost of a few
 * instructions. What somebody may want to be told of leaves (EXIT_GUARD), and the plain body carries it out.
 *
 *     cell ──► g_I32_STORE ── one bit for each 64 bytes ──no──► h_I32_STORE
 *                                 │ perhaps
 *                                 └──► near: exactly? ──no──► h_I32_STORE
 *                                           └──yes──► EXIT_GUARD, unless only changes are asked for and it is none
 */
#include "engine/regir/interp.h"
#include "engine/regir/num.h"
#include "engine/regir/tail.h"

#define CELL        struct cell
#define PLAIN_CODE  false
#define GO(cell)    /* nothing here goes on to a next cell */
#define GO_TAKEN()
#define NOTE_BACKWARD()
#define BACK_TO_FAST()
#include "engine/regir/handler_macros.inc"

#define ARGUMENTS const struct cell *pc, slot *fp, struct ctx *c, u64 acc, u64 p, u64 q, f64 facc
#define SLOT_AT(offset) (*(slot *)(void *)((char *)fp + (u32)(offset)))
#define INDEXED() (((u32)SLOT(b) << (pc->d & 31)) + (u32)(pc->d >> 5))

static inline __attribute__((always_inline)) bool filter_has(const struct ctx *c, u64 at)
{
	u64 word = c->filter->bits[(at >> (FILTER_BLOCK_LOG2 + 6)) % FILTER_WORDS];

	__asm__("" : "+r"(word), "+r"(at));     /* in this order three registers will do */
	return word >> (at >> FILTER_BLOCK_LOG2 & 63) & 1;
}

/* All registers of a handler are in use: what is asked about is in the context. */
static __attribute__((noinline)) unsigned near(ARGUMENTS)
{
	if ((c->guard.stores && c->filter->changes_only && probe_stores_same(c, c->guard.at, c->guard.size, c->guard.value)) ||
		!c->filter->touches(c->filter->user, c->inst->memories[0], c->guard.at, c->guard.size))
		TAIL return ((handler *)c->guard.usual)(pc, fp, c, acc, p, q, facc);
	LEAVE(EXIT_GUARD);
}

#define ASK(id, at_, size_, stores_, value_) \
	do { \
		c->guard.at = (at_); \
		c->guard.size = (size_); \
		c->guard.stores = (stores_); \
		c->guard.value = (value_); \
		c->guard.usual = (uintptr_t)h_##id; \
		TAIL return near(pc, fp, c, acc, p, q, facc); \
	} while (0)

#define GUARD(id) \
	handler h_##id __attribute__((visibility("hidden"))); \
	static unsigned g_##id(ARGUMENTS); \
	static unsigned g_##id(ARGUMENTS)
#define USUAL(id) TAIL return h_##id(pc, fp, c, acc, p, q, facc)
/* Handlers of cells with an extension lose p and q anyway (interp.h). */
#define USUAL_LOSE(id) \
	do { \
		__asm__("" : "=r"(p), "=r"(q)); \
		USUAL(id); \
	} while (0)

/* An access of SIZE bytes of memory 0; a store, with what it stores. */
#define NEAR(id, size, address) NEAR_AS(id, size, address, false, 0)
#define NEAR_SET(id, size, address, value) NEAR_AS(id, size, address, true, value)
#define NEAR_AS(id, size, address, stores, value) \
	GUARD(id) \
	{ \
		u64 ea = (address); \
		if (UNLIKELY(filter_has(c, ea))) \
			ASK(id, ea, size, stores, value); \
		USUAL(id); \
	}
/* With an extension cell: of any memory, which counts as the same place in each of them. */
#define FAR(id, size, operand) \
	GUARD(id) \
	{ \
		const struct mem_ext *ext = (const struct mem_ext *)(const void *)(pc + 1); \
		u64 ea = (c->inst->memories[ext->memory]->is64 ? (operand) : (u32)(operand)) + ext->offset; \
		if (UNLIKELY(filter_has(c, ea))) { \
			if (ext->memory) \
				LEAVE(EXIT_GUARD); \
			ASK(id, ea, size, false, 0); \
		} \
		USUAL_LOSE(id); \
	}
/* What lies at no address of a memory has a place in the filter all the same (probe.h). */
#define PLACE(id, place) \
	GUARD(id) \
	{ \
		if (UNLIKELY(filter_has(c, (place)))) \
			LEAVE(EXIT_GUARD); \
		USUAL(id); \
	}
/* Told of whenever somebody asks for it. */
#define ALWAYS(id) \
	GUARD(id) \
	{ \
		if (UNLIKELY(c->filter->wants[R_##id])) \
			LEAVE(EXIT_GUARD); \
		USUAL(id); \
	}

#define OFFSET(base) ((u64)(u32)(base) + (u32)pc->c)
#define STORE(id, type) \
	NEAR_SET(id,       sizeof(type), OFFSET(SLOT(b)), SLOT(a)) \
	NEAR_SET(id##_C,   sizeof(type), OFFSET(SLOT(b)), SLOT(a)) \
	FAR(id##_X,    sizeof(type), SLOT(b)) \
	NEAR_SET(id##_VA,  sizeof(type), OFFSET(SLOT(b)), SLOT(a)) \
	NEAR_SET(id##_AA,  sizeof(type), OFFSET(acc), SLOT(a)) \
	NEAR_SET(id##_BK,  sizeof(type), OFFSET((u32)SLOT(b) + (u32)pc->d), SLOT(a)) \
	NEAR_SET(id##_BX,  sizeof(type), OFFSET((u32)SLOT(b) + (u32)SLOT_AT(pc->d)), SLOT(a)) \
	NEAR_SET(id##_BI,  sizeof(type), OFFSET(INDEXED()), SLOT(a)) \
	NEAR_SET(id##_Z,   sizeof(type), OFFSET(0), SLOT(a))
#include "engine/regir/mem.def"

#define STORE_CONSTANT(id, type) \
	NEAR_SET(id##_K,   sizeof(type), OFFSET(SLOT(b)), (u64)(s64)pc->d) \
	NEAR_SET(id##_KC,  sizeof(type), OFFSET(SLOT(b)), (u64)(s64)pc->d) \
	NEAR_SET(id##_BKK, sizeof(type), (u32)SLOT(b) + (u32)pc->c, (u64)(s64)pc->d)
STORE_CONSTANT(I32_STORE, u32)
STORE_CONSTANT(I64_STORE, u64)
STORE_CONSTANT(I32_STORE8, u8)
STORE_CONSTANT(I32_STORE16, u16)
NEAR_SET(I32_STORE_P,  4, OFFSET(SLOT(b)), SLOT(a) + (u64)(s64)pc->d)
NEAR_SET(I64_STORE_P,  8, OFFSET(SLOT(b)), SLOT(a) + (u64)(s64)pc->d)
NEAR_SET(I32_STORE_PP, 4, (u32)SLOT(b) + (u32)pc->c, SLOT(a) + (u64)(s64)pc->d)
NEAR_SET(I64_STORE_PP, 8, (u32)SLOT(b) + (u32)pc->c, SLOT(a) + (u64)(s64)pc->d)
FAR(V128_STORE, 16, SLOT(b))
#define VSTORE_LANE(id, scalar) FAR(id, sizeof(scalar), SLOT(a))
#include "engine/regir/simd.def"
#define SLOW(id, function)
#define SLOW_EXT(id, function) FAR(id, 8, SLOT(a))
#include "engine/regir/atomic.def"
#undef SLOW_EXT

#define LOAD(id, result, type) \
	NEAR(id,       sizeof(type), OFFSET(SLOT(b))) \
	NEAR(id##_C,   sizeof(type), OFFSET(SLOT(b))) \
	FAR(id##_X,    sizeof(type), SLOT(b)) \
	NEAR(id##_A,   sizeof(type), OFFSET(acc)) \
	NEAR(id##_BK,  sizeof(type), OFFSET((u32)SLOT(b) + (u32)pc->d)) \
	NEAR(id##_BX,  sizeof(type), OFFSET((u32)SLOT(b) + (u32)SLOT_AT(pc->d))) \
	NEAR(id##_BS,  sizeof(type), OFFSET((u32)SLOT(b) + ((u32)SLOT_AT(pc->d & 0xffff) << ((u32)pc->d >> 16)))) \
	NEAR(id##_BI,  sizeof(type), OFFSET(INDEXED())) \
	NEAR(id##_Z,   sizeof(type), OFFSET(0))
#include "engine/regir/mem.def"
/* The slots of what is in registers are as new (pin_lists.h). */
#define NEAR_PIN(d, x, y, id, size, address) NEAR(id##_PIN_##d##x##y, size, address)
#define LOAD(id, result, type) PIN_IF_##result( \
	PIN_UN(NEAR_PIN, id,       sizeof(type), OFFSET(SLOT(b))) \
	PIN_DST(NEAR_PIN, id##_BK, sizeof(type), OFFSET((u32)SLOT(b) + (u32)pc->d)) \
	PIN_DST(NEAR_PIN, id##_BX, sizeof(type), OFFSET((u32)SLOT(b) + (u32)SLOT_AT(pc->d))) \
	PIN_DST(NEAR_PIN, id##_BS, sizeof(type), OFFSET((u32)SLOT(b) + ((u32)SLOT_AT(pc->d & 0xffff) << ((u32)pc->d >> 16)))) \
	PIN_DST(NEAR_PIN, id##_BI, sizeof(type), OFFSET(INDEXED())) \
	PIN_DST(NEAR_PIN, id##_Z,  sizeof(type), OFFSET(0)))
#include "engine/regir/mem.def"
#define LOAD_OP(op, load, result, type) PIN_IF_##result( \
	PIN_MOV(NEAR_PIN, op##_L,  sizeof(type), OFFSET(SLOT_AT(pc->d))) \
	PIN_MOV(NEAR_PIN, op##_LZ, sizeof(type), OFFSET(0)))
#include "engine/regir/load_op.def"
#define LOAD_OP(op, load, result, type) \
	NEAR(op##_L,   sizeof(type), OFFSET(SLOT_AT(pc->d))) \
	NEAR(op##_LZ,  sizeof(type), OFFSET(0))
#include "engine/regir/load_op.def"
typedef u64 v128[2];            /* simd.def names it */
#define VLOAD(id, scalar, expr) FAR(id, sizeof(scalar), SLOT(b))
#define VLOAD_LANE(id, scalar) FAR(id, sizeof(scalar), SLOT(a))
#include "engine/regir/simd.def"

#define GLOBAL(id, stored) \
	GUARD(id) \
	{ \
		const struct global *g = c->inst->globals[pc->c]; \
		if (UNLIKELY(filter_has(c, filter_global(g))) && !(c->filter->changes_only && g->value[0] == (stored))) \
			LEAVE(EXIT_GUARD); \
		USUAL(id); \
	}
GLOBAL(GLOBAL_SET,   SLOT(b))
GLOBAL(GLOBAL_SET_A, acc)
PLACE(GLOBAL_SET128, filter_global(c->inst->globals[pc->c]))
#define OBJECTS(X) X(STRUCT_SET) X(ARRAY_SET) X(ARRAY_FILL) X(ARRAY_COPY) X(ARRAY_INIT_DATA) X(ARRAY_INIT_ELEM)
#define OBJECT(id) PLACE(id, filter_object(SLOT(a)))
OBJECTS(OBJECT)

#define RARE(X) \
	X(MEMORY_GROW) X(MEMORY_FILL) X(MEMORY_COPY) X(MEMORY_INIT) \
	X(TABLE_SET) X(TABLE_GROW) X(TABLE_FILL) X(TABLE_COPY) X(TABLE_INIT) \
	X(THROW) X(THROW_REF) X(RETHROW)
RARE(ALWAYS)

#define ROW(id) [R_##id] = g_##id,
handler *const interp_write_guards[R_COUNT] = {
#define STORE(id, type) ROW(id) ROW(id##_C) ROW(id##_X) ROW(id##_VA) ROW(id##_AA) ROW(id##_BK) ROW(id##_BX) ROW(id##_BI) \
	ROW(id##_Z)
#include "engine/regir/mem.def"
#define ROWS_CONSTANT(id) ROW(id##_K) ROW(id##_KC) ROW(id##_BKK)
	ROWS_CONSTANT(I32_STORE) ROWS_CONSTANT(I64_STORE) ROWS_CONSTANT(I32_STORE8) ROWS_CONSTANT(I32_STORE16)
	ROW(I32_STORE_P) ROW(I64_STORE_P) ROW(I32_STORE_PP) ROW(I64_STORE_PP)
	ROW(V128_STORE)
#define VSTORE_LANE(id, scalar) ROW(id)
#include "engine/regir/simd.def"
#define SLOW_EXT(id, function) ROW(id)
#include "engine/regir/atomic.def"
	ROW(GLOBAL_SET) ROW(GLOBAL_SET_A) ROW(GLOBAL_SET128)
	OBJECTS(ROW) RARE(ROW)
};

handler *const interp_read_guards[R_COUNT] = {
#define LOAD(id, result, type) ROW(id) ROW(id##_C) ROW(id##_X) ROW(id##_A) ROW(id##_BK) ROW(id##_BX) ROW(id##_BS) ROW(id##_BI) \
	ROW(id##_Z)
#include "engine/regir/mem.def"
#define LOAD_OP(op, load, result, type) ROW(op##_L) ROW(op##_LZ)
#include "engine/regir/load_op.def"
#define ROW_PIN(d, x, y, id) ROW(id##_PIN_##d##x##y)
#define LOAD(id, result, type) PIN_IF_##result(PIN_UN(ROW_PIN, id) PIN_DST(ROW_PIN, id##_BK) PIN_DST(ROW_PIN, id##_BX) \
	PIN_DST(ROW_PIN, id##_BS) PIN_DST(ROW_PIN, id##_BI) PIN_DST(ROW_PIN, id##_Z))
#include "engine/regir/mem.def"
#define LOAD_OP(op, load, result, type) PIN_IF_##result(PIN_MOV(ROW_PIN, op##_L) PIN_MOV(ROW_PIN, op##_LZ))
#include "engine/regir/load_op.def"
#define VLOAD(id, scalar, expr) ROW(id)
#define VLOAD_LANE(id, scalar) ROW(id)
#include "engine/regir/simd.def"
};
