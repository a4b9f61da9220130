/* Looking at a stopped guest; see inspect.h. */
#include "debugger/inspect.h"

#include <stdio.h>
#include <string.h>

#include "debugger/site.h"
#include "debugger/variable.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/module.h"
#include "engine/names.h"
#include "engine/regir/code.h"

/* ---- names ----------------------------------------------------------------------------------- */

/* Names that a compiler has made of paths and types: of C++ and Rust. */
static bool is_mangled(struct str name)
{
	return str_starts(name, "_Z") || str_starts(name, "_R");
}

bool inspect_source_name(const struct module *m, uint32_t func, struct buf *out)
{
	struct dwarf *d = is_mangled(name_of(m, NAME_FUNC, func)) ? dwarf_of(m) : NULL;

	return d && dwarf_print_func(d, func, out);
}

/* "$std::rt::lang_start" in place of a mangled name. */
static bool print_source_name(const struct module *m, uint32_t func, struct buf *out)
{
	size_t before = out->size;

	buf_putc(out, '$');
	if (inspect_source_name(m, func, out))
		return true;
	buf_truncate(out, before);
	return false;
}

void inspect_func_of(const struct module *m, uint32_t func, struct buf *out)
{
	if (!print_source_name(m, func, out))
		module_func_label(m, func, out);
}

void inspect_func(const struct func *f, struct buf *out)
{
	if (f->inst)
		inspect_func_of(f->inst->module, f->index, out);
	else
		buf_printf(out, "%s.%s", f->host_module ? f->host_module : "host", f->host_name ? f->host_name : "?");
}

void inspect_local_name(const struct module *m, uint32_t func, uint32_t index, struct buf *out)
{
	struct str name = name_of_inner(m, NAME_LOCAL, func, index);

	if (name.n)
		buf_escaped(out, name.p, name.n, false);
	else
		buf_printf(out, "%u", index);
}

void inspect_args(const struct ctx *c, const struct frame *f, struct buf *out)
{
	struct eval_scope sc = variable_scope((struct ctx *)(uintptr_t)c, f);
	struct value v;

	if (!f->host && variables_print_args(&sc, CALL_ITSELF, out))
		return;
	for (uint32_t i = 0; f->inst && i < f->func->type->nparams; i++) {
		buf_puts(out, i ? ", " : "");
		inspect_local_name(f->inst->module, f->func->index, i, out);
		buf_putc(out, '=');
		if (frame_local(c, f, i, &v))
			value_print(v, c->store, out);
		else
			buf_putc(out, '?');
	}
}

bool inspect_stack(struct ctx *c, const struct frame *f, struct buf *out, struct err *e)
{
	struct arena a = { 0 };
	struct value *v;
	uint32_t n;
	bool ok = frame_stack(c, f, &v, &n, &a, e);

	buf_putc(out, '[');
	for (uint32_t i = 0; ok && i < n; i++) {
		buf_puts(out, i ? " " : "");
		value_print(v[i], c->store, out);
	}
	buf_putc(out, ']');
	arena_free(&a);
	return ok;
}

struct body *inspect_body(const struct frame *f, uint32_t *at)
{
	struct body *b = f->inst && !f->host ? code_body_at(f->inst->module, f->pc) : NULL;

	if (b)
		*at = (uint32_t)((const char *)f->pc - b->cells);
	return b;
}

/* ---- changes --------------------------------------------------------------------------------- */

static struct value global_value(const struct global *g)
{
	return (struct value){ g->type, g->value[0], vt_slots(g->type) == 2 ? g->value[1] : 0 };
}

static void take_globals(struct snapshot *s)
{
	uint32_t n = s->inst->module->nglobals;

	s->globals = arena_array(&s->arena, n + 1u, sizeof *s->globals);
	s->nglobals = s->globals ? n : 0;
	for (uint32_t i = 0; i < s->nglobals; i++)
		s->globals[i] = global_value(s->inst->globals[i]);
}

static void take_locals(struct snapshot *s, const struct ctx *c, const struct frame *f)
{
	uint32_t n = frame_local_count(f);

	s->locals = arena_array(&s->arena, n + 1u, sizeof *s->locals);
	for (s->nlocals = 0; s->locals && s->nlocals < n; s->nlocals++)
		if (!frame_local(c, f, s->nlocals, &s->locals[s->nlocals]))
			break;
}

/* Homes of the values on the operand stack: what lies above them is left over from earlier. */
static void take_homes(struct snapshot *s, struct ctx *c, const struct frame *f)
{
	struct err e = { 0 };
	struct value *v;
	uint32_t n;

	s->first_home = f->header / (uint32_t)sizeof(slot);
	s->homes = frame_stack(c, f, &v, &n, &s->arena, &e) ? arena_array(&s->arena, n * 2 + 1u, sizeof(slot)) : NULL;
	for (uint32_t i = 0; s->homes && i < n; i++) {
		s->homes[s->nhomes++] = v[i].lo;
		if (vt_slots(v[i].type) == 2)
			s->homes[s->nhomes++] = v[i].hi;
	}
}

