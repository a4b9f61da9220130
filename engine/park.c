/* The parking lot; see park.h. A waiter sleeps in slices, because a signal handler can set a word but wake nobody. */
#include "engine/base/clock.h"
#include "engine/park.h"

#include <time.h>

enum { SLICE_NS = 5000000, SECOND_NS = 1000000000 };

struct park_waiter {
	struct park_waiter *prev, *next;
	const void *at;
	pthread_cond_t wake;
	bool woken;
};

bool park_init(struct park *p)
{
	p->first = p->last = NULL;
	return pthread_mutex_init(&p->lock, NULL) == 0;
}

void park_destroy(struct park *p)
{
	pthread_mutex_destroy(&p->lock);
}

/* ---- the list, under its lock ---------------------------------------------------------------- */

static void waiter_add(struct park *p, struct park_waiter *w)
{
	w->prev = p->last;
	*(p->last ? &p->last->next : &p->first) = w;
	p->last = w;
}

static void waiter_remove(struct park *p, struct park_waiter *w)
{
	*(w->prev ? &w->prev->next : &p->first) = w->next;
	*(w->next ? &w->next->prev : &p->last) = w->prev;
}

/* ---- time -------------------------------------------------------------------------------------- */

/* When the wait ends; INT64_MAX: never. */
static int64_t end_of(int64_t timeout_ns)
{
	int64_t now = clock_now_ns();

	return timeout_ns < 0 || timeout_ns > INT64_MAX - now ? INT64_MAX : now + timeout_ns;
}

static bool waiter_init(struct park_waiter *w, const void *at)
{
	pthread_condattr_t a;

	if (pthread_condattr_init(&a) != 0)
		return false;
	pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
	*w = (struct park_waiter){ .at = at };
	bool ok = pthread_cond_init(&w->wake, &a) == 0;
	pthread_condattr_destroy(&a);
	return ok;
}

/* ---- waiting and waking ---------------------------------------------------------------------- */

static enum park_result sleep_until(struct park *p, struct park_waiter *w, int64_t end, const _Atomic uint32_t *leave,
	uint32_t ignored)
{
	while (!w->woken) {
		int64_t now = clock_now_ns();
		if (now >= end)
			return PARK_TIMED_OUT;
		if (atomic_load_explicit(leave, memory_order_relaxed) & ~ignored)
			return PARK_LEFT;
		int64_t slice = end - now > SLICE_NS ? now + SLICE_NS : end;
		struct timespec t = { .tv_sec = (time_t)(slice / SECOND_NS), .tv_nsec = (long)(slice % SECOND_NS) };
		pthread_cond_timedwait(&w->wake, &p->lock, &t);
	}
	return PARK_WOKEN;
}

static uint64_t value_at(const void *at, unsigned size)
{
	return size == 4 ? __atomic_load_n((const uint32_t *)at, __ATOMIC_SEQ_CST)
	                 : __atomic_load_n((const uint64_t *)at, __ATOMIC_SEQ_CST);
}

enum park_result park_wait(struct park *p, const void *at, uint64_t expected, unsigned size, int64_t timeout_ns,
	const _Atomic uint32_t *leave, uint32_t ignored)
{
	struct park_waiter w;
	enum park_result r = PARK_NOT_EQUAL;

	if (!waiter_init(&w, at))
		return PARK_TIMED_OUT;
	int64_t end = end_of(timeout_ns);
	pthread_mutex_lock(&p->lock);
	if (value_at(at, size) == expected) {
		waiter_add(p, &w);
		r = sleep_until(p, &w, end, leave, ignored);
		if (r != PARK_WOKEN)
			waiter_remove(p, &w);
	}
	pthread_mutex_unlock(&p->lock);
	pthread_cond_destroy(&w.wake);
	return r;
}

uint32_t park_notify(struct park *p, const void *at, uint32_t count)
{
	uint32_t n = 0;

	pthread_mutex_lock(&p->lock);
	for (struct park_waiter *w = p->first, *next; w && n < count; w = next) {
		next = w->next;
		if (w->at != at)
			continue;
		waiter_remove(p, w);
		w->woken = true;
		pthread_cond_signal(&w->wake);
		n++;
	}
	pthread_mutex_unlock(&p->lock);
	return n;
}
