/*
 * What the compiler asks of every cell, found in one step: the op behind a handler's address, its format and shape. Made once;
 * used by any number of threads.
 */
#ifndef JIT_BASE_TABLES_H
#define JIT_BASE_TABLES_H

#include "engine/regir/regir.h"

/* Of registers: general; float, 8 bytes of a slot; v128, two slots. */
enum class { CLASS_G, CLASS_F, CLASS_V, CLASSES, NEUTRAL = CLASSES };

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

/* A slot that an instruction names. */
struct operand {
	uint8_t at;             /* where in the cell its byte offset from fp stands, 16 bits */
	uint8_t field;          /* 0..3 */
	uint8_t class;          /* enum class: in which kind of register it is wanted; NEUTRAL: in any */
	bool read, written;     /* both: a loop's counter that is tested where it is counted */
	bool wide;              /* a v128: the next slot, too */
	bool window;            /* all slots from there on are read, in memory, and may be written: neither of both */
};

enum { OPERANDS_MAX = 6 };

/* Whether reading an operand takes it off the operand stack for sure. */
enum consumes { CONSUMES, CONSUMES_BY_D, KEEPS };

struct op_row {
	uint8_t shape;
	uint16_t base;          /* enum regir: the row of ops.def */
	uint16_t plain;         /* the same op, its operands in slots (acc.h) */
	uint8_t consumes;       /* enum consumes */
	int8_t acc;             /* the field whose value comes in the accumulator; -1: none */
	bool branches;          /* to where field c says */
	bool calls;
	bool number;            /* of scalars, or an access to memory: code alone does it */
	uint8_t noperands;
	struct operand operands[OPERANDS_MAX];  /* by field: what is written and windows come first */
};

/* The slot that O is in K. */
static inline uint32_t operand_slot(const struct cell *k, const struct operand *o)
{
	return *(const uint16_t *)(const void *)((const char *)k + o->at) / 8;
}

#define EACH_OPERAND(o, row) (const struct operand *o = (row)->operands, *end_ = o + (row)->noperands; o < end_; o++)

/* Storage of a compiler that is done, for the next one. */
struct base_spare {
	void (*free)(struct base_spare *);
};

struct base_tables {
	struct op_row rows[R_COUNT];
	struct base_spare *spare;       /* taken and given back atomically; NULL: somebody has it, or there is none */
	uint32_t mask;          /* of places in `handlers` */
	struct { uint32_t address; uint16_t op; } handlers[];
};

struct base_tables *base_tables_new(void);      /* NULL: out of memory */
void base_tables_free(struct base_tables *t);

/* The op of a fast body's cell; R_COUNT: its handler is none of the usual ones (a break cell, a guard). */
static inline enum regir table_op(const struct base_tables *t, uint32_t word)
{
	for (uint32_t i = word >> 4 & t->mask; t->handlers[i].address; i = (i + 1) & t->mask)
		if (t->handlers[i].address == word)
			return (enum regir)t->handlers[i].op;
	return R_COUNT;
}

#endif
