/* Descriptors: positions, flags, hints, synchronising, granted directories. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "engine/wasi/impl.h"

/* ---- position -------------------------------------------------------------------------------- */

/* A CUR of 0 only asks, for which the right to tell is enough. */
static uint32_t fd_move(struct wasi_call *k, int64_t offset, int whence, uint32_t out)
{
	bool asks = whence == SEEK_CUR && offset == 0;
	struct wasi_fd *f;
	uint32_t e;

	if (!guest_ok(k, out, 8))
		return WE_FAULT;
	if ((e = fd_get(k->wasi, arg32(k, 0), 0, &f)))
		return e;
	uint64_t base = atomic_load(&f->base), enough = RIGHT(FD_SEEK) | (asks ? RIGHT(FD_TELL) : 0);
	if (f->kind == 'p' || f->kind == 's') {
		e = WE_SPIPE;
	} else if (!(base & enough)) {
		e = WE_NOTCAPABLE;
	} else {
		off_t at = lseek(f->host, (off_t)offset, whence);

		if (at < 0)
			e = wasi_errno_of(errno);
		else
			guest_put(k, out, (uint64_t)at, 8);
	}
	fd_put(k->wasi, f);
	return e;
}

uint32_t wasi_fd_seek(struct wasi_call *k)
{
	static const int whences[2][3] = { { SEEK_SET, SEEK_CUR, SEEK_END }, { SEEK_CUR, SEEK_END, SEEK_SET } };
	uint32_t whence = arg32(k, 2);

	return whence < 3 ? fd_move(k, (int64_t)k->args[1], whences[k->old][whence], arg32(k, 3)) : WE_INVAL;
}

uint32_t wasi_fd_tell(struct wasi_call *k)
{
	return fd_move(k, 0, SEEK_CUR, arg32(k, 1));
}

/* ---- attributes ------------------------------------------------------------------------------ */

uint32_t wasi_fd_fdstat_get(struct wasi_call *k)
{
	uint32_t at = arg32(k, 1), e;
	struct wasi_fd *f;

	if (!guest_ok(k, at, 24))
		return WE_FAULT;
	if ((e = fd_get(k->wasi, arg32(k, 0), 0, &f)))
		return e;
	guest_put(k, at, f->type | (uint64_t)atomic_load(&f->flags) << 16, 8);
	guest_put(k, (uint64_t)at + 8, atomic_load(&f->base), 8);
	guest_put(k, (uint64_t)at + 16, atomic_load(&f->inheriting), 8);
	fd_put(k->wasi, f);
	return WE_SUCCESS;
}

uint32_t wasi_fd_fdstat_set_flags(struct wasi_call *k)
{
	uint32_t flags = arg32(k, 1), e;
	struct wasi_fd *f;

	if (flags & ~(uint32_t)FDFLAG_ALL)
		return WE_INVAL;
	if ((e = fd_get(k->wasi, arg32(k, 0), RIGHT(FD_FDSTAT_SET_FLAGS), &f)))
		return e;
	/* only appending is the kernel's business: the others are kept in io.c, so that no stream that others share changes */
	if (f->kind == 'f') {
		int host = fcntl(f->host, F_GETFL);

		if (host < 0 || fcntl(f->host, F_SETFL, flags & FDFLAG_APPEND ? host | O_APPEND : host & ~O_APPEND) < 0)
			e = wasi_errno_of(errno);
	}
	if (!e)
		atomic_store(&f->flags, (uint16_t)flags);
	fd_put(k->wasi, f);
	return e;
}

/* ---- hints and synchronising ----------------------------------------------------------------- */

uint32_t wasi_fd_advise(struct wasi_call *k)
{
	static const int advices[] = { POSIX_FADV_NORMAL, POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
		POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED, POSIX_FADV_NOREUSE };
	uint64_t offset = k->args[1], size = k->args[2];
	uint32_t advice = arg32(k, 3), e;
	struct wasi_fd *f;

	if (advice >= sizeof advices / sizeof *advices || offset > INT64_MAX || size > INT64_MAX)
		return WE_INVAL;
	if ((e = fd_get(k->wasi, arg32(k, 0), RIGHT(FD_ADVISE), &f)))
		return e;
	int host = posix_fadvise(f->host, (off_t)offset, (off_t)size, advices[advice]);
	fd_put(k->wasi, f);
	return host ? wasi_errno_of(host) : WE_SUCCESS;
}

uint32_t wasi_fd_allocate(struct wasi_call *k)
{
	uint64_t offset = k->args[1], size = k->args[2];
	struct wasi_fd *f;
	uint32_t e = fd_get(k->wasi, arg32(k, 0), RIGHT(FD_ALLOCATE), &f);

	if (e)
		return e;
	int host = EINVAL;
	if (offset <= INT64_MAX && size > 0 && size <= INT64_MAX)
		host = posix_fallocate(f->host, (off_t)offset, (off_t)size);
	fd_put(k->wasi, f);
	return host ? wasi_errno_of(host) : WE_SUCCESS;
}

static uint32_t fd_flush(struct wasi_call *k, uint64_t right, int (*flush)(int))
{
	struct wasi_fd *f;
	uint32_t e = fd_get(k->wasi, arg32(k, 0), right, &f);

	if (e)
		return e;
	/* EINVAL: a pipe or device, which has nothing to write back */
	if (flush(f->host) && errno != EINVAL)
		e = wasi_errno_of(errno);
	fd_put(k->wasi, f);
	return e;
}

uint32_t wasi_fd_datasync(struct wasi_call *k)
{
	return fd_flush(k, RIGHT(FD_DATASYNC), fdatasync);
}

uint32_t wasi_fd_sync(struct wasi_call *k)
{
	return fd_flush(k, RIGHT(FD_SYNC), fsync);
}

/* ---- granted directories --------------------------------------------------------------------- */

static uint32_t fd_get_preopen(struct wasi_call *k, struct wasi_fd **f)
{
	uint32_t fd = arg32(k, 0), e = fd_get(k->wasi, fd, 0, f);

	if (e == WE_BADF && fd > 2 && !k->wasi->npreopens)
		wasi_refuse(k->wasi, WASI_REFUSED_LOOKED, "", NULL);
	if (!e && !(*f)->preopen) {
		fd_put(k->wasi, *f);
		e = WE_BADF;
	}
	return e;
}

uint32_t wasi_fd_prestat_get(struct wasi_call *k)
{
	uint32_t at = arg32(k, 1), e;
	struct wasi_fd *f;

	if (!guest_ok(k, at, 8))
		return WE_FAULT;
	if ((e = fd_get_preopen(k, &f)))
		return e;
	guest_put(k, at, (uint64_t)strlen(f->preopen) << 32, 8);
	fd_put(k->wasi, f);
	return WE_SUCCESS;
}

uint32_t wasi_fd_prestat_dir_name(struct wasi_call *k)
{
	uint32_t at = arg32(k, 1), room = arg32(k, 2), e;
	struct wasi_fd *f;

	if (!guest_ok(k, at, room))
		return WE_FAULT;
	if ((e = fd_get_preopen(k, &f)))
		return e;
	size_t n = strlen(f->preopen);
	if (n > room)
		e = WE_NAMETOOLONG;
	else
		guest_copy_out(k, at, f->preopen, n);
	fd_put(k->wasi, f);
	return e;
}
