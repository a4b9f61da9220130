/*
 * Calls of the guest from commands: begin, run, report.
 *
 * A call lives in s->calls until it has ended. One that was stopped stays there while other commands look around; a call
 * made meanwhile nests. After a trap the frames stay for inspection until `continue` or `kill`, or until the next call.
 */
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/stack.h"
#include "debugger/native.h"
#include "debugger/thrown.h"
#include "debugger/trap_report.h"
#include "repl/command/event.h"
#include "repl/command/host.h"
#include "repl/command/interrupt.h"
#include "repl/command/session.h"
#include "repl/command/starting.h"
#include "repl/command/tracing.h"

bool guest_stopped(const struct session *s)
{
	return s->calls.count > 0;
}

/* ---- limits ------------------------------------------------------------------------------------------------------------ */

/* Limits hold for a whole outermost call; those of `wrench run` for all of it, its time from when the program began. */
void guest_set_limits(struct session *s)
{
	if (s->calls.count > 0)
		return;
	int64_t deadline = s->deadline_ns;
	if (!deadline && s->timeout_ns)
		deadline = clock_now_ns() + s->timeout_ns;
	ctx_set_deadline(s->ctx, deadline);
	/* of a run, all calls share the fuel: start functions, _initialize, the call itself */
	if (s->fuel >= 0 && !(s->standalone && s->ctx->fuel_limited))
		ctx_set_fuel(s->ctx, s->fuel);
}

/* ---- running ----------------------------------------------------------------------------------------------------------- */

static slot *pack_arguments(const struct func *f, const struct value *args, struct arena *a)
{
	slot *slots = arena_array(a, f->type->param_slots + 1u, sizeof *slots), *p = slots;

	for (uint32_t i = 0; slots && i < f->type->nparams; i++) {
		*p++ = args[i].lo;
		if (vt_slots(f->type->params[i]) == 2)
			*p++ = args[i].hi;
	}
	return slots;
}

enum outcome guest_run_begun(struct session *s)
{
	struct ctx *before = interrupt_enter(s->ctx);
	enum outcome how;

	output_flush(&s->out);
	event_send(s, &(struct event){ .kind = EVENT_RESUMED });
	do {
		how = s->debug ? s->debug->run(s) : ctx_resume(s->ctx, RUN_FAST);
	} while (how == OUT_STOP && !s->debug && s->ctx->stop == STOP_ENTRY);
	interrupt_leave(before);
	return how;
}

enum outcome guest_begin(struct session *s, struct func *f, const struct value *args, struct arena *a, struct err *e)
{
	if (s->trapped)
		guest_abandon(s);
	thread_select_main(s);
	slot *slots = pack_arguments(f, args, a);
	if (!slots || !vec_reserve(&s->calls, s->calls.count + 1)) {
		err_oom(e);
		return OUT_KILLED;
	}
	guest_set_limits(s);
	tracing_begin(s);
	if (s->dbg)
		native_leave(s->dbg);
	struct ctx *before = interrupt_enter(s->ctx);
	output_flush(&s->out);
	enum outcome how = ctx_begin(s->ctx, f, slots);
	interrupt_leave(before);
	if (s->debug && how == OUT_STOP)
		s->debug->begun(s);
	vec_push(&s->calls, f);         /* there is room: see above */
	return how;
}

bool guest_call(struct session *s, struct func *f, const struct value *args, uint32_t nargs, bool stop, struct result *r,
	struct err *e)
{
	enum outcome how = guest_begin(s, f, args, &r->arena, e);

	if (e->code)
		return false;
	if (how == OUT_STOP && (!stop || !f->inst))     /* a function of the host has no first instruction */
		how = guest_run_begun(s);
	guest_report(s, how, r);
	return true;
}

bool guest_abandon(struct session *s)
{
	if (!s->calls.count)
		return false;
	thread_select_main(s);
	if (s->calls.count == 1) {
		struct ctx *who;
		host_threads_end(s, OUT_KILLED, &who);
	}
	if (s->debug)
		s->debug->abandon(s);
	else
		ctx_abandon(s->ctx);
	(void)vec_pop(&s->calls);
	starting_given_up(s);
	s->trapped = false;
	s->frame = s->frame_call = 0;
	return true;
}

