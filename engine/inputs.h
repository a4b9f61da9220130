/*
 * Inputs: what a run takes from outside itself besides the results of host functions (host_gate.h) - growing that the
 * system refuses, how waits end - and what the host does to it: bytes that it writes, calls back into the guest. Whoever
 * records a run taps them; whoever runs it again answers. Everything else in a run follows from its state.
 */
#ifndef ENGINE_INPUTS_H
#define ENGINE_INPUTS_H

#include "engine/store.h"

struct input_tap {
	void *user;
	/* memory.grow or table.grow is carried out next. True: it fails, because it failed when this was recorded. */
	bool (*refuses)(void *user, struct ctx *c);
	void (*refused)(void *user, struct ctx *c);             /* it failed by itself */
	/* memory.atomic.wait. True: it is not to wait, *RESULT is what it gave when this was recorded. */
	bool (*knows_wait)(void *user, struct ctx *c, slot *result);
	void (*waited)(void *user, struct ctx *c, slot result);
	/* Somebody other than a guest's store instruction writes. */
	void (*will_write)(void *user, struct memory *m, uint64_t at, uint64_t size);
	/* A host function calls F. */
	void (*calls_in)(void *user, struct ctx *c, struct func *f, const slot *args);
};

#endif
