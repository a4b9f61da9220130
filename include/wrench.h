/*
 * wrench.h - WebAssembly in a C or C++ program.
 *
 *	engine ── modules        what was loaded and validated; immutable; shared by stores
 *	   └───── stores         one running world each: instances, functions, memories, tables, globals, tags; limits
 *	             └── linker  names under which a store's things are imported
 *
 * docs/embedding.md is the guide; docs/examples has programs. Link with what `pkg-config --libs wrench` says: the
 * library needs a program that is not position independent (-no-pie).
 *
 * Owning. wr_engine, wr_module, wr_store and wr_linker are freed by their _free function, in any order: what is in use
 * stays until its last user went. Functions, memories, tables, globals, tags and instances belong to their store and
 * live as long as it does. Everything given to the library is copied, but `user` pointers and what they point to.
 *
 * Failing. Functions that can fail give false or NULL and fill a struct wr_error that the caller provides; it may be
 * NULL, need not be initialised, and is left alone on success. Memory that cannot be had is such an error
 * (WR_CLASS_LIMIT), never the end of the process. A NULL object is accepted everywhere: the answer is NULL, 0, false, or
 * WR_ERROR with an error of class WR_CLASS_USAGE. Text goes to a buffer of the caller as with snprintf: at most `size`
 * bytes with a NUL, and the length of the whole text is returned; out may be NULL when size is 0.
 *
 * Threads. An engine and its modules may be used by many threads at once. A store, and all that belongs to it, is used by
 * one thread at a time; only wr_store_interrupt() may be called from any. (Threads that a guest starts: see
 * wr_linker_define_wasi().) Stores do not know each other: what belongs to one is refused by another (WR_CLASS_USAGE).
 */
#ifndef WRENCH_H
#define WRENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct wr_engine;
struct wr_module;
struct wr_store;
struct wr_linker;
struct wr_instance;
struct wr_func;
struct wr_memory;
struct wr_table;
struct wr_global;
struct wr_tag;

/* ---- errors ---------------------------------------------------------------------------------- */

enum wr_error_class {
	WR_CLASS_NONE,
	WR_CLASS_USAGE,                 /* a function of this header was called wrongly: NULL, another store's object */
	WR_CLASS_PARSE,                 /* malformed text */
	WR_CLASS_MALFORMED,             /* malformed binary */
	WR_CLASS_INVALID,               /* does not validate */
	WR_CLASS_LINK,                  /* an import is missing or has another type */
	WR_CLASS_TYPE,                  /* a value or type does not fit */
	WR_CLASS_NAME,                  /* there is nothing of that name or number */
	WR_CLASS_LIMIT,                 /* a limit was reached, or memory ran out */
	WR_CLASS_IO,                    /* a file or directory of the host */
	WR_CLASS_UNSUPPORTED,           /* e.g. a component instead of a module */
	WR_CLASS_INTERNAL               /* a mistake in this library */
};

#define WR_NO_OFFSET UINT64_MAX

struct wr_error {
	enum wr_error_class error_class;
	char code[32];                  /* stable name within the class: "type-mismatch", "no-memory" */
	char file[256];                 /* as it was given when loading; "": none */
	uint32_t line, column;          /* of a text, from 1; column in characters; 0: no such place */
	uint64_t offset;                /* byte of the binary or of the text; WR_NO_OFFSET: no such place */
	char message[640];              /* one sentence with the values in it */
	char report[2048];              /* all that is known, as lines: place, message, source line, evidence */
};

/* "parse", "link", ...: a constant text; "?" for what is no class. */
const char *wr_error_class_name(enum wr_error_class error_class);

/* ---- engines --------------------------------------------------------------------------------- */

/* Version of the library, such as "0.1.0": a constant text. */
const char *wr_version(void);

/*
 * FEATURES switches proposals on and off for all modules: NULL is everything; else words as `wrench --features` takes
 * them, such as "-gc,-threads" or "2.0,simd". NULL with E: WR_CLASS_NAME (unknown word), WR_CLASS_LIMIT.
 * While instances exist, faults in guest memory reach the process as SIGSEGV and SIGBUS: the library installs handlers
 * with the first memory, which pass on whatever is not theirs. Install yours before, or chain to the earlier ones.
 */
