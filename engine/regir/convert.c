/* Frames between bodies; see convert.h. */
#include "engine/regir/convert.h"

#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/regir/interp.h"
#include "engine/stack.h"
#include "engine/tier.h"

const struct landing *landing_of(const struct cell *ret)
{
	if (cell_is(ret, h_EXIT))
		return NULL;
	if (cell_is(ret, h_NATIVE_RETURN))
		ret--;
	if (cell_is(ret, h_NATIVE_LANDING))
		return (const struct landing *)(uintptr_t)ret->imm;
	if (cell_is(ret, h_LANDING) || cell_is(ret, h_LANDING_PLAIN))
		return (const struct landing *)(const void *)ret;
	return (const struct landing *)(const void *)(ret - 1);
}

uint32_t landing_call(const struct body *b, const struct landing *l)
{
	return (uint32_t)((const char *)l - b->cells)
		- l->back * (uint32_t)(l->plain ? sizeof(struct wcell) : sizeof(struct cell));
}

struct body *convert_body(const struct ctx *c)
{
	if (!c->pc || !c->inst)
		return NULL;
	if (!c->at_return)
		return code_body_at(c->inst->module, c->pc);
	const struct landing *l = landing_of(c->pc);
	if (!l)
		return NULL;
	const struct frame_header *h = (const struct frame_header *)(const void *)((const char *)c->fp + l->header);
	return code_body_at(h->func->inst->module, l);
}

static uint32_t pc_offset(const struct ctx *c, const struct body *b)
{
	return (uint32_t)((const char *)c->pc - b->cells);
}

/* The fast body of the same function that runs in C's way of counting. */
static struct body *fast_twin(const struct ctx *c, const struct body *plain, struct err *e)
{
	return code_body(plain->module, plain->func, c->counting ? BODY_CHARGED : BODY_FAST, plain->mode,
		tiers_fuse(c->store, plain->module, plain->func), e);
}

uint32_t convert_offset(const struct ctx *c)
{
	struct body *b = convert_body(c);
	struct err e = { 0 };

	if (!b)
		return 0;
	if (c->at_return)
		return landing_of(c->pc)->offset;
	if (b->kind == BODY_PLAIN)
		return ((const struct wcell *)(const void *)c->pc)->offset;
	const struct body_map *m = body_map(b, &e);
	const struct map_row *r = m ? body_map_at(m, pc_offset(c, b)) : NULL;
	return r ? r->start : 0;
}

/* Write every operand that is not in its home there. */
static void write_homes(struct ctx *c, const struct stack_entry *s, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		slot *home = (slot *)(void *)((char *)c->fp + s[i].home), space[1];
		const slot *at = stack_entry_value(&s[i], c->fp, space);
		if (at == home)
			continue;
		for (unsigned k = 0; k < vt_slots(s[i].type); k++)
			home[k] = at[k];
	}
}

static bool homes_agree(const struct ctx *c, const struct stack_entry *s, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		const slot *home = (const slot *)(const void *)((const char *)c->fp + s[i].home);
		slot space[1];
		const slot *at = stack_entry_value(&s[i], c->fp, space);
		for (unsigned k = 0; k < vt_slots(s[i].type); k++)
			if (home[k] != at[k])
				return false;
	}
	return true;
}

/* Whether the run that the cell at AT belongs to was charged: it is where its CHARGE cell is executed. */
static bool is_run(const struct body *b, uint32_t at)
{
	enum regir op = code_op(b, at);

	return op != R_CHARGE && op != R_HOT;
}

