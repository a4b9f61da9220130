/*
 * Encodings of x86-64: functions for each form of operands, which take a row of enc.def. They decide nothing but how many
 * bytes an address needs.
 *
 *     [66 F3 F2] [F0] [REX] [0F [38 3A]] opcode ModRM [SIB] [disp8 disp32] [imm]
 *     VEX: C5 RvvvvLpp | C4 RXBmmmmm WvvvvLpp, then opcode …
 */
#ifndef JIT_X64_ENC_H
#define JIT_X64_ENC_H

#include <string.h>

#include "jit/masm.h"

enum {
	RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15,
	RIP = 0xfe      /* as the base of an address: relative to the end of the instruction */
};
enum {
	XMM0, XMM1, XMM2, XMM3, XMM4, XMM5, XMM6, XMM7, XMM8, XMM9, XMM10, XMM11, XMM12, XMM13, XMM14, XMM15
};

/* base + (index << shift) + disp; index may be NO_REG, base RIP or, with an index or absolute, NO_REG. */
struct x64_mem {
	reg base, index;
	uint8_t shift;
	int32_t disp;
};

/* A row in one number: opcode, map << 8, prefix << 10, ext << 12, which operand is a byte, and whether it is locked. */
enum { ENC_PREFIX_NP, ENC_PREFIX_66, ENC_PREFIX_F3, ENC_PREFIX_F2 };
enum { ENC_MAP_M0, ENC_MAP_M0F, ENC_MAP_M0F38, ENC_MAP_M0F3A };
enum { ENC_BYTE_RM = 1 << 15, ENC_BYTE_REG = 1 << 16, ENC_LOCK = 1 << 17 };
enum {
	ENC_IS_RM = 0, ENC_IS_MR = 0, ENC_IS_MRR = 0, ENC_IS_LEA = 0, ENC_IS_RMI8 = 0, ENC_IS_RMI32 = 0, ENC_IS_MI8 = 0, ENC_IS_MU8 = 0,
	ENC_IS_MI32 = 0, ENC_IS_RM8 = ENC_BYTE_RM, ENC_IS_RM16 = 0, ENC_IS_RM32 = 0, ENC_IS_MR8 = ENC_BYTE_REG, ENC_IS_MR16 = 0,
	ENC_IS_LMR = ENC_LOCK, ENC_IS_LMR8 = ENC_LOCK | ENC_BYTE_REG, ENC_IS_LMR16 = ENC_LOCK,
	ENC_IS_M8I8 = ENC_BYTE_RM, ENC_IS_M16I16 = 0, ENC_IS_M = 0, ENC_IS_MCL = 0, ENC_IS_M8 = ENC_BYTE_RM, ENC_IS_M64 = 0,
	ENC_IS_BV = 0, ENC_IS_BI8 = 0, ENC_IS_ZO = 0, ENC_IS_ZOW = 0, ENC_IS_O64 = 0, ENC_IS_OI32 = 0, ENC_IS_OI64 = 0, ENC_IS_J8 = 0, ENC_IS_J32 = 0,
	ENC_IS_JCC8 = 0, ENC_IS_JCC32 = 0, ENC_IS_X3 = 0, ENC_IS_X3I = 0, ENC_IS_X2 = 0, ENC_IS_X2I = 0, ENC_IS_X2H = 0, ENC_IS_XS = 0, ENC_IS_LD = 0,
	ENC_IS_ST = 0, ENC_IS_STR = 0, ENC_IS_XR = 0, ENC_IS_XR3 = 0, ENC_IS_RX = 0, ENC_IS_RXM = 0, ENC_IS_RX32 = 0, ENC_IS_RX32I = 0, ENC_IS_INS = 0, ENC_IS_INSW = 0,
	ENC_IS_EXT = 0, ENC_IS_EXTW = 0, ENC_IS_V2 = 0, ENC_IS_V3W = 0, ENC_IS_V4 = 0
};
enum enc {
#define ENC(id, form, text, prefix, map, opcode, ext) \
	ENC_##id = (opcode) | ENC_MAP_##map << 8 | ENC_PREFIX_##prefix << 10 | (ext) << 12 | ENC_IS_##form,
#include "jit/x64/enc.def"
};

