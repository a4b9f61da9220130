/* Start functions under the debugger; see starting.h. */
#include "repl/command/starting.h"

#include <stdarg.h>
#include <stdlib.h>

#include "debugger/catchpoint.h"
#include "debugger/history.h"
#include "engine/base/buf.h"
#include "repl/command/debug.h"
#include "repl/command/event.h"
#include "repl/command/guest_output.h"

struct starting {
	struct starting *outer;
	struct instance *in;
	uint32_t module;                /* the session's number */
	size_t calls;                   /* s->calls.count while it runs */
	char *line;                     /* owned; "": nothing waits */
	bool sandboxed;                 /* so is the line */
};

static struct session_module *module_at(struct session *s, uint32_t number)
{
	return &s->modules.data[number - 1];
}

bool starting_now(const struct session *s)
{
	return s->starting && s->starting->calls == s->calls.count;
}

/* ---- what waits ------------------------------------------------------------------------------ */

static bool push(struct session *s, struct session_module *m, struct instance *in)
{
	struct starting *t = calloc(1, sizeof *t);
	char *line = strndup(s->under_way.n ? s->under_way.p : "", s->under_way.n);

	if (!t || !line) {
		free(t);
		free(line);
		return false;
	}
	*t = (struct starting){ s->starting, in, m->module->number, s->calls.count, line, s->sandboxed };
	s->starting = t;
	return true;
}

static void pop(struct session *s)
{
	struct starting *t = s->starting;

	s->starting = t->outer;
	free(t->line);
	free(t);
}

void starting_given_up(struct session *s)
{
	while (s->starting && s->starting->calls > s->calls.count) {
		struct session_module *m = module_at(s, s->starting->module);
		if (m->instance == s->starting->in)
			m->instance = NULL;
		if (s->instance == s->starting->in)
			s->instance = NULL;
		pop(s);
	}
}

void starting_rest(struct session *s, struct arena *a, const char *fmt, ...)
{
	struct buf b = { 0 };
	va_list args;

	va_start(args, fmt);
	buf_vprintf(&b, fmt, args);
	va_end(args);
	char *line = arena_strndup(a, buf_str(&b), b.size);
	s->under_way = line ? str_of(line) : STR("");
	buf_free(&b);
}

/* ---- running --------------------------------------------------------------------------------- */

void starting_made(struct session *s, struct session_module *m, struct instance *in)
{
	in->started = true;
	m->instance = in;
	if (session_current(s) == m)
		s->instance = in;
	event_send(s, &(struct event){ .kind = EVENT_INSTANTIATED, .number = in->number });
}

/* The call is over, and what it started goes on. */
static void leave_call(struct session *s)
{
	s->debug->abandon(s);
	(void)vec_pop(&s->calls);
	s->frame = s->frame_call = 0;
}

/* It stopped: names mean the new instance already. */
static bool put_off(struct session *s, struct session_module *m, struct instance *in, enum outcome how, struct result *r,
	struct err *e)
{
	if (!push(s, m, in)) {
		guest_abandon(s);
		return err_oom(e);
	}
	m->instance = in;
	if (session_current(s) == m)
		s->instance = in;
	guest_report(s, how, r);
	return false;
}

/* The report is made while its frames are there. */
static bool fail(struct session *s, struct session_module *m, enum outcome how, struct result *r, struct err *e)
{
	s->debug->settle(s, how);
	buf_reset(&debug_state(s)->trap_report);
	session_start_failed(s, m, how, r, e);
	guest_abandon(s);
	return false;
}

bool starting_run(struct session *s, struct session_module *m, struct instance *in, struct result *r, struct err *e)
{
	uint32_t number = m->module->number;

	s->dbg->history->starting = true;
	enum outcome how = guest_begin(s, in->funcs[m->module->start], NULL, &r->arena, e);
	s->dbg->history->starting = false;
	if (e->code)
		return false;
	if (how == OUT_STOP)
		how = guest_run_begun(s);
	m = module_at(s, number);
	if (how == OUT_STOP || (how == OUT_TRAP && catch_has_trap(s->dbg)))
		return put_off(s, m, in, how, r, e);
	if (how != OUT_DONE)
		return fail(s, m, how, r, e);
	s->debug->settle(s, how);
	leave_call(s);
	starting_made(s, m, in);
	return true;
}

bool starting_waited(const struct session *s, const struct session_module *m)
{
	return s->waited && s->waited == m->instance;
}

/*
 * What the line has to say stands in the result of the command that let the start function go on, which itself did not fail:
 * an error is told as the guest's output is.
 */
static void carry_out(struct session *s, struct str line, struct result *r)
{
	struct err e = { 0 };

	if (session_line(s, line, r, &e) || !e.code)
		return;
	s->failed = true;
	struct buf words = { 0 };
	err_print(&e, s->error_source, &words);
	if (s->json && s->guest)
		guest_output_say(s->guest, 2, buf_str(&words), words.size);
	else
		buf_put(&r->notes, words.data, words.size);
	buf_free(&words);
}

void starting_over(struct session *s, struct result *r)
{
	struct starting *t = s->starting;
	bool sandboxed = s->sandboxed;
	char *line = t->line;

	t->line = NULL;
	leave_call(s);
	starting_made(s, module_at(s, t->module), t->in);
	s->sandboxed = sandboxed || t->sandboxed;
	s->waited = t->in;
	pop(s);
	carry_out(s, str_of(line), r);
	s->waited = NULL;
	s->sandboxed = sandboxed;
	free(line);
}