struct wr_engine *wr_engine_new(const char *features, struct wr_error *e);
void wr_engine_free(struct wr_engine *engine);

/* ---- types ----------------------------------------------------------------------------------- */

/*
 * A value type is one word. The constants below are the same in every engine; types such as (ref null $t), which a module
 * defines, belong to one engine and are taken from imports, exports and other descriptions.
 */
typedef uint32_t wr_type;

enum {
	WR_I32 = 1, WR_I64 = 2, WR_F32 = 3, WR_F64 = 4, WR_V128 = 5,
	/* nullable references: (ref null func), … */
	WR_FUNCREF = 0x306, WR_EXTERNREF = 0x706, WR_ANYREF = 0xb06, WR_EQREF = 0xd06, WR_I31REF = 0xf06,
	WR_STRUCTREF = 0x1106, WR_ARRAYREF = 0x1306, WR_EXNREF = 0x1706,
	/* only in fields and elements, where they hold the low bits of an i32 */
	WR_I8 = 7, WR_I16 = 8
};

/* How a value is held in a struct wr_value. */
enum wr_kind {
	WR_KIND_NONE,                   /* no type of this engine */
	WR_KIND_I32, WR_KIND_I64, WR_KIND_F32, WR_KIND_F64, WR_KIND_V128,
	WR_KIND_FUNC,                   /* any reference to functions */
	WR_KIND_EXTERN, WR_KIND_ANY, WR_KIND_EXN        /* the other three hierarchies of references */
};

/* WR_KIND_NONE: no type of this engine. */
enum wr_kind wr_type_kind(const struct wr_engine *engine, wr_type type);
/* Whether null is a value of TYPE. */
bool wr_type_nullable(wr_type type);
/* Whether each value of SUB is one of SUPER. */
bool wr_type_matches(const struct wr_engine *engine, wr_type sub, wr_type super);
/* "i32", "funcref", "(ref null type#7)". */
size_t wr_type_print(const struct wr_engine *engine, wr_type type, char *out, size_t size);

/* A field of a struct type, or what an array type holds. */
struct wr_field {
	wr_type type;                   /* also WR_I8, WR_I16 */
	bool mut;
};

/*
 * (ref $t) for a struct or array type $t that stands alone: the same as in every module that declares such a type outside
 * of recursive groups, final and without supertype. 0 with E: WR_CLASS_TYPE, WR_CLASS_USAGE, WR_CLASS_LIMIT.
 */
wr_type wr_struct_type(struct wr_engine *engine, const struct wr_field *fields, uint32_t nfields, struct wr_error *e);
wr_type wr_array_type(struct wr_engine *engine, struct wr_field element, struct wr_error *e);
/* Of a reference to a struct type its fields, of one to an array type 1; 0 for what is neither. */
uint32_t wr_type_field_count(const struct wr_engine *engine, wr_type type);
/* False: no such field. */
bool wr_type_field(const struct wr_engine *engine, wr_type type, uint32_t index, struct wr_field *out);

/* The type of a function, or of a tag's payload (parameters only). */
struct wr_func_type {
	const wr_type *params, *results;        /* may be NULL when there are none */
	uint32_t nparams, nresults;
	uint32_t exact;                 /* set by the library: one type of the engine, whatever the fields above say;
	                                   set by you: 0, for the type of this shape that stands alone */
};

enum wr_extern_kind { WR_FUNC, WR_TABLE, WR_MEMORY, WR_GLOBAL, WR_TAG };

/* Sizes of a memory or table: in pages of its page size, in elements. */
struct wr_limits {
	uint64_t min, max;              /* max only with has_max */
	bool has_max;
	bool is64;                      /* 64-bit addresses or indices */
	bool shared;                    /* memories: between threads; needs a maximum */
};

