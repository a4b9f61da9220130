/*
 * Calling and running: entries from the host, the loop around the handlers, stops, outcomes. See ctx.h.
 *
 *     ctx_call ─┬─ begin_segment        ctx_begin ─ begin_segment, first frame set up, stopped
 *               ├─ run ── handlers …    ctx_resume ─ run in a mode (for a debugger on a strand: strand.h)
 *               └─ end_segment          ctx_abandon ─ end_segment
 */
#include <string.h>

#include "engine/base/err.h"
#include "engine/ctx.h"
#include "engine/exn.h"
#include "engine/fault.h"
#include "engine/hold.h"
#include "engine/host_gate.h"
#include "engine/inputs.h"
#include "engine/native.h"
#include "engine/regir/acc.h"
#include "engine/regir/call_hook.h"
#include "engine/regir/code.h"
#include "engine/regir/convert.h"
#include "engine/regir/interp.h"
#include "engine/replace.h"
#include "engine/strand.h"
#include "engine/tier.h"
#include "engine/turns.h"
#include "engine/unwind.h"
#include "engine/world.h"

/* ---- segments ---------------------------------------------------------------------------------------------------------------- */

static uint32_t window_slots(const struct func *f)
{
	return f->type->param_slots > f->type->result_slots ? f->type->param_slots : f->type->result_slots;
}

static bool no_room(struct ctx *c)
{
	c->trap = (struct trap_info){ .kind = TRAP_STACK };
	return false;
}

slot *ctx_stack_top(const struct ctx *c)
{
	if (c->depth == 0)
		return c->stack;
	if (c->host)
		return c->sp;
	struct body *b = convert_body(c);
	slot *end = b ? (slot *)(void *)((char *)c->fp + b->frame) : c->fp;
	return end > c->sp ? end : c->sp;
}

static bool begin_segment(struct ctx *c, struct func *f, const slot *args)
{
	slot *base = ctx_stack_top(c);

	if (c->depth == MAX_ENTRIES || base + window_slots(f) + 8 > c->limit)
		return no_room(c);
	c->trap = (struct trap_info){ 0 };
	c->segments[c->depth++] = (struct segment){
		.base = base, .caller_pc = c->pc, .caller_fp = c->fp, .caller_inst = c->inst, .func = f, .host = c->host,
		.caller_plain = c->plain, .caller_at_return = c->at_return, .caller_sp = c->sp,
	};
	if (f->type->param_slots)
		memmove(base, args, f->type->param_slots * sizeof(slot));
	c->host = NULL;
	c->sp = base;
	c->fp = base;
	c->pc = &interp_entries[ENTRY_EXIT];
	c->at_return = true;
	c->plain = false;
	return true;
}

static void end_segment(struct ctx *c)
{
	const struct segment *s = &c->segments[--c->depth];

	c->pc = s->caller_pc;
	c->fp = s->caller_fp;
	c->inst = s->caller_inst;
	c->host = s->host;
	c->plain = s->caller_plain;
	c->at_return = s->caller_at_return;
	c->sp = s->caller_sp;
	ctx_load_memory(c);
}

/* ---- one turn of the handlers --------------------------------------------------------------------------------------------------- */

/* Where compiled code may be reached, handlers run above a native stack of its own. */
static unsigned run_handler(struct ctx *c, uint32_t handler_address, const struct cell *pc, slot *fp, uint64_t acc, uint64_t p,
	uint64_t q, double facc)
{
	handler *h = (handler *)(uintptr_t)handler_address;

	if (!c->store->tiers || !c->store->tiers->used)
		return h(pc, fp, c, acc, p, q, facc);
	return tier_run(c, &(struct native_start){ h, pc, fp, c, acc, p, q, facc });
}

