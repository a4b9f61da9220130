/*
 * LEB128 integers as the binary format limits them (core specification 5.2.2): at most ceil(bits/7) bytes, unused bits
 * of the last byte zero (unsigned) or copies of the sign (signed). The one-byte case is inline; readers move *p.
 */
#ifndef ENGINE_BASE_LEB128_H
#define ENGINE_BASE_LEB128_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum leb_status { LEB_OK, LEB_END, LEB_LONG, LEB_LARGE };

enum leb_status leb_read_u(const uint8_t **p, const uint8_t *end, unsigned bits, uint64_t *out);
enum leb_status leb_read_s(const uint8_t **p, const uint8_t *end, unsigned bits, int64_t *out);

static inline enum leb_status leb_u32(const uint8_t **p, const uint8_t *end, uint32_t *out)
{
	if (__builtin_expect(*p < end && **p < 0x80, 1)) {
		*out = *(*p)++;
		return LEB_OK;
	}
	uint64_t v = 0;
	enum leb_status s = leb_read_u(p, end, 32, &v);
	*out = (uint32_t)v;
	return s;
}

static inline enum leb_status leb_s32(const uint8_t **p, const uint8_t *end, int32_t *out)
{
	if (__builtin_expect(*p < end && **p < 0x80, 1)) {
		*out = (int32_t)((uint32_t)*(*p)++ << 25) >> 25;
		return LEB_OK;
	}
	int64_t v = 0;
	enum leb_status s = leb_read_s(p, end, 32, &v);
	*out = (int32_t)v;
	return s;
}

#endif
