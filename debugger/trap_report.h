/*
 * Why a guest trapped, for people: the kind in the specification's words, the instruction with its place, the operands
 * and where they came from, by how much memory or table was missed, and a backtrace.
 *
 *     trap: out of bounds memory access
 *         i32.store offset=4 in $put at list.wat:12:5 (@0xb3, i:3.9)
 *         address 65533 = 65529 (local $p) + 4; 4 bytes end at 65537; memory 0 has 65536 bytes (1 page): 1 byte too far
 *       #0 $put (p=65529, v=7) at list.wat:12:5    @0xb3
 */
#ifndef DEBUGGER_TRAP_REPORT_H
#define DEBUGGER_TRAP_REPORT_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct body;
struct buf;
struct ctx;
struct frame;

/* While the frames are there; without frames only the first line. Scratch from A. */
void trap_report_print(struct ctx *c, struct arena *a, struct buf *out);
/*
 * The lines "#0 $put (p=65529, v=7) at list.wat:12:5    @0xb3" of frames FIRST on, COUNT at most, with INDENT blanks in
 * front, columns aligned.
 */
void backtrace_print(struct ctx *c, uint32_t first, uint32_t count, unsigned indent, struct buf *out);
/* "i:3.9": the cell of the fast body that covers where a frame is; false: none. */
bool frame_cell(const struct frame *f, uint32_t *number, struct body **body, uint32_t *at);

#endif
