/* Walking frames and reading them; see stack.h. */
#include "engine/stack.h"

#include <string.h>

#include "engine/base/err.h"
#include "engine/cursor.h"
#include "engine/imm.h"
#include "engine/regir/code.h"
#include "engine/regir/convert.h"
#include "engine/regir/interp.h"

/* ---- walking ---------------------------------------------------------------------------------------------------------- */

struct walker {
	const struct ctx *c;
	uint32_t depth;                 /* segments from the innermost still to come, this one included */
	const struct cell *pc;
	slot *fp;
	bool at_return, plain;
	struct func *host;              /* running on top of this place */
	struct instance *inst;
};

static bool wasm_frame(struct walker *w, struct frame *out)
{
	const struct landing *l = w->at_return ? landing_of(w->pc) : NULL;
	struct body *b;

	if (w->at_return && !l)
		return false;
	const struct frame_header *h;
	if (l) {
		h = (const struct frame_header *)(const void *)((const char *)w->fp + l->header);
		out->offset = l->offset;
		out->plain = l->plain;
	} else {
		b = w->inst ? code_body_at(w->inst->module, w->pc) : NULL;
		if (!b)
			return false;
		struct ctx at = { .pc = w->pc, .inst = w->inst, .fp = w->fp, .plain = w->plain };
		h = (const struct frame_header *)(const void *)((const char *)w->fp + b->header);
		out->offset = convert_offset(&at);
		out->plain = w->plain;
	}
	out->func = h->func;
	out->inst = h->func->inst;
	out->fp = w->fp;
	out->pc = w->pc;
	out->host = false;
	out->native = out->level == 0 && w->c->in_native;
	out->header = (uint32_t)((const char *)h - (const char *)w->fp);
	/* the caller */
	w->pc = h->ret;
	w->fp = h->caller;
	w->at_return = true;
	return true;
}

/* One frame further out. */
static bool next_frame(struct walker *w, struct frame *out)
{
	while (w->depth) {
		const struct segment *s = &w->c->segments[w->depth - 1];
		out->segment = w->c->depth - w->depth;
		if (w->host) {
			*out = (struct frame){ .level = out->level, .func = w->host, .host = true, .segment = out->segment, .fp = w->fp };
			w->host = NULL;
			return true;
		}
		if (wasm_frame(w, out))
			return true;
		/* below this segment: the host function that made the call, over its caller */
		w->pc = s->caller_pc;
		w->fp = s->caller_fp;
		w->inst = s->caller_inst;
		w->at_return = s->caller_at_return;
		w->plain = s->caller_plain;
		w->host = s->host;
		w->depth--;
	}
	return false;
}

static struct walker walk_from(const struct ctx *c)
{
	return (struct walker){ c, c->depth, c->pc, c->fp, c->at_return, c->plain, c->host, c->inst };
}

bool frame_at(const struct ctx *c, uint32_t level, struct frame *out)
{
	struct walker w = walk_from(c);

	memset(out, 0, sizeof *out);
	for (uint32_t i = 0;; i++) {
		out->level = i;
		if (!next_frame(&w, out))
			return false;
		if (i == level)
			return true;
	}
}

uint32_t frame_count(const struct ctx *c)
{
	struct walker w = walk_from(c);
	struct frame f = { 0 };
	uint32_t n = 0;

	while (next_frame(&w, &f))
		n++;
	return n;
}

void frame_each(const struct ctx *c, bool (*each)(void *user, const struct frame *f), void *user)
{
	struct walker w = walk_from(c);

	for (uint32_t level = 0;; level++) {
		struct frame f = { .level = level };
		if (!next_frame(&w, &f) || !each(user, &f))
			return;
	}
}

/* ---- bodies and operands ---------------------------------------------------------------------------------------------------- */

static struct body *frame_body(const struct ctx *c, const struct frame *f)
{
	if (f->level == 0 && !c->at_return)
		return code_body_at(f->inst->module, f->pc);
	const struct landing *l = landing_of(f->pc);
	return l ? code_body_at(f->inst->module, l) : NULL;
}

