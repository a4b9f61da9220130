/*
 * Tiers: compiled code as the engine sees it. See docs/jit.md.
 *
 * A compiler (jit/) turns a fast or charged body into machine code and tables; this file places the code, gives calls their
 * way into it, and takes that way away again. Compiled code is one more kind of handler: its frames are the interpreter's,
 * and what the native stack holds besides is a hint that may be thrown away at any moment.
 */
#ifndef ENGINE_TIER_H
#define ENGINE_TIER_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/vec.h"
#include "engine/regir/interp.h"

struct body;
struct code;
struct ctx;
struct err;
struct frame;
struct func;
struct module;
struct store;

enum tier { TIER_UNFUSED, TIER_INTERP, TIER_BASELINE, TIER_AUTO };

/* What was said of the functions of a module. */
struct module_tiers {
	const struct module *module;
	uint8_t *of;                    /* by defined function: 1 + enum tier, 0: nothing; NULL: of none */
};

/* ---- compiled code --------------------------------------------------------------------------------------------------- */

/* The cell of a body at AT (a loop's header, or a label), and the stub that goes on there with all values in their slots. */
struct native_osr {
	uint32_t at, to;                /* byte offset in the body; code offset. Sorted by at */
};

/* A memory access that may fault, and its exit. */
struct native_fault {
	uint32_t at, to;                /* code offsets. Sorted by at */
};

/* Which cell code stands for: from CODE to the next row's. */
struct native_place {
	uint32_t code, at;              /* code offset; byte offset in the body. Sorted by code */
};

/* Who does what a cell has no machine code for: a C helper; its handler; a helper, where its own code cannot. */
enum native_how { NATIVE_HELPER, NATIVE_THUNK, NATIVE_SELDOM };

/* A cell of which that is so. */
struct native_slow {
	uint32_t at;                    /* byte offset in the body */
	enum native_how how;
};

struct native_tables {
	uint32_t nosr, nfaults, nplaces, nslow;
	struct native_osr *osr;
	struct native_fault *faults;
	struct native_place *places;
	struct native_slow *slow;
};

/*
 * What a compiler gives. Everything is malloc'ed and taken from it (also when it failed: it may be half filled in). The code
 * is copied to its place; the cells stay where they are, so that code may hold their addresses. Code is entered at OUTER with a
 * handler's registers and at INNER with those of docs/jit.md.
 *
 * CELLS: pairs {h_NATIVE_LANDING, imm: address of the call's landing cell in the body}, {h_NATIVE_RETURN, imm: code offset};
 * thunks {copy of a cell with its extension cells}, {h_NATIVE_GO, imm: code offset}. Offsets become addresses (tier.c).
 */
struct native_output {
	uint8_t *code;
	uint32_t size;                  /* bytes of code */
	uint32_t outer, inner;          /* code offsets */
	struct cell *cells;
	uint32_t ncells;
	uint32_t *cell_at;              /* for each: byte offset in the body of the cell that it stands for (GO: of the next cell) */
	struct native_tables tables;
};

/* A cell that func->entry points to, and the body to go to when it does nothing else. */
struct native_entry {
	struct cell cell;               /* h_NATIVE, imm: outer, or native_off; h_COUNT, c: calls so far, d: how many are wanted */
	const struct cell *body;
};

/* Why a function was compiled. */
enum tier_why {
	TIER_FIRST,                     /* it is to be compiled before it runs */
	TIER_CALLED,                    /* it was called often enough */
	TIER_LOOPED,                    /* one of its loops went round often enough */
	TIER_ASKED,                     /* a frame was to be moved */
	TIER_WHYS
};
extern const char *const tier_why_words[TIER_WHYS];

struct native_code {
	struct body *body;              /* what it was made from */
	const uint8_t *code;
	uint32_t size;
	const void *outer, *inner;
	struct native_entry entry;
	struct cell *cells;
	uint32_t ncells;
	uint32_t *cell_at;
	uint32_t *cell_to;              /* for N[1] and GO cells: their code offset; they hold 0 while the code is off */
	struct cell *osr_cells;         /* for each row of the table: h_NATIVE_GO to its stub */
	struct native_tables tables;
	uint64_t compile_ns;
	uint32_t calls;                 /* counted before it was compiled */
	enum tier_why why;              /* it was compiled */
	uint32_t off;                   /* why it must not be entered now: enum native_off bits; 0: it may */
};

