/*
 * Guarded memory accesses. The address may lie anywhere in the reservation of the memory; outside of the memory the access
 * faults and goes on at the label `fault` (fault.h). One instruction each: what it was about to write is then unwritten.
 */
#ifndef ENGINE_REGIR_ACCESS_H
#define ENGINE_REGIR_ACCESS_H

#include "engine/fault.h"

#if defined(__x86_64__)
#define GUARDED_LOAD(insn, reg, v, base, ea) \
	__asm__ goto volatile("1: " insn " (%[b],%[e]), %" reg "[r]\n\t" FAULT_EXTABLE("1b", "%l[fault]") \
		: [r] "=r"(v) : [b] "r"(base), [e] "r"(ea) : : fault)
#define GUARDED_STORE(insn, reg, v, base, ea) \
	__asm__ goto volatile("1: " insn " %" reg "[r], (%[b],%[e])\n\t" FAULT_EXTABLE("1b", "%l[fault]") \
		: : [r] "r"(v), [b] "r"(base), [e] "r"(ea) : "memory" : fault)
#define GUARDED_LOAD_f64_f64(v, base, ea) \
	__asm__ goto volatile("1: movsd (%[b],%[e]), %[r]\n\t" FAULT_EXTABLE("1b", "%l[fault]") \
		: [r] "=x"(v) : [b] "r"(base), [e] "r"(ea) : : fault)
#define GUARDED_STORE_f64(v, base, ea) \
	__asm__ goto volatile("1: movsd %[r], (%[b],%[e])\n\t" FAULT_EXTABLE("1b", "%l[fault]") \
		: : [r] "x"(v), [b] "r"(base), [e] "r"(ea) : "memory" : fault)
#define GUARDED_LOAD_u32_u8(v, b, e)  GUARDED_LOAD("movzbl", "k", v, b, e)
#define GUARDED_LOAD_u32_s8(v, b, e)  GUARDED_LOAD("movsbl", "k", v, b, e)
#define GUARDED_LOAD_u32_u16(v, b, e) GUARDED_LOAD("movzwl", "k", v, b, e)
#define GUARDED_LOAD_u32_s16(v, b, e) GUARDED_LOAD("movswl", "k", v, b, e)
#define GUARDED_LOAD_u32_u32(v, b, e) GUARDED_LOAD("movl", "k", v, b, e)
#define GUARDED_LOAD_u64_u8(v, b, e)  GUARDED_LOAD("movzbl", "k", v, b, e)
#define GUARDED_LOAD_u64_s8(v, b, e)  GUARDED_LOAD("movsbq", "q", v, b, e)
#define GUARDED_LOAD_u64_u16(v, b, e) GUARDED_LOAD("movzwl", "k", v, b, e)
#define GUARDED_LOAD_u64_s16(v, b, e) GUARDED_LOAD("movswq", "q", v, b, e)
#define GUARDED_LOAD_u64_u32(v, b, e) GUARDED_LOAD("movl", "k", v, b, e)
#define GUARDED_LOAD_u64_s32(v, b, e) GUARDED_LOAD("movslq", "q", v, b, e)
#define GUARDED_LOAD_u64_u64(v, b, e) GUARDED_LOAD("movq", "q", v, b, e)
#define GUARDED_STORE_u8(v, b, e)     GUARDED_STORE("movb", "b", v, b, e)
#define GUARDED_STORE_u16(v, b, e)    GUARDED_STORE("movw", "w", v, b, e)
#define GUARDED_STORE_u32(v, b, e)    GUARDED_STORE("movl", "k", v, b, e)
#define GUARDED_STORE_u64(v, b, e)    GUARDED_STORE("movq", "q", v, b, e)
#elif defined(__aarch64__)
#define GUARDED_LOAD(insn, reg, v, base, ea) \
	__asm__ goto volatile("1: " insn " %" reg "[r], [%[b], %[e]]\n\t" FAULT_EXTABLE("1b", "%l[fault]") \
		: [r] "=r"(v) : [b] "r"(base), [e] "r"(ea) : : fault)
#define GUARDED_STORE(insn, reg, v, base, ea) \
	__asm__ goto volatile("1: " insn " %" reg "[r], [%[b], %[e]]\n\t" FAULT_EXTABLE("1b", "%l[fault]") \
		: : [r] "r"(v), [b] "r"(base), [e] "r"(ea) : "memory" : fault)
#define GUARDED_LOAD_f64_f64(v, base, ea) \
	__asm__ goto volatile("1: ldr %d[r], [%[b], %[e]]\n\t" FAULT_EXTABLE("1b", "%l[fault]") \
		: [r] "=w"(v) : [b] "r"(base), [e] "r"(ea) : : fault)
#define GUARDED_STORE_f64(v, base, ea) \
	__asm__ goto volatile("1: str %d[r], [%[b], %[e]]\n\t" FAULT_EXTABLE("1b", "%l[fault]") \
		: : [r] "w"(v), [b] "r"(base), [e] "r"(ea) : "memory" : fault)
#define GUARDED_LOAD_u32_u8(v, b, e)  GUARDED_LOAD("ldrb", "w", v, b, e)
#define GUARDED_LOAD_u32_s8(v, b, e)  GUARDED_LOAD("ldrsb", "w", v, b, e)
#define GUARDED_LOAD_u32_u16(v, b, e) GUARDED_LOAD("ldrh", "w", v, b, e)
#define GUARDED_LOAD_u32_s16(v, b, e) GUARDED_LOAD("ldrsh", "w", v, b, e)
#define GUARDED_LOAD_u32_u32(v, b, e) GUARDED_LOAD("ldr", "w", v, b, e)
#define GUARDED_LOAD_u64_u8(v, b, e)  GUARDED_LOAD("ldrb", "w", v, b, e)
#define GUARDED_LOAD_u64_s8(v, b, e)  GUARDED_LOAD("ldrsb", "x", v, b, e)
#define GUARDED_LOAD_u64_u16(v, b, e) GUARDED_LOAD("ldrh", "w", v, b, e)
#define GUARDED_LOAD_u64_s16(v, b, e) GUARDED_LOAD("ldrsh", "x", v, b, e)
#define GUARDED_LOAD_u64_u32(v, b, e) GUARDED_LOAD("ldr", "w", v, b, e)
#define GUARDED_LOAD_u64_s32(v, b, e) GUARDED_LOAD("ldrsw", "x", v, b, e)
#define GUARDED_LOAD_u64_u64(v, b, e) GUARDED_LOAD("ldr", "x", v, b, e)
#define GUARDED_STORE_u8(v, b, e)     GUARDED_STORE("strb", "w", v, b, e)
#define GUARDED_STORE_u16(v, b, e)    GUARDED_STORE("strh", "w", v, b, e)
#define GUARDED_STORE_u32(v, b, e)    GUARDED_STORE("str", "w", v, b, e)
#define GUARDED_STORE_u64(v, b, e)    GUARDED_STORE("str", "x", v, b, e)
#else
#error "guarded accesses are written for x86-64 and arm64"
#endif

#endif
