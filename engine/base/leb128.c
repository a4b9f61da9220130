/* LEB128; see leb128.h. */
#include "engine/base/leb128.h"

enum leb_status leb_read_u(const uint8_t **p, const uint8_t *end, unsigned bits, uint64_t *out)
{
	const uint8_t *q = *p;
	uint64_t v = 0;

	for (unsigned shift = 0;; shift += 7) {
		if (shift >= bits)
			return LEB_LONG;
		if (q >= end)
			return LEB_END;
		uint8_t byte = *q++;
		unsigned left = bits - shift;
		if (left < 7) {
			if (byte & 0x80)
				return LEB_LONG;
			if (byte >> left)
				return LEB_LARGE;
		}
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			break;
	}
	*p = q;
	*out = v;
	return LEB_OK;
}

enum leb_status leb_read_s(const uint8_t **p, const uint8_t *end, unsigned bits, int64_t *out)
{
	const uint8_t *q = *p;
	uint64_t v = 0;
	unsigned shift = 0;

	for (;; shift += 7) {
		if (shift >= bits)
			return LEB_LONG;
		if (q >= end)
			return LEB_END;
		uint8_t byte = *q++;
		unsigned left = bits - shift;
		if (left < 7) {
			if (byte & 0x80)
				return LEB_LONG;
			/* the sign bit is bit left-1; the bits above it must repeat it */
			uint8_t high = (uint8_t)(byte >> (left - 1)), all = (uint8_t)(0x7f >> (left - 1));
			if (high != 0 && high != all)
				return LEB_LARGE;
		}
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			if (shift + 7 < 64 && (byte & 0x40))
				v |= ~(uint64_t)0 << (shift + 7);
			break;
		}
	}
	*p = q;
	*out = (int64_t)v;
	return LEB_OK;
}
