/* Commands: backtrace, frame, up, down, info locals, info args, info stack, info frame, info line. */
#include <inttypes.h>

#include "debugger/dwarf.h"
#include "debugger/seen_frame.h"
#include "debugger/trap_report.h"
#include "engine/base/buf.h"
#include "engine/names.h"
#include "repl/command/debug.h"
#include "wat/disasm.h"

/* The members of a frame: level, what show_place() gives, and of an inlined function its own name and line. */
static void frame_members(const struct seen_frame *at, struct result *r, struct node *frame)
{
	struct buf name = { 0 };
	struct position where;

	node_int(r, frame, "level", at->number);
	if (at->ncalls < 2) {
		show_place(&at->f, r, frame);
		return;
	}
	seen_frame_position(at, &where);
	seen_frame_name(at, &name);
	show_place_as(&at->f, &where, seen_frame_inlined(at) ? str_of_buf(&name) : STR(""), r, frame);
	if (seen_frame_inlined(at))
		node_bool(r, frame, "inlined", true);
	buf_free(&name);
}

/* ---- backtrace ------------------------------------------------------------------------------- */

enum { FRAMES_SHOWN = 100 };

static bool run_backtrace(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *count = arg_get(a, "count");
	struct node *list = node_array(r, r->root, "frames");
	uint32_t want = FRAMES_SHOWN;
	seen_frames frames;

	if (count->given)
		want = count->number < UINT32_MAX ? (uint32_t)count->number : UINT32_MAX;
	backtrace_print(s->ctx, 0, want, 0, &r->text);
	uint32_t all = seen_frames_get(s->ctx, 0, want, &frames);
	if (all > want)
		buf_printf(&r->text, "… %u more: backtrace %u shows all\n", all - want, all);
	for (size_t i = 0; i < frames.count; i++)
		frame_members(&frames.data[i], r, node_object(r, list, NULL));
	vec_free(&frames);
	return true;
}

const struct command cmd_backtrace = {
	.name = "backtrace", .alias = "bt where", .group = GROUP_STATE, .summary = "Show the calls that led here, innermost first",
	.args = (const struct arg_spec[]){ { "count", ARG_COUNT, ARG_OPTIONAL, "how many frames", NULL }, { 0 } },
	.flags = CMD_NEEDS_STOP, .run = run_backtrace,
};

/* ---- frame, up, down ------------------------------------------------------------------------- */

static bool no_frame(const struct session *s, int64_t number, struct err *e)
{
	seen_frames none;
	uint32_t all = seen_frames_get(s->ctx, 0, 0, &none);

	if (number < 0)
		return err_set(e, E_USAGE, place_none(), "this is the innermost frame");
	return err_set(e, E_USAGE, place_none(), "there is no frame %" PRId64 "; the outermost is %u", number, all - 1);
}

static bool select_frame(struct session *s, int64_t number, struct result *r, struct err *e)
{
	struct seen_frame at;
	struct position where;

	if (number < 0 || number > UINT32_MAX || !seen_frame_at(s->ctx, (uint32_t)number, &at))
		return no_frame(s, number, e);
	s->frame = at.f.level;
	s->frame_call = at.call;
	buf_printf(&r->text, "#%u ", at.number);
	if (at.ncalls > 1)
		seen_frame_print(s->ctx, &at, &r->text);
	else
		show_frame_words(s, &at.f, &r->text);
	buf_putc(&r->text, '\n');
	if (at.f.inst && !at.f.host && !at.f.inst->module->text_map) {
		seen_frame_position(&at, &where);
		show_line_at(s, &where, &r->text);
	}
	debug_state(s)->list.module = NULL;     /* list begins at the frame */
	frame_members(&at, r, node_object(r, r->root, "frame"));
	return true;
}

/* The number of the frame that is selected. */
static int64_t selected(const struct session *s)
{
	return seen_frame_number(s->ctx, s->frame, s->frame_call);
}

static bool run_frame(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *level = arg_get(a, "level");

	if (level->given && level->number < 0)
		return err_set(e, E_USAGE, place_none(), "frames are numbered from 0, the innermost");
	return select_frame(s, level->given ? level->number : selected(s), r, e);
}

static bool run_up(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *count = arg_get(a, "count");
	seen_frames none;
	int64_t now = selected(s), last = (int64_t)seen_frames_get(s->ctx, 0, 0, &none) - 1;
	int64_t to = now + (count->given ? count->number : 1);

	if (now == last)
		return err_set(e, E_USAGE, place_none(), "this is the outermost frame");
	return select_frame(s, to < last ? to : last, r, e);
}

