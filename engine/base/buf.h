/*
 * A growing byte buffer, for text and for encoded modules. Running out of memory sets `failed` and later writes do
 * nothing, so a writer checks once at its end. The bytes always end in a NUL that is not counted.
 */
#ifndef ENGINE_BASE_BUF_H
#define ENGINE_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "engine/base/str.h"

struct buf {
	char *data;             /* NULL while empty; owned; use buf_str() for a C string */
	size_t size, cap;
	bool failed;
};

void buf_free(struct buf *b);
void buf_reset(struct buf *b);                  /* size 0, keeps the storage */
void buf_truncate(struct buf *b, size_t size);
bool buf_grow(struct buf *b, size_t more);
static inline bool buf_reserve(struct buf *b, size_t more)
{
	return (!b->failed && more < b->cap - b->size) || buf_grow(b, more);
}
const char *buf_str(const struct buf *b);       /* never NULL */
static inline struct str str_of_buf(const struct buf *b) { return (struct str){ buf_str(b), b->size }; }
char *buf_take(struct buf *b);                  /* caller frees; NULL when failed; b is empty afterwards */

void buf_put_slowly(struct buf *b, const void *p, size_t n);       /* what does not fit */
static inline void buf_put(struct buf *b, const void *p, size_t n)
{
	if (b->failed || n >= b->cap - b->size) {
		buf_put_slowly(b, p, n);
		return;
	}
	memcpy(b->data + b->size, p, n);
	b->size += n;
	b->data[b->size] = '\0';
}
/* N more bytes, for which there is room (buf_reserve), to be written by the caller at once. */
static inline void *buf_extend(struct buf *b, size_t n)
{
	char *p = b->data + b->size;

	b->size += n;
	b->data[b->size] = '\0';
	return p;
}
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_fill(struct buf *b, char c, size_t n);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap);
/* N bytes with control characters, and bytes that are not UTF-8, as \xx; KEEP_TAB leaves tabs. */
void buf_escaped(struct buf *b, const char *p, size_t n, bool keep_tab);
/* A JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD. */
void buf_json(struct buf *b, const char *p, size_t n);

/* binary writers */
void buf_u8(struct buf *b, uint8_t v);
void buf_u32le(struct buf *b, uint32_t v);
void buf_u64le(struct buf *b, uint64_t v);
void buf_uleb(struct buf *b, uint64_t v);
void buf_sleb(struct buf *b, int64_t v);

#endif
