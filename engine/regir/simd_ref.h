/*
 * Every vector operation once more, in plain C, one lane after the other: what tests compare the handlers with. Written
 * from the specification and driven by the instructions' names, so it shares no expression with simd.def.
 */
#ifndef ENGINE_REGIR_SIMD_REF_H
#define ENGINE_REGIR_SIMD_REF_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/op.h"

struct simd_ref {
	uint8_t in[3][16];      /* vector operands, the deepest first */
	uint64_t scalar_in;     /* of splats, shifts, replace_lane */
	uint8_t lanes[16];      /* immediates */

	uint8_t out[16];        /* result, if it is a vector */
	uint64_t scalar_out;    /* else, as in a slot */
	unsigned nan_width;     /* 32 or 64: a NaN of OUT in lanes of this width stands for any quiet one; 0: it is exact */
};

/* False: not an operation on vectors alone (loads and stores, constants, what is not SIMD). */
bool simd_ref(enum op op, struct simd_ref *r);

#endif
