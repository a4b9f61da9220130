/*
 * What the files of engine/wasi share: the calls, the descriptor table, guest memory, error numbers and rights.
 *
 * Every function of wasi.def is `uint32_t wasi_NAME(struct wasi_call *k)` and gives an error number. One that has to
 * end otherwise (interrupted, proc_exit) sets k->out. Its order is: arguments and pointers checked, descriptor and
 * rights checked, then the effect, then results stored.
 *
 * A descriptor is counted, so that one thread may close what another is blocked on; the host's descriptor goes with
 * the last user. Rights and flags are atomic words; everything else in it never changes.
 */
#ifndef ENGINE_WASI_IMPL_H
#define ENGINE_WASI_IMPL_H

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "engine/base/arena.h"
#include "engine/base/vec.h"
#include "engine/ctx.h"
#include "engine/wasi/wasi.h"

/* ---- numbers of the interface ---------------------------------------------------------------- */

enum wasi_errno {
#define ERRNO(id, host, words) WE_##id,
#include "engine/wasi/wasi_errno.def"
	WE_COUNT
};

enum {
#define RIGHT(id, kinds) RIGHT_BIT_##id,
#include "engine/wasi/wasi_rights.def"
	RIGHT_COUNT
};
#define RIGHT_ALL ((UINT64_C(1) << RIGHT_COUNT) - 1)
#define RIGHT(id) (UINT64_C(1) << RIGHT_BIT_##id)

enum wasi_filetype {
	FILETYPE_UNKNOWN, FILETYPE_BLOCK, FILETYPE_CHARACTER, FILETYPE_DIRECTORY, FILETYPE_REGULAR, FILETYPE_DGRAM,
	FILETYPE_STREAM, FILETYPE_SYMLINK
};
enum { FDFLAG_APPEND = 1, FDFLAG_DSYNC = 2, FDFLAG_NONBLOCK = 4, FDFLAG_RSYNC = 8, FDFLAG_SYNC = 16, FDFLAG_ALL = 31 };
enum { OFLAG_CREAT = 1, OFLAG_DIRECTORY = 2, OFLAG_EXCL = 4, OFLAG_TRUNC = 8, OFLAG_ALL = 15 };
enum { LOOKUP_FOLLOW = 1 };

uint32_t wasi_errno_of(int host);       /* of the host's errno; WE_IO for what has no counterpart */

/* ---- state ----------------------------------------------------------------------------------- */

struct wasi_fd {
	uint32_t refs;                  /* the table's own, and calls under way; under wasi.lock */
	int host;
	bool owned;                     /* close host with the last reference */
	bool waits;                     /* reading or writing may block: all but files and directories */
	bool read_only;                 /* below a directory granted with :ro */
	uint8_t type;                   /* enum wasi_filetype */
	char kind;                      /* as in wasi_rights.def */
	_Atomic uint16_t flags;         /* FDFLAG_… */
	_Atomic uint64_t base, inheriting;
	const char *preopen;            /* name of a granted directory, else NULL; in wasi.arena */
	const char *granted_from;       /* its path on the host */
};

struct wasi_thread;

struct wasi_entry {                     /* what a host function's `user` is */
	struct wasi *wasi;
	const struct wasi_impl *impl;
	bool old;                       /* of "wasi_unstable" */
	struct func *func;              /* NULL: not resolved yet */
};

struct wasi {
	struct store *store;
	struct arena arena;
	const char **args, **env;
	uint32_t nargs, nenv, npreopens;
	int stdio[3];
	uint32_t deny;
	atomic_int openat2;             /* 0 not tried, 1 works, -1 does not */
	struct wasi_entry entries[2][WASI_FUNCS];
	/* under lock */
	pthread_mutex_t lock;
	bool stdio_described;
	VEC(struct wasi_fd *) fds;      /* NULL: free */
	struct wasi_refusal refusal;
	/* threads (thread.c) */
	struct wasi_entry spawn;
	VEC(struct wasi_thread *) threads;      /* that were not joined */
	struct ctx *root;               /* of the call that spawned the first of them; NULL: there are none */
	struct wasi_thread *culprit;    /* the first that did not end normally */
	struct wasi_thread *blamed;     /* the culprit of the last program: its frames are there to be shown */
	int32_t last_tid;
	bool ending;                    /* all are being killed: no new ones */
};

struct wasi_call {
	struct wasi *wasi;
	struct ctx *ctx;
	struct memory *mem;             /* of the caller; NULL: it has none, every pointer is bad */
	slot args[9];
	bool old;
	enum outcome out;               /* OUT_DONE: return the error number */
};

static inline uint32_t arg32(const struct wasi_call *k, int i) { return (uint32_t)k->args[i]; }

#define WASI(name, sig, since0, deny, args, help) uint32_t wasi_##name(struct wasi_call *k);
#include "engine/wasi/wasi.def"

/* "wasi" "thread-spawn": the new thread's number, or minus an error number. */
uint32_t wasi_thread_spawn(struct wasi_call *k);
/* Kill and join what runs. */
void threads_free(struct wasi *w);