static bool run_down(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *count = arg_get(a, "count");
	int64_t now = selected(s), to = now - (count->given ? count->number : 1);

	return select_frame(s, to < 0 && now > 0 ? 0 : to, r, e);
}

const struct command cmd_frame = {
	.name = "frame", .alias = "f", .group = GROUP_STATE, .summary = "Show the selected frame, or select another",
	.args = (const struct arg_spec[]){ { "level", ARG_NUMBER, ARG_OPTIONAL, "as backtrace numbers them", NULL }, { 0 } },
	.flags = CMD_NEEDS_STOP, .run = run_frame,
};

const struct command cmd_up = {
	.name = "up", .group = GROUP_STATE, .summary = "Select the frame that called this one",
	.args = (const struct arg_spec[]){ { "count", ARG_COUNT, ARG_OPTIONAL, "how many frames", NULL }, { 0 } },
	.flags = CMD_NEEDS_STOP | CMD_REPEATS, .run = run_up,
};

const struct command cmd_down = {
	.name = "down", .group = GROUP_STATE, .summary = "Select the frame that this one called",
	.args = (const struct arg_spec[]){ { "count", ARG_COUNT, ARG_OPTIONAL, "how many frames", NULL }, { 0 } },
	.flags = CMD_NEEDS_STOP | CMD_REPEATS, .run = run_down,
};

/* ---- info locals, args ----------------------------------------------------------------------- */

static void show_local(struct session *s, const struct frame *f, uint32_t index, struct result *r, struct node *list)
{
	const struct module *m = f->inst->module;
	struct str name = name_of_inner(m, NAME_LOCAL, f->func->index, index);
	struct node *one = node_object(r, list, NULL);
	struct value v;

	if (!frame_local(s->ctx, f, index, &v))
		return;
	buf_printf(&r->text, "%u", index);
	node_int(r, one, "index", index);
	if (name.n) {
		buf_putc(&r->text, ' ');
		buf_escaped(&r->text, name.p, name.n, false);
		node_str(r, one, "name", name);
	}
	buf_puts(&r->text, " = ");
	value_print(v, s->store, &r->text);
	buf_puts(&r->text, " : ");
	valtype_print(v.type, NULL, &r->text);
	buf_putc(&r->text, '\n');
	node_value(r, one, v, s->store);
}

/* "  wasm 0=9 1=66752 5=40:i64": beside the source language's variables a few lines are enough. */
static void show_local_short(struct session *s, const struct frame *f, uint32_t index, size_t *line, struct result *r,
	struct node *list)
{
	struct node *one = node_object(r, list, NULL);
	struct str name = name_of_inner(f->inst->module, NAME_LOCAL, f->func->index, index);
	struct value v;

	if (!frame_local(s->ctx, f, index, &v))
		return;
	if (r->text.size - *line > 96 || !index) {
		buf_puts(&r->text, index ? "\n  wasm" : "  wasm");
		*line = r->text.size;
	}
	buf_putc(&r->text, ' ');
	inspect_local_name(f->inst->module, f->func->index, index, &r->text);
	buf_putc(&r->text, '=');
	value_print(v, s->store, &r->text);
	if (v.type != VT_I32) {
		buf_putc(&r->text, ':');
		valtype_print(v.type, NULL, &r->text);
	}
	node_int(r, one, "index", index);
	if (name.n)
		node_str(r, one, "name", name);
	node_value(r, one, v, s->store);
}

static bool show_locals(struct session *s, bool args_only, struct result *r, struct err *e)
{
	struct frame f;

	if (!debug_wasm_frame(s, &f, e))
		return false;
	size_t before = r->text.size;
	show_variables(s, args_only, r);
	struct node *list = node_array(r, r->root, args_only ? "args" : "locals");
	uint32_t n = args_only ? f.func->type->nparams : frame_local_count(&f);
	bool brief = r->text.size > before;
	size_t line = r->text.size;
	for (uint32_t i = 0; i < n; i++)
		if (brief)
			show_local_short(s, &f, i, &line, r, list);
		else
			show_local(s, &f, i, r, list);
	buf_puts(&r->text, brief && n ? "\n" : "");
	if (!n && !brief)
		buf_puts(&r->text, args_only ? "no parameters\n" : "no locals\n");
	return true;
}

static bool run_info_locals(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return show_locals(s, false, r, e);
}

static bool run_info_args(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return show_locals(s, true, r, e);
}

const struct command cmd_info_locals = {
	.name = "info locals", .group = GROUP_STATE, .summary = "Show parameters and locals of the selected frame",
	.flags = CMD_NEEDS_STOP, .run = run_info_locals,
};

