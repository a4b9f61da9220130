/*
 * The first row of enc.def that matches is the instruction's, if all its operands are such as our encoders make: of several
 * ways to write the same, only the one that assemblers choose counts, so bytes and text stand for each other.
 *
 * What may follow % in a text, besides registers:
 *
 *     c  o  t    condition at bit 12; its opposite there; condition at bit 0         N  flags at bit 0
 *     i  5       12 bits at bit 10; 5 bits at bit 16       9  6    shifts at bit 10 and at bit 16
 *     7  8       left shift of 32, of 64 bits              l  L    logical immediate; one that movz and movn cannot make
 *     0  1  k    wide immediate of movz, movn, movk        e       float
 *     j  J  A    address: 26 bits, 19 bits, adr            u  U    offset of an access: scaled, unscaled; nothing for 0
 *     R  S  T    lanes of a vector shift: all, half as many, twice as wide      >  <    how far it goes
 *     z  Z  Y    lanes by size: all sizes, not 64 bits, 16 and 32 bits          H  D    half as many; twice as wide
 *     F          lanes of floats      E    one lane          x    bytes of ext
 *     =          nothing: the registers n and m are the same one
 */
#include "jit/a64/disasm.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct a64_row a64_rows[] = {
#define ENC(id, mask, value, format, text) { #id, mask, value, text },
#define ACCESS(id, log2, value, text, text_unscaled, operand) \
	{ #id, 0xffc00000, (value) | 0x01000000, text " " operand ", [%Xn%u]" }, \
	{ #id "_unscaled", 0xffe00c00, value, text_unscaled " " operand ", [%Xn%U]" }, \
	{ #id "_index", 0xffe0fc00, (value) | 0x00206800, text " " operand ", [%Xn, %xm]" },
#include "jit/a64/enc.def"
};
const unsigned a64_row_count = sizeof a64_rows / sizeof *a64_rows;

static const char conditions[16][3] = {
	"eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "al", "nv"
};

struct printing {
	uint32_t word;
	uint64_t at;
	char *text;             /* NULL: only looked at */
	size_t size, n;
};

__attribute__((format(printf, 2, 3)))
static bool put(struct printing *p, const char *fmt, ...)
{
	va_list ap;

	if (!p->text)
		return true;
	va_start(ap, fmt);
	int n = vsnprintf(p->text + p->n, p->size - p->n, fmt, ap);
	va_end(ap);
	p->n = p->n + (size_t)n < p->size ? p->n + (size_t)n : p->size - 1;
	return true;
}

static unsigned bits(const struct printing *p, unsigned at, unsigned n)
{
	return p->word >> at & ((1u << n) - 1);
}

static int64_t signed_bits(const struct printing *p, unsigned at, unsigned n)
{
	return (int64_t)((uint64_t)bits(p, at, n) << (64 - n)) >> (64 - n);
}

static bool is_wide(const struct printing *p) { return p->word >> 31; }

/* ---- registers ------------------------------------------------------------------------------------------------------- */

static bool put_general(struct printing *p, bool wide, bool sp, unsigned r)
{
	if (r < 31)
		return put(p, "%c%u", wide ? 'x' : 'w', r);
	return put(p, "%s%s", wide ? "" : "w", sp ? "sp" : wide ? "xzr" : "zr");
}

static bool put_register(struct printing *p, char kind, char field)
{
	unsigned r = bits(p, field == 'd' ? 0 : field == 'n' || field == 'N' ? 5 : field == 'm' ? 16 : 10, 5);

	if (field == 'N')               /* the register after n */
		r = (r + 1) % 32;

	switch (kind) {
	case 'w': return put_general(p, false, false, r);
	case 'x': return put_general(p, true, false, r);
	case 'X': return put_general(p, true, true, r);
	case 'r': return put_general(p, is_wide(p), false, r);
	case 'p': return r < 31 && put_general(p, is_wide(p), false, r);
	case 'f': return put(p, "%c%u", bits(p, 22, 1) ? 'd' : 's', r);
	default:  return put(p, "%c%u", kind, r);
	}
}

/* ---- immediates ------------------------------------------------------------------------------------------------------ */

/* False: reserved, or not written the way assemblers do. */
static bool logical_value(const struct printing *p, uint64_t *v)
{
	unsigned n = bits(p, 22, 1), rotate = bits(p, 16, 6), ones = bits(p, 10, 6), size = 64;

	if (n && !is_wide(p))
		return false;
	if (!n)
		for (size = 32; size > 1 && (ones & size); size /= 2)
			;
	ones = (ones & (size - 1)) + 1;
	if (size < 2 || ones == size || rotate >= size)
		return false;
	uint64_t mask = size == 64 ? ~0ull : (1ull << size) - 1, run = (1ull << ones) - 1;
	*v = rotate ? (run >> rotate | run << (size - rotate)) & mask : run;
	for (; size < 64; size *= 2)
		*v |= *v << size;
	if (!is_wide(p))
		*v = (uint32_t)*v;
	return true;
}

static bool one_half(uint64_t v, unsigned halves)
{
	unsigned other = 0;

	for (unsigned i = 0; i < halves; i++)
		other += (v >> 16 * i & 0xffff) != 0;
	return other <= 1;
}

static bool put_logical(struct printing *p, bool alone)
{
	uint64_t v;

	if (!logical_value(p, &v))
		return false;
	uint64_t inverse = is_wide(p) ? ~v : (uint32_t)~v;
	if (alone && (one_half(v, 4) || one_half(inverse, 4)))
		return false;
	return put(p, "0x%" PRIx64, v);
}

static bool put_wide(struct printing *p, bool inverse)
{
	unsigned k = bits(p, 5, 16), half = bits(p, 21, 2);
	uint64_t v = (uint64_t)k << 16 * half;

	if ((!is_wide(p) && half > 1) || (k == 0 && half > 0) || (inverse && !is_wide(p) && k == 0xffff))
		return false;
	if (inverse)
		v = is_wide(p) ? ~v : (uint32_t)~v;
	return put(p, "0x%" PRIx64, v);
}

static bool put_keep(struct printing *p)
{
	unsigned half = bits(p, 21, 2);

	if (!is_wide(p) && half > 1)
		return false;
	put(p, "0x%x", bits(p, 5, 16));
	return !half || put(p, ", lsl #%u", half * 16);
}

static bool put_left_shift(struct printing *p, unsigned width)
{
	unsigned by = width - 1 - bits(p, 10, 6);

	return by > 0 && by < width && bits(p, 16, 6) == width - by && put(p, "%u", by);
}

static bool put_float(struct printing *p)
{
	unsigned k = bits(p, 13, 8);
	int exponent = (int)(k >> 4 & 7) - (k >> 6 & 1 ? 7 : -1);
	double v = (16 + (k & 15)) / 16.0;

	v = exponent < 0 ? v / (1 << -exponent) : v * (1 << exponent);
	return put(p, "%.18e", k >> 7 ? -v : v);
}

static bool put_address(struct printing *p, int64_t by)
{
	return put(p, "0x%" PRIx64, p->at + (uint64_t)by);
}

static bool put_offset(struct printing *p, bool scaled)
{
	unsigned log2 = bits(p, 30, 2);

	if (bits(p, 26, 1) && bits(p, 23, 1))
		log2 = 4;
	int64_t k = scaled ? (int64_t)bits(p, 10, 12) << log2 : signed_bits(p, 12, 9);
	return k == 0 || put(p, ", #%" PRId64, k);
}

/* Lanes of a vector shift: the highest bit set of the upper four of seven. */
static unsigned shifted_lane(const struct printing *p)
{
	unsigned high = bits(p, 19, 4);

	return high ? 8u << (31 - __builtin_clz(high)) : 0;
}

static bool put_arrangement(struct printing *p, unsigned lane, unsigned width)
{
	return lane >= 8 && lane <= 64 && put(p, ".%u%c", width / lane, lane == 8 ? 'b' : lane == 16 ? 'h' : lane == 32 ? 's' : 'd');
}

static bool put_sized(struct printing *p, char c)
{
	unsigned lane = 8u << bits(p, 22, 2), shifted = shifted_lane(p);

	switch (c) {
	case 'z': return put_arrangement(p, lane, 128);
	case 'Z': return lane < 64 && put_arrangement(p, lane, 128);
	case 'Y': return (lane == 16 || lane == 32) && put_arrangement(p, lane, 128);
	case 'H': return lane < 64 && put_arrangement(p, lane, 64);
	case 'D': return put_arrangement(p, lane * 2, 128);
	case 'F': return put_arrangement(p, bits(p, 22, 1) ? 64 : 32, 128);
	case 'R': return put_arrangement(p, shifted, 128);
	case 'S': return put_arrangement(p, shifted, 64);
	default:  return bits(p, 16, 7) == shifted && put_arrangement(p, shifted * 2, 128);
	}
}

/* One lane: the lowest bit set says how wide it is, those above which it is. */
static bool put_lane(struct printing *p)
{
	unsigned k = bits(p, 16, 5), log2 = k & 15 ? (unsigned)__builtin_ctz(k) : 4;

	return log2 < 4 && put(p, ".%c[%u]", "bhsd"[log2], k >> (log2 + 1));
}

static bool put_operand(struct printing *p, char c)
{
	switch (c) {
	case 'c': return put(p, "%s", conditions[bits(p, 12, 4)]);
	case 'o': return bits(p, 12, 4) < 14 && put(p, "%s", conditions[bits(p, 12, 4) ^ 1]);
	case 't': return put(p, "%s", conditions[bits(p, 0, 4)]);
	case 'N': return put(p, "0x%x", bits(p, 0, 4));
	case 'i': return put(p, "0x%x", bits(p, 10, 12));
	case '5': return put(p, "0x%x", bits(p, 16, 5));
	case '9': return bits(p, 10, 6) < (is_wide(p) ? 64 : 32) && put(p, "%u", bits(p, 10, 6));
	case '6': return put(p, "%u", bits(p, 16, 6));
	case '7': return put_left_shift(p, 32);
	case '8': return put_left_shift(p, 64);
	case 'l': return put_logical(p, false);
	case 'L': return put_logical(p, true);
	case '0': return put_wide(p, false);
	case '1': return put_wide(p, true);
	case 'k': return put_keep(p);
	case 'e': return put_float(p);
	case 'j': return put_address(p, signed_bits(p, 0, 26) * 4);
	case 'J': return put_address(p, signed_bits(p, 5, 19) * 4);
	case 'A': return put_address(p, signed_bits(p, 5, 19) * 4 + bits(p, 29, 2));
	case 'u': return put_offset(p, true);
	case 'U': return put_offset(p, false);
	case 'R': case 'S': case 'T': case 'z': case 'Z': case 'Y': case 'H': case 'D': case 'F':
		return put_sized(p, c);
	case 'E': return put_lane(p);
	case '4': return put(p, "%u", bits(p, 11, 4));
	case '>': return put(p, "%u", 2 * shifted_lane(p) - bits(p, 16, 7));
	case '<': return put(p, "%u", bits(p, 16, 7) - shifted_lane(p));
	case '=': return bits(p, 5, 5) == bits(p, 16, 5);
	default:  return false;
	}
}

/* ---- rows ------------------------------------------------------------------------------------------------------------ */

static bool is_kind(char c) { return c && strchr("wxXrpfsdqbhv", c); }

/* False: an operand is none that encoders make. */
static bool put_row(struct printing *p, const char *text)
{
	p->n = 0;
	for (const char *c = text; *c; c++) {
		if (*c != '%') {
			put(p, "%c", *c);
		} else if (is_kind(c[1])) {
			if (!put_register(p, c[1], c[2]))
				return false;
			c += 2;
		} else if (!put_operand(p, *++c)) {
			return false;
		}
	}
	return true;
}

static const struct a64_row *find(struct printing *p)
{
	for (unsigned i = 0; i < a64_row_count; i++)
		if ((p->word & a64_rows[i].mask) == a64_rows[i].value && put_row(p, a64_rows[i].text))
			return &a64_rows[i];
	return NULL;
}

const struct a64_row *a64_row_of(uint32_t word)
{
	return find(&(struct printing){ .word = word });
}

bool a64_disasm(uint32_t word, uint64_t at, char *text, size_t size)
{
	struct printing p = { word, at, text, size, 0 };

	if (find(&p))
		return true;
	snprintf(text, size, ".inst 0x%08" PRIx32, word);
	return false;
}
