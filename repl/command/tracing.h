/*
 * Tracing in a session: connects trace/trace.h with its stores, modules and calls. Made when a command or option first asks
 * for it; before that a session has nothing of it. cmd_trace.c traces; cmd_monitor.c monitors; cmd_profile.c profiles.
 */
#ifndef REPL_COMMAND_TRACING_H
#define REPL_COMMAND_TRACING_H

#include "repl/command/event.h"
#include "trace/format.h"
#include "trace/monitor.h"
#include "trace/trace.h"

struct tracing {
	struct trace *trace;
	VEC(uint64_t) runs;             /* where in the ring the calls that the prompt made begin */
	VEC(struct monitor *) monitors; /* those that were switched on, also when they are off again */
	struct monitor *profile;        /* NULL: none was made */

	/* --trace: events are written as they come */
	bool streams;
	struct trace_listener stream;
	struct trace_writer writer;
	struct buf pending;
	struct output *to;              /* the session's standard error, or own */
	struct output file;

	struct event_subscriber events;
};

/* The session's, made now if need be. NULL with E: out of memory. */
struct tracing *tracing_get(struct session *s, struct err *e);
void tracing_free(struct session *s);

/* What the session tells it; each does nothing while there is no tracing. */
void tracing_store_made(struct session *s);
void tracing_store_going(struct session *s);
void tracing_begin(struct session *s);                          /* an outermost or nested call is about to begin */
void tracing_ended(struct session *s, enum outcome how);       /* the innermost call is over; its frames may be there */

/* --trace[=LIST [FILTER]], --trace-out FILE (NULL: standard error). */
bool tracing_stream(struct session *s, const char *list, const char *path, struct err *e);
/* Everything that is to be written is. */
void tracing_flush(struct session *s);

/* "call,mem op=i32.store": a LIST, then conditions. */
bool tracing_rule(struct str list, struct str filter, struct trace_rule *out, struct err *e);

/* A monitor of the session, made if need be. NULL with E: out of memory. */
struct monitor *tracing_monitor(struct session *s, const struct monitor_info *i, struct err *e);
/* The line of a byte of a module; the .at of a struct line_source whose user is the session. */
bool tracing_line_at(void *user, const struct module *m, uint32_t offset, struct line_at *out);
/* cmd_monitor.c: tables and totals as text and members. */
void tracing_show_report(const struct report *rep, struct result *r);

/* cmd_profile.c: begin anew, with lines or FUNCTIONS alone. */
bool tracing_profile_on(struct session *s, bool functions, struct err *e);
/* --profile[=text|functions|html:FILE]: before the run, and after it. */
bool tracing_profile_option(struct session *s, const char *text, struct err *e);
bool tracing_profile_end(struct session *s, const char *text, struct err *e);

#endif