/* Execute from pc on; a break cell at pc itself is passed, when PASS, because it was answered for already. */
static unsigned dispatch(struct ctx *c, bool pass)
{
	struct body *b;

	if (c->plain) {
		const struct wcell *w = (const struct wcell *)(const void *)c->pc;
		uint32_t op = w->op;
		bool hidden = pass && op == R_BREAK && (b = convert_body(c));
		if (hidden)
			op = code_original(b, (uint32_t)((const char *)w - b->cells));
		if (c->store->probes && c->store->probes->wants[op] && !c->in_probe)
			return run_handler(c, (uint32_t)(uintptr_t)interp_probe_as, c->pc, c->fp, op, 0, 0, 0);
		const void *const *table = c->plain_table == (const void *const *)interp_stop_table
			? (const void *const *)interp_plain_table : c->plain_table;
		/* the counting handler would look at the cell and find the break again */
		if (hidden && table[op] == interp_count_table[R_NOP]) {
			if (c->fuel <= 0)
				return EXIT_FUEL;
			c->fuel--;
			table = (const void *const *)interp_plain_table;
		}
		return run_handler(c, (uint32_t)(uintptr_t)table[op], c->pc, c->fp, 0, 0, 0, 0);
	}
	uint32_t op = c->pc->op;
	uint64_t acc = 0, p = 0, q = 0;
	double facc = 0;
	if (!c->at_return && (b = convert_body(c))) {
		uint32_t at = (uint32_t)((const char *)c->pc - b->cells);
		if (pass)
			op = code_original(b, at);
		uint32_t p_at, q_at;
		code_held(b, at, &p_at, &q_at);
		p = *(const slot *)(const void *)((const char *)c->fp + p_at);
		q = *(const slot *)(const void *)((const char *)c->fp + q_at);
		/* a cell that takes an operand from the accumulator: its slot holds the value too */
		int field = acc_field(code_op(b, at));
		if (field >= 0)
			acc = *(const slot *)(const void *)((const char *)c->fp
				+ (field == 0 ? c->pc->a : field == 1 ? c->pc->b : (uint32_t)c->pc->c));
		memcpy(&facc, &acc, sizeof facc);
	}
	return run_handler(c, op, c->pc, c->fp, acc, p, q, facc);
}

static void set_mode(struct ctx *c, enum run_mode mode)
{
	const struct probes *probes = c->store->probes;
	bool probed = probes && probes->first && !c->in_probe, guarded = probed && probes->filter;

	c->probe_version = probes ? probes->version : 0;
	c->filter = guarded ? probes->filter : &probe_no_filter;
	c->stay_plain = mode != RUN_FAST || (probed && !guarded) ? PLAIN_STAYS : PLAIN_LEAVES;
	if (mode == RUN_STEP_WASM)
		c->plain_table = (const void *const *)interp_stop_table;
	else if (probed)
		c->plain_table = c->counting ? probes->count : probes->plain;
	else
		c->plain_table = (const void *const *)(c->counting ? interp_count_table : interp_plain_table);
}

/* Probes came or went while this context ran or waited. */
static bool renew_mode(struct ctx *c, enum run_mode mode, struct err *e)
{
	const struct probes *probes = c->store->probes;

	if (!probes || c->probe_version == probes->version)
		return true;
	set_mode(c, mode);
	return !c->stay_plain || convert_to_plain(c, e);
}

/* ---- what a turn ended with --------------------------------------------------------------------------------------------------------- */

/* Under a debugger all threads stop together. */
static enum outcome stopped(struct ctx *c, enum stop_reason why)
{
	c->stop = why;
	if (c->hooks && !c->own_thread)
		ctx_hold_others(c);
	return OUT_STOP;
}

static enum outcome out_of_memory(struct ctx *c)
{
	return ctx_trap(c, TRAP_HOST, "out of memory");
}

/* The debugger may have given fuel only for a while. OUT_DONE: go on. */
static enum outcome ask_for_fuel(struct ctx *c)
{
	enum outcome o = c->fuel_limited ? OUT_FUEL : OUT_DONE;

	if (c->hooks && c->hooks->out_of_fuel)
		o = c->hooks->out_of_fuel(c->hooks->user, c);
	return o == OUT_STOP ? stopped(c, STOP_HOOK) : o;
}

static enum outcome turn_over(struct ctx *c)
{
	enum outcome o = turns_pass(c->store->turns, c);

	return o == OUT_STOP ? stopped(c, c->stop) : o;
}

/* Or it was the end of the thread's turn, or the run was put to where it is another one's. */
static enum outcome out_of_fuel(struct ctx *c)
{
	struct turns *t = c->store->turns;
	bool asks = true, due = t && turns_due(t, c, &asks);
	enum outcome o = asks ? ask_for_fuel(c) : OUT_DONE;

