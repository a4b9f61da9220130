/*
 * Gates: what every call of a host function passes - tracing, recording and replay, the host-call desk. A gate lets the
 * call through with host_gate_next(), before or after which it may look at arguments, results and memory, or answers in the
 * function's place. A store without gates calls straight.
 *
 *     guest ──► GATE_TRACE ──► GATE_RECORD ──► GATE_DESK ──► the host function
 */
#ifndef ENGINE_HOST_GATE_H
#define ENGINE_HOST_GATE_H

#include "engine/store.h"

enum gate_order {
	GATE_WATCH,             /* looks what hosts have written */
	GATE_TRACE,             /* sees every call, replayed ones too */
	GATE_RECORD,            /* logs what lies behind it, or replays the log */
	GATE_DESK,              /* answers by hand or from a script */
};

struct host_gate {
	enum gate_order order;
	void *user;
	/* ARGS and RESULTS may be the same storage, as for host_fn. The context is F's caller's. */
	enum outcome (*call)(struct host_gate *g, struct ctx *c, struct func *f, const slot *args, slot *results);
	struct host_gate *next;         /* private */
};

/* G is the caller's until it is removed; only while no guest code of the store runs. */
void store_add_gate(struct store *s, struct host_gate *g);
void store_remove_gate(struct store *s, struct host_gate *g);

/* From a gate: host_gate_next(g->next, …) is the next gate, or the function itself. */
enum outcome host_gate_next(struct host_gate *next, struct ctx *c, struct func *f, const slot *args, slot *results);

#endif
