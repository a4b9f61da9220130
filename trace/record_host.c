/* Recording calls of host functions: the gate of traces. Threads of the guest may pass it at the same time. */
#include <string.h>

#include "trace/trace.h"

static void put(struct trace *t, struct ctx *c, const struct func *f, enum trace_event_id id, const slot *values, unsigned n)
{
	bool locked = trace_lock(t);
	struct trace_thread *th = trace_thread(t, c);
	uint32_t place = places_func_place(&t->places, f);

	if (th && place != NO_PLACE) {
		struct trace_event e = trace_event_at(th, c, id, place);
		trace_put(t, &e, values, n);
	}
	trace_unlock(t, locked);
}

enum outcome record_host(struct host_gate *g, struct ctx *c, struct func *f, const slot *args, slot *results)
{
	struct trace *t = g->user;

	if (trace_is_quiet(t))
		return host_gate_next(g->next, c, f, args, results);
	put(t, c, f, TE_HOST, args, f->type->param_slots);
	enum outcome how = host_gate_next(g->next, c, f, args, results);
	uint64_t word = how;
	if (how == OUT_DONE)
		put(t, c, f, TE_ANSWER, results, f->type->result_slots);
	else
		put(t, c, f, TE_FAILED, &word, 1);
	return how;
}
