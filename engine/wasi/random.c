/* Random bytes from the kernel, a piece at a time so that an interrupt ends a huge request. */
#include <errno.h>
#include <sys/random.h>

#include "engine/wasi/impl.h"

enum { RANDOM_PIECE = 1 << 20 };

uint32_t wasi_random_get(struct wasi_call *k)
{
	uint32_t at = arg32(k, 0), size = arg32(k, 1);

	if (!guest_ok(k, at, size))
		return WE_FAULT;
	if (!size)
		return WE_SUCCESS;
	mem_will_write(k->mem, at, size);
	for (uint32_t done = 0; done < size; ) {
		uint32_t piece = size - done < RANDOM_PIECE ? size - done : RANDOM_PIECE;
		ssize_t n = getrandom(guest_at(k, (uint64_t)at + done), piece, 0);

		if (n < 0 && errno != EINTR)
			return wasi_errno_of(errno);
		if (n > 0)
			done += (uint32_t)n;
		if (done < size && ctx_wait(k->ctx, -1, 0, 0) < 0)
			return call_interrupted(k);
	}
	return WE_SUCCESS;
}
