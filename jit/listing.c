/* A function's machine code with what it stands for. */
#include "jit/listing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/regir/code.h"
#include "jit/a64/compile.h"
#include "jit/base/tables.h"
#include "jit/x64/compile.h"
#include "jit/x64/features.h"

/* ---- making ------------------------------------------------------------------------------------------- */

static void take_part(void *user, enum code_part part, uint32_t code, uint32_t at)
{
	struct listing *l = user;
	struct listed_part p = { part, code, at };

	l->oom |= !vec_push(&l->parts, p);
}

static void take_state(void *user, const struct code_state *s)
{
	struct listing *l = user;

	l->oom |= !vec_push(&l->states, *s);
}

static uint32_t features_of(enum machine m)
{
	if (m == MACHINE_A64)
		return A64_FEATURES_DEFAULT;
#if defined __x86_64__
	return x64_features();
#else
	return FEATURE_ALL;
#endif
}

/* The code that runs, where it was made by the same steps: only addresses in it can differ. */
static void prefer_running(struct listing *l)
{
	const struct native_code *n = l->body->native;

	if (l->machine == MACHINE_HOST && n && n->size == l->size)
		l->code = n->code;
}

bool listing_make(struct listing *l, struct body *b, enum machine m, struct err *e)
{
	struct compile_watch watch = { take_part, take_state, l };
	uint32_t features = features_of(m);

	*l = (struct listing){ .body = b, .machine = m, .features = features };
	if (b->kind == BODY_PLAIN)
		return err_set(e, E_UNSUPPORTED, place_none(), "function #%u is interpreted only: its frame has %u slots, too many for"
			" fast code", b->func, b->frame / 8);
	struct base_tables *tables = base_tables_new();
	if (!tables)
		return err_oom(e);
	bool ok = (m == MACHINE_X64 ? x64_compile_watched : a64_compile_watched)(b, features, tables, &watch, &l->out, e);
	base_tables_free(tables);
	if (!ok || l->oom) {
		listing_free(l);
		return ok ? err_oom(e) : false;
	}
	l->code = l->out.code;
	l->size = l->out.size;
	prefer_running(l);
	return true;
}

void listing_free(struct listing *l)
{
	free(l->out.code);
	free(l->out.cells);
	free(l->out.cell_at);
	free(l->out.tables.osr);
	free(l->out.tables.faults);
	free(l->out.tables.places);
	free(l->out.tables.slow);
	vec_free(&l->parts);
	vec_free(&l->states);
	*l = (struct listing){ 0 };
}

/* ---- asking --------------------------------------------------------------------------------------------- */

uint32_t listing_part_end(const struct listing *l, size_t i)
{
	return i + 1 < l->parts.count ? l->parts.data[i + 1].code : l->size;
}

const struct listed_part *listing_part_of(const struct listing *l, uint32_t at)
{
	for (size_t i = 0; i < l->parts.count; i++)
		if (l->parts.data[i].part == PART_INSTRUCTION && l->parts.data[i].at == at)
			return &l->parts.data[i];
	return NULL;
}

const struct code_state *listing_state_of(const struct listing *l, uint32_t at)
{
	for (size_t i = 0; i < l->states.count; i++)
		if (l->states.data[i].at == at)
			return &l->states.data[i];
	return NULL;
}

uint32_t listing_count(const struct listing *l, enum code_part part, uint32_t at)
{
	uint32_t n = 0;

	for (size_t i = 0; i < l->parts.count; i++)
		n += l->parts.data[i].part == part && l->parts.data[i].at == at;
	return n;
}

const char *native_how_name(enum native_how how)
{
	static const char *const names[] = { [NATIVE_HELPER] = "helper", [NATIVE_THUNK] = "thunk", [NATIVE_SELDOM] = "seldom" };

	return names[how];
}

const char *listing_slow(const struct listing *l, uint32_t at)
{
	for (uint32_t i = 0; i < l->out.tables.nslow; i++)
		if (l->out.tables.slow[i].at == at)
			return native_how_name(l->out.tables.slow[i].how);
	return NULL;
}

/* ---- lines ---------------------------------------------------------------------------------------------- */

/* Where the table of a br_table begins: at the end of its code. */
static uint32_t table_start(const struct listing *l, size_t i)
{
	const struct listed_part *p = &l->parts.data[i];
	uint32_t end = listing_part_end(l, i), n;

	if (p->part != PART_INSTRUCTION || code_op(l->body, p->at) != R_SWITCH)
		return end;
	n = (uint32_t)((const struct cell *)(const void *)(l->body->cells + p->at))->c;
	return end - (l->machine == MACHINE_X64 ? 8 * n : n ? 4 * (n + 1) : 0);
}

static void table_line(const struct listing *l, uint32_t at, struct listed_line *out)
{
	uint64_t entry = 0;

	out->data = true;
	out->line.at = at;
	out->line.n = l->machine == MACHINE_X64 ? 8 : 4;
	memcpy(&entry, l->code + at, out->line.n);
	snprintf(out->line.text, sizeof out->line.text, out->line.n == 8 ? ".quad 0x%" PRIx64 : ".word 0x%" PRIx64, entry);
}

bool listing_next(const struct listing *l, size_t i, uint32_t *at, struct listed_line *out)
{
	uint32_t end = listing_part_end(l, i), table = table_start(l, i);

	if (*at >= end)
		return false;
	if (*at >= table) {
		table_line(l, *at, out);
	} else {
		out->data = false;
		asm_text_line(l->machine, l->code, table, *at, 0, &out->line);
	}
	*at += out->line.n;
	return true;
}
