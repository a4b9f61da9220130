/* The debugger in a session; see debug.h. */
#include "repl/command/debug.h"

#include <stdio.h>
#include <stdlib.h>

#include "debugger/history.h"
#include "debugger/catchpoint.h"
#include "debugger/native.h"
#include "debugger/seen_frame.h"
#include "debugger/trap_report.h"
#include "debugger/watchpoint.h"
#include "engine/base/buf.h"
#include "engine/replace.h"
#include "repl/command/cmd_break.h"
#include "repl/command/interrupt.h"
#include "repl/command/recording.h"
#include "repl/command/render.h"
#include "repl/command/scripting.h"
#include "repl/command/stop_list.h"

struct debug_state *debug_state(struct session *s)
{
	return s->debug_state;
}

bool err_not_running(struct err *e)
{
	return err_set(e, E_NOT_RUNNING, place_none(), "nothing is running: 'F(ARGS)' calls, 'start F(ARGS)' calls and stops "
		"at once");
}

bool debug_frame(struct session *s, struct frame *f, struct err *e)
{
	return (guest_stopped(s) && frame_at(s->ctx, s->frame, f)) || err_not_running(e);
}

bool debug_seen_frame(const struct session *s, struct seen_frame *out)
{
	return guest_stopped(s) && seen_frame_at(s->ctx, seen_frame_number(s->ctx, s->frame, s->frame_call), out);
}

bool debug_wasm_frame(struct session *s, struct frame *f, struct err *e)
{
	if (!debug_frame(s, f, e))
		return false;
	if (f->host || !f->inst)
		return err_set(e, E_USAGE, place_none(), "frame %u is a host function's; 'up' or 'down' selects another", s->frame);
	return true;
}

/* ---- locations ------------------------------------------------------------------------------- */

static bool find_module(void *user, struct str name, const struct module **out, struct err *e)
{
	struct session_module *m;

	if (!session_find_module(user, name, &m, e))
		return false;
	*out = m->module;
	return true;
}

static void add_modules(struct session *s, struct location_scope *sc)
{
	struct debug_state *st = debug_state(s);

	vec_clear(&st->modules);
	for (size_t i = s->modules.count; i-- > 0;)
		if (s->modules.data[i].module && !s->modules.data[i].problem.code)
			vec_push(&st->modules, s->modules.data[i].module);
	sc->modules = st->modules.data;
	sc->nmodules = (uint32_t)st->modules.count;
}

bool debug_locate(struct session *s, struct str text, struct arena *a, struct location **out, uint32_t *n, bool *pending,
	struct err *e)
{
	struct location_scope sc = { .find_module = find_module, .user = s, .fuse = !s->no_fuse };
	const struct session_module *m = session_named_module(s);
	struct frame f;

	if (m && !m->problem.code) {
		sc.module = m->module;
		sc.checked = m->instance ? m->instance->code_mode == MEMORY_CHECKED : s->no_guard;
	}
	if (guest_stopped(s) && frame_at(s->ctx, s->frame, &f) && f.inst && !f.host) {
		sc.module = f.inst->module;
		sc.here = true;
		sc.func = f.func->index;
		sc.offset = f.offset;
		sc.checked = f.inst->code_mode == MEMORY_CHECKED;
	}
	add_modules(s, &sc);
	return location_find(text, &sc, a, out, n, pending, e);
}

bool debug_locate_one(struct session *s, struct str text, struct result *r, struct location *out, struct err *e)
{
	struct location *l;
	uint32_t n;
	bool pending;

	if (!text.n) {
		struct frame f;
		if (!debug_wasm_frame(s, &f, e))
			return false;
		*out = (struct location){ f.inst->module, f.func->index, f.offset, f.offset };
		return true;
	}
	if (!debug_locate(s, text, &r->arena, &l, &n, &pending, e))
		return false;
	*out = l[0];
	if (n > 1)
		buf_printf(&r->notes, "note: %.*s names %u functions; this is the first, #%u\n", STR_ARGS(text), n, l[0].func);
	struct buf moved = { 0 };
	if (location_moved(&l[0], &moved))
		buf_printf(&r->notes, "note: %s\n", buf_str(&moved));
	buf_free(&moved);
	return true;
}