static inline unsigned enc_ext(enum enc e) { return (unsigned)e >> 12 & 7; }

static inline uint8_t *enc_begin(const struct masm *m) { return m->code + m->at; }
static inline void enc_end(struct masm *m, const uint8_t *p) { m->at = (uint32_t)(p - m->code); }

static inline uint8_t *enc_imm8(uint8_t *p, int32_t v) { *p = (uint8_t)v; return p + 1; }
static inline uint8_t *enc_imm16(uint8_t *p, int32_t v) { uint16_t h = (uint16_t)v; memcpy(p, &h, 2); return p + 2; }
static inline uint8_t *enc_imm32(uint8_t *p, int32_t v) { memcpy(p, &v, 4); return p + 4; }
static inline uint8_t *enc_imm64(uint8_t *p, uint64_t v) { memcpy(p, &v, 8); return p + 8; }

/* ---- prefixes and opcode ------------------------------------------------------------------------ */

static inline uint8_t *enc_legacy(uint8_t *p, enum enc e, unsigned w, unsigned r, unsigned x, unsigned b, bool rex)
{
	static const uint8_t prefixes[] = { 0, 0x66, 0xf3, 0xf2 };
	unsigned bits = w << 3 | r >> 3 << 2 | x >> 3 << 1 | b >> 3, map = (unsigned)e >> 8 & 3, prefix = (unsigned)e >> 10 & 3;

	if (prefix)
		*p++ = prefixes[prefix];
	if (e & ENC_LOCK)
		*p++ = 0xf0;
	if (bits || rex)
		*p++ = (uint8_t)(0x40 | bits);
	if (map != ENC_MAP_M0)
		*p++ = 0x0f;
	if (map >= ENC_MAP_M0F38)
		*p++ = map == ENC_MAP_M0F38 ? 0x38 : 0x3a;
	*p++ = (uint8_t)e;
	return p;
}

static inline uint8_t *enc_vex(uint8_t *p, enum enc e, unsigned w, unsigned r, unsigned x, unsigned b, unsigned v)
{
	unsigned map = (unsigned)e >> 8 & 3, prefix = (unsigned)e >> 10 & 3, tail = (~v & 15) << 3 | (prefix == 0 ? 0 : prefix);

	if (!w && x < 8 && b < 8 && map == ENC_MAP_M0F) {
		*p++ = 0xc5;
		*p++ = (uint8_t)((~r >> 3 & 1) << 7 | tail);
	} else {
		*p++ = 0xc4;
		*p++ = (uint8_t)((~r >> 3 & 1) << 7 | (~x >> 3 & 1) << 6 | (~b >> 3 & 1) << 5 | map);
		*p++ = (uint8_t)(w << 7 | tail);
	}
	*p++ = (uint8_t)e;
	return p;
}

/* ---- operands ----------------------------------------------------------------------------------- */

static inline uint8_t *enc_modrm(uint8_t *p, unsigned r, unsigned rm)
{
	*p = (uint8_t)(0xc0 | (r & 7) << 3 | (rm & 7));
	return p + 1;
}

static inline uint8_t *enc_modrm_mem(uint8_t *p, unsigned r, struct x64_mem a)
{
	unsigned reg_field = (r & 7) << 3, mode;

	if (a.base == RIP) {
		*p++ = (uint8_t)(reg_field | 5);
		return enc_imm32(p, a.disp);
	}
	if (a.base == NO_REG) {
		*p++ = (uint8_t)(reg_field | 4);
		*p++ = (uint8_t)(a.shift << 6 | (a.index == NO_REG ? 4 : a.index & 7) << 3 | 5);
		return enc_imm32(p, a.disp);
	}
	mode = !a.disp && (a.base & 7) != RBP ? 0 : a.disp == (int8_t)a.disp ? 1 : 2;
	if (a.index == NO_REG && (a.base & 7) != RSP)
		*p++ = (uint8_t)(mode << 6 | reg_field | (a.base & 7));
	else {
		*p++ = (uint8_t)(mode << 6 | reg_field | 4);
		*p++ = (uint8_t)(a.shift << 6 | (a.index == NO_REG ? 4 : a.index & 7) << 3 | (a.base & 7));
	}
	return mode == 0 ? p : mode == 1 ? enc_imm8(p, a.disp) : enc_imm32(p, a.disp);
}