/* The host wait ended by an interrupt or the deadline: the call ends there. */
uint32_t call_interrupted(struct wasi_call *k);

/* ---- guest memory ---------------------------------------------------------------------------- */

static inline bool guest_ok(const struct wasi_call *k, uint64_t at, uint64_t size)
{
	return k->mem && memory_range(k->mem, at, size);
}

/* Below: AT was checked with guest_ok(). */
static inline uint8_t *guest_at(const struct wasi_call *k, uint64_t at)
{
	return (uint8_t *)((uintptr_t)k->mem->base + at);
}

uint64_t guest_get(const struct wasi_call *k, uint64_t at, unsigned bytes);
void guest_put(struct wasi_call *k, uint64_t at, uint64_t value, unsigned bytes);
void guest_copy_out(struct wasi_call *k, uint64_t at, const void *p, size_t size);
/* Argument I is a pointer, I + 1 its length: a path for PATH[PATH_MAX]. */
uint32_t guest_path(const struct wasi_call *k, int i, char *path);

/* ---- scatter and gather ---------------------------------------------------------------------- */

enum { IOV_MOST = 1024, IO_MOST = 0x7ffff000 };

struct iovs {
	struct iovec v[IOV_MOST];
	uint32_t at[IOV_MOST];          /* offsets in guest memory */
	uint32_t n;
	uint64_t total;
};

/* Arguments I (pointer) and I + 1 (count), each buffer checked, the sum cut at what one call can move. */
uint32_t iovs_get(const struct wasi_call *k, int i, struct iovs *v);
void iovs_announce(struct wasi_call *k, const struct iovs *v);
/* Wait as the descriptor's flags say. WE_SUCCESS: go on. */
uint32_t fd_wait(struct wasi_call *k, const struct wasi_fd *f, short events);
/* Read or write the whole of a vector as POSIX would at the current position. */
uint32_t fd_read_iovs(struct wasi_call *k, struct wasi_fd *f, const struct iovs *v, uint32_t *done);
uint32_t fd_write_iovs(struct wasi_call *k, struct wasi_fd *f, const struct iovs *v, uint32_t *done);

/* ---- descriptors ----------------------------------------------------------------------------- */

/* A referenced descriptor with all rights of BASE: WE_BADF, WE_NOTCAPABLE. Give it back with fd_put(). */
uint32_t fd_get(struct wasi *w, uint32_t fd, uint64_t base, struct wasi_fd **out);
void fd_put(struct wasi *w, struct wasi_fd *f);
/* A directory for a path function; PATH names what is refused. */
uint32_t fd_get_dir(struct wasi *w, uint32_t fd, uint64_t base, const char *path, struct wasi_fd **out);
/* Describe HOST and put it into the lowest free place from 3 on; takes it (closed when this fails and OWNED). */
uint32_t fd_add(struct wasi *w, struct wasi_fd proto, uint32_t *fd);
struct wasi_fd fd_describe(int host, bool owned);       /* type, kind, the rights of its kind; nothing inherited */
/* The table's first entries: under lock, or before anybody calls. */
void fd_describe_stdio(struct wasi *w);
void fd_table_free(struct wasi *w);

uint64_t rights_of_kind(char kind);
uint8_t filetype_of(mode_t mode);

/* ---- paths ----------------------------------------------------------------------------------- */

/*
 * Open PATH below directory DIR; no symbolic link, "..", or race leads above it (WE_NOTCAPABLE). FLAGS are open(2)'s;
 * O_NOFOLLOW refuses a link in last place with WE_LOOP (with O_PATH it opens the link). -1 with *E set.
 */
int resolve_open(struct wasi *w, int dir, const char *path, int flags, mode_t mode, uint32_t *e);

struct place_at {
	int dir;                        /* holds the last component */
	bool own;
	char name[NAME_MAX + 2];        /* with one "/" when slashes followed it */
};
/* The directory that holds PATH's last component. When that is "." or "..": DOTS, or why it cannot be reached. */
uint32_t resolve_parent(struct wasi *w, int dir, const char *path, uint32_t dots, struct place_at *out);
void place_at_close(struct place_at *p);

/* Remember the first refusal; WHAT is a path or a word, F the directory, NULL: none. */
void wasi_refuse(struct wasi *w, enum wasi_refusal_kind kind, const char *what, const struct wasi_fd *f);

/* ---- files ----------------------------------------------------------------------------------- */

/* Bytes of a filestat as the caller's module lays it out. */
unsigned stat_size(const struct wasi_call *k);
void stat_put(struct wasi_call *k, uint64_t at, const struct stat *st);
/* Times for utimensat from nanoseconds and fstflags; false: contradictory. */
bool stat_times(uint64_t atim, uint64_t mtim, uint32_t flags, struct timespec out[2]);

/* The host's clock of a clockid; false: there is none. */
bool clock_of(uint32_t id, clockid_t *out);
uint64_t clock_now(clockid_t clock);

#endif
