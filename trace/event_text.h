/* Events in words: "$fac(5)", "i32.store [0x100] = 7". What formats for people share. */
#ifndef TRACE_EVENT_TEXT_H
#define TRACE_EVENT_TEXT_H

#include "engine/value.h"
#include "trace/event.h"
#include "trace/place.h"

enum { EVENT_VALUES = 12 };

/* What an event carries, with types. */
struct event_values {
	unsigned n;
	struct value v[EVENT_VALUES];
	bool cut;                       /* there were more than are kept */
};

/* Arguments, results, or operands; none when the types are not known any more. WORDS: what the event carries. */
void event_values(const struct places *p, const struct trace_event *e, const uint64_t *words, unsigned nwords,
	struct event_values *out);
/* A value that may refer to something that is gone: references as what they are, not what they refer to. */
void event_print_value(const struct places *p, struct value v, struct buf *out);
/* Why a function was compiled: enum tier_why in words. */
const char *event_why(uint64_t why);
/* The event without its clock, kind and depth. */
void event_print(const struct places *p, const struct trace_event *e, const uint64_t *words, unsigned nwords, struct buf *out);

#endif
