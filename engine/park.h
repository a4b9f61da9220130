/*
 * The parking lot: where threads of a store wait on an address of a shared memory (memory.atomic.wait and notify).
 *
 * Waiters are told apart by host address, so a memory that several instances import is one place. They wake in the order
 * in which they came. Looking at the value and going to sleep is one step for whoever notifies.
 */
#ifndef ENGINE_PARK_H
#define ENGINE_PARK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct park_waiter;

struct park {
	/* private */
	pthread_mutex_t lock;
	struct park_waiter *first, *last;       /* in order of arrival; they live on their threads' native stacks */
};

/* The first three are the results of the instruction. */
enum park_result { PARK_WOKEN, PARK_NOT_EQUAL, PARK_TIMED_OUT, PARK_LEFT };

bool park_init(struct park *p);
void park_destroy(struct park *p);

/*
 * If the SIZE (4 or 8) bytes at AT hold EXPECTED, sleep until notified or for TIMEOUT_NS (below 0: no limit). PARK_LEFT:
 * LEAVE has bits other than IGNORED, which is seen within some milliseconds.
 */
enum park_result park_wait(struct park *p, const void *at, uint64_t expected, unsigned size, int64_t timeout_ns,
	const _Atomic uint32_t *leave, uint32_t ignored);
/* Wake up to COUNT waiters on AT; how many there were. */
uint32_t park_notify(struct park *p, const void *at, uint32_t count);

#endif
