/* A growing byte buffer; see buf.h. */
#include "engine/base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/utf8.h"

void buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}

void buf_reset(struct buf *b)
{
	buf_truncate(b, 0);
	b->failed = false;
}

void buf_truncate(struct buf *b, size_t size)
{
	if (b->data && size <= b->size) {
		b->size = size;
		b->data[size] = '\0';
	}
}

bool buf_grow(struct buf *b, size_t more)
{
	if (b->failed)
		return false;
	if (more >= SIZE_MAX / 4 || b->size + more + 1 > SIZE_MAX / 2) {
		b->failed = true;
		return false;
	}
	size_t need = b->size + more + 1;
	if (need <= b->cap)
		return true;
	size_t cap = b->cap ? b->cap : 64;
	while (cap < need)
		cap *= 2;
	char *p = realloc(b->data, cap);
	if (!p) {
		b->failed = true;
		return false;
	}
	b->data = p;
	b->cap = cap;
	return true;
}

const char *buf_str(const struct buf *b)
{
	return b->data ? b->data : "";
}

char *buf_take(struct buf *b)
{
	char *p = NULL;

	if (buf_reserve(b, 0)) {
		p = b->data;
		p[b->size] = '\0';
		b->data = NULL;
	}
	buf_free(b);
	return p;
}

void buf_put_slowly(struct buf *b, const void *p, size_t n)
{
	if (n == 0 || !buf_reserve(b, n))
		return;
	memcpy(b->data + b->size, p, n);
	b->size += n;
	b->data[b->size] = '\0';
}

void buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void buf_putc(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

void buf_fill(struct buf *b, char c, size_t n)
{
	if (n == 0 || !buf_reserve(b, n))
		return;
	memset(b->data + b->size, c, n);
	b->size += n;
	b->data[b->size] = '\0';
}

void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;

	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n <= 0 || !buf_reserve(b, (size_t)n))
		return;
	vsnprintf(b->data + b->size, (size_t)n + 1, fmt, ap);
	b->size += (size_t)n;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

void buf_escaped(struct buf *b, const char *p, size_t n, bool keep_tab)
{
	for (size_t i = 0; i < n;) {
		unsigned char c = (unsigned char)p[i];
		size_t len = utf8_length(p + i, n - i);

		if (len == 0 || c < 0x20 || c == 0x7f || (len == 2 && c == 0xc2 && (unsigned char)p[i + 1] < 0xa0)) {
			if (c == '\t' && keep_tab)
				buf_putc(b, '\t');
			else
				buf_printf(b, "\\%02x", c);
			i++;
			continue;
		}
		buf_put(b, p + i, len);
		i += len;
	}
}

void buf_json(struct buf *b, const char *p, size_t n)
{
	buf_putc(b, '"');
	for (size_t i = 0; i < n;) {
		unsigned char c = (unsigned char)p[i];
		size_t len = utf8_length(p + i, n - i);

		if (len == 0) {
			buf_puts(b, "\xef\xbf\xbd");
			i++;
			continue;
		}
		switch (c) {
		case '"':  buf_puts(b, "\\\""); break;
		case '\\': buf_puts(b, "\\\\"); break;
		case '\n': buf_puts(b, "\\n"); break;
		case '\r': buf_puts(b, "\\r"); break;
		case '\t': buf_puts(b, "\\t"); break;
		default:
			if (c < 0x20 || c == 0x7f)
				buf_printf(b, "\\u%04x", c);
			else
				buf_put(b, p + i, len);
		}
		i += len;
	}
	buf_putc(b, '"');
}

void buf_u8(struct buf *b, uint8_t v)
{
	buf_put(b, &v, 1);
}

void buf_u32le(struct buf *b, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		buf_u8(b, (uint8_t)(v >> 8 * i));
}

void buf_u64le(struct buf *b, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		buf_u8(b, (uint8_t)(v >> 8 * i));
}

void buf_uleb(struct buf *b, uint64_t v)
{
	uint8_t tmp[10];
	size_t n = 0;

	do {
		tmp[n] = v & 0x7f;
		v >>= 7;
		if (v)
			tmp[n] |= 0x80;
		n++;
	} while (v);
	buf_put(b, tmp, n);
}

void buf_sleb(struct buf *b, int64_t v)
{
	uint8_t tmp[10];
	size_t n = 0;
	bool more = true;

	while (more) {
		uint8_t byte = v & 0x7f;
		v >>= 7;
		more = !((v == 0 && !(byte & 0x40)) || (v == -1 && (byte & 0x40)));
		tmp[n++] = more ? byte | 0x80 : byte;
	}
	buf_put(b, tmp, n);
}
