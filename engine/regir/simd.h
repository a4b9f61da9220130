/*
 * Vector arithmetic as the specification defines it (core 4.3), for simd.def: what is more than an operator of the
 * compiler's vector types. Nothing here is particular to a machine but square roots, which have an instruction
 * everywhere and no operator.
 *
 * A v128 lies in two slots, so it is only 8-byte aligned in a frame and not at all in a memory: it is read and written
 * through the types below. Lane 0 has the lowest address (little-endian machines only).
 */
#ifndef ENGINE_REGIR_SIMD_H
#define ENGINE_REGIR_SIMD_H

#include "engine/regir/num.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define SIMD_TYPE(lane, lanes) typedef lane lane##x##lanes __attribute__((vector_size(16)))
SIMD_TYPE(u8, 16);
SIMD_TYPE(s8, 16);
SIMD_TYPE(u16, 8);
SIMD_TYPE(s16, 8);
SIMD_TYPE(u32, 4);
SIMD_TYPE(s32, 4);
SIMD_TYPE(u64, 2);
SIMD_TYPE(s64, 2);
SIMD_TYPE(f32, 4);
SIMD_TYPE(f64, 2);
#undef SIMD_TYPE

typedef u64x2 v128;
typedef v128 v128_slots __attribute__((aligned(8), may_alias));
typedef v128 v128_unaligned __attribute__((aligned(1), may_alias));

/* ---- choosing, widening, narrowing ----------------------------------------------------------- */

/* Lanes of X where mask M is all ones, of Y where it is zero. */
#define SIMD_PICK(type, m, x, y) ((type)simd_pick((v128)(m), (v128)(x), (v128)(y)))
static inline v128 simd_pick(v128 m, v128 x, v128 y)
{
	return (x & m) | (y & ~m);
}

/* Each lane of a half twice, as one of double width: shifted right by the old width it is the widened lane. */
#define SIMD_LOW8(x)   __builtin_shufflevector(x, x, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7)
#define SIMD_HIGH8(x)  __builtin_shufflevector(x, x, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15)
#define SIMD_LOW16(x)  __builtin_shufflevector(x, x, 0, 0, 1, 1, 2, 2, 3, 3)
#define SIMD_HIGH16(x) __builtin_shufflevector(x, x, 4, 4, 5, 5, 6, 6, 7, 7)
#define SIMD_LOW32(x)  __builtin_shufflevector(x, x, 0, 0, 1, 1)
#define SIMD_HIGH32(x) __builtin_shufflevector(x, x, 2, 2, 3, 3)

static inline s16x8 low_s8(s8x16 x)    { return (s16x8)SIMD_LOW8(x) >> 8; }
static inline s16x8 high_s8(s8x16 x)   { return (s16x8)SIMD_HIGH8(x) >> 8; }
static inline u16x8 low_u8(u8x16 x)    { return (u16x8)SIMD_LOW8(x) >> 8; }
static inline u16x8 high_u8(u8x16 x)   { return (u16x8)SIMD_HIGH8(x) >> 8; }
static inline s32x4 low_s16(s16x8 x)   { return (s32x4)SIMD_LOW16(x) >> 16; }
static inline s32x4 high_s16(s16x8 x)  { return (s32x4)SIMD_HIGH16(x) >> 16; }
static inline u32x4 low_u16(u16x8 x)   { return (u32x4)SIMD_LOW16(x) >> 16; }
static inline u32x4 high_u16(u16x8 x)  { return (u32x4)SIMD_HIGH16(x) >> 16; }
static inline s64x2 low_s32(s32x4 x)   { return (s64x2)SIMD_LOW32(x) >> 32; }
static inline s64x2 high_s32(s32x4 x)  { return (s64x2)SIMD_HIGH32(x) >> 32; }
static inline u64x2 low_u32(u32x4 x)   { return (u64x2)SIMD_LOW32(x) >> 32; }
static inline u64x2 high_u32(u32x4 x)  { return (u64x2)SIMD_HIGH32(x) >> 32; }

/* Lanes 0, 2, 4 … and 1, 3, 5 … widened. */
static inline s16x8 even_s8(s8x16 x)   { return (s16x8)((u16x8)x << 8) >> 8; }
static inline s16x8 odd_s8(s8x16 x)    { return (s16x8)x >> 8; }
static inline u16x8 even_u8(u8x16 x)   { return (u16x8)x & 0xff; }
static inline u16x8 odd_u8(u8x16 x)    { return (u16x8)x >> 8; }
static inline s32x4 even_s16(s16x8 x)  { return (s32x4)((u32x4)x << 16) >> 16; }
static inline s32x4 odd_s16(s16x8 x)   { return (s32x4)x >> 16; }
static inline u32x4 even_u16(u16x8 x)  { return (u32x4)x & 0xffff; }
static inline u32x4 odd_u16(u16x8 x)   { return (u32x4)x >> 16; }

