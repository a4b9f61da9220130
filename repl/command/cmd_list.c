/* Commands: list, disassemble. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "debugger/breakpoint.h"
#include "debugger/dwarf.h"
#include "debugger/seen_frame.h"
#include "engine/base/buf.h"
#include "engine/base/source.h"
#include "repl/command/args.h"
#include "repl/command/debug.h"
#include "wat/disasm.h"
#include "wat/print.h"

enum { LIST_LINES = 10 };

enum listing_kind {
	LISTING_TEXT,           /* the module's own text */
	LISTING_SOURCE,         /* a file of the source language */
	LISTING_PRINTED,        /* a function, printed as text */
};

/* A text with numbered lines, and where instructions stand in it. */
struct listing {
	enum listing_kind kind;
	const struct module *module;
	uint32_t func;
	const struct source *file;      /* LISTING_TEXT, LISTING_SOURCE */
	struct str path;                /* LISTING_SOURCE: as the compiler knew it */
	struct line_map map;            /* LISTING_PRINTED */
	struct buf printed;
};

/* ---- lines ----------------------------------------------------------------------------------- */

static bool listing_print(struct listing *l, struct err *e)
{
	struct wat_print_options o = wat_print_defaults();

	l->kind = LISTING_PRINTED;
	return wat_print_func(l->module, l->func, &o, &l->printed, &l->map, e);
}

/* Of function FUNC; of the source file PATH when that is not empty and can be found. */
static bool listing_open(struct session *s, struct listing *l, const struct module *m, uint32_t func, struct str path,
	struct err *e)
{
	*l = (struct listing){ .kind = LISTING_TEXT, .module = m, .func = func, .file = m->text, .path = path };
	if (m->text && m->text_map)
		return true;
	l->kind = LISTING_SOURCE;
	l->file = path.n ? sources_find(&s->dbg->sources, path) : NULL;
	return l->file || listing_print(l, e);
}

static void listing_close(struct listing *l)
{
	line_map_free(&l->map);
	buf_free(&l->printed);
}

/* The line of the listing that OFFSET is on; 0: none. */
static uint32_t line_of(const struct listing *l, uint32_t offset)
{
	const struct wat_place *p;
	struct position at;

	if (l->kind == LISTING_PRINTED) {
		p = line_map_find(&l->map, offset);
		return p ? p->line : 1;
	}
	position_of(l->module, offset, &at);
	return at.has_line && (l->kind == LISTING_TEXT || str_eq(at.path, l->path)) ? at.line : 0;
}

/* Line NUMBER, from 1; false: there is none. */
static bool line_text(const struct listing *l, uint32_t number, struct str *out)
{
	const char *p = buf_str(&l->printed), *end = p + l->printed.size, *nl;
	struct source_line at;

	if (l->kind != LISTING_PRINTED) {
		if (!source_line_number(l->file, number, &at))
			return false;
		*out = (struct str){ l->file->bytes + at.start, at.length };
		return number == 1 || at.length || at.start < l->file->size;
	}
	for (uint32_t i = 1; p < end; i++, p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		nl = nl ? nl : end;
		*out = (struct str){ p, (size_t)(nl - p) };
		if (i == number)
			return true;
	}
	return false;
}

/* The line that the selected frame, F, is on; 0: none of this listing. */
static uint32_t frame_line(const struct session *s, const struct listing *l, const struct frame *f)
{
	struct seen_frame seen;
	struct position at;

	if (!s->frame_call || l->kind != LISTING_SOURCE ||
			!debug_seen_frame(s, &seen))
		return line_of(l, f->offset);
	seen_frame_position(&seen, &at);
	return at.has_line && str_eq(at.path, l->path) ? at.line : 0;
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
			if (at->module == l->module && (l->kind != LISTING_PRINTED || at->func == l->func) &&
					line_of(l, at->offset) == line)
				mark = b->enabled ? "B " : "b ";
		}
	}
	if (guest_stopped(s) && frame_at(s->ctx, s->frame, &f) && f.inst && f.inst->module == l->module &&
			(l->kind != LISTING_PRINTED || f.func->index == l->func) && frame_line(s, l, &f) == line)
		mark = "=>";
	return mark;
}

static bool list_lines(struct session *s, const struct listing *l, uint32_t first, uint32_t last, struct result *r,
	struct err *e)
{
	struct debug_state *st = debug_state(s);
	size_t from = r->text.size;
	uint32_t line = first;
	struct str text;

