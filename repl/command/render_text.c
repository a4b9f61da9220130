/* Results for people; see render.h. */
#include "repl/command/render.h"

#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>

#include "engine/base/source.h"

/* Colour doubles the words: "error:" and "note:" at the beginning of a line or behind a place. */
static void put_notes(struct session *s, const char *p, size_t n)
{
	static const struct { const char *word, *color; } words[] = { { "error:", "31" }, { "note:", "36" } };
	struct buf b = { 0 };
	bool begins = true;

	for (size_t i = 0; s->color && i < n; i++) {
		size_t len = 0;
		for (size_t k = 0; begins && k < sizeof words / sizeof *words && !len; k++) {
			len = strlen(words[k].word);
			if (n - i < len || memcmp(p + i, words[k].word, len) != 0)
				len = 0;
			else
				buf_printf(&b, "\033[1;%sm%s\033[0m", words[k].color, words[k].word);
		}
		begins = p[i] == '\n' || (p[i] == ' ' && i > 0 && p[i - 1] == ':');
		if (len)
			i += len - 1, begins = false;
		else
			buf_putc(&b, p[i]);
	}
	output_put(&s->err, s->color ? buf_str(&b) : p, s->color ? b.size : n);
	output_flush(&s->err);
	buf_free(&b);
}

/* With --plain the line between a number and its text is one that everybody can read: the first of each line. */
static void put_plain(struct session *s, const char *p, size_t n)
{
	static const char line[] = " │ ";
	struct buf b = { 0 };

	for (const char *end = p + n; p < end;) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		size_t width = stop ? (size_t)(stop + 1 - p) : (size_t)(end - p);
		const char *bar = memmem(p, width, line, sizeof line - 1);
		size_t before = bar ? (size_t)(bar - p) : width;
		buf_put(&b, p, before);
		if (bar) {
			buf_puts(&b, " | ");
			buf_put(&b, bar + sizeof line - 1, width - before - (sizeof line - 1));
		}
		p += width;
	}
	output_put(&s->out, buf_str(&b), b.size);
	buf_free(&b);
}

void render_text(struct session *s, const struct result *r)
{
	if (r->notes.size) {
		output_flush(&s->out);
		put_notes(s, r->notes.data, r->notes.size);
	}
	if (s->plain)
		put_plain(s, buf_str(&r->text), r->text.size);
	else
		output_put(&s->out, buf_str(&r->text), r->text.size);
	output_flush(&s->out);
}

/* The text an error's place is in, when it is the one that was kept. */
static const struct source *source_of(const struct session *s, const struct err *e)
{
	const struct source *src = s->error_source;

	return src && str_is(str_of(src->name), e->file) ? src : NULL;
}

void render_error(struct session *s, const struct err *e)
{
	struct buf b = { 0 };

	err_print(e, source_of(s, e), &b);
	output_flush(&s->out);
	put_notes(s, buf_str(&b), b.size);
	buf_free(&b);
}

size_t text_width(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

void text_at_edge(struct buf *text, const char *words)
{
	enum { EDGE = 68, NARROW = 80 };
	size_t start = text->size, n = text_width(str_of(words)), edge = n + EDGE < NARROW ? EDGE : n + 2 < NARROW ? NARROW - 1 - n : 2;

	if (text->size && text->data[text->size - 1] == '\n')
		buf_truncate(text, text->size - 1);
	for (start = text->size; start > 0 && text->data[start - 1] != '\n'; start--)
		;
	size_t width = text_width((struct str){ buf_str(text) + start, text->size - start });
	if (width + 2 > edge) {         /* a line of its own */
		buf_putc(text, '\n');
		width = 0;
	}
	buf_fill(text, ' ', edge - width);
	buf_printf(text, "%s\n", words);
}

/* Columns of the terminal; 0: there is none. */
static size_t terminal_columns(const struct session *s)
{
	struct winsize w;

	return s->terminal && !s->json && ioctl(s->out.fd, TIOCGWINSZ, &w) == 0 ? w.ws_col : 0;
}

/* The line at P, up to END, goes on with the line behind END: prose of the same paragraph. */
static bool paragraph_goes_on(const char *end)
{
	return end[0] == '\n' && end[1] && end[1] != '\n' && end[1] != ' ';
}

void text_wrap(const struct session *s, struct buf *text, size_t from)
{
	enum { NARROWEST = 20 };
	size_t columns = terminal_columns(s), col = 0, space = 0;
	bool broken = false;            /* this paragraph was */

	if (columns < NARROWEST)
		return;
	for (size_t i = from; i < text->size; i++) {
		char *c = &text->data[i];
		if (*c == '\n' && broken && paragraph_goes_on(c))
			*c = ' ';
		if (*c == '\n') {
			broken = false;
			col = space = 0;
			continue;
		}
		if (*c == ' ' && col > 0)
			space = i;
		col += ((unsigned char)*c & 0xc0) != 0x80;
		if (col < columns || !space)
			continue;
		text->data[space] = '\n';
		broken = true;
		col = text_width((struct str){ text->data + space + 1, i - space });
		space = 0;
	}
}

void table_text_cell(struct table_text *t, const char *fmt, ...)
{
	struct buf b = { 0 };
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	char *copy = arena_strndup(t->arena, buf_str(&b), b.size);
	struct str cell = { copy, copy ? b.size : 0 };
	vec_push(&t->cells, cell);
	buf_free(&b);
}

void table_text_row(struct table_text *t)
{
	if (t->nrows++ == 0)
		t->ncols = t->cells.count;
	while (t->cells.count < t->nrows * t->ncols)
		table_text_cell(t, "%s", "");
}

void table_text_print(struct table_text *t, struct buf *out)
{
	size_t width[TABLE_COLUMNS] = { 0 };

	for (size_t i = 0; i < t->cells.count; i++) {
		size_t w = text_width(t->cells.data[i]);
		if (w > width[i % t->ncols] && w <= COLUMN_WIDEST)
			width[i % t->ncols] = w;
	}
	for (size_t i = 0; i < t->cells.count; i++) {
		struct str cell = t->cells.data[i];
		size_t col = i % t->ncols, w = text_width(cell), pad = w < width[col] ? width[col] - w : 0;

		if (t->right[col])
			buf_fill(out, ' ', pad);
		buf_put(out, cell.p, cell.n);
		if (!t->right[col] && col + 1 < t->ncols)
			buf_fill(out, ' ', pad);
		if (col + 1 < t->ncols) {
			buf_puts(out, "  ");
			continue;
		}
		while (out->size && out->data[out->size - 1] == ' ')
			buf_truncate(out, out->size - 1);
		buf_putc(out, '\n');
	}
	vec_free(&t->cells);
}
