/* Filestat in memory, and times; fd_filestat_*. */
#include <errno.h>
#include <unistd.h>

#include "engine/wasi/impl.h"

unsigned stat_size(const struct wasi_call *k)
{
	return k->old ? 56 : 64;
}

static uint64_t time_of(struct timespec t)
{
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/*
 *              dev  ino  filetype  nlink   size  atim  mtim  ctim
 *   preview 1  0    8    16 (u8)   24 u64  32    40    48    56
 *   unstable   0    8    16 (u8)   20 u32  24    32    40    48
 */
void stat_put(struct wasi_call *k, uint64_t at, const struct stat *st)
{
	uint64_t size_at = at + stat_size(k) - 32;

	guest_put(k, at, (uint64_t)st->st_dev, 8);
	guest_put(k, at + 8, (uint64_t)st->st_ino, 8);
	guest_put(k, at + 16, filetype_of(st->st_mode), 8);
	guest_put(k, k->old ? at + 20 : at + 24, (uint64_t)st->st_nlink, k->old ? 4 : 8);
	guest_put(k, size_at, (uint64_t)st->st_size, 8);
	guest_put(k, size_at + 8, time_of(st->st_atim), 8);
	guest_put(k, size_at + 16, time_of(st->st_mtim), 8);
	guest_put(k, size_at + 24, time_of(st->st_ctim), 8);
}

/* SET and NOW bits of one of the two times. */
static bool time_from(uint64_t ns, bool set, bool now, struct timespec *out)
{
	out->tv_sec = set ? (time_t)(ns / 1000000000u) : 0;
	out->tv_nsec = set ? (long)(ns % 1000000000u) : now ? UTIME_NOW : UTIME_OMIT;
	return !(set && now);
}

bool stat_times(uint64_t atim, uint64_t mtim, uint32_t flags, struct timespec out[2])
{
	enum { ATIM = 1, ATIM_NOW = 2, MTIM = 4, MTIM_NOW = 8, ALL = 15 };

	return !(flags & ~(uint32_t)ALL) && time_from(atim, flags & ATIM, flags & ATIM_NOW, &out[0])
		&& time_from(mtim, flags & MTIM, flags & MTIM_NOW, &out[1]);
}

uint32_t wasi_fd_filestat_get(struct wasi_call *k)
{
	struct wasi_fd *f;
	struct stat st;
	uint32_t e;

	if (!guest_ok(k, arg32(k, 1), stat_size(k)))
		return WE_FAULT;
	if ((e = fd_get(k->wasi, arg32(k, 0), RIGHT(FD_FILESTAT_GET), &f)))
		return e;
	if (fstat(f->host, &st))
		e = wasi_errno_of(errno);
	else
		stat_put(k, arg32(k, 1), &st);
	fd_put(k->wasi, f);
	return e;
}

uint32_t wasi_fd_filestat_set_size(struct wasi_call *k)
{
	uint64_t size = k->args[1];
	struct wasi_fd *f;
	uint32_t e = fd_get(k->wasi, arg32(k, 0), RIGHT(FD_FILESTAT_SET_SIZE), &f);

	if (e)
		return e;
	if (size > INT64_MAX)
		e = WE_INVAL;
	else if (ftruncate(f->host, (off_t)size))
		e = wasi_errno_of(errno);
	fd_put(k->wasi, f);
	return e;
}

uint32_t wasi_fd_filestat_set_times(struct wasi_call *k)
{
	struct timespec times[2];
	struct wasi_fd *f;
	uint32_t e;

	if (!stat_times(k->args[1], k->args[2], arg32(k, 3), times))
		return WE_INVAL;
	if ((e = fd_get(k->wasi, arg32(k, 0), RIGHT(FD_FILESTAT_SET_TIMES), &f)))
		return e;
	if (f->read_only)
		e = WE_ROFS;
	else if (futimens(f->host, times))
		e = wasi_errno_of(errno);
	fd_put(k->wasi, f);
	return e;
}
