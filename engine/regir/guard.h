/*
 * Guarded cells: fast bodies of a module run on while somebody watches places. The cells that write (and, if that is
 * wanted, those that read) get other handlers (interp_guard.c), which ask the filter of the store's probe and go on in the
 * usual ones, or leave. Unguarded cells are as before: what is not watched costs nothing.
 */
#ifndef ENGINE_REGIR_GUARD_H
#define ENGINE_REGIR_GUARD_H

#include "engine/regir/code.h"

enum { GUARD_WRITES = 1, GUARD_READS = 2, GUARD_KINDS = 2 };

/* The kind of guard of a cell; 0: there is none. */
unsigned guard_kind(enum regir op);

/* An instance of M was guarded as WAS says (GUARD_… bits, 0: not at all) and is to be as NOW says. Counted. */
void code_guard(const struct module *m, unsigned was, unsigned now);

/* For code.c: a body that was just made. Its lock is held. */
void guard_body(struct body *b);

#endif