	if (o == OUT_DONE && t && (due || t->place.now != c) && t->place.nthreads > 1)
		o = turn_over(c);
	return o;
}

/* The guest left because of c->leave. OUT_DONE: go on. */
static enum outcome left(struct ctx *c)
{
	uint32_t why = atomic_exchange(&c->leave, 0);

	/* as soon as it stands no longer still, it may be asked to again */
	while (why & LEAVE_MODE) {
		world_poll(c);
		why = (why & ~(uint32_t)LEAVE_MODE) | atomic_exchange(&c->leave, 0);
	}
	if (why & LEAVE_KILL)
		return OUT_KILLED;
	if (why & LEAVE_TIMEOUT)
		return OUT_TIMEOUT;
	if (why & LEAVE_INTERRUPT)
		return c->hooks ? stopped(c, STOP_INTERRUPT) : OUT_INTERRUPT;
	return why & LEAVE_HAND ? stopped(c, STOP_OTHER) : OUT_DONE;
}

/*
 * From a fast cell that stands for several instructions to the one that gave it its name, in the plain body. Those of the group
 * before it only compute, so the plain body may do them again. False: there is no memory.
 */
static bool to_main(struct ctx *c)
{
	struct err e = { 0 };
	struct body *b = c->at_return ? NULL : convert_body(c);

	if (!b || b->kind == BODY_PLAIN)
		return true;
	const struct body_map *m = body_map(b, &e);
	const struct map_row *row = m ? body_map_at(m, (uint32_t)((const char *)c->pc - b->cells)) : NULL;
	uint32_t main = row ? row->main : 0;
	if (!row || !convert_to_plain(c, &e))
		return false;
	set_mode(c, RUN_STEP_WASM);
	c->in_probe = true;             /* probes were told of what they asked for */
	while (((const struct wcell *)(const void *)c->pc)->offset < main) {
		if (dispatch(c, true) != EXIT_STEP)
			break;
		if (c->counting)
			c->fuel--;
	}
	c->in_probe = false;
	return true;
}

/* A wait that has to wait while threads take turns: it is carried out again when it is over. */
static enum outcome blocked(struct ctx *c, enum run_mode mode)
{
	if (!to_main(c))
		return out_of_memory(c);
	set_mode(c, mode);
	return turn_over(c);
}

/* A trap is shown exactly at the instruction that trapped. */
static void place_trap(struct ctx *c)
{
	struct trap_info trap = c->trap;

	if (to_main(c))
		c->trap = trap;
}

static enum outcome trapped(struct ctx *c)
{
	/* the clock counts what was completed: the plain body charged the instruction before it trapped */
	if (c->plain && c->counting && !c->at_return)
		c->fuel++;
	place_trap(c);
	c->stop = STOP_TRAP;
	return OUT_TRAP;
}

/* A host function ended badly. With a debugger an interrupted one is taken back: the call will be made again. */
static enum outcome host_ended(struct ctx *c)
{
	enum outcome o = c->pending;

	if (o == OUT_EXCEPTION)
		return unwind_throw(c) ? OUT_DONE : OUT_EXCEPTION;
	if (o != OUT_INTERRUPT)
		return o;
	/* whoever stops the world waits until that is heard */
	uint32_t why = atomic_fetch_and(&c->leave, (uint32_t)LEAVE_MODE);
	if (!c->hooks || !landing_of(c->pc))
		return o;
	const struct landing *l = landing_of(c->pc);
	c->plain = l->plain;
	c->pc = l->plain ? (const struct cell *)(const void *)((const struct wcell *)(const void *)l - 1)
		: (const struct cell *)(const void *)l - 1;
	c->at_return = false;
	/* a call is the last of its run: it was charged and has not happened */
	struct body *b = convert_body(c);
	if (!to_main(c))
		return out_of_memory(c);
	if (b && b->kind == BODY_PLAIN && c->counting)
		c->fuel++;
	return stopped(c, (why & LEAVE_HAND) && !(why & LEAVE_INTERRUPT) ? STOP_OTHER : STOP_INTERRUPT);
}

