/*
 * Scalar arithmetic as the specification defines it (core 4.3), for num.def: what C leaves undefined or does otherwise -
 * division, truncation, rounding, minimum and maximum, NaNs.
 */
#ifndef ENGINE_REGIR_NUM_H
#define ENGINE_REGIR_NUM_H

#include <stdint.h>
#include <string.h>

#include "engine/trap.h"

typedef uint8_t u8;
typedef int8_t s8;
typedef uint16_t u16;
typedef int16_t s16;
typedef uint32_t u32;
typedef int32_t s32;
typedef uint64_t u64;
typedef int64_t s64;
typedef float f32;
typedef double f64;

static inline u64 slot_of_u32(u32 v) { return v; }
static inline u64 slot_of_u64(u64 v) { return v; }
static inline u64 slot_of_f32(f32 v) { u32 b; memcpy(&b, &v, 4); return b; }
static inline u64 slot_of_f64(f64 v) { u64 b; memcpy(&b, &v, 8); return b; }
static inline u8 slot_to_u8(u64 s) { return (u8)s; }
static inline u16 slot_to_u16(u64 s) { return (u16)s; }
static inline u32 slot_to_u32(u64 s) { return (u32)s; }
static inline s32 slot_to_s32(u64 s) { return (s32)(u32)s; }
static inline u64 slot_to_u64(u64 s) { return s; }
static inline s64 slot_to_s64(u64 s) { return (s64)s; }
static inline f32 slot_to_f32(u64 s) { f32 v; u32 b = (u32)s; memcpy(&v, &b, 4); return v; }
static inline f64 slot_to_f64(u64 s) { f64 v; memcpy(&v, &s, 8); return v; }

static inline enum trap num_div_u32(u32 x, u32 y, u32 *r) { if (!y) return TRAP_DIV_ZERO; *r = x / y; return TRAP_NONE; }
static inline enum trap num_rem_u32(u32 x, u32 y, u32 *r) { if (!y) return TRAP_DIV_ZERO; *r = x % y; return TRAP_NONE; }
static inline enum trap num_div_u64(u64 x, u64 y, u64 *r) { if (!y) return TRAP_DIV_ZERO; *r = x / y; return TRAP_NONE; }
static inline enum trap num_rem_u64(u64 x, u64 y, u64 *r) { if (!y) return TRAP_DIV_ZERO; *r = x % y; return TRAP_NONE; }

static inline enum trap num_div_s32(s32 x, s32 y, u32 *r)
{
	if (!y)
		return TRAP_DIV_ZERO;
	if (x == INT32_MIN && y == -1)
		return TRAP_INT_OVERFLOW;
	*r = (u32)(x / y);
	return TRAP_NONE;
}

static inline enum trap num_rem_s32(s32 x, s32 y, u32 *r)
{
	if (!y)
		return TRAP_DIV_ZERO;
	*r = y == -1 ? 0 : (u32)(x % y);
	return TRAP_NONE;
}

static inline enum trap num_div_s64(s64 x, s64 y, u64 *r)
{
	if (!y)
		return TRAP_DIV_ZERO;
	if (x == INT64_MIN && y == -1)
		return TRAP_INT_OVERFLOW;
	*r = (u64)(x / y);
	return TRAP_NONE;
}

static inline enum trap num_rem_s64(s64 x, s64 y, u64 *r)
{
	if (!y)
		return TRAP_DIV_ZERO;
	*r = y == -1 ? 0 : (u64)(x % y);
	return TRAP_NONE;
}

/* Truncation: in range when LOW < x < HIGH, both exact in the source's type. */
#define NUM_TRUNC(name, to, from, low, high) \
	static inline enum trap name(from x, to *r) \
	{ \
		if (x != x) \
			return TRAP_BAD_CONVERSION; \
		if (!(x > (low) && x < (high))) \
			return TRAP_INT_OVERFLOW; \
		*r = (to)x; \
		return TRAP_NONE; \
	}
#define NUM_TRUNC_S(name, to, signed_to, from, low, high) \
	static inline enum trap name(from x, to *r) \
	{ \
		if (x != x) \
			return TRAP_BAD_CONVERSION; \
		if (!(x low && x < (high))) \
			return TRAP_INT_OVERFLOW; \
		*r = (to)(signed_to)x; \
		return TRAP_NONE; \
	}
NUM_TRUNC_S(num_trunc_s32_f32, u32, s32, f32, >= -0x1p31f, 0x1p31f)
NUM_TRUNC_S(num_trunc_s32_f64, u32, s32, f64, > -2147483649.0, 0x1p31)
NUM_TRUNC_S(num_trunc_s64_f32, u64, s64, f32, >= -0x1p63f, 0x1p63f)
NUM_TRUNC_S(num_trunc_s64_f64, u64, s64, f64, >= -0x1p63, 0x1p63)
NUM_TRUNC(num_trunc_u32_f32, u32, f32, -1.0f, 0x1p32f)
NUM_TRUNC(num_trunc_u32_f64, u32, f64, -1.0, 0x1p32)
NUM_TRUNC(num_trunc_u64_f32, u64, f32, -1.0f, 0x1p64f)
NUM_TRUNC(num_trunc_u64_f64, u64, f64, -1.0, 0x1p64)
#undef NUM_TRUNC
#undef NUM_TRUNC_S

static inline s32 num_sat_s32(f64 x)
{
	return x != x ? 0 : x <= -0x1p31 ? INT32_MIN : x >= 2147483647.0 ? INT32_MAX : (s32)x;
}

