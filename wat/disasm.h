/*
 * Instructions and bytes, for people: one instruction with a comment in words, a function's listing, annotated bytes,
 * the table of sections, and the graph of a function's basic blocks. Indices stay numbers here; names are comments.
 *
 *     @0x25   #0+0x3   local.get 0        ;; push local 0 (n)
 */
#ifndef WAT_DISASM_H
#define WAT_DISASM_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/imm.h"

struct buf;
struct err;
struct module;

/* "local.get 0        ;; push local 0 (n)", without a newline. FUNC gives the locals their names. */
bool disasm_instr(const struct module *m, uint32_t func, const struct instr *in, struct buf *out);
/* The parts of that: the instruction alone, and the words alone. */
bool disasm_text(const struct module *m, const struct instr *in, struct buf *out);
void disasm_words(const struct module *m, uint32_t func, const struct instr *in, struct buf *out);

/* A cursor on the first instruction of FUNC, behind its locals, up to the end of its body. */
bool disasm_start(const struct module *m, uint32_t func, struct cursor *c, struct err *e);
/* The instruction whose bytes hold OFFSET; false with E: OFFSET is in no instruction of FUNC. */
bool disasm_at(const struct module *m, uint32_t func, uint32_t offset, struct instr *in, struct err *e);

/* All of a function, a line each; RAW adds the bytes. False with E: imported, or its body cannot be read. */
bool disasm_func(const struct module *m, uint32_t func, bool raw, struct buf *out, struct err *e);
/* COUNT instructions from the one at OFFSET on. */
bool disasm_range(const struct module *m, uint32_t func, uint32_t offset, uint32_t count, bool raw, struct buf *out,
	struct err *e);

/* Offset, bytes and meaning of one function's body, or with FUNC -1 of the whole module (wat/dump_bytes.c). */
bool dump_bytes(const struct module *m, int64_t func, struct buf *out, struct err *e);
/* A line per section: where, how large, what (wat/dump_sections.c). */
bool dump_sections(const struct module *m, struct buf *out);
/* The basic blocks of a function as a graph in the dot language (wat/dump_cfg.c). */
bool dump_cfg(const struct module *m, uint32_t func, struct buf *out, struct err *e);

#endif