int outcome_status(const struct ctx *c, enum outcome how)
{
	switch (how) {
	case OUT_EXIT:
		return c->exit_status;
	case OUT_TRAP:
	case OUT_EXCEPTION:
	case OUT_FUEL:
		return 134;
	case OUT_TIMEOUT:
		return 124;
	case OUT_INTERRUPT:
	case OUT_KILLED:
		return 130;
	case OUT_DONE:
	case OUT_STOP:
	case OUT_COUNT:
		break;
	}
	return 0;
}

const char *outcome_words(enum outcome how)
{
	static const char *const words[OUT_COUNT] = {
		[OUT_DONE] = "finished", [OUT_TRAP] = "trap", [OUT_EXCEPTION] = "uncaught exception", [OUT_EXIT] = "exited",
		[OUT_KILLED] = "killed", [OUT_FUEL] = "out of fuel", [OUT_TIMEOUT] = "timeout",
		[OUT_INTERRUPT] = "interrupted", [OUT_STOP] = "stopped",
	};

	return words[how];
}

/* ---- reporting --------------------------------------------------------------------------------------------------------- */

struct value *guest_results(struct session *s, const struct func *f, struct arena *a)
{
	slot *slots = arena_array(a, f->type->result_slots + 1u, sizeof *slots), *p = slots;
	struct value *values = arena_array(a, f->type->nresults + 1u, sizeof *values);

	if (!slots || !values)
		return NULL;
	ctx_results(s->ctx, slots);
	for (uint32_t i = 0; i < f->type->nresults; i++) {
		values[i] = (struct value){ .type = f->type->results[i], .lo = *p++ };
		if (vt_slots(values[i].type) == 2)
			values[i].hi = *p++;
	}
	return values;
}

void show_value(struct session *s, struct value v, struct result *r)
{
	size_t n = session_remember(s, v);

	buf_printf(&r->text, "$%zu = ", n);
	value_print(v, s->store, &r->text);
	buf_puts(&r->text, " : ");
	valtype_print(v.type, NULL, &r->text);
	buf_putc(&r->text, '\n');
}

static void report_results(struct session *s, const struct func *f, struct result *r)
{
	struct node *list = node_array(r, r->root, "results");
	struct value *values = guest_results(s, f, &r->arena);

	for (uint32_t i = 0; values && i < f->type->nresults; i++) {
		show_value(s, values[i], r);
		node_value(r, node_object(r, list, NULL), values[i], s->store);
	}
}

static struct node *stop_node(struct session *s, const char *reason, struct result *r)
{
	struct node *stop = node_object(r, r->root, "stop");

	node_str(r, stop, "reason", str_of(reason));
	node_int(r, stop, "thread", s->ctx->number ? s->ctx->number : 1);
	node_int(r, stop, "depth", (int64_t)s->calls.count);
	node_printf(r, stop, "step", "%llu", (unsigned long long)ctx_clock(s->ctx));
	return stop;
}

/* A stop or trap that no debugger describes. */
static void report_plain(struct session *s, enum outcome how, struct result *r)
{
	struct node *stop = stop_node(s, how == OUT_TRAP ? "trap" : "interrupt", r);

	if (how != OUT_TRAP)
		return;
	trap_report_print(s->ctx, &r->arena, &r->notes);
	trap_node(s->ctx, r, node_object(r, stop, "trap"));
}

/* Its index in the module of the innermost frame. */
static uint32_t memory_index(const struct ctx *c, const struct memory *m)
{
	struct frame f;

	if (!frame_at(c, 0, &f) || !f.inst)
		return 0;
	for (uint32_t i = 0; i < f.inst->module->nmemories; i++)
		if (f.inst->memories[i] == m)
			return i;
	return 0;
}

void trap_node(const struct ctx *c, struct result *r, struct node *trap)
{
	const struct trap_info *t = &c->trap;

	node_str(r, trap, "kind", str_of(trap_words(t->kind)));
	node_str(r, trap, "code", str_of(trap_name(t->kind)));
	if (t->kind == TRAP_MEMORY_BOUNDS && t->memory) {
		node_printf(r, trap, "address", "%llu", (unsigned long long)t->address);
		node_int(r, trap, "width", (int64_t)t->size);
		node_int(r, trap, "memory", memory_index(c, t->memory));
		node_printf(r, trap, "size", "%llu", (unsigned long long)t->memory->size);
	}
	if (t->message[0])
		node_str(r, trap, "message", str_of(t->message));
}

