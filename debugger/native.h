/*
 * Standing in compiled code: stepn, info registers.
 *
 * A frame is *moved* into compiled code by hand: at a place where a register-IR instruction begins, the compiler's record says which
 * register holds which slot, so the registers are filled from the frame and the instruction pointer is set. From then on single
 * machine instructions are carried out (native_trap.h). Wherever the next register-IR instruction begins, registers that are newer
 * than their slots are written back and the frame is the interpreter's again, to the bit: all commands that look see it. In
 * between (`between`) they see it as it was before that instruction, except for what it wrote to memory and globals.
 *
 * Nothing but the function's own code and C helpers runs so. Where code goes elsewhere - a call, a return, an exit, a thunk -
 * the frame is put back to where the register-IR instruction began, and the interpreter carries that out: it does so for every exit,
 * so traps, host calls, tail calls and exceptions are what they always are. Then the frame that is innermost is moved again.
 *
 * The code is that of the fast body, as `dump asm` shows it; what it executes is counted here.
 */
#ifndef DEBUGGER_NATIVE_H
#define DEBUGGER_NATIVE_H

#include "debugger/dbg.h"
#include "debugger/native_trap.h"
#include "jit/listing.h"

struct native_stop {
	const struct native_code *code;
	const struct listing *listing;  /* of it */
	uint32_t at;                    /* offset in the code of the instruction that is next */
	size_t part;                    /* of the listing's parts: where that lies */
	bool between;                   /* the frame is as it was before the register-IR instruction that is under way */
	struct native_regs regs;
	char did[200];                  /* what the step was besides a machine instruction: one line; "": nothing */
};

/* Where the selected thread stands in compiled code; NULL: it does not. */
const struct native_stop *native_stop(const struct dbg *d);
/* N machine instructions. False with E (E_UNSUPPORTED): there is no compiled code to go on in; nothing moved. */
bool native_step(struct dbg *d, uint64_t n, enum outcome *how, struct err *e);
/*
 * Out of compiled code; in between of a register-IR instruction that is finished first. The frame is the interpreter's, and the same
 * one. True: the guest moved on.
 */
bool native_leave(struct dbg *d);
/* The context is another one, or its frames are gone. */
void native_drop(struct dbg *d);
void native_free(struct dbg *d);
/* Whether the frame is in between, so that the state is not one that may be kept. */
bool native_between(const struct dbg *d);

#endif
