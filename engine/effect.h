/*
 * What an instruction that a probe is told of reads and writes: memories, locals, globals, tables, objects. Asked before
 * the instruction it says what is about to be touched; asked after it, only where the operands are still there (they are
 * not), so ask before and keep the answer.
 *
 * Operands of the stack are not listed: every instruction has them. What a called function does is not either, nor what a
 * host function writes (struct mem_watch of store.h).
 */
#ifndef ENGINE_EFFECT_H
#define ENGINE_EFFECT_H

#include "engine/probe.h"

enum effect_kind {
	EFFECT_MEMORY,          /* bytes [at, at+size) of `memory`; may reach out of it: the instruction will trap */
	EFFECT_GROW,            /* `memory` is asked to grow by `size` pages */
	EFFECT_LOCAL,           /* local number `at` of the frame */
	EFFECT_GLOBAL,          /* `global`, number `at` in its instance */
	EFFECT_TABLE,           /* elements [at, at+size) of `table` */
	EFFECT_OBJECT,          /* fields or elements [at, at+size) of `object`; it may be null */
};

struct effect {
	enum effect_kind kind;
	bool reads, writes;
	uint64_t at, size;
	struct memory *memory;
	struct table *table;
	struct global *global;
	slot object;
};

enum { EFFECTS_MAX = 2 };

/* How many there are; in the order of execution. */
unsigned effects_of(struct ctx *c, const struct probe_at *at, struct effect out[EFFECTS_MAX]);
/* Whether executions of OP can have effects of this kind, writing ones if WRITES: what a probe has to ask for. */
bool effect_possible(enum op op, enum effect_kind kind, bool writes);

#endif
