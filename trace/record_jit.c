/* Recording what is compiled, and who goes over to it. The clock is that of the thread that asked for it. */
#include "engine/tier.h"
#include "trace/trace.h"

static void put(struct trace *t, struct ctx *c, const struct func *f, enum trace_event_id id, const uint64_t *words, unsigned n)
{
	struct trace_thread *th = trace_thread(t, c);
	uint32_t place = places_func_place(&t->places, f);

	if (!th || place == NO_PLACE || !trace_wants(t, trace_events[id].kind))
		return;
	struct trace_event e = trace_event_at(th, c, id, place);
	trace_put(t, &e, words, n);
}

static bool is_wanted(const struct trace *t)
{
	return (trace_wants(t, TK_JIT) || trace_wants(t, TK_TIER)) && !trace_is_quiet(t);
}

void record_compiled(struct trace *t, struct ctx *c, const struct func *f, const struct native_code *n)
{
	const uint64_t code[3] = { n->size, n->compile_ns / 1000, n->why }, tier[2] = { n->why, n->calls };

	if (!is_wanted(t))
		return;
	bool locked = trace_lock(t);
	put(t, c, f, TE_COMPILED, code, 3);
	put(t, c, f, TE_TIERUP, tier, 2);
	trace_unlock(t, locked);
}

void record_entered(struct trace *t, struct ctx *c, const struct func *f, uint32_t offset)
{
	const uint64_t word = offset;

	if (!is_wanted(t))
		return;
	bool locked = trace_lock(t);
	put(t, c, f, TE_OSR, &word, 1);
	trace_unlock(t, locked);
}
