/* Jumping and returning; see jump.h. Both move the context's registers to another plain cell. */
#include "debugger/jump.h"

#include "debugger/step_goal.h"
#include "engine/base/buf.h"
#include "engine/module.h"
#include "engine/regir/code.h"
#include "engine/regir/interp.h"

static struct body *plain_body(const struct frame *f, struct err *e)
{
	return code_body(f->inst->module, f->func->index, BODY_PLAIN, (enum memory_mode)f->inst->code_mode, true, e);
}

static void go_to(struct ctx *c, const struct body *b, uint32_t at)
{
	c->pc = (const struct cell *)(const void *)(b->cells + at);
	c->plain = true;
	c->at_return = false;
	c->probe_answered = NULL;
}

static bool innermost(struct dbg *d, struct frame *f, struct err *e)
{
	if (d->ctx->at_return || !frame_at(d->ctx, 0, f) || f->host || !f->inst)
		return err_set(e, E_USAGE, place_none(), "the innermost frame is in a host function");
	return true;
}

/* ---- jump ------------------------------------------------------------------------------------ */

static bool same_operands(const struct frame *f, const struct stack_entry *now, uint32_t n, const struct stack_entry *then,
	uint32_t want, struct err *e)
{
	struct buf words = { 0 };
	bool ok = want <= n;

	for (uint32_t i = 0; ok && i < want; i++)
		ok = valtype_sub(f->inst->module->engine, now[i].type, then[i].type);
	if (ok)
		return true;
	buf_putc(&words, '[');
	for (uint32_t i = 0; i < want; i++) {
		buf_puts(&words, i ? " " : "");
		valtype_print(then[i].type, NULL, &words);
	}
	err_set(e, E_USAGE, place_none(), "the instruction there expects the operand stack %s]; here it holds other values",
		buf_str(&words));
	buf_free(&words);
	return false;
}

bool jump_to(struct dbg *d, uint32_t offset, struct err *e)
{
	struct stack_entry *now, *then;
	struct arena a = { 0 };
	struct frame f;
	uint32_t n, want;

	if (!innermost(d, &f, e))
		return false;
	struct body *b = plain_body(&f, e);
	const struct body_map *map = b ? body_map(b, e) : NULL;
	const struct map_row *row = map ? body_map_offset(map, offset) : NULL;
	if (map && !row)
		return err_set(e, E_USAGE, place_none(), "the code at 0x%x is never reached: it cannot run", offset);
	bool ok = map && body_stack_at(b, f.offset, &a, &now, &n, e) && body_stack_at(b, offset, &a, &then, &want, e) &&
		same_operands(&f, now, n, then, want, e);
	arena_free(&a);
	if (ok)
		go_to(d->ctx, b, row->at);
	return ok;
}

/* ---- return ---------------------------------------------------------------------------------- */

/* A cell that returns: the function's end, or a `return`. Its operand says where the results must lie. */
static bool find_end(const struct body *b, uint32_t *at)
{
	bool found = false;

	for (uint32_t i = 0; i < b->size; i += code_cell_size(b, i)) {
		enum regir op = code_op(b, i);
		if (op != R_END && (op != R_RETURN || found))
			continue;
		*at = i;
		found = true;
	}
	return found;
}

static void put_results(const struct func *f, slot *to, const struct value *v)
{
	for (uint32_t i = 0; i < f->type->nresults; i++) {
		*to++ = v[i].lo;
		if (vt_slots(v[i].type) == 2)
			*to++ = v[i].hi;
	}
}

bool jump_return(struct dbg *d, uint32_t level, const struct value *results, enum outcome *how, struct err *e)
{
	struct ctx *c = d->ctx;
	struct frame f;
	uint32_t at;

	if (!innermost(d, &f, e))
		return false;
	if (!frame_at(c, level, &f) || f.host || !f.inst || f.segment)
		return err_set(e, E_USAGE, place_none(), "frame %u is a host function's, or one lies in between", level);
	struct body *b = plain_body(&f, e);
	if (!b || !find_end(b, &at))
		return b ? err_set(e, E_USAGE, place_none(), "the end of this function is never reached: it cannot return") : false;
	interp_enter_instance(c, f.func);
	ctx_load_memory(c);
	c->fp = f.fp;
	go_to(c, b, at);
	put_results(f.func, (slot *)(void *)((char *)c->fp + ((const struct wcell *)(const void *)c->pc)->b), results);
	if (!goals_behind_host(d, 0, e))
		return goals_give_up(d);
	*how = step_resume(d, RUN_STEP_WASM);
	goals_clear(d);
	if (*how == OUT_STOP && !d->goal_reached && !d->nhits) {
		step_reach_breakpoints(d);
		d->goal_reached = true;
		d->goal_returned = f.func;
	}
	return step_settle(d, *how, how);
}