	for (; line <= last && line_text(l, line, &text); line++) {
		buf_printf(&r->text, "%s%5u │ ", line_mark(s, l, line), line);
		buf_escaped(&r->text, text.p, text.n, true);
		while (r->text.size && r->text.data[r->text.size - 1] == ' ')
			buf_truncate(&r->text, r->text.size - 1);
		buf_putc(&r->text, '\n');
	}
	if (line == first)
		return err_set(e, E_USAGE, place_none(), "line %u is behind the end", first);
	st->list.module = l->module;
	st->list.func = l->func;
	st->list.line = line;
	st->list.before = first;
	st->list.path = l->kind == LISTING_SOURCE ? l->path : (struct str){ NULL, 0 };
	node_text(r, r->root, "text", from);
	if (l->kind == LISTING_SOURCE)
		node_str(r, r->root, "file", l->path);
	return true;
}

/* ---- list ------------------------------------------------------------------------------------ */

/* The source file that a place comes from; nothing when it is not known, or not to be found: then a note says so. */
static struct str source_path(struct session *s, const struct location *at, struct result *r)
{
	struct position p;

	position_of(at->module, at->offset, &p);
	if (!p.source)
		return (struct str){ NULL, 0 };
	if (!sources_find(&s->dbg->sources, p.path))
		buf_printf(&r->notes, "note: %s was not found; 'directory DIR' or 'set substitute-path FROM TO' says where it is\n",
			p.path.p);
	return p.path;
}

static bool list_around(struct session *s, const struct location *at, struct result *r, struct err *e)
{
	struct listing l;
	bool ok = listing_open(s, &l, at->module, at->func, source_path(s, at, r), e);

	if (ok) {
		uint32_t line = line_of(&l, at->offset), first = line > LIST_LINES / 2 ? line - LIST_LINES / 2 : 1;
		ok = list_lines(s, &l, first, first + LIST_LINES - 1, r, e);
	}
	listing_close(&l);
	return ok;
}

/* Around the call that was inlined: the frame's own place is in the function that was called. */
static bool list_frame(struct session *s, const struct seen_frame *frame, struct result *r, struct err *e)
{
	struct position at;
	struct listing l;

	seen_frame_position(frame, &at);
	bool ok = listing_open(s, &l, frame->f.inst->module, frame->f.func->index, at.path, e);
	if (ok) {
		uint32_t first = at.line > LIST_LINES / 2 ? at.line - LIST_LINES / 2 : 1;
		ok = list_lines(s, &l, first, first + LIST_LINES - 1, r, e);
	}
	listing_close(&l);
	return ok;
}

/* Lines FIRST to LAST of what was listed last. */
static bool list_on(struct session *s, uint32_t first, uint32_t last, struct result *r, struct err *e)
{
	const struct debug_state *st = debug_state(s);
	struct listing l;
	bool ok = listing_open(s, &l, st->list.module, st->list.func, st->list.path, e) &&
		list_lines(s, &l, first, last, r, e);

	listing_close(&l);
	return ok;
}

static bool list_back(struct session *s, struct result *r, struct err *e)
{
	uint32_t before = debug_state(s)->list.module ? debug_state(s)->list.before : 0;

	if (before <= 1)
		return err_set(e, E_USAGE, place_none(), before ? "this is the beginning" : "nothing was listed yet");
	return list_on(s, before > LIST_LINES ? before - LIST_LINES : 1, before - 1, r, e);
}

/* Without a stop: around main where there is a source, else the first function. */
static bool list_from_start(struct session *s, struct result *r, struct err *e)
{
	const struct session_module *m = session_current(s);
	struct location *main;
	struct err ignored = { 0 };
	struct listing l;
	bool pending;
	uint32_t n;

	if (!m)
		return err_no_module(e);
	if (m->module->nfuncs == m->module->nimported_funcs && !m->module->text)
		return err_set(e, E_USAGE, place_none(), "the module has no functions");
	if (!m->module->text && dwarf_of(m->module) &&
			debug_locate(s, STR("main"), &r->arena, &main, &n, &pending, &ignored))
		return list_around(s, main, r, e);
	bool ok = listing_open(s, &l, m->module, m->module->nimported_funcs, (struct str){ NULL, 0 }, e) &&
		list_lines(s, &l, 1, LIST_LINES, r, e);
	listing_close(&l);
	return ok;
}

