/*
 * What the compiler asks of every cell, found in one step: the op behind a handler's address, its format and shape. Made once;
 * read by any number of threads.
 */
#ifndef JIT_BASE_TABLES_H
#define JIT_BASE_TABLES_H

#include "engine/regir/regir.h"

/* What shape an instruction of a fast body has: which of Wasm's instructions it does, and where its operands are. */
enum shape {
	SHAPE_OWN,              /* the instruction itself, operands in slots */
	SHAPE_K,                /* the second operand is a constant */
	SHAPE_L, SHAPE_LZ,      /* … comes from memory: address in slot d; a constant */
	SHAPE_JUMP, SHAPE_JUMP_K, SHAPE_JUMP_NOT,
	SHAPE_LATCH, SHAPE_LATCH_K, SHAPE_LATCH_S, SHAPE_LATCH_SK,
	SHAPE_C, SHAPE_X,       /* memory: checked 0, any */
	SHAPE_BK, SHAPE_BX, SHAPE_BS, SHAPE_BI, SHAPE_Z,
	SHAPE_VALUE_K, SHAPE_VALUE_KC,  /* stores of a constant */
	SHAPE_P, SHAPE_PP, SHAPE_BKK,
};

struct op_row {
	char format[5];         /* see regir.h; what lies behind a K is '-' */
	uint8_t shape;
	uint16_t base;          /* enum regir: the row of ops.def */
	uint16_t plain;         /* the same op, its operands in slots (acc.h) */
};

struct base_tables {
	struct op_row rows[R_COUNT];
	uint32_t mask;          /* of places in `handlers` */
	struct { uint32_t address; uint16_t op; } handlers[];
};

struct base_tables *base_tables_new(void);      /* NULL: out of memory; free() it */

/* The op of a fast body's cell; R_COUNT: its handler is none of the usual ones (a break cell, a guard). */
static inline enum regir table_op(const struct base_tables *t, uint32_t word)
{
	for (uint32_t i = word >> 4 & t->mask; t->handlers[i].address; i = (i + 1) & t->mask)
		if (t->handlers[i].address == word)
			return (enum regir)t->handlers[i].op;
	return R_COUNT;
}

#endif
