/* Why a guest stopped by itself; the words are the specification's. */
#ifndef ENGINE_TRAP_H
#define ENGINE_TRAP_H

enum trap {
#define TRAP(id, words, help) TRAP_##id,
#include "engine/traps.def"
	TRAP_COUNT
};

const char *trap_words(enum trap t);    /* "out of bounds memory access" */
const char *trap_name(enum trap t);     /* "memory-bounds" */
const char *trap_help(enum trap t);

#endif
