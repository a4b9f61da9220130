/* The reference of vector operations; see simd_ref.h. Integers are computed in 128 bits, so that nothing overflows. */
#include "engine/regir/simd_ref.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef __int128 wide;

/* What an instruction's name says: "i16x8.extmul_low_i8x16_s". */
struct name {
	const char *op;         /* "extmul_low_i8x16_s" */
	char shape;             /* i, f, v */
	unsigned width, lanes;  /* 16, 8 */
	unsigned from;          /* width of the lanes of the other shape in the name, 0: none */
	bool is_unsigned;       /* …_u, …_u_zero */
};

static bool starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static struct name name_parse(const char *text)
{
	struct name n = { .op = strchr(text, '.') + 1, .shape = text[0], .width = (unsigned)atoi(text + 1) };
	size_t length = strlen(text);

	n.lanes = 128 / n.width;
	n.is_unsigned = strcmp(text + length - 2, "_u") == 0 || strstr(text, "_u_zero");
	for (const char *p = n.op; (p = strchr(p, '_')); p++)
		if ((p[1] == 'i' || p[1] == 'f') && p[2] >= '1' && p[2] <= '9' && n.from == 0)
			n.from = (unsigned)atoi(p + 2);
	return n;
}

/* ---- lanes ------------------------------------------------------------------------------------- */

static uint64_t lane_bits(const uint8_t *v, unsigned width, unsigned i)
{
	uint64_t r = 0;

	memcpy(&r, v + i * width / 8, width / 8);
	return r;
}

static wide lane(const uint8_t *v, unsigned width, bool is_unsigned, unsigned i)
{
	uint64_t r = lane_bits(v, width, i);

	return is_unsigned || !(r >> (width - 1)) ? (wide)r : (wide)r - ((wide)1 << width);
}

static void lane_set(uint8_t *v, unsigned width, unsigned i, wide x)
{
	uint64_t r = (uint64_t)x;

	memcpy(v + i * width / 8, &r, width / 8);
}

static double lane_float(const uint8_t *v, unsigned width, unsigned i)
{
	float f;
	double d;

	if (width == 32)
		return memcpy(&f, v + 4 * i, 4), (double)f;
	memcpy(&d, v + 8 * i, 8);
	return d;
}

/* NaNs become the canonical one. */
static void lane_set_float(uint8_t *v, unsigned width, unsigned i, double x)
{
	float f = (float)x;

	if (x != x)
		lane_set(v, width, i, width == 32 ? (wide)0x7fc00000 : (wide)0x7ff8000000000000);
	else if (width == 32)
		memcpy(v + 4 * i, &f, 4);
	else
		memcpy(v + 8 * i, &x, 8);
}

static wide saturate(wide x, unsigned width, bool is_unsigned)
{
	wide high = ((wide)1 << (is_unsigned ? width : width - 1)) - 1, low = is_unsigned ? 0 : -high - 1;

	return x < low ? low : x > high ? high : x;
}

/* ---- integers ---------------------------------------------------------------------------------- */

static bool int_unary(const struct name *n, wide x, wide *r)
{
	if (strcmp(n->op, "abs") == 0)
		*r = x < 0 ? -x : x;
	else if (strcmp(n->op, "neg") == 0)
		*r = -x;
	else if (strcmp(n->op, "popcnt") == 0)
		*r = __builtin_popcount((unsigned)x & 0xff);
	else
		return false;
	return true;
}

static bool int_compare(const char *op, wide x, wide y, wide *r)
{
	bool b;

	if (starts(op, "eq"))
		b = x == y;
	else if (starts(op, "ne"))
		b = x != y;
	else if (starts(op, "lt_"))
		b = x < y;
	else if (starts(op, "gt_"))
		b = x > y;
	else if (starts(op, "le_"))
		b = x <= y;
	else if (starts(op, "ge_"))
		b = x >= y;
	else
		return false;
	*r = b ? -1 : 0;
	return true;
}

