/*
 * A guest without an engine: one page of memory, and calls of WASI functions by name. What the functions need from the
 * engine is here in its smallest form, so these tests run before there is anything to interpret. Every call checks that
 * memory changed only where mem_will_write() had announced it.
 */
#ifndef TESTS_WASI_GUEST_H
#define TESTS_WASI_GUEST_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/wasi/impl.h"
#include "tests/harness/tap.h"

#define UNUSED __attribute__((unused))      /* not every test uses every helper */

enum { GUEST_MEMORY = 65536 };

struct guest {
	struct ctx ctx;                 /* first: ctx_caller_memory() finds the guest by it */
	struct memory memory;
	uint8_t bytes[GUEST_MEMORY], before[GUEST_MEMORY], announced[GUEST_MEMORY];
	struct wasi *wasi;
	struct store store;
	enum outcome out;
	const char *module;
	int interrupt_after;            /* milliseconds after which waits are interrupted; -1: never */
	bool silent_write, asked_to_stop;
};

/* ---- the engine's part ----------------------------------------------------------------------- */

struct memory *ctx_caller_memory(const struct ctx *c)
{
	struct guest *g = (struct guest *)(uintptr_t)c;

	return g->memory.base ? &g->memory : NULL;
}

bool memory_range(const struct memory *m, uint64_t at, uint64_t size)
{
	uint64_t all = atomic_load(&m->size);

	return size <= all && at <= all - size;
}

void mem_will_write(struct memory *m, uint64_t at, uint64_t size)
{
	struct guest *g = (struct guest *)((char *)m - offsetof(struct guest, memory));

	if (!memory_range(m, at, size))
		abort();
	memset(g->announced + at, 1, size);
}

int ctx_wait(struct ctx *c, int fd, short events, int64_t timeout_ns)
{
	int after = ((struct guest *)c)->interrupt_after;
	int ms = timeout_ns < 0 ? -1 : timeout_ns > INT64_C(1000000000000) ? 1000000 : (int)((timeout_ns + 999999) / 1000000);
	bool ends = after >= 0 && (ms < 0 || after < ms);
	struct pollfd p = { fd, events, 0 };
	int r = poll(&p, fd >= 0, ends ? after : ms);

	return r > 0 ? 1 : r < 0 || ends ? -1 : 0;
}

enum outcome ctx_interrupted(struct ctx *c)
{
	return OUT_INTERRUPT;
}

void ctx_interrupt(struct ctx *c, enum leave_reason why)
{
	((struct guest *)c)->asked_to_stop = true;
}

enum outcome ctx_exit(struct ctx *c, int status)
{
	c->exit_status = status;
	return OUT_EXIT;
}

const struct deftype *engine_func_type(struct engine *en, const valtype *params, uint32_t nparams,
	const valtype *results, uint32_t nresults)
{
	static const struct deftype types[10][2] = {
#define N(n) { { .nparams = n, .nresults = 0 }, { .nparams = n, .nresults = 1 } }
		N(0), N(1), N(2), N(3), N(4), N(5), N(6), N(7), N(8), N(9)
#undef N
	};
	return &types[nparams][nresults];
}

struct func *func_new_host(struct store *s, const struct deftype *type, host_fn *fn, void *user, const char *module,
	const char *name, struct err *e)
{
	struct func *f = calloc(1, sizeof *f);

	if (f)
		*f = (struct func){ .type = type, .host = fn, .user = user, .host_module = module, .host_name = name };
	return f;
}

/* ---- calls ----------------------------------------------------------------------------------- */

static struct func *guest_func(struct guest *g, const char *module, const char *name)
{
	struct import i = { .module = str_of(module), .name = str_of(name), .kind = EXTERN_FUNC };
	struct extern_ref x = { 0 };

	return wasi_resolve(g->wasi, &i, &x) ? x.as.func : NULL;
}

/* The error number, -1 when the call did not return (g->out says how). */
UNUSED
static int guest_call(struct guest *g, const char *name, const slot *args)
{
	struct func *f = guest_func(g, g->module, name);
	slot result = 0xffff;

	memcpy(g->before, g->bytes, sizeof g->bytes);
	memset(g->announced, 0, sizeof g->announced);
	g->out = f->host(&g->ctx, f, args, &result);
	for (size_t i = 0; i < sizeof g->bytes; i++)
		if (g->bytes[i] != g->before[i] && !g->announced[i])
			g->silent_write = true;
	return g->out == OUT_DONE ? (int)result : -1;
}

