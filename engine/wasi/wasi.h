/*
 * WASI preview 1 for one store: the 46 host functions that modules import from "wasi_snapshot_preview1", and the 45 of
 * the older "wasi_unstable", whose layouts of subscription, filestat and whence differ.
 *
 * Nothing of the host is visible that the configuration does not grant: directories are opened by wasi_new(), and no
 * path, whatever its "..", symbolic links or the races around it, leads out of them. Functions are made when they are
 * first resolved. Threads may call at once. The front end ignores SIGPIPE, so that a closed output is an error number.
 */
#ifndef ENGINE_WASI_WASI_H
#define ENGINE_WASI_WASI_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/str.h"
#include "engine/store.h"

struct buf;
struct ctx;
struct err;
struct extern_ref;
struct func;
struct import;
struct store;
struct wasi;

enum wasi_deny {
#define DENY(id, word, help) WASI_DENY_BIT_##id,
#include "engine/wasi/wasi_deny.def"
	WASI_DENY_COUNT,
#define DENY(id, word, help) WASI_DENY_##id = 1 << WASI_DENY_BIT_##id,
#include "engine/wasi/wasi_deny.def"
	WASI_DENY_NONE = 0,
	WASI_DENY_ALL = (1 << WASI_DENY_COUNT) - 1,
};

/* The bits of one word of --deny ("clock"; "stdio" is the three streams, "all" everything); 0: no such word. */
uint32_t wasi_deny_bits(struct str word);
/* Append the words that there are: "args env … all". */
void wasi_deny_words(struct buf *out);

struct wasi_preopen {
	const char *host;       /* path of a directory of the host */
	const char *guest;      /* the name under which the guest sees it */
	bool read_only;
};

/* All is copied; zero grants nothing but needs stdio to be set: -1 for a stream that is not there. */
struct wasi_config {
	const char *const *args;        /* the program's name first */
	uint32_t nargs;
	const char *const *env;         /* "NAME=VALUE" */
	uint32_t nenv;
	const struct wasi_preopen *preopens;
	uint32_t npreopens;
	const int *sockets;             /* descriptors of the host, made non-blocking: after the directories */
	uint32_t nsockets;
	int stdio[3];                   /* descriptors of the host, never closed here; -1: none */
	uint32_t deny;                  /* WASI_DENY_… bits */
	bool no_openat2;                /* tests: resolve paths component by component even where the kernel could */
};

/* NULL with E: a directory cannot be opened, or out of memory. S must outlive it and be freed first. */
struct wasi *wasi_new(struct store *s, const struct wasi_config *config, struct err *e);
/* Closes what the guest left open. No function made by wasi_resolve() may be called any more. */
void wasi_free(struct wasi *w);
/* What an import is given, of the functions and "wasi" "thread-spawn". False: no such function here, or out of memory.
   The importer checks its type. */
bool wasi_resolve(struct wasi *w, const struct import *i, struct extern_ref *out);

/*
 * After the outermost call of C, which ended as HOW says: kill and join the threads that it spawned. When one of them had
 * ended all by a trap, an exit or the like, that is the outcome, and *WHO its context, whose frames stay until the next
 * call of this; else HOW and C.
 */
enum outcome wasi_threads_end(struct wasi *w, struct ctx *c, enum outcome how, struct ctx **who);

/* Whether descriptor FD of the guest is still the standard output (1) or error (2) that it was given; else 0. */
int wasi_stream_of(struct wasi *w, uint32_t fd);

/* ---- what was refused ------------------------------------------------------------------------ */

enum wasi_refusal_kind {
	WASI_REFUSED_NOTHING,
	WASI_REFUSED_LOOKED,            /* asked for granted directories, there are none; what it wanted is unknown */
	WASI_REFUSED_NO_DIRECTORY,      /* a path, but no directory is granted */
	WASI_REFUSED_OUTSIDE,           /* a path that leads out of what is granted */
	WASI_REFUSED_READ_ONLY,         /* writing below a directory granted with :ro */
	WASI_REFUSED_DENIED,            /* taken away by --deny: `what` is its word */
};

struct wasi_refusal {
	enum wasi_refusal_kind kind;
	char what[256];                 /* the path, as the guest gave it, or the word; cut when longer */
	char grant[512];                /* "--dir X" that would allow it; "": none is known */
};

/* The first thing refused (WASI_REFUSED_LOOKED gives way to any other). False: nothing. */
bool wasi_refused(const struct wasi *w, struct wasi_refusal *out);
/* Append `note: the guest was refused "data.txt" (no directory is granted); to allow: wrench run --dir . APP` */
void wasi_refusal_print(const struct wasi_refusal *r, const char *app, struct buf *out);

/* ---- the table, for tracing ------------------------------------------------------------------ */

struct wasi_row {
	const char *name, *sig, *args, *help;   /* as wasi.def explains */
};

enum { WASI_FUNCS = 46 };
const struct wasi_row *wasi_row_at(unsigned i);                 /* i < WASI_FUNCS */
const struct wasi_row *wasi_row_of(const struct func *f);       /* NULL: not one of these */
const char *wasi_errno_name(uint32_t number);                   /* "NOENT"; "?": none */
const char *wasi_errno_words(uint32_t number);

#endif
