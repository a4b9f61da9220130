/* Clocks: real, monotonic, and the processor time of the process and of the calling thread. */
#include <time.h>

#include "engine/wasi/impl.h"

bool clock_of(uint32_t id, clockid_t *out)
{
	static const clockid_t clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID,
		CLOCK_THREAD_CPUTIME_ID };

	if (id >= sizeof clocks / sizeof *clocks)
		return false;
	*out = clocks[id];
	return true;
}

static uint64_t nanoseconds(struct timespec t)
{
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t clock_now(clockid_t clock)
{
	struct timespec t = { 0 };

	clock_gettime(clock, &t);
	return nanoseconds(t);
}

uint32_t wasi_clock_res_get(struct wasi_call *k)
{
	struct timespec t = { 0 };
	clockid_t clock;

	if (!clock_of(arg32(k, 0), &clock))
		return WE_INVAL;
	if (!guest_ok(k, arg32(k, 1), 8))
		return WE_FAULT;
	clock_getres(clock, &t);
	uint64_t ns = nanoseconds(t);
	guest_put(k, arg32(k, 1), ns ? ns : 1, 8);
	return WE_SUCCESS;
}

uint32_t wasi_clock_time_get(struct wasi_call *k)
{
	clockid_t clock;

	if (!clock_of(arg32(k, 0), &clock))
		return WE_INVAL;
	if (!guest_ok(k, arg32(k, 2), 8))
		return WE_FAULT;
	guest_put(k, arg32(k, 2), clock_now(clock), 8);
	return WE_SUCCESS;
}
