/* Commands: reverse-*, goto, when, checkpoint, restart, timeline. */
#include <inttypes.h>

#include "debugger/history.h"
#include "debugger/reverse.h"
#include "debugger/reverse_line.h"
#include "debugger/step_line.h"
#include "engine/base/buf.h"
#include "engine/turns.h"
#include "repl/command/debug.h"
#include "repl/command/interrupt.h"

/* ---- going ----------------------------------------------------------------------------------- */

/* What a command does, so that one function can prepare, run and report all of them. */
struct plan {
	enum { STEP, FINISH, CONTINUE, GOTO } kind;
	enum grain grain;
	bool over;
	uint64_t n;                     /* steps; the step to be at */
};

static bool carry_out(struct session *s, const struct plan *p, enum outcome *how, struct err *e)
{
	*how = OUT_STOP;
	switch (p->kind) {
	case STEP:
		if (p->grain == GRAIN_LINE)
			return reverse_lines(s->dbg, p->over, p->n, e);
		return reverse_step(s->dbg, p->grain, p->over, p->n, e);
	case FINISH:
		return reverse_finish(s->dbg, s->frame, e);
	case CONTINUE:
		return reverse_continue(s->dbg, e);
	case GOTO:
		return reverse_goto(s->dbg, p->n, how, e);
	}
	return false;
}

/* Where it was before, when the way back could not be gone. */
static void stay(struct session *s, uint64_t before)
{
	struct err ignored = { 0 };

	if (dbg_clock(s->dbg) != before && history_goto(s->dbg->history, before, &ignored))
		dbg_settle_as(s->dbg, WHY_GOTO);
}

/* Into a call that is over: being at its last instruction is the first step back. */
static void enter_again(struct session *s, struct plan *p)
{
	dbg_settle_as(s->dbg, WHY_STEP);
	if (p->kind == STEP && p->grain == GRAIN_WASM && !p->over && !s->dbg->history->end_trapped)
		p->n--;
}

static bool run_plan(struct session *s, const struct plan *plan, struct result *r, struct err *e)
{
	struct plan now = *plan, *p = &now;
	bool was_over = !s->calls.count;
	enum outcome how = OUT_STOP;

	if (!s->store || !turns_any(s->store))
		thread_select_main(s);
	output_flush(&s->out);
	struct ctx *before = interrupt_enter(thread_main(s));
	bool ok = debug_revive(s, e);
	uint64_t clock = dbg_clock(s->dbg);
	if (ok && was_over && p->kind != GOTO)
		enter_again(s, p);
	if (p->kind != STEP || p->n)
		ok = ok && carry_out(s, p, &how, e);
	if (!ok && guest_stopped(s))
		stay(s, clock);
	interrupt_leave(before);
	if (!ok)
		return false;
	debug_state(s)->grain = p->grain;
	debug_state(s)->settled = true;
	s->trapped = false;
	guest_report(s, how, r);
	return true;
}

static bool run_step(struct session *s, const struct args *a, enum grain grain, bool over, struct result *r, struct err *e)
{
	const struct arg *count = arg_get(a, "count");

	return run_plan(s, &(struct plan){ STEP, grain, over, count->given ? (uint64_t)count->number : 1 }, r, e);
}

static bool run_rs(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return run_step(s, a, GRAIN_WASM, false, r, e);
}

/* Source lines where the function has some. */
static enum grain line_grain(const struct session *s)
{
	return s->dbg && s->dbg->ctx && step_has_lines(s->dbg) ? GRAIN_LINE : GRAIN_WASM;
}

static bool run_rs_line(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return run_step(s, a, line_grain(s), false, r, e);
}

static bool run_rn_line(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return run_step(s, a, line_grain(s), true, r, e);
}

static bool run_rsr(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return run_step(s, a, GRAIN_REGIR, false, r, e);
}

static bool run_rn(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return run_step(s, a, GRAIN_WASM, true, r, e);
}

#define REVERSE_STEP(id, text, short_form, words, function) \
	const struct command cmd_##id = { \
		.name = text, .alias = short_form, .group = GROUP_BACKWARDS, .summary = words, \
		.args = (const struct arg_spec[]){ { "count", ARG_COUNT, ARG_OPTIONAL, "how many", NULL }, { 0 } }, \
		.flags = CMD_REPEATS | CMD_RUNS_GUEST, .run = function, \
	}

