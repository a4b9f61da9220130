/*
 * Going on somewhere else: at another instruction of the function (`jump`), or in the caller as if a function had returned
 * (`return`). The guest is stopped and stays so; what ran so far stays done.
 */
#ifndef DEBUGGER_JUMP_H
#define DEBUGGER_JUMP_H

#include "debugger/dbg.h"

/*
 * The innermost frame goes on at OFFSET of its function. The operands that the instruction there expects must lie on the
 * stack now, in the same places; what lies above them is forgotten. False with E.
 */
bool jump_to(struct dbg *d, uint32_t offset, struct err *e);
/*
 * The frame at LEVEL returns RESULTS (of its function's types); the frames within it are given up. Nothing of it is
 * executed any more. *HOW is OUT_STOP in the caller, OUT_DONE when the call of the prompt ended. False with E.
 */
bool jump_return(struct dbg *d, uint32_t level, const struct value *results, enum outcome *how, struct err *e);

#endif
