/*
 * Frames as people number them: functions that the compiler inlined are frames of their own, above that of the function
 * they were inlined into, whose registers they share.
 *
 *     #0 total (…) inlined at shapes.c:62:13   ┐ one frame of the guest
 *     #1 $measure (n=5) at shapes.c:80:9       ┘
 *     #2 $main () at shapes.c:93:3
 */
#ifndef DEBUGGER_SEEN_FRAME_H
#define DEBUGGER_SEEN_FRAME_H

#include "debugger/position.h"
#include "engine/base/vec.h"
#include "engine/stack.h"

struct seen_frame {
	uint32_t number;
	struct frame f;
	uint32_t call, ncalls;          /* which of the functions that run at that place, 0 the innermost; how many do */
};

typedef VEC(struct seen_frame) seen_frames;

/* COUNT frames from number FIRST on, as far as there are; how many there are altogether. The caller frees OUT (vec_free). */
uint32_t seen_frames_get(const struct ctx *c, uint32_t first, uint32_t count, seen_frames *out);
/* One of them; false: there is none of that number. */
bool seen_frame_at(const struct ctx *c, uint32_t number, struct seen_frame *out);
/* The number of function CALL in the frame at LEVEL. */
uint32_t seen_frame_number(const struct ctx *c, uint32_t level, uint32_t call);

static inline bool seen_frame_inlined(const struct seen_frame *s)
{
	return s->call + 1 < s->ncalls;
}

/* Where it is; of a function that inlined another: the place of that call. */
void seen_frame_position(const struct seen_frame *s, struct position *out);
/* "total (list=0x4c0) inlined at shapes.c:62:13", "$measure (n=5) at shapes.c:80:9", "host function env.print". */
void seen_frame_print(const struct ctx *c, const struct seen_frame *s, struct buf *out);
/* "total", of an inlined function. */
void seen_frame_name(const struct seen_frame *s, struct buf *out);

#endif
