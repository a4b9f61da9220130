/*
 * Probes: who wants to be told of executed instructions - watchpoints, tracing, monitors, scripts.
 *
 * A probe names the Wasm instructions it asks for and is called before or after each that is executed, in every context of
 * the store. While a store has probes its contexts run plain bodies (one cell for each Wasm instruction) through a
 * dispatch table in which only the instructions asked for look different; without probes nothing is there to cost
 * anything: fast bodies know nothing of this.
 *
 *     probe  ──before──►  instruction  ──after──►  next one
 *            true: stop, not executed       true: stop, executed
 *
 * A callback may look at the context as at a stop (engine/stack.h, effect.h) and may call the guest; what it calls is not
 * probed. Contexts of several threads call back at the same time.
 */
#ifndef ENGINE_PROBE_H
#define ENGINE_PROBE_H

#include "engine/op.h"
#include "engine/regir/regir.h"
#include "engine/store.h"

struct body;

/* The instruction: the same before and after it. */
struct probe_at {
	const struct wcell *cell;       /* its operands' fields; its op word may be a break cell's */
	enum regir ir;                  /* the cell's own instruction, breakpoints hidden */
	slot *fp;                       /* of the frame that executes it */
	uint32_t offset;                /* in the module */
};

enum { PROBE_WORDS = (OP_COUNT + 63) / 64 };

struct probe {
	void *user;
	/* True: stop there (OUT_STOP, c->stop is STOP_HOOK). NULL: not wanted. */
	bool (*before)(void *user, struct ctx *c, const struct probe_at *at);
	bool (*after)(void *user, struct ctx *c, const struct probe_at *at);
	bool after_asked;               /* after() is wanted only where before() has called probe_ask_after(): that is cheaper */
	uint64_t ops[PROBE_WORDS];      /* one bit for each Wasm instruction; probe_want() */
	struct probe *next;             /* private */
};

/* Ask for an instruction, for all of them. Before the probe is added. */
void probe_want(struct probe *p, enum op op);
void probe_want_all(struct probe *p);

/*
 * P is the caller's and stays where it is until it is removed. Only while no guest code of the store runs, or from a
 * callback of P itself. False: out of memory.
 */
bool store_add_probe(struct store *s, struct probe *p);
void store_remove_probe(struct store *s, struct probe *p);

/* ---- in a callback ------------------------------------------------------------------------------------------------- */

/* From before(): tell me after this one. Others' instructions may be told of, too. */
void probe_ask_after(struct ctx *c);
/* The Wasm instruction. */
enum op probe_op(struct ctx *c, const struct probe_at *at);
/* The plain body and the function that execute it. */
struct body *probe_body(struct ctx *c, const struct probe_at *at);
struct func *probe_func(struct ctx *c, const struct probe_at *at);

/* ---- for the interpreter --------------------------------------------------------------------------------------------- */

enum { PROBE_BEFORE = 1, PROBE_AFTER = 2 };

/* Of a store: made with its first probe. */
struct probes {
	struct probe *first;
	uint32_t version;               /* changes with the list: contexts look whether their mode still holds */
	uint8_t wants[R_COUNT];         /* PROBE_… by any of them */
	uint16_t op[R_COUNT];           /* the Wasm instruction of a plain cell; OP_NONE: see probe_op() */
	const void *plain[R_COUNT], *count[R_COUNT];    /* dispatch tables of plain bodies */
};

void probes_free(struct store *s);
/* Call those that want the instruction in c->probe_at; true: one of them stops. */
bool probes_before(struct ctx *c);
bool probes_after(struct ctx *c);

#endif
