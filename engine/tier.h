/*
 * Tiers: compiled code as the engine sees it. See docs/jit.md.
 *
 * A compiler (jit/) turns a fast or charged body into machine code and tables; this file places the code, gives calls their
 * way into it, and takes that way away again. Compiled code is one more kind of handler: its frames are the interpreter's,
 * and what the native stack holds besides is a hint that may be thrown away at any moment.
 */
#ifndef ENGINE_TIER_H
#define ENGINE_TIER_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/regir/interp.h"

struct body;
struct ctx;
struct err;
struct func;
struct module;
struct store;

enum tier { TIER_UNFUSED, TIER_INTERP, TIER_BASELINE, TIER_AUTO };

/* ---- compiled code --------------------------------------------------------------------------------------------------- */

/* The cell of a body at AT (a loop's header, or a label), and the stub that goes on there with all values in their slots. */
struct native_osr {
	uint32_t at, to;                /* byte offset in the body; code offset. Sorted by at */
};

/* A memory access that may fault, and its exit. */
struct native_fault {
	uint32_t at, to;                /* code offsets. Sorted by at */
};

/* Which cell code stands for: from CODE to the next row's. */
struct native_place {
	uint32_t code, at;              /* code offset; byte offset in the body. Sorted by code */
};

/* A cell that has no machine code of its own. */
struct native_slow {
	uint32_t at;                    /* byte offset in the body */
	bool thunk;                     /* its handler runs; else a C helper is called */
};

struct native_tables {
	uint32_t nosr, nfaults, nplaces, nslow;
	struct native_osr *osr;
	struct native_fault *faults;
	struct native_place *places;
	struct native_slow *slow;
};

/*
 * What a compiler gives. Everything is malloc'ed and taken from it (also when it failed: it may be half filled in). The code
 * is copied to its place; the cells stay where they are, so that code may hold their addresses. Code is entered at OUTER with a
 * handler's registers and at INNER with those of docs/jit.md.
 *
 * CELLS: pairs {h_NATIVE_LANDING, imm: address of the call's landing cell in the body}, {h_NATIVE_RETURN, imm: code offset};
 * thunks {copy of a cell with its extension cells}, {h_NATIVE_GO, imm: code offset}. Offsets become addresses (tier.c).
 */
struct native_output {
	uint8_t *code;
	uint32_t size;                  /* bytes of code */
	uint32_t outer, inner;          /* code offsets */
	struct cell *cells;
	uint32_t ncells;
	uint32_t *cell_at;              /* for each: byte offset in the body of the cell that it stands for (GO: of the next cell) */
	struct native_tables tables;
};

struct native_code {
	struct body *body;              /* what it was made from */
	const uint8_t *code;
	uint32_t size;
	const void *outer, *inner;
	struct cell entry;              /* what func->entry points to: h_NATIVE, imm: outer. Off: h_NATIVE_OFF, imm: the body */
	struct cell *cells;
	uint32_t ncells;
	uint32_t *cell_at;
	struct native_tables tables;
	uint64_t compile_ns;
	uint32_t off;                   /* why it must not be entered now: enum native_off bits; 0: it may */
};

/* Why compiled code of a body is not entered. */
enum native_off {
	NATIVE_OFF_TIER = 1,            /* it is to be interpreted */
	NATIVE_OFF_BREAK = 2,           /* a break cell lies in the body */
	NATIVE_OFF_HOOK = 4,            /* its calls are told of (call_hook.h) */
	NATIVE_OFF_REPLACED = 8,        /* another body runs in its place (replace.h) */
};

/* ---- what a compiler offers ---------------------------------------------------------------------------------------------- */

struct tier_compiler {
	/* False with E: not compiled. One call at a time for each module. */
	bool (*compile)(void *user, struct body *b, struct native_output *out, struct err *e);
	/* Executable memory: the bytes at their place, ready to run; NULL with E (E_LIMIT, E_NO_MEMORY): no room, or denied. */
	const uint8_t *(*place)(void *user, const uint8_t *code, uint32_t size, struct err *e);
	void (*release)(void *user, const uint8_t *code, uint32_t size);
	void *user;
};

/* ---- for compilers ------------------------------------------------------------------------------------------------------ */

/*
 * Where code that is compiled from B finds the inner entries of the functions of its module, by defined function (index less
 * imported ones). Elements keep their addresses as long as the module. They hold native_by_entry where there is no
 * compiled code to be entered. There is an array once something is compiled.
 */
const void *const *tier_inner_slots(const struct body *b);

/*
 * Pieces in assembly (native_x64.S.inc, native_a64.S.inc). Those entered like a compiled function's inner entry, by m_call_slot
 * and m_call_reg, with FP = window, ENTRY_ACC = func, ENTRY_P = return cell, ENTRY_Q = caller's fp, CTX and MEM:
 */
extern const char native_by_entry[];    /* to what func->entry says; func is of the running instance: ENTRY_P is N[1] */
extern const char native_across[];      /* the same for any function, also the host's: enters its instance; ENTRY_P is N[0] */
/* Those jumped to: */
extern const char native_return_slow[]; /* ENTRY_PC = return cell, FP, CTX: to its handler */
extern const char native_interp[];      /* ENTRY_PC = a cell, FP, CTX, and ENTRY_ACC, P, Q, FACC where its handler wants them */
extern const char native_exit[];        /* behind a call, RESULT not 0: the native stack is reset, native_enter returns RESULT */

handler h_NATIVE, h_NATIVE_OFF, h_NATIVE_LANDING, h_NATIVE_RETURN, h_NATIVE_GO;

#endif
