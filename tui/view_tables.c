/* *tables*: elements of the instance's tables, as they come into sight. */
#include <inttypes.h>

#include "engine/names.h"
#include "engine/stack.h"
#include "repl/command/debug.h"
#include "tui/tui.h"

enum { ELEMENTS = 256 };        /* of a chunk */

static struct instance *instance_of(struct view *v)
{
	struct err e = { 0 };
	struct frame f;

	return v->t->stopped && debug_wasm_frame(v->t->s, &f, &e) ? f.inst : v->t->s->instance;
}

static uint32_t chunks_of(const struct table *t)
{
	uint64_t n = 1 + (t->size + ELEMENTS - 1) / ELEMENTS;

	return n > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uint32_t)n;
}

static uint32_t chunks(struct view *v)
{
	const struct instance *in = instance_of(v);
	uint32_t n = 0;

	for (uint32_t i = 0; in && i < in->module->ntables; i++)
		n += chunks_of(in->tables[i]);
	return n ? n : 1;
}

static void fill_head(const struct instance *in, uint32_t index, struct chunk *out)
{
	struct str name = name_of(in->module, NAME_TABLE, index);

	put_style(out, STYLE_HEAD);
	buf_printf(&out->text, "table %u ", index);
	if (name.n) {
		buf_putc(&out->text, '$');
		buf_escaped(&out->text, name.p, name.n, false);
	}
	put_style(out, STYLE_DIM);
	buf_printf(&out->text, "  %" PRIu64 " of ", in->tables[index]->size);
	valtype_print(in->tables[index]->type, NULL, &out->text);
	line_end(out);
}

static void fill_elements(struct view *v, const struct table *t, uint64_t first, struct chunk *out)
{
	for (uint64_t i = first; i < first + ELEMENTS && i < t->size; i++) {
		put_style(out, STYLE_DIM);
		buf_printf(&out->text, "  %" PRIu64 " = ", i);
		put_style(out, t->elems[i] ? STYLE_NUMBER : STYLE_DIM);
		value_print((struct value){ t->type, t->elems[i], 0 }, v->t->s->store, &out->text);
		line_end_item(out, (int64_t)i);
	}
}

static void fill(struct view *v, uint32_t chunk, struct chunk *out)
{
	const struct instance *in = instance_of(v);

	for (uint32_t i = 0; in && i < in->module->ntables; chunk -= chunks_of(in->tables[i]), i++) {
		if (chunk == 0)
			fill_head(in, i, out);
		else if (chunk < chunks_of(in->tables[i]))
			fill_elements(v, in->tables[i], (uint64_t)(chunk - 1) * ELEMENTS, out);
		if (chunk < chunks_of(in->tables[i]))
			return;
	}
	line_note(out, in ? "no tables" : "no instance");
}

const struct view_ops view_tables = {
	.name = "*tables*", .help = "tables and their elements", .kind = VIEW_STATE, .chunks = chunks, .fill = fill,
};