const struct command cmd_info_args = {
	.name = "info args", .group = GROUP_STATE, .summary = "Show the parameters of the selected frame",
	.flags = CMD_NEEDS_STOP, .run = run_info_args,
};

/* ---- info stack ------------------------------------------------------------------------------ */

static bool run_info_stack(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct frame f;
	struct value *v;
	uint32_t n;

	if (!debug_wasm_frame(s, &f, e) || !frame_stack(s->ctx, &f, &v, &n, &r->arena, e))
		return false;
	struct node *list = node_array(r, r->root, "stack");
	for (uint32_t i = 0; i < n; i++)
		node_value(r, node_object(r, list, NULL), v[i], s->store);
	for (uint32_t i = n; i-- > 0;) {
		buf_printf(&r->text, "%u = ", i);
		value_print(v[i], s->store, &r->text);
		buf_puts(&r->text, " : ");
		valtype_print(v[i].type, NULL, &r->text);
		buf_puts(&r->text, i + 1 == n ? "  <- top\n" : "\n");
	}
	if (!n)
		buf_puts(&r->text, "the operand stack is empty\n");
	return true;
}

const struct command cmd_info_stack = {
	.name = "info stack", .group = GROUP_STATE, .summary = "Show the operand stack of the selected frame, top first",
	.flags = CMD_NEEDS_STOP, .run = run_info_stack,
};

/* ---- info frame, info line ------------------------------------------------------------------- */

static void frame_body_text(const struct frame *f, struct result *r, struct node *frame)
{
	static const char *const kinds[BODY_KINDS] = { "fast", "charged", "plain" };
	uint32_t at;
	const struct body *b = inspect_body(f, &at);

	if (!b)
		return;
	buf_printf(&r->text, "  runs the %s body, byte %u of its %u; %u slots\n", kinds[b->kind], at, b->size, b->frame / 8);
	node_str(r, frame, "body", str_of(kinds[b->kind]));
	node_int(r, frame, "slots", b->frame / 8);
}

static bool run_info_frame(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct seen_frame at, caller;
	struct frame f;

	if (!debug_frame(s, &f, e))
		return false;
	struct node *frame = node_object(r, r->root, "frame");
	if (!seen_frame_at(s->ctx, (uint32_t)selected(s), &at))
		return err_not_running(e);
	frame_members(&at, r, frame);
	buf_printf(&r->text, "#%u ", at.number);
	if (at.ncalls > 1)
		seen_frame_print(s->ctx, &at, &r->text);
	else
		show_frame_words(s, &f, &r->text);
	buf_putc(&r->text, '\n');
	if (f.inst && !f.host) {
		buf_printf(&r->text, "  at @0x%x (#%u+0x%x) in instance %u of module %u\n", f.offset, f.func->index,
			f.offset - f.inst->module->funcs[f.func->index].body, f.inst->number, f.inst->module->number);
		frame_body_text(&f, r, frame);
	}
	if (seen_frame_at(s->ctx, at.number + 1, &caller)) {
		buf_puts(&r->text, seen_frame_inlined(&at) ? "  inlined into " : "  called by ");
		if (caller.ncalls > 1)
			seen_frame_print(s->ctx, &caller, &r->text);
		else
			show_frame_words(s, &caller.f, &r->text);
		buf_putc(&r->text, '\n');
	} else {
		buf_puts(&r->text, "  called from the prompt\n");
	}
	return true;
}

const struct command cmd_info_frame = {
	.name = "info frame", .group = GROUP_STATE, .summary = "Show everything about the selected frame",
	.flags = CMD_NEEDS_STOP, .run = run_info_frame,
};

static bool run_info_line(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct position at;
	struct location l;

	if (!debug_locate_one(s, arg_get(a, "where")->text, r, &l, e))
		return false;
	position_of(l.module, l.offset, &at);
	module_func_label(l.module, l.func, &r->text);
	buf_puts(&r->text, " at ");
	position_print(l.module, l.offset, &r->text);
	buf_printf(&r->text, " is @0x%x, #%u+0x%x\n", l.offset, l.func, l.offset - l.module->funcs[l.func].body);
	position_members(&at, r, r->root);
	node_int(r, r->root, "index", l.func);
	node_printf(r, r->root, "offset", "0x%x", l.offset);
	return true;
}

const struct command cmd_info_line = {
	.name = "info line", .group = GROUP_STATE, .summary = "Say which bytes a line stands for, and which line a byte",
	.args = (const struct arg_spec[]){
		{ "where", ARG_LOC, ARG_OPTIONAL, "a location; where the guest is stopped when left out", NULL }, { 0 } },
	.run = run_info_line,
};