/* Why compiled code of a body is not entered. */
enum native_off {
	NATIVE_OFF_TIER = 1,            /* it is to be interpreted */
	NATIVE_OFF_BREAK = 2,           /* a break cell lies in the body */
	NATIVE_OFF_HOOK = 4,            /* its calls are told of (call_hook.h) */
	NATIVE_OFF_REPLACED = 8,        /* another body runs in its place (replace.h) */
	NATIVE_OFF_NEW = 32,            /* it is being made */
	NATIVE_OFF_GUARD = 16,          /* a probe guards the module's accesses (guard.h) */
};

/* ---- what a compiler offers ---------------------------------------------------------------------------------------------- */

struct tier_compiler {
	/* False with E: not compiled. One call at a time for each module. */
	bool (*compile)(void *user, struct body *b, struct native_output *out, struct err *e);
	/* Executable memory: the bytes at their place, ready to run; NULL with E (E_LIMIT, E_NO_MEMORY): no room, or denied. */
	const uint8_t *(*place)(void *user, const uint8_t *code, uint32_t size, struct err *e);
	void (*release)(void *user, const uint8_t *code, uint32_t size);
	void *user;
};

/* ---- a store's tiers ----------------------------------------------------------------------------------------------------- */

struct native_start;

/* Told of what is compiled, on the thread that asked for it. */
struct tier_watch {
	/* N is NULL: it was not compiled, for the reason in E. */
	void (*compiled)(void *user, struct ctx *c, struct func *f, const struct native_code *n, const struct err *e);
	/* A frame of F that was interpreted goes on in N, at the loop whose cell is at AT; NULL: nobody wants to know. */
	void (*entered)(void *user, struct ctx *c, struct func *f, const struct native_code *n, uint32_t at);
	/* M gets its first instance: now things may be said of its functions. */
	void (*module)(void *user, struct store *s, const struct module *m);
	void *user;
};

/*
 * What a store that has a compiler keeps (store->tiers). A function runs in the tier that was said for it, else in the store's:
 * in `unfused` and `interp` it is never compiled, in `baseline` before its first instruction, in `auto` when it was called, or one of its
 * loops went round, `threshold` times. Changes count from the next call, and for loops from the next time round; only while no
 * guest code of the store runs.
 */
struct tiers {
	const struct tier_compiler *compiler;
	enum tier tier;
	uint32_t threshold;
	uint64_t random;                /* not 0: contexts count, and every few thousand instructions their frames change tiers */
	bool unfused;                   /* TIER_UNFUSED was said of something */
	bool used;                      /* something was to be compiled once: compiled code may run */
	bool denied;                    /* there is no memory for code: nothing more is compiled */
	const struct tier_watch *watch; /* NULL: nobody */
	VEC(struct module_tiers) modules;
};

enum { TIER_THRESHOLD = 200 };

/* Give S a compiler, which lives as long as its modules. Functions stay in `interp` until it is told otherwise. False: no memory. */
bool tiers_init(struct store *s, const struct tier_compiler *compiler);
void tiers_free(struct store *s);       /* before the modules */
/* A module is about to get its first instance in S. False: out of memory. */
bool tiers_module(struct store *s, const struct module *m);

bool tiers_set(struct store *s, enum tier t);           /* of all functions that nothing was said of */
bool tiers_set_func(struct store *s, const struct module *m, uint32_t func, enum tier t);
enum tier tiers_of(const struct store *s, const struct module *m, uint32_t func);
/* Whether fast and charged bodies of that function are fused ones in S. */
bool tiers_fuse(const struct store *s, const struct module *m, uint32_t func);
/* The compiled code that calls of F run; NULL: they are interpreted. */
const struct native_code *tiers_native(const struct func *f, bool counting);

/* Whether a frame that is in the middle of a call will go on in compiled code. */
bool tier_frame_compiled(const struct frame *f);
/*
 * Frame F of the stopped C goes on compiled (UP), or interpreted. The innermost one is at an instruction of its own: it goes over
 * at the next turn of a loop. False with E (E_UNSUPPORTED): it cannot.
 */
