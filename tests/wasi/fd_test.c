/* Descriptors: reading and writing, positions, flags, rights, directories, streams that block, threads. */
#include "tests/wasi/guest.h"

static void test_file(struct guest *g)
{
	int fd = guest_open(g, 3, "f", 0, OFLAG_CREAT, RIGHTS_RW, 0);

	if (!CHECK(fd == 4, "the lowest free number: %d", fd))
		return;
	guest_text(g, 100, "hello, world");
	guest_store(g, 512, 100, 4), guest_store(g, 516, 5, 4);
	guest_store(g, 520, 0xfffffff0, 4), guest_store(g, 524, 0, 4);
	guest_store(g, 528, 105, 4), guest_store(g, 532, 7, 4);
	EXPECT(g, WE_FAULT, "fd_write", fd, 512, 3, 8);
	guest_store(g, 520, 0, 4);
	EXPECT(g, WE_SUCCESS, "fd_write", fd, 512, 3, 8);
	CHECK(guest_load(g, 8, 4) == 12, "three buffers, one empty");
	EXPECT(g, WE_SUCCESS, "fd_tell", fd, 8);
	CHECK(guest_load(g, 8, 8) == 12, "the position moved");
	EXPECT(g, WE_SUCCESS, "fd_seek", fd, (slot)-5, 2, 8);
	EXPECT(g, WE_SUCCESS, "fd_read", fd, guest_iov(g, 200, 100), 1, 8);
	CHECK(guest_load(g, 8, 4) == 5 && !memcmp(g->bytes + 200, "world", 5), "read from the end - 5");
	EXPECT(g, WE_SUCCESS, "fd_pread", fd, guest_iov(g, 300, 4), 1, 1, 8);
	CHECK(guest_load(g, 8, 4) == 4 && !memcmp(g->bytes + 300, "ello", 4), "read at 1");
	EXPECT(g, WE_SUCCESS, "fd_pwrite", fd, guest_iov(g, 300, 4), 1, 8, 8);
	EXPECT(g, WE_INVAL, "fd_pread", fd, guest_iov(g, 300, 4), 1, (slot)-1, 8);
	EXPECT(g, WE_INVAL, "fd_seek", fd, 0, 3, 8);
	EXPECT(g, WE_INVAL, "fd_seek", fd, (slot)-1, 0, 8);
	EXPECT(g, WE_INVAL, "fd_read", fd, 1024, 1025, 8);
	EXPECT(g, WE_FAULT, "fd_read", fd, 65532, 1, 8);
	EXPECT(g, WE_SUCCESS, "fd_filestat_set_size", fd, 3);
	EXPECT(g, WE_SUCCESS, "fd_allocate", fd, 0, 4096);
	EXPECT(g, WE_INVAL, "fd_allocate", fd, 0, 0);
	EXPECT(g, WE_SUCCESS, "fd_filestat_get", fd, 64);
	CHECK(guest_load(g, 64 + 16, 1) == FILETYPE_REGULAR && guest_load(g, 64 + 24, 8) == 1
		&& guest_load(g, 64 + 32, 8) == 4096, "type, links and size");
	EXPECT(g, WE_SUCCESS, "fd_filestat_set_times", fd, 0, 1234567890123456789, 4);
	EXPECT(g, WE_SUCCESS, "path_filestat_get", 3, 0, PATH(g, "f"), 64);
	CHECK(guest_load(g, 64 + 48, 8) == 1234567890123456789, "the time set");
	EXPECT(g, WE_INVAL, "fd_filestat_set_times", fd, 0, 0, 3);
	EXPECT(g, WE_SUCCESS, "fd_advise", fd, 0, 10, 3);
	EXPECT(g, WE_INVAL, "fd_advise", fd, 0, 10, 6);
	EXPECT(g, WE_SUCCESS, "fd_sync", fd);
	EXPECT(g, WE_SUCCESS, "fd_datasync", fd);
	EXPECT(g, WE_SUCCESS, "fd_close", fd);
	EXPECT(g, WE_BADF, "fd_close", fd);
	EXPECT(g, WE_BADF, "fd_read", fd, guest_iov(g, 200, 100), 1, 8);
}