static inline unsigned enc_base(struct x64_mem a) { return a.base >= RIP ? 0 : a.base; }
static inline unsigned enc_index(struct x64_mem a) { return a.index == NO_REG ? 0 : a.index; }

/* sil, dil and so on can only be named with a REX prefix. */
static inline bool enc_needs_rex(enum enc e, unsigned r, unsigned rm)
{
	return (e & ENC_BYTE_REG && r >= 4) || (e & ENC_BYTE_RM && rm >= 4);
}

static inline uint8_t *enc_put_rr(uint8_t *p, enum enc e, unsigned w, unsigned r, unsigned rm)
{
	return enc_modrm(enc_legacy(p, e, w, r, 0, rm, enc_needs_rex(e, r, rm)), r, rm);
}

static inline uint8_t *enc_put_rm(uint8_t *p, enum enc e, unsigned w, unsigned r, struct x64_mem a)
{
	return enc_modrm_mem(enc_legacy(p, e, w, r, enc_index(a), enc_base(a), enc_needs_rex(e, r, 0)), r, a);
}

/* ---- instructions: a register field, and a register or memory ----------------------------------------- */

/* Of MR rows the register field comes second in the text; the functions always take it first. */
static inline void enc_rr(struct masm *m, enum enc e, unsigned w, unsigned r, unsigned rm)
{
	enc_end(m, enc_put_rr(enc_begin(m), e, w, r, rm));
}

static inline void enc_rm(struct masm *m, enum enc e, unsigned w, unsigned r, struct x64_mem a)
{
	enc_end(m, enc_put_rm(enc_begin(m), e, w, r, a));
}

static inline void enc_rr8(struct masm *m, enum enc e, unsigned w, unsigned r, unsigned rm, int32_t k)
{
	enc_end(m, enc_imm8(enc_put_rr(enc_begin(m), e, w, r, rm), k));
}

static inline void enc_rr32(struct masm *m, enum enc e, unsigned w, unsigned r, unsigned rm, int32_t k)
{
	enc_end(m, enc_imm32(enc_put_rr(enc_begin(m), e, w, r, rm), k));
}

static inline void enc_rm8(struct masm *m, enum enc e, unsigned w, unsigned r, struct x64_mem a, int32_t k)
{
	enc_end(m, enc_imm8(enc_put_rm(enc_begin(m), e, w, r, a), k));
}

static inline void enc_rm16(struct masm *m, enum enc e, unsigned w, unsigned r, struct x64_mem a, int32_t k)
{
	enc_end(m, enc_imm16(enc_put_rm(enc_begin(m), e, w, r, a), k));
}

static inline void enc_rm32(struct masm *m, enum enc e, unsigned w, unsigned r, struct x64_mem a, int32_t k)
{
	enc_end(m, enc_imm32(enc_put_rm(enc_begin(m), e, w, r, a), k));
}

/* With an opcode extension for the register field. */
static inline void enc_r(struct masm *m, enum enc e, unsigned w, unsigned rm) { enc_rr(m, e, w, enc_ext(e), rm); }
static inline void enc_m(struct masm *m, enum enc e, unsigned w, struct x64_mem a) { enc_rm(m, e, w, enc_ext(e), a); }
static inline void enc_ri8(struct masm *m, enum enc e, unsigned w, unsigned rm, int32_t k) { enc_rr8(m, e, w, enc_ext(e), rm, k); }
static inline void enc_ri32(struct masm *m, enum enc e, unsigned w, unsigned rm, int32_t k) { enc_rr32(m, e, w, enc_ext(e), rm, k); }
static inline void enc_mi8(struct masm *m, enum enc e, unsigned w, struct x64_mem a, int32_t k) { enc_rm8(m, e, w, enc_ext(e), a, k); }
static inline void enc_mi16(struct masm *m, enum enc e, unsigned w, struct x64_mem a, int32_t k) { enc_rm16(m, e, w, enc_ext(e), a, k); }
static inline void enc_mi32(struct masm *m, enum enc e, unsigned w, struct x64_mem a, int32_t k) { enc_rm32(m, e, w, enc_ext(e), a, k); }

