/* poll_oneoff, and sockets that the host granted. */
#include "tests/wasi/guest.h"

#include <sys/socket.h>
#include <sys/un.h>

enum { SUBS = 4096, EVENTS = 16384 };

static void clock_sub(struct guest *g, uint32_t i, uint64_t userdata, uint32_t clock, uint64_t timeout, uint32_t flags)
{
	bool old = !strcmp(g->module, "wasi_unstable");
	uint32_t at = SUBS + i * (old ? 56 : 48), u = at + (old ? 24 : 16);

	memset(g->bytes + at, 0, old ? 56 : 48);
	guest_store(g, at, userdata, 8);
	guest_store(g, u, clock, 4);
	guest_store(g, u + 8, timeout, 8);
	guest_store(g, u + 24, flags, 2);
}

static void fd_sub(struct guest *g, uint32_t i, uint64_t userdata, uint32_t type, uint32_t fd)
{
	uint32_t at = SUBS + i * (strcmp(g->module, "wasi_unstable") ? 48 : 56);

	guest_store(g, at, userdata, 8);
	guest_store(g, at + 8, type, 1);
	guest_store(g, at + 16, fd, 4);
}

/* Event I: its userdata, error and type are these. */
static bool event_is(const struct guest *g, uint32_t i, uint64_t userdata, uint32_t error, uint32_t type)
{
	uint32_t at = EVENTS + i * 32;

	return guest_load(g, at, 8) == userdata && guest_load(g, at + 8, 2) == error && guest_load(g, at + 10, 1) == type;
}

