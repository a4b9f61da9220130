/*
 * Translated code of a module: bodies, made on demand and shared by all instances of the module.
 *
 * A function has up to one body for each kind and memory mode. Bodies live as long as the module. What a debugger asks
 * about a body - which Wasm instruction a cell belongs to, where a value of the operand stack is - is recomputed by
 * translating again with recording on (body_map), never kept for running.
 */
#ifndef ENGINE_REGIR_CODE_H
#define ENGINE_REGIR_CODE_H

#include <pthread.h>

#include "engine/base/arena.h"
#include "engine/base/vec.h"
#include "engine/regir/pin.h"
#include "engine/store.h"

enum body_kind {
	BODY_FAST,              /* fused, no counting */
	BODY_CHARGED,           /* fused, with CHARGE cells: fuel and the instruction clock */
	BODY_PLAIN,             /* one cell for each Wasm instruction */
	BODY_KINDS
};

/* Memory modes of fused bodies, then of unfused ones. */
enum { BODY_MODES = 4 };

struct body_map;

/* An exception handler of a body (try_table, or legacy try): byte range of cells and where to go. */
struct handler_row {
	uint32_t start, end;            /* of cells covered: byte offsets of return/throwing cells */
	uint8_t kind;                   /* enum catch_kind */
	bool legacy;                    /* the exception itself is kept in slot dst, its payload follows */
	bool delegate;                  /* go on with the rows behind whose depth is at most target */
	uint32_t depth;                 /* blocks around it */
	uint32_t tag;
	uint32_t target;                /* byte offset of the cell to continue at */
	uint32_t dst;                   /* byte offset from fp where the payload goes */
};

/* A branch back to a loop does the test that the loop begins with itself: a second cell for those instructions. */
struct twin {
	uint32_t at, copy;              /* byte offsets: the loop's first cell, the branch */
};

struct body {
	const struct module *module;
	uint32_t func;
	enum body_kind kind;
	enum memory_mode mode;          /* of memory 0 */
	bool fused;
	bool hot;                       /* its loops have HOT cells */
	char *cells;                    /* struct cell or struct wcell */
	uint32_t size;                  /* bytes */
	uint32_t header;                /* byte offset of the frame header from fp */
	uint32_t frame;                 /* bytes of the whole window */
	uint32_t nhandlers;
	struct handler_row *handlers;   /* innermost first */
	uint32_t ntwins;
	struct twin *twins;
	uint32_t npinned;
	struct pinned *pinned;          /* loops with pins, ascending */
	struct body_map *map;           /* made when asked for: body_map() */
	/* engine/tier.h */
	struct native_code *native;     /* machine code made from it; NULL: none */
	struct native_entry *counted;   /* counts its calls until they are worth that; NULL: nobody counts */
	bool refused;                   /* it could not be compiled */
	uint32_t leave_at;              /* its compiled code goes over to the interpreter before this cell; 0: nowhere */
};

/* The code made from B, by whatever thread; NULL: none. */
static inline struct native_code *body_native(const struct body *b)
{
	return __atomic_load_n(&b->native, __ATOMIC_ACQUIRE);
}

/* A break cell: what lies under it. */
struct patch {
	struct body *body;
	uint32_t at;                    /* byte offset of the cell */
	uint32_t original;              /* its op word */
	uint32_t count;                 /* users */
};

/* Told of every body that is made, before anyone runs it: breakpoints patch it. The lock is held: ask for no bodies. */
struct code_observer {
	void (*body_made)(void *user, struct body *b);
	void *user;
};

struct code {
	pthread_mutex_t lock;
	struct code_observer *observer;         /* NULL: nobody; set while no thread runs the module */
	struct arena arena;                     /* bodies, their cells and handlers */
	struct body **bodies[BODY_KINDS][BODY_MODES];   /* [kind][memory mode, fused ones first][defined function]; NULL: none yet */
	VEC(struct body *) by_address;          /* by their cells, once `sorted` */
	bool sorted;
	struct walk *scratch;                   /* the translator's storage, kept between functions */
	VEC(struct patch) patches;
	uint64_t bytes;                         /* of cells made */
	pthread_mutex_t op_lock;                /* patches and ops */
	struct handler_op *ops;                 /* from handlers back to ops; made when first asked for */
	size_t nops;
	uint32_t op_searches;                   /* how often an op was looked for without them */
	/* engine/tier.h: */
	pthread_mutex_t native_lock;
	VEC(struct native_code *) natives;      /* sorted by their cells */
	_Atomic bool has_natives;               /* there are some; may be asked without the lock */
	/* As bodies, by defined function: where compiled code finds a callee's inner entry. NULL: nothing is compiled. */
	const void **native_inner[BODY_KINDS][BODY_MODES];
	const struct tier_compiler *compiler;   /* of NATIVES: gives their memory back */
	VEC(struct store *) native_stores;      /* that run the module compiled */
	bool hot;                               /* loops of fast bodies have HOT cells */
	uint32_t guards[2];                     /* instances whose cells are guarded, by kind (guard.h) */
	bool *hooked_calls;                     /* by defined function: it tells of its calls (call_hook.h); NULL: none does */
};

bool code_init(struct module *m);               /* false: out of memory */
void code_free(struct module *m);

/* What func->entry of a function without a body, and of a host function, points to. */
const struct cell *code_lazy_entry(void);
const struct cell *code_host_entry(void);

