/*
 * Runs that can be suspended: a debugger's runs of a context (ctx_resume() with c->own_stack) happen on a native stack of
 * their own, so that a stop in a call that a host function made returns to who resumed, with the host's frames left where
 * they are.
 *
 *     prompt   ctx_resume ─────────────────────────────────►┐         ┌─► OUT_STOP        ctx_resume ─►┐
 *     strand              handlers ─ host function ─ ctx_call ─ handlers ─ ctx_suspend() ·············─► goes on
 *
 * Strands lie upon one another like the calls of the prompt: one that is suspended is gone on with when C's segments are
 * those that it was suspended with; a call made meanwhile gets a strand of its own.
 */
#ifndef ENGINE_STRAND_H
#define ENGINE_STRAND_H

#include "engine/ctx.h"

typedef enum outcome strand_body(struct ctx *c, enum run_mode mode);

/* Go on with the suspended run of C's innermost call, else begin one: RUN(c, mode). OUT_STOP: it stopped, or is suspended; OUT_TRAP: at
 * a trap below a host function, which may be suspended, too. */
enum outcome strand_resume(struct ctx *c, enum run_mode mode, strand_body *run);
/* Whether what runs now runs on a strand of C. */
bool strand_runs(const struct ctx *c);
/* The suspended run of C's innermost call, if there is one, ends: what host functions call gives OUT_KILLED at once. */
void strand_give_up(struct ctx *c);
/* With ctx_free(). */
void strands_free(struct ctx *c);

#endif