static void test_flags(struct guest *g)
{
	int fd = guest_open(g, 3, "log", 0, OFLAG_CREAT, RIGHTS_RW, FDFLAG_APPEND | FDFLAG_SYNC);

	guest_text(g, 100, "abcdef");
	EXPECT(g, WE_SUCCESS, "fd_write", fd, guest_iov(g, 100, 3), 1, 8);
	EXPECT(g, WE_SUCCESS, "fd_seek", fd, 0, 0, 8);
	EXPECT(g, WE_SUCCESS, "fd_write", fd, guest_iov(g, 103, 3), 1, 8);
	EXPECT(g, WE_SUCCESS, "fd_fdstat_get", fd, 64);
	CHECK(guest_load(g, 66, 2) == (FDFLAG_APPEND | FDFLAG_SYNC), "flags as opened");
	EXPECT(g, WE_SUCCESS, "fd_fdstat_set_flags", fd, FDFLAG_DSYNC);
	EXPECT(g, WE_SUCCESS, "fd_seek", fd, 0, 0, 8);
	EXPECT(g, WE_SUCCESS, "fd_write", fd, guest_iov(g, 103, 1), 1, 8);
	EXPECT(g, WE_SUCCESS, "fd_pread", fd, guest_iov(g, 200, 10), 1, 0, 8);
	CHECK(guest_load(g, 8, 4) == 6 && !memcmp(g->bytes + 200, "dbcdef", 6), "appended, then not: %.6s",
		(char *)g->bytes + 200);
	EXPECT(g, WE_INVAL, "fd_fdstat_set_flags", fd, 32);
	EXPECT(g, WE_SUCCESS, "fd_close", fd);
}

static void test_rights(struct guest *g)
{
	int fd = guest_open(g, 3, "f", 0, 0, RIGHT(FD_READ) | RIGHT(FD_WRITE) | RIGHT(FD_TELL), 0);

	EXPECT(g, WE_NOTCAPABLE, "fd_seek", fd, 1, 0, 8);
	EXPECT(g, WE_SUCCESS, "fd_seek", fd, 0, 1, 8);
	EXPECT(g, WE_NOTCAPABLE, "fd_pread", fd, guest_iov(g, 200, 1), 1, 0, 8);
	EXPECT(g, WE_NOTCAPABLE, "fd_filestat_get", fd, 64);
	EXPECT(g, WE_NOTCAPABLE, "fd_fdstat_set_rights", fd, RIGHT(FD_SEEK), 0);
	EXPECT(g, WE_SUCCESS, "fd_fdstat_set_rights", fd, RIGHT(FD_READ), 0);
	EXPECT(g, WE_SUCCESS, "fd_read", fd, guest_iov(g, 200, 1), 1, 8);
	EXPECT(g, WE_NOTCAPABLE, "fd_write", fd, guest_iov(g, 200, 1), 1, 8);
	EXPECT(g, WE_SUCCESS, "fd_close", fd);

	EXPECT(g, WE_SUCCESS, "path_create_directory", 3, PATH(g, "narrow"));
	EXPECT(g, WE_SUCCESS, "path_open", 3, 0, PATH(g, "narrow"), OFLAG_DIRECTORY, RIGHT(PATH_OPEN), RIGHT(FD_READ), 0, 16);
	slot dir = guest_load(g, 16, 4);
	CHECK(guest_open(g, (uint32_t)dir, "x", 0, OFLAG_CREAT, RIGHT(FD_READ), 0) == -WE_NOTCAPABLE, "may not create");
	CHECK(guest_open(g, (uint32_t)dir, ".", 0, 0, RIGHT(FD_WRITE), 0) == -WE_NOTCAPABLE, "may not hand on writing");
	CHECK(guest_open(g, (uint32_t)dir, "x", 0, 0, RIGHT(FD_READ), 0) == -WE_NOENT, "may open");
	EXPECT(g, WE_NOTCAPABLE, "path_create_directory", dir, PATH(g, "y"));
	EXPECT(g, WE_NOTCAPABLE, "fd_readdir", dir, 2000, 100, 0, 8);
	EXPECT(g, WE_SUCCESS, "fd_close", dir);
}

static void test_numbers(struct guest *g)
{
	int a = guest_open(g, 3, "f", 0, 0, RIGHTS_RW, 0), b = guest_open(g, 3, "log", 0, 0, RIGHTS_RW, 0);

	EXPECT(g, WE_SUCCESS, "fd_renumber", a, b);
	EXPECT(g, WE_BADF, "fd_fdstat_get", a, 64);
	EXPECT(g, WE_SUCCESS, "fd_filestat_get", b, 64);
	CHECK(guest_load(g, 64 + 32, 8) == 4096, "the other file has its number");
	EXPECT(g, WE_BADF, "fd_renumber", b, 1000);
	EXPECT(g, WE_BADF, "fd_renumber", 1000, b);
	EXPECT(g, WE_SUCCESS, "fd_renumber", b, b);
	EXPECT(g, WE_SUCCESS, "fd_close", b);
	EXPECT(g, WE_SUCCESS, "fd_prestat_get", 3, 8);
	CHECK(guest_load(g, 8, 1) == 0 && guest_load(g, 12, 4) == 4, "a directory with a name of 4 bytes");
	EXPECT(g, WE_SUCCESS, "fd_prestat_dir_name", 3, 200, 4);
	CHECK(!memcmp(g->bytes + 200, "/box", 4), "its name");
	EXPECT(g, WE_NAMETOOLONG, "fd_prestat_dir_name", 3, 200, 3);
	EXPECT(g, WE_BADF, "fd_prestat_get", 4, 8);
}

