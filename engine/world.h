/*
 * Stopping the world: one context of a store makes all others stand still, to collect garbage or because a debugger
 * stopped.
 *
 * A context that runs guest code stands still only at a safe point: where it hears `leave` (function entries, branches),
 * or for as long as it waits in the host (a safe region). There its registers are saved, so its frames can be walked.
 * While it waits for others, a context that wants to stop the world is itself at a safe point: two that want it at once
 * take turns. Nobody may hold the heap's lock, or any lock that running guests take, while stopping the world.
 */
#ifndef ENGINE_WORLD_H
#define ENGINE_WORLD_H

#include <stdbool.h>
#include <stdint.h>

struct ctx;

/* C begins or ends to run guest code or to make objects; waits while the world is stopped. */
void world_enter(struct ctx *c);
void world_leave(struct ctx *c);
/* The same around all that the caller does for a run of C, also while other contexts run and C stands still. */
void world_run_begin(struct ctx *c);
void world_run_end(struct ctx *c);

/* C's registers are saved and it touches no guest state in between: others need not wait for it. */
void world_safe_begin(struct ctx *c);
void world_safe_end(struct ctx *c);
/* C's own thread sleeps, and is a safe region meanwhile. */
void world_pause(struct ctx *c, int64_t ns);
/* At a safe point: stand still while somebody else wants it. */
void world_poll(struct ctx *c);

/* All other contexts of C's store stand still in between. Nests. */
void world_stop(struct ctx *c);
void world_start(struct ctx *c);
/*
 * World_stop(), for what only one thread may do at a time although it is not the guest's: it is as if FIRST did it, in a run
 * of which C is part. False, and nothing is stopped: that run is over.
 */
bool world_stop_for(struct ctx *c, const struct ctx *first);
/* C, which stopped the world and runs no guest code itself, leaves it to TO. */
void world_pass(struct ctx *c, struct ctx *to);

#endif
