/* Commands: continue, step, next, stepi, nexti, stepr, nextr, stepn, finish, until, advance, jump, return, interrupt, kill. */
#include "debugger/breakpoint.h"
#include "debugger/jump.h"
#include "debugger/native.h"
#include "debugger/seen_frame.h"
#include "debugger/step_line.h"
#include "engine/base/buf.h"
#include "repl/command/args.h"
#include "repl/command/debug.h"
#include "repl/command/interrupt.h"
#include "repl/command/lvalue_text.h"
#include "repl/command/starting.h"

/* ---- running on ------------------------------------------------------------------------------ */

/* A call that has trapped can be looked at, not run on. */
static bool check_can_run(struct session *s, struct err *e)
{
	if (!s->trapped)
		return true;
	err_set(e, E_NOT_RUNNING, place_none(), "the call has trapped (%s) and cannot run on: 'continue' or 'kill' ends it",
		trap_words(s->ctx->trap.kind));
	return false;
}

/* What a step is, so that one function can prepare, run and report all of them. */
struct plan {
	enum { CONTINUE, STEP, FINISH, UNTIL, ADVANCE, JUMP, RETURN } kind;
	enum grain grain;
	bool over;
	uint64_t count;
	const struct location *to;
	uint32_t nto;
	const struct value *results;    /* RETURN */
};

static bool carry_out(struct session *s, const struct plan *p, enum outcome *how, struct err *e)
{
	struct seen_frame seen;

	switch (p->kind) {
	case CONTINUE:
		return step_continue(s->dbg, how, e);
	case STEP:
		if (p->grain == GRAIN_LINE)
			return step_lines(s->dbg, p->over, p->count, how, e);
		if (p->grain == GRAIN_NATIVE)
			return native_step(s->dbg, p->count, how, e);
		return step_by(s->dbg, p->grain, p->over, p->count, how, e);
	case FINISH:
		if (debug_seen_frame(s, &seen) && seen_frame_inlined(&seen))
			return step_finish_inlined(s->dbg, s->frame, s->frame_call, how, e);
		return step_finish(s->dbg, s->frame, how, e);
	case UNTIL:
		return p->grain == GRAIN_LINE ? step_line_until(s->dbg, how, e) : step_until(s->dbg, how, e);
	case ADVANCE:
		return step_advance(s->dbg, p->to, p->nto, how, e);
	case JUMP:
		if (!jump_to(s->dbg, p->to->offset, e))
			return false;
		*how = step_begin(s->dbg);
		return true;
	case RETURN:
		return jump_return(s->dbg, s->frame, p->results, how, e);
	}
	return false;
}

/* "Returned from $fac: 120 : i32" in place of the lines from FROM on, when the call ended in its outermost function. */
static void say_returned(struct session *s, const struct func *f, size_t from, struct result *r)
{
	const struct debug_state *st = debug_state(s);

	buf_truncate(&r->text, from);
	buf_puts(&r->text, "Returned from ");
	inspect_func(f, &r->text);
	for (size_t i = 0; i < st->results.count; i++) {
		buf_puts(&r->text, i ? ", " : ": ");
		value_print(st->results.data[i], s->store, &r->text);
		buf_puts(&r->text, " : ");
		valtype_print(st->results.data[i].type, NULL, &r->text);
	}
	show_source_result(s, f, st->results.data, st->results.count, &r->text);
	buf_putc(&r->text, '\n');
}

static bool run_plan(struct session *s, const struct plan *p, struct result *r, struct err *e)
{
	const struct func *f = s->calls.count ? vec_last(&s->calls) : NULL;
	size_t from = r->text.size;
	enum outcome how;

	if (!check_can_run(s, e))
		return false;
	output_flush(&s->out);
	s->dbg->locking = (enum thread_locking)s->options.scheduler_locking;
	struct ctx *before = interrupt_enter(thread_main(s));
	bool ok = carry_out(s, p, &how, e);
	interrupt_leave(before);
	if (!ok)
		return false;
	debug_state(s)->grain = p->grain;
	debug_state(s)->settled = true;
	bool returned = how == OUT_DONE && p->kind == FINISH, starts = starting_now(s);
	if (returned && starts)         /* what waited for it follows */
		say_returned(s, f, from, r);
	guest_report(s, how, r);
	if (returned && !starts)
		say_returned(s, f, from, r);
	return true;
}

