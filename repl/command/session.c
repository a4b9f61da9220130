/* The session's life: engine, store, modules; see session.h. */
#include "repl/command/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/source.h"
#include "debugger/eval.h"
#include "engine/gc/gc.h"
#include "repl/command/binding.h"
#include "repl/command/comparing.h"
#include "repl/command/event.h"
#include "repl/command/guest_output.h"
#include "repl/command/host.h"
#include "repl/command/recording.h"
#include "repl/command/tracing.h"
#include "repl/command/macro.h"
#include "repl/command/pane.h"
#include "repl/command/scripting.h"
#include "repl/command/session_file.h"
#include "repl/command/starting.h"
#include "repl/command/wat_line.h"

static void compiled(void *user, struct ctx *c, const struct func *f, const struct native_code *n)
{
	jit_report_compiled(user, c, f, n);
}

static void entered(void *user, struct ctx *c, const struct func *f, const struct native_code *n, uint32_t at)
{
	jit_report_entered(user, c, f, n, at);
}

/* Said while the guest runs, so not as a note of a command's. */
static void tier_notice(void *user, const char *text)
{
	struct session *s = user;

	output_puts(&s->err, "note: ");
	output_puts(&s->err, text);
	output_puts(&s->err, "\n");
	output_flush(&s->err);
}

bool session_init(struct session *s, struct err *e)
{
	*s = (struct session){
		.features = features_all(), .limits = store_limits_default(), .fuel = -1,
		.out = { .fd = STDOUT_FILENO }, .err = { .fd = STDERR_FILENO }, .run_stdio = { -1, -1, -1 },
	};
	options_init(&s->options);
	tiering_init(&s->tiering);
	s->tiering.made = compiled;
	s->tiering.entered = entered;
	s->tiering.notice = tier_notice;
	s->tiering.user = s;
	s->engine = engine_new();
	return s->engine ? true : err_oom(e);
}

static void free_store(struct session *s)
{
	thread_select_main(s);
	if (s->debug && s->store)
		s->debug->store_going(s);
	tracing_store_going(s);
	recording_free(s);
	if (s->scripting && s->store)
		s->scripting->store_going(s->scripting, s);
	if (s->eval)
		s->eval->store_gone(s->eval);
	host_free(s);
	if (s->ctx)
		ctx_free(s->ctx);
	if (s->store)
		store_free(s->store);
	s->ctx = NULL;
	s->store = NULL;
	s->instance = NULL;
	s->trapped = false;
	vec_clear(&s->calls);
	starting_given_up(s);
	for (size_t i = 0; i < s->history.count; i++)           /* what they referred to is gone */
		if (vt_is_ref(s->history.data[i].type))
			s->history.data[i].lo = 0;
	wat_line_store_gone(s);
	for (int i = 0; i < 3; i++) {
		if (s->run_stdio[i] >= 0)
			close(s->run_stdio[i]);
		s->run_stdio[i] = -1;
	}
	for (size_t i = 0; i < s->modules.count; i++)
		s->modules.data[i].instance = NULL;
	for (size_t i = 0; i < s->registered.count; i++)
		free((char *)s->registered.data[i].name.p);
	vec_clear(&s->registered);
}

bool session_store(struct session *s, struct err *e)
{
	if (s->store)
		return true;
	s->store = store_new(s->engine, &s->limits);
	if (!s->store)
		return err_oom(e);
	s->store->no_guard = s->no_guard;
	s->store->no_fuse = s->no_fuse;
	s->store->gc_stress = s->gc_stress;
	s->store->verify_ir = s->verify_ir;
	if (!tiering_store(&s->tiering, s->store, e)) {
		free_store(s);
		return false;
	}
	s->ctx = ctx_new(s->store, e);
	if (!s->ctx) {
		free_store(s);
		return false;
	}
	s->ctx->user = s;
	if (s->debug)
		s->debug->store_made(s);
	tracing_store_made(s);
	if (s->scripting)
		s->scripting->store_made(s->scripting, s);
	event_store_made(s);
	return true;
}

bool session_new_store(struct session *s, struct err *e)
{
	free_store(s);
	return session_store(s, e);
}

bool session_may_leave(struct session *s)
{
	const struct swap *w = swaps_unwritten(&s->swaps);
	char question[160];

	if (!w || !s->ask)
		return true;
	snprintf(question, sizeof question, "%s is in no file (see write). Leave? (y or n) ",
		w->made->text->name);
	struct buf answer = { 0 };
	bool yes = !s->ask(s, question, &answer) || buf_str(&answer)[0] == 'y' || buf_str(&answer)[0] == 'Y';
	buf_free(&answer);
	return yes;
}

void session_free(struct session *s)
{
	if (s->workbench_kept)
		s->workbench_free(s->workbench_kept);
	while (guest_abandon(s))        /* threads end, too */
		;
	if (s->debug)
		s->debug->detach(s);
	compared_free(s);
	tracing_free(s);
	free_store(s);
	if (s->scripting)
		s->scripting->free(s->scripting, s);
	for (size_t i = 0; i < s->modules.count; i++) {
		if (s->modules.data[i].module)
			module_free(s->modules.data[i].module);
		if (s->modules.data[i].problem_text)
			source_free(s->modules.data[i].problem_text);
	}
	for (size_t i = 0; i < s->dead_modules.count; i++)
		module_free(s->dead_modules.data[i]);
	for (size_t i = 0; i < s->aliases.count; i++) {
		free(s->aliases.data[i].name);
		free(s->aliases.data[i].text);
	}
	vec_free(&s->modules);
	vec_free(&s->dead_modules);
	vec_free(&s->swaps.list);
	desk_free(&s->desk);
	vec_free(&s->registered);
	vec_free(&s->history);
	vec_free(&s->calls);
	vec_free(&s->aliases);
	vec_free(&s->own_commands);
	vec_free(&s->lessons);
	bindings_free(s);
	transcript_stop(s);
	macros_free(s);
	for (size_t i = 0; i < s->typed.count; i++)
		free(s->typed.data[i]);
	vec_free(&s->typed);
	panes_free(s);
	wat_line_free(s);
	free(s->last_call);
	if (s->error_source)
		source_free(s->error_source);
	if (s->guest)
		guest_output_free(s->guest);
	jit_report_free(&s->jit_report);
	tiering_free(&s->tiering);
	engine_free(s->engine);
	output_free(&s->out);
	output_free(&s->err);
	arena_free(&s->arena);
}

/* An object that can be asked for by its place in the history stays alive. */
static bool keep_object(struct session *s, struct value v)
{
	uint32_t top = vt_is_ref(v.type) && s->store ? heap_top(s->engine, vt_heap(v.type)) : HEAP_FUNC;

	return (top != HEAP_ANY && top != HEAP_EXTERN) || gc_hold(s->store, v.lo);
}

size_t session_remember(struct session *s, struct value v)
{
	if (!keep_object(s, v))
		return 0;
	return vec_push(&s->history, v) ? s->history.count : 0;
}
