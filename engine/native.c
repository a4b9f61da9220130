/*
 * The few instructions between handlers and compiled code (docs/jit.md): text for the assembler, one file for each machine. The
 * statement stands in a function that nobody calls, because only there offsets of fields can be given to it.
 */
#include "engine/native.h"

#include <stddef.h>

#include "engine/ctx.h"
#include "engine/regir/interp.h"
#include "engine/tier.h"

#if defined(__x86_64__)
#include "engine/native_x64.S.inc"
#elif defined(__aarch64__)
#include "engine/native_a64.S.inc"
#else
#error "engine/native_MACHINE.S.inc is wanted for this machine"
#endif

/* What stands in a cell behind its op; native_off finds the body there. */
_Static_assert(offsetof(struct cell, imm) == 8, "the pieces know where a cell's imm is");
_Static_assert(offsetof(struct native_entry, body) == 16, "the pieces know where an entry's body is");
_Static_assert(sizeof(struct cell) == 16, "behind N[0] lies N[1]");

#define GLOBAL(name) "\t.globl " name "\n\t.hidden " name "\n\t.type " name ", %%function\n"

static __attribute__((used, noinline)) void native_pieces(void)
{
	__asm__ volatile(
		"\t.pushsection .text.native,\"ax\",%%progbits\n\t.balign 16\n"
		GLOBAL("native_enter") GLOBAL("native_off") GLOBAL("native_by_entry") GLOBAL("native_across")
		GLOBAL("native_return_slow") GLOBAL("native_interp") GLOBAL("native_exit") GLOBAL("native_refused") GLOBAL("h_NATIVE")
		GLOBAL("h_NATIVE_RETURN") GLOBAL("h_NATIVE_GO")
		NATIVE_PIECES
		"\t.popsection\n"
		: : [at_handler] "i"(offsetof(struct native_start, handler)), [at_pc] "i"(offsetof(struct native_start, pc)),
		[at_fp] "i"(offsetof(struct native_start, fp)), [at_ctx] "i"(offsetof(struct native_start, c)),
		[at_acc] "i"(offsetof(struct native_start, acc)), [at_p] "i"(offsetof(struct native_start, p)),
		[at_q] "i"(offsetof(struct native_start, q)), [at_facc] "i"(offsetof(struct native_start, facc)),
		[sp] "i"(offsetof(struct ctx, native_sp)), [drop] "i"(offsetof(struct ctx, native_drop)),
		[mem0] "i"(offsetof(struct ctx, mem0)), [leave] "i"(offsetof(struct ctx, leave)),
		[enter_limit] "i"(offsetof(struct ctx, enter_limit)), [enter_usual] "i"(offsetof(struct ctx, enter_usual)), [pc] "i"(offsetof(struct ctx, pc)), [fp] "i"(offsetof(struct ctx, fp)),
		[plain] "i"(offsetof(struct ctx, plain)), [entry] "i"(offsetof(struct func, entry)), [cell_a] "i"(offsetof(struct cell, a)), [exit_leave] "i"(EXIT_LEAVE));
}