/* The type of an import, an export, or of what a store holds; of the latter, min is the present size. */
struct wr_extern_type {
	enum wr_extern_kind kind;
	struct wr_func_type func;       /* WR_FUNC, WR_TAG; its arrays live as long as the engine */
	wr_type value;                  /* WR_GLOBAL; WR_TABLE: of the elements */
	bool mut;                       /* WR_GLOBAL */
	struct wr_limits limits;        /* WR_TABLE, WR_MEMORY */
	uint32_t page_size;             /* WR_MEMORY: bytes, 65536 or 1 */
};

/* "func (param i32) (result i32)", "memory 1 2", "table 10 funcref", "global (mut i64)", "tag (param i32)". */
size_t wr_extern_type_print(const struct wr_engine *engine, const struct wr_extern_type *type, char *out, size_t size);

/* ---- modules --------------------------------------------------------------------------------- */

/*
 * Decode and validate SIZE bytes: binary, or text when they begin as text does. They are copied. NAME is what errors and
 * traces call the file (NULL: "module"). NULL with E: WR_CLASS_PARSE, _MALFORMED, _INVALID, _UNSUPPORTED, _LIMIT; for
 * texts with line and column, for binaries with the byte offset.
 */
struct wr_module *wr_module_load(struct wr_engine *engine, const char *name, const void *bytes, size_t size,
	struct wr_error *e);
/* The same from a file; "-" is standard input. WR_CLASS_IO besides: it cannot be read. */
struct wr_module *wr_module_load_file(struct wr_engine *engine, const char *path, struct wr_error *e);
void wr_module_free(struct wr_module *module);

/* A name: SIZE bytes, which may include NULs, and a NUL behind them. Lives as long as its module. */
struct wr_name {
	const char *text;
	size_t size;
};

struct wr_import {
	struct wr_name module, name;
	struct wr_extern_type type;
};

struct wr_export {
	struct wr_name name;
	struct wr_extern_type type;
};

/* The module's own name, of its name section; "" without. */
struct wr_name wr_module_name(const struct wr_module *module);
uint32_t wr_module_import_count(const struct wr_module *module);
uint32_t wr_module_export_count(const struct wr_module *module);
/* In the order of the module; NULL: no such number. They live as long as the module. */
const struct wr_import *wr_module_import(const struct wr_module *module, uint32_t index);
const struct wr_export *wr_module_export(const struct wr_module *module, uint32_t index);
/* The contents of the last custom section called NAME, *SIZE bytes, owned by the module; NULL: none. */
const void *wr_module_custom(const struct wr_module *module, const char *name, size_t *size);

/* ---- stores and limits ----------------------------------------------------------------------- */

#define WR_NO_LIMIT UINT64_MAX

/* For all of a store together; they hold also while a module is instantiated. */
struct wr_store_limits {
	uint64_t max_memory;            /* bytes of all memories; above: instantiation fails (LIMIT), memory.grow gives -1 */
	uint64_t max_table_elements;    /* of all tables; above: as memories */
	uint64_t max_stack;             /* bytes of guest stack, allocated as used; above: trap "stack" */
	uint64_t max_heap;              /* bytes of garbage-collected objects; above: trap "heap" */
};

/* The defaults: no limit for memories, 10^8 table elements, 8 MiB of stack, 1 GiB of objects. */
void wr_store_limits_init(struct wr_store_limits *limits);
/* LIMITS may be NULL: the defaults. NULL with E: WR_CLASS_LIMIT. */
struct wr_store *wr_store_new(struct wr_engine *engine, const struct wr_store_limits *limits, struct wr_error *e);
/* Not from a host function of this store. Its functions, memories, … are gone afterwards, and WASI's files closed. */
void wr_store_free(struct wr_store *store);
/* A pointer of yours; NULL at first. */
void wr_store_set_user(struct wr_store *store, void *user);
void *wr_store_user(const struct wr_store *store);

/*
 * Fuel: one unit for each Wasm instruction that executes, exactly; WR_NO_LIMIT (at first) counts nothing and costs
 * nothing. What is there is used up by all calls together; a call that finds none left ends with WR_OUT_OF_FUEL. Set in a
 * host function, it holds at once, but fuel that is switched on there counts only in functions entered afterwards.
 */
