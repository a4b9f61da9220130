/*
 * What an instruction of compiled code has to do with: slots by their names, fields of the context, functions of the engine.
 * Read from the text of the instruction, so it is the same for both machines.
 */
#ifndef JIT_ASM_NOTE_H
#define JIT_ASM_NOTE_H

struct buf;
struct listing;

/* "r0:n", "ctx.leave", "native_interp"; nothing when there is nothing to say. */
void asm_note(const struct listing *l, const char *text, struct buf *out);

/* The name of a C function that compiled code calls; NULL: it is not known. */
const char *asm_helper_name(const void *function);

#endif
