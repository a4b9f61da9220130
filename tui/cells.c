/* The grid of glyphs and how text gets into it; see cells.h. */
#include "tui/cells.h"

#include <stdlib.h>

#include "engine/base/utf8.h"

/* ---- widths ------------------------------------------------------------------------------------ */

struct range {
	uint32_t first, last;
};

/* Blocks of characters that take two columns (East Asian wide and full width, emoji), by code point. */
static const struct range wide[] = {
	{ 0x1100, 0x115f }, { 0x231a, 0x231b }, { 0x2329, 0x232a }, { 0x23e9, 0x23ec }, { 0x23f0, 0x23f0 }, { 0x23f3, 0x23f3 },
	{ 0x25fd, 0x25fe }, { 0x2614, 0x2615 }, { 0x2648, 0x2653 }, { 0x267f, 0x267f }, { 0x2693, 0x2693 }, { 0x26a1, 0x26a1 },
	{ 0x26aa, 0x26ab }, { 0x26bd, 0x26be }, { 0x26c4, 0x26c5 }, { 0x26ce, 0x26ce }, { 0x26d4, 0x26d4 }, { 0x26ea, 0x26ea },
	{ 0x26f2, 0x26f3 }, { 0x26f5, 0x26f5 }, { 0x26fa, 0x26fa }, { 0x26fd, 0x26fd }, { 0x2705, 0x2705 }, { 0x270a, 0x270b },
	{ 0x2728, 0x2728 }, { 0x274c, 0x274c }, { 0x274e, 0x274e }, { 0x2753, 0x2755 }, { 0x2757, 0x2757 }, { 0x2795, 0x2797 },
	{ 0x27b0, 0x27b0 }, { 0x27bf, 0x27bf }, { 0x2b1b, 0x2b1c }, { 0x2b50, 0x2b50 }, { 0x2b55, 0x2b55 }, { 0x2e80, 0x303e },
	{ 0x3041, 0x33ff }, { 0x3400, 0x4dbf }, { 0x4e00, 0x9fff }, { 0xa000, 0xa4cf }, { 0xa960, 0xa97f }, { 0xac00, 0xd7a3 },
	{ 0xf900, 0xfaff }, { 0xfe30, 0xfe6f }, { 0xff01, 0xff60 }, { 0xffe0, 0xffe6 }, { 0x16fe0, 0x18aff },
	{ 0x1b000, 0x1b2ff }, { 0x1f004, 0x1f004 }, { 0x1f0cf, 0x1f0cf }, { 0x1f18e, 0x1f18e }, { 0x1f191, 0x1f19a },
	{ 0x1f200, 0x1f320 }, { 0x1f32d, 0x1f335 }, { 0x1f337, 0x1f37c }, { 0x1f37e, 0x1f393 }, { 0x1f3a0, 0x1f3ca },
	{ 0x1f3cf, 0x1f3d3 }, { 0x1f3e0, 0x1f3f0 }, { 0x1f3f4, 0x1f3f4 }, { 0x1f3f8, 0x1f43e }, { 0x1f440, 0x1f440 },
	{ 0x1f442, 0x1f4fc }, { 0x1f4ff, 0x1f53d }, { 0x1f54b, 0x1f54e }, { 0x1f550, 0x1f567 }, { 0x1f57a, 0x1f57a },
	{ 0x1f595, 0x1f596 }, { 0x1f5a4, 0x1f5a4 }, { 0x1f5fb, 0x1f64f }, { 0x1f680, 0x1f6c5 }, { 0x1f6cc, 0x1f6cc },
	{ 0x1f6d0, 0x1f6d2 }, { 0x1f6eb, 0x1f6ec }, { 0x1f6f4, 0x1f6fc }, { 0x1f7e0, 0x1f7eb }, { 0x1f90c, 0x1f9ff },
	{ 0x1fa70, 0x1faff }, { 0x20000, 0x3fffd },
};

/* Marks that are drawn over the character before them, and characters that are not seen. */
static const struct range combining[] = {
	{ 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05bd }, { 0x05bf, 0x05bf }, { 0x05c1, 0x05c2 }, { 0x05c4, 0x05c5 },
	{ 0x0610, 0x061a }, { 0x064b, 0x065f }, { 0x0670, 0x0670 }, { 0x06d6, 0x06dc }, { 0x06df, 0x06e4 }, { 0x06e7, 0x06e8 },
	{ 0x06ea, 0x06ed }, { 0x0900, 0x0902 }, { 0x093c, 0x093c }, { 0x0941, 0x0948 }, { 0x094d, 0x094d }, { 0x0e31, 0x0e31 },
	{ 0x0e34, 0x0e3a }, { 0x0e47, 0x0e4e }, { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x200b, 0x200f }, { 0x202a, 0x202e },
	{ 0x2060, 0x2064 }, { 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f }, { 0xfeff, 0xfeff },
	{ 0x1f3fb, 0x1f3ff }, { 0xe0100, 0xe01ef },
};

