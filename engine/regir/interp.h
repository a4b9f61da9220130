/*
 * The interpreter's handlers, as its driver (run.c) and the code they run in (code.c) see them.
 *
 * A handler does one cell and ends in a jump to the next one's: a tail call with everything hot in argument registers. It
 * returns, with an exit code and the registers saved in the context, only to leave. There are two sets from one source
 * (handlers.inc): h_* for fast bodies, whose cells hold their handlers' addresses, and p_* for plain bodies, dispatched
 * through c->plain_table.
 */
#ifndef ENGINE_REGIR_INTERP_H
#define ENGINE_REGIR_INTERP_H

#include "engine/ctx.h"
#include "engine/regir/regir.h"

/*
 * acc, p, q: at a function's entry its func, return cell and the caller's fp. p and q stay so until a handler loses them:
 * calls, cells with extension, regir_loses. acc and facc: what the cell before computed, an integer or f64.
 */
typedef unsigned handler(const struct cell *pc, slot *fp, struct ctx *c, uint64_t acc, uint64_t p, uint64_t q,
	double facc);

enum exit_code {
	EXIT_NONE,              /* never: where compiled code calls, 0 is a return (docs/jit.md) */
	EXIT_DONE,              /* the function that the host called has returned; results at c->fp */
	EXIT_TRAP,              /* c->trap; pc is the cell that trapped */
	EXIT_TRAP_CALL,         /* the same for a call that found no room; pc is its return cell */
	EXIT_LEAVE,             /* c->leave is set; pc is at a function's first cell or at a label */
	EXIT_AGAIN,             /* the same, and pc is at an instruction that waited and was not carried out */
	EXIT_FUEL,              /* plain: no fuel for the instruction at pc */
	EXIT_FUEL_LOW,          /* fast: not enough for the run that begins at pc */
	EXIT_BREAK,             /* a break cell at pc */
	EXIT_STEP,              /* plain: the next instruction is at pc */
	EXIT_TO_FAST,           /* plain: at the start of a loop, where the fast body may take over */
	EXIT_MODE,              /* plain: returned into a fast frame, which must not run now */
	EXIT_OUTCOME,           /* a host function ended with c->pending */
	EXIT_THROW,             /* c->exception is to be thrown at pc */
	EXIT_PROBE,             /* a probe wants to stop at pc */
	EXIT_GUARD,             /* fast: the access at pc may be one that a probe looks for */
};

extern handler *const interp_fast_table[R_COUNT];
/* A cell of OP before one with the handler NEXT may have the handler JOINED, which does both (join.inc). */
struct interp_join {
	uint32_t op;
	handler *next, *joined;
};
extern const struct interp_join interp_joins[];
extern const unsigned interp_njoins;
/* Behind the last row for an op, 0: there is none; those before it may be for it, too. */
extern const uint8_t interp_join_end[R_COUNT];
typedef unsigned plain_handler(const struct wcell *pc, slot *fp, struct ctx *c, uint64_t acc, uint64_t p, uint64_t q,
	double facc);
extern plain_handler *const interp_plain_table[R_COUNT];
extern plain_handler *const interp_count_table[R_COUNT];      /* plain, charging one for each Wasm instruction */
extern plain_handler *const interp_stop_table[R_COUNT];       /* plain: every Wasm instruction leaves with EXIT_STEP */
/* Plain, for instructions that probes ask for (engine/probe.h): what tables of probes have in their place. */
plain_handler interp_probe;
plain_handler interp_probe_as;  /* the same for one whose cell is hidden by a break cell; acc: its op */

/* How many times loops go round before fast bodies run again after something that a probe looked at. */
enum { PROBE_WARM = 16, PROBE_WARM_BYTES = 1024 /* … of the body: once more */ };

/* The handler that tells of a call or return before it does what OP does; NULL: OP neither begins nor ends a frame. */
handler *interp_hooked(enum regir op);

/* The handlers of guarded cells (guard.h), which ask the filter of a probe first; NULL: none. Atomic loads are among the first. */
extern handler *const interp_write_guards[R_COUNT], *const interp_read_guards[R_COUNT];

/* Entries of their own, in cells that many functions share. */
handler h_LAZY, h_FORWARD, h_HOST, h_EXIT, h_PLAIN_ONLY, h_LANDING, h_LANDING_PLAIN, h_BREAK;
/* The same of compiled code (engine/tier.h), and the one that counts calls until they are worth compiling. */
handler h_NATIVE_LANDING, h_NATIVE_RETURN, h_COUNT;

/* The cells that func->entry and the outermost return point to. */
enum { ENTRY_LAZY, ENTRY_HOST, ENTRY_EXIT, ENTRY_PLAIN_ONLY, ENTRY_FORWARD };
extern const struct cell interp_entries[] __attribute__((visibility("hidden")));

/* The landing of a plain body is called like a fast cell, so that a return need not know what it returns to. */
static inline bool cell_is(const struct cell *c, handler *h)
{
	return c->op == (uint32_t)(uintptr_t)h;
}

/* A frame's header, at the byte offset that its ENTER, RETURN and landing cells know. */
struct frame_header {
	struct func *func;
	const struct cell *ret;
	slot *caller;
};
_Static_assert(sizeof(struct frame_header) == 24, "the header takes three slots");

/* Helpers that the handlers call (interp_slow.c); they may look at everything. */
const struct cell *interp_lazy_body(struct ctx *c, struct func *f);    /* NULL: c->trap is set */
/* Enough calls of F were counted, or turns of a loop at a HOT cell: where to go on. BODY: the first cell of F's body. */
const struct cell *interp_counted(struct ctx *c, struct func *f, const struct cell *body);
const struct cell *interp_hot(struct ctx *c, struct cell *hot, slot *fp);
/* The function that runs in place of F (engine/replace.h), its instance entered. NULL: c->trap is set. */
struct func *interp_forward(struct ctx *c, struct func *f);
const struct wcell *interp_plain_entry(struct ctx *c, struct func *f); /* NULL: c->trap is set; not for host functions */
enum outcome interp_host_call(struct ctx *c, struct func *f, slot *window, const struct cell *ret, slot *caller);
/* Whether a reference is of a heap type (engine/gc/cast.c); null is when NULLABLE. */
bool ref_is(const struct ctx *c, slot ref, uint32_t heap, bool nullable);
/* Whether a long helper has to stop in the middle (then it gives TRAP_COUNT): the guest is to end. */
bool interp_must_end(const struct ctx *c);
/* A rare instruction on its window; TRAP_NONE or the trap. EXT: its extension cell. */
typedef enum trap slow_fn(struct ctx *c, slot *w, int32_t b, int32_t imm1, int32_t imm2, const void *ext);
/* Make the instance of F the running one. */
void interp_enter_instance(struct ctx *c, struct func *f);
/* Where an access lies that trapped, for the report; returns EXIT_TRAP. */
unsigned interp_trap_memory(struct ctx *c, uint32_t memory, uint64_t address, uint64_t size);

/* The helpers of slow.def. */
#define SLOW(id, function)     slow_fn function;
#define SLOW_EXT(id, function) slow_fn function;
#define SLOW_GC(id, function)  slow_fn function;
#include "engine/regir/slow.def"

#endif
