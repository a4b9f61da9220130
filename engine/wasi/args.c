/* Arguments and environment: arrays of pointers into a buffer of NUL-terminated strings. */
#include <string.h>

#include "engine/wasi/impl.h"

static uint64_t strings_size(const char **s, uint32_t n)
{
	uint64_t size = 0;

	for (uint32_t i = 0; i < n; i++)
		size += strlen(s[i]) + 1;
	return size;
}

static uint32_t strings_sizes_get(struct wasi_call *k, const char **s, uint32_t n)
{
	uint32_t count_at = arg32(k, 0), size_at = arg32(k, 1);
	uint64_t size = strings_size(s, n);

	if (!guest_ok(k, count_at, 4) || !guest_ok(k, size_at, 4))
		return WE_FAULT;
	if (size > UINT32_MAX)
		return WE_OVERFLOW;
	guest_put(k, count_at, n, 4);
	guest_put(k, size_at, size, 4);
	return WE_SUCCESS;
}

static uint32_t strings_get(struct wasi_call *k, const char **s, uint32_t n)
{
	uint32_t pointers = arg32(k, 0), bytes = arg32(k, 1);
	uint64_t at = bytes;

	if (!guest_ok(k, pointers, (uint64_t)n * 4) || !guest_ok(k, bytes, strings_size(s, n)))
		return WE_FAULT;
	for (uint32_t i = 0; i < n; i++) {
		size_t size = strlen(s[i]) + 1;

		guest_put(k, pointers + (uint64_t)i * 4, at, 4);
		guest_copy_out(k, at, s[i], size);
		at += size;
	}
	return WE_SUCCESS;
}

uint32_t wasi_args_get(struct wasi_call *k)
{
	return strings_get(k, k->wasi->args, k->wasi->nargs);
}

uint32_t wasi_args_sizes_get(struct wasi_call *k)
{
	return strings_sizes_get(k, k->wasi->args, k->wasi->nargs);
}

uint32_t wasi_environ_get(struct wasi_call *k)
{
	return strings_get(k, k->wasi->env, k->wasi->nenv);
}

uint32_t wasi_environ_sizes_get(struct wasi_call *k)
{
	return strings_sizes_get(k, k->wasi->env, k->wasi->nenv);
}
