/*
 * poll_oneoff: clocks and descriptors together.
 *
 * Subscriptions are read, looked at once without waiting, and only when none has happened is there a wait: on nothing,
 * on the one descriptor, or on an epoll descriptor that stands for all. Afterwards everything is looked at again, until
 * something happened.
 */
#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "engine/wasi/impl.h"

enum event_type { EVENT_CLOCK, EVENT_FD_READ, EVENT_FD_WRITE, EVENT_TYPES };
enum { EVENT_SIZE = 32, EVENT_HANGUP = 1, CLOCK_ABSTIME = 1, POLL_MOST = 16384 };

struct subscription {
	uint64_t userdata;
	uint8_t type;
	uint32_t error;                 /* found while reading it: happens at once */
	bool happened, ready_file;
	struct wasi_fd *fd;
	short revents;
	clockid_t clock;
	uint64_t until;                 /* on that clock */
};

struct polling {
	struct wasi_call *call;
	struct subscription *subs;
	uint32_t n;
};

/* ---- reading --------------------------------------------------------------------------------- */

/* A clock's fields follow `userdata type` at 16; in "wasi_unstable" 8 bytes of identifier come first. */
static void read_clock(struct wasi_call *k, uint64_t at, struct subscription *s)
{
	uint32_t id = (uint32_t)guest_get(k, at, 4);
	uint64_t timeout = guest_get(k, at + 8, 8);
	bool absolute = guest_get(k, at + 24, 2) & CLOCK_ABSTIME;

	if (k->wasi->deny & WASI_DENY_CLOCK) {
		wasi_refuse(k->wasi, WASI_REFUSED_DENIED, "clock", NULL);
		s->error = WE_ACCES;
	} else if (!clock_of(id, &s->clock)) {
		s->error = WE_INVAL;
	} else if (s->clock != CLOCK_REALTIME && s->clock != CLOCK_MONOTONIC) {
		s->error = WE_NOTSUP;
	} else if (absolute) {
		s->until = timeout;
	} else {
		uint64_t now = clock_now(s->clock);

		s->until = timeout > UINT64_MAX - now ? UINT64_MAX : now + timeout;
	}
}

static void read_fd(struct wasi_call *k, uint64_t at, struct subscription *s)
{
	uint64_t right = s->type == EVENT_FD_READ ? RIGHT(FD_READ) : RIGHT(FD_WRITE);
	uint32_t fd = (uint32_t)guest_get(k, at, 4);

	/* a listening socket has a connection to read */
	s->error = fd_get(k->wasi, fd, RIGHT(POLL_FD_READWRITE) | right, &s->fd);
	if (!s->error)
		s->ready_file = !s->fd->waits;
}

static uint32_t polling_read(struct polling *p)
{
	struct wasi_call *k = p->call;
	uint64_t size = k->old ? 56 : 48, at = arg32(k, 0);

	for (uint32_t i = 0; i < p->n; i++, at += size) {
		struct subscription *s = &p->subs[i];

		s->userdata = guest_get(k, at, 8);
		s->type = (uint8_t)guest_get(k, at + 8, 1);
		if (s->type >= EVENT_TYPES)
			return WE_INVAL;
		if (s->type == EVENT_CLOCK)
			read_clock(k, at + (k->old ? 24 : 16), s);
		else
			read_fd(k, at + 16, s);
	}
	return WE_SUCCESS;
}

/* ---- looking --------------------------------------------------------------------------------- */

static short events_of(const struct subscription *s)
{
	return s->type == EVENT_FD_READ ? POLLIN | POLLRDHUP : POLLOUT;
}

static bool pollable(const struct subscription *s)
{
	return s->fd && !s->error && !s->ready_file;
}

static short revents_now(const struct subscription *s)
{
	struct pollfd fd = { s->fd->host, events_of(s), 0 };

	return poll(&fd, 1, 0) > 0 ? fd.revents : 0;
}

/* How many happened. */
static uint32_t polling_look(struct polling *p)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < p->n; i++) {
		struct subscription *s = &p->subs[i];

		s->revents = pollable(s) ? revents_now(s) : 0;
		s->happened = s->error || s->ready_file || s->revents
			|| (s->type == EVENT_CLOCK && clock_now(s->clock) >= s->until);
		count += s->happened;
	}
	return count;
}

/* ---- waiting --------------------------------------------------------------------------------- */