static void report_where(struct session *s, enum outcome how, struct result *r)
{
	bool frames = frame_count(s->ctx) > 0;

	if (s->debug && frames)
		s->debug->report_stop(s, how, r);
	else
		report_plain(s, how, r);
	if (how != OUT_TRAP)
		return;
	s->trapped = frames;
	if (frames)
		return;
	if (s->ctx->depth >= s->calls.count)
		guest_abandon(s);
	else
		(void)vec_pop(&s->calls);       /* there was no room even to begin it */
}

/* "uncaught exception: oops (7)", or how else a call ended. */
void guest_end_words(const struct ctx *c, enum outcome how, struct buf *out)
{
	buf_puts(out, outcome_words(how));
	if (how == OUT_EXCEPTION && thrown(c)) {
		buf_puts(out, ": ");
		thrown_print(c, out);
	}
}

void guest_exception_node(const struct ctx *c, struct result *r, struct node *in)
{
	struct node *one = node_object(r, in, "exception"), *list;
	struct buf tag = { 0 };
	struct value v;

	thrown_tag(c, &tag);
	node_str(r, one, "tag", str_of_buf(&tag));
	buf_free(&tag);
	list = node_array(r, one, "values");
	for (uint32_t i = 0; thrown_value(c, i, &v); i++)
		node_value(r, node_object(r, list, NULL), v, c->store);
}

/* An end that is no result: one line. */
static void report_end(struct session *s, enum outcome how, struct result *r)
{
	static const char *const reasons[OUT_COUNT] = {
		[OUT_EXCEPTION] = "exception", [OUT_FUEL] = "fuel", [OUT_TIMEOUT] = "timeout", [OUT_INTERRUPT] = "interrupt",
		[OUT_KILLED] = "killed", [OUT_EXIT] = "exited",
	};
	struct node *stop = stop_node(s, reasons[how], r);

	if (how == OUT_EXIT) {
		node_int(r, stop, "status", s->ctx->exit_status);
		buf_printf(&r->text, "exited with status %d\n", s->ctx->exit_status);
	} else {
		guest_end_words(s->ctx, how, &r->notes);
		buf_putc(&r->notes, '\n');
		if (how == OUT_EXCEPTION && thrown(s->ctx)) {
			guest_exception_node(s->ctx, r, stop);
			buf_puts(&r->notes, "    try: catch throw    (stops where it is thrown)\n");
		}
	}
}

/* Another thread ended the program: what happened there, and the call is over. */
static void report_thread(struct session *s, struct ctx *who, enum outcome how, struct result *r)
{
	struct ctx *own = s->ctx;

	buf_printf(&r->notes, "thread %u ended the program: %s\n", who->number, outcome_words(how));
	s->ctx = who;
	r->guest_status = outcome_status(who, how);
	if (how == OUT_TRAP)
		report_plain(s, how, r);
	else
		report_end(s, how, r);
	s->ctx = own;
}

void guest_report(struct session *s, enum outcome how, struct result *r)
{
	struct ctx *who = s->ctx;
	bool looked_at = how == OUT_STOP || (how == OUT_TRAP && s->debug && frame_count(s->ctx) > 0);

	if (how == OUT_DONE && starting_now(s)) {
		s->debug->settle(s, how);
		starting_over(s, r);
		if (!node_get(r->root, "stop"))
			stop_node(s, "finished", r);
		return;
	}
	/* after a trap the other threads stand still until the call is given up */
	if (!looked_at && s->calls.count <= 1)
		how = host_threads_end(s, how, &who);
	s->frame = s->frame_call = 0;
	if (s->debug)
		s->debug->settle(s, who == s->ctx ? how : OUT_KILLED);
	event_send(s, &(struct event){ .kind = how == OUT_STOP ? EVENT_STOPPED : EVENT_ENDED, .how = how });
	if (how != OUT_STOP)
		r->guest_status = outcome_status(s->ctx, how);
	if (how != OUT_STOP && s->debug)
		s->debug->report_end(s, r);
	if (who != s->ctx) {
		report_thread(s, who, how, r);
		guest_abandon(s);
		return;
	}
	if (how == OUT_STOP || how == OUT_TRAP) {
		report_where(s, how, r);
		return;
	}
	if (how != OUT_DONE) {
		report_end(s, how, r);
		guest_abandon(s);
		return;
	}
	const struct func *f = vec_last(&s->calls);
	stop_node(s, "finished", r);
	report_results(s, f, r);
	guest_abandon(s);               /* its segment goes, too */
}
