/* Machine code as text. */
#include "jit/asm_text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jit/a64/disasm.h"

/* A program linked statically (for other machines) cannot load libraries. */
#if defined __has_include && !defined LINKED_STATIC
#if __has_include(<Zydis/Zydis.h>)
#define WITH_ZYDIS
#endif
#endif

#ifdef WITH_ZYDIS
#include <Zydis/Zydis.h>
#include <dlfcn.h>

typedef ZyanStatus disassemble_fn(ZydisMachineMode mode, ZyanU64 address, const void *bytes, ZyanUSize n,
	ZydisDisassembledInstruction *out);
#endif

struct asm_text {
	enum machine machine;
#ifdef WITH_ZYDIS
	void *library;
	disassemble_fn *disassemble;    /* NULL: there is no Zydis */
#endif
};

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

struct asm_text *asm_text_open(enum machine m)
{
	struct asm_text *t = calloc(1, sizeof *t);

	if (!t)
		return NULL;
	t->machine = m;
#ifdef WITH_ZYDIS
	static const char *const names[] = { "libZydis.so.4.0", "libZydis.so.4", "libZydis.so", "libZydis.dylib" };
	for (unsigned i = 0; m == MACHINE_X64 && !t->library && i < sizeof names / sizeof *names; i++)
		t->library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	if (t->library)
		t->disassemble = (disassemble_fn *)dlsym(t->library, "ZydisDisassembleIntel");
#endif
	return t;
}

void asm_text_close(struct asm_text *t)
{
#ifdef WITH_ZYDIS
	if (t && t->library)
		dlclose(t->library);
#endif
	free(t);
}

bool asm_text_decodes(const struct asm_text *t)
{
#ifdef WITH_ZYDIS
	return t->machine == MACHINE_A64 || t->disassemble;
#else
	return t->machine == MACHINE_A64;
#endif
}

static void bytes_line(const uint8_t *code, uint32_t n, struct asm_line *out)
{
	size_t used = (size_t)snprintf(out->text, sizeof out->text, ".byte");

	out->n = n;
	for (uint32_t i = 0; i < n; i++)
		used += (size_t)snprintf(out->text + used, sizeof out->text - used, "%s0x%02x", i ? ", " : " ", code[i]);
}

static void a64_line(const uint8_t *code, uint32_t left, uint64_t address, struct asm_line *out)
{
	uint32_t word;

	if (left < 4) {
		bytes_line(code, left, out);
		return;
	}
	memcpy(&word, code, 4);
	out->n = 4;
	a64_disasm(word, address, out->text, sizeof out->text);
}

#ifdef WITH_ZYDIS
/* "0x00000000000000BC" is written as 0xbc. */
static void plain_numbers(const char *from, char *to, size_t size)
{
	size_t n = 0;

	while (*from && n + 1 < size) {
		bool number = from[0] == '0' && from[1] == 'x' && isxdigit((unsigned char)from[2]);
		if (!number) {
			to[n++] = *from++;
			continue;
		}
		from += 2;
		while (from[0] == '0' && isxdigit((unsigned char)from[1]))
			from++;
		size_t digits = strspn(from, "0123456789abcdefABCDEF");
		n += (size_t)snprintf(to + n, size - n, "0x%.*s", (int)digits, from);
		for (size_t i = n < digits ? 0 : n - digits; i < n && i < size; i++)
			to[i] = (char)tolower((unsigned char)to[i]);
		from += digits;
	}
	to[n < size ? n : size - 1] = '\0';
}
#endif

static void x64_line(const struct asm_text *t, const uint8_t *code, uint32_t left, uint64_t address, struct asm_line *out)
{
#ifdef WITH_ZYDIS
	ZydisDisassembledInstruction in;

	if (t->disassemble) {
		if (ZYAN_SUCCESS(t->disassemble(ZYDIS_MACHINE_MODE_LONG_64, address, code, left, &in))) {
			out->n = in.info.length;
			plain_numbers(in.text, out->text, sizeof out->text);
		} else {
			bytes_line(code, 1, out);
		}
		return;
	}
#endif
	bytes_line(code, left < 8 ? left : 8, out);
}

void asm_text_line(const struct asm_text *t, const uint8_t *code, uint32_t size, uint32_t at, uint64_t base,
	struct asm_line *out)
{
	out->at = at;
	if (t->machine == MACHINE_A64)
		a64_line(code + at, size - at, base + at, out);
	else
		x64_line(t, code + at, size - at, base + at, out);
}