/* Parameters of the call that an outer frame is in the middle of: they lie on its stack no more. */
static uint32_t args_in_flight(const struct ctx *c, const struct frame *f, struct body *b)
{
	if (f->level == 0 && !c->at_return)
		return 0;
	const struct landing *l = landing_of(f->pc);
	uint32_t at = landing_call(b, l);
	enum regir op = code_op(b, at);
	const char *cell = b->cells + at;
	int32_t imm = l->plain ? ((const struct wcell *)(const void *)cell)->c : ((const struct cell *)(const void *)cell)->c;
	if (regir_calls(op))
		return f->inst->module->funcs[imm].type->nparams;
	if (op == R_CALL_INDIRECT)
		return engine_type(f->inst->module->engine, (uint32_t)imm)->nparams + 1;
	/* call_ref: its operand's type tells */
	struct instr in;
	struct err e = { 0 };
	struct cursor cur = cursor_at(f->inst->module, f->offset, &e);
	return instr_read(&cur, &in, &e) ? f->inst->module->types[in.index]->nparams + 1 : 0;
}

bool frame_stack(struct ctx *c, const struct frame *f, struct value **values, uint32_t *n, struct arena *a, struct err *e)
{
	struct stack_entry *entries;
	struct body *b;

	*n = 0;
	*values = NULL;
	if (f->host || !f->func || !(b = frame_body(c, f)))
		return true;
	if (!body_stack_at(b, f->offset, a, &entries, n, e))
		return false;
	uint32_t args = args_in_flight(c, f, b);
	*n = *n > args ? *n - args : 0;
	*values = arena_array(a, *n ? *n : 1, sizeof **values);
	if (!*values)
		return err_oom(e);
	for (uint32_t i = 0; i < *n; i++) {
		slot space[1];
		const slot *at = stack_entry_value(&entries[i], f->fp, space);
		(*values)[i] = (struct value){ entries[i].type, at[0], vt_slots(entries[i].type) == 2 ? at[1] : 0 };
		(*values)[i].lo = slot_normal(entries[i].type, (*values)[i].lo);
	}
	return true;
}

/* ---- locals -------------------------------------------------------------------------------------------------------------------- */

/* Type and slot of a local: parameters from the type, the others from the body's declarations. */
static bool find_local(const struct frame *f, uint32_t index, valtype *type, uint32_t *at, uint32_t *total)
{
	const struct deftype *t = f->func->type;
	uint32_t n = 0, offset = 0, groups, count;
	bool found = false;

	for (uint32_t i = 0; i < t->nparams; i++, n++) {
		if (n == index) {
			*type = t->params[i];
			*at = offset;
			found = true;
		}
		offset += 8 * vt_slots(t->params[i]);
	}
	if (!f->func->inst) {
		*total = n;
		return found;
	}
	const struct module *m = f->func->inst->module;
	struct err e = { 0 };
	struct cursor c = cursor_at(m, m->funcs[f->func->index].body, &e);
	if (!read_u32(&c, &groups, "locals"))
		return false;
	for (uint32_t g = 0; g < groups; g++) {
		valtype v;
		if (!read_u32(&c, &count, "locals") || !read_valtype(&c, &v))
			return false;
		if (!found && index >= n && index - n < count) {
			*type = v;
			*at = offset + (index - n) * 8 * vt_slots(v);
			found = true;
		}
		n += count;
		offset += count * 8 * vt_slots(v);
	}
	*total = n;
	return found;
}

uint32_t frame_local_count(const struct frame *f)
{
	uint32_t total = 0, at;
	valtype t;

	if (!f->func || f->host)
		return 0;
	find_local(f, UINT32_MAX, &t, &at, &total);
	return total;
}

bool frame_local(const struct ctx *c, const struct frame *f, uint32_t index, struct value *out)
{
	uint32_t at, total;
	valtype t;

	(void)c;
	if (!f->func || f->host || !find_local(f, index, &t, &at, &total))
		return false;
	const slot *s = (const slot *)(const void *)((const char *)f->fp + at);
	*out = (struct value){ t, slot_normal(t, s[0]), vt_slots(t) == 2 ? s[1] : 0 };
	return true;
}