static bool int_binary(const struct name *n, wide x, wide y, wide *r)
{
	const char *op = n->op;

	if (starts(op, "add_sat"))
		*r = saturate(x + y, n->width, n->is_unsigned);
	else if (starts(op, "sub_sat"))
		*r = saturate(x - y, n->width, n->is_unsigned);
	else if (strcmp(op, "add") == 0)
		*r = x + y;
	else if (strcmp(op, "sub") == 0)
		*r = x - y;
	else if (strcmp(op, "mul") == 0)
		*r = x * y;
	else if (starts(op, "min_"))
		*r = x < y ? x : y;
	else if (starts(op, "max_"))
		*r = x > y ? x : y;
	else if (starts(op, "avgr"))
		*r = (x + y + 1) / 2;
	else if (starts(op, "q15mulr") || starts(op, "relaxed_q15mulr"))
		*r = saturate((x * y + 0x4000) >> 15, 16, false);
	else
		return int_compare(op, x, y, r);
	return true;
}

static bool int_shift(const struct name *n, wide x, unsigned by, wide *r)
{
	if (strcmp(n->op, "shl") == 0)
		*r = x * ((wide)1 << by);
	else if (starts(n->op, "shr_"))
		*r = x >> by;
	else
		return false;
	return true;
}

static bool int_each(const struct name *n, struct simd_ref *r)
{
	for (unsigned i = 0; i < n->lanes; i++) {
		wide x = lane(r->in[0], n->width, n->is_unsigned, i), y = lane(r->in[1], n->width, n->is_unsigned, i), z;
		if (!int_unary(n, x, &z) && !int_shift(n, x, (unsigned)(r->scalar_in % n->width), &z) && !int_binary(n, x, y, &z))
			return false;
		lane_set(r->out, n->width, i, z);
	}
	return true;
}

static bool int_test(const struct name *n, struct simd_ref *r)
{
	bool all = strcmp(n->op, "all_true") == 0;

	if (!all && strcmp(n->op, "bitmask") != 0)
		return false;
	r->scalar_out = all;
	for (unsigned i = 0; i < n->lanes; i++) {
		wide x = lane(r->in[0], n->width, false, i);
		if (all)
			r->scalar_out &= x != 0;
		else
			r->scalar_out |= (uint64_t)(x < 0) << i;
	}
	return true;
}

/* Lanes of half the width: extend, extmul, extadd_pairwise, dot. */
static bool int_widen(const struct name *n, struct simd_ref *r)
{
	unsigned w = n->width / 2;
	bool high = strstr(n->op, "_high_"), u = n->is_unsigned;

	for (unsigned i = 0; i < n->lanes; i++) {
		unsigned half = high ? n->lanes + i : i;
		wide x = lane(r->in[0], w, u, half), y = lane(r->in[1], w, u, half), z;
		wide x0 = lane(r->in[0], w, u, 2 * i), x1 = lane(r->in[0], w, u, 2 * i + 1);
		wide y0 = lane(r->in[1], w, u, 2 * i), y1 = lane(r->in[1], w, u, 2 * i + 1);
		if (starts(n->op, "extend_"))
			z = x;
		else if (starts(n->op, "extmul_"))
			z = x * y;
		else if (starts(n->op, "extadd_"))
			z = x0 + x1;
		else if (starts(n->op, "dot_"))
			z = x0 * y0 + x1 * y1;
		else if (starts(n->op, "relaxed_dot_") && n->width == 16)
			z = saturate(x0 * y0 + x1 * y1, 16, false);
		else
			return false;
		lane_set(r->out, n->width, i, z);
	}
	return true;
}

static bool int_narrow(const struct name *n, struct simd_ref *r)
{
	if (!starts(n->op, "narrow_"))
		return false;
	for (unsigned i = 0; i < n->lanes; i++) {
		unsigned half = n->lanes / 2;
		wide x = lane(r->in[i / half], n->width * 2, false, i % half);
		lane_set(r->out, n->width, i, saturate(x, n->width, n->is_unsigned));
	}
	return true;
}

static bool int_dot_add(const struct name *n, struct simd_ref *r)
{
	if (!starts(n->op, "relaxed_dot_") || n->width != 32)
		return false;
	for (unsigned i = 0; i < 4; i++) {
		wide z = lane(r->in[2], 32, false, i);
		for (unsigned k = 4 * i; k < 4 * i + 4; k += 2)
			z += saturate(lane(r->in[0], 8, false, k) * lane(r->in[1], 8, false, k)
				+ lane(r->in[0], 8, false, k + 1) * lane(r->in[1], 8, false, k + 1), 16, false);
		lane_set(r->out, 32, i, z);
	}
	return true;
}

