/* WAT with counts; see annotate.h. */
#include "trace/annotate.h"

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "trace/event.h"
#include "wat/print.h"

static size_t count_lines(const char *text, size_t n)
{
	size_t lines = 0;

	for (size_t i = 0; i < n; i++)
		lines += text[i] == '\n';
	return lines + (n && text[n - 1] != '\n');
}

static void split(const char *text, size_t n, struct annotated_line *lines)
{
	for (size_t at = 0, i = 0; at < n; i++) {
		const char *end = memchr(text + at, '\n', n - at);
		size_t length = end ? (size_t)(end - text) - at : n - at;
		lines[i].text = (struct str){ text + at, length };
		at += length + 1;
	}
}

static void add_counts(const struct places *p, const struct traced_func *f, const struct line_map *map,
	uint64_t (*count)(void *user, uint32_t place), void *user, struct annotated_line *lines, size_t n)
{
	for (uint32_t i = 0; i < f->count; i++) {
		const struct place_info *x = &p->all.data[f->first + i];
		const struct wat_place *at = x->op == OP_NONE ? NULL : line_map_find(map, x->offset);
		if (!at || at->line < 1 || at->line > n)
			continue;
		struct annotated_line *l = &lines[at->line - 1];
		uint64_t c = count(user, f->first + i);
		l->code = true;
		l->instrs += c;
		if (c > l->count)
			l->count = c;
	}
}

bool annotate_func(const struct places *p, uint32_t func, uint64_t (*count)(void *user, uint32_t place), void *user,
	struct arena *a, struct annotated_line **out, size_t *n, struct err *e)
{
	const struct traced_func *f = &p->funcs.data[func];
	struct wat_print_options o = wat_print_defaults();
	struct line_map map = { 0 };
	struct buf text = { 0 };

	if (!f->module)
		return err_set(e, E_NO_MODULE, place_none(), "the module of %.*s is gone, or it is the host's", STR_ARGS(f->name));
	bool ok = wat_print_func(f->module, f->index, &o, &text, &map, e);
	const char *copy = ok ? arena_strndup(a, buf_str(&text), text.size) : NULL;
	*n = ok ? count_lines(buf_str(&text), text.size) : 0;
	*out = copy ? arena_array(a, *n + 1, sizeof **out) : NULL;
	if (*out) {
		split(copy, text.size, *out);
		add_counts(p, f, &map, count, user, *out, *n);
	} else if (ok) {
		ok = err_oom(e);
	}
	line_map_free(&map);
	buf_free(&text);
	return ok;
}