slot frame_local_slot(const struct frame *f, uint32_t index)
{
	uint32_t at, total;
	valtype t;

	if (!f->func || f->host || !find_local(f, index, &t, &at, &total))
		return 0;
	return *(const slot *)(const void *)((const char *)f->fp + at);
}

/*
 * Before a frame's state is edited its operands must be where only they are. The innermost frame goes to its plain body; an
 * outer one writes its aliases home and returns into its plain body.
 */
static bool own_operands(struct ctx *c, const struct frame *f, struct err *e)
{
	if (f->level == 0 && !c->at_return)
		return convert_to_plain(c, e);
	const struct landing *l = landing_of(f->pc);
	if (!l || l->plain)
		return true;
	struct body *b = code_body_at(f->inst->module, l);
	struct body *plain = code_body(b->module, b->func, BODY_PLAIN, b->mode, true, e);
	const struct body_map *pm = plain ? body_map(plain, e) : NULL;
	struct stack_entry *entries;
	struct arena a = { 0 };
	uint32_t n;
	if (!pm || !body_stack_at(b, f->offset, &a, &entries, &n, e)) {
		arena_free(&a);
		return false;
	}
	uint32_t args = args_in_flight(c, f, b);
	for (uint32_t i = 0; i + args < n; i++) {
		slot space[1];
		const slot *from = stack_entry_value(&entries[i], f->fp, space);
		slot *home = (slot *)(void *)((char *)f->fp + entries[i].home);
		if (from != home)
			memcpy(home, from, vt_slots(entries[i].type) * sizeof(slot));
	}
	arena_free(&a);
	const struct map_row *row = body_map_offset(pm, f->offset);
	const struct cell *ret = (const struct cell *)(const void *)(plain->cells + row->at + sizeof(struct wcell));
	/* whoever returns to this frame now lands in the plain body */
	struct frame inner;
	if (f->level == 0) {
		c->pc = ret;
	} else if (frame_at(c, f->level - 1, &inner) && !inner.host) {
		((struct frame_header *)(void *)((char *)inner.fp + inner.header))->ret = ret;
	} else {
		return err_set(e, E_UNSUPPORTED, place_none(), "a frame below a host function cannot be edited");
	}
	return true;
}

bool frame_set_local(struct ctx *c, const struct frame *f, uint32_t index, struct value v, struct err *e)
{
	uint32_t at, total;
	valtype t;

	if (!f->func || f->host || !find_local(f, index, &t, &at, &total))
		return err_set(e, E_UNKNOWN_NAME, place_none(), "no local %u in this frame", index);
	if (!valtype_sub(f->inst->module->engine, v.type, t))
		return err_set(e, E_TYPE, place_none(), "local %u has another type", index);
	if (!own_operands(c, f, e))
		return false;
	slot *s = (slot *)(void *)((char *)f->fp + at);
	s[0] = slot_normal(t, v.lo);
	if (vt_slots(t) == 2)
		s[1] = v.hi;
	return true;
}

bool frame_set_stack(struct ctx *c, const struct frame *f, uint32_t index, struct value v, struct err *e)
{
	struct stack_entry *entries;
	struct arena a = { 0 };
	uint32_t n;
	struct frame again;
	bool ok;

	if (!f->func || f->host)
		return err_set(e, E_UNKNOWN_NAME, place_none(), "a host frame has no operand stack");
	if (!own_operands(c, f, e) || !frame_at(c, f->level, &again))
		return false;
	struct body *b = frame_body(c, &again);
	ok = body_stack_at(b, again.offset, &a, &entries, &n, e);
	if (ok && index >= n)
		ok = err_set(e, E_UNKNOWN_NAME, place_none(), "the operand stack holds %u values", n);
	if (ok && !valtype_sub(f->inst->module->engine, v.type, entries[index].type))
		ok = err_set(e, E_TYPE, place_none(), "operand %u has another type", index);
	if (ok) {
		slot *s = (slot *)(void *)((char *)again.fp + entries[index].home);
		s[0] = slot_normal(v.type, v.lo);
		if (vt_slots(v.type) == 2)
			s[1] = v.hi;
	}
	arena_free(&a);
	return ok;
}