REVERSE_STEP(reverse_step, "reverse-step", "rs", "Go back one source line, or one Wasm instruction; into calls", run_rs_line);
REVERSE_STEP(reverse_stepi, "reverse-stepi", "rsi", "Go back one Wasm instruction, into calls", run_rs);
REVERSE_STEP(reverse_stepr, "reverse-stepr", "rsr", "Go back one register-IR instruction, into calls", run_rsr);
REVERSE_STEP(reverse_next, "reverse-next", "rn", "Go back one source line, or one Wasm instruction; calls as one",
	run_rn_line);
REVERSE_STEP(reverse_nexti, "reverse-nexti", "rni", "Go back one Wasm instruction, calls as one", run_rn);

static bool run_rf(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return run_plan(s, &(struct plan){ .kind = FINISH }, r, e);
}

const struct command cmd_reverse_finish = {
	.name = "reverse-finish", .alias = "rf", .group = GROUP_BACKWARDS,
	.summary = "Go back to the call of the selected frame's function",
	.flags = CMD_REPEATS | CMD_RUNS_GUEST, .run = run_rf,
};

static bool run_rc(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return run_plan(s, &(struct plan){ .kind = CONTINUE, .grain = debug_state(s)->grain }, r, e);
}

const struct command cmd_reverse_continue = {
	.name = "reverse-continue", .alias = "rc", .group = GROUP_BACKWARDS,
	.summary = "Go back to the breakpoint or watchpoint that was reached last",
	.doc = "Without one, to where recording began. Ignore counts do not count backwards.\n",
	.flags = CMD_REPEATS | CMD_RUNS_GUEST, .run = run_rc,
};

static bool run_goto(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	int64_t n = arg_get(a, "step")->number;

	if (n < 0)
		return err_set(e, E_USAGE, place_none(), "steps count from 0");
	return run_plan(s, &(struct plan){ .kind = GOTO, .grain = debug_state(s)->grain, .n = (uint64_t)n }, r, e);
}

const struct command cmd_goto = {
	.name = "goto", .group = GROUP_BACKWARDS, .summary = "Be at the step of this number, back or ahead",
	.doc = "Steps are Wasm instructions executed since the call began: `when` says where the guest is.\n"
		"Breakpoints on the way are passed. Beyond what was recorded the guest runs on.\n", .example = "goto 24",
	.args = (const struct arg_spec[]){ { "step", ARG_NUMBER, 0, "number of the step", NULL }, { 0 } },
	.flags = CMD_RUNS_GUEST, .run = run_goto,
};

/* ---- where it is ----------------------------------------------------------------------------- */

static bool run_when(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct history *h = s->dbg->history;
	uint64_t now = dbg_clock(s->dbg), last = h->on && h->past ? history_last(h) : now;

	node_printf(r, r->root, "step", "%" PRIu64, now);
	node_printf(r, r->root, "of", "%" PRIu64, last > now ? last : now);
	buf_printf(&r->text, "step %" PRIu64 " of %" PRIu64, now, last > now ? last : now);
	if (h->on) {
		node_printf(r, r->root, "first", "%" PRIu64, history_first(h));
		buf_printf(&r->text, "; recorded from step %" PRIu64, history_first(h));
	}
	buf_puts(&r->text, h->on ? "\n" : "; nothing is recorded\n");
	return true;
}

const struct command cmd_when = {
	.name = "when", .group = GROUP_BACKWARDS, .summary = "The step the guest is at, and the last one recorded",
	.flags = CMD_NEEDS_STOP, .run = run_when,
};

/* ---- checkpoints ----------------------------------------------------------------------------- */

static bool run_checkpoint(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct history *h = s->dbg->history;
	uint32_t n = 0;

	if (!history_checkpoint(h, &n, e))
		return false;
	buf_printf(&r->text, "Checkpoint %u at step %" PRIu64 "\n", n, dbg_clock(s->dbg));
	node_int(r, r->root, "number", n);
	node_printf(r, r->root, "step", "%" PRIu64, dbg_clock(s->dbg));
	return true;
}

const struct command cmd_checkpoint = {
	.name = "checkpoint", .group = GROUP_BACKWARDS, .summary = "Give this step a number to come back to with restart",
	.flags = CMD_NEEDS_STOP, .run = run_checkpoint,
};

static bool run_restart(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	int64_t n = arg_get(a, "number")->number;
	const struct checkpoint *k = history_checkpoint_number(s->dbg->history, (uint64_t)n);

	if (!k)
		return err_set(e, E_UNKNOWN_NAME, place_none(), "no checkpoint %" PRId64 "; 'timeline' lists them", n);
	return run_plan(s, &(struct plan){ .kind = GOTO, .grain = debug_state(s)->grain, .n = k->clock }, r, e);
}

