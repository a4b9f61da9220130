/*
 * The compiler as stores get it: the baseline compiler of this machine with its tables and code memory. One serves any number of
 * stores and outlives their modules.
 */
#ifndef JIT_JIT_H
#define JIT_JIT_H

#include <stdbool.h>
#include <stdint.h>

#include "jit/mcode.h"

struct err;
struct jit;
struct store;

/* FEATURES: at most those of the machine are used (jit/x64/features.h). NULL: out of memory. Code memory is had when it is needed. */
struct jit *jit_new(uint32_t features, enum mcode_how from);
void jit_free(struct jit *j);
/* S may compile from now on (engine/tier.h says what); its functions stay in `interp`. False: out of memory. */
bool jit_install(struct jit *j, struct store *s);

#endif