static int64_t milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void test_clocks(struct guest *g)
{
	int64_t start = milliseconds();

	clock_sub(g, 0, 11, 1, 30000000, 0);
	clock_sub(g, 1, 22, 1, 3000000000, 0);
	EXPECT(g, WE_SUCCESS, "poll_oneoff", SUBS, EVENTS, 2, 8);
	CHECK(guest_load(g, 8, 4) == 1 && event_is(g, 0, 11, 0, 0), "the shorter of two clocks");
	CHECK(milliseconds() - start >= 29 && milliseconds() - start < 2000, "after its time");
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	clock_sub(g, 0, 33, 0, (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec + 20000000, 1);
	EXPECT(g, WE_SUCCESS, "poll_oneoff", SUBS, EVENTS, 1, 8);
	CHECK(guest_load(g, 8, 4) == 1 && event_is(g, 0, 33, 0, 0), "a time of day");
	clock_sub(g, 0, 44, 9, 0, 0);
	clock_sub(g, 1, 55, 2, 0, 0);
	EXPECT(g, WE_SUCCESS, "poll_oneoff", SUBS, EVENTS, 2, 8);
	CHECK(guest_load(g, 8, 4) == 2 && event_is(g, 0, 44, WE_INVAL, 0) && event_is(g, 1, 55, WE_NOTSUP, 0),
		"clocks that cannot be waited for");
	EXPECT(g, WE_INVAL, "poll_oneoff", SUBS, EVENTS, 0, 8);
	EXPECT(g, WE_FAULT, "poll_oneoff", SUBS, 65535, 1, 8);
	EXPECT(g, WE_FAULT, "poll_oneoff", SUBS, EVENTS, 0x10000000, 8);
	fd_sub(g, 0, 1, 3, 0);
	EXPECT(g, WE_INVAL, "poll_oneoff", SUBS, EVENTS, 1, 8);
	clock_sub(g, 0, 1, 1, UINT64_MAX, 0);
	g->interrupt_after = 20;
	CHECK(CALL(g, "poll_oneoff", SUBS, EVENTS, 1, 8) == -1 && g->out == OUT_INTERRUPT, "sleeping is interrupted");
	g->interrupt_after = -1;
}

static void test_descriptors(struct guest *g, int feed)
{
	fd_sub(g, 0, 1, 1, 0);
	clock_sub(g, 1, 2, 1, 20000000, 0);
	EXPECT(g, WE_SUCCESS, "poll_oneoff", SUBS, EVENTS, 2, 8);
	CHECK(guest_load(g, 8, 4) == 1 && event_is(g, 0, 2, 0, 0), "nothing to read: the clock");
	CHECK(write(feed, "abcde", 5) == 5, "five bytes");
	EXPECT(g, WE_SUCCESS, "poll_oneoff", SUBS, EVENTS, 2, 8);
	CHECK(guest_load(g, 8, 4) == 1 && event_is(g, 0, 1, 0, 1) && guest_load(g, EVENTS + 16, 8) == 5, "five bytes to read");
	fd_sub(g, 1, 3, 2, 1);
	fd_sub(g, 2, 4, 1, 77);
	fd_sub(g, 3, 5, 2, 0);
	EXPECT(g, WE_SUCCESS, "poll_oneoff", SUBS, EVENTS, 4, 8);
	CHECK(guest_load(g, 8, 4) == 4 && event_is(g, 1, 3, 0, 2) && event_is(g, 2, 4, WE_BADF, 1)
		&& event_is(g, 3, 5, WE_NOTCAPABLE, 2), "writable, bad descriptor, no right");
	g->module = "wasi_unstable";
	fd_sub(g, 0, 1, 1, 0);
	clock_sub(g, 1, 2, 1, 3000000000, 0);
	EXPECT(g, WE_SUCCESS, "poll_oneoff", SUBS, EVENTS, 2, 8);
	CHECK(guest_load(g, 8, 4) == 1 && event_is(g, 0, 1, 0, 1), "the older layout");
	clock_sub(g, 0, 6, 1, 1000000, 0);
	EXPECT(g, WE_SUCCESS, "poll_oneoff", SUBS, EVENTS, 1, 8);
	CHECK(guest_load(g, 8, 4) == 1 && event_is(g, 0, 6, 0, 0), "its clock");
	g->module = "wasi_snapshot_preview1";
	EXPECT(g, WE_SUCCESS, "fd_read", 0, guest_iov(g, 200, 10), 1, 8);
}

static void *feed_later(void *arg)
{
	usleep(30000);
	if (write(*(int *)arg, "x", 1) != 1)
		abort();
	return NULL;
}

/* Several at once that are not ready: an input twice, a socket in both directions, a clock. */
static void test_many(struct guest *g, int feed, uint32_t socket)
{
	pthread_t t;

	fd_sub(g, 0, 1, 1, 0);
	fd_sub(g, 1, 2, 1, socket);
	fd_sub(g, 2, 3, 1, 0);
	clock_sub(g, 3, 4, 1, 5000000000, 0);
	pthread_create(&t, NULL, feed_later, &feed);
	EXPECT(g, WE_SUCCESS, "poll_oneoff", SUBS, EVENTS, 4, 8);
	pthread_join(t, NULL);
	CHECK(guest_load(g, 8, 4) == 2 && event_is(g, 0, 1, 0, 1) && event_is(g, 1, 3, 0, 1), "both readers of the input");
	EXPECT(g, WE_SUCCESS, "fd_read", 0, guest_iov(g, 200, 10), 1, 8);
	g->interrupt_after = 20;
	CHECK(CALL(g, "poll_oneoff", SUBS, EVENTS, 3, 8) == -1 && g->out == OUT_INTERRUPT, "waiting for many is interrupted");
	g->interrupt_after = -1;
}

static void test_socket(struct guest *g, uint32_t fd, int peer)
{
	EXPECT(g, WE_SUCCESS, "fd_fdstat_get", fd, 64);
	CHECK(guest_load(g, 64, 1) == FILETYPE_STREAM && guest_load(g, 72, 8) & RIGHT(SOCK_SHUTDOWN), "a stream socket");
	guest_text(g, 300, "ping");
	EXPECT(g, WE_SUCCESS, "sock_send", fd, guest_iov(g, 300, 4), 1, 0, 8);
	char buf[10] = "";
	CHECK(read(peer, buf, 10) == 4 && !memcmp(buf, "ping", 4), "what was sent arrives");
	CHECK(write(peer, "pong", 4) == 4, "an answer");
	EXPECT(g, WE_SUCCESS, "sock_recv", fd, guest_iov(g, 200, 10), 1, 1, 8, 12);
	EXPECT(g, WE_SUCCESS, "sock_recv", fd, guest_iov(g, 200, 10), 1, 0, 8, 12);
	CHECK(guest_load(g, 8, 4) == 4 && guest_load(g, 12, 2) == 0 && !memcmp(g->bytes + 200, "pong", 4), "peeked, then read");
	CHECK(write(peer, "abc", 3) == 3, "three of five bytes");
	g->interrupt_after = 20;
	CHECK(CALL(g, "sock_recv", fd, guest_iov(g, 200, 5), 1, 2, 8, 12) == -1 && g->out == OUT_INTERRUPT,
		"waiting for all is interrupted");
	EXPECT(g, WE_SUCCESS, "fd_fdstat_set_flags", fd, FDFLAG_NONBLOCK);
	EXPECT(g, WE_AGAIN, "sock_recv", fd, guest_iov(g, 200, 5), 1, 0, 8, 12);
	EXPECT(g, WE_AGAIN, "fd_read", fd, guest_iov(g, 200, 5), 1, 8);
	EXPECT(g, WE_INVAL, "sock_send", fd, guest_iov(g, 300, 4), 1, 1, 8);
	EXPECT(g, WE_INVAL, "sock_recv", fd, guest_iov(g, 200, 5), 1, 4, 8, 12);
	EXPECT(g, WE_INVAL, "sock_shutdown", fd, 0);
	EXPECT(g, WE_SUCCESS, "sock_shutdown", fd, 2);
	CHECK(read(peer, buf, 10) == 0, "the peer sees the end");
	EXPECT(g, WE_PIPE, "sock_send", fd, guest_iov(g, 300, 4), 1, 0, 8);
	EXPECT(g, WE_NOTSOCK, "sock_shutdown", 0, 1);
	EXPECT(g, WE_NOTSOCK, "sock_recv", 0, guest_iov(g, 200, 5), 1, 0, 8, 12);
	EXPECT(g, WE_BADF, "sock_shutdown", 99, 1);
	g->interrupt_after = -1;
}

static void test_accept(struct guest *g, uint32_t listener, const struct sockaddr_un *at)
{
	g->interrupt_after = 20;
	CHECK(CALL(g, "sock_accept", listener, 0, 8) == -1 && g->out == OUT_INTERRUPT, "accepting is interrupted");
	g->interrupt_after = -1;
	int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(connect(client, (const struct sockaddr *)at, sizeof *at) == 0, "a client connects");
	fd_sub(g, 0, 1, 1, listener);
	EXPECT(g, WE_SUCCESS, "poll_oneoff", SUBS, EVENTS, 1, 8);
	EXPECT(g, WE_INVAL, "sock_accept", listener, 1, 8);
	EXPECT(g, WE_SUCCESS, "sock_accept", listener, FDFLAG_NONBLOCK, 8);
	slot fd = guest_load(g, 8, 4);
	EXPECT(g, WE_AGAIN, "fd_read", fd, guest_iov(g, 200, 5), 1, 8);
	CHECK(write(client, "hi", 2) == 2, "the client writes");
	EXPECT(g, WE_SUCCESS, "fd_read", fd, guest_iov(g, 200, 5), 1, 8);
	CHECK(guest_load(g, 8, 4) == 2, "and is heard");
	close(client);
	fd_sub(g, 0, 1, 1, (uint32_t)fd);
	EXPECT(g, WE_SUCCESS, "poll_oneoff", SUBS, EVENTS, 1, 8);
	CHECK(guest_load(g, EVENTS + 24, 2) == 1, "it hung up");
	EXPECT(g, WE_SUCCESS, "fd_close", fd);
}

int main(void)
{
	int in[2], out[2], pair[2], sockets[2];
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char folder[PATH_MAX];

	scratch_make(folder);
	if (pipe(in) || pipe(out) || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)
		|| strlen(folder) + 3 > sizeof at.sun_path)
		abort();
	strcat(strcpy(at.sun_path, folder), "/s");
	sockets[0] = pair[0];
	sockets[1] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(sockets[1], (struct sockaddr *)&at, sizeof at) || listen(sockets[1], 5))
		abort();
	struct guest *g = guest_new((struct wasi_config){ .stdio = { in[0], out[1], -1 }, .sockets = sockets, .nsockets = 2 });
	test_clocks(g);
	test_descriptors(g, in[1]);
	test_many(g, in[1], 3);
	test_socket(g, 3, pair[1]);
	test_accept(g, 4, &at);
	guest_free(g);
	close(sockets[0]), close(sockets[1]), close(pair[1]), close(in[0]), close(in[1]), close(out[0]), close(out[1]);
	scratch_remove(folder);
	return tap_done();
}
