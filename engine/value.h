/*
 * Values: what a slot holds, and typed values at the edges (prompt, API, tests).
 *
 * A slot is 8 bytes; v128 takes two neighbouring ones, low half first. i32 is always zero-extended, f32 uses the low
 * half with the high half zero. A reference in a slot:
 *
 *     0                     null, of every reference type
 *     funcref               pointer to struct func
 *     externref, anyref     bit 0 set: i31 (value << 1 | 1, 32 bits); below 2^32 and even: offset of a GC object;
 *                           bit 63 set: a host value (63 bits) - the same bits as externref and as its any.convert
 *     exnref                pointer to struct exn
 */
#ifndef ENGINE_VALUE_H
#define ENGINE_VALUE_H

#include "engine/base/str.h"
#include "engine/types.h"

typedef uint64_t slot;

#define REF_HOST_BIT ((slot)1 << 63)

struct value {
	valtype type;
	slot lo, hi;            /* hi: upper half of a v128, else 0 */
};

struct err;
struct buf;
struct instance;
struct store;

/* Bits of a value of TYPE made normal: high half cleared for i32 and f32. */
slot slot_normal(valtype type, slot bits);
struct value value_i32(int32_t v);
struct value value_i64(int64_t v);
struct value value_f32_bits(uint32_t v);
struct value value_f64_bits(uint64_t v);
/* Equal bits (payloads of NaNs included), references by identity. */
bool value_same(struct value a, struct value b);

/*
 * Bare text as `run --invoke` prints it: signed decimal, shortest round-trip floats, inf, nan, nan:0x…, i32x4:0x…,…,
 * null, func:3, struct#12, i31:7, extern:5. STORE may be NULL (then functions print as func:?).
 */
void value_print(struct value v, const struct store *store, struct buf *out);
/*
 * Parse an argument for TYPE: decimal or hex integers in -2^(n-1) … 2^n-1, floats (decimal, hex, inf, nan, nan:0x…),
 * v128 as i32x4:1,2,3,4 or any lane shape, null, func:3 (function of INST), extern:5, i31:7. False with E (E_TYPE)
 * whose message says "X does not fit i32 (-2147483648 … 4294967295)" or "'x' is not an i32".
 */
bool value_parse(valtype type, struct str text, const struct instance *inst, struct value *out, struct err *e);

/* Float text, shared with the WAT reader and printer (engine/float_text.c). */
/* Parse a WAT or decimal float literal (sign, digits with _, hex, inf, nan, nan:0x…); exact rounding. False: not one,
   or out of range (*range set). */
bool float_parse32(struct str text, uint32_t *bits, bool *range);
bool float_parse64(struct str text, uint64_t *bits, bool *range);
/* Shortest text that parses back ("inf", "-nan:0x1234", "0.1"); OUT holds at least 40 bytes; returns the length. */
size_t float_print32(uint32_t bits, char *out);
size_t float_print64(uint64_t bits, char *out);

#endif
