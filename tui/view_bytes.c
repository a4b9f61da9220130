/* *bytes*: each function's bytes with what they mean. */
#include <stdlib.h>

#include "engine/base/err.h"
#include "tui/tui.h"
#include "tui/wat_paint.h"
#include "wat/disasm.h"

static uint32_t chunks(struct view *v)
{
	const struct module *m = v->t->module;

	return m && m->nfuncs > m->nimported_funcs ? m->nfuncs - m->nimported_funcs : 1;
}

/* "00000025  20 00      local.get 0": the offset is its place when it begins an instruction, not when it goes on one. */
static void put_line(const struct module *m, uint32_t func, const char *p, size_t n, struct chunk *out)
{
	enum { BYTES = 10, WORDS = 35, ROOM = 13, DEEPEST = 6 };
	uint32_t offset = (uint32_t)strtoul(p, NULL, 16);
	size_t end = n < WORDS ? n : WORDS;

	while (end > BYTES && p[end - 1] == ' ')
		end--;

	put_style(out, STYLE_DIM);
	buf_printf(&out->text, "%06x ", offset);
	put_style(out, STYLE_NUMBER);
	if (end > BYTES)
		buf_put(&out->text, p + BYTES, end - BYTES);
	buf_fill(&out->text, ' ', end < BYTES + ROOM - 1 ? BYTES + ROOM - end : 1);
	size_t words = WORDS;           /* what is nested deeper stands no further to the right */
	while (words + DEEPEST < n && p[words] == ' ' && memcmp(p + words, "      ", DEEPEST) == 0)
		words++;
	if (n > WORDS)
		wat_paint((struct str){ p + words, n - words }, &out->text);
	if (n > WORDS && offset >= m->funcs[func].body)
		line_end_place(out, func, offset);
	else
		line_end(out);
}

static void fill(struct view *v, uint32_t chunk, struct chunk *out)
{
	const struct module *m = v->t->module;
	struct buf b = { 0 };
	struct err e = { 0 };

	if (!m || m->nfuncs == m->nimported_funcs) {
		line_note(out, m ? "The module has no functions." : "No module.");
		return;
	}
	uint32_t func = m->nimported_funcs + chunk;
	put_style(out, STYLE_HEAD);
	module_func_label(m, func, &out->text);
	put_style(out, STYLE_DIM);
	buf_printf(&out->text, "  %u bytes", m->funcs[func].body_size);
	line_end(out);
	if (!dump_bytes(m, func, &b, &e))
		line_note(out, "function #%u: %s", func, e.message);
	for (const char *p = e.code ? "" : buf_str(&b); *p;) {
		size_t n = strcspn(p, "\n");
		put_line(m, func, p, n, out);
		p += n + (p[n] == '\n');
	}
	line_end(out);
	buf_free(&b);
}

static bool locate(struct view *v, const struct code_place *p, struct spot *out)
{
	uint32_t chunk = p->func - p->module->nimported_funcs;
	struct chunk *c = p->func >= p->module->nimported_funcs ? view_chunk(v, chunk) : NULL;
	bool found = false;

	for (size_t i = 0; c && i < c->lines.count; i++) {
		const struct line *l = &c->lines.data[i];
		if (l->offset == NO_OFFSET || l->offset > p->offset)
			continue;
		*out = (struct spot){ chunk, (uint32_t)i };
		found = true;
	}
	return found;
}

const struct view_ops view_bytes = {
	.name = "*bytes*", .help = "the bytes of functions and what they mean", .kind = VIEW_CODE, .chunks = chunks,
	.fill = fill, .locate = locate,
};
