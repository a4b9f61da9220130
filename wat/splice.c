/* A module with one function changed; see splice.h. */
#include "wat/splice.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/source.h"
#include "engine/replace.h"
#include "wat/print.h"
#include "wat/splice_parts.h"
#include "wat/wat.h"

/* ---- the new module -------------------------------------------------------------------------- */

static void free_text(struct module *m)
{
	text_map_free(m->text_map);
	source_free(m->text);
}

/* The body's places in TEXT. */
static struct text_map *map_of(const struct splice *s, const struct module *n, const struct source *text)
{
	const struct func_decl *from = &s->k->funcs[s->last], *to = &n->funcs[s->func];
	struct text_map *map = calloc(1, sizeof *map);

	if (!map)
		return NULL;
	map->source = text;
	for (size_t i = 0; i < s->k->text_map->pairs.count; i++) {
		struct text_pair pair = s->k->text_map->pairs.data[i];
		uint32_t at = pair.text & ~TEXT_PAIR_FIELD;
		if (pair.offset < from->body || pair.offset - from->body >= from->body_size || at < s->prefix)
			continue;
		pair.offset += to->body - from->body;
		pair.text = (at - (uint32_t)s->prefix) | (pair.text & TEXT_PAIR_FIELD);
		if (!vec_push(&map->pairs, pair)) {
			text_map_free(map);
			return NULL;
		}
	}
	return map;
}

static struct module *load_new(struct splice *s, const struct source *text)
{
	struct module *n = NULL;

	splice_sections(s);
	struct source *src = s->out.failed ? NULL : source_copy(s->m->source->name, buf_str(&s->out), s->out.size, s->e);
	if (s->out.failed)
		err_oom(s->e);
	if (src)
		n = module_load_take(s->m->engine, src, &s->m->features, s->e);
	if (n && !(n->text_map = map_of(s, n, text))) {
		module_free(n);
		n = NULL;
		err_oom(s->e);
	}
	return n;
}

struct module *wat_splice_take(const struct module *m, uint32_t func, struct source *text, struct err *e)
{
	struct splice s = { .m = m, .func = func, .last = m->nfuncs, .e = e };
	struct module *k = splice_skeleton(&s, text), *n = NULL;

	s.k = k;
	if (k && splice_check(&s))
		n = load_new(&s, text);
	module_free(k);
	buf_free(&s.out);
	if (!n) {
		if (e->place.kind == PLACE_TEXT)
			err_file(e, text->name);
		source_free(text);
		return NULL;
	}
	n->text = text;
	n->free_text = free_text;
	n->base = module_base(m);
	n->number = m->number;
	return n;
}

bool wat_func_text(const struct module *m, uint32_t func, struct buf *out, struct err *e)
{
	struct wat_print_options o = wat_print_defaults();
	const struct func_decl *f = &m->funcs[func];
	struct place at;

	/* where names are said by annotations, the text's identifiers are not the module's names */
	if (!m->text || !m->text_map || f->import >= 0 || memmem(m->text->bytes, m->text->size, "(@name", 6) ||
	    !text_map_find(m->text_map, f->body, &at))
		return wat_print_func(m, func, &o, out, NULL, e);
	const char *t = m->text->bytes;
	size_t start = at.start;
	while (start > 0 && t[start] != '(')
		start--;
	buf_put(out, t + start, splice_skip_brackets(t, m->text->size, start) - start);
	buf_putc(out, '\n');
	return true;
}
