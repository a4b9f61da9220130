/* LEB128 as the binary format limits it: lengths, unused bits, ends. */
#include "tests/harness/tap.h"

#include <inttypes.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/leb128.h"

struct sample {
	const char *bytes;
	size_t size;
	unsigned bits;
	bool is_signed;
	enum leb_status status;
	int64_t value;
};

#define S(text) text, sizeof(text) - 1

static const struct sample samples[] = {
	{ S("\x00"), 32, false, LEB_OK, 0 },
	{ S("\x7f"), 32, false, LEB_OK, 127 },
	{ S("\x80\x01"), 32, false, LEB_OK, 128 },
	{ S("\xff\xff\xff\xff\x0f"), 32, false, LEB_OK, 0xffffffff },
	{ S("\x82\x80\x80\x80\x00"), 32, false, LEB_OK, 2 },
	{ S("\x82\x80\x80\x80\x10"), 32, false, LEB_LARGE, 0 },
	{ S("\x82\x80\x80\x80\x80\x00"), 32, false, LEB_LONG, 0 },
	{ S("\x82\x80"), 32, false, LEB_END, 0 },
	{ S(""), 32, false, LEB_END, 0 },
	{ S("\x7f"), 32, true, LEB_OK, -1 },
	{ S("\x40"), 32, true, LEB_OK, -64 },
	{ S("\x80\x80\x80\x80\x78"), 32, true, LEB_OK, INT32_MIN },
	{ S("\x80\x80\x80\x80\x70"), 32, true, LEB_LARGE, 0 },
	{ S("\xff\xff\xff\xff\x0f"), 32, true, LEB_LARGE, 0 },
	{ S("\xff\xff\xff\xff\xff\x7f"), 32, true, LEB_LONG, 0 },
	{ S("\xff\xff\xff\xff\x0f"), 33, true, LEB_OK, 0xffffffff },
	{ S("\x80\x80\x80\x80\x70"), 33, true, LEB_OK, -4294967296 },
	{ S("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7f"), 64, true, LEB_OK, INT64_MIN },
	{ S("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7e"), 64, true, LEB_LARGE, 0 },
	{ S("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), 64, false, LEB_OK, -1 },
	{ S("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), 64, false, LEB_LARGE, 0 },
};

static void check_sample(const struct sample *s)
{
	const uint8_t *p = (const uint8_t *)s->bytes, *end = p + s->size;
	uint64_t u = 0;
	int64_t v = 0;
	enum leb_status got = s->is_signed ? leb_read_s(&p, end, s->bits, &v) : leb_read_u(&p, end, s->bits,
		&u);

	if (!s->is_signed)
		v = (int64_t)u;
	CHECK(got == s->status && (got != LEB_OK || v == s->value), "%u bits %s: %zu bytes give %" PRId64,
		s->bits, s->is_signed ? "signed" : "unsigned", s->size, s->value);
	CHECK(p == (const uint8_t *)s->bytes + (got == LEB_OK ? s->size : 0),
		"the position moves only past good numbers");
}

static void check_round_trips(void)
{
	bool ok = true;

	for (int shift = 0; shift < 64; shift++)
		for (int around = -2; around <= 2; around++) {
			struct buf b = { 0 };
			int64_t wanted = (int64_t)((1ull << shift) + (uint64_t)around), got = 0;
			uint64_t u = 0;
			buf_sleb(&b, wanted);
			buf_uleb(&b, (uint64_t)wanted);
			const uint8_t *p = (const uint8_t *)b.data, *end = p + b.size;
			ok &= leb_read_s(&p, end, 64, &got) == LEB_OK && got == wanted;
			ok &= leb_read_u(&p, end, 64, &u) == LEB_OK && u == (uint64_t)wanted && p == end;
			buf_free(&b);
		}
	CHECK(ok, "what is written reads back");
}

int main(void)
{
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
		check_sample(&samples[i]);
	check_round_trips();
	return tap_done();
}
