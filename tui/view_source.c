/*
 * *source*: the file of the source language that the debugging information names for the instruction under the cursor.
 * Lines have places within the function that this instruction is in; others are only to be read.
 */
#include <stdlib.h>

#include "debugger/dwarf.h"
#include "debugger/sources.h"
#include "engine/base/source.h"
#include "repl/command/debug.h"
#include "tui/tui.h"
#include "tui/wat_paint.h"

enum { LINES = 256 };           /* of a chunk */

struct state {
	const struct module *module;
	uint32_t func, file;            /* what is shown */
	const struct source *text;      /* NULL: it was not found */
	struct dwarf_place *rows;       /* of the function; owned */
	uint32_t nrows;
};

/* The place whose file is shown. */
static const struct code_place *anchor(const struct tui *t)
{
	return t->link.module && t->link.module == t->module ? &t->link : t->pc.module == t->module ? &t->pc : NULL;
}

static bool place_of(const struct code_place *p, struct dwarf_place *out)
{
	struct dwarf *d = p && p->module ? dwarf_of(p->module) : NULL;

	return d && dwarf_line_at(d, p->offset, out);
}

static const struct source *find_text(struct view *v, const struct module *m, uint32_t file)
{
	return v->t->s->dbg ? sources_find(&v->t->s->dbg->sources, dwarf_file(dwarf_of(m), file)) : NULL;
}

/* Make the state that of where the cursor is; what was made before goes when the file or function is another. */
static struct state *state_of(struct view *v)
{
	struct state *st = v->state;
	const struct code_place *p = anchor(v->t);
	struct dwarf_place at;

	if (v->t->running || !place_of(p, &at))
		return st;
	if (st->module == p->module && st->func == p->func && st->file == at.file && st->rows)
		return st;
	free(st->rows);
	*st = (struct state){ .module = p->module, .func = p->func, .file = at.file,
		.text = find_text(v, p->module, at.file) };
	if (!dwarf_line_rows(dwarf_of(p->module), p->func, &st->rows, &st->nrows))
		st->nrows = 0;
	view_forget(v);
	return st;
}

static bool exists(struct tui *t)
{
	return t->module && dwarf_of(t->module);
}

static uint32_t count_lines(const struct source *text)
{
	return source_line_at(text, text->size).number;
}

static uint32_t chunks(struct view *v)
{
	const struct state *st = state_of(v);

	return st->text ? (count_lines(st->text) + LINES - 1) / LINES : 1;
}

/* The first byte of the function's code for a line of the file. */
static uint32_t offset_of_line(const struct state *st, uint32_t line)
{
	for (uint32_t i = 0; i < st->nrows; i++)
		if (st->rows[i].file == st->file && st->rows[i].line == line)
			return st->rows[i].start;
	return NO_OFFSET;
}

static void fill(struct view *v, uint32_t chunk, struct chunk *out)
{
	const struct state *st = state_of(v);
	struct source_line at;

	if (!st->text) {
		if (!st->module)
			line_note(out, "no debugging information for this place");
		else
			line_note(out, "%.*s is not found: directory DIR, set substitute-path",
				STR_ARGS(dwarf_file(dwarf_of(st->module), st->file)));
		return;
	}
	for (uint32_t i = chunk * LINES + 1; i <= (chunk + 1) * LINES && source_line_number(st->text, i, &at); i++) {
		uint32_t offset = offset_of_line(st, i);
		put_style(out, STYLE_DIM);
		buf_printf(&out->text, "%4u ", i);
		wat_paint((struct str){ st->text->bytes + at.start, at.length }, &out->text);
		if (offset != NO_OFFSET)
			line_end_place(out, st->func, offset);
		else
			line_end(out);
	}
}

static bool locate(struct view *v, const struct code_place *p, struct spot *out)
{
	const struct state *st = state_of(v);
	struct dwarf_place at;

	if (!st->text || st->module != p->module || !place_of(p, &at) || at.file != st->file || !at.line)
		return false;
	*out = (struct spot){ (at.line - 1) / LINES, (at.line - 1) % LINES };
	return true;
}

static void status(struct view *v, struct buf *out)
{
	const struct state *st = v->state;
	struct str path = st->module ? dwarf_file(dwarf_of(st->module), st->file) : STR("");
	const char *slash = memrchr(path.p, '/', path.n);

	if (slash)
		path = (struct str){ slash + 1, path.n - (size_t)(slash + 1 - path.p) };
	buf_escaped(out, path.p, path.n, false);
}

static void free_state(struct view *v)
{
	free(((struct state *)v->state)->rows);
}

const struct view_ops view_source = {
	.name = "*source*", .help = "the source that the module was compiled from", .kind = VIEW_CODE,
	.size = sizeof(struct state), .exists = exists, .chunks = chunks, .fill = fill, .locate = locate, .status = status,
	.free = free_state,
};
