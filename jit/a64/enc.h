/*
 * Encoders of arm64, one for each row of enc.def: a64_NAME(m, operands…) appends one instruction. They decide nothing and
 * check nothing; masm.inc knows what fits. Loads and stores take what they do (enum a64_access) as an operand.
 */
#ifndef JIT_A64_ENC_H
#define JIT_A64_ENC_H

#include <stdlib.h>
#include <string.h>

#include "jit/masm.h"

/* Conditions as the machine numbers them; ^ 1 is the opposite. HS: unsigned not less, LO: unsigned less. */
enum a64_cond {
	CC_EQ, CC_NE, CC_HS, CC_LO, CC_MI, CC_PL, CC_VS, CC_VC, CC_HI, CC_LS, CC_GE, CC_LT, CC_GT, CC_LE
};

enum { CODE_MAX = 64 << 20 };          /* what links in jump tables reach */

/* Room for BYTES more, or m->failed. */
static inline void a64_reserve(struct masm *m, uint32_t bytes)
{
	if (m->at + bytes <= m->cap)
		return;
	uint32_t cap = m->cap < 4096 ? 4096 : m->cap;
	while (cap < m->at + bytes)
		cap *= 2;
	uint8_t *code = cap <= CODE_MAX ? realloc(m->code, cap) : NULL;
	if (!code) {
		m->failed = true;
		return;
	}
	m->code = code;
	m->cap = cap;
}

static inline void a64_put(struct masm *m, uint32_t word)
{
	if (m->at + 4 > m->cap) {
		m->failed = true;
		return;
	}
	memcpy(m->code + m->at, &word, 4);
	m->at += 4;
}

/* ---- formats: arguments, and where they go ------------------------------------------------------------------------------ */

#define AT(v, bit) ((uint32_t)(v) << (bit))
#define FIELD(v, bits, bit) (((uint32_t)(v) & ((1u << (bits)) - 1)) << (bit))