#define CALL(g, name, ...) guest_call(g, name, (const slot[9]){ __VA_ARGS__ })
/* A call that must give this error number (WE_…). */
#define EXPECT(g, error, name, ...) do { \
		int got_ = CALL(g, name, __VA_ARGS__); \
		CHECK(got_ == (error), "%s(%s) gives %s", name, #__VA_ARGS__, #error); \
		if (got_ != (error)) \
			tap_note("gave %s", got_ < 0 ? "no result" : wasi_errno_name((uint32_t)got_)); \
	} while (0)

UNUSED
static uint64_t guest_load(const struct guest *g, uint32_t at, unsigned bytes)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < bytes; i++)
		v |= (uint64_t)g->bytes[at + i] << 8 * i;
	return v;
}

UNUSED
static void guest_store(struct guest *g, uint32_t at, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		g->bytes[at + i] = (uint8_t)(v >> 8 * i);
}

/* Put text at AT; its length. */
UNUSED
static slot guest_text(struct guest *g, uint32_t at, const char *text)
{
	memcpy(g->bytes + at, text, strlen(text));
	return strlen(text);
}

/* A path at 1024 or 4096 and its length, as two arguments. */
#define PATH(g, text) 1024, guest_text(g, 1024, text)
#define PATH2(g, text) 8192, guest_text(g, 8192, text)

/* One buffer as a vector at 512. */
UNUSED
static slot guest_iov(struct guest *g, uint32_t at, uint32_t size)
{
	guest_store(g, 512, at, 4);
	guest_store(g, 516, size, 4);
	return 512;
}

/* path_open with these rights; the descriptor, or minus the error number. */
UNUSED
static int guest_open(struct guest *g, uint32_t dir, const char *path, uint32_t lookup, uint32_t oflags, uint64_t rights,
	uint32_t fdflags)
{
	int e = CALL(g, "path_open", dir, lookup, PATH(g, path), oflags, rights, rights, fdflags, 16);

	return e ? -e : (int)guest_load(g, 16, 4);
}

#define RIGHTS_RW (RIGHT(FD_READ) | RIGHT(FD_WRITE) | RIGHT(FD_SEEK) | RIGHT(FD_TELL) | RIGHT(FD_FILESTAT_GET) \
	| RIGHT(FD_FDSTAT_SET_FLAGS) | RIGHT(FD_FILESTAT_SET_SIZE) | RIGHT(FD_ALLOCATE) | RIGHT(FD_ADVISE) \
	| RIGHT(FD_SYNC) | RIGHT(FD_DATASYNC) | RIGHT(FD_FILESTAT_SET_TIMES) | RIGHT(POLL_FD_READWRITE))

/* ---- setting up ------------------------------------------------------------------------------ */

UNUSED
static struct guest *guest_new(struct wasi_config config)
{
	struct guest *g = calloc(1, sizeof *g);
	struct err e = { 0 };

	g->memory.base = g->bytes;
	atomic_store(&g->memory.size, GUEST_MEMORY);
	g->module = "wasi_snapshot_preview1";
	g->interrupt_after = -1;
	g->wasi = wasi_new(&g->store, &config, &e);
	if (!g->wasi) {
		tap_note("%s", e.message);
		free(g);
		return NULL;
	}
	return g;
}

/* Functions belong to the store; here to nobody else. */
UNUSED
static void guest_free(struct guest *g)
{
	CHECK(!g->silent_write, "memory changed only where it was announced");
	for (int old = 0; old < 2; old++)
		for (int i = 0; i < WASI_FUNCS; i++)
			free(g->wasi->entries[old][i].func);
	wasi_free(g->wasi);
	free(g);
}

#define NO_STDIO .stdio = { -1, -1, -1 }

UNUSED
static void scratch_remove(const char *path)
{
	char command[PATH_MAX + 16];

	snprintf(command, sizeof command, "rm -rf '%s'", path);
	if (system(command))
		tap_note("cannot remove %s", path);
}

/* A new folder in PATH. */
UNUSED
static void scratch_make(char path[PATH_MAX])
{
	const char *tmp = getenv("TMPDIR");

	snprintf(path, PATH_MAX, "%s/wasi-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(path))
		abort();
}

UNUSED
static void path_join(char *out, size_t room, const char *folder, const char *name)
{
	if (snprintf(out, room, "%s/%s", folder, name) >= (int)room)
		abort();
}

UNUSED
static void host_write(const char *folder, const char *name, const char *text)
{
	char path[2 * PATH_MAX];

	path_join(path, sizeof path, folder, name);
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0666);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		abort();
	close(fd);
}

#endif
