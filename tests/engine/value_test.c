/* Values as arguments and results: what run --invoke takes and prints. */
#include "tests/harness/tap.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/value.h"

/* TYPE, what is given, what it prints as, or NULL with the message. */
static const struct { valtype type; const char *text, *printed, *message; } samples[] = {
	{ VT_I32, "5", "5", NULL },
	{ VT_I32, "-1", "-1", NULL },
	{ VT_I32, "4294967295", "-1", NULL },
	{ VT_I32, "0xffff_ffff", "-1", NULL },
	{ VT_I32, "-2147483648", "-2147483648", NULL },
	{ VT_I32, "3000000000000", NULL,
	"3000000000000 does not fit i32 (-2147483648 \xe2\x80\xa6 4294967295)" },
	{ VT_I32, "-2147483649", NULL, "-2147483649 does not fit i32 (-2147483648 \xe2\x80\xa6 4294967295)" },
	{ VT_I32, "x", NULL, "'x' is not an i32" },
	{ VT_I32, "1.5", NULL, "'1.5' is not an i32" },
	{ VT_I32, "", NULL, "'' is not an i32" },
	{ VT_I32, "0x", NULL, "'0x' is not an i32" },
	{ VT_I64, "18446744073709551615", "-1", NULL },
	{ VT_I64, "-9223372036854775808", "-9223372036854775808", NULL },
	{ VT_I64, "18446744073709551616", NULL, "18446744073709551616 does not fit i64 "
		"(-9223372036854775808 \xe2\x80\xa6 18446744073709551615)" },
	{ VT_F32, "1.5", "1.5", NULL },
	{ VT_F32, "-0", "-0", NULL },
	{ VT_F32, "nan:0x1", "nan:0x1", NULL },
	{ VT_F32, "one", NULL, "'one' is not an f32" },
	{ VT_F64, "0x1p-1", "0.5", NULL },
	{ VT_F64, "inf", "inf", NULL },
	{ VT_V128, "i32x4:1,2,3,-1", "i32x4:0x00000001,0x00000002,0x00000003,0xffffffff", NULL },
	{ VT_V128, "i64x2:1,0x8000000000000000", "i32x4:0x00000001,0x00000000,0x00000000,0x80000000", NULL },
	{ VT_V128, "i8x16:0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,255",
		"i32x4:0x03020100,0x07060504,0x0b0a0908,0xff0e0d0c", NULL },
	{ VT_V128, "f32x4:1,0,0,nan", "i32x4:0x3f800000,0x00000000,0x00000000,0x7fc00000", NULL },
	{ VT_V128, "f64x2:0,1", "i32x4:0x00000000,0x00000000,0x00000000,0x3ff00000", NULL },
	{ VT_V128, "i32x4:1,2,3", NULL, "i32x4 has 4 lanes, 3 given" },
	{ VT_V128, "i16x8:1,2,3,4,5,6,7,65536", NULL, "lane 65536 does not fit i16" },
	{ VT_V128, "i32x4:", NULL, "'' is not an i32" },
	{ VT_V128, "7", NULL, "'7' is not a v128" },
	{ VT_FUNCREF, "null", "null", NULL },
	{ VT_FUNCREF, "5", NULL, "'5' is not a funcref" },
	{ VT_FUNCREF, "func:3", NULL, "func:3: there is no instance to take it from" },
	{ VT_EXTERNREF, "extern:5", "extern:5", NULL },
	{ VT_EXTERNREF, "extern:-5", NULL, "'extern:-5' is not an externref" },
	{ VT_REF | HEAP_EXTERN << VT_HEAP_SHIFT, "null", NULL, "'null' is not a (ref extern)" },
	{ VT_REF | VT_NULLABLE | HEAP_ANY << VT_HEAP_SHIFT, "i31:7", "i31:7", NULL },
	{ VT_REF | VT_NULLABLE | HEAP_I31 << VT_HEAP_SHIFT, "i31:-1", "i31:-1", NULL },
	{ VT_REF | VT_NULLABLE | HEAP_STRUCT << VT_HEAP_SHIFT, "i31:1", NULL, "'i31:1' is not a structref" },
};

static void check_samples(void)
{
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		struct buf out = { 0 };
		struct err e = { 0 };
		struct value v;
		bool ok = value_parse(samples[i].type, str_of(samples[i].text), NULL, &v, &e);
		if (ok)
			value_print(v, NULL, &out);
		const char *wanted = samples[i].printed ? samples[i].printed : samples[i].message;
		const char *got = ok ? buf_str(&out) : e.message;
		if (!CHECK(ok == (samples[i].printed != NULL) && !strcmp(got, wanted), "'%s' gives %s",
				samples[i].text, wanted))
			tap_note("got: %s", got);
		buf_free(&out);
	}
}

int main(void)
{
	check_samples();
	CHECK(value_i32(-1).lo == 0xffffffff, "i32 is zero-extended in its slot");
	CHECK(slot_normal(VT_F32, 0x123456789abcdef0) == 0x9abcdef0, "the high half of an f32 is cleared");
	CHECK(slot_normal(VT_I64, UINT64_MAX) == UINT64_MAX, "an i64 keeps its high half");
	CHECK(!value_same(value_f32_bits(0x7fc00000), value_f32_bits(0x7fc00001)), "payloads of NaNs count");
	CHECK(!value_same(value_f32_bits(0), value_i32(0)), "types count");
	CHECK(value_same(value_f64_bits(1), value_f64_bits(1)) && value_same(value_i64(2), value_i64(2)),
		"equal values");
	return tap_done();
}