#define ARGS_NONE
#define BITS_NONE  0
#define ARGS_D     , unsigned d
#define BITS_D     d
#define ARGS_N     , unsigned n
#define BITS_N     AT(n, 5)
#define ARGS_M     , unsigned r
#define BITS_M     AT(r, 16)
#define ARGS_DA    , unsigned d, unsigned a
#define BITS_DA    (d | AT(a, 10))
#define ARGS_DN    , unsigned d, unsigned n
#define BITS_DN    (d | AT(n, 5))
#define ARGS_DNN   ARGS_DN
#define BITS_DNN   (d | AT(n, 5) | AT(n, 16))
#define ARGS_DNM   , unsigned d, unsigned n, unsigned r
#define BITS_DNM   (d | AT(n, 5) | AT(r, 16))
#define ARGS_WDM   , enum width w, unsigned d, unsigned r
#define BITS_WDM   (AT(w, 31) | d | AT(r, 16))
#define ARGS_WDN   , enum width w, unsigned d, unsigned n
#define BITS_WDN   (AT(w, 31) | d | AT(n, 5))
#define ARGS_WNM   , enum width w, unsigned n, unsigned r
#define BITS_WNM   (AT(w, 31) | AT(n, 5) | AT(r, 16))
#define ARGS_WDNM  , enum width w, unsigned d, unsigned n, unsigned r
#define BITS_WDNM  (AT(w, 31) | d | AT(n, 5) | AT(r, 16))
#define ARGS_WDNMS , enum width w, unsigned d, unsigned n, unsigned r, unsigned s
#define BITS_WDNMS (AT(w, 31) | d | AT(n, 5) | AT(r, 16) | AT(s, 10))
#define ARGS_WDNMA , enum width w, unsigned d, unsigned n, unsigned r, unsigned a
#define BITS_WDNMA (AT(w, 31) | d | AT(n, 5) | AT(r, 16) | AT(a, 10))
#define ARGS_WDNMC , enum width w, unsigned d, unsigned n, unsigned r, enum a64_cond c
#define BITS_WDNMC (AT(w, 31) | d | AT(n, 5) | AT(r, 16) | AT(c, 12))
#define ARGS_WDI   , enum width w, unsigned d, enum a64_cond c             /* encoded as its opposite */
#define BITS_WDI   (AT(w, 31) | d | AT(c ^ 1, 12))
#define ARGS_WNMVC , enum width w, unsigned n, unsigned r, unsigned v, enum a64_cond c
#define BITS_WNMVC (AT(w, 31) | AT(n, 5) | AT(r, 16) | v | AT(c, 12))
#define ARGS_WN5VC , enum width w, unsigned n, unsigned k, unsigned v, enum a64_cond c
#define BITS_WN5VC (AT(w, 31) | AT(n, 5) | AT(k, 16) | v | AT(c, 12))
#define ARGS_WN12  , enum width w, unsigned n, unsigned k
#define BITS_WN12  (AT(w, 31) | AT(n, 5) | AT(k, 10))
#define ARGS_WDN12 , enum width w, unsigned d, unsigned n, unsigned k
#define BITS_WDN12 (AT(w, 31) | d | AT(n, 5) | AT(k, 10))
#define ARGS_WNL   , enum width w, unsigned n, unsigned l                  /* l: 13 bits, as a64_logical() makes them */
#define BITS_WNL   (AT(w, 31) | AT(n, 5) | AT(l, 10))
#define ARGS_WDL   , enum width w, unsigned d, unsigned l
#define BITS_WDL   (AT(w, 31) | d | AT(l, 10))
#define ARGS_WDNL  , enum width w, unsigned d, unsigned n, unsigned l
#define BITS_WDNL  (AT(w, 31) | d | AT(n, 5) | AT(l, 10))
#define ARGS_WD16H , enum width w, unsigned d, unsigned k, unsigned half
#define BITS_WD16H (AT(w, 31) | d | AT(k, 5) | AT(half, 21))
#define ARGS_DNR   , unsigned d, unsigned n, unsigned s
#define BITS_DNR   (d | AT(n, 5) | AT(s, 16))
#define ARGS_DNLW  , unsigned d, unsigned n, unsigned s
#define BITS_DNLW  (d | AT(n, 5) | FIELD(-s, 5, 16) | AT(31 - s, 10))
#define ARGS_DNLX  , unsigned d, unsigned n, unsigned s
#define BITS_DNLX  (d | AT(n, 5) | FIELD(-s, 6, 16) | AT(63 - s, 10))
#define ARGS_DNE   , unsigned d, unsigned n, unsigned s
#define BITS_DNE   (d | AT(n, 5) | AT(n, 16) | AT(s, 10))
/* Branches: j counts instructions. */
#define ARGS_J26   , int32_t j
#define BITS_J26   FIELD(j, 26, 0)
#define ARGS_J19C  , int32_t j, enum a64_cond c
#define BITS_J19C  (FIELD(j, 19, 5) | c)
#define ARGS_WDJ19 , enum width w, unsigned d, int32_t j
#define BITS_WDJ19 (AT(w, 31) | d | FIELD(j, 19, 5))
#define ARGS_DADR  , unsigned d, int32_t by                                /* bytes */
#define BITS_DADR  (d | FIELD(by, 2, 29) | FIELD(by >> 2, 19, 5))
/* Floats: f is W32 or W64. */
#define ARGS_FDN   , enum width f, unsigned d, unsigned n
#define BITS_FDN   (AT(f, 22) | d | AT(n, 5))
#define ARGS_FNM   , enum width f, unsigned n, unsigned r
#define BITS_FNM   (AT(f, 22) | AT(n, 5) | AT(r, 16))
#define ARGS_FDNM  , enum width f, unsigned d, unsigned n, unsigned r
#define BITS_FDNM  (AT(f, 22) | d | AT(n, 5) | AT(r, 16))
#define ARGS_FNMVC , enum width f, unsigned n, unsigned r, unsigned v, enum a64_cond c
#define BITS_FNMVC (AT(f, 22) | AT(n, 5) | AT(r, 16) | v | AT(c, 12))
#define ARGS_FDI   , enum width f, unsigned d, unsigned k                  /* k: 8 bits, as a64_float_imm() makes them */
#define BITS_FDI   (AT(f, 22) | d | AT(k, 13))
#define ARGS_WFDN  , enum width w, enum width f, unsigned d, unsigned n
#define BITS_WFDN  (AT(w, 31) | AT(f, 22) | d | AT(n, 5))
/* Vectors: z is the binary logarithm of a lane's bytes; shifts and lanes' numbers come together with their size. */
#define ARGS_ZDN   , unsigned z, unsigned d, unsigned n
#define BITS_ZDN   (AT(z, 22) | d | AT(n, 5))
#define ARGS_ZDNM  , unsigned z, unsigned d, unsigned n, unsigned r
#define BITS_ZDNM  (AT(z, 22) | d | AT(n, 5) | AT(r, 16))
#define ARGS_IDN   , unsigned z, unsigned d, unsigned n
#define BITS_IDN   (AT(1, 19 + z) | d | AT(n, 5))
#define ARGS_DNMX  , unsigned d, unsigned n, unsigned r, unsigned bytes
#define BITS_DNMX  (d | AT(n, 5) | AT(r, 16) | AT(bytes, 11))
#define ARGS_DN5   , unsigned d, unsigned n, unsigned lane
#define BITS_DN5   (d | AT(n, 5) | AT(lane, 16))
#define ARGS_DN7   , unsigned d, unsigned n, unsigned s
#define BITS_DN7   (d | AT(n, 5) | AT(s, 16))

