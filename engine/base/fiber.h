/*
 * A second native stack, for calls that can be left in the middle and gone on with later.
 *
 *     fiber_go(f) ──► run(user) … fiber_leave(f) ──► back in fiber_go(), which gives false
 *     fiber_go(f) ──────────────► behind fiber_leave() … run() returns ──► fiber_go() gives true; then it may begin again
 *
 * All of it happens on one native thread. Nothing is protected against a run that is never ended: what its frames own
 * is lost then.
 */
#ifndef ENGINE_BASE_FIBER_H
#define ENGINE_BASE_FIBER_H

#include <stdbool.h>
#include <stddef.h>

struct fiber {
	void (*run)(void *user);
	void *user;
	char *low;                      /* the stack's first byte that may be used */
	size_t size;
	/* private */
	void *inside, *outside;         /* stack pointers of who does not run */
	bool begun, over;
	const void *caller_low;         /* AddressSanitizer's */
	size_t caller_size;
	void *tsan, *tsan_caller;       /* ThreadSanitizer's */
};

/* A stack of SIZE bytes, a multiple of the page size, with a guard page below. False: there is no memory. */
bool fiber_init(struct fiber *f, size_t size, void (*run)(void *user), void *user);
/* Nothing may be in the middle of it. */
void fiber_free(struct fiber *f);

/* Begin, or go on where it was left. True: run() has returned; false: fiber_leave(). */
bool fiber_go(struct fiber *f);
/* Called below run(): back to who called fiber_go(), until that is called again. */
void fiber_leave(struct fiber *f);

#endif
