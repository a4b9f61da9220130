/* Members of events; see event_fields.h. */
#include "trace/event_fields.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "engine/trap.h"

static __attribute__((format(printf, 3, 4))) void text(const struct field_visitor *to, const char *key, const char *fmt, ...)
{
	char s[64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s, sizeof s, fmt, ap);
	va_end(ap);
	to->text(to->user, key, str_of(s));
}

static void place_fields(const struct places *p, uint32_t place, const struct field_visitor *to)
{
	const struct place_info *x = &p->all.data[place];
	const struct traced_func *f = &p->funcs.data[x->func];
	bool dollar = f->name.n && f->name.p[0] == '$';

	to->text(to->user, "function", (struct str){ f->name.p + dollar, f->name.n - dollar });
	if (f->instance) {
		to->number(to->user, "index", f->index);
		to->number(to->user, "instance", f->instance);
	}
	if (f->instance && place != f->self) {
		text(to, "offset", "0x%x", x->offset);
		text(to, "body_offset", "0x%x", x->offset - p->all.data[f->self].offset);
	}
	if (x->op != OP_NONE)
		to->text(to->user, "op", str_of(op_info[x->op].text));
}

static void word_fields(const struct trace_event *e, const uint64_t *words, unsigned nwords, const struct field_visitor *to)
{
	switch ((enum trace_event_id)e->id) {
	case TE_LOAD: case TE_STORE:
		text(to, "address", "%" PRIu64, e->a);
		return;
	case TE_READ: case TE_WRITE:
		text(to, "address", "%" PRIu64, e->a);
		text(to, "size", "%" PRIu64, e->b);
		return;
	case TE_GROW:
		text(to, "old", "%" PRIu64, e->a);
		text(to, "new", "%" PRIu64, e->b);
		return;
	case TE_TAKEN: case TE_PASSED:
		text(to, "target", "0x%" PRIx64, e->a);
		to->number(to->user, "number", (int64_t)e->b);
		return;
	case TE_NEW:
		to->number(to->user, "object", (int64_t)e->a);
		text(to, "bytes", "%" PRIu64, e->b);
		return;
	case TE_COLLECT:
		to->number(to->user, "collections", (int64_t)e->a);
		text(to, "bytes", "%" PRIu64, e->b);
		return;
	case TE_COMPILED:
		text(to, "bytes", "%" PRIu64, e->a);
		text(to, "microseconds", "%" PRIu64, e->b);
		if (nwords > 2)
			to->text(to->user, "why", str_of(event_why(words[2])));
		return;
	case TE_TIERUP:
		to->text(to->user, "why", str_of(event_why(e->a)));
		text(to, "calls", "%" PRIu64, e->b);
		return;
	case TE_OSR:
		text(to, "target", "0x%" PRIx64, e->a);
		return;
	case TE_UNWIND:
		to->number(to->user, "frames", (int64_t)e->a);
		return;
	case TE_TRAP:
		to->text(to->user, "trap", str_of(e->a < TRAP_COUNT ? trap_words((enum trap)e->a) : "?"));
		return;
	case TE_EXIT:
		to->number(to->user, "status", (int64_t)e->a);
		return;
	default:
		return;
	}
}

void event_fields(const struct places *p, const struct trace_event *e, const uint64_t *words, unsigned nwords,
	const struct field_visitor *to)
{
	struct event_values v;

	event_values(p, e, words, nwords, &v);
	text(to, "step", "%" PRIu64, (uint64_t)e->step);
	to->number(to->user, "thread", e->thread);
	to->number(to->user, "depth", e->depth);
	to->text(to->user, "event", str_of(trace_events[e->id].name));
	if (e->place != NO_PLACE)
		place_fields(p, e->place, to);
	word_fields(e, words, nwords, to);
	if (e->id == TE_RETURN || e->id == TE_ANSWER)
		to->values(to->user, "results", &v);
	else if (e->id == TE_CALL || e->id == TE_TAIL || e->id == TE_HOST)
		to->values(to->user, "args", &v);
	else if (v.n)
		to->values(to->user, "values", &v);
}