/* Every entry comes exactly once, whatever the size of the buffer. */
static void test_listing(struct guest *g, uint32_t room)
{
	unsigned seen[300] = { 0 }, others = 0, once = 0, calls = 0;
	uint64_t cookie = 0;
	int dir = guest_open(g, 3, "many", 0, OFLAG_DIRECTORY, RIGHT(FD_READDIR), 0);

	for (uint32_t used = room; used == room && calls < 5000; calls++) {
		if (CALL(g, "fd_readdir", (slot)dir, 2048, room, cookie, 8))
			break;
		used = (uint32_t)guest_load(g, 8, 4);
		for (uint32_t at = 0; at + 24 <= used; ) {
			uint32_t n = (uint32_t)guest_load(g, 2048 + at + 16, 4);

			if (at + 24 + n > used)
				break;
			cookie = guest_load(g, 2048 + at, 8);
			if (g->bytes[2048 + at + 24] == 'n')
				seen[atoi((char *)g->bytes + 2048 + at + 25)]++;
			else
				others++;
			at += 24 + n;
		}
	}
	for (int i = 0; i < 300; i++)
		once += seen[i] == 1;
	CHECK(once == 300 && others == 2, "room %u: %u of 300 once, %u of 2 others, %u calls", room, once, others, calls);
	EXPECT(g, WE_SUCCESS, "fd_close", dir);
}

static void test_directory(struct guest *g, const char *folder)
{
	char name[2 * PATH_MAX];

	path_join(name, sizeof name, folder, "many");
	mkdir(name, 0777);
	for (int i = 0; i < 300; i++) {
		char file[20];

		snprintf(file, sizeof file, "n%d.", i);
		host_write(name, file, "");
	}
	test_listing(g, 40);
	test_listing(g, 500);
	test_listing(g, 32768);
	EXPECT(g, WE_INVAL, "fd_readdir", 3, 2048, 100, (slot)1 << 63, 8);
	EXPECT(g, WE_NOTCAPABLE, "fd_read", 3, guest_iov(g, 200, 1), 1, 8);
	EXPECT(g, WE_NOTCAPABLE, "fd_seek", 3, 0, 1, 8);
	int fd = guest_open(g, 3, "f", 0, 0, RIGHTS_RW, 0);
	EXPECT(g, WE_NOTDIR, "fd_readdir", fd, 2048, 100, 0, 8);
	EXPECT(g, WE_NOTDIR, "path_filestat_get", fd, 0, PATH(g, "x"), 64);
	EXPECT(g, WE_SUCCESS, "fd_close", fd);
}

/* The older module's layouts. */
static void test_unstable(struct guest *g)
{
	int fd = guest_open(g, 3, "f", 0, 0, RIGHTS_RW, 0);

	g->module = "wasi_unstable";
	EXPECT(g, WE_SUCCESS, "fd_seek", fd, 7, 2, 8);
	EXPECT(g, WE_SUCCESS, "fd_seek", fd, 1, 0, 8);
	CHECK(guest_load(g, 8, 8) == 8, "whence 2 is set, 0 is current");
	EXPECT(g, WE_SUCCESS, "fd_seek", fd, 0, 1, 8);
	CHECK(guest_load(g, 8, 8) == 4096, "1 is end");
	guest_store(g, 64 + 56, 0x77, 1);
	EXPECT(g, WE_SUCCESS, "fd_filestat_get", fd, 64);
	CHECK(guest_load(g, 64 + 16, 1) == FILETYPE_REGULAR && guest_load(g, 64 + 20, 4) == 1
		&& guest_load(g, 64 + 24, 8) == 4096 && g->bytes[64 + 56] == 0x77, "filestat has 56 bytes");
	g->module = "wasi_snapshot_preview1";
	EXPECT(g, WE_SUCCESS, "fd_close", fd);
}

/* ---- streams --------------------------------------------------------------------------------- */

static void *drain(void *arg)
{
	char buf[1000];
	size_t total = 0;
	ssize_t n;

	while (total < 300000 && (n = read(*(int *)arg, buf, sizeof buf)) > 0)
		total += (size_t)n;
	*(int *)arg = (int)total;
	return NULL;
}

