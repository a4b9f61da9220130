/*
 * Accumulator forms of register-IR instructions: which op reads an operand from the accumulator instead of its slot.
 */
#ifndef ENGINE_REGIR_ACC_H
#define ENGINE_REGIR_ACC_H

#include "engine/regir/regir.h"

/* Whether a cell of this op leaves the value of its slot `a` in the accumulator for the next cell. */
bool acc_produces(enum regir op);
/* The form of OP without the accumulator; OP itself when it is one. */
enum regir acc_base(enum regir op);
/*
 * The form of OP for an accumulator that holds the value of slot S, given the fields of its cell; OP itself when it has
 * no operand there.
 */
enum regir acc_form(enum regir op, uint32_t s, uint32_t a, uint32_t b, int32_t c);
/* The field that names the accumulator's slot: 0 a, 1 b, 2 c; -1: the op does not read the accumulator. */
int acc_field(enum regir op);

#endif