/* ---- expressions ----------------------------------------------------------------------------- */

static slot *pack(const struct deftype *t, const struct value *v, slot *out)
{
	for (uint32_t i = 0; i < t->nparams; i++) {
		*out++ = v[i].lo;
		if (vt_slots(t->params[i]) == 2)
			*out++ = v[i].hi;
	}
	return out;
}

static void unpack(const struct deftype *t, const slot *in, struct value *v)
{
	for (uint32_t i = 0; i < t->nresults; i++) {
		v[i] = (struct value){ .type = t->results[i], .lo = *in++ };
		if (vt_slots(t->results[i]) == 2)
			v[i].hi = *in++;
	}
}

/* print $fac(5): runs through breakpoints, and must end well. */
static bool call_guest(void *user, struct func *f, const struct value *args, struct value *results, struct err *e)
{
	struct session *s = user;
	slot in[64], out[64];

	if (s->main_ctx)
		return err_set(e, E_EVAL, place_none(), "calls are made in the first thread; 'thread 1' selects it");
	pack(f->type, args, in);
	s->dbg->quiet = true;
	struct history_aside aside = history_aside(s->dbg->history);
	struct ctx *before = interrupt_enter(s->ctx);
	enum outcome how = ctx_call(s->ctx, f, in, out);
	interrupt_leave(before);
	history_aside_over(s->dbg->history, aside);
	s->dbg->quiet = false;
	if (how == OUT_TRAP)
		return err_set(e, E_EVAL, place_none(), "the call trapped: %s", trap_words(s->ctx->trap.kind));
	if (how != OUT_DONE)
		return err_set(e, E_EVAL, place_none(), "the call did not end normally");
	unpack(f->type, out, results);
	return true;
}

struct eval_scope debug_scope(struct session *s, uint32_t level)
{
	const struct debug_state *st = debug_state(s);
	struct eval_scope sc = {
		.ctx = s->ctx, .level = level, .function = level == s->frame ? s->frame_call : 0, .instance = s->instance, .store = s->store, .history = s->history.data,
		.nhistory = s->history.count, .results = st->results.data, .nresults = st->results.count,
		.call = s->guest_runs ? NULL : call_guest, .user = s,
	};
	struct frame f;

	sc.stopped = s->ctx && frame_at(s->ctx, level, &f);
	if (sc.stopped && f.inst)
		sc.instance = f.inst;
	return sc;
}

static struct eval_scope scope_for_dbg(void *user, uint32_t level)
{
	return debug_scope(user, level);
}

bool debug_need_instance(struct session *s, struct str expr, struct result *r, struct err *e)
{
	static const char *const words[] = { "$", "global", "mem", "table" };
	struct session_module *m = session_current(s);

	if (s->instance || guest_stopped(s) || !m || m->problem.code)
		return true;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (memmem(expr.p, expr.n, words[i], strlen(words[i])))
			return session_instantiate(s, m, r, e);
	return true;
}

bool debug_eval(struct session *s, struct str expr, struct arena *a, struct eval_result *out, struct err *e)
{
	struct eval_scope sc = debug_scope(s, s->frame);

	if (!s->eval)
		return err_set(e, E_UNSUPPORTED, place_none(), "this build has no evaluator of expressions (FRONT=none)");
	return s->eval->run(s->eval, &sc, expr, out, a, e);
}

/* ---- bodies ---------------------------------------------------------------------------------- */

static enum memory_mode mode_of(struct session *s, const struct module *m)
{
	const struct session_module *sm = session_module_of(s, m);

	return sm && sm->instance ? (enum memory_mode)sm->instance->code_mode : s->no_guard ? MEMORY_CHECKED : MEMORY_GUARDED;
}

struct body *debug_listed_body(struct session *s, const struct module *m, uint32_t func, struct err *e)
{
	if (!m->code)
		return (void)err_set(e, E_UNSUPPORTED, place_none(), "the module is invalid: nothing of it is translated"), NULL;
	enum memory_mode mode = mode_of(s, m);
	struct body *b = code_body(m, func, BODY_FAST, mode, !s->no_fuse, e);

