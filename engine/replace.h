/*
 * Functions that run another module's body: edit and continue. A module M2 with the same index spaces as M, but for types
 * at the end, may stand in for some of M's functions. M itself does not change, so frames that are in an old body finish
 * it; the next call of the function, in any instance, through any reference, runs the new one:
 *
 *     in->funcs[3] ──► func (inst: in, of M) ──forward──► func (inst: shadow of in, of M2)
 *
 * A shadow has the entities of its instance and M2 as its module, so positions, names and lines of its frames are M2's.
 */
#ifndef ENGINE_REPLACE_H
#define ENGINE_REPLACE_H

#include "engine/store.h"

/*
 * Calls of M's function FUNC run the body that BY has there, from the next call on; NULL: its own again. M is no stand-in
 * itself; BY->base is M, and it lives as long as stores that ran it. Only while no guest code runs. False: out of memory.
 */
bool module_replace(struct module *m, uint32_t func, const struct module *by);
/* The entries of that function in S lead to its new body. */
void store_replaced(struct store *s, const struct module *m, uint32_t func);

/* The module whose body runs for function FUNC of M, or of the module that M stands in for. */
const struct module *module_running(const struct module *m, uint32_t func);
/* What M stands in for, or M. */
const struct module *module_base(const struct module *m);
/* The function whose frame a call of F begins. NULL: out of memory. */
struct func *func_running(struct func *f);

#endif
