/*
 * What the instruction that a stopped guest is at is about to do, in words with the operands' real values: the result of
 * arithmetic, the address of an access and what is there, whether a branch is taken, what is called.
 */
#ifndef DEBUGGER_FORESEE_H
#define DEBUGGER_FORESEE_H

#include "debugger/inspect.h"
#include "debugger/site.h"
#include "engine/op.h"
#include "engine/trap.h"

/* The result of a scalar number instruction. False: OP is none. A trap: *TRAP, no result. */
bool foresee_number(enum op op, const struct value *args, struct value *result, enum trap *trap);
/* How many values the instruction pops. */
uint32_t foresee_operands(const struct frame *f, const struct site *at);
/* "5 - 1 = 4"; nothing where the instruction's own explanation says it all. OPS: its operands, deepest first. */
void foresee_print(struct ctx *c, const struct frame *f, const struct site *at, const struct operand *ops, uint32_t n,
	struct buf *out);

#endif
