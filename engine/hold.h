/*
 * Threads under a debugger. The debugger works in one native thread, that of the *holder*: the context that a prompt
 * called. Other contexts of the store run in native threads of their own (c->own_thread). When one of those stops, it
 * hands its stop over and *stands*; the holder hears it as STOP_OTHER, and from then on holds all others still
 * (world.h). Whether it was a stop after all is decided in the holder's thread, so conditions never run elsewhere.
 *
 *     thread 2            holder
 *     break cell          runs, or waits
 *     ctx_stand ───────►  LEAVE_HAND: STOP_OTHER, holds the others
 *       waits             … commands …
 *     resumes   ◄───────  ctx_release, ctx_resume (all go on) or ctx_run_alone (only that one)
 */
#ifndef ENGINE_HOLD_H
#define ENGINE_HOLD_H

#include "engine/ctx.h"

/* ---- in the holder's thread ------------------------------------------------------------------ */

/* The others stand still until C goes on or ctx_let_others_go(). */
void ctx_hold_others(struct ctx *c);
/* Whether C stands with a stop that it handed over; what with: OUT_STOP (c->stop) or OUT_TRAP. */
bool ctx_stands(const struct ctx *c);
/* C, which stands, goes on in MODE as soon as nobody holds it. */
void ctx_release(struct ctx *c, enum run_mode mode);
/* Only C goes on, until it stands again or has ended. OUT_STOP, or what ended the holder meanwhile. */
enum outcome ctx_run_alone(struct ctx *holder, struct ctx *c);
/* C, which is held somewhere, comes to stand where it is. */
enum outcome ctx_make_stand(struct ctx *holder, struct ctx *c);

/* ---- in the thread's own --------------------------------------------------------------------- */

/* Call F in C from its native thread's own function, standing whenever it stops. */
enum outcome ctx_run_thread(struct ctx *c, struct func *f, const slot *args);
/* C left with HOW (OUT_STOP, OUT_TRAP): stand until let go on, and go on. How that ended. */
enum outcome ctx_stand(struct ctx *c, enum outcome how);
/* C has ended: the holder is told if it follows C. */
void ctx_gone(struct ctx *c);

#endif
