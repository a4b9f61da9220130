/*
 * The loop around the handlers: they run until they leave with an exit code (interp.h), which says what to do before they run
 * on, or that the run is over. Stops, steps and traps are what exits become here.
 */
#include "engine/run.h"

#include <string.h>

#include "engine/base/err.h"
#include "engine/ctx.h"
#include "engine/hold.h"
#include "engine/native.h"
#include "engine/regir/acc.h"
#include "engine/regir/code.h"
#include "engine/regir/convert.h"
#include "engine/regir/interp.h"
#include "engine/tier.h"
#include "engine/turns.h"
#include "engine/unwind.h"
#include "engine/world.h"

/* ---- one turn of the handlers -------------------------------------------------------------- */

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

/* ---- what a turn ended with ---------------------------------------------------------------- */

/* Under a debugger all threads stop together. */
enum outcome run_stopped(struct ctx *c, enum stop_reason why)
{
	c->stop = why;
	if (c->hooks && !c->own_thread)
		ctx_hold_others(c);
	return OUT_STOP;
}

enum outcome run_no_memory(struct ctx *c)
{
	return ctx_trap(c, TRAP_HOST, "out of memory");
}

/* The debugger may have given fuel only for a while. OUT_DONE: go on. */
static enum outcome ask_for_fuel(struct ctx *c)
{
	enum outcome o = c->fuel_limited ? OUT_FUEL : OUT_DONE;

	if (c->hooks && c->hooks->out_of_fuel)
		o = c->hooks->out_of_fuel(c->hooks->user, c);
	return o == OUT_STOP ? run_stopped(c, STOP_HOOK) : o;
}

static enum outcome turn_over(struct ctx *c)
{
	enum outcome o = turns_pass(c->store->turns, c);

	return o == OUT_STOP ? run_stopped(c, c->stop) : o;
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
		return c->hooks ? run_stopped(c, STOP_INTERRUPT) : OUT_INTERRUPT;
	return why & LEAVE_HAND ? run_stopped(c, STOP_OTHER) : OUT_DONE;
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
		return run_no_memory(c);
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
		return run_no_memory(c);
	if (b && b->kind == BODY_PLAIN && c->counting)
		c->fuel++;
	return run_stopped(c, (why & LEAVE_HAND) && !(why & LEAVE_INTERRUPT) ? STOP_OTHER : STOP_INTERRUPT);
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
	return convert_to_plain(c, &e) ? OUT_DONE : run_no_memory(c);
}

/* What was met in the plain body may be met again soon, and coming back takes longer the larger the function is. */
static void stay_warm(struct ctx *c)
{
	const struct body *b = convert_body(c);

	c->stay_plain = PLAIN_WARM;
	c->warm = c->warm_turns = PROBE_WARM + (b ? b->size / PROBE_WARM_BYTES : 0);
}

/* A guarded access may be what a probe looks for: the plain body carries it out, and goes on for a while. */
static enum outcome at_guard(struct ctx *c)
{
	struct err e = { 0 };

	if (!convert_to_plain(c, &e))
		return run_no_memory(c);
	stay_warm(c);
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
		return run_no_memory(c);
	struct func *f = b ? ((const struct frame_header *)(const void *)((const char *)c->fp + b->header))->func : NULL;
	if (f && c->hooks && c->hooks->at_break(c->hooks->user, c, f, convert_offset(c)))
		return run_stopped(c, STOP_BREAKPOINT);
	/* it will be reached again soon: the plain body asks for less */
	if (c->stay_plain != PLAIN_STAYS)
		stay_warm(c);
	return mode == RUN_STEP_WASM ? run_stopped(c, STOP_STEP) : OUT_DONE;
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
	return run_stopped(c, STOP_HOOK);
}

/* ---- running ------------------------------------------------------------------------------- */

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
				return run_no_memory(c);
			/* the instruction was carried out: a stop of another thread waits */
			if (mode == RUN_STEP_WASM && (o == OUT_DONE || (o == OUT_STOP && c->stop == STOP_OTHER)))
				o = run_stopped(c, STOP_STEP);
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
				return run_no_memory(c);
			set_mode(c, RUN_PLAIN);
			break;
		case EXIT_BREAK:
			o = at_break(c, mode);
			break;
		case EXIT_STEP:
			if (mode == RUN_STEP_WASM)
				o = run_stopped(c, STOP_STEP);
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
				o = run_stopped(c, STOP_STEP);
			break;
		case EXIT_OUTCOME:
			o = host_ended(c);
			if (o == OUT_DONE && mode == RUN_STEP_WASM)
				o = convert_to_plain(c, &e) ? run_stopped(c, STOP_STEP) : run_no_memory(c);
			break;
		case EXIT_THROW:
			o = unwind_throw(c) ? OUT_DONE : OUT_EXCEPTION;
			if (o == OUT_DONE && mode == RUN_STEP_WASM)
				o = convert_to_plain(c, &e) ? run_stopped(c, STOP_STEP) : run_no_memory(c);
			break;
		}
		if (c->probe_after && (o == OUT_DONE || o == OUT_STOP)) {
			if (!convert_to_plain(c, &e))
				return run_no_memory(c);
			if (probes_after(c))
				o = stopped_by_probe(c);
		}
		c->probe_after = false;
		if (o != OUT_DONE) {
			if (o == OUT_STOP && !convert_to_plain(c, &e))
				return run_no_memory(c);
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

enum outcome run_function(struct ctx *c, struct func *f)
{
	set_mode(c, RUN_FAST);
	return run(c, RUN_FAST, first_turn(c, f));
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
		return run_no_memory(c);
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

enum outcome run_resume(struct ctx *c, enum run_mode mode)
{
	if (mode == RUN_STEP_WASM)
		return step_wasm(c);
	if (mode == RUN_STEP_REGIR)
		return step_regir(c);
	set_mode(c, mode);
	bool at_break = c->plain && ((const struct wcell *)(const void *)c->pc)->op == R_BREAK;
	if (!c->stay_plain && c->plain && !at_break)
		convert_to_fast(c);
	return run_here(c, mode, at_break);
}