static inline s16x8 clamp16(s16x8 x, s16 low, s16 high)
{
	s16x8 l = low - (s16x8){ 0 }, h = high - (s16x8){ 0 };

	x = SIMD_PICK(s16x8, x < l, l, x);
	return SIMD_PICK(s16x8, x > h, h, x);
}

static inline s32x4 clamp32(s32x4 x, s32 low, s32 high)
{
	s32x4 l = low - (s32x4){ 0 }, h = high - (s32x4){ 0 };

	x = SIMD_PICK(s32x4, x < l, l, x);
	return SIMD_PICK(s32x4, x > h, h, x);
}

static inline v128 narrow16(s16x8 x, s16x8 y, s16 low, s16 high)
{
	u8x16 a = (u8x16)clamp16(x, low, high), b = (u8x16)clamp16(y, low, high);

	return (v128)__builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
}

static inline v128 narrow32(s32x4 x, s32x4 y, s32 low, s32 high)
{
	u16x8 a = (u16x8)clamp32(x, low, high), b = (u16x8)clamp32(y, low, high);

	return (v128)__builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
}

/* ---- integers ---------------------------------------------------------------------------------- */

/*
 * Sums and differences that saturate. Signed ones have overflowed where the result's sign is not what the operands'
 * signs say; what replaces them is the greatest or least number by the sign of X.
 */
static inline s8x16 add_sat_s8(s8x16 x, s8x16 y)
{
	s8x16 r = (s8x16)((u8x16)x + (u8x16)y);
	return SIMD_PICK(s8x16, (~(x ^ y) & (x ^ r)) < 0, (x >> 7) ^ 0x7f, r);
}

static inline s8x16 sub_sat_s8(s8x16 x, s8x16 y)
{
	s8x16 r = (s8x16)((u8x16)x - (u8x16)y);
	return SIMD_PICK(s8x16, ((x ^ y) & (x ^ r)) < 0, (x >> 7) ^ 0x7f, r);
}

static inline s16x8 add_sat_s16(s16x8 x, s16x8 y)
{
	s16x8 r = (s16x8)((u16x8)x + (u16x8)y);
	return SIMD_PICK(s16x8, (~(x ^ y) & (x ^ r)) < 0, (x >> 15) ^ 0x7fff, r);
}

static inline s16x8 sub_sat_s16(s16x8 x, s16x8 y)
{
	s16x8 r = (s16x8)((u16x8)x - (u16x8)y);
	return SIMD_PICK(s16x8, ((x ^ y) & (x ^ r)) < 0, (x >> 15) ^ 0x7fff, r);
}

static inline u8x16 add_sat_u8(u8x16 x, u8x16 y)   { u8x16 r = x + y; return r | (u8x16)(r < x); }
static inline u8x16 sub_sat_u8(u8x16 x, u8x16 y)   { return (x - y) & (u8x16)(x > y); }
static inline u16x8 add_sat_u16(u16x8 x, u16x8 y)  { u16x8 r = x + y; return r | (u16x8)(r < x); }
static inline u16x8 sub_sat_u16(u16x8 x, u16x8 y)  { return (x - y) & (u16x8)(x > y); }

static inline u8x16 popcnt8(u8x16 x)
{
	x -= x >> 1 & 0x55;
	x = (x & 0x33) + (x >> 2 & 0x33);
	return (x + (x >> 4)) & 0x0f;
}

/* Rounded products of fractions of 15 bits. */
static inline v128 q15mulr(s16x8 x, s16x8 y)
{
	s32x4 low = (low_s16(x) * low_s16(y) + 0x4000) >> 15, high = (high_s16(x) * high_s16(y) + 0x4000) >> 15;

	return narrow32(low, high, INT16_MIN, INT16_MAX);
}

static inline s16x8 dot_sat_s8(s8x16 x, s8x16 y)
{
	return add_sat_s16(even_s8(x) * even_s8(y), odd_s8(x) * odd_s8(y));
}

static inline u32x4 dot_s16(s16x8 x, s16x8 y)
{
	return (u32x4)(even_s16(x) * even_s16(y)) + (u32x4)(odd_s16(x) * odd_s16(y));
}

static inline u32x4 dot_add_s8(s8x16 x, s8x16 y, u32x4 z)
{
	s16x8 sums = dot_sat_s8(x, y);

	return (u32x4)(even_s16(sums) + odd_s16(sums)) + z;
}

static inline u32 any_true(v128 x) { return (x[0] | x[1]) != 0; }

