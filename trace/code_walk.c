/* Walking over a function's instructions; see code_walk.h. */
#include "trace/code_walk.h"

#include "engine/base/err.h"
#include "engine/imm.h"
#include "engine/module.h"
#include "trace/event.h"
#include "wat/disasm.h"

struct walker {
	const struct places *p;
	const struct traced_func *f;
	uint32_t at;                    /* the next place to look at, from f->first */
	VEC(uint32_t) open;             /* loops' places of the open blocks; NO_PLACE: no loop */
	uint32_t loops[LOOPS_MAX];
	unsigned nloops;
};

static bool opens(enum op op)
{
	return op == OP_BLOCK || op == OP_LOOP || op == OP_IF || op == OP_TRY || op == OP_TRY_TABLE;
}

/* What follows is reached in another way than by falling through. */
static bool ends_block(enum op op)
{
	switch (op) {
	case OP_BR: case OP_BR_IF: case OP_BR_TABLE: case OP_IF: case OP_ELSE: case OP_END: case OP_RETURN: case OP_UNREACHABLE:
	case OP_THROW: case OP_THROW_REF: case OP_RETHROW: case OP_BR_ON_NULL: case OP_BR_ON_NON_NULL: case OP_BR_ON_CAST:
	case OP_BR_ON_CAST_FAIL: case OP_RETURN_CALL: case OP_RETURN_CALL_INDIRECT: case OP_RETURN_CALL_REF: case OP_CATCH:
	case OP_CATCH_ALL: case OP_DELEGATE:
		return true;
	default:
		return false;
	}
}

/* Cells lie in the order of the instructions; some instructions have none. */
static uint32_t place_at(struct walker *w, uint32_t offset)
{
	while (w->at < w->f->count) {
		const struct place_info *x = &w->p->all.data[w->f->first + w->at];
		if (x->op != OP_NONE && x->offset == offset)
			return w->f->first + w->at;
		if (x->op != OP_NONE && x->offset > offset)
			return NO_PLACE;
		w->at++;
	}
	return NO_PLACE;
}

static bool open_block(struct walker *w, enum op op, uint32_t place)
{
	bool loop = op == OP_LOOP && place != NO_PLACE && w->nloops < LOOPS_MAX;

	if (loop)
		w->loops[w->nloops++] = place;
	return vec_push(&w->open, loop ? place : NO_PLACE);
}

static void close_block(struct walker *w)
{
	if (w->open.count && vec_pop(&w->open) != NO_PLACE)
		w->nloops--;
}

bool code_walk(const struct places *p, uint32_t func, void (*fn)(void *user, const struct walk_step *s), void *user)
{
	const struct traced_func *f = &p->funcs.data[func];
	struct walker w = { .p = p, .f = f };
	bool leader = true, ok = true;
	struct err e = { 0 };
	struct cursor c;
	struct instr in;

	if (!f->module || !f->count || !disasm_start(f->module, f->index, &c, &e))
		return false;
	const struct func_decl *d = &f->module->funcs[f->index];
	while (ok && cursor_offset(&c) < d->body + d->body_size && instr_read(&c, &in, &e)) {
		uint32_t place = place_at(&w, in.offset);
		if (opens(in.op))
			ok = open_block(&w, in.op, place);
		fn(user, &(struct walk_step){ place, in.offset, in.op, leader || in.op == OP_LOOP, w.nloops, w.loops });
		leader = ends_block(in.op) || (leader && place == NO_PLACE);
		if (in.op == OP_END || in.op == OP_DELEGATE)
			close_block(&w);
	}
	vec_free(&w.open);
	return ok;
}
