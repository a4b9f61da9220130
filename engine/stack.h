/*
 * Walking frames and reading a stopped context: positions, locals, operand stack - with their Wasm meaning, whatever the
 * body the frame runs. Level 0 is the innermost frame. Host frames (a host function that called back in) are frames too.
 */
#ifndef ENGINE_STACK_H
#define ENGINE_STACK_H

#include "engine/ctx.h"

struct frame {
	uint32_t level;
	struct func *func;              /* NULL only for the host that made the outermost call */
	struct instance *inst;          /* NULL for host functions */
	uint32_t offset;                /* of the instruction it is at, in the module; the call, for outer frames */
	slot *fp;
	const struct cell *pc;          /* next cell (innermost), or the return cell */
	bool plain;
	bool host;
	bool native;                    /* the innermost one stands in compiled code */
	uint32_t segment;               /* 0 innermost */
	uint32_t header;                /* byte offset of its header from fp */
};

/* Frame at LEVEL; false: none. Frames are found again by walking: levels stay valid until the context runs. */
bool frame_at(const struct ctx *c, uint32_t level, struct frame *out);
uint32_t frame_count(const struct ctx *c);
/* All of them, from the innermost outwards, until EACH gives false. */
void frame_each(const struct ctx *c, bool (*each)(void *user, const struct frame *f), void *user);

/* Locals, parameters first. */
uint32_t frame_local_count(const struct frame *f);
bool frame_local(const struct ctx *c, const struct frame *f, uint32_t index, struct value *out);
/* Its slot as it is: the upper half of an i32 has to be zero. */
slot frame_local_slot(const struct frame *f, uint32_t index);
/* Setting is exact also when the local is aliased on the operand stack: the stack keeps the old value. */
bool frame_set_local(struct ctx *c, const struct frame *f, uint32_t index, struct value v, struct err *e);

/* Operand stack of the frame, 0 = bottom; for outer frames without the arguments of the running call. */
bool frame_stack(struct ctx *c, const struct frame *f, struct value **values, uint32_t *n, struct arena *a,
	struct err *e);
bool frame_set_stack(struct ctx *c, const struct frame *f, uint32_t index, struct value v, struct err *e);

#endif
