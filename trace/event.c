/* Kinds and events by name; see event.h. */
#include "trace/event.h"

#include "engine/base/buf.h"

const struct trace_kind_info trace_kinds[TK_COUNT] = {
#define KIND(id, name, help) [TK_##id] = { name, help },
#include "trace/event.def"
};

const struct trace_event_info trace_events[TE_COUNT] = {
#define EVENT(id, kind, name, a, b) [TE_##id] = { name, TK_##kind, WORD_##a, WORD_##b },
#include "trace/event.def"
};

bool trace_kinds_parse(struct str list, uint32_t *bits, struct str *bad)
{
	uint32_t all = 0;

	for (size_t at = 0; at < list.n;) {
		struct str word = { list.p + at, 0 };
		uint32_t found = 0;
		while (at + word.n < list.n && list.p[at + word.n] != ',')
			word.n++;
		for (int k = 0; k < TK_COUNT; k++)
			if (str_is(word, trace_kinds[k].name) || str_is(word, "all"))
				found |= 1u << k;
		if (!found) {
			*bad = word;
			return false;
		}
		all |= found;
		at += word.n + 1;
	}
	*bits = all;
	return true;
}

void trace_kinds_print(uint32_t bits, struct buf *out)
{
	const char *between = "";

	for (int k = 0; k < TK_COUNT; k++)
		if (bits >> k & 1) {
			buf_printf(out, "%s%s", between, trace_kinds[k].name);
			between = ",";
		}
}
