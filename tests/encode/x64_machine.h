/*
 * Runs macro instructions of x86-64: all registers are loaded from a struct machine, the code runs, they are stored there
 * again. So a test sees what was written and what was left alone.
 *
 *	machine_begin(&m, &state);       prologue; then macro instructions
 *	machine_run(&m, &state);         epilogue; copies the code where it may run, and runs it
 *
 * rbp, r14 and r15 are given by the caller as the frame, the memory and the context of the code; rax and xmm13-15 are masm's.
 */
#ifndef WRENCH_TESTS_ENCODE_X64_MACHINE_H
#define WRENCH_TESTS_ENCODE_X64_MACHINE_H

#include "tests/harness/tap.h"

#if !defined(__x86_64__)

int main(void)
{
	puts("1..0 # SKIP runs code of x86-64");
	return 0;
}

#else

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "jit/masm.h"
#include "jit/x64/masm.inc"
#include "tests/harness/chance.h"

struct machine {
	uint64_t r[16];         /* [RSP] is not used */
	_Alignas(16) uint64_t x[16][2];
};

enum { MACHINE_PAGE = 1 << 16 };

/* Registers that the compiler hands out or uses itself. */
static const reg machine_regs[] = { RBX, R12, R13, RSI, RDI, R8, R9, RCX, RDX, R10, R11 };
enum { MACHINE_REGS = sizeof machine_regs, MACHINE_VREGS = 13 };

static uint8_t *machine_page;
static uint32_t machine_body;           /* where the code under test begins */

static inline bool machine_start(void)
{
	machine_page = mmap(NULL, MACHINE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return machine_page != MAP_FAILED;
}

/* Sets of features that exist on this machine, from everything down to the floor. Returns how many. */
static inline unsigned machine_features(uint32_t sets[4])
{
	static const uint32_t wanted[] = {
		FEATURE_ALL, FEATURE_SSE41, FEATURE_SSE41 | FEATURE_AVX, FEATURE_SSE41 | FEATURE_POPCNT | FEATURE_BMI1 | FEATURE_BMI2
	};

	for (unsigned i = 0; i < 4; i++)
		sets[i] = wanted[i] & x64_features();
	return 4;
}

static uint64_t machine_seed = CHANCE_SEED;

static inline uint64_t machine_random(void) { return chance_next(&machine_seed); }

static inline reg some_reg(void) { return machine_regs[machine_random() % MACHINE_REGS]; }
static inline vreg some_vreg(void) { return (vreg)(machine_random() % MACHINE_VREGS); }

static const reg machine_saved[] = { RBX, RBP, R12, R13, R14, R15, RDI };

static inline void machine_begin(struct masm *m, struct machine *s)
{
	m->at = 0;
	m_room(m);
	for (unsigned i = 0; i < sizeof machine_saved; i++)
		enc_push(m, machine_saved[i]);
	for (unsigned i = 0; i < 16; i++)
		enc_rm(m, ENC_MOVUPS, 0, i, mem_at(RDI, (int32_t)(offsetof(struct machine, x) + 16 * i)));
	m_room(m);
	for (unsigned i = 0; i < 16; i++)
		if (i != RSP && i != RDI)
			enc_rm(m, ENC_MOV_RM, W64, i, mem_at(RDI, (int32_t)(8 * i)));
	enc_rm(m, ENC_MOV_RM, W64, RDI, mem_at(RDI, 8 * RDI));
	m_room(m);
	machine_body = m->at;
}

static inline void machine_run(struct masm *m, struct machine *s)
{
	m_room(m);
	enc_push(m, RDI);
	enc_rm(m, ENC_MOV_RM, W64, RDI, mem_at(RSP, 8));
	for (unsigned i = 0; i < 16; i++)
		if (i != RSP && i != RDI)
			enc_rm(m, ENC_MOV_MR, W64, i, mem_at(RDI, (int32_t)(8 * i)));
	m_room(m);
	for (unsigned i = 0; i < 16; i++)
		enc_rm(m, ENC_MOVUPS_ST, 0, i, mem_at(RDI, (int32_t)(offsetof(struct machine, x) + 16 * i)));
	m_room(m);
	enc_pop(m, RAX);
	enc_rm(m, ENC_MOV_MR, W64, RAX, mem_at(RDI, 8 * RDI));
	for (unsigned i = sizeof machine_saved; i-- > 0; )
		enc_pop(m, machine_saved[i]);
	enc_zo(m, ENC_RET, 0);

	mprotect(machine_page, MACHINE_PAGE, PROT_READ | PROT_WRITE);
	memcpy(machine_page, m->code, m->at);
	mprotect(machine_page, MACHINE_PAGE, PROT_READ | PROT_EXEC);
	void (*code)(struct machine *);
	memcpy(&code, &machine_page, sizeof code);
	code(s);
}

/* Whether everything but general register D and vector register V (either may be NO_REG) is as it was. */
static inline bool machine_kept(const struct machine *before, const struct machine *after, reg d, vreg v)
{
	for (unsigned i = 0; i < 16; i++)
		if (i != RSP && i != OWN && i != d && before->r[i] != after->r[i])
			return false;
	for (unsigned i = 0; i < MACHINE_VREGS; i++)
		if (i != v && memcmp(before->x[i], after->x[i], 16))
			return false;
	return true;
}

/* What went wrong, and the bytes (objdump -D -b binary -m i386:x86-64 reads them from a file). */
static inline void machine_note(const struct masm *m, const char *what)
{
	char text[3 * 200 + 1];
	unsigned n = 0;

	for (uint32_t i = machine_body; i < m->at && i < machine_body + 200; i++)
		n += (unsigned)snprintf(text + n, sizeof text - n, "%02x ", m->code[i]);
	tap_note("%s, features %x: %s", what, m->features, text);
}

#endif

#endif