const struct command cmd_restart = {
	.name = "restart", .group = GROUP_BACKWARDS, .summary = "Be at a checkpoint again",
	.args = (const struct arg_spec[]){ { "number", ARG_COUNT, 0, "of the checkpoint", NULL }, { 0 } },
	.flags = CMD_RUNS_GUEST, .run = run_restart,
};

/* ---- timeline -------------------------------------------------------------------------------- */

enum { BAR = 60, LIST_CALLS = 1000, SHOW_CALLS = 10 };

struct line_of_time {
	uint64_t first, last;
	char bar[BAR + 1];
	uint32_t ncalls;
};

static void put_on_bar(struct line_of_time *t, uint64_t clock, char c)
{
	uint64_t length = t->last - t->first;

	if (clock >= t->first && clock <= t->last)
		t->bar[length ? (size_t)((double)(clock - t->first) / (double)length * (BAR - 1)) : 0] = c;
}

static const char *call_name(const struct history *h, const struct tape_entry *x)
{
	return x->func < h->recorder.funcs.count ? h->recorder.funcs.data[x->func].name : "?";
}

/* Calls of the host, as far as they were recorded. */
static void timeline_calls(struct history *h, struct line_of_time *t, struct buf *text, struct result *r)
{
	struct node *list = node_array(r, r->root, "calls");
	struct tape_place p = h->marks.data[0].place;
	struct tape_entry x;
	struct err ignored = { 0 };

	while (tape_read_entry(&h->recorder.tape, &p, &x, &ignored)) {
		if (x.kind != TAPE_CALL)
			continue;
		put_on_bar(t, x.clock, 'h');
		if (t->ncalls < LIST_CALLS) {
			struct node *one = node_object(r, list, NULL);
			node_printf(r, one, "step", "%" PRIu64, x.clock);
			node_str(r, one, "function", str_of(call_name(h, &x)));
		}
		if (t->ncalls++ < SHOW_CALLS)
			buf_printf(text, "  h  step %-10" PRIu64 " %s\n", x.clock, call_name(h, &x));
	}
	if (t->ncalls > SHOW_CALLS)
		buf_printf(text, "     and %u more host calls\n", t->ncalls - SHOW_CALLS);
}

static void timeline_checkpoints(const struct history *h, struct line_of_time *t, struct buf *text, struct result *r)
{
	struct node *list = node_array(r, r->root, "checkpoints");

	for (size_t i = 0; i < h->checkpoints.count; i++) {
		const struct checkpoint *k = &h->checkpoints.data[i];
		struct node *one = node_object(r, list, NULL);
		node_int(r, one, "number", k->number);
		node_printf(r, one, "step", "%" PRIu64, k->clock);
		put_on_bar(t, k->clock, k->number < 10 ? (char)('0' + k->number) : 'c');
		buf_printf(text, "  %-2u step %-10" PRIu64 " checkpoint\n", k->number, k->clock);
	}
}

static bool run_timeline(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct history *h = s->dbg->history;
	struct line_of_time t = { 0 };
	struct buf lines = { 0 };
	uint64_t now = dbg_clock(s->dbg);

	if (!h->on)
		return err_history(h, e);
	t.first = history_first(h);
	t.last = history_last(h);
	memset(t.bar, '-', BAR);
	t.bar[0] = t.bar[BAR - 1] = '|';
	timeline_calls(h, &t, &lines, r);
	timeline_checkpoints(h, &t, &lines, r);
	put_on_bar(&t, now, '^');
	node_printf(r, r->root, "first", "%" PRIu64, t.first);
	node_printf(r, r->root, "last", "%" PRIu64, t.last);
	node_printf(r, r->root, "step", "%" PRIu64, now);
	node_int(r, r->root, "snapshots", (int64_t)h->marks.count);
	node_int(r, r->root, "snapshot_bytes", (int64_t)h->bytes);
	node_int(r, r->root, "log_bytes", (int64_t)h->recorder.tape.bytes.size);
	buf_printf(&r->text, "%s\nsteps %" PRIu64 " to %" PRIu64 ", now (^) at %" PRIu64 "; %zu snapshot%s, %u host call%s\n", t.bar,
		t.first, t.last, now, h->marks.count, h->marks.count == 1 ? "" : "s", t.ncalls, t.ncalls == 1 ? "" : "s");
	buf_put(&r->text, buf_str(&lines), lines.size);
	buf_free(&lines);
	return true;
}

const struct command cmd_timeline = {
	.name = "timeline", .group = GROUP_BACKWARDS, .summary = "What was recorded: steps, host calls, checkpoints",
	.run = run_timeline,
};