void wr_store_set_fuel(struct wr_store *store, uint64_t fuel);
uint64_t wr_store_fuel(const struct wr_store *store);

/*
 * Nanoseconds that each outermost wr_call() or instantiation may take; 0 (at first): any time. Later it ends with
 * WR_TIMEOUT, within 50 ms of the deadline, also in waits of WASI and of wr_store_wait(). Host functions of yours that
 * compute for long ask wr_store_check(). Set in a host function it holds for the next outermost call.
 */
void wr_store_set_timeout(struct wr_store *store, uint64_t ns);

/*
 * From any thread, and from signal handlers: the running call ends soon with WR_INTERRUPTED; when none runs, the next one
 * does.
 */
void wr_store_interrupt(struct wr_store *store);

/* The instruction clock: starts at 0 and counts Wasm instructions from now on. Counting costs some speed. */
void wr_store_start_clock(struct wr_store *store);
/* Instructions executed since then; 0 when it was never started. Setting fuel starts it, too. */
uint64_t wr_store_clock(const struct wr_store *store);

/* Bytes of all memories of the store, and elements of all its tables, as the limits count them. */
uint64_t wr_store_memory_bytes(const struct wr_store *store);
uint64_t wr_store_table_elements(const struct wr_store *store);

/* ---- values ---------------------------------------------------------------------------------- */

/*
 * A value and its type. References other than functions are words: take them from the library, test them with
 * wr_is_null(), give them back. They are valid until the guest next runs or the next object is made, unless held with
 * wr_hold().
 */
struct wr_value {
	wr_type type;
	union {
		int32_t i32;
		int64_t i64;
		float f32;
		double f64;
		uint8_t v128[16];       /* lane 0 first */
		struct wr_func *func;   /* NULL: null */
		uint64_t ref;           /* extern, any, exn; 0: null */
	} of;
};

/* Values with their types. */
struct wr_value wr_i32(int32_t v);
struct wr_value wr_i64(int64_t v);
struct wr_value wr_f32(float v);
struct wr_value wr_f64(double v);
struct wr_value wr_v128(const uint8_t bytes[16]);
/* Null of a reference type. */
struct wr_value wr_null(wr_type type);
/* FUNC may be NULL: null. */
struct wr_value wr_funcref(struct wr_func *func);
/* A value of yours as externref, such as a number or a pointer; below 2^63: the topmost bit is lost. */
struct wr_value wr_externref(uint64_t host);
/* What wr_externref() was given; false: V is no such reference, or null. */
bool wr_externref_get(struct wr_value v, uint64_t *host);
/* The low 31 bits of V as an i31 reference. */
struct wr_value wr_i31(int32_t v);
/* The value of an i31 reference, sign-extended; false: V is none. */
bool wr_i31_get(struct wr_value v, int32_t *value);
/* False also for numbers. */
bool wr_is_null(struct wr_value v);

/* Keep what V refers to alive until it was released as often. False with E: WR_CLASS_LIMIT. Other values need nothing. */
bool wr_hold(struct wr_store *store, struct wr_value v, struct wr_error *e);
void wr_release(struct wr_store *store, struct wr_value v);

/*
 * Make a struct of TYPE, a reference type that names one: of wr_struct_type(), or of an import, export or value of a module
 * that declares it. FIELDS are its N fields in order; NULL: zeros and nulls. False with E: WR_CLASS_TYPE (no struct type,
 * another number of fields, a value that does not fit, a field without default), WR_CLASS_LIMIT (the heap is full).
 */
bool wr_struct_new(struct wr_store *store, wr_type type, const struct wr_value *fields, uint32_t n, struct wr_value *out,
	struct wr_error *e);
/* The same for an array of N elements. */
bool wr_array_new(struct wr_store *store, wr_type type, const struct wr_value *elements, uint32_t n, struct wr_value *out,
	struct wr_error *e);
/* An array of LENGTH times V. */
bool wr_array_new_filled(struct wr_store *store, wr_type type, struct wr_value v, uint32_t length, struct wr_value *out,
	struct wr_error *e);