/* No operands. */
static inline void enc_zo(struct masm *m, enum enc e, unsigned w)
{
	enc_end(m, enc_legacy(enc_begin(m), e, w, 0, 0, 0, false));
}

/* ---- VEX: the same with a third operand v (0 where there is none: it is written as 15) ---------------------- */

static inline void enc_vrr(struct masm *m, enum enc e, unsigned w, unsigned r, unsigned v, unsigned rm)
{
	enc_end(m, enc_modrm(enc_vex(enc_begin(m), e, w, r, 0, rm, v), r, rm));
}

static inline void enc_vrm(struct masm *m, enum enc e, unsigned w, unsigned r, unsigned v, struct x64_mem a)
{
	enc_end(m, enc_modrm_mem(enc_vex(enc_begin(m), e, w, r, enc_index(a), enc_base(a), v), r, a));
}

static inline void enc_vrr8(struct masm *m, enum enc e, unsigned w, unsigned r, unsigned v, unsigned rm, int32_t k)
{
	enc_end(m, enc_imm8(enc_modrm(enc_vex(enc_begin(m), e, w, r, 0, rm, v), r, rm), k));
}

static inline void enc_vrm8(struct masm *m, enum enc e, unsigned w, unsigned r, unsigned v, struct x64_mem a, int32_t k)
{
	enc_end(m, enc_imm8(enc_modrm_mem(enc_vex(enc_begin(m), e, w, r, enc_index(a), enc_base(a), v), r, a), k));
}

/* ---- what has the register in the opcode, and relative jumps --------------------------------------------- */

static inline uint8_t *enc_put_o(uint8_t *p, enum enc e, unsigned w, unsigned r)
{
	if (w || r >= 8)
		*p++ = (uint8_t)(0x40 | w << 3 | r >> 3);
	*p++ = (uint8_t)((uint8_t)e | (r & 7));
	return p;
}

static inline void enc_push(struct masm *m, unsigned r) { enc_end(m, enc_put_o(enc_begin(m), ENC_PUSH, 0, r)); }
static inline void enc_pop(struct masm *m, unsigned r) { enc_end(m, enc_put_o(enc_begin(m), ENC_POP, 0, r)); }

static inline void enc_mov_imm32(struct masm *m, unsigned r, uint32_t v)
{
	enc_end(m, enc_imm32(enc_put_o(enc_begin(m), ENC_MOV_I32, 0, r), (int32_t)v));
}

static inline void enc_mov_imm64(struct masm *m, unsigned r, uint64_t v)
{
	enc_end(m, enc_imm64(enc_put_o(enc_begin(m), ENC_MOV_I64, 1, r), v));
}

/* Conditions as they stand in the opcodes of jumps. */
enum cc { CC_O, CC_NO, CC_B, CC_AE, CC_E, CC_NE, CC_BE, CC_A, CC_S, CC_NS, CC_P, CC_NP, CC_L, CC_GE, CC_LE, CC_G };

static inline void enc_jcc8(struct masm *m, enum cc cc, int32_t rel)
{
	enc_end(m, enc_imm8(enc_put_o(enc_begin(m), (enum enc)(ENC_JCC8 | cc), 0, 0), rel));
}

static inline void enc_jcc32(struct masm *m, enum cc cc, int32_t rel)
{
	enc_end(m, enc_imm32(enc_legacy(enc_begin(m), (enum enc)(ENC_JCC32 | cc), 0, 0, 0, 0, false), rel));
}

static inline void enc_jmp8(struct masm *m, int32_t rel)
{
	enc_end(m, enc_imm8(enc_put_o(enc_begin(m), ENC_JMP8, 0, 0), rel));
}

static inline void enc_jmp32(struct masm *m, int32_t rel)
{
	enc_end(m, enc_imm32(enc_put_o(enc_begin(m), ENC_JMP32, 0, 0), rel));
}

#endif