static wide truncated(double x, bool is_unsigned)
{
	double low = is_unsigned ? 0 : -0x1p31, high = is_unsigned ? 0x1p32 - 1 : 0x1p31 - 1;

	x = trunc(x);
	return x != x ? 0 : (wide)(x < low ? low : x > high ? high : x);
}

static bool int_from_float(const struct name *n, struct simd_ref *r)
{
	if (!starts(n->op, "trunc_sat_") && !starts(n->op, "relaxed_trunc_"))
		return false;
	memset(r->out, 0, 16);
	for (unsigned i = 0; i < 128 / n->from; i++)
		lane_set(r->out, 32, i, truncated(lane_float(r->in[0], n->from, i), n->is_unsigned));
	return true;
}

/* ---- floats -------------------------------------------------------------------------------------- */

/* Of two numbers of which one may be a zero of the other sign. */
static double smaller(double x, double y)
{
	return x == y ? (signbit(x) ? x : y) : x < y ? x : y;
}

/* A sum, product, quotient or root of f32 is rounded rightly when it is rounded to f64 before. */
static bool float_compute(const char *op, double x, double y, double *r)
{
	bool nan = x != x || y != y;

	if (strcmp(op, "add") == 0)
		*r = x + y;
	else if (strcmp(op, "sub") == 0)
		*r = x - y;
	else if (strcmp(op, "mul") == 0)
		*r = x * y;
	else if (strcmp(op, "div") == 0)
		*r = x / y;
	else if (strcmp(op, "min") == 0 || strcmp(op, "relaxed_min") == 0)
		*r = nan ? NAN : smaller(x, y);
	else if (strcmp(op, "max") == 0 || strcmp(op, "relaxed_max") == 0)
		*r = nan ? NAN : -smaller(-x, -y);
	else if (strcmp(op, "sqrt") == 0)
		*r = sqrt(x);
	else if (strcmp(op, "ceil") == 0)
		*r = ceil(x);
	else if (strcmp(op, "floor") == 0)
		*r = floor(x);
	else if (strcmp(op, "trunc") == 0)
		*r = trunc(x);
	else if (strcmp(op, "nearest") == 0)
		*r = nearbyint(x);
	else
		return false;
	return true;
}

/* Those that move bits. */
static bool float_bits(const struct name *n, const struct simd_ref *r, unsigned i, uint64_t *z)
{
	uint64_t x = lane_bits(r->in[0], n->width, i), y = lane_bits(r->in[1], n->width, i);
	uint64_t sign = (uint64_t)1 << (n->width - 1);
	double a = lane_float(r->in[0], n->width, i), b = lane_float(r->in[1], n->width, i);

	if (strcmp(n->op, "abs") == 0)
		*z = x & ~sign;
	else if (strcmp(n->op, "neg") == 0)
		*z = x ^ sign;
	else if (strcmp(n->op, "pmin") == 0)
		*z = b < a ? y : x;
	else if (strcmp(n->op, "pmax") == 0)
		*z = a < b ? y : x;
	else
		return false;
	return true;
}

static bool float_compare(const char *op, double x, double y, uint64_t *z)
{
	static const char *const names[] = { "eq", "ne", "lt", "gt", "le", "ge" };
	bool holds[] = { x == y, x != y, x < y, x > y, x <= y, x >= y };

	for (unsigned k = 0; k < 6; k++)
		if (strcmp(op, names[k]) == 0) {
			*z = holds[k] ? UINT64_MAX : 0;
			return true;
		}
	return false;
}

static bool float_each(const struct name *n, struct simd_ref *r)
{
	for (unsigned i = 0; i < n->lanes; i++) {
		double x = lane_float(r->in[0], n->width, i), y = lane_float(r->in[1], n->width, i), f;
		uint64_t bits;
		if (float_bits(n, r, i, &bits) || float_compare(n->op, x, y, &bits)) {
			lane_set(r->out, n->width, i, (wide)bits);
		} else if (float_compute(n->op, x, y, &f)) {
			lane_set_float(r->out, n->width, i, f);
			r->nan_width = n->width;
		} else {
			return false;
		}
	}
	return true;
}

