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

/*
 * Where a probe looks, for probes that need not be told of other accesses. If there is a cheap way to ask this before each
 * access, fast bodies go on running: their cells that access hold guards (regir/guard.h), and what the filter does not have
 * costs some instructions. It has one bit for each 64 bytes of addresses, modulo 4 MiB, the same for all memories; globals
 * and objects have a bit, too. Instructions that are none of these, growing and throwing and such, are always told of.
 */
enum { FILTER_BLOCK_LOG2 = 6, FILTER_WORDS = 1024, FILTER_REACH = 15 /* an access is no longer than that and one */ };

struct probe_filter {
	uint64_t bits[FILTER_WORDS];
	/* A set bit may be another's: whether these bytes of M are looked at. */
	bool (*touches)(void *user, const struct memory *m, uint64_t at, uint64_t size);
	void *user;
	bool changes_only;              /* stores that write what is there already need not be told of */
	const uint8_t *wants;           /* private: by register-IR instruction, what is asked for */
};

/* Every access that touches these bytes; the last of its first ones. */
void filter_add(struct probe_filter *f, uint64_t at, uint64_t bytes);
/* Places of what has no address. */
static inline uint64_t filter_global(const struct global *g)
{
	return (uint64_t)(uintptr_t)g << 2;
}

static inline uint64_t filter_object(slot ref)
{
	return ref << FILTER_BLOCK_LOG2;
}

struct probe {
	void *user;
	/* True: stop there (OUT_STOP, c->stop is STOP_HOOK). NULL: not wanted. */
	bool (*before)(void *user, struct ctx *c, const struct probe_at *at);
	bool (*after)(void *user, struct ctx *c, const struct probe_at *at);
	bool after_asked;               /* after() is wanted only where before() has called probe_ask_after(): that is cheaper */
	struct probe_filter *filter;    /* NULL: all that was asked for is told of */
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
/* What one of them asks for has changed. */
void store_renew_probes(struct store *s);

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
	uint8_t nears[R_COUNT];         /* a plain cell that accesses memory 0, and whose probe has a filter */
	uint16_t op[R_COUNT];           /* the Wasm instruction of a plain cell; OP_NONE: see probe_op() */
	const void *plain[R_COUNT], *count[R_COUNT];    /* dispatch tables of plain bodies */
	const struct probe_filter *filter;      /* guarded fast bodies may run; NULL: only plain ones */
	uint8_t guards;                 /* GUARD_…: how cells are guarded */
};

/* That nobody is behind: what contexts have when their guards have nobody to ask for. */
extern const struct probe_filter probe_no_filter;

void probes_free(struct store *s);
/* An instance was added. */
void probes_instance(struct store *s, const struct module *m);
/* Call those that want the instruction in c->probe_at; true: one of them stops. */
bool probes_before(struct ctx *c);
bool probes_after(struct ctx *c);

#endif