/* A return went into a fast frame although only plain bodies may run. */
static enum outcome returned_to_fast(struct ctx *c)
{
	struct err e = { 0 };

	if (cell_is(c->pc, h_LANDING)) {
		const struct landing *l = (const struct landing *)(const void *)c->pc;
		interp_enter_instance(c, ((const struct frame_header *)(const void *)((const char *)c->fp + l->header))->func);
		c->pc++;
	}
	c->plain = false;
	return convert_to_plain(c, &e) ? OUT_DONE : out_of_memory(c);
}

/* A guarded access may be what a probe looks for: the plain body carries it out, and goes on for a while. */
static enum outcome at_guard(struct ctx *c)
{
	struct err e = { 0 };

	if (!convert_to_plain(c, &e))
		return out_of_memory(c);
	c->stay_plain = PLAIN_WARM;
	c->warm = PROBE_WARM;
	return OUT_DONE;
}

/* A loop of a plain body goes round. */
static void loop_again(struct ctx *c)
{
	if (c->stay_plain == PLAIN_WARM && c->warm-- > 0)
		return;
	c->stay_plain = PLAIN_LEAVES;
	convert_to_fast(c);
}

/* A break cell: the debugger decides. A breakpoint inside a fused group is reached in the plain body. */
static enum outcome at_break(struct ctx *c, enum run_mode mode)
{
	struct err e = { 0 };
	struct body *b = convert_body(c);
	bool was_fast = !c->plain;

	if (was_fast && !convert_to_plain(c, &e))
		return out_of_memory(c);
	struct func *f = b ? ((const struct frame_header *)(const void *)((const char *)c->fp + b->header))->func : NULL;
	if (f && c->hooks && c->hooks->at_break(c->hooks->user, c, f, convert_offset(c)))
		return stopped(c, STOP_BREAKPOINT);
	return mode == RUN_STEP_WASM ? stopped(c, STOP_STEP) : OUT_DONE;
}

bool ctx_at_break(struct ctx *c)
{
	struct body *b = c->plain && !c->at_return && ((const struct wcell *)(const void *)c->pc)->op == R_BREAK
		? convert_body(c) : NULL;

	return b && c->hooks && c->hooks->at_break(c->hooks->user, c,
		((const struct frame_header *)(const void *)((const char *)c->fp + b->header))->func, convert_offset(c));
}

/* A breakpoint at the same place is reached, too: it will not be asked for when the guest goes on. */
static enum outcome stopped_by_probe(struct ctx *c)
{
	ctx_at_break(c);
	return stopped(c, STOP_HOOK);
}

/* ---- running -------------------------------------------------------------------------------------------------------------------------- */

static enum outcome run(struct ctx *c, enum run_mode mode, unsigned code)
{
	uint32_t suspensions = c->suspensions;
	struct err e = { 0 };

