/*
 * Accumulator forms of register-IR instructions: which op reads an operand from the accumulator instead of its slot.
 */
#ifndef ENGINE_REGIR_ACC_H
#define ENGINE_REGIR_ACC_H

#include "engine/regir/pin.h"
#include "engine/regir/regir.h"

/* There are two accumulators: one for integers, references and bits, one for f64. */
enum acc_kind { ACC_NONE, ACC_INT, ACC_F64 };

extern const uint8_t acc_produced[R_PIN];       /* by op without pins: acc_produces() */
/* In which accumulator, if any, a cell of this op leaves the value of its slot `a` for the next cell. */
static inline enum acc_kind acc_produces(enum regir op)
{
	return (enum acc_kind)acc_produced[op < R_PIN ? op : pin_base(op)];
}
/* The form of OP with all operands in slots: without accumulators, pins and what p and q hold; OP itself when it is one. */
enum regir acc_base(enum regir op);
/*
 * The form of OP for an accumulator of KIND that holds the value of slot S, given the fields of its cell; OP itself when it has
 * no operand there.
 */
enum regir acc_form(enum regir op, enum acc_kind kind, uint32_t s, uint32_t a, uint32_t b, int32_t c);
/* The field that names the accumulator's slot: 0 a, 1 b, 2 c; -1: the op does not read the accumulator. */
int acc_field(enum regir op);

#endif