static bool in_ranges(uint32_t c, const struct range *r, size_t n)
{
	size_t lo = 0;

	while (lo < n) {
		size_t mid = lo + (n - lo) / 2;
		if (c > r[mid].last)
			lo = mid + 1;
		else if (c < r[mid].first)
			n = mid;
		else
			return true;
	}
	return false;
}

static int char_width(uint32_t c)
{
	if (c < 0x300)
		return 1;
	if (in_ranges(c, combining, sizeof combining / sizeof *combining))
		return 0;
	return in_ranges(c, wide, sizeof wide / sizeof *wide) ? 2 : 1;
}

size_t text_glyph(struct str text, int *width)
{
	size_t n = utf8_length(text.p, text.n);

	*width = n > 1 ? char_width(utf8_decode(text.p, n)) : 1;
	return n ? n : 1;
}

int style_of_byte(char c)
{
	unsigned char b = (unsigned char)c;
	int s = b >= 11 ? b - 3 : b - 1;

	return b >= 0x20 || b == 0 || b == '\t' || b == '\n' || s >= STYLE_COUNT ? -1 : s;
}

int text_columns(struct str text)
{
	int columns = 0, width;

	while (text.n) {
		size_t n = text_glyph(text, &width);
		columns += style_of_byte(*text.p) < 0 ? width : 0;
		text.p += n;
		text.n -= n;
	}
	return columns;
}

size_t text_fit(struct str text, int columns)
{
	size_t at = 0;
	int width;

	while (at < text.n) {
		size_t n = text_glyph((struct str){ text.p + at, text.n - at }, &width);
		columns -= style_of_byte(text.p[at]) < 0 ? width : 0;
		if (columns < 0)
			break;
		at += n;
	}
	return at;
}

/* ---- the grid ---------------------------------------------------------------------------------- */

static const struct glyph blank = { .text = " ", .n = 1, .width = 1 };

bool cells_resize(struct cells *c, int rows, int cols)
{
	struct glyph *at = calloc((size_t)rows * (size_t)cols + 1, sizeof *at);

	if (!at)
		return false;
	free(c->at);
	*c = (struct cells){ rows, cols, at };
	cells_clear(c);
	return true;
}

void cells_clear(struct cells *c)
{
	for (int i = 0; i < c->rows * c->cols; i++)
		c->at[i] = blank;
}

void cells_free(struct cells *c)
{
	free(c->at);
	*c = (struct cells){ 0 };
}

/* ---- drawing ----------------------------------------------------------------------------------- */

static bool inside(const struct pen *p)
{
	return p->row >= 0 && p->row < p->cells->rows && p->col >= 0 && p->end <= p->cells->cols;
}

/* A mark that combines with the character just drawn. */
static void add_mark(const struct pen *p, const char *text, size_t n)
{
	struct glyph *g = &p->cells->at[p->row * p->cells->cols + p->col];

	for (int back = 1; back <= 2 && p->col - back >= 0; back++)
		if (g[-back].width) {
			if (g[-back].n + n < sizeof g->text) {
				memcpy(g[-back].text + g[-back].n, text, n);
				g[-back].n = (uint8_t)(g[-back].n + n);
			}
			return;
		}
}

static void put_glyph(struct pen *p, const char *text, size_t n, int width)
{
	struct glyph g = { .n = (uint8_t)n, .width = (uint8_t)width, .style = (uint8_t)p->style, .layer = (uint8_t)p->layer };

	if (width == 0) {
		add_mark(p, text, n);
		return;
	}
	if (p->col + width > p->end) {
		pen_fill(p);
		return;
	}
	memcpy(g.text, text, n);
	p->cells->at[p->row * p->cells->cols + p->col++] = g;
	if (width == 2)
		p->cells->at[p->row * p->cells->cols + p->col++] = (struct glyph){ .style = g.style, .layer = g.layer };
}

void pen_put(struct pen *p, struct str text)
{
	int width;

	while (text.n && inside(p) && p->col < p->end) {
		int style = style_of_byte(*text.p);
		size_t n = text_glyph(text, &width);
		if (style >= 0)
			p->style = (enum style)style;
		else if ((unsigned char)*text.p < 0x20 || (n == 1 && (unsigned char)*text.p >= 0x7f))
			put_glyph(p, "?", 1, 1);
		else
			put_glyph(p, text.p, n, width);
		text.p += n;
		text.n -= n;
	}
}

void pen_puts(struct pen *p, const char *text)
{
	pen_put(p, str_of(text));
}

void pen_fill(struct pen *p)
{
	while (inside(p) && p->col < p->end)
		put_glyph(p, " ", 1, 1);
}

void pen_repeat(struct pen *p, const char *text, int n)
{
	while (n-- > 0)
		pen_puts(p, text);
}