	for (;;) {
		enum outcome o = OUT_DONE;
		/* a stop in a call of a host function was gone on from: what it began as is over */
		if (c->suspensions != suspensions) {
			suspensions = c->suspensions;
			mode = RUN_FAST;
			set_mode(c, mode);
		}
		switch ((enum exit_code)code) {
		case EXIT_NONE:
		case EXIT_DONE:
			c->at_return = true;
			return OUT_DONE;
		case EXIT_TRAP:
			/* no trap: a long operation was given up, because the guest is to end */
			if (c->trap.kind != TRAP_COUNT)
				return trapped(c);
			c->trap.kind = TRAP_NONE;
			o = left(c);
			break;
		case EXIT_TRAP_CALL:
			c->at_return = true;
			return trapped(c);
		case EXIT_LEAVE:
			o = left(c);
			if (o == OUT_DONE && !renew_mode(c, mode, &e))
				return out_of_memory(c);
			/* the instruction was carried out: a stop of another thread waits */
			if (mode == RUN_STEP_WASM && (o == OUT_DONE || (o == OUT_STOP && c->stop == STOP_OTHER)))
				o = stopped(c, STOP_STEP);
			break;
		case EXIT_AGAIN:
			/* charged like any instruction, but not carried out */
			if (c->plain && c->counting)
				c->fuel++;
			o = c->store->turns && c->store->turns->blocked == c ? blocked(c, mode) : left(c);
			break;
		case EXIT_FUEL:
			o = out_of_fuel(c);
			set_mode(c, mode);
			break;
		case EXIT_FUEL_LOW:
			if (!convert_to_plain(c, &e))
				return out_of_memory(c);
			set_mode(c, RUN_PLAIN);
			break;
		case EXIT_BREAK:
			o = at_break(c, mode);
			break;
		case EXIT_STEP:
			if (mode == RUN_STEP_WASM)
				o = stopped(c, STOP_STEP);
			break;
		case EXIT_PROBE:
			o = stopped_by_probe(c);
			break;
		case EXIT_GUARD:
			o = at_guard(c);
			break;
		case EXIT_TO_FAST:
			loop_again(c);
			break;
		case EXIT_MODE:
			o = returned_to_fast(c);
			if (o == OUT_DONE && mode == RUN_STEP_WASM)
				o = stopped(c, STOP_STEP);
			break;
		case EXIT_OUTCOME:
			o = host_ended(c);
			if (o == OUT_DONE && mode == RUN_STEP_WASM)
				o = convert_to_plain(c, &e) ? stopped(c, STOP_STEP) : out_of_memory(c);
			break;
		case EXIT_THROW:
			o = unwind_throw(c) ? OUT_DONE : OUT_EXCEPTION;
			if (o == OUT_DONE && mode == RUN_STEP_WASM)
				o = convert_to_plain(c, &e) ? stopped(c, STOP_STEP) : out_of_memory(c);
			break;
		}
		if (c->probe_after && (o == OUT_DONE || o == OUT_STOP)) {
			if (!convert_to_plain(c, &e))
				return out_of_memory(c);
			if (probes_after(c))
				o = stopped_by_probe(c);
		}
		c->probe_after = false;
		if (o != OUT_DONE) {
			if (o == OUT_STOP && !convert_to_plain(c, &e))
				return out_of_memory(c);
			return o;
		}
		code = dispatch(c, code == EXIT_BREAK);
	}
}

/* The first turn may have been suspended, too. */
static enum outcome run_here(struct ctx *c, enum run_mode mode, bool pass)
{
	uint32_t suspensions = c->suspensions;
	unsigned code = dispatch(c, pass);

	if (c->suspensions != suspensions)
		set_mode(c, mode = RUN_FAST);
	return run(c, mode, code);
}

/* Whether the cell at pc is an instruction of Wasm's own: the end of a function is none. */
static bool counts_here(const struct ctx *c)
{
	const struct wcell *w = (const struct wcell *)(const void *)c->pc;
	struct body *b = c->plain ? convert_body(c) : NULL;

	if (!b)
		return false;
	uint32_t op = w->op == R_BREAK ? code_original(b, (uint32_t)((const char *)w - b->cells)) : w->op;
	return interp_count_table[op] == interp_count_table[R_NOP];
}

static enum outcome step_wasm(struct ctx *c)
{
	struct err e = { 0 };

	if (!convert_to_plain(c, &e))
		return out_of_memory(c);
	if (c->counting && counts_here(c)) {
		enum outcome o = c->fuel > 0 ? OUT_DONE : out_of_fuel(c);
		if (o != OUT_DONE)
			return o;
		c->fuel--;
	}
	set_mode(c, RUN_STEP_WASM);
	return run_here(c, RUN_STEP_WASM, true);
}

/* Steps to where the next cell of the fast body begins, or a frame begins or ends. */
static enum outcome step_regir(struct ctx *c)
{
	slot *fp = c->fp;

	for (;;) {
		struct body *b;
		struct err e = { 0 };
		enum outcome o = step_wasm(c);
		if (o != OUT_STOP || c->stop != STOP_STEP || c->fp != fp || !(b = convert_body(c)))
			return o;
		struct body *fast = code_body(b->module, b->func, c->counting ? BODY_CHARGED : BODY_FAST, b->mode,
			tiers_fuse(c->store, b->module, b->func), &e);
		const struct body_map *m = fast ? body_map(fast, &e) : NULL, *pm = m ? body_map(b, &e) : NULL;
		if (!pm)
			return o;
		uint32_t offset = body_map_at(pm, (uint32_t)((const char *)c->pc - b->cells))->start;
		const struct map_row *row = body_map_offset(m, offset);
		if (row && row->start == offset)
			return o;
	}
}

