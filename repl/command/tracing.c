/* Tracing in a session; see tracing.h. */
#include "repl/command/tracing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "debugger/dbg.h"
#include "debugger/history.h"
#include "debugger/position.h"
#include "engine/base/buf.h"
#include "repl/command/render.h"

enum { STREAM_BYTES = 1 << 16 };        /* what is written at once */

/* ---- the session's life --------------------------------------------------------------------------------------------------- */

/* What is told so far. */
static void flush(struct tracing *t)
{
	output_put(t->to, buf_str(&t->pending), t->pending.size);
	t->writer.flushed += t->pending.size;
	buf_reset(&t->pending);
	output_flush(t->to);
}

static void on_event(void *user, struct session *s, const struct event *ev)
{
	struct tracing *t = user;
	struct err ignored = { 0 };

	if (ev->kind == EVENT_LOADED && s->modules.data[ev->number - 1].problem.code == E_NONE)
		trace_add_module(t->trace, s->modules.data[ev->number - 1].module, &ignored);
	else if (ev->kind == EVENT_UNLOADED)
		trace_drop_module(t->trace, s->modules.data[ev->number - 1].module);
	else if (ev->kind == EVENT_ENDED)
		tracing_ended(s, ev->how);
	if (t->streams && t->to != &t->file && (ev->kind == EVENT_ENDED || ev->kind == EVENT_STOPPED))
		flush(t);
}

static bool add_modules(struct session *s, struct tracing *t, struct err *e)
{
	for (size_t i = 0; i < s->modules.count; i++) {
		const struct session_module *m = &s->modules.data[i];
		if (m->module && m->problem.code == E_NONE && !trace_add_module(t->trace, m->module, e))
			return false;
	}
	return true;
}

struct tracing *tracing_get(struct session *s, struct err *e)
{
	if (s->tracing)
		return s->tracing;
	struct tracing *t = calloc(1, sizeof *t);
	if (!t || !(t->trace = trace_new())) {
		free(t);
		err_oom(e);
		return NULL;
	}
	if (s->dbg && s->dbg->history)
		t->trace->replaying = &s->dbg->history->past;
	t->events = (struct event_subscriber){ .on = on_event, .user = t };
	event_subscribe(s, &t->events);
	s->tracing = t;
	if (add_modules(s, t, e) && (!s->store || trace_follow(t->trace, s->store, e)))
		return t;
	tracing_free(s);
	return NULL;
}

void tracing_free(struct session *s)
{
	struct tracing *t = s->tracing;

	if (!t)
		return;
	tracing_flush(s);
	event_unsubscribe(s, &t->events);
	if (t->to == &t->file) {
		close(t->file.fd);
		output_free(&t->file);
	}
	for (size_t i = 0; i < t->monitors.count; i++)
		monitor_free(t->monitors.data[i]);
	vec_free(&t->monitors);
	monitor_free(t->profile);
	trace_free(t->trace);
	vec_free(&t->runs);
	buf_free(&t->pending);
	free(t);
	s->tracing = NULL;
}

void tracing_store_made(struct session *s)
{
	struct err ignored = { 0 };

	if (!s->tracing)
		return;
	trace_follow(s->tracing->trace, s->store, &ignored);
	ctx_start_clock(s->ctx);
}

void tracing_store_going(struct session *s)
{
	struct err ignored = { 0 };

	if (s->tracing)
		trace_follow(s->tracing->trace, NULL, &ignored);
}

void tracing_begin(struct session *s)
{
	struct tracing *t = s->tracing;

	if (!t || s->calls.count)
		return;
	/* a run has one clock: its start function, _initialize and the call itself */
	if (!s->standalone || !s->ctx->counting)
		ctx_start_clock(s->ctx);
	if (!s->standalone || !t->runs.count)
		vec_push(&t->runs, t->trace->ring.next);
}

void tracing_ended(struct session *s, enum outcome how)
{
	if (s->tracing && s->ctx)
		trace_ended(s->tracing->trace, s->ctx, how);
}

/* ---- streaming ------------------------------------------------------------------------------------------------------------- */

/* Before the guest writes by itself, what is told so far comes first. */
static void on_trace_event(void *user, const struct trace_event *e, const uint64_t *values, unsigned words)
{
	struct tracing *t = user;

	writer_event(&t->writer, e, values, words);
	if (t->pending.size > STREAM_BYTES || (e->id == TE_HOST && t->to != &t->file))
		flush(t);
}

static bool open_file(struct tracing *t, const char *path, struct err *e)
{
	t->file.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (t->file.fd < 0)
		return err_set(e, E_IO, place_none(), "%s: %s", path, strerror(errno));
	t->to = &t->file;
	return true;
}

bool tracing_stream(struct session *s, const char *list, const char *path, struct err *e)
{
	struct str text = str_of(list), kinds = { text.p, strcspn(text.p, " ") };
	struct tracing *t = tracing_get(s, e);
	struct trace_rule rule;

	if (!t || !tracing_rule(kinds, (struct str){ text.p + kinds.n, text.n - kinds.n }, &rule, e))
		return false;
	t->to = &s->err;
	if ((path && !open_file(t, path, e))) {
		filter_free(&rule.filter);
		return false;
	}
	t->trace->ring_size = 1 + MORE_MAX;     /* they are written, not kept */
	t->streams = true;
	t->stream = (struct trace_listener){ .user = t, .selected = true, .event = on_trace_event };
	writer_begin(&t->writer, path ? trace_format_of(path) : &format_text, &t->trace->places, &t->pending,
		!path && s->color);
	return trace_on(t->trace, &rule, e) && trace_listen(t->trace, &t->stream, e);
}

void tracing_flush(struct session *s)
{
	struct tracing *t = s->tracing;

	if (!t || !t->streams)
		return;
	trace_unlisten(t->trace, &t->stream);
	writer_end(&t->writer);
	flush(t);
	t->streams = false;
}

/* ---- lines ---------------------------------------------------------------------------------------------------------------- */

bool tracing_line_at(void *user, const struct module *m, uint32_t offset, struct line_at *out)
{
	struct position at;

	(void)user;
	position_of(m, offset, &at);
	*out = (struct line_at){ at.file, at.line, at.column, at.text };
	return at.has_line;
}

/* ---- what to trace ----------------------------------------------------------------------------------------------------------- */

bool tracing_rule(struct str list, struct str filter, struct trace_rule *out, struct err *e)
{
	struct buf names = { 0 };
	struct str bad;

	*out = (struct trace_rule){ 0 };
	if (trace_kinds_parse(list, &out->kinds, &bad) && out->kinds)
		return filter_parse(&out->filter, filter, e);
	trace_kinds_print((1u << TK_COUNT) - 1, &names);
	err_set(e, E_USAGE, place_none(), "'%.*s' cannot be traced; there are: %s, all", STR_ARGS(list.n ? bad : list),
		buf_str(&names));
	buf_free(&names);
	return false;
}
