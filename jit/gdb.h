/*
 * GDB's interface for compiled code: an object file in memory for each function, so that gdb stops at the function's name and
 * finds the way back through its frames, and shows lines where they are known (gdb_line.h).
 */
#ifndef JIT_GDB_H
#define JIT_GDB_H

struct native_code;
struct gdb_entry;
struct gdb_lines;

/* LINES: NULL, nothing is known of them. NULL: out of memory. Not for several threads at once. */
struct gdb_entry *gdb_add(const struct native_code *n, const struct gdb_lines *lines);
/* Before the code goes away. */
void gdb_remove(struct gdb_entry *g);

#endif