	if (b || e->code != E_LIMIT)
		return b;
	err_clear(e);
	return code_body(m, func, BODY_PLAIN, mode, !s->no_fuse, e);
}

bool debug_revive(struct session *s, struct err *e)
{
	struct debug_state *st = debug_state(s);
	struct history *h = s->dbg->history;

	if (!h->on || !h->ended || s->calls.count)
		return s->calls.count || err_not_running(e);
	if (!vec_reserve(&s->calls, 1) || !vec_reserve(&st->depths, 1))
		return err_oom(e);
	if (!history_goto(h, history_last(h), e))
		return false;
	vec_push(&s->calls, s->ctx->segments[0].func);
	vec_push(&st->depths, s->ctx->depth);
	dbg_begun(s->dbg, s->ctx->depth);
	return true;
}

void debug_leave_native(struct session *s, struct result *r)
{
	struct frame f;

	if (s->dbg && native_leave(s->dbg) && frame_at(s->ctx, 0, &f))
		buf_printf(&r->notes, "note: the instruction under way in compiled code was finished: now at @0x%x\n", f.offset);
}

bool debug_will_change(struct session *s, struct err *e)
{
	struct history *h = s->dbg->history;
	struct buf answer = { 0 };

	if (!guest_stopped(s)) {
		h->touched = true;
		return true;
	}
	if (h->on && h->past && s->terminal && !s->batch && s->ask) {
		bool yes = s->ask(s, "This drops the recorded steps behind this one. Go on? (y or n) ", &answer) &&
			(buf_str(&answer)[0] == 'y' || buf_str(&answer)[0] == 'Y');
		buf_free(&answer);
		if (!yes)
			return err_set(e, E_HISTORY, place_none(), "nothing was changed: the recording is kept");
	}
	history_change(h);
	return true;
}

void debug_code_changed(struct session *s)
{
	struct history *h = s->dbg->history;
	struct err ignored = { 0 };

	h->touched = true;
	if (h->on && guest_stopped(s) && !dbg_is_nested(s->dbg) && !h->floors.count && !s->trapped)
		history_start(h, &ignored);
	else if (h->on)
		history_stop(h);
}

/* ---- what the session tells the debugger ----------------------------------------------------- */

static void on_ended(struct ctx *c, enum outcome how);

static void on_store_made(struct session *s)
{
	s->ctx->ended = on_ended;
	desk_follow(&s->desk, s->store);
	dbg_follow(s->dbg, s->ctx);
	recording_streams(s, &s->dbg->history->recorder);
}

static void on_store_going(struct session *s)
{
	desk_follow(&s->desk, NULL);
	dbg_follow(s->dbg, NULL);
	vec_clear(&debug_state(s)->results);
	vec_clear(&debug_state(s)->depths);
	debug_state(s)->settled = false;
}

/* The places of what B's text names now, if any, are given to it by TAKE. */
static void locate_again(struct session *s, struct breakpoint *b,
	bool (*take)(struct dbg *d, struct breakpoint *b, const struct location *l, uint32_t n, struct err *e))
{
	struct arena a = { 0 };
	struct location *l;
	struct err e = { 0 };
	bool pending;
	uint32_t n;

	if (debug_locate(s, str_of(b->spec), &a, &l, &n, &pending, &e) && n)
		take(s->dbg, b, l, n, &e);
	arena_free(&a);
}

/* Breakpoints that waited for this module get their places. */
static void place_pending(struct session *s)
{
	for (size_t i = 0; i < s->dbg->breakpoints.count; i++) {
		struct breakpoint *b = s->dbg->breakpoints.data[i];
		if (!b->places.count && (b->kind == BREAKPOINT_STOP || b->kind == BREAKPOINT_PRINT))
			locate_again(s, b, breakpoint_place);
	}
}

static bool is_in(const struct breakpoint *b, const struct module *base, uint32_t func)
{
	for (size_t i = 0; i < b->places.count; i++)
		if (b->places.data[i].func == func && module_base(b->places.data[i].module) == base)
			return true;
	return false;
}

