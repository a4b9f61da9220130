/*
 * A store: everything that running modules share and that lives as long as it does - instances, functions, memories,
 * tables, globals, tags. A function object outlives the module name that made it: unload removes names, the storage
 * goes with the store, so a reference written into a shared table stays callable even when the instantiation that
 * wrote it failed.
 */
#ifndef ENGINE_STORE_H
#define ENGINE_STORE_H

#include <pthread.h>
#include <stdatomic.h>

#include "engine/base/arena.h"
#include "engine/base/str.h"
#include "engine/base/vec.h"
#include "engine/module.h"
#include "engine/park.h"
#include "engine/trap.h"
#include "engine/value.h"

struct cell;
struct ctx;
struct err;
struct func;
struct instance;

/* ---- limits and accounting ---------------------------------------------------------------------------------- */

struct store_limits {
	uint64_t max_memory;            /* bytes of all memories together; UINT64_MAX: none */
	uint64_t max_table_elements;    /* of all tables together */
	uint64_t max_stack;             /* bytes of value stack per context */
	uint64_t max_heap;              /* bytes of the object heap; 0: 1 GiB */
};

/* ---- host functions ------------------------------------------------------------------------------------------ */

/* How a call ended. Anything but OUT_DONE is passed on by a host function through which it comes. */
enum outcome {
	OUT_DONE,               /* results are there */
	OUT_TRAP,               /* ctx->trap */
	OUT_EXCEPTION,          /* ctx->exception: an exception nobody caught */
	OUT_EXIT,               /* ctx->exit_status: proc_exit */
	OUT_KILLED,             /* the debugger gave the call up */
	OUT_FUEL, OUT_TIMEOUT, OUT_INTERRUPT,
	OUT_STOP,               /* stopped by the debugger: only ctx_resume() and ctx_call() give it */
	OUT_COUNT
};

/*
 * A host function. ARGS holds the arguments in slots (v128 takes two), RESULTS has room for the results; they may be
 * the same storage, so read before writing. May call back with ctx_call(). Guest memory is written only between
 * mem_will_write() and returning; what it reads is told to mem_will_read(), for watchpoints. To trap: `return ctx_trap(c, TRAP_HOST, "why")`.
 */
typedef enum outcome host_fn(struct ctx *c, struct func *f, const slot *args, slot *results);

/* ---- entities -------------------------------------------------------------------------------------------------- */

struct func {
	const struct deftype *type;
	const struct cell *entry;       /* what a call in normal running jumps to: lazy, host, or a fast body's first cell */
	struct instance *inst;          /* defining instance; NULL for host functions */
	uint32_t index;                 /* in inst's module's function space; host functions: 0 */
	uint32_t number;                /* in the store, from 1; "func:N" prints the index in its module */
	host_fn *host;                  /* NULL for Wasm functions */
	void *user;                     /* the host function's own */
	const char *host_module, *host_name;    /* what it is called, for traces and backtraces */
	uint64_t calls;                 /* counted only where counting is on */
	struct func *forward;           /* what was last called in its place; engine/replace.h */
};

enum memory_mode { MEMORY_GUARDED, MEMORY_CHECKED };

struct memory {
	uint8_t *base;                  /* NULL only while size is 0 */
	_Atomic uint64_t size;          /* bytes that may be accessed */
	uint64_t pages, max_pages;      /* in page_log2 pages; max_pages is what the type says, or the most possible */
	bool has_max, is64, shared;
	uint8_t page_log2;
	enum memory_mode mode;          /* GUARDED: 8 GiB + 64 KiB are reserved from base, accesses need no check */
	uint64_t reserved;              /* bytes of address space held from base */
	uint32_t number;                /* in the store, from 1 */
	struct store *store;
	_Atomic(const struct mem_watch *) watch;        /* who wants to know what hosts read and write; NULL: nobody */
};

/*
 * Called before anything but a guest's store writes [at, at+size), or a host function reads it. On the thread whose fault_ctx
 * does that; bulk instructions announce what they write, too.
 */
