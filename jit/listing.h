/*
 * A function's machine code with what it stands for: made by compiling it again, watched, for any of the machines. Nothing
 * of it runs, and what runs is not touched.
 */
#ifndef JIT_LISTING_H
#define JIT_LISTING_H

#include "engine/base/vec.h"
#include "engine/tier.h"
#include "jit/asm_text.h"
#include "jit/base/watch.h"

struct body;
struct err;

/* A stretch of code, up to the next one. */
struct listed_part {
	enum code_part part;
	uint32_t code;          /* offset */
	uint32_t at;            /* byte offset of the cell */
};

struct listing {
	struct body *body;
	enum machine machine;
	uint32_t features;      /* of the machine that it was made for */
	struct native_output out;
	const uint8_t *code;    /* what runs, when it is of the same size and machine; else out.code */
	uint32_t size;
	VEC(struct listed_part) parts;          /* ascending; the first one begins at 0 */
	VEC(struct code_state) states;          /* one for each cell that has code, ascending */
	bool oom;
};

/* For what this machine can do; another one can do everything. False with E: out of memory, or the body is one that is never compiled. */
bool listing_make(struct listing *l, struct body *b, enum machine m, struct err *e);
void listing_free(struct listing *l);

/* Where the part that begins at PARTS[I] ends. */
uint32_t listing_part_end(const struct listing *l, size_t i);
/* The first part that is the instructions of the cell at AT; NULL: it has no code. */
const struct listed_part *listing_part_of(const struct listing *l, uint32_t at);
const struct code_state *listing_state_of(const struct listing *l, uint32_t at);
/* How many parts of kind PART the cell at AT has. */
uint32_t listing_count(const struct listing *l, enum code_part part, uint32_t at);
const char *native_how_name(enum native_how how);      /* "helper", "thunk", "seldom" */
/* The same of the cell at AT; NULL: it has instructions of its own. */
const char *listing_slow(const struct listing *l, uint32_t at);

/* Tables of br_table lie in code. */
struct listed_line {
	struct asm_line line;
	bool data;
};
/* The line at offset *AT, which goes on; false: the end of part I. */
bool listing_next(const struct listing *l, size_t i, uint32_t *at, struct listed_line *out);

#endif
