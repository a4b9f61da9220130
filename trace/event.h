/*
 * A recorded event: 32 bytes, the same in the ring, in files and in what sinks and monitors are given. What its two words
 * hold depends on the event (event.def); values that do not fit follow in records of their own, `more` of them.
 *
 *     | step, thread | place | depth | event, more | a | b |   | 4 words | …
 */
#ifndef TRACE_EVENT_H
#define TRACE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/str.h"

struct buf;
struct places;

enum trace_kind {
#define KIND(id, name, help) TK_##id,
#include "trace/event.def"
	TK_COUNT
};

enum trace_event_id {
#define EVENT(id, kind, name, a, b) TE_##id,
#include "trace/event.def"
	TE_COUNT
};

enum trace_word {
	WORD_NONE, WORD_ADDRESS, WORD_SIZE, WORD_VALUE, WORD_VALUES, WORD_TARGET, WORD_COUNT, WORD_REF, WORD_TRAP, WORD_NUMBER,
};

struct trace_kind_info {
	const char *name, *help;
};

struct trace_event_info {
	const char *name;
	enum trace_kind kind;
	enum trace_word a, b;
};

extern const struct trace_kind_info trace_kinds[TK_COUNT];
extern const struct trace_event_info trace_events[TE_COUNT];

#define NO_PLACE UINT32_MAX

enum { EVENT_WORDS = 4, MORE_MAX = 2 };         /* words of a record; records that may follow an event */

struct trace_event {
	uint64_t step : 48, thread : 16;        /* the instruction clock; number of the context */
	uint32_t place;                         /* trace/place.h; NO_PLACE: outside of all functions */
	uint16_t depth;                         /* calls around it, as far as they are told of */
	uint8_t id, more;                       /* enum trace_event_id; records that follow */
	uint64_t a, b;
};
_Static_assert(sizeof(struct trace_event) == 8 * EVENT_WORDS, "an event takes four words");

/* Words of values: a, b, then those of the records behind E. */
static inline uint64_t trace_event_word(const struct trace_event *e, unsigned i)
{
	return i == 0 ? e->a : i == 1 ? e->b : ((const uint64_t *)(const void *)(e + 1))[i - 2];
}

static inline unsigned trace_event_words_kept(const struct trace_event *e)
{
	return 2 + EVENT_WORDS * e->more;
}

/* A list such as "call,mem" or "all" as bits 1 << enum trace_kind; false: *BAD is the word that is none. */
bool trace_kinds_parse(struct str list, uint32_t *bits, struct str *bad);
void trace_kinds_print(uint32_t bits, struct buf *out);         /* "call,mem" */

#endif