struct mem_watch {
	void (*will_access)(void *user, const struct memory *m, uint64_t at, uint64_t size, bool writes);
	void *user;
};

struct table {
	slot *elems;
	uint64_t size, max, cap;
	bool has_max, is64;
	valtype type;
	uint32_t number;
	struct store *store;
};

struct global {
	slot value[2];
	valtype type;
	bool mut;
	uint32_t number;
};

struct tag {
	const struct deftype *type;
	uint32_t number;
};

/* An entity of any kind: an export, or what an import is given. */
struct extern_ref {
	enum extern_kind kind;
	union {
		struct func *func;
		struct table *table;
		struct memory *memory;
		struct global *global;
		struct tag *tag;
	} as;
};

struct instance {
	struct store *store;
	const struct module *module;
	uint32_t number;                /* in the store, from 1 */
	struct str name;                /* as registered or given; "" */
	/* index spaces, imports first */
	struct func **funcs;
	struct table **tables;
	struct memory **memories;
	struct global **globals;
	struct tag **tags;
	/* segments: count 0 after drop */
	slot **elem_values;             /* per segment its references; made at instantiation */
	uint32_t *elem_counts;
	uint32_t *data_sizes;
	bool started;                   /* instantiation finished */
	uint8_t code_mode;              /* which bodies it runs: mode of memory 0 */
	bool gc_ready;                  /* the heap knows how objects of all the module's types lie */
	struct instance *shadow_of;     /* engine/replace.h; NULL: it is itself */
};

/* ---- the store --------------------------------------------------------------------------------------------------- */

struct store {
	struct engine *engine;
	struct arena arena;
	struct store_limits limits;
	_Atomic uint64_t memory_bytes;  /* of all memories */
	_Atomic uint64_t table_elements;
	VEC(struct instance *) instances;
	VEC(struct instance *) shadows;
	VEC(struct memory *) memories;
	VEC(struct table *) tables;
	VEC(struct global *) globals;
	VEC(struct func *) funcs;
	VEC(struct tag *) tags;
	VEC(struct ctx *) contexts;     /* all that exist: their frames hold references */
	VEC(struct module *) modules;   /* kept alive: given with store_keep_module_take() */
	struct gc_heap *heap;           /* engine/gc; NULL until the first object */
	struct exn *exns;               /* every exception that was not freed; engine/exn.h */
	uint64_t exn_bytes, exn_trigger;        /* of those; when they are worth a collection (0: as it comes) */
	struct call_hook *call_hooks;   /* told of calls: engine/regir/call_hook.h; NULL: nobody */
	bool gc_stress;                 /* --gc-stress: collect before every allocation */
	struct park park;               /* threads that wait on memories */
	struct input_tap *inputs;       /* engine/inputs.h; NULL: nobody records or replays */
	struct turns *turns;            /* engine/turns.h: threads run one at a time; NULL: each in a native thread */
	struct probes *probes;          /* engine/probe.h; NULL: there never was one */
	struct host_gate *gates;        /* every call of a host function passes them, outermost first; host_gate.h */
	struct tiers *tiers;            /* engine/tier.h; NULL: nothing is compiled */
	bool no_guard;                  /* --bounds explicit */
	bool no_fuse;                   /* --no-fuse: fast bodies are made without fusion */
	bool verify_ir;                 /* --verify-ir: check every body that is made */
	uint32_t force_reserve_fail;    /* tests: bit n fails the n-th step of the reservation ladder */
	pthread_mutex_t lock;           /* the arena, the lists above, and growing; see entity.h */
	/* engine/world.h; under the lock */
	pthread_cond_t world_changed;
	struct ctx *world_stopper;      /* all other contexts stand still for it; NULL: they run */
	uint32_t world_depth;           /* how often it asked for that */
	_Atomic uint32_t arrivals;      /* of threads that stand for a debugger, so far; engine/hold.h */
};

struct store_limits store_limits_default(void);
struct store *store_new(struct engine *en, const struct store_limits *limits);  /* NULL: out of memory */
void store_free(struct store *s);       /* with all its entities and kept modules */
/* The store frees M when it goes. False: out of memory (M is not taken). */
bool store_keep_module_take(struct store *s, struct module *m);

