/*
 * Machine code as text, for both machines on every host: by disassemblers made from the rows of enc.def, which know what our
 * compiler makes and nothing else. tests/encode compares them with GNU as and objdump and with Zydis.
 */
#ifndef JIT_ASM_TEXT_H
#define JIT_ASM_TEXT_H

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

/*
 * The instruction at offset AT of CODE, which ends at SIZE. Targets of branches are shown as offsets in the code (or as
 * addresses, when BASE is where it lies). What our compiler never makes is a ".byte" or ".inst".
 */
void asm_text_line(enum machine m, const uint8_t *code, uint32_t size, uint32_t at, uint64_t base, struct asm_line *out);

#endif
