/*
 * Profiles: where the instructions went, by function with and without what it called, and by line. They count instructions,
 * so they are the same each time and need no timer. A profile is a monitor that is not in the list of monitors:
 *
 *     monitor_profile             calls and every instruction: functions, lines, annotated text
 *     monitor_profile_functions   calls alone, with the instruction clock: functions, at nearly full speed
 */
#ifndef TRACE_PROFILE_H
#define TRACE_PROFILE_H

#include "engine/base/buf.h"
#include "trace/monitor.h"

extern const struct monitor_info monitor_profile, monitor_profile_functions;

/* A page of its own: flame graph, functions, lines, annotated text. False with E: nothing was counted, out of memory. */
bool profile_html(struct monitor *m, const struct monitor_ask *ask, const char *title, struct buf *out, struct err *e);

/* ---- for profile_html.c ------------------------------------------------------------------------------------------------ */

/* What is known of one function. */
struct profiled {
	uint32_t func;
	uint64_t self, total, calls;
};

struct profiled_line {
	const char *file;
	uint32_t line;
	struct str text;
	uint64_t instrs;
};

/* Functions that ran, most instructions first; lines likewise. Memory from A; NULL: out of memory. */
struct profiled *profile_funcs(struct monitor *m, struct arena *a, size_t *n, uint64_t *all);
struct profiled_line *profile_lines(struct monitor *m, const struct line_source *lines, struct arena *a, size_t *n);

#endif
