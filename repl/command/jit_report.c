/* Who is told of compiled code. */
#include "repl/command/jit_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "debugger/position.h"
#include "debugger/watchpoint.h"
#include "engine/base/err.h"
#include "engine/regir/code.h"
#include "engine/tier.h"
#include "jit/gdb_line.h"
#include "repl/command/session.h"
#include "repl/command/tracing.h"

bool jit_report_perf(struct session *s, enum perf_kind kind, struct err *e)
{
	s->jit_report.perf[kind] = perf_open(kind, e);
	return s->jit_report.perf[kind] != NULL;
}

/* ---- lines for gdb ------------------------------------------------------------------------------- */

/* Of the file that the function begins in: that of the module's text, or of the source language. */
struct known_lines {
	struct gdb_lines lines;
	VEC(struct gdb_line) rows;
	char folder[4096], file[4096];
};

static void note_file(struct session *s, const struct module *m, const struct position *at, struct known_lines *k)
{
	const struct session_module *sm = session_module_of(s, m);

	if (at->source)
		snprintf(k->file, sizeof k->file, "%.*s", STR_ARGS(at->path));
	else
		snprintf(k->file, sizeof k->file, "%s", sm ? sm->path : at->file);
}

static bool same_file(const struct position *a, const struct position *b)
{
	return a->source == b->source && (!a->source || str_eq(a->path, b->path));
}

/* False: there are none, or no memory for them. What lies out of line belongs to none. */
static bool find_lines(struct session *s, const struct native_code *n, struct known_lines *k)
{
	struct position first = { 0 }, at;
	struct err e = { 0 };
	const struct body_map *map = body_map(n->body, &e);

	if (!map || !getcwd(k->folder, sizeof k->folder))
		return false;
	for (uint32_t i = 0; i < n->tables.nplaces; i++) {
		const struct native_place *p = &n->tables.places[i];
		const struct map_row *row = body_map_at(map, p->at);
		uint32_t code = p->at ? p->code : (uint32_t)((const uint8_t *)n->inner - n->code);
		position_of(n->body->module, row ? row->main : 0, &at);
		if (!at.has_line)
			continue;
		if (!first.has_line)
			note_file(s, n->body->module, &at, k);
		first = first.has_line ? first : at;
		uint32_t line = same_file(&first, &at) ? at.line : 0;
		if (k->rows.count && vec_last(&k->rows).line == line)
			continue;
		if (k->rows.count && vec_last(&k->rows).code == code)
			(void)vec_pop(&k->rows);
		if (!vec_push(&k->rows, ((struct gdb_line){ code, line })))
			return false;
	}
	k->lines = (struct gdb_lines){ k->folder, k->file, k->rows.data, (uint32_t)k->rows.count };
	return k->rows.count > 0;
}

static void tell_gdb(struct session *s, const struct native_code *n)
{
	struct jit_report *r = &s->jit_report;
	struct known_lines *k = calloc(1, sizeof *k);
	bool known = k && find_lines(s, n, k);
	struct gdb_entry *g = vec_reserve(&r->entries, 1) ? gdb_add(n, known ? &k->lines : NULL) : NULL;

	if (g)
		vec_push(&r->entries, g);
	if (k)
		vec_free(&k->rows);
	free(k);
}

void jit_report_compiled(struct session *s, struct ctx *c, const struct func *f, const struct native_code *n)
{
	struct jit_report *r = &s->jit_report;

	for (int i = 0; i < 2; i++)
		if (r->perf[i])
			perf_add(r->perf[i], n);
	if (r->gdb)
		tell_gdb(s, n);
	if (s->tracing)
		record_compiled(s->tracing->trace, c, f, n);
	if (s->dbg)
		watches_compiled(s->dbg, c, f, n);
}

void jit_report_entered(struct session *s, struct ctx *c, const struct func *f, const struct native_code *n, uint32_t at)
{
	struct err e = { 0 };

	if (!s->tracing || !(s->tracing->trace->kinds >> TK_TIER & 1))
		return;
	const struct body_map *m = body_map(n->body, &e);
	if (m)
		record_entered(s->tracing->trace, c, f, body_map_at(m, at)->start);
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
