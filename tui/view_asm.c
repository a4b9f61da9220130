/* *asm*: the machine code of functions beneath their register IR. */
#include "debugger/native.h"
#include "engine/base/err.h"
#include "engine/regir/code.h"
#include "jit/asm_note.h"
#include "jit/listing.h"
#include "repl/command/jit_text.h"
#include "tui/tui.h"
#include "tui/wat_paint.h"

static uint32_t chunks(struct view *v)
{
	const struct module *m = v->t->module;

	return m && m->nfuncs > m->nimported_funcs ? m->nfuncs - m->nimported_funcs : 1;
}

/* The place that lines of a cell stand for. */
static uint32_t place_of(struct body *b, uint32_t at)
{
	struct err e = { 0 };
	const struct body_map *map = body_map(b, &e);
	const struct map_row *row = map ? body_map_at(map, at) : NULL;

	return row ? row->main : NO_OFFSET;
}

static void put_head(const struct listing *l, size_t i, struct chunk *out)
{
	struct buf text = { 0 };

	if (l->parts.data[i].part == PART_INSTRUCTION) {
		put_style(out, STYLE_DIM);
		buf_printf(&out->text, "%4u ", body_cell_number(l->body, l->parts.data[i].at));
		body_print_cell(l->body, l->parts.data[i].at, &text);
		wat_paint(str_of_buf(&text), &out->text);
	} else {
		jit_text_head(l, i, &text);
		put_style(out, STYLE_DIM);
		buf_printf(&out->text, "   %s", buf_str(&text));
	}
	buf_free(&text);
}

static void put_line(const struct listing *l, const struct asm_line *line, struct chunk *out)
{
	struct buf note = { 0 };
	size_t from;

	put_style(out, STYLE_DIM);
	buf_printf(&out->text, "     %04x ", line->at);
	put_style(out, STYLE_TEXT);
	from = out->text.size;
	buf_puts(&out->text, line->text);
	asm_note(l, line->text, &note);
	if (note.size) {
		put_style(out, STYLE_DIM);
		buf_printf(&out->text, "%*s; %s", (int)(out->text.size - from < 30 ? from + 31 - out->text.size : 1), "", buf_str(&note));
	}
	buf_free(&note);
}

static void put_function(struct session *s, const struct listing *l, struct chunk *out)
{
	const struct module *m = l->body->module;
	struct listed_line line;

	put_style(out, STYLE_HEAD);
	module_func_label(m, l->body->func, &out->text);
	put_style(out, STYLE_DIM);
	buf_printf(&out->text, "  %u bytes, %s%s", l->size, machine_name(l->machine), jit_native(s, m, l->body->func) ? "" : ", not compiled yet");
	line_end(out);
	for (size_t i = 0; i < l->parts.count; i++) {
		const struct listed_part *p = &l->parts.data[i];
		uint32_t place = p->part == PART_COMMON ? NO_OFFSET : place_of(l->body, p->at);
		put_head(l, i, out);
		line_end_place(out, l->body->func, place);
		for (uint32_t at = p->code; listing_next(l, i, &at, &line);) {
			put_line(l, &line.line, out);
			line_end_code(out, l->body->func, place, line.line.at);
		}
	}
	line_end(out);
}

static void fill(struct view *v, uint32_t chunk, struct chunk *out)
{
	const struct module *m = v->t->module;
	struct err e = { 0 };
	struct listing l;
	struct body *b;

	if (!m || m->nfuncs == m->nimported_funcs) {
		line_note(out, m ? "The module has no functions." : "No module.");
		return;
	}
	uint32_t func = m->nimported_funcs + chunk;
	if (!(b = debug_listed_body(v->t->s, m, func, &e)) ||
	    !listing_make(&l, b, MACHINE_HOST, &e)) {
		line_note(out, "function #%u: %s", func, e.message);
		return;
	}
	put_function(v->t->s, &l, out);
	listing_free(&l);
}

/* The machine instruction that is next, where the guest stands in compiled code and P is that place. */
static bool locate_native(const struct view *v, const struct chunk *c, const struct code_place *p, struct spot *out)
{
	const struct code_place *pc = &v->t->pc;
	bool here = v->t->stopped && v->t->s->frame == 0 && p->module == pc->module && p->func == pc->func && p->offset == pc->offset;
	const struct native_stop *n = here ? native_stop(v->t->s->dbg) : NULL;

	for (uint32_t i = 0; n && i < c->lines.count; i++)
		if (c->lines.data[i].item == n->at) {
			out->line = i;
			return true;
		}
	return false;
}

/* The head of the cell that the place belongs to. */
static bool locate(struct view *v, const struct code_place *p, struct spot *out)
{
	struct err e = { 0 };
	const struct map_row *row;
	const struct body_map *map;
	struct chunk *c;
	struct body *b;

	if (v->t->running || p->func < p->module->nimported_funcs || !(b = debug_listed_body(v->t->s, p->module, p->func, &e)) ||
	    !(map = body_map(b, &e)) || !(row = body_map_offset(map, p->offset)))
		return false;
	*out = (struct spot){ p->func - p->module->nimported_funcs, 0 };
	if (!(c = view_chunk(v, out->chunk)))
		return false;
	if (locate_native(v, c, p, out))
		return true;
	for (uint32_t i = 0; i < c->lines.count; i++)
		if (c->lines.data[i].offset == row->main) {
			out->line = i;
			return true;
		}
	return false;
}

const struct view_ops view_asm = {
	.name = "*asm*", .help = "machine code beneath the register IR", .kind = VIEW_CODE, .chunks = chunks, .fill = fill,
	.locate = locate,
};
