/* Unwinding: finding the handler of an exception through the frames of the innermost segment. */
#ifndef ENGINE_UNWIND_H
#define ENGINE_UNWIND_H

#include "engine/ctx.h"

/*
 * Throw c->exception from where C is. True: a handler was found, C is at its first cell. False: nobody in this segment
 * catches it; frames are as they were, and the call from the host ends with OUT_EXCEPTION.
 */
bool unwind_throw(struct ctx *c);

#endif
