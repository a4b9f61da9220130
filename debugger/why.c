/* Walking back from values; see why.h. */
#include "debugger/why.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "debugger/foresee.h"
#include "debugger/history.h"
#include "debugger/inspect.h"
#include "debugger/reverse.h"
#include "debugger/site.h"
#include "debugger/step_goal.h"
#include "engine/base/buf.h"
#include "engine/effect.h"
#include "engine/module.h"
#include "engine/regir/code.h"
#include "engine/regir/convert.h"

enum { MAX_STEPS = 40, MAX_DEPTH = 24 };

const char *const why_end_name[] = {
	[WHY_GOES_ON] = "computed", [WHY_CONSTANT] = "constant", [WHY_PARAMETER] = "parameter", [WHY_HOST] = "host",
	[WHY_INITIAL] = "initial", [WHY_UNKNOWN] = "unknown",
};

struct walk {
	struct dbg *d;
	struct why *out;
	struct err *e;
};

/* A frame of Wasm code at some step. */
struct act {
	slot *fp;
	struct func *func;
};

static bool why_operand(struct walk *w, uint64_t clock, struct act a, uint32_t offset, uint32_t from_top, uint32_t depth);
static bool why_instruction(struct walk *w, uint64_t clock, uint64_t back, struct value v, uint32_t depth);

/* ---- steps of the answer --------------------------------------------------------------------- */

__attribute__((format(printf, 6, 7)))
static struct why_step *add(struct walk *w, uint32_t depth, uint64_t clock, enum why_end end, const struct value *v,
	const char *fmt, ...)
{
	struct why_step s = { .depth = depth, .clock = clock, .end = end };
	va_list ap;

	if (w->out->steps.count >= MAX_STEPS) {
		w->out->cut = true;
		return NULL;
	}
	if (v)
		s.value = *v;
	va_start(ap, fmt);
	vsnprintf(s.words, sizeof s.words, fmt, ap);
	va_end(ap);
	if (!vec_push(&w->out->steps, s)) {
		err_oom(w->e);
		return NULL;
	}
	return &vec_last(&w->out->steps);
}

static bool goes_on(const struct walk *w)
{
	return !w->e->code;
}

/* ---- being at a step ------------------------------------------------------------------------- */

static bool go(struct walk *w, uint64_t clock)
{
	return dbg_clock(w->d) == clock || history_goto(w->d->history, clock, w->e);
}

static bool innermost(struct walk *w, struct frame *f, struct act *a)
{
	if (!frame_at(w->d->ctx, 0, f) || !f->inst || f->host)
		return false;
	*a = (struct act){ f->fp, f->func };
	return true;
}

static bool is_frame(const struct frame *f, struct act a)
{
	return f->fp == a.fp && f->func == a.func;
}

static bool goal(struct walk *w, const struct module *m, uint32_t func, uint32_t offset, slot *fp)
{
	return goal_add(w->d, (struct goal){ m, func, offset, fp, NULL }, w->e);
}

/* The last step before BEFORE at which frame A was at OFFSET. */
static bool last_at(struct walk *w, struct act a, uint32_t offset, uint64_t before, uint64_t *last)
{
	return goal(w, a.func->inst->module, a.func->index, offset, a.fp) && reverse_seek(w->d, before, last, w->e);
}

/* The operand stack of A's function at OFFSET, statically. */
static bool stack_at(struct walk *w, struct act a, uint32_t offset, struct arena *m, struct stack_entry **s, uint32_t *n)
{
	struct body *b = code_body(a.func->inst->module, a.func->index, BODY_PLAIN, (enum memory_mode)a.func->inst->code_mode, true,
		w->e);

	return b && body_stack_at(b, offset, m, s, n, w->e);
}

static struct value operand_value(struct walk *w, uint32_t from_top)
{
	struct value *v = NULL, none = { 0 };
	struct arena m = { 0 };
	struct frame f;
	uint32_t n = 0;

	if (frame_at(w->d->ctx, 0, &f) && frame_stack(w->d->ctx, &f, &v, &n, &m, w->e) && from_top < n)
		none = v[n - 1 - from_top];
	arena_free(&m);
	return none;
}

/* ---- parameters and locals ------------------------------------------------------------------- */

