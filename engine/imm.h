/*
 * Reading one instruction with its immediates, of any kind, driven by the opcode table. Used where instructions are
 * looked at one by one: constant expressions, printing, explaining, breakpoints on instruction boundaries. (The
 * validator and translator have a faster reader of their own.)
 */
#ifndef ENGINE_IMM_H
#define ENGINE_IMM_H

#include "engine/cursor.h"

enum block_kind { BLOCK_EMPTY, BLOCK_VALUE, BLOCK_TYPE };

struct block_type {
	enum block_kind kind;
	valtype value;                  /* BLOCK_VALUE: its one result */
	uint32_t index;                 /* BLOCK_TYPE: the module's type index */
	const struct deftype *type;     /* BLOCK_TYPE; NULL when read lax and unknown */
};

struct heap_imm {
	uint32_t heap;
	uint32_t index;                 /* the module's type index, TYPE_NONE for abstract types */
	bool nullable;                  /* br_on_cast, and ref.test and ref.cast by their opcode */
};

struct memarg {
	uint32_t align, memory;         /* align: log2 */
	uint64_t offset;
};

enum catch_kind { CATCH_TAG, CATCH_REF, CATCH_ALL, CATCH_ALL_REF };

struct catch_clause {
	enum catch_kind kind;
	uint32_t tag, label;            /* tag: CATCH_TAG and CATCH_REF */
};

/* Fields that the instruction has no immediate for are zero. */
struct instr {
	enum op op;
	uint32_t offset, end;           /* its bytes in the module */
	uint32_t index, index2;         /* indices in binary order: label, func, type, local, …; TYPE_LEN: index2 is N */
	uint32_t list, count;           /* br_table labels (the default follows), catches, select types: offset, items */
	struct block_type block;
	struct memarg mem;
	struct heap_imm heap, heap2;    /* br_on_cast: before, asked for */
	valtype type;                   /* select: the first of its types */
	uint8_t lane;
	int64_t number;                 /* i32.const (sign-extended), i64.const, bits of f32.const and f64.const */
	uint8_t bytes[16];              /* v128.const, i8x16.shuffle */
};

/* Read the instruction at the cursor. False with E: malformed; the cursor then stays at its start. */
bool instr_read(struct cursor *c, struct instr *out, struct err *e);
/* A cursor on the items of IN's list, then read_u32 for labels, read_valtype or catch_read for the others. */
struct cursor instr_list(const struct module *m, const struct instr *in, struct err *e);
bool catch_read(struct cursor *c, struct catch_clause *out);
/*
 * Skip an expression (instructions up to the `end` that closes it). *end is the offset after that `end`. Types are
 * not looked at.
 */
bool expr_skip(struct cursor *c, uint32_t *end, struct err *e);

/*
 * Decode the body of a defined function without typing it. False with E: malformed, in the words and the order of the
 * specification's decoder, which reads on where a body is longer than its size.
 */
bool body_decode(const struct module *m, uint32_t func, struct err *e);
/* Skip the local declarations at the start of a body. False with E: malformed, or 2^32 locals and more. */
bool locals_skip(struct cursor *c, struct err *e);

#endif
