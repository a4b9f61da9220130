/*
 * Types: value types packed into a word, and canonical defined types.
 *
 * A struct engine holds every defined type that any of its modules mentions, once: recursive groups are canonicalised
 * when they are decoded (core specification 3.1.1, 4.2.1 "rolling"), so two types are equal exactly when their ids
 * are. Value types inside modules and stores name types by that id; a module's own type indices appear only in its
 * bytes. Subtyping of defined types is one load and one compare through the display of supertypes.
 */
#ifndef ENGINE_TYPES_H
#define ENGINE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct engine;
struct err;
struct progress;

/* ---- value types ------------------------------------------------------------------------------------------- */

/* bits 0..7 kind, bit 8 nullable, bits 9..31 heap type (only for VT_REF) */
typedef uint32_t valtype;

enum vt_kind {
	VT_BOT,                 /* below every type: what unreachable code has on its stack */
	VT_I32, VT_I64, VT_F32, VT_F64, VT_V128,
	VT_REF,
	VT_I8, VT_I16,          /* storage types, only in fields */
};

enum heap {
	HEAP_BOT,               /* bottom reference in unreachable code: below every heap type */
	HEAP_FUNC, HEAP_NOFUNC, HEAP_EXTERN, HEAP_NOEXTERN, HEAP_ANY, HEAP_EQ, HEAP_I31, HEAP_STRUCT, HEAP_ARRAY,
	HEAP_NONE, HEAP_EXN, HEAP_NOEXN,
	HEAP_TYPES = 32         /* HEAP_TYPES + canonical id */
};

enum { VT_NULLABLE = 0x100, VT_HEAP_SHIFT = 9, MAX_TYPE_ID = (1 << 23) - HEAP_TYPES - 1 };

static inline enum vt_kind vt_kind(valtype t) { return (enum vt_kind)(t & 0xff); }
static inline bool vt_is_ref(valtype t) { return (t & 0xff) == VT_REF; }
static inline bool vt_nullable(valtype t) { return (t & VT_NULLABLE) != 0; }
static inline uint32_t vt_heap(valtype t) { return t >> VT_HEAP_SHIFT; }
static inline valtype vt_ref(uint32_t heap, bool nullable)
{
	return VT_REF | (nullable ? VT_NULLABLE : 0u) | heap << VT_HEAP_SHIFT;
}
static inline bool heap_is_id(uint32_t heap) { return heap >= HEAP_TYPES; }
static inline uint32_t heap_id(uint32_t heap) { return heap - HEAP_TYPES; }
/* Slots of 8 bytes that a value takes on the value stack: two for v128, else one. */
static inline unsigned vt_slots(valtype t) { return (t & 0xff) == VT_V128 ? 2 : 1; }
/* Whether a local of this type has a default value (everything but non-null references). */
static inline bool vt_defaultable(valtype t) { return !vt_is_ref(t) || vt_nullable(t); }
/* Bytes of a storage or number type in memory, arrays and fields; references take 4 in the GC heap, 8 in slots. */
unsigned vt_bytes(valtype t);

#define VT_FUNCREF   (VT_REF | VT_NULLABLE | (uint32_t)HEAP_FUNC << VT_HEAP_SHIFT)
#define VT_EXTERNREF (VT_REF | VT_NULLABLE | (uint32_t)HEAP_EXTERN << VT_HEAP_SHIFT)
#define VT_EXNREF    (VT_REF | VT_NULLABLE | (uint32_t)HEAP_EXN << VT_HEAP_SHIFT)

/* ---- defined types ----------------------------------------------------------------------------------------- */

enum type_kind { TYPE_FUNC, TYPE_STRUCT, TYPE_ARRAY };
enum { TYPE_NONE = 0xffffffffu };

struct field_type {
	valtype type;           /* may be VT_I8 or VT_I16 */
	bool mut;
};

/* Canonical, immutable; lives as long as its engine. */
struct deftype {
	uint32_t id;
	uint8_t kind;           /* enum type_kind */
	bool final;
	uint32_t super;         /* id of the direct supertype, or TYPE_NONE */
	uint32_t depth;         /* number of supertypes above it */
	const uint32_t *display;        /* display[0..depth]: ids from the root to itself */
	uint32_t group, group_size;     /* id of its group's first type; types in the group */
	/* TYPE_FUNC */
	uint32_t nparams, nresults;
	uint32_t param_slots, result_slots;
	const valtype *params, *results;
	/* TYPE_STRUCT: nfields; TYPE_ARRAY: one */
	uint32_t nfields;
	const struct field_type *fields;
};

struct engine *engine_new(void);        /* NULL: out of memory */
void engine_free(struct engine *e);     /* after every module and store that uses it */
struct progress *engine_progress(struct engine *en);    /* of loading its modules */
uint32_t engine_type_count(const struct engine *e);
const struct deftype *engine_type(const struct engine *e, uint32_t id);

/*
 * A recursive group before canonicalisation. Value types in it name members of the group by HEAP_TYPES + GROUP_LOCAL +
 * position and earlier types by their ids.
 */
enum { GROUP_LOCAL = 1 << 22 };
struct subtype_def {
	uint8_t kind;
	bool final;
	uint32_t super;         /* TYPE_NONE, an id, or GROUP_LOCAL + position */
	uint32_t nparams, nresults, nfields;
	const valtype *params, *results;
	const struct field_type *fields;
};
/* Find or add a group; *first is the id of its first type, the others follow. False with E: out of memory, too many. */
bool engine_add_group(struct engine *en, const struct subtype_def *defs, uint32_t n, uint32_t *first, struct err *e);
/* The function type [params] -> [results] as a final type of its own group (host functions). NULL: out of memory. */
const struct deftype *engine_func_type(struct engine *en, const valtype *params, uint32_t nparams,
	const valtype *results, uint32_t nresults);

/* ---- relations (core specification 3.3) ---------------------------------------------------------------------- */

bool type_id_sub(const struct engine *en, uint32_t sub, uint32_t super);
bool heap_sub(const struct engine *en, uint32_t sub, uint32_t super);
bool valtype_sub(const struct engine *en, valtype sub, valtype super);
/* Whether the structure of SUB fits under SUPER: what a declaration `(sub $super …)` has to satisfy. */
bool deftype_fits(const struct engine *en, const struct deftype *sub, const struct deftype *super);
/* Top of a heap type's hierarchy: HEAP_FUNC, HEAP_EXTERN, HEAP_ANY or HEAP_EXN. */
uint32_t heap_top(const struct engine *en, uint32_t heap);
/* The difference T1 \ T2 of reference types (br_on_cast). */
valtype valtype_diff(valtype t1, valtype t2);

/* ---- text ------------------------------------------------------------------------------------------------------ */

/* Names a defined type in a message: appends "$t" or "3"; NULL: "type#<id>". */
typedef void type_namer(void *user, uint32_t id, struct buf *out);
struct type_names { type_namer *name; void *user; };

/* "i32", "(ref null $t)", "funcref". NAMES may be NULL. */
void valtype_print(valtype t, const struct type_names *names, struct buf *out);
void heap_print(uint32_t heap, const struct type_names *names, struct buf *out);
/* "i32 i64" without brackets. */
void valtypes_print(const valtype *t, uint32_t n, const struct type_names *names, struct buf *out);
/* "(i32 i64) -> (f32)" as info functions shows it; structs and arrays as "(struct (field i32))". */
void deftype_print(const struct deftype *t, const struct type_names *names, struct buf *out);
const char *heap_name(uint32_t heap);   /* abstract heap types: "func", "nofunc", …; NULL for others */

#endif