/* The step at which the function of frame A, which runs at step CLOCK, was called; never: by the prompt. */
static bool called_at(struct walk *w, struct act a, uint64_t clock, uint64_t *at)
{
	struct frame f;
	uint32_t level = 0;

	*at = REVERSE_NEVER;
	if (!go(w, clock))
		return false;
	while (frame_at(w->d->ctx, level, &f) && !is_frame(&f, a))
		level++;
	if (!frame_at(w->d->ctx, level + 1, &f) || f.host || !f.inst)
		return true;
	return last_at(w, (struct act){ f.fp, f.func }, f.offset, clock, at);
}

static bool why_parameter(struct walk *w, struct act a, uint32_t index, uint64_t call, struct value v, uint32_t depth)
{
	struct buf name = { 0 }, func = { 0 };
	struct act caller;
	struct frame f;
	struct site at;

	inspect_local_name(a.func->inst->module, a.func->index, index, &name);
	inspect_func(a.func, &func);
	if (call == REVERSE_NEVER) {
		add(w, depth, history_first(w->d->history), WHY_PARAMETER, &v, "parameter %s of %s, given by whoever called it",
			buf_str(&name), buf_str(&func));
	} else {
		add(w, depth, call, WHY_GOES_ON, &v, "parameter %s of %s, from its call", buf_str(&name), buf_str(&func));
		if (go(w, call) && innermost(w, &f, &caller) && site_at(f.inst->module, f.func->index, f.offset, &at, w->e)) {
			uint32_t behind = a.func->type->nparams - 1 - index + (op_calls(at.op) && at.op != OP_CALL);
			why_operand(w, call, caller, f.offset, behind, depth + 1);
		}
	}
	buf_free(&name);
	buf_free(&func);
	return goes_on(w);
}

static bool goals_at_sets(struct walk *w, struct act a, uint32_t index)
{
	const struct module *m = a.func->inst->module;
	struct site at;

	if (!site_first(m, a.func->index, &at, w->e))
		return false;
	for (uint32_t offset = UINT32_MAX; at.offset != offset;) {
		if ((at.op == OP_LOCAL_SET || at.op == OP_LOCAL_TEE) && at.index == index &&
				!goal(w, m, a.func->index, at.offset, a.fp))
			return false;
		offset = at.offset;
		if (!site_after(m, a.func->index, offset, 1, &at, w->e))
			return false;
	}
	return true;
}

/* Local INDEX of frame A, as it is before step CLOCK is carried out. */
static bool why_local(struct walk *w, uint64_t clock, struct act a, uint32_t index, struct value v, uint32_t depth)
{
	uint64_t call, last;
	struct buf name = { 0 };

	if (!called_at(w, a, clock, &call) || !goals_at_sets(w, a, index) || !reverse_seek(w->d, clock, &last, w->e))
		return false;
	if (last != REVERSE_NEVER && (call == REVERSE_NEVER || last > call))
		return why_instruction(w, last, 0, v, depth);
	if (index < a.func->type->nparams)
		return why_parameter(w, a, index, call, v, depth);
	inspect_local_name(a.func->inst->module, a.func->index, index, &name);
	add(w, depth, call == REVERSE_NEVER ? history_first(w->d->history) : call, WHY_INITIAL, &v, "local %s begins as 0",
		buf_str(&name));
	buf_free(&name);
	return goes_on(w);
}

/* ---- places that any function may write ------------------------------------------------------ */

struct search {
	struct probe probe;
	const struct lvalue *place;
	uint64_t bytes, before;
	uint64_t noted;
	uint32_t offset;
	slot *fp;
};

static enum effect_kind effect_of_place(enum lvalue_kind k)
{
	return k == LVALUE_GLOBAL ? EFFECT_GLOBAL : k == LVALUE_TABLE ? EFFECT_TABLE : k == LVALUE_FIELD ? EFFECT_OBJECT : EFFECT_MEMORY;
}

static bool overlaps(uint64_t at, uint64_t n, uint64_t at2, uint64_t n2)
{
	return at < at2 + n2 && at2 < at + n;
}