static struct plan step_plan(const struct args *a, enum grain grain, bool over)
{
	const struct arg *count = arg_get(a, "count");

	return (struct plan){ .kind = STEP, .grain = grain, .over = over, .count = count->given ? (uint64_t)count->number : 1 };
}

/* ---- continue -------------------------------------------------------------------------------- */

static bool end_trapped(struct session *s, struct result *r)
{
	struct node *stop = node_object(r, r->root, "stop");

	buf_printf(&r->text, "the call ended: trap: %s\n", trap_words(s->ctx->trap.kind));
	node_str(r, stop, "reason", str_of("killed"));
	node_int(r, stop, "depth", (int64_t)s->calls.count);
	r->guest_status = outcome_status(s->ctx, OUT_TRAP);
	guest_abandon(s);
	return true;
}

static bool run_continue(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *count = arg_get(a, "count");
	const struct stop *st = &s->dbg->stop;

	if (s->trapped && !dbg_is_nested(s->dbg))
		return end_trapped(s, r);
	s->trapped = false;             /* the host function that called gets the trap */
	for (uint32_t i = 0; count->given && i < st->nhits; i++) {
		struct breakpoint *b = breakpoint_number(s->dbg, st->hits[i]);
		if (b)
			b->ignore = (uint64_t)count->number - 1;
	}
	return run_plan(s, &(struct plan){ .kind = CONTINUE, .grain = debug_state(s)->grain }, r, e);
}

const struct command cmd_continue = {
	.name = "continue", .alias = "c", .group = GROUP_RUNNING, .summary = "Run on until something stops",
	.doc = "With a number, the breakpoint just reached is passed that many times less one.\n"
		"After a trap it ends the call.\n",
	.args = (const struct arg_spec[]){
		{ "count", ARG_COUNT, ARG_OPTIONAL, "stop at the breakpoint just reached the COUNTth time", NULL }, { 0 } },
	.flags = CMD_NEEDS_STOP | CMD_REPEATS | CMD_RUNS_GUEST, .run = run_continue,
};

/* ---- steps ----------------------------------------------------------------------------------- */

/* Source lines where the function has some. */
static enum grain line_grain(const struct session *s)
{
	return step_has_lines(s->dbg) ? GRAIN_LINE : GRAIN_WASM;
}

static bool run_step(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct plan p = step_plan(a, line_grain(s), false);

	return run_plan(s, &p, r, e);
}

static bool run_next(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct plan p = step_plan(a, line_grain(s), true);

	return run_plan(s, &p, r, e);
}

static bool run_stepi(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct plan p = step_plan(a, GRAIN_WASM, false);

	return run_plan(s, &p, r, e);
}

static bool run_nexti(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct plan p = step_plan(a, GRAIN_WASM, true);

	return run_plan(s, &p, r, e);
}

static bool run_stepr(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct plan p = step_plan(a, GRAIN_REGIR, false);

	return run_plan(s, &p, r, e);
}

static bool run_nextr(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct plan p = step_plan(a, GRAIN_REGIR, true);

	return run_plan(s, &p, r, e);
}

static bool run_stepn(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct plan p = step_plan(a, GRAIN_NATIVE, false);

	return run_plan(s, &p, r, e);
}

#define STEP_COMMAND(id, text, short_form, words, function) \
	const struct command cmd_##id = { \
		.name = text, .alias = short_form, .group = GROUP_RUNNING, .summary = words, \
		.args = (const struct arg_spec[]){ { "count", ARG_COUNT, ARG_OPTIONAL, "how many", NULL }, { 0 } }, \
		.flags = CMD_NEEDS_STOP | CMD_REPEATS | CMD_RUNS_GUEST, .run = function, \
	}

