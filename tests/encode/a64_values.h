/* Operands on the edge of something, and constants in all the forms in which an instruction of arm64 may hold one. */
#ifndef WRENCH_TESTS_ENCODE_A64_VALUES_H
#define WRENCH_TESTS_ENCODE_A64_VALUES_H

#include "tests/encode/a64_machine.h"

#if defined(__aarch64__)

static const u64 integers[] = {
	0, 1, 2, 3, 7, 31, 32, 33, 63, 64, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
	0x100000000, 0x7fffffffffffffff, 0x8000000000000000, 0xfffffffffffffffe, 0xffffffffffffffff, 0x123456789abcdef0,
	0xfedcba9876543210, 0x00000001ffffffff,
};
static const u64 floats32[] = {
	0, 0x80000000, 0x3f800000, 0xbf800000, 0x3f000000, 0xbf000000, 0x3fc00000, 0xc0200000, 0x7f800000, 0xff800000, 0x7fc00000,
	0xffc00001, 0x7f800001, 0xffa00000, 0x7fc12345, 1, 0x80000001, 0x007fffff, 0x7f7fffff, 0x4effffff, 0x4f000000, 0xcf000000,
	0xcf000001, 0x4f7fffff, 0x4f800000, 0x5effffff, 0x5f000000, 0xdf000000, 0xdf000001, 0x5f7fffff, 0x5f800000, 0xbf7fffff,
	0x4b000001, 0x4afffffe, 0xcb000000,
};
static const u64 floats64[] = {
	0, 0x8000000000000000, 0x3ff0000000000000, 0xbff0000000000000, 0x3fe0000000000000, 0xbfe0000000000000, 0x3ff8000000000000,
	0xc004000000000000, 0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000, 0xfff8000000000001, 0x7ff0000000000001,
	0xfff4000000000000, 0x7ff8000012345678, 1, 0x800fffffffffffff, 0x7fefffffffffffff, 0x41dfffffffc00000, 0x41dfffffffffffff,
	0x41e0000000000000, 0xc1e0000000000000, 0xc1e00000001fffff, 0xc1e0000000200000, 0x41efffffffe00000, 0x41efffffffffffff,
	0x41f0000000000000, 0x43dfffffffffffff, 0x43e0000000000000, 0xc3e0000000000000, 0xc3e0000000000001, 0x43efffffffffffff,
	0x43f0000000000000, 0xbfefffffffffffff, 0x4330000000000001, 0x432fffffffffffff, 0xb6a0000000000000, 0x47efffffe0000000,
	0x47effffff0000000,
};

/* Value I of those that an operand may have; false: there is none. */
static inline bool value_of(char place, enum width w, unsigned i, u64 *v)
{
	const u64 *from = place == 'g' ? integers : w == W32 ? floats32 : floats64;
	unsigned n = place == 'g' ? sizeof integers / 8 : w == W32 ? sizeof floats32 / 8 : sizeof floats64 / 8;

	if (i >= n + 6)
		return false;
	*v = i < n ? from[i] : machine_random();
	if (w == W32)
		*v = (uint32_t)*v;
	return true;
}

static inline u64 trim(enum width w, int64_t k) { return w == W32 ? (uint32_t)k : (u64)k; }

static const int64_t constants[] = {
	0, 1, -1, 2, 3, 5, 7, 10, 16, 17, 255, 256, 0x7ff, 0xfff, 0x1000, 0x1001, 0xfff000, 0xffffff, 0x1000000, -2, -3, -7, -16, -4095, -4096,
	-4097, -0xfff000, 0x55555555, 0x33333333, 0x0ff00ff0, 0x00ffff00, 0x7fffffff, -0x7fffffff, -0x80000000ll, 0xffff0000, 0x80000001,
	0x12345678, 0x123456789abcdef0, 0x5555555555555555, 0x7fffffffffffffff, -0x7fffffffffffffff - 1, 0xffff0000ffff, 641,
};
enum { NCONSTANTS = sizeof constants / sizeof *constants };

#endif

#endif
