/*
 * Moving bytes: vectors of guest buffers, and reads and writes that an interrupt or the deadline can end.
 *
 * What may block is waited for first. Streams that we were given keep the mode they have (others share them), so a
 * blocking pipe or terminal is written in pieces that fit when it says it is writable.
 */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/wasi/impl.h"

enum { PIECE_PIPE = PIPE_BUF, PIECE_TERMINAL = 256 };

uint32_t iovs_get(const struct wasi_call *k, int i, struct iovs *v)
{
	uint32_t list = arg32(k, i), n = arg32(k, i + 1);

	v->n = 0;
	v->total = 0;
	if (n > IOV_MOST)
		return WE_INVAL;
	if (!guest_ok(k, list, (uint64_t)n * 8))
		return WE_FAULT;
	for (uint32_t j = 0; j < n; j++) {
		uint32_t at = (uint32_t)guest_get(k, list + (uint64_t)j * 8, 4);
		uint64_t size = guest_get(k, list + (uint64_t)j * 8 + 4, 4);

		if (!guest_ok(k, at, size))
			return WE_FAULT;
		if (size > IO_MOST - v->total)
			size = IO_MOST - v->total;
		if (!size)
			continue;
		v->at[v->n] = at;
		v->v[v->n++] = (struct iovec){ guest_at(k, at), size };
		v->total += size;
	}
	return WE_SUCCESS;
}

void iovs_announce(struct wasi_call *k, const struct iovs *v)
{
	for (uint32_t i = 0; i < v->n; i++)
		mem_will_write(k->mem, v->at[i], v->v[i].iov_len);
}

/* The first SIZE bytes of them were written somewhere. */
static void iovs_were_read(const struct wasi_call *k, const struct iovs *v, uint64_t size)
{
	for (uint32_t i = 0; i < v->n && size; i++) {
		uint64_t n = v->v[i].iov_len < size ? v->v[i].iov_len : size;
		mem_will_read(k->mem, v->at[i], n);
		size -= n;
	}
}

uint32_t fd_wait(struct wasi_call *k, const struct wasi_fd *f, short events)
{
	if (!f->waits)
		return WE_SUCCESS;
	bool nonblock = atomic_load(&f->flags) & FDFLAG_NONBLOCK;
	int r = ctx_wait(k->ctx, f->host, events, nonblock ? 0 : -1);

	if (r < 0)
		return call_interrupted(k);
	return r ? WE_SUCCESS : WE_AGAIN;
}

/* Whether a failed read or write is to be tried again after waiting: someone else was faster, or a signal came. */
static bool try_again(const struct wasi_fd *f)
{
	return errno == EINTR || (errno == EAGAIN && f->waits && !(atomic_load(&f->flags) & FDFLAG_NONBLOCK));
}

static ssize_t host_readv(const struct wasi_fd *f, struct iovec *v, uint32_t n)
{
	struct msghdr m = { .msg_iov = v, .msg_iovlen = n };

	return f->kind == 's' ? recvmsg(f->host, &m, MSG_DONTWAIT) : readv(f->host, v, (int)n);
}

static ssize_t host_writev(const struct wasi_fd *f, struct iovec *v, uint32_t n)
{
	struct msghdr m = { .msg_iov = v, .msg_iovlen = n };

	return f->kind == 's' ? sendmsg(f->host, &m, MSG_DONTWAIT | MSG_NOSIGNAL) : writev(f->host, v, (int)n);
}

uint32_t fd_read_iovs(struct wasi_call *k, struct wasi_fd *f, const struct iovs *v, uint32_t *done)
{
	*done = 0;
	if (!v->total)
		return WE_SUCCESS;
	for (;;) {
		uint32_t e = fd_wait(k, f, POLLIN);

		if (e)
			return e;
		iovs_announce(k, v);
		ssize_t n = host_readv(f, (struct iovec *)v->v, v->n);
		if (n >= 0) {
			*done = (uint32_t)n;
			return WE_SUCCESS;
		}
		if (!try_again(f))
			return wasi_errno_of(errno);
	}
}

/* At most LIMIT bytes of V behind the first SKIP. */
static uint32_t iovs_window(const struct iovs *v, uint64_t skip, uint64_t limit, struct iovec *out)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < v->n && limit; i++) {
		uint64_t size = v->v[i].iov_len;

		if (skip >= size) {
			skip -= size;
			continue;
		}
		size = size - skip < limit ? size - skip : limit;
		out[n++] = (struct iovec){ (uint8_t *)v->v[i].iov_base + skip, size };
		limit -= size;
		skip = 0;
	}
	return n;
}