STEP_COMMAND(step, "step", "s", "Run to another source line, or one Wasm instruction; into calls", run_step);
STEP_COMMAND(next, "next", "n", "Run to another source line, or one Wasm instruction; calls as one", run_next);
STEP_COMMAND(stepi, "stepi", "si", "Run one Wasm instruction, into calls", run_stepi);
STEP_COMMAND(nexti, "nexti", "ni", "Run one Wasm instruction, calls as one", run_nexti);
STEP_COMMAND(stepr, "stepr", NULL, "Run one register-IR instruction, into calls", run_stepr);
STEP_COMMAND(nextr, "nextr", NULL, "Run one register-IR instruction, calls as one", run_nextr);

const struct command cmd_stepn = {
	.name = "stepn", .group = GROUP_RUNNING, .summary = "Run one machine instruction of compiled code",
	.doc = "An interpreted frame is moved to its compiled code first. What compiled code leaves to others - calls, returns, traps,\n"
		"rare instructions - is one step, and what did it is said. All other commands that run or change the guest finish the\n"
		"register-IR instruction first and go on in the interpreter. info registers shows the machine's registers.\n",
	.args = (const struct arg_spec[]){ { "count", ARG_COUNT, ARG_OPTIONAL, "how many", NULL }, { 0 } },
	.flags = CMD_NEEDS_STOP | CMD_REPEATS | CMD_RUNS_GUEST, .run = run_stepn,
};

/* ---- finish, until, advance ------------------------------------------------------------------ */

static bool run_finish(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return run_plan(s, &(struct plan){ .kind = FINISH }, r, e);
}

const struct command cmd_finish = {
	.name = "finish", .alias = "fin", .group = GROUP_RUNNING, .summary = "Run until the selected frame returns",
	.flags = CMD_NEEDS_STOP | CMD_REPEATS | CMD_RUNS_GUEST, .run = run_finish,
};

static bool run_advance(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct plan p = { .kind = ADVANCE, .grain = line_grain(s) };
	struct location *to;
	bool pending;

	if (!debug_locate(s, arg_get(a, "where")->text, &r->arena, &to, &p.nto, &pending, e))
		return false;
	p.to = to;
	return run_plan(s, &p, r, e);
}

const struct command cmd_advance = {
	.name = "advance", .alias = "adv", .group = GROUP_RUNNING, .summary = "Run until a location is reached",
	.doc = "It also stops when the current frame returns.\n", .example = "advance #1+0x12",
	.args = (const struct arg_spec[]){ { "where", ARG_LOC, 0, "a location, as for break", NULL }, { 0 } },
	.flags = CMD_NEEDS_STOP | CMD_RUNS_GUEST, .run = run_advance,
};

static bool run_until(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	if (arg_get(a, "where")->given)
		return run_advance(s, a, r, e);
	return run_plan(s, &(struct plan){ .kind = UNTIL, .grain = line_grain(s) }, r, e);
}

const struct command cmd_until = {
	.name = "until", .alias = "u", .group = GROUP_RUNNING, .summary = "Like next, but never backwards: leaves loops",
	.doc = "With a location: run until it is reached or the current frame returns.\n",
	.args = (const struct arg_spec[]){ { "where", ARG_LOC, ARG_OPTIONAL, "a location, as for break", NULL }, { 0 } },
	.flags = CMD_NEEDS_STOP | CMD_REPEATS | CMD_RUNS_GUEST, .run = run_until,
};

/* ---- jump, return ---------------------------------------------------------------------------- */

static bool run_jump(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct plan p = { .kind = JUMP, .grain = debug_state(s)->grain, .nto = 1 };
	struct location to;
	struct frame f;

	if (!check_can_run(s, e))
		return false;
	debug_leave_native(s, r);
	if (!debug_locate_one(s, arg_get(a, "where")->text, r, &to, e))
		return false;
	if (!frame_at(s->ctx, 0, &f) || !f.inst || to.module != f.inst->module || to.func != f.func->index)
		return err_set(e, E_USAGE, place_none(), "jump goes to a place in the innermost frame's function");
	p.to = &to;
	return debug_will_change(s, e) && run_plan(s, &p, r, e);
}

