/* *regir*: the register IR that runs: one line for each cell of a function's body, with what it does in Wasm. */
#include "engine/base/err.h"
#include "engine/regir/code.h"
#include "repl/command/debug.h"
#include "tui/tui.h"
#include "tui/wat_paint.h"

enum { HEAD = 1 };              /* lines above the first cell */

static uint32_t chunks(struct view *v)
{
	const struct module *m = v->t->module;

	return m && m->nfuncs > m->nimported_funcs ? m->nfuncs - m->nimported_funcs : 1;
}

static const struct body_map *map_of(struct view *v, const struct module *m, uint32_t func, struct body **b, struct err *e)
{
	*b = debug_listed_body(v->t->s, m, func, e);
	return *b ? body_map(*b, e) : NULL;
}

static void put_cell(const struct body *b, const struct map_row *row, struct chunk *out)
{
	struct buf text = { 0 };

	put_style(out, STYLE_DIM);
	buf_printf(&out->text, "%4u ", body_cell_number(b, row->at));
	body_print_cell(b, row->at, &text);
	wat_paint(str_of_buf(&text), &out->text);
	buf_free(&text);
	if (row->count > 1) {
		put_style(out, STYLE_DIM);
		buf_printf(&out->text, "  ;; %u in one", row->count);
	}
	line_end_place(out, b->func, row->main);
}

static void fill(struct view *v, uint32_t chunk, struct chunk *out)
{
	const struct module *m = v->t->module;
	struct err e = { 0 };
	struct body *b;

	if (!m || m->nfuncs == m->nimported_funcs) {
		line_note(out, m ? "The module has no functions." : "No module.");
		return;
	}
	uint32_t func = m->nimported_funcs + chunk;
	const struct body_map *map = map_of(v, m, func, &b, &e);
	if (!map) {
		line_note(out, "function #%u: %s", func, e.message);
		return;
	}
	put_style(out, STYLE_HEAD);
	module_func_label(m, func, &out->text);
	put_style(out, STYLE_DIM);
	buf_printf(&out->text, "  %u cells, %u slots%s", map->nrows, b->frame / 8, b->kind == BODY_PLAIN ? ", plain" : "");
	line_end(out);
	for (uint32_t i = 0; i < map->nrows; i++)
		put_cell(b, &map->rows[i], out);
	line_end(out);
}

static bool locate(struct view *v, const struct code_place *p, struct spot *out)
{
	struct err e = { 0 };
	struct body *b;
	const struct body_map *map;
	const struct map_row *row;

	if (v->t->running || p->func < p->module->nimported_funcs || !(map = map_of(v, p->module, p->func, &b, &e)))
		return false;
	row = body_map_offset(map, p->offset);
	if (!row)
		return false;
	*out = (struct spot){ p->func - p->module->nimported_funcs, HEAD + (uint32_t)(row - map->rows) };
	return true;
}

const struct view_ops view_regir = {
	.name = "*regir*", .help = "the register IR that runs, a line a cell", .kind = VIEW_CODE, .chunks = chunks,
	.fill = fill, .locate = locate,
};