/* Objects: fields of a struct, elements of an array; 0 for what is none. */
uint32_t wr_object_length(const struct wr_store *store, struct wr_value object);
/* Packed ones are i32, zero-extended. False with E: WR_CLASS_NAME (no such field), WR_CLASS_TYPE (no object). */
bool wr_object_get(const struct wr_store *store, struct wr_value object, uint32_t index, struct wr_value *out,
	struct wr_error *e);
/* WR_CLASS_TYPE besides: V does not fit, or the field is immutable. */
bool wr_object_set(struct wr_store *store, struct wr_value object, uint32_t index, struct wr_value v, struct wr_error *e);

/* Text as `wrench run` prints results: "-1", "0.5", "i32x4:0x…", "null", "func:3", "struct#1", "extern:5". */
size_t wr_value_print(const struct wr_store *store, struct wr_value v, char *out, size_t size);
/*
 * Read such a text as a value of TYPE; func:N is function N of INSTANCE (NULL: none may be named). False with E:
 * WR_CLASS_TYPE.
 */
bool wr_value_parse(const struct wr_store *store, wr_type type, const char *text, const struct wr_instance *instance,
	struct wr_value *out, struct wr_error *e);

/* ---- how calls end --------------------------------------------------------------------------- */

enum wr_outcome {
	WR_DONE,                        /* results are there */
	WR_TRAPPED,                     /* wr_store_trap() */
	WR_EXCEPTION,                   /* nobody caught it: wr_store_exception() */
	WR_EXITED,                      /* proc_exit or wr_exit(): wr_store_exit_status() */
	WR_OUT_OF_FUEL,
	WR_TIMEOUT,
	WR_INTERRUPTED,
	WR_ERROR                        /* nothing was run: see the error */
};

/* "done", "trapped", "exception", "exited", "out-of-fuel", "timeout", "interrupted", "error"; "?". */
const char *wr_outcome_name(enum wr_outcome how);

/* Why the guest stopped by itself. */
struct wr_trap {
	const char *code;               /* stable name: "memory-bounds", "unreachable", "host"; constant */
	const char *words;              /* the specification's: "out of bounds memory access"; constant */
	char message[200];              /* a host function's own words, or details; "" */
	struct wr_memory *memory;       /* of an access out of bounds that is known; else NULL */
	uint64_t address, size;         /* with memory: first byte, bytes */
	struct wr_table *table;         /* the same for tables */
	uint64_t index;
};

/* Of the last call that trapped. False: none did. */
bool wr_store_trap(const struct wr_store *store, struct wr_trap *out);
/* Of the last call that exited. */
int wr_store_exit_status(const struct wr_store *store);
/* Tag of the last exception that nobody caught, kept alive until the next; NULL: there was none. */
const struct wr_tag *wr_store_exception(const struct wr_store *store);
/* Values that it carries; false: no such value. */
uint32_t wr_store_exception_length(const struct wr_store *store);
bool wr_store_exception_value(const struct wr_store *store, uint32_t index, struct wr_value *out);

/* One frame of the call that ended otherwise than WR_DONE. */
struct wr_frame {
	struct wr_func *func;
	bool host;                      /* a host function: what follows is empty */
	uint32_t func_index;            /* in its module */
	uint32_t offset;                /* of the instruction, or of the call in outer frames, in the binary */
	const char *file;               /* as it was given when loading; lives as long as the store */
	uint32_t line, column;          /* of a module loaded from text; else 0 */
	char name[64];                  /* "$name" or "#index"; of host functions "module.name"; cut when longer */
};

/* Frames of the last such call, the innermost first; at most the 64 innermost are there. */
uint32_t wr_store_frame_count(const struct wr_store *store);
bool wr_store_frame(const struct wr_store *store, uint32_t level, struct wr_frame *out);
/* How the last call ended, HOW, for people: lines with reason and frames, or for WR_EXITED the status. */
size_t wr_store_describe(const struct wr_store *store, enum wr_outcome how, char *out, size_t size);

/* ---- functions ------------------------------------------------------------------------------- */

