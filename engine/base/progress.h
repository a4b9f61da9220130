/*
 * How far long work has come, for another thread to show, and a wish to end it: loading polls it once for each field or
 * function, which is often enough and costs nothing that can be measured.
 */
#ifndef ENGINE_BASE_PROGRESS_H
#define ENGINE_BASE_PROGRESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/err.h"

struct progress {
	_Atomic(const char *) what;     /* "checking"; NULL: nothing is going on */
	_Atomic uint64_t done, total;   /* bytes */
	_Atomic bool cancel;            /* set by whoever wants it to end: a signal handler may */
};

static inline void progress_begin(struct progress *p, const char *what, uint64_t total)
{
	p->done = 0;
	p->total = total;
	p->what = what;
}

/* False with E: it is to end. */
static inline bool progress_reach(struct progress *p, uint64_t done, struct err *e)
{
	atomic_store_explicit(&p->done, done, memory_order_relaxed);
	return !atomic_load_explicit(&p->cancel, memory_order_relaxed) ||
		err_set(e, E_CANCELLED, place_none(), "cancelled while %s", p->what);
}

static inline void progress_end(struct progress *p)
{
	p->what = NULL;
}

#endif
