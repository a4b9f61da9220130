/*
 * *wat*: the module as text. A module that was read from text shows that, by its lines; any other is printed, function by
 * function as they come into sight.
 */
#include <stdlib.h>

#include "debugger/position.h"
#include "engine/base/err.h"
#include "engine/base/source.h"
#include "repl/command/args.h"
#include "tui/tui.h"
#include "tui/wat_paint.h"
#include "wat/print.h"
#include "wat/text_map.h"

enum { LINES = 256 };           /* of a chunk of the module's own text */

struct state {
	const struct module *module;    /* of which `first` is */
	uint32_t *first;                /* by line: the instruction on it that runs first, or NO_OFFSET */
	uint32_t nlines;
};

static bool own_text(const struct module *m)
{
	return m && m->text && m->text_map;
}

/* ---- a module's own text -------------------------------------------------------------------------------------- */

static uint32_t count_lines(const struct source *text)
{
	struct source_line last = source_line_at(text, text->size);

	return last.number - (last.length == 0 && last.number > 1);
}

static void read_map(struct state *st, const struct module *m)
{
	uint32_t line, column;

	free(st->first);
	*st = (struct state){ .module = m, .nlines = count_lines(m->text) };
	st->first = malloc((st->nlines + 1) * sizeof *st->first);
	for (uint32_t i = 0; st->first && i <= st->nlines; i++)
		st->first[i] = NO_OFFSET;
	for (size_t i = 0; st->first && i < m->text_map->pairs.count; i++) {
		const struct text_pair *p = &m->text_map->pairs.data[i];
		if (p->text & TEXT_PAIR_FIELD)
			continue;
		source_position(m->text, p->text, &line, &column);
		if (line && line <= st->nlines && st->first[line - 1] == NO_OFFSET)
			st->first[line - 1] = p->offset;
	}
}

static struct state *state_of(struct view *v)
{
	struct state *st = v->state;

	if (own_text(v->t->module) && st->module != v->t->module)
		read_map(st, v->t->module);
	return st;
}

static void fill_own(struct view *v, uint32_t chunk, struct chunk *out)
{
	const struct module *m = v->t->module;
	const struct state *st = state_of(v);
	struct source_line at;

	for (uint32_t i = chunk * LINES; i < (chunk + 1) * LINES && i < st->nlines; i++) {
		uint32_t offset = st->first ? st->first[i] : NO_OFFSET, func;
		if (!source_line_number(m->text, i + 1, &at))
			break;
		wat_paint((struct str){ m->text->bytes + at.start, at.length }, &out->text);
		if (offset != NO_OFFSET && module_func_at(m, offset, &func))
			line_end_place(out, func, offset);
		else
			line_end(out);
	}
}

/* ---- printed ---------------------------------------------------------------------------------------------------- */

static void fill_head(struct view *v, struct chunk *out)
{
	const struct session_module *sm = session_module_of(v->t->s, v->t->module);
	struct buf b = { 0 };

	if (sm) {
		buf_puts(&b, ";; ");
		module_summary(v->t->s, sm, &b);
	}
	wat_paint(str_trim(str_of_buf(&b)), &out->text);
	line_end(out);
	line_end(out);
	buf_free(&b);
}

/* Places are ordered by offset: the first one of each line is its own. */
static void set_places(struct chunk *out, const struct line_map *map, uint32_t func)
{
	for (size_t i = 0; i < map->places.count; i++) {
		const struct wat_place *p = &map->places.data[i];
		struct line *l = p->line <= out->lines.count ? &out->lines.data[p->line - 1] : NULL;
		if (l && l->offset == NO_OFFSET) {
			l->func = func;
			l->offset = p->offset;
		}
	}
}

static void fill_func(struct view *v, uint32_t func, struct chunk *out)
{
	struct wat_print_options o = wat_print_defaults();
	struct line_map map = { 0 };
	struct buf b = { 0 };
	struct err e = { 0 };

	if (!wat_print_func(v->t->module, func, &o, &b, &map, &e)) {
		line_note(out, ";; function #%u: %s", func, e.message);
	} else {
		for (const char *p = buf_str(&b); *p;) {
			size_t n = strcspn(p, "\n");
			wat_paint((struct str){ p, n }, &out->text);
			line_end(out);
			p += n + (p[n] == '\n');
		}
		set_places(out, &map, func);
	}
	line_end(out);
	line_map_free(&map);
	buf_free(&b);
}

/* ---- the view ---------------------------------------------------------------------------------------------------- */

static uint32_t chunks(struct view *v)
{
	const struct module *m = v->t->module;

	if (!m)
		return 1;
	if (own_text(m))
		return (state_of(v)->nlines + LINES - 1) / LINES;
	return 1 + m->nfuncs;
}

static void fill(struct view *v, uint32_t chunk, struct chunk *out)
{
	if (!v->t->module)
		line_note(out, "No module. C-x C-f loads one; (module …) in *repl* makes one.");
	else if (own_text(v->t->module))
		fill_own(v, chunk, out);
	else if (chunk == 0)
		fill_head(v, out);
	else
		fill_func(v, chunk - 1, out);
}

static bool locate_printed(struct view *v, const struct code_place *p, struct spot *out)
{
	struct chunk *c = view_chunk(v, p->func + 1);
	uint32_t best = 0;
	bool found = false;

	for (size_t i = 0; c && i < c->lines.count; i++) {
		const struct line *l = &c->lines.data[i];
		if (l->offset == NO_OFFSET || l->offset > p->offset || (found && l->offset < best))
			continue;
		best = l->offset;
		found = true;
		*out = (struct spot){ p->func + 1, (uint32_t)i };
	}
	return found;
}

static bool locate(struct view *v, const struct code_place *p, struct spot *out)
{
	struct position at;

	if (!own_text(p->module))
		return locate_printed(v, p, out);
	position_of(p->module, p->offset, &at);
	if (!at.has_line)
		return false;
	*out = (struct spot){ (at.line - 1) / LINES, (at.line - 1) % LINES };
	return true;
}

static void free_state(struct view *v)
{
	free(((struct state *)v->state)->first);
}

const struct view_ops view_wat = {
	.name = "*wat*", .help = "the module as WebAssembly text", .kind = VIEW_CODE, .size = sizeof(struct state),
	.chunks = chunks, .fill = fill, .locate = locate, .free = free_state,
};