bool tier_move_frame(struct ctx *c, const struct frame *f, bool up, struct err *e);

/* ---- for the engine -------------------------------------------------------------------------------------------------------- */

/* Code of M may run in S from now on. */
bool tiers_use(struct store *s, const struct module *m);
/* Whether function FUNC of M is to be compiled, now or later. */
bool tiers_compile(const struct store *s, const struct module *m, uint32_t func);
/* Compile B; the code is entered from now on unless something forbids it. NULL with E: it cannot be. */
struct native_code *tier_compile(struct ctx *c, struct func *f, struct body *b, enum tier_why why, struct err *e);
/* What func->entry is to be for a function whose fast or charged body is B. */
const struct cell *tier_entry(struct ctx *c, struct func *f, struct body *b);
/*
 * Compiled code of B is made anew, and goes over to the interpreter before the cell at AT (0: nowhere), where a break cell may
 * lie: break cells do not switch it off. For lockstep (debugger/lockstep.h), while no guest code of the store runs.
 */
void tier_leave_at(struct ctx *c, struct body *b, uint32_t at);
/* Run handlers until they leave. C's registers are then those of a frame in a body, whatever ran. */
unsigned tier_run(struct ctx *c, const struct native_start *s);
/* This thread goes on with the native stack that begins at LOW (NULL: its own): the one before, to be given back. */
char *tier_native_floor(char *low);
/* ctx->enter_limit, unless somebody asks to be heard: what C may use while it runs compiled code. */
void tier_set_enter_limit(struct ctx *c, slot *limit);
/* The cell of a body that PC stands for, when it lies in compiled code's cells; else PC. */
const struct cell *tier_cell(const struct module *m, const struct cell *pc);
/* The compiled code of M that the address AT lies in; NULL: none. */
const struct native_code *tier_code_at(const struct module *m, const void *at);
/* Whether N may be entered as far as tiers go. Its module's native_lock is held. */
void tier_allow(struct native_code *n, bool allowed);
/* A body's cells, its module's hooks, guards or replacements have changed. */
void tier_refresh(const struct body *b);
void tier_refresh_module(const struct module *m);
/* Frames of F (NULL: all) in C that are in the middle of calls go on in the interpreter, although their code stays. */
void tier_lower_frames(struct ctx *c, const struct func *f);
void tier_code_init(struct code *code);
void tier_code_free(struct code *code);

/* ---- for compilers ------------------------------------------------------------------------------------------------------ */

/* Frames of up to SMALL_FRAME bytes begin where FP is not above ctx->enter_limit. A call pushes NATIVE_PAIR bytes. */
enum { SMALL_FRAME = 1024, NATIVE_PAIR = 16 };

/*
 * Where code that is compiled from B finds the inner entries of the functions of its module, by defined function (index less
 * imported ones). Elements keep their addresses as long as the module. They hold native_by_entry where there is no
 * compiled code to be entered. There is an array once something is compiled.
 */
const void *const *tier_inner_slots(const struct body *b);

/*
 * Pieces in assembly (native_x64.S.inc, native_a64.S.inc). Those entered like a compiled function's inner entry, by m_call_slot
 * and m_call_reg, with FP = window, ENTRY_ACC = func, ENTRY_P = return cell, ENTRY_Q = caller's fp, CTX and MEM:
 */
extern const char native_by_entry[];    /* to what func->entry says; func is of the running instance */
extern const char native_across[];      /* the same for any function, also the host's: enters its instance; returns through N[0] */
/* Those jumped to: */
extern const char native_return_slow[]; /* ENTRY_PC = return cell, FP, CTX: to its handler */
extern const char native_interp[];      /* ENTRY_PC = a cell, FP, CTX, and ENTRY_ACC, P, Q, FACC where its handler wants them */
extern const char native_refused[];     /* the same with the first cell of a function that enter_limit did not let begin */
extern const char native_exit[];        /* behind a call, RESULT not 0: the native stack is reset, native_enter returns RESULT */

handler h_NATIVE, h_NATIVE_LANDING, h_NATIVE_RETURN, h_NATIVE_GO;

#endif