static bool writes_place(const struct search *s, const struct effect *x)
{
	const struct lvalue *p = s->place;

	if (!x->writes || x->kind != effect_of_place(p->kind))
		return false;
	switch (p->kind) {
	case LVALUE_GLOBAL:
		return x->global == p->global;
	case LVALUE_TABLE:
		return x->table == p->table && overlaps(x->at, x->size, p->at, 1);
	case LVALUE_FIELD:
		return x->object == p->object && overlaps(x->at, x->size, p->index, 1);
	default:
		return x->memory == p->memory && overlaps(x->at, x->size, p->at, s->bytes);
	}
}

static bool about_to_write(void *user, struct ctx *c, const struct probe_at *at)
{
	struct search *s = user;
	struct effect x[EFFECTS_MAX];
	unsigned n = effects_of(c, at, x);

	for (unsigned i = 0; i < n; i++)
		if (writes_place(s, &x[i]) && ctx_clock(c) <= s->before) {
			s->noted = ctx_clock(c);
			s->offset = at->offset;
			s->fp = at->fp;
		}
	return false;
}

/* The last call of the host before CLOCK that wrote there. */
static bool host_wrote(struct walk *w, const struct search *s, uint64_t clock, uint64_t *at, uint32_t *func)
{
	struct history *h = w->d->history;
	struct tape_place p = h->marks.data[0].place;
	struct err ignored = { 0 };
	struct tape_entry x;

	*at = REVERSE_NEVER;
	while (s->place->memory && tape_read_entry(&h->recorder.tape, &p, &x, &ignored)) {
		if (x.kind == TAPE_CALL && x.clock > clock)
			break;
		for (uint32_t i = 0; x.kind == TAPE_CALL && i < x.nwrites; i++)
			if (x.writes[i].memory == s->place->memory->number && overlaps(x.writes[i].at, x.writes[i].size, s->place->at, s->bytes)) {
				*at = x.clock;
				*func = x.func;
			}
	}
	return *at != REVERSE_NEVER;
}

/* At the writing instruction: the probe was told of it before or after it was charged. */
static bool go_to_write(struct walk *w, const struct search *s, uint64_t *clock)
{
	struct frame f;

	for (uint64_t k = *clock; k + 1 >= *clock; k--) {
		if (!go(w, k))
			return false;
		if (frame_at(w->d->ctx, 0, &f) && f.fp == s->fp && f.offset == s->offset) {
			*clock = k;
			return true;
		}
		if (!k)
			break;
	}
	return err_set(w->e, E_INTERNAL, place_offset(s->offset), "the writing instruction was not found again");
}

static void place_words(const struct lvalue *p, char *out, size_t size)
{
	switch (p->kind) {
	case LVALUE_GLOBAL:
		snprintf(out, size, "global %u", p->number);
		break;
	case LVALUE_TABLE:
		snprintf(out, size, "table element %" PRIu64, p->at);
		break;
	default:
		snprintf(out, size, "memory at %" PRIu64, p->at);
		break;
	}
}

/* What was there before step CLOCK is carried out. */
static bool why_shared(struct walk *w, uint64_t clock, const struct lvalue *place, struct value v, uint32_t depth)
{
	struct search s = { .place = place, .bytes = place->bytes ? place->bytes : 1, .before = clock, .noted = REVERSE_NEVER };
	struct history *h = w->d->history;
	uint64_t last, host;
	uint32_t func = 0;
	char words[80];

	s.probe = (struct probe){ .user = &s, .before = about_to_write };
	for (int op = 0; op < OP_COUNT; op++)
		if (effect_possible((enum op)op, effect_of_place(place->kind), true))
			probe_want(&s.probe, (enum op)op);
	if (!reverse_seek_probe(w->d, &s.probe, clock, &s.noted, &last, w->e))
		return false;
	if (host_wrote(w, &s, clock, &host, &func) && (last == REVERSE_NEVER || host > last)) {
		add(w, depth, host, WHY_HOST, &v, "written by the host: %s", func < h->recorder.funcs.count ? h->recorder.funcs.data[func].name : "?");
		return goes_on(w);
	}
	if (last != REVERSE_NEVER)
		return go_to_write(w, &s, &last) && why_instruction(w, last, 0, v, depth);
	place_words(place, words, sizeof words);
	if (place->kind == LVALUE_FIELD) {
		add(w, depth, history_first(h), WHY_INITIAL, &v, "field %u, as the object was made", place->index);
		return goes_on(w);
	}
	add(w, depth, history_first(h), history_first(h) ? WHY_UNKNOWN : WHY_INITIAL, &v, history_first(h)
		? "%s: not written since recording began" : "%s: as the call found it", words);
	return goes_on(w);
}