static bool float_fused(const struct name *n, struct simd_ref *r)
{
	bool negated = strcmp(n->op, "relaxed_nmadd") == 0;

	if (!negated && strcmp(n->op, "relaxed_madd") != 0)
		return false;
	for (unsigned i = 0; i < n->lanes; i++) {
		double x = lane_float(r->in[0], n->width, i), y = lane_float(r->in[1], n->width, i);
		double z = lane_float(r->in[2], n->width, i);
		x = negated ? -x : x;
		lane_set_float(r->out, n->width, i, n->width == 32 ? (double)fmaf((float)x, (float)y, (float)z) : fma(x, y, z));
	}
	r->nan_width = n->width;
	return true;
}

static bool float_convert(const struct name *n, struct simd_ref *r)
{
	if (!starts(n->op, "convert_") && !starts(n->op, "demote_") && !starts(n->op, "promote_"))
		return false;
	memset(r->out, 0, 16);
	for (unsigned i = 0; i < n->lanes && i < 128 / n->from; i++)
		lane_set_float(r->out, n->width, i, starts(n->op, "convert_")
			? (double)lane(r->in[0], 32, n->is_unsigned, i) : lane_float(r->in[0], n->from, i));
	r->nan_width = n->width;
	return true;
}

/* ---- moving bits and lanes --------------------------------------------------------------------- */

static bool bitwise(const char *op, struct simd_ref *r)
{
	for (unsigned i = 0; i < 16; i++) {
		uint8_t x = r->in[0][i], y = r->in[1][i], z = r->in[2][i];
		if (strcmp(op, "not") == 0)
			r->out[i] = (uint8_t)~x;
		else if (strcmp(op, "and") == 0)
			r->out[i] = x & y;
		else if (strcmp(op, "andnot") == 0)
			r->out[i] = (uint8_t)(x & ~y);
		else if (strcmp(op, "or") == 0)
			r->out[i] = x | y;
		else if (strcmp(op, "xor") == 0)
			r->out[i] = x ^ y;
		else if (strcmp(op, "bitselect") == 0 || strcmp(op, "relaxed_laneselect") == 0)
			r->out[i] = (uint8_t)((x & z) | (y & ~z));
		else if (strcmp(op, "any_true") == 0)
			r->scalar_out = (i > 0 && r->scalar_out) || x != 0;
		else
			return false;
	}
	return true;
}

static bool picks(const char *op, struct simd_ref *r)
{
	bool shuffle = strcmp(op, "shuffle") == 0;

	if (!shuffle && strcmp(op, "swizzle") != 0 && strcmp(op, "relaxed_swizzle") != 0)
		return false;
	for (unsigned i = 0; i < 16; i++) {
		unsigned k = shuffle ? r->lanes[i] : r->in[1][i];
		r->out[i] = k < 16 ? r->in[0][k] : shuffle ? r->in[1][k - 16] : 0;
	}
	return true;
}

static bool lane_moves(const struct name *n, struct simd_ref *r)
{
	if (strcmp(n->op, "splat") == 0) {
		for (unsigned i = 0; i < n->lanes; i++)
			lane_set(r->out, n->width, i, (wide)r->scalar_in);
	} else if (starts(n->op, "extract_lane")) {
		wide x = lane(r->in[0], n->width, n->is_unsigned || n->width >= 32, r->lanes[0]);
		r->scalar_out = n->width == 64 ? (uint64_t)x : (uint32_t)x;
	} else if (strcmp(n->op, "replace_lane") == 0) {
		memcpy(r->out, r->in[0], 16);
		lane_set(r->out, n->width, r->lanes[0], (wide)r->scalar_in);
	} else {
		return false;
	}
	return true;
}

bool simd_ref(enum op op, struct simd_ref *r)
{
	const struct op_info *info = &op_info[op];

	r->nan_width = 0;
	if (info->prefix != 0xfd || (info->lower != LOWER_NUM && info->lower != LOWER_LANE))
		return false;
	struct name n = name_parse(info->text);
	if (bitwise(n.op, r) || picks(n.op, r) || lane_moves(&n, r))
		return true;
	if (n.shape == 'f')
		return float_convert(&n, r) || float_fused(&n, r) || float_each(&n, r);
	return int_test(&n, r) || int_narrow(&n, r) || int_dot_add(&n, r) || int_widen(&n, r) || int_from_float(&n, r)
		|| int_each(&n, r);
}