#define ENC(id, mask, value, format, text) \
	static inline void a64_##id(struct masm *m ARGS_##format) { a64_put(m, (value) | (uint32_t)(BITS_##format)); }
#include "jit/a64/enc.def"

/* ---- loads and stores --------------------------------------------------------------------------------------------------- */

enum a64_access {
#define ACCESS(id, log2, value, text, text_unscaled, operand) ACCESS_##id,
#include "jit/a64/enc.def"
	ACCESS_COUNT
};

static inline uint32_t a64_access_value(enum a64_access k)
{
	static const uint32_t values[] = {
#define ACCESS(id, log2, value, text, text_unscaled, operand) value,
#include "jit/a64/enc.def"
	};
	return values[k];
}

static inline unsigned a64_access_log2(enum a64_access k)
{
	static const uint8_t logs[] = {
#define ACCESS(id, log2, value, text, text_unscaled, operand) log2,
#include "jit/a64/enc.def"
	};
	return logs[k];
}

/* The bits that tell the three forms from each other. */
#define ACCESS_SCALED   0x01000000u
#define ACCESS_UNSCALED 0x00000000u
#define ACCESS_INDEX    0x00206800u

/* [n + k << log2], k below 4096 */
static inline void a64_access_scaled(struct masm *m, enum a64_access a, unsigned t, unsigned n, unsigned k)
{
	a64_put(m, a64_access_value(a) | ACCESS_SCALED | t | AT(n, 5) | AT(k, 10));
}

/* [n + k], k from -256 to 255 */
static inline void a64_access_unscaled(struct masm *m, enum a64_access a, unsigned t, unsigned n, int32_t k)
{
	a64_put(m, a64_access_value(a) | ACCESS_UNSCALED | t | AT(n, 5) | FIELD(k, 9, 12));
}

/* [n + r] */
static inline void a64_access_index(struct masm *m, enum a64_access a, unsigned t, unsigned n, unsigned r)
{
	a64_put(m, a64_access_value(a) | ACCESS_INDEX | t | AT(n, 5) | AT(r, 16));
}

#undef AT
#undef FIELD

#endif