void debug_replace_places(struct session *s, const struct module *base, uint32_t func)
{
	for (size_t i = 0; i < s->dbg->breakpoints.count; i++) {
		struct breakpoint *b = s->dbg->breakpoints.data[i];
		if (is_in(b, base, func))
			locate_again(s, b, breakpoint_move);
	}
}

static void on_module_loaded(struct session *s, struct module *m)
{
	if (dbg_add_module(s->dbg, m))
		place_pending(s);
}

static void on_module_going(struct session *s, struct module *m)
{
	if (debug_state(s)->list.module == m)
		debug_state(s)->list.module = NULL;
	dbg_drop_module(s->dbg, m);
}

static void on_instance_made(struct session *s, struct instance *in)
{
	watches_instance_made(s->dbg, in);
}

/* "start fac(5)": for whoever wants to be at the beginning of this call. */
static void note_beginning(struct session *s)
{
	const struct func *f = s->ctx->segments[0].func;
	const struct export *x = f->inst ? module_export_kind(f->inst->module, STR("_start"), EXTERN_FUNC) : NULL;
	char *out = s->dbg->history->begin;
	size_t size = sizeof s->dbg->history->begin;

	if (x && x->index == f->index)
		snprintf(out, size, "start");
	else if (!s->last_call || snprintf(out, size, "start %s", s->last_call) >= (int)size)
		out[0] = '\0';
}

static void on_begun(struct session *s)
{
	bool outermost = !debug_state(s)->depths.count;

	uint64_t before = ctx_clock(s->ctx);

	if (outermost && !history_starts(s->dbg->history))
		ctx_start_clock(s->ctx);
	if (vec_push(&debug_state(s)->depths, s->ctx->depth))
		dbg_begun(s->dbg, s->ctx->depth);
	if (outermost) {
		note_beginning(s);
		history_begun(s->dbg->history, before);
	} else {
		history_nested(s->dbg->history);
	}
	debug_state(s)->settled = false;
}

static enum outcome on_run(struct session *s)
{
	s->dbg->locking = (enum thread_locking)s->options.scheduler_locking;
	enum outcome how = step_begin(s->dbg);

	debug_state(s)->settled = true;
	return how;
}

static void keep_results(struct session *s, const struct value *v, uint32_t n)
{
	struct debug_state *st = debug_state(s);

	vec_clear(&st->results);
	if (vec_reserve(&st->results, n))
		for (uint32_t i = 0; i < n; i++)
			vec_push(&st->results, v[i]);
}

static void on_settle(struct session *s, enum outcome how)
{
	struct debug_state *st = debug_state(s);
	struct arena a = { 0 };

	if (!st->settled && how == OUT_STOP && s->ctx->stop == STOP_ENTRY)
		dbg_entered(s->dbg);
	else if (!st->settled)
		dbg_settle(s->dbg, how);
	st->settled = false;
	stop_list_note(s);
	st->list.module = NULL;         /* list begins where the guest is now */
	if (how == OUT_DONE && s->calls.count) {
		const struct func *f = vec_last(&s->calls);
		const struct value *v = guest_results(s, f, &a);
		if (v)
			keep_results(s, v, f->type->nresults);
	} else if (how == OUT_STOP && s->dbg->stop.why == WHY_RETURNED) {
		keep_results(s, s->dbg->stop.results, s->dbg->stop.nresults);
	}
	arena_free(&a);
}

static void on_report(struct session *s, enum outcome how, struct result *r)
{
	show_stop(s, r);
}

static void on_report_trap(struct session *s, struct result *r)
{
	struct buf *b = &debug_state(s)->trap_report;

	if (b->size)
		buf_put(&r->notes, b->data, b->size);
	else
		trap_report_print(s->ctx, &r->arena, &r->notes);
	buf_reset(b);
}

static void on_abandon(struct session *s)
{
	struct debug_state *st = debug_state(s);

	native_drop(s->dbg);
	ctx_abandon(s->ctx);
	while (st->depths.count && vec_last(&st->depths) > s->ctx->depth)
		(void)vec_pop(&st->depths);
	dbg_begun(s->dbg, st->depths.count ? vec_last(&st->depths) : 0);
	if (st->depths.count)
		history_nested_over(s->dbg->history);
	else
		history_over(s->dbg->history);
	watches_settle(s->dbg);
}

