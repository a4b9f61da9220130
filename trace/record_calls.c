/*
 * Recording calls: what the call hooks tell, and the frames that are open because of it. A frame that begins where an open
 * one is replaces it: a tail call. Frames above the one that is told of have gone without a return.
 */
#include "engine/regir/code.h"
#include "trace/trace.h"

void record_gone(struct trace *t, struct trace_thread *th, struct ctx *c, const slot *fp)
{
	uint64_t n = 0;

	while (th->frames.count && vec_last(&th->frames).fp >= fp) {
		(void)vec_pop(&th->frames);
		n++;
	}
	if (!n || !trace_wants(t, TK_CALL))
		return;
	struct trace_event e = trace_event_at(th, c, TE_UNWIND, NO_PLACE);
	trace_put(t, &e, &n, 1);
}

static bool wanted(const struct trace *t, const struct func *f)
{
	const bool *hooked = f->inst ? f->inst->module->code->hooked_calls : NULL;

	return !hooked || hooked[f->index - f->inst->module->nimported_funcs];
}

void record_enter(void *user, struct ctx *c, struct func *f, slot *fp)
{
	struct trace *t = user;

	if (trace_is_quiet(t) || !wanted(t, f))
		return;
	bool locked = trace_lock(t);
	struct trace_thread *th = trace_thread(t, c);
	uint32_t func = places_func(&t->places, f);
	if (th && func != NO_PLACE) {
		record_gone(t, th, c, fp + 1);
		bool tail = th->frames.count && vec_last(&th->frames).fp == fp;
		if (tail)
			(void)vec_pop(&th->frames);
		struct trace_event e = trace_event_at(th, c, tail ? TE_TAIL : TE_CALL, t->places.funcs.data[func].self);
		vec_push(&th->frames, ((struct open_frame){ fp, func }));
		trace_put(t, &e, fp, f->type->param_slots);
	}
	trace_unlock(t, locked);
}

void record_leave(void *user, struct ctx *c, struct func *f, slot *fp, const slot *results)
{
	struct trace *t = user;

	if (trace_is_quiet(t) || !wanted(t, f))
		return;
	bool locked = trace_lock(t);
	struct trace_thread *th = trace_thread(t, c);
	uint32_t place = places_func_place(&t->places, f);
	if (th && place != NO_PLACE) {
		record_gone(t, th, c, fp + 1);
		if (th->frames.count && vec_last(&th->frames).fp == fp)
			(void)vec_pop(&th->frames);
		struct trace_event e = trace_event_at(th, c, TE_RETURN, place);
		trace_put(t, &e, results, f->type->result_slots);
	}
	trace_unlock(t, locked);
}

void record_caught(void *user, struct ctx *c, slot *fp)
{
	struct trace *t = user;

	if (trace_is_quiet(t))
		return;
	bool locked = trace_lock(t);
	struct trace_thread *th = trace_thread(t, c);
	if (th)
		record_gone(t, th, c, fp + 1);
	trace_unlock(t, locked);
}
