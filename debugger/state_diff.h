/*
 * Two states that should be the same one: stopped contexts of two stores that were made in the same way. What differs is
 * listed with both values; a hash of one of them tells quickly that something does.
 *
 * A state is what WebAssembly says it is: frames with their positions, locals and operands; globals, memories, tables,
 * segments; objects that can be reached from there. Slots, bodies, where objects lie in the heap and which payload an
 * arithmetic NaN has are none of it: references are equal when the objects have equal contents, one for one.
 */
#ifndef DEBUGGER_STATE_DIFF_H
#define DEBUGGER_STATE_DIFF_H

#include "engine/base/vec.h"
#include "engine/ctx.h"

enum difference_kind {
	DIFFER_DEPTH,           /* numbers of frames, in `a` and `b` */
	DIFFER_POSITION,        /* of a frame: offsets in `a` and `b` */
	DIFFER_LOCAL,
	DIFFER_OPERAND,
	DIFFER_OPERANDS,        /* how many there are */
	DIFFER_GLOBAL,
	DIFFER_MEMORY,          /* `size` bytes at `at`, those that differ in the low bytes of `a` and `b` */
	DIFFER_MEMORY_SIZE,     /* pages */
	DIFFER_TABLE,           /* an element */
	DIFFER_TABLE_SIZE,
	DIFFER_SEGMENT,         /* `index` of an element or data segment: dropped in one of them */
	DIFFER_ENTITIES,        /* one has more memories, tables or globals than the other */
	DIFFER_RESULT,          /* of a call that is over: whoever compares those adds it */
	DIFFER_EXCEPTION,       /* that nobody caught: another tag or payload */
	DIFFER_KINDS
};

struct difference {
	enum difference_kind kind;
	uint32_t frame;                 /* its level, 0 innermost */
	uint32_t index;                 /* of the local, operand (0 bottom); number in the store of the entity */
	uint64_t at;                    /* DIFFER_MEMORY: address; DIFFER_TABLE: element */
	uint32_t size;
	struct value a, b;
	struct value old;               /* before the instruction, where has_old */
	bool has_old;
};

enum { STATE_DIFFERENCES = 24 };

struct state_diff {
	bool nan_bits;                  /* in: payloads of NaNs count */
	bool thrown;                    /* in: an uncaught exception is compared, and not the frames that it left */
	uint32_t n;                     /* of those listed */
	uint64_t total;
	struct difference list[STATE_DIFFERENCES];
};

/* True: they are equal. D: n is reset first. Both contexts are stopped; the hosts' frames may lie below them. */
bool state_compare(struct ctx *a, struct ctx *b, struct state_diff *d);
/* Values of the type, one in each store. */
bool state_same_value(const struct ctx *a, const struct ctx *b, struct value va, struct value vb, bool nan_bits);
void state_diff_add(struct state_diff *d, const struct difference *x);
/* What the place of X holds in C; false: it has no such place. */
bool state_value(struct ctx *c, const struct difference *x, struct value *out);
/* Equal in equal states as above, but for NaNs in memories. Only the innermost frames are looked at. */
uint64_t state_hash(struct ctx *c);

#endif
