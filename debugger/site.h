/*
 * Places in a function's bytes where one can stop: the first byte of each instruction. Found by reading the body from
 * its start, so nothing is kept.
 */
#ifndef DEBUGGER_SITE_H
#define DEBUGGER_SITE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/op.h"

struct arena;
struct err;
struct module;

struct site {
	uint32_t offset, end;           /* its bytes in the module */
	enum op op;
	uint32_t index, index2;         /* immediate indices: local, global, function; type and table */
	uint64_t mem_offset;            /* of a memory access */
	uint32_t memory;
	int64_t number;                 /* of a constant; bits of float constants */
	uint32_t depth;                 /* enclosing blocks, the function's own not counted */
};

/* The first instruction of a defined function, after its local declarations. */
bool site_first(const struct module *m, uint32_t func, struct site *out, struct err *e);
/* The instruction whose bytes hold OFFSET; for bytes before the first one, the first. E: not in the body. */
bool site_at(const struct module *m, uint32_t func, uint32_t offset, struct site *out, struct err *e);
/* N instructions further on in the text of the body (the last one when there are fewer). */
bool site_after(const struct module *m, uint32_t func, uint32_t offset, uint64_t n, struct site *out, struct err *e);
/*
 * Where what stands at OFFSET begins to run: behind a catch or else, which itself is only met by code that leaves the part
 * before it. Line tables name such an instruction where they mean the handler.
 */
uint32_t site_entered(const struct module *m, uint32_t func, uint32_t offset);
/*
 * Where control can come to behind OFFSET without going back: the next instruction, and those behind the end of each
 * block around it. For `until`.
 */
bool site_ways_on(const struct module *m, uint32_t func, uint32_t offset, struct arena *a, uint32_t **out, uint32_t *n,
	struct err *e);
/* How many instructions a function has. */
bool site_count(const struct module *m, uint32_t func, uint32_t *n, struct err *e);

/* Calls that come back here; calls in place of the running function. */
bool op_calls(enum op op);
bool op_tail_calls(enum op op);

#endif