static void test_streams(void)
{
	int in[2], out[2], count;
	pthread_t reader;

	if (pipe(in) || pipe(out))
		abort();
	struct guest *g = guest_new((struct wasi_config){ .stdio = { in[0], out[1], -1 } });
	EXPECT(g, WE_SUCCESS, "fd_fdstat_get", 0, 64);
	CHECK(!(guest_load(g, 72, 8) & (RIGHT(FD_SEEK) | RIGHT(FD_WRITE))), "standard input reads, nothing else");
	EXPECT(g, WE_SPIPE, "fd_seek", 0, 0, 1, 8);
	g->interrupt_after = 20;
	CHECK(CALL(g, "fd_read", 0, guest_iov(g, 200, 10), 1, 8) == -1 && g->out == OUT_INTERRUPT,
		"a blocked read is interrupted");
	EXPECT(g, WE_SUCCESS, "fd_fdstat_set_flags", 0, FDFLAG_NONBLOCK);
	EXPECT(g, WE_AGAIN, "fd_read", 0, guest_iov(g, 200, 10), 1, 8);
	CHECK(!(fcntl(in[0], F_GETFL) & O_NONBLOCK), "the stream that others share stays as it was");
	CHECK(write(in[1], "abc", 3) == 3, "three bytes arrive");
	EXPECT(g, WE_SUCCESS, "fd_read", 0, guest_iov(g, 200, 10), 1, 8);
	CHECK(guest_load(g, 8, 4) == 3 && !memcmp(g->bytes + 200, "abc", 3), "and are read");
	close(in[1]);
	EXPECT(g, WE_SUCCESS, "fd_read", 0, guest_iov(g, 200, 10), 1, 8);
	CHECK(guest_load(g, 8, 4) == 0, "then the end");

	/* six times the 50000 bytes at 10000: more than a pipe holds */
	for (uint32_t i = 0; i < 6; i++)
		guest_store(g, 512 + i * 8, 10000 | (uint64_t)50000 << 32, 8);
	CHECK(CALL(g, "fd_write", 1, 512, 6, 8) == -1 && g->out == OUT_INTERRUPT, "a blocked write is interrupted");
	struct pollfd p = { out[0], POLLIN, 0 };
	char rest[4096];
	while (poll(&p, 1, 0) > 0 && read(out[0], rest, sizeof rest) > 0)
		continue;
	g->interrupt_after = -1;
	count = out[0];
	pthread_create(&reader, NULL, drain, &count);
	EXPECT(g, WE_SUCCESS, "fd_write", 1, 512, 6, 8);
	pthread_join(reader, NULL);
	CHECK(guest_load(g, 8, 4) == 300000 && count == 300000, "all is written while someone reads: %d", count);
	EXPECT(g, WE_BADF, "fd_write", 2, 512, 1, 8);
	EXPECT(g, WE_SUCCESS, "fd_close", 1);
	CHECK(fcntl(out[1], F_GETFD) >= 0, "closing a stream leaves the host's open");
	guest_free(g);
	close(in[0]), close(out[0]), close(out[1]);
}

/* ---- threads --------------------------------------------------------------------------------- */

static void *churn(void *arg)
{
	struct guest *g = arg;
	int failed = 0;

	for (int i = 0; i < 300; i++) {
		int fd = guest_open(g, 3, "f", 0, 0, RIGHT(FD_READ), 0);

		failed += fd < 0 || CALL(g, "fd_read", (slot)fd, guest_iov(g, 200, 10), 1, 8);
		failed += CALL(g, "fd_close", (slot)fd) != 0;
		CALL(g, "fd_fdstat_get", 4, 64);
	}
	return (void *)(intptr_t)failed;
}

/* Guests of their own over one struct wasi: its table is what is shared. */
static void test_threads(struct guest *g)
{
	pthread_t t[4];
	struct guest *copies[4];
	intptr_t failed = 0;

	/* functions are made by the linker, not by threads */
	for (unsigned i = 0; i < WASI_FUNCS; i++)
		guest_func(g, g->module, wasi_row_at(i)->name);
	for (int i = 0; i < 4; i++) {
		copies[i] = malloc(sizeof *g);
		memcpy(copies[i], g, sizeof *g);
		copies[i]->memory.base = copies[i]->bytes;
		pthread_create(&t[i], NULL, churn, copies[i]);
	}
	for (int i = 0; i < 4; i++) {
		void *r;

		pthread_join(t[i], &r);
		failed += (intptr_t)r;
		free(copies[i]);
	}
	CHECK(failed == 0, "four threads open, read and close: %d failures", (int)failed);
}

int main(void)
{
	char folder[PATH_MAX];

	scratch_make(folder);
	struct wasi_preopen box = { folder, "/box", false };
	struct guest *g = guest_new((struct wasi_config){ .preopens = &box, .npreopens = 1, NO_STDIO });
	test_file(g);
	test_flags(g);
	test_rights(g);
	test_numbers(g);
	test_directory(g, folder);
	test_unstable(g);
	test_threads(g);
	guest_free(g);
	test_streams();
	scratch_remove(folder);
	return tap_done();
}
