/* Guest memory: integers, byte runs and paths. Integers are little-endian and need no alignment. */
#include <string.h>

#include "engine/base/utf8.h"
#include "engine/wasi/impl.h"

uint64_t guest_get(const struct wasi_call *k, uint64_t at, unsigned bytes)
{
	const uint8_t *p = guest_at(k, at);
	uint64_t v = 0;

	mem_will_read(k->mem, at, bytes);
	for (unsigned i = 0; i < bytes; i++)
		v |= (uint64_t)p[i] << 8 * i;
	return v;
}

void guest_put(struct wasi_call *k, uint64_t at, uint64_t value, unsigned bytes)
{
	uint8_t *p = guest_at(k, at);

	mem_will_write(k->mem, at, bytes);
	for (unsigned i = 0; i < bytes; i++)
		p[i] = (uint8_t)(value >> 8 * i);
}

void guest_copy_out(struct wasi_call *k, uint64_t at, const void *p, size_t size)
{
	if (!size)
		return;
	mem_will_write(k->mem, at, size);
	memcpy(guest_at(k, at), p, size);
}

uint32_t guest_path(const struct wasi_call *k, int i, char *path)
{
	uint32_t at = arg32(k, i), size = arg32(k, i + 1);

	if (!guest_ok(k, at, size))
		return WE_FAULT;
	if (size >= PATH_MAX)
		return WE_NAMETOOLONG;
	mem_will_read(k->mem, at, size);
	if (size)
		memcpy(path, guest_at(k, at), size);
	path[size] = '\0';
	if (memchr(path, 0, size) || !utf8_valid(path, size))
		return WE_ILSEQ;
	return WE_SUCCESS;
}
