/* Machine code as text. */
#include "jit/asm_text.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "jit/a64/disasm.h"
#include "jit/x64/disasm.h"

/* ---- machines ------------------------------------------------------------------------------------- */

const char *machine_name(enum machine m)
{
	return m == MACHINE_X64 ? "x86-64" : "arm64";
}

const char *machine_register(enum machine m, unsigned r)
{
	static const char x64[48][6] = {
		"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
		[32] = "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",
		"xmm13", "xmm14", "xmm15",
	};
	static const char a64[64][4] = {
		"x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16",
		"x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29", "x30", "sp",
		"v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15", "v16",
		"v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31",
	};

	if (m == MACHINE_X64)
		return r < 48 ? x64[r] : "";
	return r < 64 ? a64[r] : "";
}

/* ---- text ----------------------------------------------------------------------------------------- */

/* Bytes of the general register that N characters name; 0: none of 4 or 8. */
static unsigned register_bytes(const char *name, size_t n)
{
	if (n > 2 && name[0] == 'e')
		return 4;
	if (n < 2 || name[0] != 'r')
		return 0;
	if (!isdigit((unsigned char)name[1]))
		return 8;
	return name[n - 1] == 'd' ? 4 : isdigit((unsigned char)name[n - 1]) ? 8 : 0;
}

/* "qword ptr " and "dword ptr " go where a register of that width stands beside them. */
static void drop_width(char *text)
{
	char *word = strstr(text, "word ptr "), *comma = strchr(text, ',');

	if (!word || word == text || !comma || !strchr("dq", word[-1]))
		return;
	const char *other = word > comma ? strchr(text, ' ') + 1 : comma + 2;
	if (register_bytes(other, strcspn(other, ", ")) == (word[-1] == 'q' ? 8 : 4))
		memmove(word - 1, word + 9, strlen(word + 9) + 1);
}

static void a64_line(const uint8_t *code, uint32_t left, uint64_t address, struct asm_line *out)
{
	uint32_t word = 0;

	out->n = left < 4 ? left : 4;
	memcpy(&word, code, out->n);
	a64_disasm(word, address, out->text, sizeof out->text);
}

void asm_text_line(enum machine m, const uint8_t *code, uint32_t size, uint32_t at, uint64_t base, struct asm_line *out)
{
	out->at = at;
	if (m == MACHINE_A64) {
		a64_line(code + at, size - at, base + at, out);
	} else {
		out->n = x64_disasm(code + at, size - at, base + at, out->text, sizeof out->text);
		drop_width(out->text);
	}
}
