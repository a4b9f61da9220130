/* Recording what is compiled. Its place is the function's; the clock is that of the thread that asked for it. */
#include "trace/trace.h"

void record_compiled(struct trace *t, struct ctx *c, const struct func *f, uint32_t bytes, uint64_t ns)
{
	if (!trace_wants(t, TK_JIT) || trace_is_quiet(t))
		return;
	bool locked = trace_lock(t);
	struct trace_thread *th = trace_thread(t, c);
	uint32_t place = places_func_place(&t->places, f);

	if (th && place != NO_PLACE) {
		struct trace_event e = trace_event_at(th, c, TE_COMPILED, place);
		const uint64_t words[2] = { bytes, ns / 1000 };
		trace_put(t, &e, words, 2);
	}
	trace_unlock(t, locked);
}
