/* Sockets that the host opened and granted, and the connections accepted from them. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/wasi/impl.h"

static uint32_t sock_get(struct wasi_call *k, uint64_t right, struct wasi_fd **f)
{
	uint32_t e = fd_get(k->wasi, arg32(k, 0), 0, f);

	if (e)
		return e;
	if ((*f)->kind != 's')
		e = WE_NOTSOCK;
	else if (right & ~atomic_load(&(*f)->base))
		e = WE_NOTCAPABLE;
	if (e)
		fd_put(k->wasi, *f);
	return e;
}

static bool again(const struct wasi_fd *f)
{
	return errno == EINTR || (errno == EAGAIN && !(atomic_load(&f->flags) & FDFLAG_NONBLOCK));
}

static uint32_t accept_one(struct wasi_call *k, const struct wasi_fd *f, int *host)
{
	*host = -1;
	while (*host < 0) {
		uint32_t e = fd_wait(k, f, POLLIN);

		if (e)
			return e;
		*host = accept4(f->host, NULL, NULL, SOCK_CLOEXEC);
		if (*host < 0 && !again(f))
			return wasi_errno_of(errno);
	}
	return WE_SUCCESS;
}

uint32_t wasi_sock_accept(struct wasi_call *k)
{
	uint32_t flags = arg32(k, 1), out = arg32(k, 2), fd, e;
	struct wasi_fd *f;
	int host;

	if (flags & ~(uint32_t)FDFLAG_NONBLOCK)
		return WE_INVAL;
	if (!guest_ok(k, out, 4))
		return WE_FAULT;
	if ((e = sock_get(k, RIGHT(SOCK_ACCEPT), &f)))
		return e;
	if (!(e = accept_one(k, f, &host))) {
		struct wasi_fd got = fd_describe(host, true);

		got.base &= atomic_load(&f->inheriting);
		got.inheriting = got.base;
		got.flags = (uint16_t)flags;
		e = fd_add(k->wasi, got, &fd);
	}
	fd_put(k->wasi, f);
	if (!e)
		guest_put(k, out, fd, 4);
	return e;
}

enum { RECV_PEEK = 1, RECV_WAITALL = 2, RECV_DATA_TRUNCATED = 1 };

/* Wait and receive once; WAITALL goes on in sock_receive(), so that an interrupt can end it. */
static uint32_t receive_once(struct wasi_call *k, const struct wasi_fd *f, struct msghdr *m, int flags, ssize_t *n)
{
	for (;;) {
		uint32_t e = fd_wait(k, f, POLLIN);

		if (e)
			return e;
		*n = recvmsg(f->host, m, flags | MSG_DONTWAIT);
		if (*n >= 0)
			return WE_SUCCESS;
		if (!again(f))
			return wasi_errno_of(errno);
	}
}

/* Drop N bytes from the front of a vector. */
static void vector_advance(struct msghdr *m, size_t n)
{
	while (m->msg_iovlen && n >= m->msg_iov->iov_len) {
		n -= m->msg_iov->iov_len;
		m->msg_iov++;
		m->msg_iovlen--;
	}
	if (m->msg_iovlen) {
		m->msg_iov->iov_base = (uint8_t *)m->msg_iov->iov_base + n;
		m->msg_iov->iov_len -= n;
	}
}

static uint32_t sock_receive(struct wasi_call *k, const struct wasi_fd *f, struct iovs *v, uint32_t flags,
	uint32_t *done, uint32_t *roflags)
{
	struct msghdr m = { .msg_iov = v->v, .msg_iovlen = v->n };
	bool peek = flags & RECV_PEEK, all = flags & RECV_WAITALL && f->type == FILETYPE_STREAM && !peek;
	ssize_t n;

	*done = *roflags = 0;
	do {
		uint32_t e = receive_once(k, f, &m, peek ? MSG_PEEK : 0, &n);

		if (e)
			return *done && k->out == OUT_DONE ? WE_SUCCESS : e;
		*done += (uint32_t)n;
		if (m.msg_flags & MSG_TRUNC)
			*roflags = RECV_DATA_TRUNCATED;
		vector_advance(&m, (size_t)n);
	} while (all && n > 0 && *done < v->total);
	return WE_SUCCESS;
}

uint32_t wasi_sock_recv(struct wasi_call *k)
{
	uint32_t flags = arg32(k, 3), done, roflags;
	struct iovs v;
	struct wasi_fd *f;
	uint32_t e = iovs_get(k, 1, &v);

	if (!e && flags & ~(uint32_t)(RECV_PEEK | RECV_WAITALL))
		e = WE_INVAL;
	if (!e && (!guest_ok(k, arg32(k, 4), 4) || !guest_ok(k, arg32(k, 5), 2)))
		e = WE_FAULT;
	if (e || (e = sock_get(k, RIGHT(FD_READ), &f)))
		return e;
	iovs_announce(k, &v);
	if (!(e = sock_receive(k, f, &v, flags, &done, &roflags))) {
		guest_put(k, arg32(k, 4), done, 4);
		guest_put(k, arg32(k, 5), roflags, 2);
	}
	fd_put(k->wasi, f);
	return e;
}

uint32_t wasi_sock_send(struct wasi_call *k)
{
	struct iovs v;
	struct wasi_fd *f;
	uint32_t done, e = iovs_get(k, 1, &v);

	if (!e && arg32(k, 3))
		e = WE_INVAL;
	if (!e && !guest_ok(k, arg32(k, 4), 4))
		e = WE_FAULT;
	if (e || (e = sock_get(k, RIGHT(FD_WRITE), &f)))
		return e;
	if (!(e = fd_write_iovs(k, f, &v, &done)))
		guest_put(k, arg32(k, 4), done, 4);
	fd_put(k->wasi, f);
	return e;
}

uint32_t wasi_sock_shutdown(struct wasi_call *k)
{
	static const int ways[4] = { 0, SHUT_RD, SHUT_WR, SHUT_RDWR };
	uint32_t how = arg32(k, 1), e;
	struct wasi_fd *f;

	if ((e = sock_get(k, RIGHT(SOCK_SHUTDOWN), &f)))
		return e;
	if (how == 0 || how > 3)
		e = WE_INVAL;
	else if (shutdown(f->host, ways[how]))
		e = wasi_errno_of(errno);
	fd_put(k->wasi, f);
	return e;
}
