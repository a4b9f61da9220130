/*
 * What the baseline compiler says to a machine.
 *
 * jit/base/ compiles register IR once for all machines: it is included by jit/x64/compile.c and jit/a64/compile.c behind
 * the machine's own masm.inc, which defines the functions below as `static inline`, in this order and under these names.
 * A macro instruction does exactly what its line says, with any registers: where a machine has two operands or fixed
 * registers, its masm.inc moves values itself, through its own scratch registers, which are never among those that the
 * compiler hands out. Encoders (enc.h) never decide anything; only masm.inc calls them.
 *
 * Registers. `reg` names a general register, `vreg` a vector register (floats and v128). A general register that holds an
 * i32 always holds it zero-extended to 64 bits; every macro instruction with W32 leaves it so. A vector register that
 * holds an f32 or f64 has zeros above it. FP (slots), CTX (struct ctx) and MEM (base of memory 0) are fixed.
 */
#ifndef JIT_MASM_H
#define JIT_MASM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/regir/regir.h"

typedef uint8_t reg;
typedef uint8_t vreg;
enum { NO_REG = 0xff };

/* Width of an integer operation, or of a float. */
enum width { W32, W64 };

enum alu { ALU_ADD, ALU_SUB, ALU_AND, ALU_OR, ALU_XOR, ALU_MUL, ALU_COUNT };
enum shift { SHIFT_SHL, SHIFT_SHR_S, SHIFT_SHR_U, SHIFT_ROTL, SHIFT_ROTR, SHIFT_COUNT };
enum unary { UN_CLZ, UN_CTZ, UN_POPCNT, UN_EXT8, UN_EXT16, UN_EXT32, UN_COUNT };       /* EXT: sign-extended from */
enum divide { DIV_S, DIV_U, REM_S, REM_U, DIV_COUNT };
/* Integer conditions; cond ^ 1 is the opposite. */
enum cond {
	COND_EQ, COND_NE, COND_LT_S, COND_GE_S, COND_LT_U, COND_GE_U, COND_GT_S, COND_LE_S, COND_GT_U, COND_LE_U, COND_COUNT
};
/* Float conditions, false for NaN but FC_NE; behind FC_NOT their opposites, true for NaN but FC_NOT_NE. */
enum fcond {
	FC_EQ, FC_NE, FC_LT, FC_GT, FC_LE, FC_GE, FC_NOT_EQ, FC_NOT_NE, FC_NOT_LT, FC_NOT_GT, FC_NOT_LE, FC_NOT_GE, FC_COUNT
};
enum fbin { FBIN_ADD, FBIN_SUB, FBIN_MUL, FBIN_DIV, FBIN_MIN, FBIN_MAX, FBIN_COPYSIGN, FBIN_COUNT };
enum fun { FUN_ABS, FUN_NEG, FUN_CEIL, FUN_FLOOR, FUN_TRUNC, FUN_NEAREST, FUN_SQRT, FUN_COUNT };

enum rmw { RMW_ADD, RMW_SUB, RMW_AND, RMW_OR, RMW_XOR, RMW_XCHG, RMW_COUNT };

/* How a value lies in memory. 32 and 64: what it is extended to. */
enum mem_type {
	MEM_U8, MEM_S8_32, MEM_S8_64, MEM_U16, MEM_S16_32, MEM_S16_64, MEM_U32, MEM_S32_64, MEM_U64,   /* general registers */
	MEM_F32, MEM_F64, MEM_V128,                                                                     /* vector registers */
	MEM_COUNT
};

/*
 * An address in guarded memory 0: MEM + offset + (uint32_t)(base + (index << shift) + k). base or index: NO_REG, not there.
 * (Without index and k the base register is used as it is.)
 */
struct address {
	reg base, index;
	uint8_t shift;
	int32_t k;
	uint32_t offset;
};

/* A place in code: bound or not yet. */
struct label {
	int32_t at;             /* offset in code once bound, else -1 */
	int32_t uses;           /* chain of places that refer to it, -1: none; how is the machine's business */
};
#define LABEL_NEW ((struct label){ -1, -1 })

/* Where code is written: plain memory, copied to its final place afterwards. All references inside are relative. */
struct masm {
	uint8_t *code;
	uint32_t at, cap;       /* bytes written; there is room for 256 more bytes before each macro instruction (m_room) */
	bool failed;            /* out of memory, or code too large: what is written no longer matters */
	bool far;               /* branches reach everywhere. Set together with failed: one did not, so compile again with it */
	uint32_t fault_at;      /* offset of the last memory access that may fault */
	uint32_t return_at;     /* offset of the code behind the last m_call_slot or m_call_reg: where the callee returns to */
	uint32_t features;      /* of the machine: FEATURE_… of its masm.inc */
};

