/*
 * What a stop looks like:
 *
 *     Breakpoint 1, $fac (n=5) at fac.wat:3:5                    step 2  interp
 *       wat    3 │ (if (result i32) (i32.eqz (local.get $n))
 *       wasm   @0x25  #0+0x03   local.get 0        ;; push local 0 (n)
 *       regir  i:0.0            br_if_nez r0:n, 4
 *       stack  []                changed  n: 6 → 5
 *
 * With `set verbose off`: the first line and the line of the grain of the last step.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "debugger/history.h"
#include "debugger/position.h"
#include "debugger/sources.h"
#include "debugger/trap_report.h"
#include "engine/base/buf.h"
#include "engine/base/source.h"
#include "repl/command/debug.h"
#include "repl/command/native_text.h"
#include "repl/command/render.h"
#include "repl/command/stop_list.h"
#include "wat/disasm.h"

enum { CLOCK_COLUMN = 59, WORDS_COLUMN = 17, CHANGED_COLUMN = 18 };

/* ---- pieces ---------------------------------------------------------------------------------- */

static size_t line_width(const struct buf *b, size_t from)
{
	return text_width((struct str){ buf_str(b) + from, b->size - from });
}

static void pad_to(struct buf *b, size_t from, size_t column)
{
	size_t w = line_width(b, from);

	buf_fill(b, ' ', w + 2 > column ? 2 : column - w);
}

void show_frame_words(const struct session *s, const struct frame *f, struct buf *out)
{
	if (f->host || !f->inst) {
		buf_puts(out, "host function ");
		if (f->func)
			inspect_func(f->func, out);
		return;
	}
	inspect_func(f->func, out);
	buf_puts(out, " (");
	inspect_args(s->ctx, f, out);
	buf_puts(out, ") at ");
	position_print(f->inst->module, f->offset, out);
}

static void hit_numbers(const struct stop *st, struct buf *out)
{
	for (uint32_t i = 0; i < st->nhits; i++)
		buf_printf(out, "%u, ", st->hits[i]);
}

static bool is_asked(const struct session *s)
{
	return s->dbg->stop.why == WHY_INTERRUPT && s->desk.asking == s->ctx;
}

/* A call that nobody answers (stub-imports ask). */
static void asked_line(const struct session *s, struct buf *out)
{
	const struct func *f = s->desk.asked;

	if (!is_asked(s))
		return;
	buf_printf(out, "nobody provides \"%s\" \"%s\" ", f->host_module, f->host_name);
	deftype_print(f->type, NULL, out);
	buf_puts(out, ": info host shows the call, host answer answers it\n");
}

/* What is said to be hit, by a thread where there are several. */
static bool is_hit(const struct stop *st)
{
	return st->why == WHY_BREAKPOINT || st->why == WHY_WATCHPOINT || st->why == WHY_CATCH;
}

static void head_words(const struct session *s, struct buf *out)
{
	const struct stop *st = &s->dbg->stop;

	if (is_hit(st) && s->store->contexts.count > 1)
		buf_printf(out, "Thread %u hit ", s->ctx->number);
	switch (st->why) {
	case WHY_CATCH:
		buf_puts(out, st->nhits > 1 ? "Catchpoints " : "Catchpoint ");
		hit_numbers(st, out);
		buf_printf(out, "%s, ", st->caught ? st->caught : "trap");
		break;
	case WHY_WATCHPOINT:
		buf_puts(out, st->nhits > 1 ? "Watchpoints " : "Watchpoint ");
		hit_numbers(st, out);
		break;
	case WHY_BREAKPOINT:
		buf_puts(out, st->nhits > 1 ? "Breakpoints " : st->temporary ? "Temporary breakpoint " : "Breakpoint ");
		hit_numbers(st, out);
		break;
	case WHY_ENTRY:
		buf_puts(out, "Stopped at the start of ");
		break;
	case WHY_INTERRUPT:
		buf_puts(out, is_asked(s) ? "Asked, " : "Interrupted, ");
		break;
	case WHY_HISTORY:
		buf_puts(out, dbg_clock(s->dbg) > history_first(s->dbg->history) ? "End of the recording, " : "Start of the recording, ");
		break;
	default:
		break;
	}
}

