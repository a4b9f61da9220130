/*
 * A grid of styled characters: what a screen shows, before any terminal. Every view draws into one, and a terminal
 * (term.h) shows it.
 *
 * Text comes with its styles inside: a byte of STYLE_BYTE(style) switches to that style, which nothing else can be taken
 * for, because control characters of modules and guests are escaped before they get here. A glyph is one character with
 * the marks that combine with it; a wide one takes two columns, the second of which is empty (width 0).
 */
#ifndef TUI_CELLS_H
#define TUI_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/str.h"

/* How text is shown: rows of theme.def. */
enum style {
#define STYLE(id, dark, light, attributes) STYLE_##id,
#include "tui/theme.def"
	STYLE_COUNT
};

/* What lies under the text of a line. */
enum layer { LAYER_NONE, LAYER_POINT, LAYER_LINK, LAYER_PC, LAYER_MATCH, LAYER_BAR, LAYER_BAR_ON, LAYER_COUNT };

/* Control bytes without newline and tab. */
#define STYLE_BYTE(s) ((char)((s) < 8 ? (s) + 1 : (s) + 3))
_Static_assert(STYLE_COUNT <= 29, "styles are bytes below 0x20");

struct glyph {
	char text[9];           /* UTF-8 with combining marks; n bytes */
	uint8_t n, width;       /* width 0: the right half of a wide one */
	uint8_t style, layer;
};

struct cells {
	int rows, cols;
	struct glyph *at;       /* rows * cols; owned */
};

/* What is drawn next: where, up to which column, and on what. */
struct pen {
	struct cells *cells;
	int row, col, end;
	enum style style;
	enum layer layer;
};

bool cells_resize(struct cells *c, int rows, int cols);        /* blank afterwards; false: out of memory */
void cells_clear(struct cells *c);
void cells_free(struct cells *c);

/* Draw text with style bytes; what is beyond the end is dropped. */
void pen_put(struct pen *p, struct str text);
void pen_puts(struct pen *p, const char *text);
/* Blanks up to the end. */
void pen_fill(struct pen *p);
/* The same text N times. */
void pen_repeat(struct pen *p, const char *text, int n);

/* The style that a byte switches to; -1: it is none. */
int style_of_byte(char c);
/* Columns that text takes; style bytes take none. */
int text_columns(struct str text);
/* Bytes of text that fit into COLUMNS. */
size_t text_fit(struct str text, int columns);
/* The character at P: its bytes, and in *WIDTH its columns. What is not UTF-8 counts as one byte of one column. */
size_t text_glyph(struct str text, int *width);

#endif
