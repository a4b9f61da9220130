/* Who is told of compiled code. */
#include "repl/command/jit_report.h"

#include "engine/tier.h"
#include "repl/command/session.h"
#include "repl/command/tracing.h"

bool jit_report_perf(struct session *s, enum perf_kind kind, struct err *e)
{
	s->jit_report.perf[kind] = perf_open(kind, e);
	return s->jit_report.perf[kind] != NULL;
}

static void tell_gdb(struct jit_report *r, const struct native_code *n)
{
	struct gdb_entry *g = vec_reserve(&r->entries, 1) ? gdb_add(n) : NULL;

	if (g)
		vec_push(&r->entries, g);
}

void jit_report_compiled(struct session *s, struct ctx *c, const struct func *f, const struct native_code *n)
{
	struct jit_report *r = &s->jit_report;

	for (int i = 0; i < 2; i++)
		if (r->perf[i])
			perf_add(r->perf[i], n);
	if (r->gdb)
		tell_gdb(r, n);
	if (s->tracing)
		record_compiled(s->tracing->trace, c, f, n->size, n->compile_ns);
}

void jit_report_free(struct jit_report *r)
{
	for (size_t i = 0; i < r->entries.count; i++)
		gdb_remove(r->entries.data[i]);
	vec_free(&r->entries);
	for (int i = 0; i < 2; i++)
		if (r->perf[i])
			perf_close(r->perf[i]);
}