bool convert_to_plain(struct ctx *c, struct err *e)
{
	struct body *b = convert_body(c);
	struct stack_entry *entries;
	struct arena a = { 0 };
	uint32_t n;

	if (!b || b->kind == BODY_PLAIN || c->at_return)
		return true;
	const struct body_map *m = body_map(b, e);
	struct body *plain = m ? code_body(b->module, b->func, BODY_PLAIN, b->mode, true, e) : NULL;
	const struct body_map *pm = plain ? body_map(plain, e) : NULL;
	if (!pm)
		return false;
	const struct map_row *row = body_map_at(m, pc_offset(c, b));
	const struct map_row *there = body_map_offset(pm, row->start);
	if (!there)
		return err_set(e, E_INTERNAL, place_offset(row->start), "no plain cell for offset 0x%x", row->start);
	if (!body_stack_at(b, row->start, &a, &entries, &n, e)) {
		arena_free(&a);
		return false;
	}
	write_homes(c, entries, n);
	arena_free(&a);
	if (b->kind == BODY_CHARGED && is_run(b, row->at))
		c->fuel += row->run - row->charged;
	c->pc = (const struct cell *)(const void *)(plain->cells + there->at);
	c->plain = true;
	return true;
}

const struct map_row *convert_row(struct ctx *c, struct body *fast)
{
	struct body *b = convert_body(c);
	struct err e = { 0 };
	struct stack_entry *entries;
	struct arena a = { 0 };
	uint32_t n;

	const struct body_map *m = body_map(fast, &e), *pm = m ? body_map(b, &e) : NULL;
	if (!pm)
		return NULL;
	uint32_t offset = body_map_at(pm, pc_offset(c, b))->start;
	const struct map_row *row = body_map_offset(m, offset);
	if (!row || row->start != offset)
		return NULL;
	bool ok = body_stack_at(fast, offset, &a, &entries, &n, &e) && homes_agree(c, entries, n);
	arena_free(&a);
	return ok ? row : NULL;
}

bool convert_to_fast(struct ctx *c)
{
	struct body *b = convert_body(c);
	struct err e = { 0 };

	if (!b || b->kind != BODY_PLAIN || c->at_return)
		return false;
	struct body *fast = fast_twin(c, b, &e);
	const struct map_row *row = fast ? convert_row(c, fast) : NULL;
	if (!row)
		return false;
	bool charged = fast->kind == BODY_CHARGED && is_run(fast, row->at);
	int64_t ahead = charged ? (int64_t)row->run - row->charged : 0;
	if (c->fuel < ahead)
		return false;
	c->fuel -= ahead;
	c->pc = (const struct cell *)(const void *)(fast->cells + row->at);
	c->plain = false;
	return true;
}

bool convert_outer_to_fast(struct ctx *c, const struct frame *f, const struct cell **ret)
{
	const struct landing *l = landing_of(*ret);
	struct body *b = l && l->plain ? code_body_at(f->inst->module, l) : NULL;
	struct err e = { 0 };
	struct body *fast = b ? fast_twin(c, b, &e) : NULL;
	const struct body_map *m = fast ? body_map(fast, &e) : NULL;
	const struct map_row *row = m ? body_map_offset(m, f->offset) : NULL;
	struct arena a = { 0 };
	struct value *values;
	struct stack_entry *entries;
	uint32_t n, now;

	/* the cell of the call itself is the last one of its group */
	while (row && row + 1 < m->rows + m->nrows && row[1].main == f->offset)
		row++;
	if (!row || row->main != f->offset)
		return false;
	uint32_t call = row->at + (code_op(fast, row->at) == R_HOT ? (uint32_t)sizeof(struct cell) : 0);
	const struct landing *to = (const struct landing *)(const void *)(fast->cells + call + code_cell_size(fast, call)) - 1;
	bool ok = cell_is((const struct cell *)(const void *)to, h_LANDING) && frame_stack(c, f, &values, &now, &a, &e)
		&& body_stack_at(fast, f->offset, &a, &entries, &n, &e) && n >= now;
	struct ctx at = { .fp = f->fp };
	ok = ok && homes_agree(&at, entries, now);
	arena_free(&a);
	if (ok)
		*ret = (const struct cell *)(const void *)to;
	return ok;
}
