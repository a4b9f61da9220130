/*
 * Calling: entries from the host, and leaving them. How what was entered runs is in run.c. See ctx.h.
 *
 *     ctx_call ─┬─ begin_segment        ctx_begin ─ begin_segment, first frame set up, stopped
 *               ├─ run_function …       ctx_resume ─ run_resume in a mode (for a debugger on a strand: strand.h)
 *               └─ end_segment          ctx_abandon ─ end_segment
 */
#include <string.h>

#include "engine/base/err.h"
#include "engine/ctx.h"
#include "engine/fault.h"
#include "engine/hold.h"
#include "engine/inputs.h"
#include "engine/regir/call_hook.h"
#include "engine/regir/code.h"
#include "engine/regir/convert.h"
#include "engine/regir/interp.h"
#include "engine/replace.h"
#include "engine/run.h"
#include "engine/strand.h"
#include "engine/turns.h"
#include "engine/world.h"

/* ---- segments ------------------------------------------------------------------------------ */

static uint32_t window_slots(const struct func *f)
{
	return f->type->param_slots > f->type->result_slots ? f->type->param_slots : f->type->result_slots;
}

static bool no_room(struct ctx *c)
{
	c->trap = (struct trap_info){ .kind = TRAP_STACK };
	return false;
}

slot *ctx_stack_top(const struct ctx *c)
{
	if (c->depth == 0)
		return c->stack;
	if (c->host)
		return c->sp;
	struct body *b = convert_body(c);
	slot *end = b ? (slot *)(void *)((char *)c->fp + b->frame) : c->fp;
	return end > c->sp ? end : c->sp;
}

static bool begin_segment(struct ctx *c, struct func *f, const slot *args)
{
	slot *base = ctx_stack_top(c);

	if (c->depth == MAX_ENTRIES || base + window_slots(f) + 8 > c->limit)
		return no_room(c);
	c->trap = (struct trap_info){ 0 };
	c->segments[c->depth++] = (struct segment){
		.base = base, .caller_pc = c->pc, .caller_fp = c->fp, .caller_inst = c->inst, .func = f, .host = c->host,
		.caller_plain = c->plain, .caller_at_return = c->at_return, .caller_sp = c->sp,
	};
	if (f->type->param_slots)
		memmove(base, args, f->type->param_slots * sizeof(slot));
	c->host = NULL;
	c->sp = base;
	c->fp = base;
	c->pc = &interp_entries[ENTRY_EXIT];
	c->at_return = true;
	c->plain = false;
	return true;
}

static void end_segment(struct ctx *c)
{
	const struct segment *s = &c->segments[--c->depth];

	c->pc = s->caller_pc;
	c->fp = s->caller_fp;
	c->inst = s->caller_inst;
	c->host = s->host;
	c->plain = s->caller_plain;
	c->at_return = s->caller_at_return;
	c->sp = s->caller_sp;
	ctx_load_memory(c);
}

/* ---- calling ------------------------------------------------------------------------------- */

/* What was so before this entry, to be put back. */
struct entry {
	struct ctx *outer;              /* ran on this thread */
	bool running;
};

static bool enter(struct ctx *c, struct entry *before)
{
	struct err e = { 0 };

	if (!fault_thread(&e))
		return false;
	*before = (struct entry){ fault_ctx, atomic_load(&c->running) };
	fault_ctx = c;
	if (before->outer && before->outer != c)
		world_safe_begin(before->outer);
	if (!before->running)
		world_enter(c);
	return true;
}

static void leave(struct ctx *c, const struct entry *before)
{
	if (!before->running)
		world_leave(c);
	if (before->outer && before->outer != c)
		world_safe_end(before->outer);
	fault_ctx = before->outer;
}

/* A host function called by the host. */
static enum outcome call_host(struct ctx *c, struct func *f)
{
	slot *base = c->segments[c->depth - 1].base;
	enum outcome o = interp_host_call(c, f, base, &interp_entries[ENTRY_EXIT], base);

	c->fp = base;
	return o;
}

/* Run on where the context stands, on this stack. */
static enum outcome resume(struct ctx *c, enum run_mode mode)
{
	struct entry before;
	enum outcome o;

	if (!c->keeps_hold)
		ctx_let_others_go(c);
	if (!enter(c, &before))
		return run_no_memory(c);
	if (turns_any(c->store) && !c->own_thread && (o = turns_others(c->store->turns)) != OUT_DONE) {
		o = o == OUT_STOP ? run_stopped(c, c->stop) : o;
	} else if (c->begins_host) {
		c->begins_host = false;
		o = call_host(c, c->segments[c->depth - 1].func);
	} else {
		o = run_resume(c, mode);
	}
	leave(c, &before);
	return o;
}

/* A stop below which the host's own frames lie: its command loop decides when to go on. */
static enum outcome nested_stops(struct ctx *c, enum outcome o)
{
	while (o == OUT_STOP) {
		if (c->own_thread && c->store->turns)
			return OUT_KILLED;
		if (c->own_thread) {
			o = ctx_stand(c, o);
			continue;
		}
		c->go_mode = RUN_FAST;
		if (!c->hooks || !c->hooks->nested_stop || !c->hooks->nested_stop(c->hooks->user, c))
			return OUT_KILLED;
		o = resume(c, c->go_mode);
	}
	return o;
}