/*
 * A host function. ARGS has the values that its type says, RESULTS as many zeros and nulls of the right types, to be
 * overwritten. Gives WR_DONE, or how the call that it is part of ends: what wr_trap(), wr_exit(), wr_throw() or
 * wr_store_check() gave, or what a nested wr_call() gave, which passes it on. Traps, exceptions and exits of nested calls
 * may also be dealt with and followed by WR_DONE; running out of fuel, timeouts and interrupts go on all the same. A
 * result of a wrong type, WR_ERROR, and an outcome that nothing gave are traps ("host").
 */
typedef enum wr_outcome wr_host_fn(struct wr_store *store, void *user, const struct wr_value *args,
	struct wr_value *results);

/*
 * A function of the host. MODULE and NAME are what traces call it; may be NULL. USER is handed to FN as it is. NULL with
 * E: WR_CLASS_TYPE (a type that the engine does not know), WR_CLASS_LIMIT.
 */
struct wr_func *wr_func_new(struct wr_store *store, const struct wr_func_type *type, wr_host_fn *fn, void *user,
	const char *module, const char *name, struct wr_error *e);
/* Its type, with `exact` set. False: FUNC or OUT is NULL. */
bool wr_func_get_type(const struct wr_func *func, struct wr_func_type *out);

/*
 * Call FUNC and wait until it ends. ARGS and RESULTS are counted; RESULTS is written only with WR_DONE. WR_ERROR with E:
 * WR_CLASS_TYPE (counts or types do not fit), WR_CLASS_USAGE (NULL, of another store), WR_CLASS_LIMIT. May be called in a
 * host function of the same store, or of another.
 */
enum wr_outcome wr_call(struct wr_store *store, struct wr_func *func, const struct wr_value *args, size_t nargs,
	struct wr_value *results, size_t nresults, struct wr_error *e);

/* In a host function. End the call with a trap ("host") that has a message, as printf; gives WR_TRAPPED. */
enum wr_outcome wr_trap(struct wr_store *store, const char *format, ...)
#ifdef __GNUC__
	__attribute__((format(printf, 2, 3)))
#endif
	;
/* … as proc_exit does; gives WR_EXITED. */
enum wr_outcome wr_exit(struct wr_store *store, int status);
/* … with an exception that the guest may catch. Gives WR_EXCEPTION; values that do not fit the tag: WR_TRAPPED. */
enum wr_outcome wr_throw(struct wr_store *store, const struct wr_tag *tag, const struct wr_value *args, size_t nargs);
/* WR_DONE: go on. WR_TIMEOUT, WR_INTERRUPTED: clean up and return that. For host functions that take long. */
enum wr_outcome wr_store_check(struct wr_store *store);
/*
 * Wait in a host function until descriptor FD has one of EVENTS of poll(2), at most NS nanoseconds; below 0: any time. FD
 * -1 only waits. *READY (may be NULL) says whether it has. WR_DONE, or as wr_store_check().
 */
enum wr_outcome wr_store_wait(struct wr_store *store, int fd, short events, int64_t ns, bool *ready);
/* Whose code called the running host function, and memory 0 of that. NULL: the host did; it has none. */
struct wr_instance *wr_caller(const struct wr_store *store);
struct wr_memory *wr_caller_memory(const struct wr_store *store);

/* ---- memories -------------------------------------------------------------------------------- */

/* PAGE_SIZE is 65536 or 1. NULL with E: WR_CLASS_INVALID (impossible limits), WR_CLASS_LIMIT. */
struct wr_memory *wr_memory_new(struct wr_store *store, struct wr_limits limits, uint32_t page_size, struct wr_error *e);
bool wr_memory_get_type(const struct wr_memory *memory, struct wr_extern_type *out);
/* Bytes; the first one's address, valid until the memory grows, which the guest may do whenever it runs. */
uint64_t wr_memory_size(const struct wr_memory *memory);
uint8_t *wr_memory_data(struct wr_memory *memory);
/* Grow by PAGES pages; *OLD (may be NULL) is the size before, in pages. False: limits, type or address space. */
bool wr_memory_grow(struct wr_memory *memory, uint64_t pages, uint64_t *old);
/* Copy SIZE bytes out of it or into it. False, and nothing is copied: not all of them are inside. */
bool wr_memory_read(const struct wr_memory *memory, uint64_t at, void *out, size_t size);
bool wr_memory_write(struct wr_memory *memory, uint64_t at, const void *bytes, size_t size);

