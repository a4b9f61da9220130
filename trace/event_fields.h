/*
 * What an event tells, member by member as JSON has them: format_json.c writes lines of them, commands put them into their
 * results. Values of the guest and numbers of 64 bits are strings, as everywhere.
 */
#ifndef TRACE_EVENT_FIELDS_H
#define TRACE_EVENT_FIELDS_H

#include "trace/event_text.h"

struct field_visitor {
	void *user;
	void (*text)(void *user, const char *key, struct str s);
	void (*number)(void *user, const char *key, int64_t n);
	void (*values)(void *user, const char *key, const struct event_values *v);
};

void event_fields(const struct places *p, const struct trace_event *e, const uint64_t *words, unsigned nwords,
	const struct field_visitor *to);

#endif