/* ---- operands -------------------------------------------------------------------------------- */

/* The value that function's last instruction left, which had returned at step BACK. */
static bool why_returned(struct walk *w, uint64_t back, struct value v, uint32_t depth)
{
	struct stack_entry *s;
	struct arena m = { 0 };
	struct frame f;
	struct act a;
	struct site at;
	uint32_t n;
	bool ok = true;

	if (!back || !go(w, back - 1) || !innermost(w, &f, &a) || !site_at(f.inst->module, f.func->index, f.offset, &at, w->e))
		return goes_on(w);
	if (at.op == OP_RETURN)
		return why_operand(w, back - 1, a, at.offset, 0, depth);
	if (at.op == OP_BR || at.op == OP_BR_IF || at.op == OP_BR_TABLE)
		return why_operand(w, back - 1, a, at.offset, at.op != OP_BR, depth);
	const struct func_decl *d = &f.inst->module->funcs[f.func->index];
	uint32_t end = d->body + d->body_size - 1;
	if (stack_at(w, a, end, &m, &s, &n) && n)
		ok = s[n - 1].pushed == at.offset ? why_instruction(w, back - 1, back, v, depth) : why_operand(w, back, a, end, 0, depth);
	arena_free(&m);
	return ok && goes_on(w);
}

/* Made by a block: by what ran last in it, or by the branch out of it. BEHIND: step at which it had ended. */
static bool why_joined(struct walk *w, uint64_t behind, struct act a, struct value v, uint32_t depth)
{
	struct stack_entry *s;
	struct arena m = { 0 };
	struct frame f;
	struct act now;
	struct site at;
	uint32_t n;

	if (!behind || !go(w, behind - 1) || !innermost(w, &f, &now))
		return goes_on(w);
	if (!is_frame(&f, a))                   /* a call was the last instruction of the block */
		return why_returned(w, behind, v, depth);
	if (!site_at(f.inst->module, f.func->index, f.offset, &at, w->e))
		return false;
	if (at.op == OP_BR || at.op == OP_BR_IF || at.op == OP_BR_TABLE)
		return why_operand(w, behind - 1, a, at.offset, at.op != OP_BR, depth);
	uint32_t from = at.offset;
	do {
		uint32_t offset = at.offset;
		if (!site_after(f.inst->module, f.func->index, offset, 1, &at, w->e) || at.offset == offset)
			return goes_on(w);
	} while (at.op != OP_END && at.op != OP_ELSE);
	bool ok = stack_at(w, a, at.offset, &m, &s, &n);
	if (ok && n)
		ok = s[n - 1].pushed == from ? why_instruction(w, behind - 1, behind, v, depth) : why_operand(w, behind, a, at.offset, 0, depth);
	arena_free(&m);
	return ok;
}

static bool is_structure(enum op op)
{
	return op == OP_END || op == OP_ELSE || op == OP_BLOCK || op == OP_LOOP || op == OP_IF || op == OP_TRY_TABLE || op == OP_TRY;
}

/*
 * The operand FROM_TOP of A at OFFSET, which A reaches, or has behind it, at step CLOCK: found by the instruction that
 * pushed it, the last time before.
 */
static bool why_operand(struct walk *w, uint64_t clock, struct act a, uint32_t offset, uint32_t from_top, uint32_t depth)
{
	const struct module *m = a.func->inst->module;
	struct arena arena = { 0 };
	struct stack_entry *s;
	struct site at;
	uint64_t last;
	uint32_t n;

	if (!stack_at(w, a, offset, &arena, &s, &n))
		return false;
	uint32_t pushed = from_top < n ? s[n - 1 - from_top].pushed : 0;
	arena_free(&arena);
	if (!pushed || !site_at(m, a.func->index, pushed, &at, w->e))
		return goes_on(w);
	struct value v = { 0 };         /* known only where the operand can be looked at */
	struct frame f;
	struct act now;
	if (go(w, clock) && innermost(w, &f, &now) && is_frame(&f, a) && f.offset == offset)
		v = operand_value(w, from_top);
	uint64_t back = 0;
	if (!is_structure(at.op)) {
		if ((op_calls(at.op) && !last_at(w, a, at.end, clock + 1, &back)) || !last_at(w, a, pushed, clock, &last))
			return false;
		if (last != REVERSE_NEVER)
			return why_instruction(w, last, back, v, depth);
		add(w, depth, history_first(w->d->history), WHY_UNKNOWN, &v, "made before recording began");
		return goes_on(w);
	}
	if (!last_at(w, a, at.end, clock + 1, &last))
		return false;
	/* a function that ends with this block need not come by its own end: then it is what CLOCK is behind */
	return why_joined(w, last == REVERSE_NEVER ? clock : last, a, v, depth);
}

