/*
 * Text of arm64 instructions, made from the rows of enc.def: for dumps of our own code on any host. It knows what masm.inc
 * makes and nothing else, and writes it as GNU objdump does.
 */
#ifndef JIT_A64_DISASM_H
#define JIT_A64_DISASM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct a64_row {
	const char *name;
	uint32_t mask, value;
	const char *text;       /* as enc.def explains */
};
extern const struct a64_row a64_rows[];
extern const unsigned a64_row_count;

/* The instruction WORD at address AT. False: none of ours; the text is ".inst 0x…". */
bool a64_disasm(uint32_t word, uint64_t at, char *text, size_t size);
/* Its row; NULL: none of ours. */
const struct a64_row *a64_row_of(uint32_t word);

#endif