/* Nanoseconds until the first clock; -1: there is none, or only in centuries. */
static int64_t polling_timeout(const struct polling *p)
{
	uint64_t least = UINT64_MAX;

	for (uint32_t i = 0; i < p->n; i++) {
		const struct subscription *s = &p->subs[i];

		if (s->type != EVENT_CLOCK)
			continue;
		uint64_t now = clock_now(s->clock), left = s->until > now ? s->until - now : 0;
		least = left < least ? left : least;
	}
	return least > INT64_MAX / 2 ? -1 : (int64_t)least;
}

/* One epoll descriptor for all; reading and writing may be asked of the same descriptor. */
static int polling_set(const struct polling *p)
{
	int set = epoll_create1(EPOLL_CLOEXEC);

	for (uint32_t i = 0; set >= 0 && i < p->n; i++) {
		if (!pollable(&p->subs[i]))
			continue;
		int host = p->subs[i].fd->host;
		struct epoll_event e = { .events = 0 };

		for (uint32_t j = 0; j < p->n; j++)
			if (pollable(&p->subs[j]) && p->subs[j].fd->host == host)
				e.events |= (uint32_t)events_of(&p->subs[j]);
		if (epoll_ctl(set, EPOLL_CTL_ADD, host, &e) && errno != EEXIST) {
			close(set);
			return -1;
		}
	}
	return set;
}

static uint32_t polling_wait(struct polling *p)
{
	const struct subscription *one = NULL;
	uint32_t count = 0;

	for (uint32_t i = 0; i < p->n; i++) {
		if (pollable(&p->subs[i])) {
			one = &p->subs[i];
			count++;
		}
	}
	int set = count > 1 ? polling_set(p) : -1;
	if (count > 1 && set < 0)
		return wasi_errno_of(errno);
	int fd = count > 1 ? set : count ? one->fd->host : -1;
	short events = count == 1 ? events_of(one) : POLLIN;
	int r = ctx_wait(p->call->ctx, fd, events, polling_timeout(p));
	if (set >= 0)
		close(set);
	return r < 0 ? call_interrupted(p->call) : WE_SUCCESS;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* Bytes that can be read; that can be written at least. */
static uint64_t bytes_ready(const struct subscription *s)
{
	struct stat st;
	int n = 0;

	if (s->type == EVENT_FD_WRITE)
		return PIPE_BUF;
	if (!s->ready_file)
		return ioctl(s->fd->host, FIONREAD, &n) || n < 0 ? 0 : (uint64_t)n;
	off_t at = lseek(s->fd->host, 0, SEEK_CUR);
	return fstat(s->fd->host, &st) || at < 0 || at > st.st_size ? 0 : (uint64_t)(st.st_size - at);
}

static void event_put(struct wasi_call *k, uint64_t at, const struct subscription *s)
{
	bool fd = s->type != EVENT_CLOCK && !s->error;

	guest_put(k, at, s->userdata, 8);
	guest_put(k, at + 8, s->error | (uint64_t)s->type << 16, 8);
	guest_put(k, at + 16, fd ? bytes_ready(s) : 0, 8);
	guest_put(k, at + 24, fd && s->revents & (POLLHUP | POLLRDHUP) ? EVENT_HANGUP : 0, 8);
}

static void polling_write(struct polling *p)
{
	struct wasi_call *k = p->call;
	uint64_t out = arg32(k, 1);
	uint32_t count = 0;

	for (uint32_t i = 0; i < p->n; i++)
		if (p->subs[i].happened)
			event_put(k, out + (uint64_t)count++ * EVENT_SIZE, &p->subs[i]);
	guest_put(k, arg32(k, 3), count, 4);
}

uint32_t wasi_poll_oneoff(struct wasi_call *k)
{
	uint32_t n = arg32(k, 2);
	uint64_t size = k->old ? 56 : 48;

	if (!n)
		return WE_INVAL;
	if (!guest_ok(k, arg32(k, 0), n * size) || !guest_ok(k, arg32(k, 1), (uint64_t)n * EVENT_SIZE)
		|| !guest_ok(k, arg32(k, 3), 4))
		return WE_FAULT;
	if (n > POLL_MOST)
		return WE_NOMEM;
	struct polling p = { k, calloc(n, sizeof *p.subs), n };
	uint32_t e = p.subs ? polling_read(&p) : WE_NOMEM;
	while (!e && !polling_look(&p))
		e = polling_wait(&p);
	if (!e)
		polling_write(&p);
	for (uint32_t i = 0; p.subs && i < n; i++)
		if (p.subs[i].fd)
			fd_put(k->wasi, p.subs[i].fd);
	free(p.subs);
	return e;
}
