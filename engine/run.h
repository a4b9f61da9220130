/* The loop around the handlers, for call.c: C has been entered, and stands where it is to run. */
#ifndef ENGINE_RUN_H
#define ENGINE_RUN_H

#include "engine/ctx.h"

/* F from its beginning, in the segment that was begun for it. */
enum outcome run_function(struct ctx *c, struct func *f);
/* On from where C stands. */
enum outcome run_resume(struct ctx *c, enum run_mode mode);

/* OUT_STOP. Under a debugger all threads stop together. */
enum outcome run_stopped(struct ctx *c, enum stop_reason why);
/* The trap for that. */
enum outcome run_no_memory(struct ctx *c);

#endif