/* "FILE:12" or "12" of a source file, whether or not that line has code. False: it is none. */
static bool source_line_typed(struct session *s, struct str text, struct listing *l, uint32_t *line, struct result *r)
{
	const struct session_module *m = session_named_module(s);
	const char *colon = memrchr(text.p, ':', text.n);
	struct str file = { text.p, colon ? (size_t)(colon - text.p) : 0 };
	struct str digits = { colon ? colon + 1 : text.p, colon ? text.n - file.n - 1 : text.n };
	struct dwarf *d = m && !m->module->text_map ? dwarf_of(m->module) : NULL;
	struct location *at;
	struct err ignored = { 0 };
	int64_t number;
	uint32_t index, n;
	bool pending;

	if (!d || !str_number(digits, &number) || number < 1 || number > INT32_MAX)
		return false;
	struct str path = debug_state(s)->list.path;
	if (file.n && !dwarf_file_find(d, file, &index))
		return false;
	if (file.n)
		path = dwarf_file(d, index);
	else if (debug_locate(s, STR("+0"), &r->arena, &at, &n, &pending, &ignored) ||
			(!path.n && debug_locate(s, digits, &r->arena, &at, &n, &pending, &ignored)))
		path = source_path(s, at, r);
	if (!path.n || !sources_find(&s->dbg->sources, path))
		return false;
	*line = (uint32_t)number;
	return listing_open(s, l, m->module, m->module->nimported_funcs, path, &ignored);
}

/* The line that one end of "FIRST,LAST" means in what L lists. */
static bool line_named(struct session *s, const struct listing *l, struct str text, uint32_t *line, struct result *r,
	struct err *e)
{
	struct location at;
	int64_t number;

	if (str_number(text, &number) && number > 0 && number < INT32_MAX) {
		*line = (uint32_t)number;
		return true;
	}
	if (!debug_locate_one(s, text, r, &at, e))
		return false;
	*line = at.module == l->module ? line_of(l, at.offset) : 0;
	return *line || err_set(e, E_USAGE, place_none(), "'%.*s' is not in the text that is listed", STR_ARGS(text));
}

/* Around a line: a place in the source or in the module's text. */
static bool list_typed(struct session *s, struct str text, struct result *r, struct err *e)
{
	struct location at;
	struct listing l;
	uint32_t line;

	if (source_line_typed(s, text, &l, &line, r)) {
		uint32_t first = line > LIST_LINES / 2 ? line - LIST_LINES / 2 : 1;
		bool ok = list_lines(s, &l, first, first + LIST_LINES - 1, r, e);
		listing_close(&l);
		return ok;
	}
	return debug_locate_one(s, text, r, &at, e) && list_around(s, &at, r, e);
}

/* "FIRST,LAST" */
static bool list_range(struct session *s, struct str first, struct str last, struct result *r, struct err *e)
{
	struct location at;
	struct listing l;
	uint32_t from, to;

	if (source_line_typed(s, first, &l, &from, r)) {
		bool ok = line_named(s, &l, last, &to, r, e) && list_lines(s, &l, from, to, r, e);
		listing_close(&l);
		return ok;
	}
	if (!debug_locate_one(s, first, r, &at, e) ||
			!listing_open(s, &l, at.module, at.func, source_path(s, &at, r), e))
		return false;
	from = line_of(&l, at.offset);
	bool ok = line_named(s, &l, last, &to, r, e) && list_lines(s, &l, from ? from : 1, to, r, e);
	listing_close(&l);
	return ok;
}

static bool run_list(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct str where = arg_get(a, "where")->text;
	const char *comma = where.n ? memchr(where.p, ',', where.n) : NULL;
	uint32_t line = debug_state(s)->list.line;
	struct seen_frame frame;
	struct location at;

	if (str_is(where, "-"))
		return list_back(s, r, e);
	if (comma)
		return list_range(s, (struct str){ where.p, (size_t)(comma - where.p) },
			(struct str){ comma + 1, where.n - (size_t)(comma + 1 - where.p) }, r, e);
	if (where.n)
		return list_typed(s, where, r, e);
	if (debug_state(s)->list.module)
		return list_on(s, line, line + LIST_LINES - 1, r, e);
	if (guest_stopped(s) && debug_seen_frame(s, &frame) && frame.call)
		return list_frame(s, &frame, r, e);
	if (guest_stopped(s))
		return debug_locate_one(s, STR(""), r, &at, e) && list_around(s, &at, r, e);
	return list_from_start(s, r, e);
}

