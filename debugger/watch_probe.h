/* What watchpoint.c and watch_probe.c share: the probe of a store and what it finds. */
#ifndef DEBUGGER_WATCH_PROBE_H
#define DEBUGGER_WATCH_PROBE_H

#include "debugger/watchpoint.h"
#include "engine/host_gate.h"
#include "engine/probe.h"

enum { TOUCHED_MAX = 16 };

/* Somebody reads or writes. */
struct watch_access {
	bool reads, writes;
	uint64_t at, size;              /* of memory: the bytes */
	const struct func *func;        /* NULL: a host function */
	uint32_t offset;
	bool unsaid;                    /* nobody said that it was written: only a change counts */
};

struct watch_touch {
	uint32_t number;
	struct watch_access by;
	bool was_there;                 /* of a shared memory, by an instruction: the value when it began */
	struct value was;
};

/* An instruction of a context that is about to touch what is watched. */
struct watch_pending {
	struct watch_pending *next;
	struct ctx *ctx;
	const struct wcell *cell;
	slot *fp;
	struct watch_touch touched[TOUCHED_MAX];
	uint32_t n;
	size_t host_from;               /* the innermost's begin there */
	VEC(struct watch_touch) host;   /* what the host functions under way have touched, the innermost's last */
};

struct watches {
	struct probe probe;
	struct host_gate gate;
	struct mem_watch hosts;         /* told of what host functions read and write */
	struct store *store;            /* that has the probe; NULL: none */
	struct dbg *dbg;
	pthread_mutex_t lock;           /* contexts of several threads call at once */

	/* memories: sorted by memory and address, with a filter in front */
	VEC(struct breakpoint *) memory;
	VEC(struct breakpoint *) others;        /* globals, locals, tables, fields */
	VEC(struct breakpoint *) catches;       /* events (catchpoint.h) */
	VEC(struct breakpoint *) slots;         /* operands: looked at after each instruction of their frame */
	uint64_t longest;               /* bytes of the longest one in memory */
	bool frames;                    /* one belongs to a frame, */
	bool tails;                     /* … which has no break cells at its tail calls */
	bool compiled;                  /* the first thread has hits that it was not asked about: its code was compiled */
	struct probe_filter filter;

	struct watch_pending *pending;
	_Atomic uint32_t armed;         /* contexts with something pending */
	VEC(struct watch_hit) hits;     /* since the guest went on */
	struct { const struct module *module; uint32_t func, offset; slot *fp; } late;  /* behind a host call that wrote */
};

/* C has touched B: it is noted when it counts. True: it is. Called with the lock held. */
bool watch_touched(struct dbg *d, struct breakpoint *b, const struct ctx *c, const struct watch_access *by);
/* The frame at FP of C is left; NULL: those that are no longer there; C NULL: of all threads. True: one is noted. */
bool watches_leave(struct dbg *d, const struct ctx *c, const slot *fp);
/* The cell behind a host call that wrote what is watched. */
bool watches_late(const struct watches *ws, const struct ctx *c, const struct func *f, uint32_t offset);
void watches_late_drop(struct watches *ws);
/* The store goes: take probe and gate back. */
void watches_drop_store(struct dbg *d);

#endif
