/*
 * The host-call desk: calls of imports answered by hand instead of by their functions. An answer holds for the next call that
 * one thread makes, or for every call of an import. It lies before the function, so it works for imports that nobody
 * provides, and behind recording and replay, so answers are recorded like any result.
 */
#ifndef DEBUGGER_DESK_H
#define DEBUGGER_DESK_H

#include "engine/base/vec.h"
#include "engine/ctx.h"
#include "engine/host_gate.h"

enum desk_kind {
	DESK_VALUES,            /* the call gives these */
	DESK_RUN,               /* the function runs, whatever else holds: next call only */
};

struct desk_answer {
	enum desk_kind kind;
	char *module, *name;            /* owned; of the import */
	const struct ctx *ctx;          /* only the next call of this thread; NULL: every call */
	slot *results;                  /* owned */
	uint32_t nresults;              /* slots */
};

struct desk {
	VEC(struct desk_answer) answers;
	struct host_gate gate;
	struct store *store;            /* that has the gate; NULL: no answers, or nothing to answer */
	/* A call that nobody provides has stopped the guest: the thread and the import; under no lock, one thread at a time. */
	const struct ctx *asking;
	const struct func *asked;
};

/* The session's store is S now (NULL: none). */
void desk_follow(struct desk *d, struct store *s);
/*
 * Answer calls of that import with RESULTS, N slots, copied; C: see above. The earlier answer for the same goes. S: the
 * store, or NULL. False: out of memory.
 */
bool desk_set(struct desk *d, struct store *s, const char *module, const char *name, const struct ctx *c,
	enum desk_kind kind, const slot *results, uint32_t n);
/* No answers for that import any more; NULL: for none. How many there were. */
uint32_t desk_forget(struct desk *d, const char *module, const char *name);
/* The answer that a call of F in C would get; NULL: none. */
const struct desk_answer *desk_find(const struct desk *d, const struct func *f, const struct ctx *c);
void desk_free(struct desk *d);

#endif