/* What was so before this entry, to be put back. */
struct entry {
	struct ctx *outer;              /* ran on this thread */
	bool running;
};

static bool enter(struct ctx *c, struct entry *before)
{
	struct err e = { 0 };

	if (!fault_thread_enter(&e))
		return false;
	*before = (struct entry){ fault_ctx, atomic_load(&c->running) };
	fault_ctx = c;
	if (before->outer && before->outer != c)
		world_safe_begin(before->outer);
	if (!before->running)
		world_enter(c);
	return true;
}

static void leave(struct ctx *c, const struct entry *before)
{
	if (!before->running)
		world_leave(c);
	if (before->outer && before->outer != c)
		world_safe_end(before->outer);
	fault_ctx = before->outer;
	fault_thread_leave();
}

/* A host function called by the host. */
static enum outcome call_host(struct ctx *c, struct func *f)
{
	slot *base = c->segments[c->depth - 1].base;
	enum outcome o = interp_host_call(c, f, base, &interp_entries[ENTRY_EXIT], base);

	c->fp = base;
	return o;
}

static unsigned first_turn(struct ctx *c, struct func *f)
{
	slot *base = c->segments[c->depth - 1].base;
	const struct cell *e = f->entry;

	interp_enter_instance(c, f);
	ctx_load_memory(c);
	c->at_return = false;
	if (c->stay_plain)
		e = &interp_entries[ENTRY_PLAIN_ONLY];
	return run_handler(c, e->op, e, base, (uint64_t)(uintptr_t)f, (uint64_t)(uintptr_t)&interp_entries[ENTRY_EXIT],
		(uint64_t)(uintptr_t)base, 0);
}

/* Run on where the context stands, on this stack. */
static enum outcome resume(struct ctx *c, enum run_mode mode)
{
	struct entry before;
	enum outcome o;

	if (!c->keeps_hold)
		ctx_let_others_go(c);
	if (!enter(c, &before))
		return out_of_memory(c);
	if (turns_any(c->store) && !c->own_thread && (o = turns_others(c->store->turns)) != OUT_DONE) {
		o = o == OUT_STOP ? stopped(c, c->stop) : o;
	} else if (c->begins_host) {
		c->begins_host = false;
		o = call_host(c, c->segments[c->depth - 1].func);
	} else if (mode == RUN_STEP_WASM) {
		o = step_wasm(c);
	} else if (mode == RUN_STEP_REGIR) {
		o = step_regir(c);
	} else {
		set_mode(c, mode);
		bool at_break = c->plain && ((const struct wcell *)(const void *)c->pc)->op == R_BREAK;
		if (!c->stay_plain && c->plain && !at_break)
			convert_to_fast(c);
		o = run_here(c, mode, at_break);
	}
	leave(c, &before);
	return o;
}

/* A stop below which the host's own frames lie: its command loop decides when to go on. */
static enum outcome nested_stops(struct ctx *c, enum outcome o)
{
	while (o == OUT_STOP) {
		if (c->own_thread && c->store->turns)
			return OUT_KILLED;
		if (c->own_thread) {
			o = ctx_stand(c, o);
			continue;
		}
		c->go_mode = RUN_FAST;
		if (!c->hooks || !c->hooks->nested_stop || !c->hooks->nested_stop(c->hooks->user, c))
			return OUT_KILLED;
		o = resume(c, c->go_mode);
	}
	return o;
}

enum outcome ctx_call(struct ctx *c, struct func *f, const slot *args, slot *results)
{
	struct entry before;
	enum outcome o;

	if (c->host && c->store->inputs)
		c->store->inputs->calls_in(c->store->inputs->user, c, f, args);
	/* first: another thread may look at the segments while this context does not run */
	if (c->gives_up)
		return OUT_KILLED;
	if (!(f = func_running(f)) || !enter(c, &before))
		return out_of_memory(c);
	if (!begin_segment(c, f, args)) {
		leave(c, &before);
		return OUT_TRAP;
	}
	if (!f->inst) {
		o = call_host(c, f);
	} else {
		const void *const *table = c->plain_table;
		const struct probe_filter *filter = c->filter;
		uint8_t stay = c->stay_plain;
		set_mode(c, RUN_FAST);
		o = nested_stops(c, run(c, RUN_FAST, first_turn(c, f)));
		c->plain_table = table;
		c->stay_plain = stay;
		c->filter = filter;
	}
	if (o == OUT_DONE)
		ctx_results(c, results);
	else if (c->ended)
		c->ended(c, o);
	end_segment(c);
	leave(c, &before);
	return o;
}

