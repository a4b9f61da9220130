/* *modules*: what is loaded, as a tree: modules, what they import and export, their functions. RET goes there. */
#include "engine/base/buf.h"
#include "engine/types.h"
#include "repl/command/session.h"
#include "tui/tui.h"

enum { FUNCS = 256 };           /* of a chunk */

/*
 * Chunks: for each module one with its head, imports and exports, then its functions by FUNCS. Found by counting, as
 * there are few modules.
 */
static uint32_t chunks_of(const struct module *m)
{
	return 1 + (m->nfuncs + FUNCS - 1) / FUNCS;
}

static uint32_t chunks(struct view *v)
{
	uint32_t n = 0;

	for (size_t i = 0; i < v->t->s->modules.count; i++)
		if (v->t->s->modules.data[i].module)
			n += chunks_of(v->t->s->modules.data[i].module);
	return n ? n : 1;
}

static void put_import(const struct module *m, const struct import *i, struct chunk *out)
{
	put_style(out, STYLE_DIM);
	buf_puts(&out->text, "  import ");
	put_style(out, STYLE_NAME);
	buf_escaped(&out->text, i->module.p, i->module.n, false);
	buf_puts(&out->text, ".");
	buf_escaped(&out->text, i->name.p, i->name.n, false);
	put_style(out, STYLE_DIM);
	buf_puts(&out->text, "  ");
	import_print_type(m, i, &out->text);
	line_end(out);
}

static void put_export(const struct module *m, const struct export *x, struct chunk *out)
{
	put_style(out, STYLE_DIM);
	buf_printf(&out->text, "  export %s ", extern_kind_name(x->kind));
	put_style(out, STYLE_NAME);
	buf_escaped(&out->text, x->name.p, x->name.n, false);
	line_end(out);
}

static void fill_head(struct view *v, const struct session_module *sm, struct chunk *out)
{
	enum { MOST = 200 };
	const struct module *m = sm->module;
	bool current = session_current(v->t->s) == sm;

	put_style(out, STYLE_HEAD);
	buf_printf(&out->text, "%s%u %s", current ? "*" : " ", m->number, sm->label);
	put_style(out, STYLE_DIM);
	buf_printf(&out->text, "  %u function%s%s", m->nfuncs, m->nfuncs == 1 ? "" : "s",
		sm->problem.code ? ", invalid" : sm->instance ? ", instantiated" : "");
	line_end_item(out, m->number);
	for (uint32_t i = 0; i < m->nimports && i < MOST; i++)
		put_import(m, &m->imports[i], out);
	for (uint32_t i = 0; i < m->nexports && i < MOST; i++)
		put_export(m, &m->exports[i], out);
	if (m->nimports > MOST || m->nexports > MOST)
		line_note(out, "  … info imports, info exports list all");
}

/* The line's item: module and function in one number. */
static void fill_funcs(const struct module *m, uint32_t first, struct chunk *out)
{
	for (uint32_t i = first; i < first + FUNCS && i < m->nfuncs; i++) {
		put_style(out, m->funcs[i].import >= 0 ? STYLE_DIM : STYLE_NUMBER);
		buf_printf(&out->text, "  #%u ", i);
		put_style(out, m->funcs[i].import >= 0 ? STYLE_DIM : STYLE_NAME);
		module_func_label(m, i, &out->text);
		line_end_item(out, (int64_t)m->number << 32 | i);
	}
}

static void fill(struct view *v, uint32_t chunk, struct chunk *out)
{
	struct session *s = v->t->s;

	for (size_t i = 0; i < s->modules.count; i++) {
		const struct module *m = s->modules.data[i].module;
		if (!m)
			continue;
		if (chunk == 0)
			fill_head(v, &s->modules.data[i], out);
		else if (chunk < chunks_of(m))
			fill_funcs(m, (chunk - 1) * FUNCS, out);
		if (chunk < chunks_of(m))
			return;
		chunk -= chunks_of(m);
	}
	line_note(out, "No module. C-x C-f loads one.");
}

static void follow(struct view *v, const struct line *l, struct buf *out)
{
	if (l->item == NO_ITEM)
		return;
	if (l->item >> 32)
		buf_printf(out, "goto-place %lld!#%lld", (long long)(l->item >> 32), (long long)(l->item & UINT32_MAX));
	else
		buf_printf(out, "module %lld", (long long)l->item);
}

const struct view_ops view_modules = {
	.name = "*modules*", .help = "modules, what they import and export, their functions", .kind = VIEW_STATE,
	.chunks = chunks, .fill = fill, .follow = follow,
};
