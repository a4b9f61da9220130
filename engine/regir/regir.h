/*
 * The register IR.
 *
 * Its instruction set is WebAssembly's own (ids R_I32_ADD == OP_I32_ADD …, one for each row of ops.def), followed by
 * what exists only here (regir.def): moves, fused and immediate forms, frame entries. A body is an array of cells:
 *
 *     fast body   struct cell, 16 bytes: {handler address, a, b, c, d}; aliased and fused; what runs
 *     plain body  struct wcell, 24 bytes: {op, a, b, c, d, offset}; exactly one cell for each Wasm instruction;
 *                 dispatched through a table, so that stepping and counting cost nothing when off. Frames too large
 *                 for 16-bit slot offsets (64 KiB) run only plain bodies.
 *
 * Slots are byte offsets from fp. What the fields mean is said by a format of four letters for a, b, c, d:
 *
 *     -  unused                       D  slot written            S  slot read
 *     V  v128 written (two slots)     W  v128 read               w  first slot of a window: operands from there on in
 *     k  32-bit immediate             K  64-bit immediate (c,d)     order, results from there on (calls and rare ops)
 *     t  branch displacement, bytes   o  memory offset, u32      n  count
 *     f  function  T  canonical type id  g  global  b  table  e  element segment  x  data segment  M  memory
 *     i  index of a type of the module  h  header offset         l  lane
 *     j  tag  F  field  A  slot read, its value comes in the accumulator  q  16-bit signed immediate
 *     X  slot in the low 16 bits, shift in the high ones      m  constant added to the address
 *     I  how far the address slot is shifted (5 bits), then a constant added to it
 *     v  constant added to the stored value    Y  two slots, 16 bits each
 *     1  slot read, its value comes in p    2  in q    3  slot written, and p as well    4  and q
 *
 * Operands that do not fit follow in extension cells (ext): a memory argument (struct mem_ext), a v128 constant, the
 * displacements of br_table, the landing cell of a call.
 */
#ifndef ENGINE_REGIR_REGIR_H
#define ENGINE_REGIR_REGIR_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/op.h"
#include "engine/regir/pin_lists.h"

enum regir {
#define OP(id, prefix, code, text, imm, sig, lower, align, feature, help) R_##id,
#include "engine/ops.def"
#define RI(id, text, format, ext, help) R_##id,
#include "engine/regir/regir.def"
	R_COUNT
};

struct cell {
	uint32_t op;            /* address of the handler */
	uint16_t a, b;
	union {
		struct { int32_t c, d; };
		int64_t imm;
	};
};

struct wcell {
	uint32_t op;            /* enum regir; in landing cells the address of a handler */
	uint32_t offset;        /* of the Wasm instruction */
	int32_t a, b;
	union {
		struct { int32_t c, d; };
		int64_t imm;
	};
};

_Static_assert(sizeof(struct cell) == 16, "fast cells are 16 bytes");
_Static_assert(sizeof(struct wcell) == 24, "plain cells are 24 bytes");

/* In an extension cell (at its first byte, in both bodies). */
struct mem_ext {
	uint64_t offset;
	uint32_t memory;
	uint32_t lane;
};

/* Behind JUMP_CAST and the plain br_on_cast forms. */
struct cast_ext {
	uint32_t heap;          /* as in a value type */
	uint32_t nullable;      /* null passes */
	uint32_t negate;        /* branch when the cast fails */
	uint32_t unused;
};

/* Behind return_call_indirect. */
struct tail_ext {
	uint32_t header;        /* of this frame */
	uint32_t bytes;         /* of arguments */
	uint32_t unused[2];
};

/*
 * The landing cell of a call, behind the call's cell. A return to an instance other than the callee's, and every return
 * into a plain body, goes through it (it reloads what belongs to the instance); others return behind it. Walkers read it.
 */
struct landing {
	uint32_t handler;
	uint16_t back;          /* how many cells before this one its call is */
	uint16_t plain;         /* in a plain body */
	uint32_t header;        /* byte offset of this frame's header from fp */
	uint32_t offset;        /* of the call instruction */
};
_Static_assert(sizeof(struct landing) == 16, "a landing fits a cell");

/*
 * Between a call of the module's own function and its landing: the callee's first cell as it was the last time. The call
 * goes there and compares it with func->entry on the side: the processor need not wait for the three loads that lead to it.
 */
struct call_link {
	const struct cell *entry;       /* NULL: not yet called */
	uint64_t unused;
};
_Static_assert(sizeof(struct call_link) == 16, "a link fits a cell");

struct regir_info {
	const char *text;       /* "i32.add", "br_if_i32.lt_s" */
	const char *format;     /* as above */
	const char *help;
	uint8_t ext;            /* 0, or 1: one extension cell; 2: br_table's */
};

/* Whether it calls a function that its field c names. */
static inline bool regir_calls(enum regir op)
{
	return op == R_CALL || op == R_CALL_OWN || op == R_CALL_M1 || op == R_CALL_M2 || op == R_CALL_K;
}

/* For any op; formats of Wasm's own come from their signature in ops.def. */
struct regir_info regir_info(enum regir op);
enum { EXT_NONE, EXT_ONE, EXT_TABLE, EXT_LINK };
extern const uint8_t regir_ext[R_COUNT];        /* their ext alone */
extern const uint8_t regir_loses[R_COUNT];      /* whether a handler without extension cells leaves p and q undefined */

#endif
