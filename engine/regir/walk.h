/*
 * Walking a function body: the state that validating and translating share.
 *
 * One source (walk_body.inc) is compiled three times: CHECK validates, FAST emits the fused body, PLAIN the body with one
 * cell for each instruction. CHECK knows types only; the emitters run after it and need not check again, so they skip
 * unreachable code. They keep, beside each operand's type, where its value is.
 *
 * Where a value is (FAST). `local.get` and constants emit nothing: the operand is an alias, written to its home only when
 * something needs it there - a label, a call, a block, a write to the local. At labels every operand is in its home. A sum
 * is like that too: a local, or what lies in the operand's own home, times a power of two plus a constant is left to the
 * access or the call that uses it.
 * Indices of operands that are not in their homes are kept in `lazy`, at most LAZY_MAX of them.
 */
#ifndef ENGINE_REGIR_WALK_H
#define ENGINE_REGIR_WALK_H

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/vec.h"
#include "engine/imm.h"
#include "engine/module.h"
#include "engine/regir/code.h"
#include "engine/regir/pin.h"
#include "engine/value.h"

enum { LAZY_MAX = 32, HEADER_BYTES = 24, NO_CELL = 0xffffffffu, FAST_FRAME_MAX = 0xffff };

enum place_of { AT_HOME, AT_LOCAL, AT_CONST, AT_SUM };

struct operand {
	uint32_t home;          /* byte offset of its home */
	uint32_t at;            /* AT_LOCAL: byte offset of the local; AT_SUM: of the local, or its home */
	enum place_of place;
	uint32_t shift;         /* AT_SUM: the value is (slot << shift) + bits, as its type wraps */
	int32_t local;          /* AT_LOCAL, AT_SUM; -1: none */
	uint64_t bits;          /* AT_CONST, AT_SUM */
};

/* A displacement to fill in when a label is bound. */
struct fixup {
	uint32_t cell;          /* displacement counts from this cell; NO_CELL: an absolute offset */
	uint32_t at;            /* byte offset in the code of the 32-bit displacement; or row of `handlers` */
	bool handler;
	bool held;              /* p and q are, where it branches */
	bool moved;             /* a JUMP whose cell before brings the label's one value there */
	int32_t next;           /* chain of the same label, -1: end */
};

struct control {
	enum op op;             /* OP_BLOCK, LOOP, IF, ELSE, TRY_TABLE, TRY, CATCH, CATCH_ALL; OP_END: the function */
	uint32_t offset;        /* of its instruction */
	const struct deftype *type;     /* block type, NULL: no parameters, at most one result */
	valtype single;         /* the one result when type is NULL, VT_BOT: none */
	uint32_t height;        /* of the operand stack below its parameters */
	uint32_t inits;         /* locals initialised before it */
	bool unreachable;       /* CHECK: the rest of the block cannot be reached */
	/* emitters */
	uint32_t base;          /* byte offset of the home of its first parameter and result */
	uint32_t loop_at;       /* cell of a loop's label */
	uint32_t pin_at;        /* loop: the PIN cell before it, NO_CELL: none */
	int32_t loop;           /* the innermost loop at or around it, by index, -1: none */
	int32_t test;           /* loop: its first cell branches to the end of this control, by index; -1: it does not */
	int32_t fixups;         /* of its end, -1: none */
	int32_t else_fixup;     /* of the branch an `if` takes when false, -1: none */
	uint32_t first_cell;    /* try_table, try: where its code begins */
	uint32_t body_end;      /* try: where its guarded code ended, NO_CELL before the first catch */
	uint32_t catches_at;    /* try_table: module offset of its catch clauses */
	uint32_t ncatches;
	uint32_t delegate;      /* try: rows appended for it so far */
};

struct walk {
	const struct module *m;
	uint32_t func;
	const struct deftype *type;
	const uint8_t *bytes, *p, *end;
	uint32_t at;            /* module offset of the current instruction */
	enum op op;
	struct err *e;

	VEC(valtype) locals;
	VEC(uint32_t) local_at;         /* emitters: byte offset of each local */
	VEC(uint8_t) init;              /* CHECK: has the local been set */
	VEC(uint32_t) inits;            /* locals set, in order */
	VEC(valtype) types;             /* operand stack */
	VEC(uint32_t) pushed;           /* module offset of who pushed it */
	VEC(struct operand) operands;   /* emitters */
	uint32_t before;                /* height before the current instruction, for messages */
	VEC(struct control) controls;

	/* emitters */
	enum body_kind kind;
	enum memory_mode mode;
	bool fuse;
	bool hot;                       /* loops begin with a HOT cell */
	bool too_large;                 /* FAST: the frame needs a plain body */
	struct buf out;
	uint32_t last;                  /* the cell emitted last, NO_CELL when a label lies behind it */
	uint32_t prev;                  /* the one before, while no label lies between; NO_CELL */
	bool held;                      /* FAST: p and q are still what they were at the function's entry */
	bool last_dst;                  /* `last` only writes slot a */
	uint32_t home0, header, top;    /* byte offsets: first home, header, end of the frame */
	uint32_t lazy[LAZY_MAX];
	uint32_t nlazy;
	VEC(struct fixup) fixups;
	VEC(struct handler_row) handlers;
	VEC(struct twin) twins;
	VEC(struct pinned) pinned;
	uint8_t loop_scan[256];         /* FAST: by opcode byte, for may_pin(); all 0: not made yet */
	uint32_t charge_at;             /* the CHARGE cell of the current run, NO_CELL: none yet */
	uint32_t run_count;
	uint32_t charged_before;        /* of the run, before the current instruction */
	bool emitted;                   /* the current group has a cell */
	uint32_t group_start, group_charged;
	uint32_t last_group_start, last_group_charged;  /* of `last` */
	uint32_t prev_group_start, prev_group_charged;  /* of `prev` */
	uint32_t label_at;              /* code offset of the label bound last */
	uint32_t since_label;           /* instructions since */

	/* recording */
	bool record;
	VEC(struct map_row) rows;
	uint32_t run_row;               /* first row of the current run */
	uint32_t stop_at;               /* stop before the instruction at this offset; 0: never */
	bool stopped;
};

void walk_free(struct walk *w);

/* Each translation unit's own copy of the walker. False with E. */
bool walk_check(struct walk *w, const struct module *m, uint32_t func, struct err *e);
bool walk_fast(struct walk *w, const struct module *m, uint32_t func, struct err *e);
bool walk_plain(struct walk *w, const struct module *m, uint32_t func, struct err *e);

/* Messages of the validator (walk_error.c). All return false. */
bool walk_mismatch(struct walk *w, const valtype *want, uint32_t n);
bool walk_mismatch_sig(struct walk *w, const char *sig, valtype address);
bool walk_mismatch_label(struct walk *w, const valtype *want, uint32_t n, const char *what);
bool walk_fail(struct walk *w, enum err_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
bool walk_fail_at(struct walk *w, enum err_code code, uint64_t offset, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
