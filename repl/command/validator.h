/*
 * The validator, one instruction at a time: its operand and control stacks as they are between two instructions.
 *
 *     operands [i32 i32]
 *     controls func [i32 i32] -> [f64] > loop [] -> []
 *
 * Controls are written from the function inwards, each with the types that it takes and leaves. Where nothing can be
 * reached any more, operands begin with … : there is whatever is asked for.
 */
#ifndef REPL_COMMAND_VALIDATOR_H
#define REPL_COMMAND_VALIDATOR_H

#include "engine/base/buf.h"

struct err;
struct module;
struct node;
struct result;

struct validator_stacks {
	struct buf operands, controls;
};

/*
 * The stacks before the instruction at OFFSET of FUNC; its body's end: behind the last one. The object IN gets them, too.
 * False with E: the function is wrong before that.
 */
bool validator_stacks(const struct module *m, uint32_t func, uint32_t offset, struct validator_stacks *out,
	struct result *r, struct node *in, struct err *e);
void validator_stacks_free(struct validator_stacks *s);

#endif