/* ---- instructions ---------------------------------------------------------------------------- */

static bool effect_place(struct walk *w, struct effect *x)
{
	struct ctx *c = w->d->ctx;
	struct frame f;
	struct body *b = frame_at(c, 0, &f) ? convert_body(c) : NULL;
	struct effect all[EFFECTS_MAX];

	/* the tables of effects come with a store's first probe */
	struct probe none = { 0 };
	if (!c->store->probes && store_add_probe(c->store, &none))
		store_remove_probe(c->store, &none);
	if (!b || !c->plain || !c->store->probes)
		return false;
	const struct wcell *p = (const struct wcell *)(const void *)c->pc;
	struct probe_at at = { .cell = p, .ir = code_op(b, (uint32_t)((const char *)p - b->cells)), .fp = c->fp, .offset = f.offset };
	unsigned n = effects_of(c, &at, all);
	for (unsigned i = 0; i < n; i++)
		if (all[i].reads) {
			*x = all[i];
			return true;
		}
	return false;
}

/* What a load, global.get, table.get or struct.get reads. */
static bool why_read(struct walk *w, uint64_t clock, const struct effect *x, struct value v, uint32_t depth)
{
	struct lvalue place = { .at = x->at, .bytes = x->size, .memory = x->memory, .table = x->table, .global = x->global,
		.object = x->object, .index = (uint32_t)x->at, .number = (uint32_t)x->at };

	switch (x->kind) {
	case EFFECT_MEMORY:
		place.kind = LVALUE_MEMORY;
		break;
	case EFFECT_GLOBAL:
		place.kind = LVALUE_GLOBAL;
		break;
	case EFFECT_TABLE:
		place.kind = LVALUE_TABLE;
		break;
	case EFFECT_OBJECT:
		place.kind = LVALUE_FIELD;
		break;
	default:
		return true;
	}
	return why_shared(w, clock, &place, v, depth);
}

/* The call at step CLOCK, which had returned at step BACK. */
static bool why_call(struct walk *w, uint64_t clock, uint64_t back, struct value v, struct why_step *s, uint32_t depth)
{
	struct history *h = w->d->history;
	struct tape_place p = h->marks.data[0].place;
	struct err ignored = { 0 };
	struct tape_entry x;

	while (tape_read_entry(&h->recorder.tape, &p, &x, &ignored))
		if (x.kind == TAPE_CALL && x.clock == clock + 1) {
			s->end = WHY_HOST;
			return true;
		}
	return !back || back == REVERSE_NEVER || why_returned(w, back, v, depth);
}

static enum why_end end_of(enum op op)
{
	switch (op) {
	case OP_I32_CONST: case OP_I64_CONST: case OP_F32_CONST: case OP_F64_CONST: case OP_V128_CONST: case OP_REF_NULL:
	case OP_REF_FUNC:
		return WHY_CONSTANT;
	default:
		return WHY_GOES_ON;
	}
}

static bool why_operands(struct walk *w, uint64_t clock, struct act a, const struct site *at, uint32_t want, uint32_t depth)
{
	for (uint32_t i = want; i-- > 0;)
		if (!why_operand(w, clock, a, at->offset, i, depth))
			return false;
	return true;
}

/* Those that write their topmost operand. */
static bool is_store(enum op op)
{
	return op_info[op].lower == LOWER_STORE || op == OP_STRUCT_SET || op == OP_ARRAY_SET || op == OP_TABLE_SET;
}

