/* Text to validated modules; see wat.h. */
#include "wat/wat.h"

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/source.h"

bool wat_is_text(const void *bytes, size_t n)
{
	const char *p = bytes;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == '(')
			return true;
		if (p[i] == ';')
			return i + 1 < n && p[i + 1] == ';';
		if (p[i] != ' ' && p[i] != '\t' && p[i] != '\n' && p[i] != '\r')
			return false;
	}
	return false;
}

static struct module *load(struct engine *en, const struct source *text, uint64_t start, uint64_t end,
	const struct features *f, struct text_map **map, struct err *e)
{
	struct buf binary = { 0 };
	struct source *s;
	struct module *m = NULL;

	if (!wat_encode_span(text, start, end, f, engine_progress(en), &binary, map, e)) {
		buf_free(&binary);
		return NULL;
	}
	if ((s = source_take(text->name, &binary, e)) != NULL)
		m = module_load_take(en, s, f, e);
	if (!m) {
		text_map_err(*map, e);
		text_map_free(*map);
		err_file(e, text->name);
	}
	return m;
}

static void free_text(struct module *m)
{
	text_map_free(m->text_map);
	source_free(m->text);
	m->text_map = NULL;
	m->text = NULL;
}

struct module *wat_load_take(struct engine *en, struct source *text, const struct features *f, struct err *e)
{
	struct text_map *map;
	struct module *m = load(en, text, 0, text->size, f, &map, e);

	if (!m) {
		source_free(text);
		return NULL;
	}
	m->text = text;
	m->text_map = map;
	m->free_text = free_text;
	return m;
}

struct module *wat_load(struct engine *en, const struct source *text, uint64_t start, uint64_t end,
	const struct features *f, struct err *e)
{
	struct text_map *map;
	struct module *m = load(en, text, start, end, f, &map, e);

	if (m)
		text_map_free(map);
	return m;
}
