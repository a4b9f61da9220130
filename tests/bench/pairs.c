/*
 * Counts which register-IR cells fast bodies execute one after another. It takes the place of interp_fast.c in a program
 * that is wrench otherwise: every dispatch passes through tally(), and the sums go to the file PAIRS_OUT at exit, for
 * pairs.py:
 *
 *     cell OP COUNT SAVED        SAVED: how many more cells the same would have taken without fusing
 *     pair OP OP COUNT           triple OP OP OP COUNT
 *
 * A cell is credited with the cells that the unfused body has for the same Wasm instructions.
 */
#include "engine/regir/interp.h"

static handler *tally(struct ctx *c, const struct cell *cell);
#define HANDLER_OF(cell_) tally(c, cell_)

#include "engine/regir/interp_fast.c"

#include <stdio.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/regir/code.h"

enum { SPOTS = 1 << 18, WAYS = 1 << 20 };

struct spot {
	const struct cell *pc;
	uint32_t op, saved;
};

struct way {
	uint64_t key, count;            /* key: three spots, the oldest in the high bits, each + 1 */
};

static struct {
	struct spot spots[SPOTS];
	struct way ways[WAYS];
	uint64_t last, before;          /* spots + 1; 0: none */
} seen;

static const char *const names[R_COUNT] = {
#define OP(id, prefix, code, text, imm, sig, lower, align, feature, help) [R_##id] = #id,
#include "engine/ops.def"
#define RI(id, text, format, ext, help) [R_##id] = #id,
#include "engine/regir/regir.def"
};

static uint64_t hashed(uint64_t v)
{
	v *= 0x9e3779b97f4a7c15u;
	return v ^ v >> 29;
}

/* Rows whose group begins with the instruction at START. */
static uint32_t rows_from(const struct body_map *m, uint32_t start, uint32_t end)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->nrows; i++)
		n += m->rows[i].start >= start && m->rows[i].start < end;
	return n;
}

static uint32_t cells_saved(struct body *b, uint32_t at)
{
	struct err e = { 0 };
	const struct body_map *m = body_map(b, &e);
	struct body *single = code_body(b->module, b->func, b->kind, b->mode, false, &e);
	const struct body_map *sm = single ? body_map(single, &e) : NULL;

	if (!m || !sm)
		abort();
	const struct map_row *row = body_map_at(m, at), *end = m->rows + m->nrows, *next = row + 1;
	if (row == m->rows || (next < end && next->start == row->start))
		return 0;               /* the frame's entry; a group is credited to its last cell */
	uint32_t until = next < end ? next->start : UINT32_MAX;
	uint32_t fused = rows_from(m, row->start, until), unfused = rows_from(sm, row->start, until);
	return unfused > fused ? unfused - fused : 0;
}

static uint64_t spot_of(struct ctx *c, const struct cell *pc)
{
	for (uint64_t i = hashed((uintptr_t)pc);; i++) {
		struct spot *p = &seen.spots[i % SPOTS];
		if (p->pc == pc)
			return i % SPOTS + 1;
		if (p->pc)
			continue;
		struct body *b = c->inst ? code_body_at(c->inst->module, pc) : NULL;
		uint32_t at = b ? (uint32_t)((const char *)pc - b->cells) : 0;
		*p = (struct spot){ .pc = pc, .op = b ? code_op(b, at) : R_UNREACHED };
		if (b)
			p->saved = cells_saved(b, at);
		return i % SPOTS + 1;
	}
}

static __attribute__((noinline)) handler *tally(struct ctx *c, const struct cell *cell)
{
	uint64_t spot = spot_of(c, cell), key = seen.before << 40 | seen.last << 20 | spot;

	seen.before = seen.last;
	seen.last = spot;
	for (uint64_t i = hashed(key);; i++) {
		struct way *w = &seen.ways[i % WAYS];
		if (w->key && w->key != key)
			continue;
		w->key = key;
		w->count++;
		return (handler *)(uintptr_t)cell->op;
	}
}

static const struct spot *spot_in(uint64_t key, int shift)
{
	uint64_t n = key >> shift & 0xfffff;

	return n && seen.spots[n - 1].op != R_UNREACHED ? &seen.spots[n - 1] : NULL;
}

static __attribute__((destructor)) void write_counts(void)
{
	const char *path = getenv("PAIRS_OUT");
	FILE *f = path ? fopen(path, "w") : NULL;

	for (uint32_t i = 0; f && i < WAYS; i++) {
		const struct way *w = &seen.ways[i];
		const struct spot *z = spot_in(w->key, 0), *y = spot_in(w->key, 20), *x = spot_in(w->key, 40);
		if (!w->count || !z)
			continue;
		fprintf(f, "cell %s %llu %llu\n", names[z->op], (unsigned long long)w->count,
			(unsigned long long)(w->count * z->saved));
		if (y)
			fprintf(f, "pair %s %s %llu\n", names[y->op], names[z->op], (unsigned long long)w->count);
		if (x && y)
			fprintf(f, "triple %s %s %s %llu\n", names[x->op], names[y->op], names[z->op], (unsigned long long)w->count);
	}
	if (f)
		fclose(f);
}
