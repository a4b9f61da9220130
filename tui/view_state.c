/* *stack*, *locals*, *globals*, *changed*: values of the selected frame. What the last step changed has a * in front. */
#include "debugger/dbg.h"
#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/names.h"
#include "engine/stack.h"
#include "repl/command/debug.h"
#include "tui/tui.h"

static uint32_t one_chunk(struct view *v)
{
	return 1;
}

/* The selected frame; false, with a line that says so: there is none of Wasm code. */
static bool frame_here(struct view *v, struct frame *f, struct chunk *out)
{
	struct err e = { 0 };

	if (!v->t->stopped) {
		line_note(out, "not running");
		return false;
	}
	if (!debug_wasm_frame(v->t->s, f, &e)) {
		line_note(out, "%s", e.message);
		return false;
	}
	return true;
}

/* What the last step changed; memory from A. */
static uint32_t changes_of(struct view *v, struct arena *a, struct change **out)
{
	struct dbg *d = v->t->s->dbg;
	uint32_t n;

	return d && snapshot_changes(&d->before, &d->now, true, a, out, &n) ? n : 0;
}

static bool is_changed(const struct change *c, uint32_t n, enum change_kind kind, uint32_t index)
{
	for (uint32_t i = 0; i < n; i++)
		if (c[i].kind == kind && c[i].index == index)
			return true;
	return false;
}

/* "* n = 5 : i32" */
static void put_value(struct view *v, bool changed, struct str name, uint32_t index, struct value value, struct chunk *out)
{
	put_style(out, STYLE_CHANGED);
	buf_puts(&out->text, changed ? "*" : " ");
	put_style(out, name.n ? STYLE_NAME : STYLE_DIM);
	buf_printf(&out->text, "%u ", index);
	if (name.n)
		buf_escaped(&out->text, name.p, name.n, false);
	put_style(out, STYLE_TEXT);
	buf_puts(&out->text, name.n ? " = " : "= ");
	put_style(out, changed ? STYLE_CHANGED : STYLE_NUMBER);
	value_print(value, v->t->s->store, &out->text);
	put_style(out, STYLE_DIM);
	buf_puts(&out->text, " : ");
	valtype_print(value.type, NULL, &out->text);
	line_end_item(out, index);
}

/* ---- locals, globals -------------------------------------------------------------------------------------------- */

static void fill_locals(struct view *v, uint32_t chunk, struct chunk *out)
{
	struct arena a = { 0 };
	struct change *c = NULL;
	struct value value;
	struct frame f;

	if (!frame_here(v, &f, out))
		return;
	uint32_t n = changes_of(v, &a, &c), count = frame_local_count(&f);
	for (uint32_t i = 0; i < count; i++)
		if (frame_local(v->t->s->ctx, &f, i, &value))
			put_value(v, f.level == 0 && is_changed(c, n, CHANGE_LOCAL, i),
				name_of_inner(f.inst->module, NAME_LOCAL, f.func->index, i), i, value, out);
	if (!count)
		line_note(out, "no locals");
	arena_free(&a);
}

/* Of the frame, else of the current module's instance. */
static struct instance *instance_of(struct view *v)
{
	struct err e = { 0 };
	struct frame f;

	if (v->t->stopped && debug_wasm_frame(v->t->s, &f, &e))
		return f.inst;
	return v->t->s->instance;
}

static void fill_globals(struct view *v, uint32_t chunk, struct chunk *out)
{
	struct instance *in = instance_of(v);
	struct arena a = { 0 };
	struct change *c = NULL;

	if (!in) {
		line_note(out, "no instance");
		return;
	}
	uint32_t n = changes_of(v, &a, &c);
	for (uint32_t i = 0; i < in->module->nglobals; i++) {
		const struct global *g = in->globals[i];
		struct value value = { g->type, g->value[0], vt_slots(g->type) == 2 ? g->value[1] : 0 };
		put_value(v, is_changed(c, n, CHANGE_GLOBAL, i), name_of(in->module, NAME_GLOBAL, i), i, value, out);
	}
	if (!in->module->nglobals)
		line_note(out, "no globals");
	arena_free(&a);
}

/* ---- the operand stack -------------------------------------------------------------------------------------------- */

/* Whether the value at I of the stack differs from what was there at the stop before. */
static bool stack_changed(const struct dbg *d, uint32_t i, slot bits)
{
	bool same = d && d->before.valid && d->now.valid && d->before.func == d->now.func && d->before.fp == d->now.fp;

	return same && (i >= d->before.nhomes || d->before.homes[i] != bits);
}

static void fill_stack(struct view *v, uint32_t chunk, struct chunk *out)
{
	struct arena a = { 0 };
	struct err e = { 0 };
	struct value *values;
	struct frame f;
	uint32_t n, home = 0;

	if (!frame_here(v, &f, out))
		return;
	if (!frame_stack(v->t->s->ctx, &f, &values, &n, &a, &e)) {
		line_note(out, "%s", e.message);
		n = 0;
	} else if (!n) {
		line_note(out, "empty");
	}
	for (uint32_t i = 0; i < n; i++)
		home += vt_slots(values[i].type);
	for (uint32_t i = n; i-- > 0;) {
		home -= vt_slots(values[i].type);
		put_value(v, f.level == 0 && stack_changed(v->t->s->dbg, home, values[i].lo), STR(""), i, values[i], out);
	}
	arena_free(&a);
}

/* ---- what changed --------------------------------------------------------------------------------------------------- */

static void fill_changed(struct view *v, uint32_t chunk, struct chunk *out)
{
	struct arena a = { 0 };
	struct change *c = NULL;
	struct frame f;

	if (!frame_here(v, &f, out))
		return;
	uint32_t n = changes_of(v, &a, &c);
	for (uint32_t i = 0; i < n; i++) {
		put_style(out, STYLE_CHANGED);
		buf_puts(&out->text, "*");
		put_style(out, STYLE_TEXT);
		inspect_change(&c[i], v->t->s->store, &out->text);
		line_end(out);
	}
	if (!n)
		line_note(out, "nothing changed");
	arena_free(&a);
}

const struct view_ops view_stack = {
	.name = "*stack*", .help = "the operand stack, top first", .kind = VIEW_STATE, .chunks = one_chunk, .fill = fill_stack,
};

const struct view_ops view_locals = {
	.name = "*locals*", .help = "parameters and locals", .kind = VIEW_STATE, .chunks = one_chunk, .fill = fill_locals,
};

const struct view_ops view_globals = {
	.name = "*globals*", .help = "globals of the instance", .kind = VIEW_STATE, .chunks = one_chunk, .fill = fill_globals,
};

const struct view_ops view_changed = {
	.name = "*changed*", .help = "what the last step changed", .kind = VIEW_STATE, .chunks = one_chunk, .fill = fill_changed,
};
