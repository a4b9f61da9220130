/*
 * Who is told of compiled code: perf and gdb, as --profile=perfmap, --profile=jitdump and --gdb-jit ask, and traces. The
 * names stay till the end of the session.
 */
#ifndef REPL_COMMAND_JIT_REPORT_H
#define REPL_COMMAND_JIT_REPORT_H

#include "engine/base/vec.h"
#include "jit/gdb.h"
#include "jit/perf.h"

struct ctx;
struct func;
struct native_code;
struct session;

struct jit_report {
	struct perf *perf[2];           /* by enum perf_kind; NULL: not wanted */
	bool gdb;
	VEC(struct gdb_entry *) entries;
};

/* --profile=perfmap, jitdump. */
bool jit_report_perf(struct session *s, enum perf_kind kind, struct err *e);
/* An interpreted frame of F goes on in N, at the loop whose cell is at AT. */
void jit_report_entered(struct session *s, struct ctx *c, const struct func *f, const struct native_code *n, uint32_t at);
/* N was compiled, for C. */
void jit_report_compiled(struct session *s, struct ctx *c, const struct func *f, const struct native_code *n);
/* Before the code of the session's modules goes. */
void jit_report_free(struct jit_report *r);

#endif
