/*
 * Writing binary quickly: like the writers of buf.h but inline, and without the NUL after the last byte. Buffers written
 * this way are copied with buf_put() before anyone else sees them.
 */
#ifndef WAT_EMIT_H
#define WAT_EMIT_H

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/str.h"

static inline bool emit_room(struct buf *b)
{
	return __builtin_expect(b->size + 24 < b->cap, 1) || buf_reserve(b, 24);
}

static inline void emit_u8(struct buf *b, uint8_t v)
{
	if (emit_room(b))
		b->data[b->size++] = (char)v;
}

static inline void emit_uleb(struct buf *b, uint64_t v)
{
	if (!emit_room(b))
		return;
	for (; v >= 0x80; v >>= 7)
		b->data[b->size++] = (char)(v | 0x80);
	b->data[b->size++] = (char)v;
}

static inline void emit_sleb(struct buf *b, int64_t v)
{
	if (!emit_room(b))
		return;
	for (; v < -64 || v > 63; v >>= 7)
		b->data[b->size++] = (char)(v | 0x80);
	b->data[b->size++] = (char)(v & 0x7f);
}

/* P may be NULL where the buffer it comes from failed: then this one fails too. */
static inline void emit_bytes(struct buf *b, const void *p, size_t n)
{
	if (p)
		buf_put(b, p, n);
	else if (n > 0)
		b->failed = true;
}

static inline void emit_str(struct buf *b, struct str s)
{
	emit_uleb(b, s.n);
	emit_bytes(b, s.p, s.n);
}

#endif
