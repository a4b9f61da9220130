/*
 * Running on with several threads: who goes on (scheduler-locking), and which of those that stopped is told of.
 *
 * Any thread's stop stops all. Of several that stand one is selected; the others wait for their turn and are told of when
 * the guest is to go on the next time, before it moves.
 */
#ifndef DEBUGGER_THREADS_H
#define DEBUGGER_THREADS_H

#include "debugger/dbg.h"

/* The selected thread goes on in MODE, and with it whoever may. d->ctx is the one that stopped or ended. */
enum outcome threads_resume(struct dbg *d, enum run_mode mode);
/* The first one was told of others that stand, where it cannot stop itself: they go on with it. */
void threads_pass(struct dbg *d);

#endif
