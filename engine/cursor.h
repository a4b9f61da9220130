/*
 * Reading the binary format: a position in a module's bytes, and readers that report what is missing or wrong.
 *
 * Every reader checks its bounds, gives false with the cursor's error set, and leaves the position where it was when
 * it fails. The end of a cursor is the end of the module, not of a section: like the specification's own decoder, a
 * section that is too short shows as what its overlong contents run into, or as "section size mismatch".
 */
#ifndef ENGINE_CURSOR_H
#define ENGINE_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/op.h"
#include "engine/types.h"

struct module;

struct cursor {
	const struct module *m;         /* whose types resolve type indices */
	const uint8_t *base, *p, *end;
	struct err *e;
	uint32_t group;                 /* types of the group being decoded, after m->ntypes; else 0 */
	bool lax;                       /* unknown types read as bottom, switched-off features are not reported */
};

/* The module's bytes from START to its end. */
struct cursor cursor_at(const struct module *m, uint32_t start, struct err *e);

static inline uint32_t cursor_offset(const struct cursor *c)
{
	return (uint32_t)(c->p - c->base);
}

static inline uint32_t cursor_left(const struct cursor *c)
{
	return (uint32_t)(c->end - c->p);
}

/* Report at byte OFFSET; gives false. */
bool cursor_error(struct cursor *c, enum err_code code, uint32_t offset, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* False, with an error at OFFSET that names WHAT, when feature F is off (unless lax). */
bool cursor_need(struct cursor *c, enum feature f, uint32_t offset, const char *what);

/* WHAT names the thing in messages: "a type index". */
bool read_byte(struct cursor *c, uint8_t *out, const char *what);
bool read_u32(struct cursor *c, uint32_t *out, const char *what);
bool read_u64(struct cursor *c, uint64_t *out, const char *what);
bool read_s32(struct cursor *c, int32_t *out, const char *what);
bool read_s33(struct cursor *c, int64_t *out, const char *what);
bool read_s64(struct cursor *c, int64_t *out, const char *what);
bool read_bytes(struct cursor *c, uint32_t n, const uint8_t **out, const char *what);
/* A length or count that does not exceed the bytes left and LIMIT. */
bool read_length(struct cursor *c, uint32_t *out, uint32_t limit, const char *what);
/* A count of items, each at least one byte long; nothing may be allocated for it before this succeeded. */
bool read_count(struct cursor *c, uint32_t *out, uint32_t limit, const char *what);
bool read_name(struct cursor *c, struct str *out, const char *what);

/* Types, as canonical ids; members of the group being decoded as GROUP_LOCAL + position. */
bool read_type_id(struct cursor *c, uint32_t index, uint32_t offset, uint32_t *id);
/* A heap type; *index is the module's own type index, or TYPE_NONE. */
bool read_heap(struct cursor *c, uint32_t *heap, uint32_t *index);
bool read_valtype(struct cursor *c, valtype *out);
bool read_reftype(struct cursor *c, valtype *out);
/* Whether the byte begins a value type in the one-byte or (ref …) form. */
bool valtype_byte(uint8_t b);

#endif
