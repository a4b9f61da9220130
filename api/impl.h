/*
 * The inside of the embedder's interface: shared by the files of api/, nobody else's business.
 *
 * Users of an engine are its owner, its modules and its stores; users of a module are its owner and the stores that have
 * instances of it. Each holds one count; the last one frees. Entities are cast: a struct wr_func is a struct func.
 */
#ifndef API_IMPL_H
#define API_IMPL_H

#include <stdatomic.h>

#include "engine/base/err.h"
#include "engine/base/vec.h"
#include "engine/ctx.h"
#include "engine/gc/gc.h"
#include "engine/module.h"
#include "include/wrench.h"

struct buf;
struct source;
struct wasi;

struct wr_engine {
	struct engine *engine;
	struct features features;
	atomic_uint users;
};

struct wr_module {
	struct wr_engine *engine;
	struct module *module;
	struct arena arena;             /* names and lists */
	struct wr_name name;
	struct wr_import *imports;
	struct wr_export *exports;
	atomic_uint users;
};

enum { API_FRAMES = 64 };

struct wr_store {
	struct wr_engine *engine;
	struct store *store;
	struct ctx *ctx;                /* its user is this store */
	struct wr_store *root;          /* this one is a guest thread's: the store itself; else NULL */
	void *user;
	uint64_t timeout_ns;            /* of an outermost call; 0: none */
	VEC(struct wr_module *) modules;        /* a count of each is held */
	VEC(struct wasi *) wasis;
	/* references that are held: an outermost scope of the context */
	VEC(struct value) held;
	struct value *held_top;
	struct gc_scope scope;
	/* calls */
	uint32_t calls;                 /* calls and instantiations that are under way */
	enum outcome given;             /* what wr_trap(), a nested call, … last gave in the running host function */
	enum outcome must_end;          /* the outermost call ends so, whatever host functions say; OUT_DONE: no */
	/* how the last call ended */
	bool trapped;                   /* one did: */
	struct trap_info trap;
	bool traced;                    /* frames are those of what is on its way outwards, */
	const void *traced_exn;         /* this exception, when it is one */
	uint32_t nframes;
	struct wr_frame frames[API_FRAMES];
};

/* ---- entities -------------------------------------------------------------------------------- */

#define API_ENTITY(name, in) \
	static inline struct in *in##_in(const struct name *x) { return (struct in *)(uintptr_t)x; } \
	static inline struct name *in##_out(const struct in *x) { return (struct name *)(uintptr_t)x; }
API_ENTITY(wr_func, func)
API_ENTITY(wr_memory, memory)
API_ENTITY(wr_table, table)
API_ENTITY(wr_global, global)
API_ENTITY(wr_tag, tag)
API_ENTITY(wr_instance, instance)
#undef API_ENTITY

/* entity.c. NULL objects become NULL references. False: WHAT is NULL or of another store. */
struct wr_extern extern_out(const struct extern_ref *x);
bool extern_in(const struct store *s, const struct wr_extern *x, struct extern_ref *out);
bool func_belongs(const struct store *s, const struct func *f);
bool tag_belongs(const struct store *s, const struct tag *t);

/* ---- errors (error.c) ------------------------------------------------------------------------ */

/* Tell the caller about WHY, whose place is in SRC (NULL: not known). Gives false. E may be NULL. */
bool error_out(struct wr_error *e, const struct err *why, const struct source *src);
/* The same with an error made on the spot. */
bool error_set(struct wr_error *e, enum err_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
bool error_oom(struct wr_error *e);
/* TEXT as snprintf would put it; frees the buffer. */
size_t text_out(struct buf *text, char *out, size_t size);

/* ---- types (type.c) -------------------------------------------------------------------------- */

struct wr_func_type func_type_out(const struct deftype *t);
/* NULL with E: not a type of this engine, or out of memory. */
const struct deftype *func_type_in(struct wr_engine *en, const struct wr_func_type *t, struct wr_error *e);
bool type_known(const struct engine *en, wr_type t);
/* The struct or array type that T refers to; NULL: none. */
const struct deftype *object_type_in(const struct engine *en, wr_type t);
struct wr_extern_type table_type_out(valtype type, struct limits l);
struct wr_extern_type memory_type_out(struct limits l, uint8_t page_log2);
struct wr_extern_type global_type_out(valtype type, bool mut);

/* ---- values (value.c) ------------------------------------------------------------------------ */

struct wr_value value_out(struct value v);
/* V as a value of TYPE. False with E (E_TYPE) that begins with WHAT and NUMBER ("argument 1"); below 0: without number. */
bool value_in(const struct store *s, const struct wr_value *v, valtype type, struct value *out, const char *what,
	int64_t number, struct err *e);
/* Values of TYPES between slots and values. */
void values_from_slots(const valtype *types, uint32_t n, const slot *from, struct wr_value *to);
bool values_to_slots(const struct store *s, const valtype *types, uint32_t n, const struct wr_value *from, slot *to,
	const char *what, struct err *e);

/* ---- engines, modules, stores ---------------------------------------------------------------- */

struct wr_engine *engine_hold(struct wr_engine *en);
struct wr_module *module_hold(const struct wr_module *m);
/* Make sure that M lives as long as ST. */
bool store_hold_module(struct wr_store *st, const struct wr_module *m, struct wr_error *e);

/* ---- calls (call.c, outcome.c) --------------------------------------------------------------- */

/* Around everything that runs the guest. False with E: no timer; then nothing must run. */
bool run_begin(struct wr_store *st, struct wr_error *e);
enum wr_outcome run_end(struct wr_store *st, enum outcome how);
enum wr_outcome outcome_out(enum outcome how);
/* The ctx's `ended`, also where a host function ends its call: keep the frames. */
void outcome_trace(struct ctx *c, enum outcome how);
host_fn host_enter;             /* of every function of the embedder; user: struct host_func */

struct host_func {
	wr_host_fn *fn;
	void *user;
};

/* thread.c. The ctx's thread_begins and thread_ends; and after an outermost call, which ended as HOW: end all threads. */
bool thread_begins(struct ctx *c, const struct ctx *of);
void thread_ends(struct ctx *c);
enum outcome threads_end(struct wr_store *st, enum outcome how);

/* instance.c. As wr_instance_new() with a resolver. */
struct wr_instance *instantiate(struct wr_store *st, const struct wr_module *m, import_resolver *resolve, void *user,
	enum wr_outcome *how, struct err *why, struct wr_error *e);

#endif
