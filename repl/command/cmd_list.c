/* Commands: list, disassemble. */
#include <stdio.h>
#include <string.h>

#include "debugger/breakpoint.h"
#include "debugger/position.h"
#include "engine/base/buf.h"
#include "engine/base/source.h"
#include "repl/command/debug.h"
#include "wat/disasm.h"
#include "wat/print.h"

enum { LIST_LINES = 10 };

/* A text with numbered lines, and where instructions stand in it: a module's own, or what a function prints as. */
struct listing {
	const struct module *module;
	uint32_t func;
	bool own;               /* the module's text; lines are the file's */
	struct str text;        /* of the function, when printed */
	struct line_map map;
	struct buf printed;
};

/* ---- lines ----------------------------------------------------------------------------------- */

static bool listing_open(struct listing *l, const struct module *m, uint32_t func, struct err *e)
{
	struct wat_print_options o = wat_print_defaults();

	*l = (struct listing){ .module = m, .func = func, .own = m->text && m->text_map };
	if (l->own)
		return true;
	if (!wat_print_func(m, func, &o, &l->printed, &l->map, e))
		return false;
	l->text = (struct str){ buf_str(&l->printed), l->printed.size };
	return true;
}

static void listing_close(struct listing *l)
{
	line_map_free(&l->map);
	buf_free(&l->printed);
}

static uint32_t line_of(const struct listing *l, uint32_t offset)
{
	struct position at;
	const struct wat_place *p;

	if (!l->own) {
		p = line_map_find(&l->map, offset);
		return p ? p->line : 1;
	}
	position_of(l->module, offset, &at);
	return at.has_line ? at.line : 1;
}

/* Line NUMBER, from 1; false: there is none. */
static bool line_text(const struct listing *l, uint32_t number, struct str *out)
{
	struct source_line at;
	const char *p, *end, *nl;

	if (l->own) {
		if (!source_line_number(l->module->text, number, &at))
			return false;
		*out = (struct str){ l->module->text->bytes + at.start, at.length };
		return number == 1 || at.length || at.start < l->module->text->size;
	}
	p = l->text.p;
	end = p + l->text.n;
	for (uint32_t i = 1; p < end; i++, p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		nl = nl ? nl : end;
		*out = (struct str){ p, (size_t)(nl - p) };
		if (i == number)
			return true;
	}
	return false;
}

/* => where the selected frame is, B a breakpoint, b one that is switched off. */
static const char *line_mark(struct session *s, const struct listing *l, uint32_t line)
{
	const char *mark = "  ";
	struct frame f;

	for (size_t i = 0; i < s->dbg->breakpoints.count; i++) {
		const struct breakpoint *b = s->dbg->breakpoints.data[i];
		for (size_t k = 0; k < b->places.count; k++) {
			const struct location *at = &b->places.data[k];
			if (at->module == l->module && (l->own || at->func == l->func) && line_of(l, at->offset) == line)
				mark = b->enabled ? "B " : "b ";
		}
	}
	if (guest_stopped(s) && frame_at(s->ctx, s->frame, &f) && f.inst && f.inst->module == l->module &&
			(l->own || f.func->index == l->func) && line_of(l, f.offset) == line)
		mark = "=>";
	return mark;
}

static bool list_lines(struct session *s, const struct listing *l, uint32_t first, struct result *r, struct err *e)
{
	size_t from = r->text.size;
	uint32_t line = first;
	struct str text;

	for (; line < first + LIST_LINES && line_text(l, line, &text); line++) {
		buf_printf(&r->text, "%s%5u │ ", line_mark(s, l, line), line);
		buf_escaped(&r->text, text.p, text.n, true);
		while (r->text.size && r->text.data[r->text.size - 1] == ' ')
			buf_truncate(&r->text, r->text.size - 1);
		buf_putc(&r->text, '\n');
	}
	if (line == first)
		return err_set(e, E_USAGE, place_none(), "line %u is behind the end", first);
	debug_state(s)->list.module = l->module;
	debug_state(s)->list.func = l->func;
	debug_state(s)->list.line = line;
	node_str(r, r->root, "text", (struct str){ buf_str(&r->text) + from, r->text.size - from });
	return true;
}

/* ---- list ------------------------------------------------------------------------------------ */

