/* A tail call that must be one: what handlers end in. gcc has no such promise; make check-interp looks at its code. */
#ifndef ENGINE_REGIR_TAIL_H
#define ENGINE_REGIR_TAIL_H

#ifdef __clang__
#define TAIL __attribute__((musttail))
#else
#define TAIL
#endif

/* An output of an asm statement in the kind of register that float arguments are in. */
#if defined(__x86_64__)
#define FLOAT_REGISTER(v) "=x"(v)
#else
#define FLOAT_REGISTER(v) "=w"(v)
#endif

typedef uint16_t __attribute__((aligned(1), may_alias)) u16_unaligned;
typedef int16_t __attribute__((aligned(1), may_alias)) s16_unaligned;
typedef uint32_t __attribute__((aligned(1), may_alias)) u32_unaligned;
typedef int32_t __attribute__((aligned(1), may_alias)) s32_unaligned;
typedef uint64_t __attribute__((aligned(1), may_alias)) u64_unaligned;
typedef double __attribute__((aligned(1), may_alias)) f64_unaligned;
typedef uint8_t u8_unaligned;
typedef int8_t s8_unaligned;

#endif
