/* Floats as text: exact rounding, payloads, ranges, and the shortest text that reads back. */
#include "tests/harness/chance.h"
#include "tests/harness/tap.h"

#include <inttypes.h>
#include <locale.h>
#include <string.h>

#include "engine/value.h"

static const struct { const char *text; uint32_t bits; const char *printed; } good32[] = {
	{ "0", 0, "0" },
	{ "-0", 0x80000000, "-0" },
	{ "1", 0x3f800000, "1" },
	{ "120.0", 0x42f00000, "120" },
	{ "0.1", 0x3dcccccd, "0.1" },
	{ "+1_000.5", 0x447a2000, "1000.5" },
	{ "0x1p-149", 1, "1e-45" },
	{ "0x1.fffffep127", 0x7f7fffff, "3.4028235e+38" },
	{ "1e-60", 0, "0" },
	/* a double in between would round this twice */
	{ "1.00000017881393432617187499", 0x3f800001, "1.0000001" },
	{ "0x1.000003p0", 0x3f800002, "1.0000002" },
	{ "0x1.000001p0", 0x3f800000, "1" },
	{ "inf", 0x7f800000, "inf" },
	{ "-inf", 0xff800000, "-inf" },
	{ "nan", 0x7fc00000, "nan" },
	{ "-nan", 0xffc00000, "-nan" },
	{ "nan:0x1", 0x7f800001, "nan:0x1" },
	{ "-nan:0x20_0000", 0xffa00000, "-nan:0x200000" },
	{ "1e20", 0x60ad78ec, "100000000000000000000" },
	{ "1e21", 0x6258d727, "1e+21" },
	{ "1e-7", 0x33d6bf95, "0.0000001" },
	{ "1e-8", 0x322bcc77, "1e-8" },
};

static const struct { const char *text; uint64_t bits; const char *printed; } good64[] = {
	{ "0.1", 0x3fb999999999999a, "0.1" },
	{ "2.2250738585072011e-308", 0x000fffffffffffff, "2.225073858507201e-308" },
	{ "5e-324", 1, "5e-324" },
	{ "0x0.0000000000001p-1022", 1, "5e-324" },
	{ "1.7976931348623157e+308", 0x7fefffffffffffff, "1.7976931348623157e+308" },
	{ "9007199254740993", 0x4340000000000000, "9007199254740992" },
	{ "0xff", 0x406fe00000000000, "255" },
	{ "0xa.8p1", 0x4035000000000000, "21" },
	{ "1.", 0x3ff0000000000000, "1" },
	{ "nan:0xf_ffff_ffff_ffff", 0x7fffffffffffffff, "nan:0xfffffffffffff" },
	{ "123456.789", 0x40fe240c9fbe76c9, "123456.789" },
};

static const char *const bad[] = {
	"", "+", "-", "x", "1x", "_1", "1_", "1__0", ".5", "1e", "1e+", "0x", "0x1p", "0x.8", "1._5", "1.5_",
		"0x1e5p",
	"infinity", "in", "nan:", "nan:0x", "nan:0xg", "nan:0x_1", "nan:0x1_", "nan:1", "1 ", " 1", "++1",
	"1e5.0", "NaN",
};

static const char *const out_of_range32[] = {
	"3.4028235677973367e38", "1e39", "-1e39", "0x1p128", "0x1.ffffffp127", "nan:0x0", "nan:0x800000",
	"nan:0x10000000000000001",
};

static void check_good(void)
{
	char text[48];
	bool range;

	for (size_t i = 0; i < sizeof good32 / sizeof good32[0]; i++) {
		uint32_t bits = 0;
		bool ok = float_parse32(str_of(good32[i].text), &bits, &range);
		size_t n = float_print32(good32[i].bits, text);
		CHECK(ok && bits == good32[i].bits, "f32 %s is 0x%08" PRIx32, good32[i].text, bits);
		CHECK(n == strlen(text) && !strcmp(text, good32[i].printed), "and prints as %s", text);
	}
	for (size_t i = 0; i < sizeof good64 / sizeof good64[0]; i++) {
		uint64_t bits = 0;
		bool ok = float_parse64(str_of(good64[i].text), &bits, &range);
		size_t n = float_print64(good64[i].bits, text);
		CHECK(ok && bits == good64[i].bits, "f64 %s is 0x%016" PRIx64, good64[i].text, bits);
		CHECK(n == strlen(text) && !strcmp(text, good64[i].printed), "and prints as %s", text);
	}
}

static void check_bad(void)
{
	uint32_t bits;
	bool range;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		CHECK(!float_parse32(str_of(bad[i]), &bits, &range) && !range, "'%s' is not a float", bad[i]);
	for (size_t i = 0; i < sizeof out_of_range32 / sizeof out_of_range32[0]; i++)
		CHECK(!float_parse32(str_of(out_of_range32[i]), &bits, &range) && range, "%s is out of range",
			out_of_range32[i]);
	CHECK(float_parse32(STR("3.4028235677973366e38"), &bits, &range) && bits == 0x7f7fffff,
		"just below the limit is the largest f32");
}

static void check_round_trips(void)
{
	uint64_t seed = CHANCE_SEED;
	bool ok32 = true, ok64 = true, range;
	char text[48];

	for (int i = 0; i < 20000; i++) {
		uint32_t b32 = 0;
		uint64_t b64 = 0;
		chance_next(&seed);
		size_t n = float_print32((uint32_t)seed, text);
		ok32 &= n < 40 && float_parse32((struct str){ text, n }, &b32, &range)
			&& b32 == (uint32_t)seed;
		n = float_print64(seed, text);
		ok64 &= n < 40 && float_parse64((struct str){ text, n }, &b64, &range) && b64 == seed;
	}
	CHECK(ok32, "20000 f32 patterns read back as they were printed");
	CHECK(ok64, "20000 f64 patterns read back as they were printed");
}

int main(void)
{
	check_good();
	check_bad();
	check_round_trips();
	/* where the process uses a locale with a decimal comma, floats do not */
	if (setlocale(LC_ALL, "de_DE.UTF-8"))
		check_good();
	return tap_done();
}