/* What became of the thread that was selected. */
static void thread_line(const struct session *s, struct buf *out)
{
	const struct stop *st = &s->dbg->stop;

	if (st->why == WHY_THREAD_ENDED)
		buf_printf(out, "Thread %u ended.\n", st->ended);
	if (st->switched && !is_hit(st))
		buf_printf(out, "[Switching to thread %u]\n", s->ctx->number);
}

static void returned_line(struct session *s, struct result *r)
{
	const struct stop *st = &s->dbg->stop;

	buf_puts(&r->text, "Returned from ");
	inspect_func(st->returned, &r->text);
	for (uint32_t i = 0; i < st->nresults; i++) {
		buf_puts(&r->text, i ? ", " : ": ");
		value_print(st->results[i], s->store, &r->text);
		buf_puts(&r->text, " : ");
		valtype_print(st->results[i].type, NULL, &r->text);
	}
	show_source_result(s, st->returned, st->results, st->nresults, &r->text);
	buf_putc(&r->text, '\n');
}

static void head_line(struct session *s, const struct frame *f, struct result *r)
{
	size_t from = r->text.size;

	head_words(s, &r->text);
	show_frame_words(s, f, &r->text);
	pad_to(&r->text, from, CLOCK_COLUMN);
	buf_printf(&r->text, "step %" PRIu64 "  %s\n", dbg_clock(s->dbg), tiering_name(f->native ? TIER_BASELINE : TIER_INTERP));
}

bool show_line_at(struct session *s, const struct position *at, struct buf *out)
{
	struct str line = at->text;

	if (!at->has_line)
		return false;
	if (at->source) {
		if (!sources_line(&s->dbg->sources, at->path, at->line, &line))
			return false;
		line = position_text(line);
	}
	buf_printf(out, at->source ? "  source %u │ " : "  wat    %u │ ", at->line);
	buf_escaped(out, line.p, line.n, true);
	buf_putc(out, '\n');
	return true;
}

bool show_text_line(struct session *s, const struct module *m, uint32_t offset, struct buf *out)
{
	struct position at;

	position_of(m, offset, &at);
	return show_line_at(s, &at, out);
}

static void wasm_line(const struct frame *f, struct buf *out)
{
	const struct module *m = f->inst->module;
	uint32_t func = f->func->index;
	struct err e = { 0 };
	struct instr in;
	size_t from;

	buf_puts(out, "  wasm   ");
	from = out->size;
	buf_printf(out, "@0x%x  #%u+0x%02x", f->offset, func, f->offset - m->funcs[func].body);
	pad_to(out, from, WORDS_COLUMN);
	if (disasm_at(m, func, f->offset, &in, &e))
		disasm_instr(m, func, &in, out);
	buf_putc(out, '\n');
}

static void regir_line(const struct frame *f, struct buf *out)
{
	uint32_t number, at;
	struct body *b;
	size_t from;

	if (!frame_cell(f, &number, &b, &at))
		return;
	buf_puts(out, "  regir  ");
	from = out->size;
	buf_printf(out, "i:%u.%u", f->func->index, number);
	pad_to(out, from, WORDS_COLUMN);
	body_print_cell(b, at, out);
	buf_putc(out, '\n');
}

static void stack_line(struct session *s, const struct frame *f, const struct change *c, uint32_t n, struct buf *out)
{
	enum { MOST = 6 };              /* of one step rarely more, of 'next' over a call many: 'info locals' has all */
	uint32_t most = n > MOST + 1 ? MOST : n;
	struct err e = { 0 };
	size_t from;

	buf_puts(out, "  stack  ");
	from = out->size;
	inspect_stack(s->ctx, f, out, &e);
	if (n) {
		pad_to(out, from, CHANGED_COLUMN);
		buf_puts(out, "changed  ");
	}
	for (uint32_t i = 0; i < n && i < most; i++) {
		buf_puts(out, i ? ", " : "");
		inspect_change(&c[i], s->store, out);
	}
	if (n > most)
		buf_printf(out, ", and %u more", n - most);
	buf_putc(out, '\n');
}

