/*
 * One machine instruction at a time, in this process: the registers are put into the thread by returning from a signal
 * handler, with the processor's trap flag set; the trap behind the instruction comes back to the same handler, which keeps the
 * registers and puts the caller's own back. So the caller sees a function call, whatever the instruction was.
 *
 *     native_trap_step() ──signal──► handler: r ──► thread ──one instruction──► trap ──► handler: thread ──► r ──► caller
 *
 * SIGTRAP belongs to this file only while an instruction runs. A fault of the instruction goes to whoever handles it
 * (engine/fault.h), on the thread's alternate stack, and the step ends one instruction behind where that lets it go on.
 * Only x86-64 has a flag that user code can set.
 */
#ifndef DEBUGGER_NATIVE_TRAP_H
#define DEBUGGER_NATIVE_TRAP_H

#include <stdbool.h>
#include <stdint.h>

/* Registers as jit/asm_text.h numbers them; the vector ones from 32 there. */
struct native_regs {
	uint64_t g[32], v[32][2];
	uint64_t pc, flags;
};

/* Whether this machine can. */
bool native_trap_can(void);
/* Carry out the instruction at R->PC. Guest code's alternate signal stack must be there (fault_thread). */
void native_trap_step(struct native_regs *r);

#endif