/* ---- tables ---------------------------------------------------------------------------------- */

/* All elements are INIT. NULL with E: WR_CLASS_TYPE, WR_CLASS_INVALID (impossible limits), WR_CLASS_LIMIT. */
struct wr_table *wr_table_new(struct wr_store *store, wr_type type, struct wr_limits limits, struct wr_value init,
	struct wr_error *e);
bool wr_table_get_type(const struct wr_table *table, struct wr_extern_type *out);
uint64_t wr_table_size(const struct wr_table *table);
/* False: no such element. */
bool wr_table_get(const struct wr_table *table, uint64_t index, struct wr_value *out);
/* False with E: WR_CLASS_NAME (no such element), WR_CLASS_TYPE. */
bool wr_table_set(struct wr_table *table, uint64_t index, struct wr_value v, struct wr_error *e);
/* By COUNT elements INIT; *OLD (may be NULL) is the size before. False with E: WR_CLASS_TYPE, WR_CLASS_LIMIT. */
bool wr_table_grow(struct wr_table *table, uint64_t count, struct wr_value init, uint64_t *old, struct wr_error *e);

/* ---- globals and tags ------------------------------------------------------------------------ */

/* NULL with E: WR_CLASS_TYPE, WR_CLASS_LIMIT. */
struct wr_global *wr_global_new(struct wr_store *store, wr_type type, bool mut, struct wr_value v, struct wr_error *e);
bool wr_global_get_type(const struct wr_global *global, struct wr_extern_type *out);
bool wr_global_get(const struct wr_global *global, struct wr_value *out);
/* False with E: WR_CLASS_TYPE (V does not fit, or it is immutable), WR_CLASS_USAGE (not of this store). */
bool wr_global_set(struct wr_store *store, struct wr_global *global, struct wr_value v, struct wr_error *e);

/* A tag for exceptions that carry what TYPE's parameters say. NULL with E: WR_CLASS_TYPE, WR_CLASS_LIMIT. */
struct wr_tag *wr_tag_new(struct wr_store *store, const struct wr_func_type *type, struct wr_error *e);
bool wr_tag_get_type(const struct wr_tag *tag, struct wr_func_type *out);

/* ---- instances ------------------------------------------------------------------------------- */

/* Any of the five. */
struct wr_extern {
	enum wr_extern_kind kind;
	union {
		struct wr_func *func;
		struct wr_table *table;
		struct wr_memory *memory;
		struct wr_global *global;
		struct wr_tag *tag;
	} of;
};

/* The type of what it is. False: it is NULL. */
bool wr_extern_get_type(const struct wr_extern *x, struct wr_extern_type *out);

/*
 * Instantiate MODULE with IMPORTS, as many and in the order as it lists them, and run its start function. NULL when it
 * does not end with *HOW (may be NULL) WR_DONE. WR_ERROR with E: WR_CLASS_LINK (count, types), WR_CLASS_LIMIT (initial
 * sizes), WR_CLASS_USAGE. Another outcome: a segment that does not fit, or the start function; what it did until then
 * stays, E is WR_CLASS_LINK with how it ended.
 */
struct wr_instance *wr_instance_new(struct wr_store *store, const struct wr_module *module, const struct wr_extern *imports,
	size_t nimports, enum wr_outcome *how, struct wr_error *e);
/* The export called NAME. False: none. */
bool wr_instance_export(const struct wr_instance *instance, const char *name, struct wr_extern *out);
/* The same by number, in the order of the module; NAME (may be NULL) is its bytes, which may lack the NUL. */
bool wr_instance_export_at(const struct wr_instance *instance, uint32_t index, struct wr_name *name, struct wr_extern *out);
uint32_t wr_instance_export_count(const struct wr_instance *instance);
/* The export called NAME when it is of that kind; NULL: none. */
struct wr_func *wr_instance_func(const struct wr_instance *instance, const char *name);
struct wr_memory *wr_instance_memory(const struct wr_instance *instance, const char *name);
struct wr_table *wr_instance_table(const struct wr_instance *instance, const char *name);
struct wr_global *wr_instance_global(const struct wr_instance *instance, const char *name);
struct wr_tag *wr_instance_tag(const struct wr_instance *instance, const char *name);