static void show_text(struct session *s, const struct frame *f, const struct change *c, uint32_t n, struct result *r)
{
	const struct native_stop *native = native_stop(s->dbg);
	bool all = s->options.verbose, regir = debug_state(s)->grain == GRAIN_REGIR;

	thread_line(s, &r->text);
	asked_line(s, &r->text);
	if (s->dbg->stop.why == WHY_RETURNED)
		returned_line(s, r);
	head_line(s, f, r);
	show_watched(s, r);
	if (f->host || !f->inst)
		return;
	struct position at;
	position_of(f->inst->module, f->offset, &at);
	bool stepped = s->dbg->stop.why == WHY_STEP && debug_state(s)->grain != GRAIN_LINE;
	bool lines = at.source && !(stepped || regir || native);
	bool text = (all || lines) && show_text_line(s, f->inst->module, f->offset, &r->text);
	if (native)
		native_text_did(native, &r->text);
	if (all || !(regir || native || (lines && text)))
		wasm_line(f, &r->text);
	if (all && native)
		native_text_regir(native, &r->text);
	else if (all || regir)
		regir_line(f, &r->text);
	if (native)
		native_text_asm(native, &r->text);
	if (all)
		stack_line(s, f, c, n, &r->text);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

void show_place(const struct frame *f, struct result *r, struct node *out)
{
	struct position at = { 0 };

	if (f->inst && !f->host)
		position_of(f->inst->module, f->offset, &at);
	show_place_as(f, &at, STR(""), r, out);
}

void position_members(const struct position *at, struct result *r, struct node *out)
{
	node_str(r, out, "file", str_of(at->file));
	if (at->has_line)
		node_int(r, out, "line", at->line);
	if (at->has_line && at->column)
		node_int(r, out, "column", at->column);
}

void show_place_as(const struct frame *f, const struct position *at, struct str function, struct result *r, struct node *out)
{
	struct buf name = { 0 };
	uint32_t number, cell;
	struct body *b;

	if (f->host || !f->inst) {
		if (f->func)
			inspect_func(f->func, &name);
		node_str(r, out, "function", str_of_buf(&name));
		node_str(r, out, "tier", str_of("host"));
		buf_free(&name);
		return;
	}
	const struct module *m = f->inst->module;
	node_int(r, out, "module", m->number);
	node_int(r, out, "instance", f->inst->number);
	func_plain_name(m, f->func->index, &name);
	node_str(r, out, "function", function.n ? function : str_of_buf(&name));
	buf_reset(&name);
	if (!function.n && inspect_source_name(m, f->func->index, &name))
		node_str(r, out, "source_function", str_of_buf(&name));
	buf_free(&name);
	node_int(r, out, "index", f->func->index);
	node_printf(r, out, "offset", "0x%x", f->offset);
	node_printf(r, out, "body_offset", "0x%x", f->offset - m->funcs[f->func->index].body);
	if (frame_cell(f, &number, &b, &cell))
		node_int(r, out, "regir", number);
	node_str(r, out, "tier", str_of(tiering_name(tier_frame_compiled(f) ? TIER_BASELINE : TIER_INTERP)));
	position_members(at, r, out);
}

static void text_member(const struct frame *f, struct result *r, struct node *stop)
{
	struct buf text = { 0 };
	struct err e = { 0 };
	struct instr in;

	if (f->inst && !f->host && disasm_at(f->inst->module, f->func->index, f->offset, &in, &e) &&
			disasm_text(f->inst->module, &in, &text))
		node_str(r, stop, "text", str_of_buf(&text));
	buf_free(&text);
}

static void value_text(struct session *s, const char *key, struct value v, struct result *r, struct node *in)
{
	struct buf text = { 0 };

	value_print(v, s->store, &text);
	node_str(r, in, key, str_of_buf(&text));
	buf_free(&text);
}

static void changed_member(struct session *s, const struct change *c, uint32_t n, struct result *r, struct node *stop)
{
	static const char *const what[] = { "local", "global", "slot" };
	struct node *list = node_array(r, stop, "changed");

	for (uint32_t i = 0; i < n; i++) {
		struct node *one = node_object(r, list, NULL);
		struct buf type = { 0 };
		node_str(r, one, "what", str_of(what[c[i].kind]));
		node_int(r, one, "index", c[i].index);
		if (c[i].name.n)
			node_str(r, one, "name", c[i].name);
		valtype_print(c[i].is.type, NULL, &type);
		node_str(r, one, "type", str_of_buf(&type));
		buf_free(&type);
		value_text(s, "old", c[i].was, r, one);
		value_text(s, "new", c[i].is, r, one);
	}
}

static void show_json(struct session *s, const struct frame *f, const struct change *c, uint32_t n, struct result *r)
{
	const struct stop *st = &s->dbg->stop;
	struct node *stop = node_object(r, r->root, "stop");

	node_str(r, stop, "reason", str_of(stop_why_name[is_asked(s) ? WHY_CATCH : st->why]));
	if (is_asked(s))
		node_printf(r, stop, "what", "ask %s.%s", s->desk.asked->host_module, s->desk.asked->host_name);
	node_int(r, stop, "thread", s->ctx->number ? s->ctx->number : 1);
	node_int(r, stop, "depth", (int64_t)s->calls.count);
	node_printf(r, stop, "step", "%" PRIu64, dbg_clock(s->dbg));
	show_place(f, r, stop);
	text_member(f, r, stop);
	if (native_stop(s->dbg))
		native_text_member(native_stop(s->dbg), r, stop);
	if (st->nhits) {
		struct node *hits = node_array(r, stop, "breakpoints");
		for (uint32_t i = 0; i < st->nhits; i++)
			node_int(r, hits, NULL, st->hits[i]);
	}
	watched_members(s, r, stop);
	changed_member(s, c, n, r, stop);
	if (st->why == WHY_CATCH)
		node_str(r, stop, "what", str_of(st->caught ? st->caught : "trap"));
	if (st->how == OUT_TRAP)
		trap_node(s->ctx, r, node_object(r, stop, "trap"));
	if (st->why != WHY_RETURNED)
		return;
	struct node *results = node_array(r, r->root, "results");
	for (uint32_t i = 0; i < st->nresults; i++)
		node_value(r, node_object(r, results, NULL), st->results[i], s->store);
}

/* For Emacs GUD, which shows FILE:LINE: the shape is gdb's, with the byte of the module as the address. */
static void fullname_line(struct session *s, const struct frame *f, struct buf *out)
{
	const struct session_module *m = f->inst && !f->host ? session_module_of(s, f->inst->module) : NULL;
	struct position at;

	if (!s->fullname || !m)
		return;
	position_of(f->inst->module, f->offset, &at);
	const struct source *src = at.has_line && at.source ? sources_find(&s->dbg->sources, at.path) : NULL;
	char *full = at.has_line ? realpath(src ? src->name : m->path, NULL) : NULL;
	if (!full)
		return;
	buf_printf(out, "\032\032%s:%u:%u:beg:0x%x\n", full, at.line, at.column ? at.column - 1 : 0, f->offset);
	free(full);
}

/* ---- both ------------------------------------------------------------------------------------ */

void show_stop(struct session *s, struct result *r)
{
	const struct stop *st = &s->dbg->stop;
	struct change *c = NULL;
	struct frame f;
	uint32_t n = 0;

	if (!frame_at(s->ctx, 0, &f))
		return;
	snapshot_changes(&s->dbg->before, &s->dbg->now, debug_state(s)->grain == GRAIN_REGIR, &r->arena, &c, &n);
	show_json(s, &f, c, n, r);
	if (st->how == OUT_TRAP) {
		for (uint32_t i = 0; i < st->nhits; i++)
			buf_printf(&r->notes, "Catchpoint %u: ", st->hits[i]);
		thread_line(s, &r->notes);
		trap_report_print(s->ctx, &r->arena, &r->notes);
		buf_puts(&r->notes, s->standalone ? "" : "  try: explain\n");
		return;
	}
	if (st->condition.code)
		buf_printf(&r->notes, "note: the condition could not be evaluated: %s\n", st->condition.message);
	if (!stop_list_silent(s)) {
		show_text(s, &f, c, n, r);
		show_displays(s, r);
		fullname_line(s, &f, &r->text);
	}
}
