/*
 * Text of x86-64 instructions, made from the rows of enc.def: for dumps of our own code on any host. It knows what masm.inc
 * makes and nothing else, and writes Intel syntax as GNU as reads it.
 */
#ifndef JIT_X64_DISASM_H
#define JIT_X64_DISASM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum x64_rm { RM_REG, RM_MEMORY, RM_ANY };

struct x64_form {
	const char *operands;   /* as disasm.c explains */
	uint8_t vex;            /* 0: none, 1: a VEX form too, 2: that alone */
	bool widths;            /* REX.W or VEX.W says which width; else it is 0 (RM32: 1) */
	bool ext;               /* the reg field is part of the opcode */
	uint8_t rm;             /* which of both r/m may be */
};

struct x64_row {
	const char *name;
	struct x64_form form;
	const char *text;
	uint8_t prefix, map, opcode, ext;
};
extern const struct x64_row x64_rows[];
extern const unsigned x64_row_count;

/* The instruction that begins at CODE, whose address is AT. Its length; none of ours: 1, and the text is ".byte 0x…". */
unsigned x64_disasm(const uint8_t *code, size_t size, uint64_t at, char *text, size_t text_size);

#endif
