/*
 * What the compiler tells those who want to see how code comes about (dump asm, jit why). Nothing of it is kept for running:
 * they compile again, with a watch.
 */
#ifndef JIT_BASE_WATCH_H
#define JIT_BASE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

/* What a stretch of code is. */
enum code_part {
	PART_INSTRUCTION,       /* of the cell */
	PART_BRIDGE,            /* out of line: brings registers into the state that the cell wants, and goes there */
	PART_EXIT,              /* … to the interpreter's handler of the cell */
	PART_DETOUR,            /* … by a helper, where the cell's own code cannot, and back */
	PART_ENTRY,             /* into the middle: a loop's header, from a frame that was interpreted */
	PART_EARLY,             /* on the way from the beginning to a return, before the frame is written (early.inc) */
	PART_COMMON,            /* what all exits share */
};

/* A register, and what it holds. */
struct held {
	uint32_t slot;          /* number: 8-byte slots from fp, header included */
	uint32_t weight;        /* assigned: what its uses in the region count */
	uint8_t reg;            /* as machine_register() counts */
	bool wide;              /* a v128: the next slot, too */
	bool assigned;          /* for the region; else a copy for a while */
	bool valid;             /* it holds the value */
	bool dirty;             /* … and its slot does not */
};

enum { HELD_MAX = 64 };

/* Just before an instruction. */
struct code_state {
	uint32_t at;            /* byte offset of the cell */
	uint32_t depth;         /* loops around it */
	uint32_t first, last;   /* the nest of loops that it lies in: byte offsets of its cells; depth 0: none */
	bool target, header;    /* a branch goes here; … from below */
	unsigned n;
	struct held held[HELD_MAX];
};

struct compile_watch {
	/* Code from offset CODE to the next call is PART of the cell at AT. */
	void (*part)(void *user, enum code_part part, uint32_t code, uint32_t at);
	void (*state)(void *user, const struct code_state *s);
	void *user;
};

#endif