/*
 * ---- what masm.inc defines ---------------------------------------------------------------------------------------------
 *
 * Constants:
 *   REGS_STATIC[], NREGS_STATIC      registers the compiler may assign, best first; callee-saved ones (by the C ABI) first
 *   NREGS_SAVED                      how many of those are callee-saved
 *   REGS_TEMP[], NREGS_TEMP          more registers for short-lived values (disjoint from the above); not callee-saved
 *   VREGS_STATIC[], NVREGS_STATIC    vector registers likewise
 *   VREGS_TEMP[], NVREGS_TEMP
 *   SCRATCH, SCRATCH2                two general registers of the compiler's own, destroyed by no macro instruction that
 *                                    does not name them (masm has others for itself)
 *   FP, CTX, MEM                     fixed, callee-saved
 *
 * Storage:
 *   void m_room(struct masm *m)                                     ensure room (grows m->code; sets failed). Where it cannot grow, later
 *                                    ones write over what is there: the first one must have succeeded
 *   void m_bind(struct masm *m, struct label *l)                    the label is here
 *
 * Moves:
 *   void m_mov(m, enum width w, reg d, reg s)                       W32 zero-extends
 *   void m_imm(m, reg d, uint64_t v)
 *   void m_vmov(m, vreg d, vreg s)                                  whole register
 *   void m_fmov_to(m, enum width w, vreg d, reg s)                  bits of a general register, zeros above
 *   void m_fmov_from(m, enum width w, reg d, vreg s)
 *   void m_fimm(m, enum width w, vreg d, uint64_t bits)
 *   void m_slot_load(m, reg d, int32_t at)                          8 bytes from FP + at
 *   void m_slot_store(m, reg s, int32_t at)                         8 bytes
 *   void m_slot_store_imm(m, uint64_t v, int32_t at)                8 bytes
 *   void m_slot_vload(m, enum mem_type t, vreg d, int32_t at)       MEM_F64 (8 bytes, zeros above) or MEM_V128
 *   void m_slot_vstore(m, enum mem_type t, vreg s, int32_t at)
 *   void m_ptr_load(m, enum mem_type t, reg d, reg base, int32_t at)        any general type, no fault expected
 *   void m_ptr_store(m, enum mem_type t, reg s, reg base, int32_t at)
 *   void m_ptr_store_imm(m, enum mem_type t, int32_t v, reg base, int32_t at)
 *   void m_ptr_vload(m, enum mem_type t, vreg d, reg base, int32_t at)
 *   void m_ptr_vstore(m, enum mem_type t, vreg s, reg base, int32_t at)
 *   void m_ptr_load_index(m, reg d, reg base, reg index, unsigned shift)    8 bytes at base + (index << shift), 64-bit
 *
 * Integers (d may be any of the sources):
 *   void m_alu(m, enum alu op, w, reg d, reg a, reg b)
 *   void m_alu_imm(m, enum alu op, w, reg d, reg a, int64_t k)      any k
 *   void m_alu_slot(m, enum alu op, w, reg d, reg a, int32_t at)    second operand in a slot
 *   void m_add3(m, w, reg d, reg base, reg index, unsigned shift, int32_t k)        base + (index << shift) + k; index may be NO_REG
 *   void m_shift(m, enum shift op, w, reg d, reg a, reg by)         modulo the width
 *   void m_shift_imm(m, enum shift op, w, reg d, reg a, unsigned by)
 *   void m_unary(m, enum unary op, w, reg d, reg a)
 *   void m_divide(m, enum divide op, w, reg d, reg a, reg b, struct label *trap)    to `trap` for zero and overflow, with a and b as they were
 *   void m_divide_imm(m, op, w, reg d, reg a, int64_t k)            k is neither 0 nor -1
 *   void m_mul_wide(m, bool sign, reg lo, reg hi, reg a, reg b)     128-bit product of 64-bit operands; lo != hi
 *   void m_carry(m, bool sub, reg lo, reg hi, reg alo, reg ahi, reg blo, reg bhi)   128-bit sum or difference; lo is none of the high sources
 *   void m_set(m, enum cond, w, reg d, reg a, reg b)                d = a cond b ? 1 : 0
 *   void m_set_imm(m, enum cond, w, reg d, reg a, int64_t k)
 *   void m_set_slot(m, enum cond, w, reg d, reg a, int32_t at)
 *   void m_select(m, w, reg d, reg cond, reg a, reg b)              d = (uint32_t)cond ? a : b
 *   void m_fselect(m, vreg d, reg cond, vreg a, vreg b)             whole registers
 *
 * Branches:
 *   void m_jump(m, struct label *l)
 *   void m_branch(m, enum cond, w, reg a, reg b, struct label *l)
 *   void m_branch_imm(m, enum cond, w, reg a, int64_t k, struct label *l)
 *   void m_branch_slot(m, enum cond, w, reg a, int32_t at, struct label *l)
 *   void m_branch_bits(m, enum cond, w, reg a, int32_t k, struct label *l)  a & k compared to 0: COND_EQ or COND_NE
 *   void m_branch_ptr_imm(m, enum cond, enum mem_type t, reg base, int32_t at, int32_t k, struct label *l) t: MEM_U8, MEM_U32 or MEM_U64
 *   void m_branch_ptr(m, enum cond, w, reg a, reg base, int32_t at, struct label *l)        a compared to memory
 *   void m_fbranch(m, enum fcond, w, vreg a, vreg b, struct label *l)
 *   void m_fset(m, enum fcond, w, reg d, vreg a, vreg b)
 *   void m_switch(m, reg index, uint32_t n, struct label *labels)   labels[min((uint32_t)index, n)], n + 1 labels; index survives.
 *                                    The table lies in the code and is filled in when the labels are bound
 *
 * Memory 0, guarded; m->fault_at is set to the one instruction that may fault, before which nothing was changed:
 *   void m_load(m, enum mem_type t, reg d, struct address a)
 *   void m_store(m, enum mem_type t, reg s, struct address a)
 *   void m_store_imm(m, enum mem_type t, int64_t v, struct address a)
 *   void m_vload(m, enum mem_type t, vreg d, struct address a)
 *   void m_vstore(m, enum mem_type t, vreg s, struct address a)
 *   void m_alu_load(m, enum alu op, w, reg d, reg a, struct address x)      second operand from memory
 *   void m_fbin_load(m, enum fbin op, w, vreg d, vreg a, struct address x)
 *
 * Atomic accesses, sequentially consistent, of types MEM_U8, MEM_U16, MEM_U32 and MEM_U64 at the address in `at`, which is aligned;
 * m->fault_at as above. SCRATCH2 is destroyed and no operand:
 *   void m_atomic_load(m, enum mem_type t, reg d, reg at)
 *   void m_atomic_store(m, enum mem_type t, reg s, reg at)
 *   void m_atomic_rmw(m, enum rmw op, enum mem_type t, reg d, reg s, reg at)                d: what was there before
 *   void m_atomic_cmpxchg(m, enum mem_type t, reg d, reg expected, reg s, reg at)           likewise; `expected` counts as far as t goes
 *   void m_fence(m)
 *
 * Floats. Where the specification leaves a NaN's payload open the result is what num.h gives: of two NaN operands the
 * first one's, quieted, for add and mul and likewise sub and div (x86's own rule with the first operand as destination).
 *   void m_fbin(m, enum fbin op, w, vreg d, vreg a, vreg b)         min, max and copysign as Wasm wants them
 *   void m_fun(m, enum fun op, w, vreg d, vreg a)
 *   void m_convert(m, enum regir op, reg or vreg d, reg or vreg s, struct label *trap)
 *                                    every conversion of num.def by its R_ name, from I32_TRUNC_F32_S to F64_PROMOTE_F32 and the
 *                                    eight TRUNC_SAT; trapping ones go to `trap` with s as it was
 *
 * Calls:
 *   void m_helper(m, const void *function)                          call a C function; arguments are in place (m_arg…). All registers but
 *                                    the callee-saved ones are destroyed. Result in RESULT (a reg constant: may be SCRATCH)
 *   void m_arg(m, unsigned i, reg s)                                argument i (0..5) from s; call in ascending order; s is none of
 *   void m_arg_imm(m, unsigned i, uint64_t v)                       the earlier argument registers (never callee-saved ones)
 *   void m_arg_slot_address(m, unsigned i, int32_t at)              FP + at
 *   The rest of calls (m_call_slot, m_return …) is in "the frame protocol" of docs/jit.md.
 *
 * Vectors:
 *   bool m_simd2(m, enum regir op, vreg d, vreg a)                  one vector operand; false: this machine has no short form
 *   bool m_simd3(m, enum regir op, vreg d, vreg a, vreg b)
 *   bool m_simd4(m, enum regir op, vreg d, vreg a, vreg b, vreg c)
 *   bool m_simd_shift(m, enum regir op, vreg d, vreg a, reg by)     modulo the lane's width is done here
 *   bool m_simd_splat(m, enum regir op, vreg d, reg s)              general operand, also for floats (their bits)
 *   bool m_simd_extract(m, enum regir op, reg d, vreg a, unsigned lane)     floats as bits, i32 zero-extended
 *   bool m_simd_replace(m, enum regir op, vreg d, vreg a, reg s, unsigned lane)
 *   bool m_simd_test(m, enum regir op, reg d, vreg a)               any_true, all_true, bitmask
 *   bool m_simd_shuffle(m, vreg d, vreg a, vreg b, const uint8_t lanes[16])
 *   void m_vconst(m, vreg d, const uint64_t bits[2])
 *   bool m_simd_load(m, enum regir op, vreg d, struct address a)    v128.load8x8_s … load64_splat, load32_zero, load64_zero
 */

#endif