const struct command cmd_jump = {
	.name = "jump", .group = GROUP_RUNNING, .summary = "Go on at another instruction of the function",
	.doc = "The operands that the instruction there expects must be on the stack. A breakpoint there stops at once.\n",
	.example = "jump #0+0x12",
	.args = (const struct arg_spec[]){ { "where", ARG_LOC, 0, "a location in the innermost frame's function", NULL }, { 0 } },
	.flags = CMD_NEEDS_STOP | CMD_RUNS_GUEST, .run = run_jump,
};

/* "1, 2.5" as values of the function's results. */
static bool read_results(struct session *s, const struct func *f, struct str text, struct result *r, struct value **out,
	struct err *e)
{
	uint32_t n = 0;

	*out = arena_array(&r->arena, f->type->nresults + 1u, sizeof **out);
	for (; *out && (text = str_trim(text)).n && n < f->type->nresults; n++) {
		size_t i = 0;
		for (int depth = 0; i < text.n && (depth || text.p[i] != ','); i++)
			depth += (text.p[i] == '(' || text.p[i] == '[') - (text.p[i] == ')' || text.p[i] == ']');
		if (!value_of_text(s, str_trim((struct str){ text.p, i }), f->type->results[n], r, &(*out)[n], e))
			return false;
		i += i < text.n;
		text = (struct str){ text.p + i, text.n - i };
	}
	if (!*out)
		return err_oom(e);
	if (n == f->type->nresults && !text.n)
		return true;
	struct buf name = { 0 };
	inspect_func(f, &name);
	err_set(e, E_USAGE, place_none(), "%s returns %u value%s: return VALUE, …", buf_str(&name), f->type->nresults,
		f->type->nresults == 1 ? "" : "s");
	buf_free(&name);
	return false;
}

static bool run_return(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct plan p = { .kind = RETURN, .grain = debug_state(s)->grain };
	struct seen_frame seen;
	struct value *results;
	struct frame f;

	if (debug_seen_frame(s, &seen) && seen_frame_inlined(&seen))
		return err_set(e, E_USAGE, place_none(), "this function is inlined: it has no frame that could return");
	if (!check_can_run(s, e) || !debug_wasm_frame(s, &f, e) ||
			!read_results(s, f.func, arg_get(a, "values")->text, r, &results, e))
		return false;
	p.results = results;
	return debug_will_change(s, e) && run_plan(s, &p, r, e);
}

const struct command cmd_return = {
	.name = "return", .group = GROUP_RUNNING, .summary = "Make the selected frame return, without running the rest of it",
	.doc = "The frames within it are given up, too. What they have done stays done.\n", .example = "return 5",
	.args = (const struct arg_spec[]){
		{ "values", ARG_REST, ARG_OPTIONAL, "one for each result, with commas between", NULL }, { 0 } },
	.flags = CMD_NEEDS_STOP | CMD_RUNS_GUEST, .run = run_return,
};

/* ---- interrupt ------------------------------------------------------------------------------- */

static bool run_interrupt(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	buf_puts(&r->text, "the guest is not running\n");
	return true;
}

const struct command cmd_interrupt = {
	.name = "interrupt", .group = GROUP_RUNNING, .summary = "Stop the running guest, as C-c does",
	.doc = "For programs that send JSON lines: it acts while the guest runs, as kill and quit do.\n", .run = run_interrupt,
};

/* ---- kill ------------------------------------------------------------------------------------ */

static bool run_kill(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct node *stop;

	if (!guest_abandon(s))
		return err_not_running(e);
	stop = node_object(r, r->root, "stop");
	node_str(r, stop, "reason", str_of("killed"));
	node_int(r, stop, "depth", (int64_t)s->calls.count);
	buf_puts(&r->text, s->calls.count ? "killed the innermost call\n" : "killed\n");
	return true;
}

const struct command cmd_kill = {
	.name = "kill", .alias = "k", .group = GROUP_RUNNING, .summary = "Give the innermost call up",
	.flags = CMD_NEEDS_STOP, .run = run_kill,
};
