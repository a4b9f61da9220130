/*
 * Garbage-collected objects: structs, arrays, and what the rest of the program does with them.
 *
 * A store has one heap, made with its first object. A reference to an object is its byte offset in the heap, so it fits
 * 32 bits; objects never move. Everything that holds a reference while something may allocate must be a root:
 *
 *     frames (locals and operands), globals, tables, element segments, reachable exceptions   found by the collector
 *     values in C, over an allocation            a struct gc_scope of the context
 *     values that the session keeps              gc_hold()
 *
 * Collections happen inside allocations and gc_collect() only. Other threads of the store stand still meanwhile (world.h).
 */
#ifndef ENGINE_GC_GC_H
#define ENGINE_GC_GC_H

#include "engine/store.h"

struct ctx;
struct exn;

/* ---- objects --------------------------------------------------------------------------------- */

/* Make an object whose fields or elements are 0 and null. TRAP_HEAP: the heap is full; TRAP_ALLOC_SIZE: … and always too small. */
enum trap gc_struct_new(struct ctx *c, uint32_t type, slot *ref);
enum trap gc_array_new(struct ctx *c, uint32_t type, uint32_t length, slot *ref);

/* Whether REF, of the any or extern hierarchy, is an object: not null, i31 or a host's value. */
static inline bool gc_is_object(slot ref)
{
	return ref != 0 && !(ref & (REF_HOST_BIT | 1));
}

/* NULL: REF is no object, or no longer one. */
const struct deftype *gc_object_type(const struct store *s, slot ref);
/* Bytes that it takes in the heap, header included; 0 for what is no object. */
uint64_t gc_object_bytes(const struct store *s, slot ref);
/* Fields of a struct, elements of an array; 0 for what is no object. */
uint32_t gc_object_length(const struct store *s, slot ref);
/* Elements of an array; 0: none, or no array. */
uint32_t gc_array_len(const struct store *s, slot ref);
/* Field or element INDEX; packed ones are i32, zero-extended. False: no such field, or (set) a value of another type. */
bool gc_field_get(const struct store *s, slot ref, uint32_t index, struct value *out);
bool gc_field_set(struct store *s, slot ref, uint32_t index, struct value v);

/* ---- names and roots for the session --------------------------------------------------------- */

/*
 * The N of struct#N and array#N: given when an object is first shown, never given again. A number does not keep its
 * object alive: gc_object_numbered() gives 0 once it was collected. 0: no memory for a number.
 */
uint32_t gc_object_number(const struct store *s, slot ref);
slot gc_object_numbered(const struct store *s, uint32_t number);

/* Keep the object REF alive until it was released as often. False: out of memory. */
bool gc_hold(struct store *s, slot ref);
void gc_release(struct store *s, slot ref);

/* C's own values, [values, *top), are roots while the scope is open. Scopes close in reverse order. */
struct gc_scope {
	struct gc_scope *outer;
	const struct value *values;
	struct value *const *top;
};
void gc_scope_open(struct ctx *c, struct gc_scope *scope, const struct value *values, struct value *const *top);
void gc_scope_close(struct ctx *c);

/* ---- the heap -------------------------------------------------------------------------------- */

struct gc_stats {
	uint64_t collections, ns;       /* how many, and how long they took altogether */
	uint64_t objects, bytes;        /* that the last collection found alive, and exceptions it found */
	uint64_t exceptions;
	uint64_t size;                  /* bytes of the heap in use, free space between objects included */
	uint64_t soft_limit, limit;     /* bytes at which the next collection happens; that may never be passed */
};
struct gc_stats gc_stats(const struct store *s);
/* Collect now. False: there is no memory for a heap. */
bool gc_collect(struct ctx *c);
/* Each object that the last collection found alive, by address. */
void gc_each(const struct store *s, void (*fn)(void *user, slot ref), void *user);
/* An exception was made, of so many bytes; collects when there are many. X itself stays alive. */
void gc_exn_made(struct ctx *c, struct exn *x, size_t bytes);

/*
 * The heap at some moment, to come back to (engine/moment.h). BEFORE: an earlier image of it, or NULL; ACCOUNT: of its
 * bytes (image.h). NULL: out of memory. Restoring forgets numbers and held references of objects that the session met later.
 */
struct gc_image;
struct gc_image *gc_image_take(struct store *s, const struct gc_image *before, uint64_t *account);
void gc_image_restore(struct store *s, const struct gc_image *m);
void gc_image_free(struct gc_image *m);
uint64_t gc_hash(const struct store *s, uint64_t h);    /* what lies in it, joined to H */

/* Tell a context of S where the heap is, if there is one. The store's lock is held. */
void gc_show_heap(const struct store *s, struct ctx *c);
void gc_free(struct store *s);          /* the heap with everything in it; references dangle */

#endif