/* The instruction at step CLOCK made V; BACK: when a call had returned, if it is one. */
static bool why_instruction(struct walk *w, uint64_t clock, uint64_t back, struct value v, uint32_t depth)
{
	struct arena m = { 0 };
	struct operand *ops;
	struct buf words = { 0 };
	struct effect x;
	struct frame f;
	struct act a;
	struct site at;
	uint32_t n = 0;

	if (!go(w, clock) || !innermost(w, &f, &a) || !site_at(f.inst->module, f.func->index, f.offset, &at, w->e))
		return goes_on(w);
	uint32_t want = foresee_operands(&f, &at);
	if (inspect_operands(w->d->ctx, &f, want, &m, &ops, &n, w->e))
		foresee_print(w->d->ctx, &f, &at, ops, n, &words);
	if (at.op == OP_LOCAL_SET || at.op == OP_LOCAL_TEE || at.op == OP_GLOBAL_SET)
		v = n ? ops[n - 1].value : v;
	struct value local;
	if (at.op == OP_LOCAL_GET && frame_local(w->d->ctx, &f, at.index, &local))
		v = local;
	struct why_step *s = add(w, depth, clock, end_of(at.op), &v, "%s", buf_str(&words));
	buf_free(&words);
	arena_free(&m);
	if (!s || !goes_on(w))
		return goes_on(w);
	s->module = f.inst->module;
	s->func = f.func->index;
	s->offset = f.offset;
	if (depth >= MAX_DEPTH) {
		w->out->cut = true;
		return true;
	}
	if (at.op == OP_LOCAL_GET)
		return why_local(w, clock, a, at.index, v, depth + 1);
	if (op_calls(at.op))
		return why_call(w, clock, back, v, s, depth + 1);
	if (is_store(at.op))
		return why_operand(w, clock, a, at.offset, 0, depth + 1);
	if (!effect_place(w, &x))
		return why_operands(w, clock, a, &at, want, depth + 1);
	/* an atomic operation in place: what it read is not what it has written */
	if (x.kind == EFFECT_MEMORY && x.reads && x.writes && x.size <= sizeof v.lo && memory_range(x.memory, x.at, x.size)) {
		v = (struct value){ .type = x.size == 8 ? VT_I64 : VT_I32 };
		memcpy(&v.lo, x.memory->base + x.at, x.size);
	}
	return why_read(w, clock, &x, v, depth + 1);
}

/* ---- asking ---------------------------------------------------------------------------------- */

/* Bring the guest back to where it was asked. */
static bool bring_back(struct walk *w, uint64_t clock)
{
	struct err ignored = { 0 };

	return history_goto(w->d->history, clock, w->e->code ? &ignored : w->e) && goes_on(w);
}

bool why_place(struct dbg *d, const struct lvalue *place, struct why *out, struct err *e)
{
	struct walk w = { d, out, e };
	uint64_t clock = dbg_clock(d);
	struct act a = { place->frame.fp, place->frame.func };
	struct value v = { 0 };
	uint32_t n;

	if (!d->history->on)
		return err_history(d->history, e);
	lvalue_read(d->ctx, place, &v);
	if (place->kind == LVALUE_LOCAL) {
		why_local(&w, clock, a, place->index, v, 0);
	} else if (place->kind == LVALUE_STACK) {
		struct arena m = { 0 };
		struct stack_entry *s;
		if (stack_at(&w, a, place->frame.offset, &m, &s, &n) && place->index < n)
			why_operand(&w, clock, a, place->frame.offset, n - 1 - place->index, 0);
		arena_free(&m);
	} else {
		why_shared(&w, clock, place, v, 0);
	}
	return bring_back(&w, clock);
}

bool why_result(struct dbg *d, struct why *out, struct err *e)
{
	struct walk w = { d, out, e };
	uint64_t clock = dbg_clock(d);
	struct value v = { 0 };

	if (!d->history->on)
		return err_history(d->history, e);
	if (d->stop.why == WHY_RETURNED && d->stop.nresults)
		v = d->stop.results[d->stop.nresults - 1];
	else if (!d->history->ended)
		return err_set(e, E_USAGE, place_none(), "no function has returned at this stop; 'finish' runs to where one has");
	why_returned(&w, d->history->ended ? d->history->end : clock, v, 0);
	return bring_back(&w, clock);
}

void why_free(struct why *w)
{
	vec_free(&w->steps);
}
