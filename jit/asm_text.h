/*
 * Machine code as text, for both machines on every host: arm64 by jit/a64/disasm.h, x86-64 by Zydis, which is loaded when
 * it is first wanted. Where there is no Zydis the lines of x86-64 are their bytes.
 */
#ifndef JIT_ASM_TEXT_H
#define JIT_ASM_TEXT_H

#include <stdbool.h>
#include <stdint.h>

enum machine { MACHINE_X64, MACHINE_A64, MACHINES };

#if defined __aarch64__
#define MACHINE_HOST MACHINE_A64
#else
#define MACHINE_HOST MACHINE_X64
#endif

/* "x86-64", "arm64". */
const char *machine_name(enum machine m);
/* A register as the compiler numbers them: general ones from 0, vector ones from 32. "rbx", "x22", "xmm1", "v16". */
const char *machine_register(enum machine m, unsigned r);

struct asm_line {
	uint32_t at, n;         /* its bytes: offset in the code, how many */
	char text[96];
};

struct asm_text;

/* NULL: out of memory. */
struct asm_text *asm_text_open(enum machine m);
void asm_text_close(struct asm_text *t);
/* False: lines are only bytes. */
bool asm_text_decodes(const struct asm_text *t);
/*
 * The instruction at offset AT of CODE, which ends at SIZE. Targets of branches are shown as offsets in the code (or as
 * addresses, when BASE is where it lies). What is none is one ".byte" or ".inst".
 */
void asm_text_line(const struct asm_text *t, const uint8_t *code, uint32_t size, uint32_t at, uint64_t base,
	struct asm_line *out);

#endif