/* The top bits of the lanes: each half's are gathered by a multiplication that lets none of them meet. */
static inline u32 bits8(u64 half)   { return (u32)((half >> 7 & 0x0101010101010101) * 0x0102040810204080 >> 56); }
static inline u32 bits16(u64 half)  { return (u32)((half >> 15 & 0x0001000100010001) * 0x0001000200040008 >> 48) & 15; }
static inline u32 bits32(u64 half)  { return (u32)(half >> 31 & 1) | (u32)(half >> 62 & 2); }

/* ---- bytes picked by number, from memory ------------------------------------------------------- */

/* Eight bytes of the 16 at FROM, picked by the eight of WHICH; 0 where that is above 15. */
static inline u64 swizzle8(const u8 *from, u64 which)
{
	u64 r = 0;

	for (unsigned i = 0; i < 64; i += 8) {
		u64 k = which >> i & 0xff;
		r |= (k < 16 ? (u64)from[k & 15] : 0) << i;
	}
	return r;
}

/* Eight bytes of X (0-15) and Y (16-31). */
static inline u64 shuffle8(const u8 *x, const u8 *y, u64 which)
{
	u64 r = 0;

	for (unsigned i = 0; i < 64; i += 8)
		r |= (u64)(which >> i & 16 ? y : x)[which >> i & 15] << i;
	return r;
}

/* ---- floats -------------------------------------------------------------------------------------- */

static inline f32x4 sqrt32(f32x4 x)
{
#if defined(__SSE2__)
	return (f32x4)_mm_sqrt_ps((__m128)x);
#elif defined(__aarch64__)
	return (f32x4)vsqrtq_f32((float32x4_t)x);
#else
	return (f32x4){ num_sqrt32(x[0]), num_sqrt32(x[1]), num_sqrt32(x[2]), num_sqrt32(x[3]) };
#endif
}

static inline f64x2 sqrt64(f64x2 x)
{
#if defined(__SSE2__)
	return (f64x2)_mm_sqrt_pd((__m128d)x);
#elif defined(__aarch64__)
	return (f64x2)vsqrtq_f64((float64x2_t)x);
#else
	return (f64x2){ num_sqrt64(x[0]), num_sqrt64(x[1]) };
#endif
}

/* Sums and products: of two NaNs the first operand's comes out, as with scalars. */
NUM_ORDERED(add32, f32x4, "addps", "fadd %0.4s, %1.4s, %2.4s")
NUM_ORDERED(mul32, f32x4, "mulps", "fmul %0.4s, %1.4s, %2.4s")
NUM_ORDERED(add64, f64x2, "addpd", "fadd %0.2d, %1.2d, %2.2d")
NUM_ORDERED(mul64, f64x2, "mulpd", "fmul %0.2d, %1.2d, %2.2d")

static inline s32x4 trunc_sat32_s(f32x4 x)
{
	return (s32x4){ num_sat_s32(x[0]), num_sat_s32(x[1]), num_sat_s32(x[2]), num_sat_s32(x[3]) };
}

static inline u32x4 trunc_sat32_u(f32x4 x)
{
	return (u32x4){ num_sat_u32(x[0]), num_sat_u32(x[1]), num_sat_u32(x[2]), num_sat_u32(x[3]) };
}

static inline s32x4 trunc_sat64_s(f64x2 x) { return (s32x4){ num_sat_s32(x[0]), num_sat_s32(x[1]) }; }
static inline u32x4 trunc_sat64_u(f64x2 x) { return (u32x4){ num_sat_u32(x[0]), num_sat_u32(x[1]) }; }

static inline f32x4 fma32(f32x4 x, f32x4 y, f32x4 z)
{
	return (f32x4){ __builtin_fmaf(x[0], y[0], z[0]), __builtin_fmaf(x[1], y[1], z[1]),
		__builtin_fmaf(x[2], y[2], z[2]), __builtin_fmaf(x[3], y[3], z[3]) };
}

static inline f64x2 fma64(f64x2 x, f64x2 y, f64x2 z)
{
	return (f64x2){ __builtin_fma(x[0], y[0], z[0]), __builtin_fma(x[1], y[1], z[1]) };
}

#define FLOATS f32x4
#define BITS   u32x4
#define SIGN   0x80000000u
#define QUIET  0x00400000u
#define WHOLE  0x1p23f
#define NAME(name) name##32
#include "engine/regir/simd_float.inc"

#define FLOATS f64x2
#define BITS   u64x2
#define SIGN   0x8000000000000000u
#define QUIET  0x0008000000000000u
#define WHOLE  0x1p52
#define NAME(name) name##64
#include "engine/regir/simd_float.inc"

#endif
