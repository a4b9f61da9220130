/* Compiled code for people: what dump asm, disassemble, map, jit print and the asm pane share. */
#ifndef REPL_COMMAND_JIT_TEXT_H
#define REPL_COMMAND_JIT_TEXT_H

#include "jit/listing.h"
#include "repl/command/debug.h"

/* The listing of the function that argument "function" names, else of the selected frame's. */
bool jit_listing(struct session *s, const struct args *a, enum machine m, struct listing *l, struct err *e);

/* Compiled code of a function in the module's instance, of whatever kind of body; NULL: it is interpreted. */
const struct native_code *jit_native(struct session *s, const struct module *m, uint32_t func);

/* The line above part I: the cell with its Wasm instruction, or what the code out of line is for. Without newline. */
void jit_text_head(const struct listing *l, size_t i, struct buf *out);
/* "    0x0034  89d8             mov eax, ebx           ; r0:n", without newline. */
void jit_text_line(const struct listing *l, const struct asm_line *line, struct buf *out);

/* The members "bytes" and "text" of a line; "regir" and "part" of what it belongs to. */
void jit_text_members(const struct listing *l, const struct asm_line *line, struct result *r, struct node *out);
void jit_text_part_members(const struct listing *l, const struct listed_part *p, struct result *r, struct node *out);

/* The whole, with newlines. */
void jit_text_dump(const struct listing *l, struct buf *out);
/* The same for a function on this machine. */
bool jit_text_func(struct session *s, const struct module *m, uint32_t func, struct buf *out, struct err *e);

/* jit print: TEXT compiled for both machines. */
bool jit_line_print(struct session *s, struct str text, struct result *r, struct err *e);

#endif
