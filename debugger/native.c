/* Standing in compiled code; see native.h. */
#include "debugger/native.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "debugger/breakpoint.h"
#include "debugger/history.h"
#include "debugger/step_goal.h"
#include "engine/module.h"
#include "engine/regir/code.h"
#include "engine/regir/convert.h"
#include "engine/tier.h"
#include "engine/turns.h"
#include "jit/asm_note.h"

enum { STACK_BYTES = 64 << 10, STACK_RESERVE = 32 << 10 };

/* Registers of docs/jit.md on the one machine that can step. */
enum {
	REG_RESULT = 0, REG_ENTRY_ACC = 1, REG_ENTRY_CTX = 2, REG_SECOND = 2, REG_SP = 4, REG_FP = 5, REG_ENTRY_FP = 6, REG_ENTRY_P = 8,
	REG_ENTRY_Q = 9, REG_MEM = 14, REG_CTX = 15
};
static const uint8_t arg_regs[] = { 7, 6, 2, 1, 8, 9 };
enum { FIRST_VECTOR = 32, FLAGS_AT_START = 0x202 };

/* The context's registers as handlers see them: compiled code has its own idea of them while it calls helpers. */
struct hand {
	const struct cell *pc;
	slot *fp;
	bool plain, at_return;
};

struct native {
	struct native_stop stop;
	bool on;
	struct listing listing;
	struct body *body;
	const struct body_map *map;
	struct body *plain;             /* the same function's, and its map */
	const struct body_map *plain_map;
	const struct map_row *row;      /* the group of cells that is under way; NULL: the function is being entered */
	uint32_t twin;                  /* Wasm instructions of a loop's first test, which a branch at its end does (struct twin) */
	uint32_t pending;               /* Wasm instructions since the frame was the interpreter's, but for ROW's */
	struct hand own;               /* what compiled code left in the context */
	char *stack;                    /* native; NULL: not made yet */
	slot *kept;                     /* the frame when it was the interpreter's */
	size_t kept_bytes;
	uint64_t behind;                /* the instruction's end */
	bool called;                    /* it called compiled code, or a piece: not a C function */
	const void *helper;             /* the C function that the last instruction called */
};

const struct native_stop *native_stop(const struct dbg *d)
{
	return d->native && d->native->on && d->ctx == d->root ? &d->native->stop : NULL;
}

bool native_between(const struct dbg *d)
{
	return d->native && d->native->on && d->native->stop.between;
}

void native_drop(struct dbg *d)
{
	struct native *n = d->native;

	if (!n || !n->on)
		return;
	n->on = false;
	d->root->in_native = false;
	listing_free(&n->listing);
}

void native_free(struct dbg *d)
{
	native_drop(d);
	if (!d->native)
		return;
	if (d->native->stack)
		munmap(d->native->stack, STACK_BYTES);
	free(d->native->kept);
	free(d->native);
	d->native = NULL;
}

/* ---- groups: what the interpreter would call an instruction ------------------------------------------------------ */

/* The group that begins with the cell at AT; NULL: none does. */
static const struct map_row *group_at(const struct native *n, uint32_t at)
{
	const struct map_row *row = at ? body_map_at(n->map, at) : NULL;

	return row && row->at == at && body_map_offset(n->map, row->start) == row ? row : NULL;
}

/* Whether the plain body has a place for where it begins: else the interpreter cannot go on there, and nobody stops. */
static bool group_stops(const struct native *n, const struct map_row *row)
{
	const struct map_row *plain = body_map_offset(n->plain_map, row->start);

	return plain && plain->start == row->start;
}

/* Where the group behind it in the module begins. */
static uint32_t group_end(const struct native *n, const struct map_row *row)
{
	uint32_t end = UINT32_MAX;

	for (uint32_t i = 0; i < n->map->nrows; i++)
		if (n->map->rows[i].at && n->map->rows[i].start > row->start && n->map->rows[i].start < end)
			end = n->map->rows[i].start;
	return end;
}

/* Wasm instructions that it stands for: those that the plain body counts. */
static uint32_t group_count(const struct native *n, const struct map_row *row)
{
	uint32_t end = group_end(n, row), count = 0;

	for (uint32_t i = 0; i < n->plain_map->nrows; i++) {
		const struct map_row *r = &n->plain_map->rows[i];
		count += r->start >= row->start && r->start < end &&
			interp_count_table[code_op(n->plain, r->at)] == interp_count_table[R_NOP];
	}
	return count;
}

