/*
 * Reading the bytes of a DWARF section. Nothing is read beyond the end: what is missing reads as 0, sets `bad` and leaves
 * the cursor at its end, so that readers check once after a record instead of after each field.
 */
#ifndef DEBUGGER_DWARF_CURSOR_H
#define DEBUGGER_DWARF_CURSOR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "engine/base/str.h"

struct dwarf_cursor {
	const uint8_t *p, *end;
	bool bad;               /* something lay beyond the end */
	bool wide;              /* offsets are 64 bits: the unit's format */
	uint8_t address_size;   /* 4 or 8 */
};

static inline uint64_t dwarf_fail(struct dwarf_cursor *c)
{
	c->bad = true;
	c->p = c->end;
	return 0;
}

/* N bytes (at most 8), little-endian. */
static inline uint64_t dwarf_bytes(struct dwarf_cursor *c, unsigned n)
{
	uint64_t v = 0;

	if ((size_t)(c->end - c->p) < n)
		return dwarf_fail(c);
	for (unsigned i = 0; i < n; i++)
		v |= (uint64_t)c->p[i] << (8 * i);
	c->p += n;
	return v;
}

static inline uint8_t dwarf_u8(struct dwarf_cursor *c)
{
	return (uint8_t)dwarf_bytes(c, 1);
}

static inline uint16_t dwarf_u16(struct dwarf_cursor *c)
{
	return (uint16_t)dwarf_bytes(c, 2);
}

static inline uint64_t dwarf_offset(struct dwarf_cursor *c)
{
	return dwarf_bytes(c, c->wide ? 8 : 4);
}

static inline uint64_t dwarf_address(struct dwarf_cursor *c)
{
	return dwarf_bytes(c, c->address_size);
}

/* Bits beyond 64 are dropped: DWARF pads LEB128 numbers freely. */
static inline uint64_t dwarf_uleb(struct dwarf_cursor *c)
{
	uint64_t v = 0;

	for (unsigned shift = 0; c->p < c->end; shift += 7) {
		uint8_t byte = *c->p++;
		if (shift < 64)
			v |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return v;
	}
	return dwarf_fail(c);
}

static inline int64_t dwarf_sleb(struct dwarf_cursor *c)
{
	uint64_t v = 0;
	unsigned shift = 0;

	while (c->p < c->end) {
		uint8_t byte = *c->p++;
		if (shift < 64)
			v |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
		if (byte < 0x80) {
			if (shift < 64 && byte & 0x40)
				v |= ~(uint64_t)0 << shift;
			return (int64_t)v;
		}
	}
	return (int64_t)dwarf_fail(c);
}

static inline void dwarf_skip(struct dwarf_cursor *c, uint64_t n)
{
	if ((uint64_t)(c->end - c->p) < n)
		dwarf_fail(c);
	else
		c->p += n;
}

/* A string that ends with a NUL inside of the section; the NUL is there to be relied on. */
static inline struct str dwarf_string(struct dwarf_cursor *c)
{
	const uint8_t *nul = memchr(c->p, 0, (size_t)(c->end - c->p));
	struct str s = { (const char *)c->p, nul ? (size_t)(nul - c->p) : 0 };

	if (!nul) {
		dwarf_fail(c);
		return (struct str){ "", 0 };
	}
	c->p = nul + 1;
	return s;
}

/* The length in front of a unit; sets the format. The cursor's end becomes that of the unit. */
static inline bool dwarf_enter(struct dwarf_cursor *c)
{
	uint64_t n = dwarf_bytes(c, 4);

	c->wide = n == 0xffffffff;
	if (c->wide)
		n = dwarf_bytes(c, 8);
	if (c->bad || n > (uint64_t)(c->end - c->p))
		return dwarf_fail(c), false;
	c->end = c->p + n;
	return true;
}

#endif
