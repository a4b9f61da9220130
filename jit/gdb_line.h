/* Lines of compiled code as DWARF has them, for gdb: one unit for each function, version 4. */
#ifndef JIT_GDB_LINE_H
#define JIT_GDB_LINE_H

#include <stdint.h>

struct buf;
struct native_code;

/* From code offset CODE to the next row's the code is of LINE; 0: of none. */
struct gdb_line {
	uint32_t code, line;
};

struct gdb_lines {
	const char *folder, *file;      /* FILE is in FOLDER, unless it begins with / */
	const struct gdb_line *rows;    /* ascending by code */
	uint32_t n;
};

void gdb_put_abbrev(struct buf *b);
void gdb_put_info(struct buf *b, const struct native_code *n, const struct gdb_lines *lines, const char *name);
void gdb_put_lines(struct buf *b, const struct native_code *n, const struct gdb_lines *lines);

#endif