/* The guest is let go: a stop under a host function comes back to what is so now. */
static void on_goes_on(void *user)
{
	struct session *s = user;

	debug_state(s)->outside.guest_runs = s->guest_runs;
	debug_state(s)->outside.sandboxed = s->sandboxed;
	debug_state(s)->outside.scripted = s->scripted;
	if (s->scripting)
		s->scripting->goes_on(s->scripting, s);
}

static bool sleep_run(void *user)
{
	struct session *s = user;

	return ctx_suspend(s->dbg->root);
}

static void put_flag(bool *now, bool inside, bool before)
{
	if (inside != before)
		*now = inside;
}

static bool on_suspend(void *user)
{
	struct session *s = user;
	struct debug_state *st = debug_state(s);
	bool guest_runs = s->guest_runs, sandboxed = s->sandboxed, scripted = s->scripted;
	bool outer_runs = st->outside.guest_runs, outer_sandboxed = st->outside.sandboxed, outer_scripted = st->outside.scripted;

	s->guest_runs = outer_runs;
	s->sandboxed = outer_sandboxed;
	s->scripted = outer_scripted;
	bool go_on = s->scripting ? s->scripting->aside(s->scripting, s, sleep_run, s) : sleep_run(s);
	put_flag(&s->guest_runs, guest_runs, outer_runs);
	put_flag(&s->sandboxed, sandboxed, outer_sandboxed);
	put_flag(&s->scripted, scripted, outer_scripted);
	return go_on;
}

/*
 * A call that a host function made ends with a trap, and its frames are still there: the only moment to look at it. With
 * `catch trap` it is a stop; else the report is kept for whoever tells of the end.
 */
static void on_ended(struct ctx *c, enum outcome how)
{
	struct session *s = c->user;
	struct debug_state *st = debug_state(s);
	struct arena a = { 0 };

	if (how != OUT_TRAP || !s->dbg || c != s->dbg->root || s->dbg->quiet)
		return;
	buf_reset(&st->trap_report);
	trap_report_print(c, &a, &st->trap_report);
	arena_free(&a);
	if (!dbg_trapped_below(s->dbg, c))
		return;
	struct trap_info trap = c->trap;
	on_suspend(s);
	c->trap = trap;                 /* calls were made meanwhile */
}

static void on_detach(struct session *s)
{
	struct debug_state *st = debug_state(s);

	displays_free(s);
	dbg_free(s->dbg);
	vec_free(&st->results);
	vec_free(&st->depths);
	vec_free(&st->modules);
	buf_free(&st->todo);
	buf_free(&st->trap_report);
	free(st);
	s->dbg = NULL;
	s->debug = NULL;
	s->debug_state = NULL;
}

static const struct debug_ops ops = {
	.store_made = on_store_made, .store_going = on_store_going, .module_loaded = on_module_loaded,
	.module_going = on_module_going, .instance_made = on_instance_made, .begun = on_begun, .run = on_run,
	.settle = on_settle, .report_stop = on_report, .report_end = show_watched, .report_trap = on_report_trap, .abandon = on_abandon, .detach = on_detach,
};

static void on_selected(void *user)
{
	struct session *s = user;

	thread_select(s, s->dbg->ctx);
}

bool debug_attach(struct session *s, struct err *e)
{
	s->debug_state = calloc(1, sizeof *debug_state(s));
	s->dbg = s->debug_state ? dbg_new(s->eval) : NULL;
	if (!s->dbg) {
		free(s->debug_state);
		s->debug_state = NULL;
		return err_oom(e);
	}
	s->dbg->scope = scope_for_dbg;
	s->dbg->suspend = on_suspend;
	s->dbg->goes_on = on_goes_on;
	s->dbg->print = dprintf_print;
	s->dbg->selected = on_selected;
	s->dbg->user = s;
	s->debug = &ops;
	return true;
}
