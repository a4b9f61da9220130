/*
 * What a stopped guest looks like, with names: frames, locals, operand stack, registers; and what changed since the stop
 * before.
 */
#ifndef DEBUGGER_INSPECT_H
#define DEBUGGER_INSPECT_H

#include "engine/base/arena.h"
#include "engine/base/str.h"
#include "engine/stack.h"

struct buf;
struct dbg;

/* State of frame 0 at a stop, to compare with the next. */
struct snapshot {
	bool valid;
	struct arena arena;
	const struct func *func;
	slot *fp;
	struct instance *inst;
	struct value *locals, *globals;
	uint32_t nlocals, nglobals;
	slot *homes;                    /* the operand stack, slot by slot */
	uint32_t nhomes, first_home;    /* number of the first one's register */
};

enum change_kind { CHANGE_LOCAL, CHANGE_GLOBAL, CHANGE_REGISTER };

struct change {
	enum change_kind kind;
	uint32_t index;                 /* of the local or global; number of the register */
	struct str name;                /* {NULL, 0}: none */
	struct value was, is;           /* CHANGE_REGISTER: as i64 */
};

void snapshot_take(struct snapshot *s, struct ctx *c);          /* s is reset first */
void snapshot_free(struct snapshot *s);
/*
 * What differs between two stops: locals when both are in one function (also in another call of it), globals of one
 * instance, and with REGISTERS those that hold the operand stack, when both are in one frame. False: out of memory.
 */
bool snapshot_changes(const struct snapshot *was, const struct snapshot *is, bool registers, struct arena *a,
	struct change **out, uint32_t *n);

/* "$fac", "#12", "env.log" of host functions. */
void inspect_func(const struct func *f, struct buf *out);
/* "std::rt::lang_start", of a function whose name is mangled. False: it is not, or debugging information does not say. */
bool inspect_source_name(const struct module *m, uint32_t func, struct buf *out);
void inspect_func_of(const struct module *m, uint32_t func, struct buf *out);
/* "n=5, 1=7": the parameters; those of the source language where they are known. */
void inspect_args(const struct ctx *c, const struct frame *f, struct buf *out);
/* The name of a local, else its number. */
void inspect_local_name(const struct module *m, uint32_t func, uint32_t index, struct buf *out);
/* "n: 6 -> 5" is "n: 6 → 5". */
void inspect_change(const struct change *ch, const struct store *st, struct buf *out);
/* "[5 7]": the operand stack, top last. */
bool inspect_stack(struct ctx *c, const struct frame *f, struct buf *out, struct err *e);

/* The body a frame runs and where in it; NULL: a host frame, or one that has not begun. */
struct body *inspect_body(const struct frame *f, uint32_t *at);

/* One operand of the instruction a frame is at: what it is and where it came from. */
struct operand {
	struct value value;
	int32_t local;                  /* pushed by local.get of this local, or -1 */
	char from[96];                  /* "local $p", "constant", "i32.load at 0x3f"; "" unknown */
};
/*
 * The operands that the instruction at frame F pops, deepest first. N: how many (the caller knows the instruction).
 * Fewer are given when the stack is shorter. Memory from A.
 */
bool inspect_operands(struct ctx *c, const struct frame *f, uint32_t want, struct arena *a, struct operand **out,
	uint32_t *n, struct err *e);

#endif