static inline u32 num_sat_u32(f64 x)
{
	return !(x > 0) ? 0 : x >= 4294967295.0 ? UINT32_MAX : (u32)x;
}

static inline s64 num_sat_s64(f64 x)
{
	return x != x ? 0 : x <= -0x1p63 ? INT64_MIN : x >= 0x1p63 ? INT64_MAX : (s64)x;
}

static inline u64 num_sat_u64(f64 x)
{
	return !(x > 0) ? 0 : x >= 0x1p64 ? UINT64_MAX : (u64)x;
}

/* The same as values: a handler must not take the address of a local. */
struct num_u32 { u32 value; enum trap trap; };
struct num_u64 { u64 value; enum trap trap; };
#define UN_TRAP(id, result, type, call) \
	static inline struct num_##result call##_checked(type x) \
	{ \
		struct num_##result r = { 0, TRAP_NONE }; \
		r.trap = call(x, &r.value); \
		return r; \
	}
#define BIN_TRAP(id, result, type, call) \
	static inline struct num_##result call##_checked(type x, type y) \
	{ \
		struct num_##result r = { 0, TRAP_NONE }; \
		r.trap = call(x, y, &r.value); \
		return r; \
	}
#include "engine/regir/num.def"

/*
 * Rounding without the library: beyond the LIMIT every value is integral (or infinite, or a NaN, which x + 0 makes quiet);
 * below it an integer holds the truncated value, and adding the limit rounds to even.
 */
static inline f32 num_trunc32(f32 x)
{
	if (!(__builtin_fabsf(x) < 0x1p23f))
		return x + 0;
	f32 t = (f32)(s32)x;
	return __builtin_copysignf(t, x);
}

static inline f32 num_floor32(f32 x)
{
	if (!(__builtin_fabsf(x) < 0x1p23f))
		return x + 0;
	f32 t = (f32)(s32)x;
	t -= t > x;
	return __builtin_copysignf(t, x);
}

static inline f32 num_ceil32(f32 x)
{
	if (!(__builtin_fabsf(x) < 0x1p23f))
		return x + 0;
	f32 t = (f32)(s32)x;
	t += t < x;
	return __builtin_copysignf(t, x);
}

static inline f32 num_nearest32(f32 x)
{
	if (!(__builtin_fabsf(x) < 0x1p23f))
		return x + 0;
	return __builtin_copysignf((__builtin_fabsf(x) + 0x1p23f) - 0x1p23f, x);
}

static inline f64 num_trunc64(f64 x)
{
	if (!(__builtin_fabs(x) < 0x1p52))
		return x + 0;
	f64 t = (f64)(s64)x;
	return __builtin_copysign(t, x);
}

static inline f64 num_floor64(f64 x)
{
	if (!(__builtin_fabs(x) < 0x1p52))
		return x + 0;
	f64 t = (f64)(s64)x;
	t -= t > x;
	return __builtin_copysign(t, x);
}

static inline f64 num_ceil64(f64 x)
{
	if (!(__builtin_fabs(x) < 0x1p52))
		return x + 0;
	f64 t = (f64)(s64)x;
	t += t < x;
	return __builtin_copysign(t, x);
}

static inline f64 num_nearest64(f64 x)
{
	if (!(__builtin_fabs(x) < 0x1p52))
		return x + 0;
	return __builtin_copysign((__builtin_fabs(x) + 0x1p52) - 0x1p52, x);
}

static inline f32 num_sqrt32(f32 x) { return __builtin_sqrtf(x); }
static inline f64 num_sqrt64(f64 x) { return __builtin_sqrt(x); }

/*
 * Sums and products of two NaNs: which payload comes out depends on the order of the operands, and a compiler may swap them.
 * Here it is the first operand's in every form of the instruction, so that all bodies of a function give the same bits.
 */
#if defined(__x86_64__)
#define NUM_ORDERED(name, type, sse, neon) \
	static inline type name(type x, type y) { __asm__(sse " %1, %0" : "+x"(x) : "x"(y)); return x; }
#elif defined(__aarch64__)
#define NUM_ORDERED(name, type, sse, neon) \
	static inline type name(type x, type y) { type r; __asm__(neon : "=w"(r) : "w"(x), "w"(y)); return r; }
#endif
NUM_ORDERED(num_add32, f32, "addss", "fadd %s0, %s1, %s2")
NUM_ORDERED(num_mul32, f32, "mulss", "fmul %s0, %s1, %s2")
NUM_ORDERED(num_add64, f64, "addsd", "fadd %d0, %d1, %d2")
NUM_ORDERED(num_mul64, f64, "mulsd", "fmul %d0, %d1, %d2")

static inline f32 num_min32(f32 x, f32 y)
{
	if (x != x || y != y)
		return num_add32(x, y);
	if (x == y)
		return __builtin_signbit(x) ? x : y;
	return x < y ? x : y;
}

static inline f64 num_min64(f64 x, f64 y)
{
	if (x != x || y != y)
		return num_add64(x, y);
	if (x == y)
		return __builtin_signbit(x) ? x : y;
	return x < y ? x : y;
}

static inline f32 num_max32(f32 x, f32 y)
{
	if (x != x || y != y)
		return num_add32(x, y);
	if (x == y)
		return __builtin_signbit(x) ? y : x;
	return x > y ? x : y;
}

static inline f64 num_max64(f64 x, f64 y)
{
	if (x != x || y != y)
		return num_add64(x, y);
	if (x == y)
		return __builtin_signbit(x) ? y : x;
	return x > y ? x : y;
}

static inline f32 num_demote(f64 x) { return (f32)x; }
static inline f64 num_promote(f32 x) { return (f64)x; }

#endif
