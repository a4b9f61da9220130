/*
 * Compiled code for Linux perf, which otherwise sees addresses that belong to no file.
 *
 *   map    /tmp/perf-PID.map: a line for each function. perf report reads it while it is on the same machine
 *   dump   jit-PID.dump in the current folder: code and names with times. `perf inject --jit` makes files of it, so that
 *          perf annotate shows instructions
 */
#ifndef JIT_PERF_H
#define JIT_PERF_H

#include <stdbool.h>

struct err;
struct native_code;

enum perf_kind { PERF_MAP, PERF_DUMP };

struct perf;

/* NULL with E: the file cannot be written. */
struct perf *perf_open(enum perf_kind kind, struct err *e);
void perf_add(struct perf *p, const struct native_code *n);
void perf_close(struct perf *p);

#endif