/* Contexts enter themselves here. False: out of memory. */
bool store_add_ctx(struct store *s, struct ctx *c);
void store_remove_ctx(struct store *s, struct ctx *c);

/* Entities for hosts and tests; NULL with E: out of memory or above a limit. They live as long as the store. */
struct func *func_new_host(struct store *s, const struct deftype *type, host_fn *fn, void *user,
	const char *module, const char *name, struct err *e);
struct memory *memory_new(struct store *s, struct limits l, unsigned page_log2, struct err *e);
struct table *table_new(struct store *s, valtype type, struct limits l, slot init, struct err *e);
struct global *global_new(struct store *s, valtype type, bool mut, struct value v, struct err *e);
struct tag *tag_new(struct store *s, const struct deftype *type, struct err *e);

/* ---- memories and tables -------------------------------------------------------------------------------------------- */

/* Old size in pages, or -1 when it cannot grow (limits, type, address space). Call ctx_load_memory() afterwards. */
int64_t memory_grow(struct memory *m, uint64_t delta_pages);
/* Check [at, at+size) and announce a write by the host; false: out of bounds. */
bool memory_range(const struct memory *m, uint64_t at, uint64_t size);
void mem_will_write(struct memory *m, uint64_t at, uint64_t size);
void mem_will_read(const struct memory *m, uint64_t at, uint64_t size);
/* Bulk operations: both ranges are checked before the first byte. TRAP_NONE or the trap. */
enum trap memory_fill(struct memory *m, uint64_t at, uint8_t byte, uint64_t size);
enum trap memory_copy(struct memory *dst, uint64_t to, struct memory *src, uint64_t from, uint64_t size);
enum trap memory_init(struct instance *in, uint32_t data, struct memory *m, uint64_t to, uint64_t from, uint64_t size);
int64_t table_grow(struct table *t, uint64_t delta, slot init);
enum trap table_fill(struct table *t, uint64_t at, slot v, uint64_t size);
enum trap table_copy(struct table *dst, uint64_t to, struct table *src, uint64_t from, uint64_t size);
enum trap table_init(struct instance *in, uint32_t elem, struct table *t, uint64_t to, uint64_t from, uint64_t size);
void elem_drop(struct instance *in, uint32_t elem);
void data_drop(struct instance *in, uint32_t data);

/* ---- instances --------------------------------------------------------------------------------------------------------- */

/* Finds what an import is given. False with E when there is nothing of that name (E_UNKNOWN_IMPORT). */
typedef bool import_resolver(void *user, const struct module *m, const struct import *i, struct extern_ref *out,
	struct err *e);

/*
 * Instantiate (core specification 4.5.4): imports matched by type, entities allocated, element and data segments, start
 * function. The module must outlive the store (store_keep_module_take). C runs the start function. On a link error NULL
 * with E. On a trap while initialising, or when the start function does not end normally, NULL with *HOW set and the
 * details in C (the entities stay in the store).
 */
struct instance *instance_new(struct store *s, struct ctx *c, const struct module *m, import_resolver *resolve,
	void *user, enum outcome *how, struct err *e);
/* The same in two halves, for `start` and debuggers: everything but the start function, then that. */
struct instance *instance_new_unstarted(struct store *s, struct ctx *c, const struct module *m,
	import_resolver *resolve, void *user, enum outcome *how, struct err *e);
bool instance_export(const struct instance *in, struct str name, struct extern_ref *out);
/* Whether WHAT may be given to an import or expected type; fills E (E_IMPORT_TYPE) with expected and found types. */
bool extern_matches(const struct module *m, const struct import *i, const struct extern_ref *what, struct err *e);
/* "func (param i32) (result i32)", "memory 1 2", … */
void import_print_type(const struct module *m, const struct import *i, struct buf *out);
/* Evaluate a constant expression in an instance whose imports and earlier globals are set. */
bool const_eval(struct instance *in, struct ctx *c, struct const_expr x, struct value *out, enum trap *trap);

#endif