/* The function's first frame, set up as its ENTER cell would, in its plain body. */
static bool first_frame(struct ctx *c, struct func *f)
{
	slot *base = c->segments[c->depth - 1].base;
	struct err e = { 0 };
	struct body *b = code_body(f->inst->module, f->index, BODY_PLAIN, (enum memory_mode)f->inst->code_mode, true, &e);

	if (!b || (char *)base + b->frame > (char *)c->limit)
		return no_room(c);
	struct frame_header *h = (struct frame_header *)(void *)((char *)base + b->header);
	interp_hook_enter(c, f, base);
	*h = (struct frame_header){ f, &interp_entries[ENTRY_EXIT], base };
	memset((char *)base + 8 * f->type->param_slots, 0, b->header - 8 * f->type->param_slots);
	interp_enter_instance(c, f);
	ctx_load_memory(c);
	c->pc = (const struct cell *)(const void *)(b->cells + sizeof(struct wcell));
	c->fp = base;
	c->plain = true;
	c->at_return = false;
	return true;
}

enum outcome ctx_begin(struct ctx *c, struct func *f, const slot *args)
{
	struct entry before;
	enum outcome o = OUT_TRAP;

	if (!(f = func_running(f)) || !enter(c, &before))
		return out_of_memory(c);
	c->begins_host = false;
	if (begin_segment(c, f, args)) {
		if (!f->inst && !c->own_stack)
			o = call_host(c, f);
		else if (!f->inst)
			o = stopped(c, STOP_HOST);
		else if (first_frame(c, f))
			o = stopped(c, STOP_ENTRY);
		c->begins_host = o == OUT_STOP && !f->inst;
	}
	leave(c, &before);
	return o;
}

static enum outcome resume_strand(struct ctx *c, enum run_mode mode)
{
	struct entry before;

	if (!c->keeps_hold)
		ctx_let_others_go(c);
	if (!enter(c, &before))
		return out_of_memory(c);
	enum outcome o = strand_resume(c, mode, resume);
	leave(c, &before);
	return o;
}

enum outcome ctx_resume(struct ctx *c, enum run_mode mode)
{
	bool outermost = !c->own_thread && !c->running;

	if (outermost)
		world_run_begin(c);
	enum outcome o = c->own_stack && !strand_runs(c) ? resume_strand(c, mode) : resume(c, mode);
	if (outermost)
		world_run_end(c);
	return o;
}

bool ctx_run_part(struct ctx *c, void (*part)(void *user), void *user)
{
	struct entry before;

	if (!enter(c, &before))
		return false;
	part(user);
	leave(c, &before);
	return true;
}

enum outcome ctx_resume_call(struct ctx *c)
{
	struct func *f = func_running(c->segments[c->depth - 1].func);
	struct entry before;

	if (!c->keeps_hold)
		ctx_let_others_go(c);
	if (!f || !enter(c, &before))
		return out_of_memory(c);
	c->plain = false;
	set_mode(c, RUN_FAST);
	enum outcome o = run(c, RUN_FAST, first_turn(c, f));
	leave(c, &before);
	return o;
}

void ctx_results(const struct ctx *c, slot *results)
{
	const struct segment *s = &c->segments[c->depth - 1];

	if (s->func->type->result_slots)
		memcpy(results, s->base, s->func->type->result_slots * sizeof(slot));
}

void ctx_abandon(struct ctx *c)
{
	bool runs = atomic_load(&c->running);
	struct entry before;

	ctx_let_others_go(c);
	if (!runs && c->strand && enter(c, &before)) {
		strand_give_up(c);
		leave(c, &before);
	}
	if (!runs)
		world_enter(c);
	if (c->depth)
		end_segment(c);
	if (!runs)
		world_leave(c);
}