/* The body, translated now if need be. NULL with E: out of memory. Thread-safe. */
struct body *code_body(const struct module *m, uint32_t func, enum body_kind kind, enum memory_mode mode, bool fuse,
	struct err *e);
/* The body that PC lies in; NULL: none of this module's. */
struct body *code_body_at(const struct module *m, const void *pc);
/* Fast and charged bodies that are made from now on have HOT cells, so that loops may go on compiled. */
void code_set_hot(const struct module *m);
/* Every defined function's fast body, for --eager and benchmarks. */
bool code_translate_all(const struct module *m, struct err *e);

/* The op of a cell, breakpoints hidden. In fast bodies it comes from the handler's address. */
enum regir code_op(const struct body *b, uint32_t at);
/* The op word of a cell, breakpoints hidden: a handler's address in fast bodies. */
uint32_t code_original(const struct body *b, uint32_t at);
/* Bytes of the cell at AT with its extension cells: AT + this is the next cell. */
uint32_t code_cell_size(const struct body *b, uint32_t at);
uint32_t code_op_size(const struct body *b, uint32_t at, enum regir op);        /* the same, of a cell whose op is known */

/*
 * Where p and q are loaded from by whoever enters a fast body elsewhere than at its first cell or behind a call: byte
 * offsets from fp. True: from the pins of a loop; false: from the frame's header.
 */
bool code_held(const struct body *b, uint32_t at, uint32_t *p, uint32_t *q);

/* Put a break cell at AT, or take it away again (counted). Every thread sees it at once. */
bool code_patch(struct body *b, uint32_t at, struct err *e);
void code_unpatch(struct body *b, uint32_t at);
/* Whether there are break cells in B. */
bool code_patched(const struct body *b);
/* Give a cell of a fast body another handler; a break cell stays and has that handler beneath it. */
void code_set_handler(struct body *b, uint32_t at, void *h);
/* Give a cell of a fast body that begins or ends a frame the handler that tells of it, or its usual one; others stay. */
void code_hook(struct body *b, uint32_t at, bool on);

/* ---- map: positions and values (recomputed, then cached) ------------------------------------------------------------ */

struct map_row {
	uint32_t at;            /* byte offset of a cell */
	uint32_t number;        /* body_cell_number() of it */
	uint32_t start;         /* module offset of the first Wasm instruction that this cell (and its group) completes */
	uint32_t main;          /* of the instruction that can trap or that gave the cell its name */
	uint32_t count;         /* Wasm instructions from here to the next start; 0: the row behind this one begins here, too */
	uint32_t charged;       /* in charged bodies: how many of the current run come before this cell's start */
	uint32_t run;           /* … and how many the run charges altogether */
	bool label;             /* a branch target begins here: every operand is in its home */
};

struct body_map {
	uint32_t nrows;
	struct map_row *rows;   /* one for each cell, ascending */
};

/* NULL with E: out of memory. */
const struct body_map *body_map(struct body *b, struct err *e);
/* The row of the cell at AT. */
const struct map_row *body_map_at(const struct body_map *m, uint32_t at);
/* The first cell of the group that covers the Wasm instruction at OFFSET; NULL: none (unreachable code). */
const struct map_row *body_map_offset(const struct body_map *m, uint32_t offset);

enum value_place { IN_SLOT, IN_CONST, IN_SUM };
struct stack_entry {
	valtype type;
	enum value_place place;
	uint32_t at;            /* IN_SLOT, IN_SUM: byte offset from fp (its home, or the local it aliases) */
	uint32_t shift;         /* IN_SUM: the value is (slot << shift) + bits, as its type wraps */
	uint32_t home;          /* byte offset of its home */
	slot bits[2];           /* IN_CONST; IN_SUM: what is added */
	uint32_t pushed;        /* module offset of the instruction that pushed it */
	int32_t local;          /* the local it aliases, or -1 */
};
/* The operand stack just before the Wasm instruction at OFFSET, as this kind of body keeps it. Memory from A. */
bool body_stack_at(const struct body *b, uint32_t offset, struct arena *a, struct stack_entry **out, uint32_t *n,
	struct err *e);

/* The value of an entry of the frame at FP: its one or two slots, or SPACE, which holds them. */
const slot *stack_entry_value(const struct stack_entry *s, const slot *fp, slot space[1]);

/* ---- text ------------------------------------------------------------------------------------------------------------ */

/* "br_if_i32.eqz r0:n, 4": slots with names, targets as cell numbers. Ends without newline. */
void body_print_cell(const struct body *b, uint32_t at, struct buf *out);
/* What stands before an instruction's text there: "br_if_", "". */
const char *regir_prefix(enum regir op);
/* "r0:n": the slot at byte offset AT, which is not in the frame's header. */
void body_print_slot(const struct body *b, int64_t at, struct buf *out);
/* Cell number (dumps, i:F.N) from byte offset and back; extension cells are not counted. */
uint32_t body_cell_number(const struct body *b, uint32_t at);
/* How many cells that have a number begin in [FROM, AT). */
uint32_t body_cells_between(const struct body *b, uint32_t from, uint32_t at);
bool body_cell_offset(const struct body *b, uint32_t number, uint32_t *at);

/* Checks slots, targets, extension cells of a body; false with E (E_INTERNAL): a bug of the translator. */
bool regir_verify(const struct body *b, struct err *e);

#endif