void snapshot_take(struct snapshot *s, struct ctx *c)
{
	struct frame f;

	snapshot_free(s);
	if (!frame_at(c, 0, &f) || f.host || !f.inst)
		return;
	s->valid = true;
	s->func = f.func;
	s->fp = f.fp;
	s->inst = f.inst;
	take_locals(s, c, &f);
	take_globals(s);
	take_homes(s, c, &f);
}

void snapshot_free(struct snapshot *s)
{
	arena_free(&s->arena);
	*s = (struct snapshot){ 0 };
}

bool snapshot_changes(const struct snapshot *was, const struct snapshot *is, bool registers, struct arena *a,
	struct change **out, uint32_t *n)
{
	bool same_func = was->valid && is->valid && was->func == is->func;
	bool same_frame = same_func && was->fp == is->fp && registers;
	bool same_inst = was->valid && is->valid && was->inst == is->inst;
	const struct module *m = is->valid ? is->inst->module : NULL;

	*n = 0;
	*out = arena_array(a, (size_t)is->nlocals + is->nglobals + is->nhomes + 1, sizeof **out);
	if (!*out)
		return false;
	for (uint32_t i = 0; same_func && i < is->nlocals && i < was->nlocals; i++)
		if (!value_same(was->locals[i], is->locals[i]))
			(*out)[(*n)++] = (struct change){ CHANGE_LOCAL, i, name_of_inner(m, NAME_LOCAL, is->func->index, i),
				was->locals[i], is->locals[i] };
	for (uint32_t i = 0; same_inst && i < is->nglobals && i < was->nglobals; i++)
		if (!value_same(was->globals[i], is->globals[i]))
			(*out)[(*n)++] = (struct change){ CHANGE_GLOBAL, i, name_of(m, NAME_GLOBAL, i), was->globals[i],
				is->globals[i] };
	for (uint32_t i = 0; same_frame && i < is->nhomes; i++) {
		slot before = i < was->nhomes ? was->homes[i] : 0;
		if (before != is->homes[i])
			(*out)[(*n)++] = (struct change){ CHANGE_REGISTER, is->first_home + i, { NULL, 0 }, value_i64((int64_t)before),
				value_i64((int64_t)is->homes[i]) };
	}
	return true;
}

void inspect_change(const struct change *ch, const struct store *st, struct buf *out)
{
	if (ch->kind == CHANGE_REGISTER)
		buf_printf(out, "r%u", ch->index);
	else if (ch->name.n)
		buf_escaped(out, ch->name.p, ch->name.n, false);
	else
		buf_printf(out, "%s %u", ch->kind == CHANGE_LOCAL ? "local" : "global", ch->index);
	buf_puts(out, ": ");
	value_print(ch->was, st, out);
	buf_puts(out, " → ");
	value_print(ch->is, st, out);
}

/* ---- operands -------------------------------------------------------------------------------- */

static void describe_origin(const struct frame *f, uint32_t pushed, struct operand *o)
{
	const struct module *m = f->inst->module;
	struct buf text = { 0 };
	struct err e = { 0 };
	struct site at;

	o->local = -1;
	if (!site_at(m, f->func->index, pushed, &at, &e))
		return;
	if (at.op == OP_LOCAL_GET || at.op == OP_LOCAL_TEE) {
		struct str name = name_of_inner(m, NAME_LOCAL, f->func->index, at.index);
		o->local = (int32_t)at.index;
		buf_puts(&text, name.n ? "local $" : "local ");
		inspect_local_name(m, f->func->index, at.index, &text);
	} else if (at.op == OP_GLOBAL_GET) {
		struct str name = name_of(m, NAME_GLOBAL, at.index);
		buf_puts(&text, name.n ? "global $" : "global ");
		if (name.n)
			buf_escaped(&text, name.p, name.n, false);
		else
			buf_printf(&text, "%u", at.index);
	} else if (at.op == OP_I32_CONST || at.op == OP_I64_CONST || at.op == OP_F32_CONST || at.op == OP_F64_CONST) {
		buf_puts(&text, "constant");
	} else {
		buf_printf(&text, "%s at 0x%x", op_info[at.op].text, pushed);
	}
	snprintf(o->from, sizeof o->from, "%s", buf_str(&text));
	buf_free(&text);
}

bool inspect_operands(struct ctx *c, const struct frame *f, uint32_t want, struct arena *a, struct operand **out,
	uint32_t *n, struct err *e)
{
	struct value *v;
	struct stack_entry *entries;
	uint32_t count, known;
	struct body *b = f->inst ? code_body(f->inst->module, f->func->index, BODY_PLAIN, f->inst->code_mode, true, e) : NULL;

	*n = 0;
	if (!b || !body_stack_at(b, f->offset, a, &entries, &known, e) || !frame_stack(c, f, &v, &count, a, e))
		return false;
	*n = want < count ? want : count;
	*out = arena_array(a, *n + 1u, sizeof **out);
	if (!*out)
		return err_oom(e);
	for (uint32_t i = 0; i < *n; i++) {
		uint32_t at = count - *n + i;
		(*out)[i].value = v[at];
		(*out)[i].local = -1;
		if (known == count)
			describe_origin(f, entries[at].pushed, &(*out)[i]);
	}
	return true;
}