/* The loop whose first test the cell at AT does, too; NULL: of none. */
static const struct map_row *twin_of(const struct native *n, uint32_t at)
{
	for (uint32_t i = 0; i < n->body->ntwins; i++)
		if (n->body->twins[i].copy == at)
			return body_map_at(n->map, n->body->twins[i].at);
	return NULL;
}

/* The first of the places at code offset CODE or behind it. */
static uint32_t place_from(const struct native_tables *t, uint32_t code)
{
	uint32_t lo = 0, hi = t->nplaces;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;
		if (t->places[mid].code < code)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* ---- the frame ------------------------------------------------------------------------------------------------------ */

static slot *slot_of(const struct native *n, uint32_t s)
{
	return (slot *)(uintptr_t)n->stop.regs.g[REG_FP] + s;
}

/* Registers that are newer than their slots. */
static void write_back(struct native *n, const struct code_state *st)
{
	for (unsigned i = 0; i < st->n; i++) {
		const struct held *h = &st->held[i];
		if (!h->valid || !h->dirty)
			continue;
		if (h->reg < FIRST_VECTOR)
			*slot_of(n, h->slot) = n->stop.regs.g[h->reg];
		else
			memcpy(slot_of(n, h->slot), n->stop.regs.v[h->reg - FIRST_VECTOR], h->wide ? 16 : 8);
	}
}

static void fill(struct native *n, const struct code_state *st)
{
	for (unsigned i = 0; i < st->n; i++) {
		const struct held *h = &st->held[i];
		uint64_t *v = n->stop.regs.v[h->reg % FIRST_VECTOR];
		if (!h->valid)
			continue;
		if (h->reg < FIRST_VECTOR) {
			n->stop.regs.g[h->reg] = *slot_of(n, h->slot);
		} else {
			v[0] = *slot_of(n, h->slot);
			v[1] = h->wide ? *slot_of(n, h->slot + 1) : 0;
		}
	}
}

static bool keep_frame(struct native *n, const struct ctx *c)
{
	size_t bytes = n->body->frame;
	slot *room = bytes > n->kept_bytes ? realloc(n->kept, bytes) : n->kept;

	if (!room)
		return false;
	n->kept = room;
	n->kept_bytes = bytes > n->kept_bytes ? bytes : n->kept_bytes;
	memcpy(room, c->fp, bytes);
	return true;
}

static struct hand hand_of(const struct ctx *c)
{
	return (struct hand){ c->pc, c->fp, c->plain, c->at_return };
}

static void hand_put(struct ctx *c, struct hand p)
{
	c->pc = p.pc;
	c->fp = p.fp;
	c->plain = p.plain;
	c->at_return = p.at_return;
}

static void find_part(struct native *n)
{
	const struct listing *l = &n->listing;
	size_t i = l->parts.count;

	while (i > 1 && l->parts.data[i - 1].code > n->stop.at)
		i--;
	n->stop.part = i - 1;
}

/* The group of PLACE begins: the frame is what it is to the interpreter. */
static bool begin_group(struct dbg *d, const struct native_place *p)
{
	struct native *n = d->native;
	struct ctx *c = d->root;
	const struct code_state *st = listing_state_of(&n->listing, p->at);
	struct err e = { 0 };

	if (!st)
		return false;
	write_back(n, st);
	hand_put(c, (struct hand){ (const struct cell *)(const void *)(n->body->cells + p->at), slot_of(n, 0), false, false });
	n->own = hand_of(c);
	n->stop.between = false;
	return convert_to_plain(c, &e) && keep_frame(n, c);
}

/*
 * Control came to the code offset where it stands. Groups without code may lie at the same offset: they are passed at once when
 * it fell through to them (FROM: those of cells at and behind it), not when it jumped to the label behind them.
 */
static bool arrive(struct dbg *d, bool jumped, uint32_t from)
{
	struct native *n = d->native;
	const struct native_tables *t = &n->stop.code->tables;
	const struct native_place *at = NULL;
	uint32_t first = place_from(t, n->stop.at), passed = 0;

	for (uint32_t i = first; i < t->nplaces && t->places[i].code == n->stop.at; i++) {
		const struct map_row *row = t->places[i].at >= from ? group_at(n, t->places[i].at) : NULL;
		if (!row)
			continue;
		passed = jumped && row->label ? 0 : passed;
		if (at && !(jumped && row->label))
			passed += group_count(n, group_at(n, at->at));
		at = &t->places[i];
	}
	if (!at)
		return true;
	if (n->row)
		passed += group_count(n, n->row) + n->twin;
	n->pending += passed;
	n->row = group_at(n, at->at);
	n->twin = 0;
	if (!group_stops(n, n->row))
		return true;
	d->root->fuel -= n->pending;
	n->pending = 0;
	return begin_group(d, at);
}

/* ---- going in --------------------------------------------------------------------------------------------------------- */

static bool cannot(struct err *e, const char *why)
{
	return err_set(e, E_UNSUPPORTED, place_none(), "%s", why);
}

/* Compiled code that is made the same way twice begins its instructions at the same offsets. */
static bool same_places(const struct native_tables *a, const struct native_tables *b)
{
	return a->nplaces == b->nplaces && memcmp(a->places, b->places, a->nplaces * sizeof *a->places) == 0;
}

static bool may_enter(struct dbg *d, const struct frame *f, struct err *e)
{
	const struct ctx *c = d->ctx;
	const struct store *s = c->store;

	if (!native_trap_can())
		return cannot(e, "this machine has no trap flag: single instructions of compiled code cannot be stepped");
	if (f->host || !f->inst || c->at_return || c->host)
		return cannot(e, "a host function has no compiled code");
	if (!s->tiers)
		return cannot(e, "this store has no compiler");
	if (c != d->root || (s->turns && s->turns->place.nthreads > 1))
		return cannot(e, "only the first thread is stepped in compiled code, and not while threads take turns");
	if (s->probes && s->probes->first)
		return cannot(e, "compiled code is not entered while watchpoints, catchpoints or traces look at what instructions do");
	return true;
}

static const struct native_code *code_of(struct dbg *d, const struct frame *f, struct body **b, struct err *e)
{
	enum { REASONS = NATIVE_OFF_HOOK | NATIVE_OFF_REPLACED | NATIVE_OFF_GUARD };
	const struct instance *in = f->inst;
	struct err why = { 0 };

	*b = code_body(in->module, f->func->index, BODY_FAST, (enum memory_mode)in->code_mode, !in->store->no_fuse, &why);
	const struct native_code *n = *b ? tier_compile(d->ctx, f->func, *b, TIER_ASKED, &why) : NULL;
	if (!n)
		err_set(e, E_UNSUPPORTED, place_none(), "there is no compiled code of this function%s%s", why.code ? ": " : "", why.message);
	else if (n->off & REASONS)
		n = (cannot(e, "compiled code of this function is not entered while its calls are told of, or another body is in its place"), NULL);
	return n;
}

static bool make_listing(struct native *n, const struct native_code *code, struct body *b, struct err *e)
{
	if (!listing_make(&n->listing, b, MACHINE_HOST, e))
		return false;
	n->plain = code_body(b->module, b->func, BODY_PLAIN, b->mode, true, e);
	n->plain_map = n->plain ? body_map(n->plain, e) : NULL;
	n->map = n->plain_map ? body_map(b, e) : NULL;
	if (n->map && same_places(&n->listing.out.tables, &code->tables) && code->size == n->listing.size)
		return true;
	listing_free(&n->listing);
	return !e->code && cannot(e, "the compiler's record of this function's code is not that of the code that runs");
}

static bool make_native(struct dbg *d, struct err *e)
{
	if (!d->native && !(d->native = calloc(1, sizeof *d->native)))
		return err_oom(e);
	struct native *n = d->native;
	if (n->stack)
		return true;
	void *p = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return err_oom(e);
	n->stack = p;
	return true;
}

/* Registers as at the first instruction of compiled code, below which no other lies: it returns by its return cell. */
static void base_registers(struct native *n, struct ctx *c)
{
	char *top = n->stack + STACK_BYTES - 64;

	memset(top, 0, 64);
	memset(&n->stop.regs, 0, sizeof n->stop.regs);
	n->stop.regs.flags = FLAGS_AT_START;
	n->stop.regs.g[REG_SP] = (uint64_t)(uintptr_t)top + 8;
	n->stop.regs.g[REG_FP] = (uint64_t)(uintptr_t)c->fp;
	n->stop.regs.g[REG_CTX] = (uint64_t)(uintptr_t)c;
	n->stop.regs.g[REG_MEM] = (uint64_t)(uintptr_t)c->mem0;
}

/* Where the code of the group begins; NULL: it has none, because what is before it is always left to the interpreter. */
static const struct native_place *place_of_group(const struct native *n, const struct map_row *row)
{
	const struct native_tables *t = &n->listing.out.tables;

	for (uint32_t i = 0; listing_state_of(&n->listing, row->at) && i < t->nplaces; i++)
		if (t->places[i].at == row->at)
			return &t->places[i];
	return NULL;
}

/* Into the code at the group that begins here. */
static bool place_at_group(struct dbg *d, const struct map_row *row)
{
	struct native *n = d->native;
	const struct native_place *p = place_of_group(n, row);

	fill(n, listing_state_of(&n->listing, row->at));
	n->stop.at = p->code;
	n->row = row;
	n->pending = n->twin = 0;
	return begin_group(d, p) && arrive(d, false, row->at + 1);
}

/* Into the code at its beginning, as handlers enter it: the frame was made just now, and is made once more. */
static bool place_at_entry(struct dbg *d, const struct frame *f)
{
	struct native *n = d->native;
	const struct frame_header *h = (const struct frame_header *)(const void *)((const char *)f->fp + f->header);

	n->stop.at = (uint32_t)((const uint8_t *)n->stop.code->outer - n->stop.code->code);
	n->stop.regs.g[REG_ENTRY_FP] = (uint64_t)(uintptr_t)f->fp;
	n->stop.regs.g[REG_ENTRY_CTX] = (uint64_t)(uintptr_t)d->root;
	n->stop.regs.g[REG_ENTRY_ACC] = (uint64_t)(uintptr_t)h->func;
	n->stop.regs.g[REG_ENTRY_P] = (uint64_t)(uintptr_t)h->ret;
	n->stop.regs.g[REG_ENTRY_Q] = (uint64_t)(uintptr_t)h->caller;
	n->row = NULL;
	n->pending = n->twin = 0;
	n->stop.between = false;
	n->own = hand_of(d->root);
	return keep_frame(n, d->root);
}

/*
 * Move the innermost frame; BEGUN: it was made by the call just now. False with E: it cannot be; AMID: because it is in the
 * middle of a group.
 */
static bool go_in(struct dbg *d, bool begun, bool *amid, struct err *e)
{
	struct frame f;
	struct body *b;

	*amid = false;
	if (!frame_at(d->ctx, 0, &f) || !may_enter(d, &f, e) || !make_native(d, e))
		return !e->code && cannot(e, "nothing is stopped");
	const struct native_code *code = code_of(d, &f, &b, e);
	const struct map_row *row = code ? convert_row(d->ctx, b) : NULL;
	if (!code)
		return false;
	if (!row) {
		*amid = true;
		return cannot(e, "operands are not where compiled code looks for them");
	}
	struct native *n = d->native;
	if (!make_listing(n, code, b, e))
		return false;
	if (!begun && !place_of_group(n, row)) {
		listing_free(&n->listing);
		return cannot(e, "there is no compiled code for this place: what is before it is always left to the interpreter");
	}
	n->body = b;
	n->stop.code = code;
	n->stop.listing = &n->listing;
	base_registers(n, d->ctx);
	n->on = true;
	d->ctx->in_native = true;
	if (begun ? place_at_entry(d, &f) : place_at_group(d, row)) {
		n->stop.regs.pc = (uint64_t)(uintptr_t)(code->code + n->stop.at);
		find_part(n);
		return true;
	}
	native_drop(d);
	return err_oom(e);
}

/* ---- one instruction ---------------------------------------------------------------------------------------------------- */

/* Results come back in two registers at most. */
struct two { uint64_t first, second; };
typedef struct two helper_fn(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);

/* A C function was called: it runs as any other, and returns there. */
static void run_helper(struct native *n)
{
	uint64_t *g = n->stop.regs.g;
	helper_fn *helper = (helper_fn *)(uintptr_t)n->helper;
	struct two r = helper(g[arg_regs[0]], g[arg_regs[1]], g[arg_regs[2]], g[arg_regs[3]], g[arg_regs[4]], g[arg_regs[5]]);

	g[REG_RESULT] = r.first;
	g[REG_SECOND] = r.second;
	memcpy(&n->stop.regs.pc, (const void *)(uintptr_t)g[REG_SP], sizeof n->stop.regs.pc);
	g[REG_SP] += 8;
}

static bool is_inside(const struct native *n)
{
	return n->stop.regs.pc - (uint64_t)(uintptr_t)n->stop.code->code < n->stop.code->size;
}

static bool is_piece(uint64_t pc)
{
	static const char *const pieces[] = { native_by_entry, native_across, native_return_slow, native_interp, native_exit,
		native_refused };

	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
		if (pc == (uint64_t)(uintptr_t)pieces[i])
			return true;
	return false;
}

static void run_one(void *user)
{
	struct dbg *d = user;
	struct native *n = d->native;
	uint64_t sp = n->stop.regs.g[REG_SP];

	n->helper = NULL;
	native_trap_step(&n->stop.regs);
	n->called = n->stop.regs.g[REG_SP] + 8 == sp && n->stop.regs.pc != n->behind;
	if (!n->called || is_piece(n->stop.regs.pc) || tier_code_at(n->body->module, (const void *)(uintptr_t)n->stop.regs.pc))
		return;
	n->called = false;
	n->helper = (const void *)(uintptr_t)n->stop.regs.pc;
	run_helper(n);
}

/* What the context is to compiled code, while that runs. */
static bool run_part(struct dbg *d)
{
	struct native *n = d->native;
	struct ctx *c = d->root;
	struct hand seen = hand_of(c);
	void *sp = c->native_sp;
	char *limit = c->native_limit;
	slot *entries = c->enter_usual;

	hand_put(c, n->own);
	c->native_sp = n->stack + STACK_BYTES - 64;
	c->native_limit = n->stack + STACK_RESERVE;
	tier_set_enter_limit(c, c->limit - SMALL_FRAME / sizeof(slot));
	bool ok = ctx_run_part(c, run_one, d);
	c->native_sp = sp;
	c->native_limit = limit;
	tier_set_enter_limit(c, entries);
	n->own = hand_of(c);
	hand_put(c, seen);
	return ok;
}

/* Back to where the group began, in the interpreter. */
static bool go_out(struct dbg *d)
{
	memcpy(d->root->fp, d->native->kept, d->native->body->frame);
	native_drop(d);
	return false;
}

/* False: that was a way out of the function's code. */
static bool one_instruction(struct dbg *d)
{
	struct native *n = d->native;
	struct asm_line line;
	const struct listed_part *p = &n->listing.parts.data[n->stop.part];
	uint32_t from = n->stop.at;

	asm_text_line(MACHINE_HOST, n->stop.code->code, n->stop.code->size, from, 0, &line);
	if (p->part == PART_INSTRUCTION && n->row && twin_of(n, p->at))
		n->twin = group_count(n, twin_of(n, p->at));
	n->behind = n->stop.regs.pc + line.n;
	if (!run_part(d) || n->called || !is_inside(n))
		return go_out(d);
	n->stop.at = (uint32_t)(n->stop.regs.pc - (uint64_t)(uintptr_t)n->stop.code->code);
	n->stop.between = n->row != NULL;
	find_part(n);
	return arrive(d, n->stop.at != from + line.n, 0) || go_out(d);
}

bool native_leave(struct dbg *d)
{
	bool moved = native_between(d);

	while (native_between(d))
		moved &= one_instruction(d);
	native_drop(d);
	return moved;
}

/* ---- steps ------------------------------------------------------------------------------------------------------------------ */

/* A breakpoint lies in the group, behind its first instruction. */
static bool stops_within(const struct dbg *d)
{
	const struct native *n = d->native;
	const struct body_map *map = n->plain_map;

	for (uint32_t i = 0; code_patched(n->plain) && i < map->nrows; i++)
		if (map->rows[i].start > n->row->start && map->rows[i].start <= n->row->main &&
		    patch_at(d, n->body->module, n->body->func, map->rows[i].start))
			return true;
	return false;
}

/* Whether the group may run here: there is fuel for it, nothing is to be done on the way. */
static bool may_run_group(const struct dbg *d)
{
	const struct native *n = d->native;

	if (n->stop.between || !n->row)
		return true;
	uint64_t count = group_count(n, n->row);
	return d->root->fuel >= (int64_t)count && history_way(d->history) >= count && !stops_within(d);
}

/* The interpreter goes on to where a group begins, or to another frame. */
static enum outcome interpret_group(struct dbg *d)
{
	struct frame was, f;

	frame_at(d->ctx, 0, &was);
	for (;;) {
		enum outcome how = step_resume(d, RUN_STEP_WASM);
		if (how != OUT_STOP || d->ctx->stop != STOP_STEP)
			return how;
		step_reach_breakpoints(d);
		if (d->nhits || !frame_at(d->ctx, 0, &f) || !f.inst || f.fp != was.fp || f.func != was.func)
			return how;
		struct err e = { 0 };
		struct body *b = code_body(f.inst->module, f.func->index, BODY_FAST, (enum memory_mode)f.inst->code_mode,
			!f.inst->store->no_fuse, &e);
		const struct body_map *map = b ? body_map(b, &e) : NULL;
		const struct map_row *row = map ? body_map_offset(map, f.offset) : NULL;
		if (!row || row->start == f.offset)
			return how;
	}
}

/* What compiled code leaves to the interpreter; then into compiled code again, if that is possible. */
static enum outcome go_round(struct dbg *d)
{
	struct native *n = d->native;
	struct frame was, f;
	struct err e = { 0 };
	bool amid;

	n->stop.did[0] = '\0';
	frame_at(d->ctx, 0, &was);
	enum outcome how = interpret_group(d);
	bool there = frame_at(d->ctx, 0, &f);
	bool begun = there && (f.fp > was.fp || (f.fp == was.fp && f.func != was.func)), back = !there || f.fp < was.fp;
	snprintf(n->stop.did, sizeof n->stop.did, "the interpreter carried out %s at @0x%x",
		begun ? "the call" : back ? "the return" : "the instruction", was.offset);
	if (how == OUT_STOP && d->ctx->stop == STOP_STEP && !d->nhits)
		go_in(d, begun, &amid, &e);
	return how;
}

static enum outcome step_one(struct dbg *d)
{
	struct native *n = d->native;

	n->stop.did[0] = '\0';
	d->nhits = 0;
	d->asked.func = NULL;
	if (!may_run_group(d)) {
		native_drop(d);
		return go_round(d);
	}
	if (!one_instruction(d))
		return go_round(d);
	d->ctx->stop = STOP_STEP;
	if (n->helper) {
		const char *name = asm_helper_name(n->helper);
		snprintf(n->stop.did, sizeof n->stop.did, "helper call: %s", name ? name : "a C function");
	}
	if (!n->stop.between && n->row)
		step_reach_breakpoints(d);
	return OUT_STOP;
}

static bool interrupted(struct ctx *c)
{
	if (!(atomic_fetch_and(&c->leave, ~(uint32_t)LEAVE_INTERRUPT) & LEAVE_INTERRUPT))
		return false;
	c->stop = STOP_INTERRUPT;
	return true;
}

/* The live end is where new things happen; what was changed at the prompt is noted. */
static void be_live(struct dbg *d)
{
	if (!native_between(d) && history_goes_on(d->history))
		native_drop(d);
}

bool native_step(struct dbg *d, uint64_t count, enum outcome *how, struct err *e)
{
	bool amid;

	*how = OUT_STOP;
	step_command(d, true, true);
	be_live(d);
	bool in = native_stop(d) || go_in(d, false, &amid, e);
	if (!in && !amid)
		return false;
	err_clear(e);
	do {
		*how = in ? step_one(d) : go_round(d);
		in = native_stop(d);
	} while (--count && *how == OUT_STOP && !d->nhits && in && !interrupted(d->ctx));
	return step_settle(d, *how, how);
}
