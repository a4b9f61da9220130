/* UTF-8; see utf8.h. */
#include "engine/base/utf8.h"

static bool between(unsigned char c, unsigned lo, unsigned hi)
{
	return c >= lo && c <= hi;
}

size_t utf8_length(const char *p, size_t n)
{
	const unsigned char *s = (const unsigned char *)p;

	if (n == 0)
		return 0;
	if (s[0] < 0x80)
		return 1;
	if (between(s[0], 0xc2, 0xdf))
		return n >= 2 && between(s[1], 0x80, 0xbf) ? 2 : 0;
	if (between(s[0], 0xe0, 0xef)) {
		unsigned lo = s[0] == 0xe0 ? 0xa0 : 0x80, hi = s[0] == 0xed ? 0x9f : 0xbf;
		return n >= 3 && between(s[1], lo, hi) && between(s[2], 0x80, 0xbf) ? 3 : 0;
	}
	if (between(s[0], 0xf0, 0xf4)) {
		unsigned lo = s[0] == 0xf0 ? 0x90 : 0x80, hi = s[0] == 0xf4 ? 0x8f : 0xbf;
		return n >= 4 && between(s[1], lo, hi) && between(s[2], 0x80, 0xbf) && between(s[3], 0x80, 0xbf) ? 4 : 0;
	}
	return 0;
}

bool utf8_valid(const char *p, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t len = utf8_length(p + i, n - i);
		if (len == 0)
			return false;
		i += len;
	}
	return true;
}

uint32_t utf8_decode(const char *p, size_t length)
{
	const unsigned char *s = (const unsigned char *)p;
	static const unsigned char first_mask[5] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t c = s[0] & first_mask[length];

	for (size_t i = 1; i < length; i++)
		c = c << 6 | (s[i] & 0x3f);
	return c;
}

size_t utf8_encode(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		if (c >= 0xd800 && c < 0xe000)
			return 0;
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	if (c > 0x10ffff)
		return 0;
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}
