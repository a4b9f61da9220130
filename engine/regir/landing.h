/*
 * Return cells: what header->ret and the p of an entry may be, and what stands behind it.
 *
 *     EXIT            the host
 *     LANDING         of a call in a fast body; behind it the cell where a callee of the same instance returns to
 *     LANDING_PLAIN   of a call in a plain body
 *     NATIVE_LANDING, and NATIVE_RETURN behind it: a pair of a call in compiled code; its imm is the body's landing
 */
#ifndef ENGINE_REGIR_LANDING_H
#define ENGINE_REGIR_LANDING_H

#include "engine/regir/interp.h"

/* Where a callee of another instance returns to: through a landing, which every call has. */
static inline const struct cell *ret_across(const struct cell *ret)
{
	bool landing = cell_is(ret, h_LANDING) || cell_is(ret, h_LANDING_PLAIN) || cell_is(ret, h_NATIVE_LANDING);

	return landing || cell_is(ret, h_EXIT) ? ret : ret - 1;
}

#endif