/* ---- linking by name ------------------------------------------------------------------------- */

/*
 * A linker finds imports: first what was defined as MODULE and NAME, then exports of an instance defined as MODULE, then
 * WASI. What is defined later under the same name replaces the earlier. NULL with E: WR_CLASS_LIMIT.
 */
struct wr_linker *wr_linker_new(struct wr_store *store, struct wr_error *e);
void wr_linker_free(struct wr_linker *linker);
/* False with E: WR_CLASS_LIMIT, WR_CLASS_USAGE (of another store). */
bool wr_linker_define(struct wr_linker *linker, const char *module, const char *name, struct wr_extern x,
	struct wr_error *e);
/* wr_func_new() and wr_linker_define() in one. */
bool wr_linker_define_func(struct wr_linker *linker, const char *module, const char *name,
	const struct wr_func_type *type, wr_host_fn *fn, void *user, struct wr_error *e);
/* All exports of INSTANCE, as `wrench run --preload MODULE=FILE`. */
bool wr_linker_define_instance(struct wr_linker *linker, const char *module, struct wr_instance *instance,
	struct wr_error *e);
/* Functions that are missing become ones that trap ("stub") when called. Off at first. */
void wr_linker_stub_missing(struct wr_linker *linker, bool on);
/* As wr_instance_new() with what the linker finds; WR_CLASS_LINK names what is missing or differs. */
struct wr_instance *wr_linker_instantiate(struct wr_linker *linker, const struct wr_module *module,
	enum wr_outcome *how, struct wr_error *e);

/* ---- WASI preview 1 -------------------------------------------------------------------------- */

struct wr_preopen {
	const char *host;               /* path of a directory of the host */
	const char *guest;              /* the name under which the guest sees it */
	bool read_only;
};

/* What a guest gets; nothing is granted that is not in here. */
struct wr_wasi_config {
	const char *const *args;        /* the program's name first */
	uint32_t nargs;
	const char *const *env;         /* "NAME=VALUE" */
	uint32_t nenv;
	const struct wr_preopen *preopens;
	uint32_t npreopens;
	const int *sockets;             /* descriptors, made non-blocking: they follow the directories */
	uint32_t nsockets;
	int in, out, err;               /* descriptors, never closed by the library; -1: a stream that is not there */
	const char *deny;               /* words as `wrench run --deny` takes them, such as "clock,random"; NULL: none */
	bool threads;                   /* "wasi" "thread-spawn" starts threads; false: it gives the guest an error */
};

/* No arguments, no environment, no directories, no streams; clocks and random numbers are there. */
void wr_wasi_config_init(struct wr_wasi_config *config);
/*
 * Give the modules "wasi_snapshot_preview1" and "wasi_unstable". Directories are opened now. CONFIG may be NULL: nothing
 * is granted. False with E: WR_CLASS_IO (a directory, a descriptor), WR_CLASS_NAME (a word of deny), WR_CLASS_LIMIT. The
 * process should ignore SIGPIPE, so that a closed output is an error of the guest alone.
 *
 * With `threads`, "wasi" "thread-spawn" is given, too: each thread is a native one, with an instance of its own made from
 * the imports of the instance that started it. Define the memory that they share yourself (limits with `shared`). Threads
 * end with the outermost call in which they were started; the first that does not end well ends all, and the call has its
 * outcome. Host functions run in the thread that calls them, at the same time as others, with a `store` of that thread:
 * another view of the same store, for use in that host function; modules cannot be instantiated through it, and what is
 * held through it is released when the thread ends.
 */
bool wr_linker_define_wasi(struct wr_linker *linker, const struct wr_wasi_config *config, struct wr_error *e);

#ifdef __cplusplus
}
#endif

#endif