const struct command cmd_list = {
	.name = "list", .alias = "l", .group = GROUP_CODE, .summary = "Show lines of text around a place; again: the lines after",
	.doc = "Of the source language's file where there is one (DWARF), of the module's text, else of a function as text.\n"
		"list 10,20 shows these lines, list - those before.\n", .example = "list fac",
	.args = (const struct arg_spec[]){
		{ "where", ARG_LOC, ARG_OPTIONAL, "a location, FIRST,LAST or -; where the guest is stopped when left out", NULL },
		{ 0 } },
	.flags = CMD_NEEDS_MODULE, .run = run_list,
};

/* ---- disassemble ----------------------------------------------------------------------------- */

/* The offset that a line of the listing begins with; false: it has none. */
static bool listed_offset(const char *line, size_t length, uint32_t *offset)
{
	const char *at = memchr(line, '@', length);

	return at && sscanf(at, "@0x%" SCNx32, offset) == 1;
}

/* The source line of OFFSET in front of its first instruction. */
static void source_above(struct session *s, const struct module *m, uint32_t offset, struct position *last,
	struct buf *out)
{
	struct position at;
	struct str text;

	position_of(m, offset, &at);
	if (!at.has_line || (last->has_line && last->line == at.line && str_eq(last->path, at.path)))
		return;
	*last = at;
	if (at.source && sources_line(&s->dbg->sources, at.path, at.line, &text))
		at.text = text;
	buf_escaped(out, at.file, strlen(at.file), false);
	buf_printf(out, ":%u", at.line);
	if (at.text.n) {
		buf_puts(out, " │ ");
		buf_escaped(out, at.text.p, at.text.n, true);
	}
	buf_putc(out, '\n');
}

/*
 * Put "=> " in front of the line of HERE and as many blanks in front of the others; with SOURCES, source lines between
 * them.
 */
static void mark_lines(struct session *s, const struct module *m, const char *text, const uint32_t *here, bool sources,
	struct buf *out)
{
	struct position last = { 0 };

	while (*text) {
		size_t length = strcspn(text, "\n");
		uint32_t offset;
		bool has = listed_offset(text, length, &offset), it = has && here && offset == *here;
		if (has && sources)
			source_above(s, m, offset, &last, out);
		buf_puts(out, it ? "=> " : "   ");
		buf_put(out, text, length);
		buf_putc(out, '\n');
		text += length + (text[length] == '\n');
	}
}

static bool run_disassemble(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	bool raw = a->format.n && memchr(a->format.p, 'r', a->format.n), sources = a->format.n && memchr(a->format.p, 's', a->format.n);
	struct buf text = { 0 };
	struct location l;
	struct frame f;

	for (size_t i = 0; i < a->format.n; i++)
		if (a->format.p[i] != 'r' && a->format.p[i] != 's')
			return err_set(e, E_USAGE, place_none(), "disassemble: no /%c; /r shows the bytes, /s source lines",
				a->format.p[i]);
	if (!debug_locate_one(s, arg_get(a, "where")->text, r, &l, e) || !disasm_func(l.module, l.func, raw, &text, e)) {
		buf_free(&text);
		return false;
	}
	bool here = guest_stopped(s) && frame_at(s->ctx, s->frame, &f) && f.inst && f.inst->module == l.module &&
		f.func->index == l.func;
	mark_lines(s, l.module, buf_str(&text), here ? &f.offset : NULL, sources, &r->text);
	if (sources)
		node_str(r, r->root, "text", str_of_buf(&r->text));
	else
		node_str(r, r->root, "text", str_of_buf(&text));
	buf_free(&text);
	return true;
}

const struct command cmd_disassemble = {
	.name = "disassemble", .alias = "disas", .group = GROUP_CODE, .summary = "Show a function's instructions with offsets",
	.doc = "/r shows the bytes, too; /s the lines of text or source that instructions stand for.\n", .example = "disassemble fac",
	.args = (const struct arg_spec[]){
		{ "where", ARG_LOC, ARG_OPTIONAL, "in the function; the one that is stopped when left out", NULL }, { 0 } },
	.flags = CMD_NEEDS_MODULE | CMD_FORMAT, .run = run_disassemble,
};