static uint64_t piece_of(const struct wasi_fd *f)
{
	if (f->kind != 'p')
		return IO_MOST;
	return f->type == FILETYPE_CHARACTER ? PIECE_TERMINAL : PIECE_PIPE;
}

/* What is written to files opened with these flags is on its disk when the call returns. */
static uint32_t fd_synchronize(const struct wasi_fd *f)
{
	uint16_t flags = atomic_load(&f->flags);
	int r = 0;

	if (f->kind != 'f')
		return WE_SUCCESS;
	if (flags & (FDFLAG_SYNC | FDFLAG_RSYNC))
		r = fsync(f->host);
	else if (flags & FDFLAG_DSYNC)
		r = fdatasync(f->host);
	return r ? wasi_errno_of(errno) : WE_SUCCESS;
}

uint32_t fd_write_iovs(struct wasi_call *k, struct wasi_fd *f, const struct iovs *v, uint32_t *done)
{
	struct iovec window[IOV_MOST];
	uint64_t written = 0;
	uint32_t e = WE_SUCCESS;

	while (written < v->total && (e = fd_wait(k, f, POLLOUT)) == WE_SUCCESS) {
		uint32_t n = iovs_window(v, written, piece_of(f), window);
		ssize_t r = host_writev(f, window, n);

		if (r > 0)
			written += (uint64_t)r;
		else if (r == 0)
			break;
		else if (!try_again(f)) {
			e = wasi_errno_of(errno);
			break;
		}
	}
	*done = (uint32_t)written;
	iovs_were_read(k, v, written);
	/* what went out counts; the reason why the rest did not will come again */
	return written ? fd_synchronize(f) : e;
}

/* ---- fd_read and its kin --------------------------------------------------------------------- */

uint32_t wasi_fd_read(struct wasi_call *k)
{
	struct iovs v;
	struct wasi_fd *f;
	uint32_t done, e = iovs_get(k, 1, &v);

	if (!e && !guest_ok(k, arg32(k, 3), 4))
		e = WE_FAULT;
	if (e || (e = fd_get(k->wasi, arg32(k, 0), RIGHT(FD_READ), &f)))
		return e;
	if (!(e = fd_read_iovs(k, f, &v, &done)))
		guest_put(k, arg32(k, 3), done, 4);
	fd_put(k->wasi, f);
	return e;
}

uint32_t wasi_fd_write(struct wasi_call *k)
{
	struct iovs v;
	struct wasi_fd *f;
	uint32_t done, e = iovs_get(k, 1, &v);

	if (!e && !guest_ok(k, arg32(k, 3), 4))
		e = WE_FAULT;
	if (e || (e = fd_get(k->wasi, arg32(k, 0), RIGHT(FD_WRITE), &f)))
		return e;
	if (!(e = fd_write_iovs(k, f, &v, &done)))
		guest_put(k, arg32(k, 3), done, 4);
	fd_put(k->wasi, f);
	return e;
}

static uint32_t fd_positioned(struct wasi_call *k, bool write)
{
	struct iovs v;
	struct wasi_fd *f;
	uint64_t offset = k->args[3];
	uint32_t e = iovs_get(k, 1, &v);

	if (!e && !guest_ok(k, arg32(k, 4), 4))
		e = WE_FAULT;
	if (e || (e = fd_get(k->wasi, arg32(k, 0), (write ? RIGHT(FD_WRITE) : RIGHT(FD_READ)) | RIGHT(FD_SEEK), &f)))
		return e;
	if (!write)
		iovs_announce(k, &v);
	ssize_t n = -1;
	errno = EINVAL;
	if (offset <= INT64_MAX)
		n = write ? pwritev(f->host, v.v, (int)v.n, (off_t)offset) : preadv(f->host, v.v, (int)v.n, (off_t)offset);
	if (write && n > 0)
		iovs_were_read(k, &v, (uint64_t)n);
	e = n < 0 ? wasi_errno_of(errno) : write ? fd_synchronize(f) : WE_SUCCESS;
	if (!e)
		guest_put(k, arg32(k, 4), (uint64_t)n, 4);
	fd_put(k->wasi, f);
	return e;
}

uint32_t wasi_fd_pread(struct wasi_call *k)
{
	return fd_positioned(k, false);
}

uint32_t wasi_fd_pwrite(struct wasi_call *k)
{
	return fd_positioned(k, true);
}