static bool list_around(struct session *s, const struct location *at, struct result *r, struct err *e)
{
	struct listing l;
	bool ok = listing_open(&l, at->module, at->func, e);

	if (ok) {
		uint32_t line = line_of(&l, at->offset);
		ok = list_lines(s, &l, line > LIST_LINES / 2 ? line - LIST_LINES / 2 : 1, r, e);
	}
	listing_close(&l);
	return ok;
}

static bool list_on(struct session *s, struct result *r, struct err *e)
{
	const struct debug_state *st = debug_state(s);
	struct listing l;
	bool ok = listing_open(&l, st->list.module, st->list.func, e) && list_lines(s, &l, st->list.line, r, e);

	listing_close(&l);
	return ok;
}

static bool list_from_start(struct session *s, struct result *r, struct err *e)
{
	const struct session_module *m = session_current(s);
	struct listing l;

	if (!m)
		return err_no_module(e);
	if (m->module->nfuncs == m->module->nimported_funcs && !m->module->text)
		return err_set(e, E_USAGE, place_none(), "the module has no functions");
	bool ok = listing_open(&l, m->module, m->module->nimported_funcs, e) && list_lines(s, &l, 1, r, e);
	listing_close(&l);
	return ok;
}

static bool run_list(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct location at;

	if (arg_get(a, "where")->given)
		return debug_locate_one(s, arg_get(a, "where")->text, r, &at, e) && list_around(s, &at, r, e);
	if (debug_state(s)->list.module)
		return list_on(s, r, e);
	if (guest_stopped(s))
		return debug_locate_one(s, STR(""), r, &at, e) && list_around(s, &at, r, e);
	return list_from_start(s, r, e);
}

const struct command cmd_list = {
	.name = "list", .alias = "l", .group = GROUP_CODE, .summary = "Show lines of text around a place; again: the lines after",
	.doc = "For a module from binary, of the text of one function.\n", .example = "list fac",
	.args = (const struct arg_spec[]){
		{ "where", ARG_LOC, ARG_OPTIONAL, "a location; where the guest is stopped when left out", NULL }, { 0 } },
	.flags = CMD_NEEDS_MODULE, .run = run_list,
};

/* ---- disassemble ----------------------------------------------------------------------------- */

/* Put "=> " in front of the line of OFFSET and as many blanks in front of the others. */
static void mark_lines(const char *text, uint32_t offset, bool here, struct buf *out)
{
	char want[16];
	size_t n = (size_t)snprintf(want, sizeof want, "@0x%x", offset);

	while (*text) {
		size_t length = strcspn(text, "\n");
		const char *at = memchr(text, '@', length);
		bool it = here && at && strncmp(at, want, n) == 0 && (at[n] == ' ' || at[n] == '\0');
		buf_puts(out, it ? "=> " : "   ");
		buf_put(out, text, length);
		buf_putc(out, '\n');
		text += length + (text[length] == '\n');
	}
}

static bool run_disassemble(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	bool raw = memchr(a->format.p, 'r', a->format.n) != NULL;
	struct buf text = { 0 };
	struct location l;
	struct frame f;

	for (size_t i = 0; i < a->format.n; i++)
		if (a->format.p[i] != 'r')
			return err_set(e, E_USAGE, place_none(), "disassemble: no /%c; /r shows the bytes", a->format.p[i]);
	if (!debug_locate_one(s, arg_get(a, "where")->text, r, &l, e) || !disasm_func(l.module, l.func, raw, &text, e)) {
		buf_free(&text);
		return false;
	}
	bool here = guest_stopped(s) && frame_at(s->ctx, s->frame, &f) && f.inst && f.inst->module == l.module &&
		f.func->index == l.func;
	mark_lines(buf_str(&text), here ? f.offset : 0, here, &r->text);
	node_str(r, r->root, "text", (struct str){ buf_str(&text), text.size });
	buf_free(&text);
	return true;
}

const struct command cmd_disassemble = {
	.name = "disassemble", .alias = "disas", .group = GROUP_CODE, .summary = "Show a function's instructions with offsets",
	.doc = "/r shows the bytes, too.\n", .example = "disassemble fac",
	.args = (const struct arg_spec[]){
		{ "where", ARG_LOC, ARG_OPTIONAL, "in the function; the one that is stopped when left out", NULL }, { 0 } },
	.flags = CMD_NEEDS_MODULE | CMD_FORMAT, .run = run_disassemble,
};