enum outcome ctx_call(struct ctx *c, struct func *f, const slot *args, slot *results)
{
	struct entry before;
	enum outcome o;

	if (c->host && c->store->inputs)
		c->store->inputs->calls_in(c->store->inputs->user, c, f, args);
	/* first: another thread may look at the segments while this context does not run */
	if (c->gives_up)
		return OUT_KILLED;
	if (!(f = func_running(f)) || !enter(c, &before))
		return run_no_memory(c);
	if (!begin_segment(c, f, args)) {
		leave(c, &before);
		return OUT_TRAP;
	}
	if (!f->inst) {
		o = call_host(c, f);
	} else {
		const void *const *table = c->plain_table;
		const struct probe_filter *filter = c->filter;
		uint8_t stay = c->stay_plain;
		o = nested_stops(c, run_function(c, f));
		c->plain_table = table;
		c->stay_plain = stay;
		c->filter = filter;
	}
	if (o == OUT_DONE)
		ctx_results(c, results);
	else if (c->ended)
		c->ended(c, o);
	end_segment(c);
	leave(c, &before);
	return o;
}

/* The function's first frame, set up as its ENTER cell would, in its plain body. */
static bool first_frame(struct ctx *c, struct func *f)
{
	slot *base = c->segments[c->depth - 1].base;
	struct err e = { 0 };
	struct body *b = code_body(f->inst->module, f->index, BODY_PLAIN, (enum memory_mode)f->inst->code_mode, true, &e);

	if (!b || (char *)base + b->frame > (char *)c->limit)
		return no_room(c);
	struct frame_header *h = (struct frame_header *)(void *)((char *)base + b->header);
	interp_hook_enter(c, f, base);
	*h = (struct frame_header){ f, &interp_entries[ENTRY_EXIT], base };
	memset((char *)base + 8 * f->type->param_slots, 0, b->header - 8 * f->type->param_slots);
	interp_enter_instance(c, f);
	ctx_load_memory(c);
	c->pc = (const struct cell *)(const void *)(b->cells + sizeof(struct wcell));
	c->fp = base;
	c->plain = true;
	c->at_return = false;
	return true;
}

enum outcome ctx_begin(struct ctx *c, struct func *f, const slot *args)
{
	struct entry before;
	enum outcome o = OUT_TRAP;

	if (!(f = func_running(f)) || !enter(c, &before))
		return run_no_memory(c);
	c->begins_host = false;
	if (begin_segment(c, f, args)) {
		if (!f->inst && !c->own_stack)
			o = call_host(c, f);
		else if (!f->inst)
			o = run_stopped(c, STOP_HOST);
		else if (first_frame(c, f))
			o = run_stopped(c, STOP_ENTRY);
		c->begins_host = o == OUT_STOP && !f->inst;
	}
	leave(c, &before);
	return o;
}

static enum outcome resume_strand(struct ctx *c, enum run_mode mode)
{
	struct entry before;

	if (!c->keeps_hold)
		ctx_let_others_go(c);
	if (!enter(c, &before))
		return run_no_memory(c);
	enum outcome o = strand_resume(c, mode, resume);
	leave(c, &before);
	return o;
}

enum outcome ctx_resume(struct ctx *c, enum run_mode mode)
{
	bool outermost = !c->own_thread && !c->running;

	if (outermost)
		world_run_begin(c);
	enum outcome o = c->own_stack && !strand_runs(c) ? resume_strand(c, mode) : resume(c, mode);
	if (outermost)
		world_run_end(c);
	return o;
}

bool ctx_run_part(struct ctx *c, void (*part)(void *user), void *user)
{
	struct entry before;

	if (!enter(c, &before))
		return false;
	part(user);
	leave(c, &before);
	return true;
}

enum outcome ctx_resume_call(struct ctx *c)
{
	struct func *f = func_running(c->segments[c->depth - 1].func);
	struct entry before;

	if (!c->keeps_hold)
		ctx_let_others_go(c);
	if (!f || !enter(c, &before))
		return run_no_memory(c);
	c->plain = false;
	enum outcome o = run_function(c, f);
	leave(c, &before);
	return o;
}

void ctx_results(const struct ctx *c, slot *results)
{
	const struct segment *s = &c->segments[c->depth - 1];

	if (s->func->type->result_slots)
		memcpy(results, s->base, s->func->type->result_slots * sizeof(slot));
}

void ctx_abandon(struct ctx *c)
{
	bool runs = atomic_load(&c->running);
	struct entry before;

	ctx_let_others_go(c);
	if (!runs && c->strand && enter(c, &before)) {
		strand_give_up(c);
		leave(c, &before);
	}
	if (!runs)
		world_enter(c);
	if (c->depth)
		end_segment(c);
	if (!runs)
		world_leave(c);
}
