/* A terminal for tests: keeps the last grid; see term.h. */
#include "engine/base/buf.h"
#include "tui/term.h"

#include <stdlib.h>

struct term_text {
	struct term term;
	struct cells cells;
	int row, col;
};

static struct term_text *text_of(struct term *t)
{
	return (struct term_text *)(void *)t;
}

static void text_size(struct term *t, int *rows, int *cols)
{
	*rows = text_of(t)->cells.rows;
	*cols = text_of(t)->cells.cols;
}

static void text_show(struct term *t, const struct cells *c, int row, int col)
{
	struct term_text *x = text_of(t);

	if (c->rows != x->cells.rows || c->cols != x->cells.cols)
		return;
	memcpy(x->cells.at, c->at, (size_t)c->rows * (size_t)c->cols * sizeof *c->at);
	x->row = row;
	x->col = col;
}

static int text_read(struct term *t, char *to, int most)
{
	return 0;
}

static unsigned text_signals(struct term *t)
{
	return 0;
}

static void text_nothing(struct term *t)
{
}

static void text_free(struct term *t)
{
	cells_free(&text_of(t)->cells);
	free(t);
}

static const struct term_ops ops = {
	.size = text_size, .show = text_show, .read = text_read, .signals = text_signals, .redraw = text_nothing, .leave = text_nothing,
	.enter = text_nothing, .bell = text_nothing, .free = text_free,
};

struct term *term_text_new(int rows, int cols)
{
	struct term_text *x = calloc(1, sizeof *x);

	if (!x || !cells_resize(&x->cells, rows, cols)) {
		free(x);
		return NULL;
	}
	x->term = (struct term){ .ops = &ops, .theme = THEME_DARK, .fd = -1, .wake_fd = -1 };
	x->row = -1;
	return &x->term;
}

void term_text_resize(struct term *t, int rows, int cols)
{
	cells_resize(&text_of(t)->cells, rows, cols);
}

const struct cells *term_text_cells(const struct term *t)
{
	return &text_of((struct term *)t)->cells;
}

void term_text_print(const struct term *t, struct buf *out)
{
	const struct term_text *x = text_of((struct term *)t);

	for (int row = 0; row < x->cells.rows; row++) {
		for (int col = 0; col < x->cells.cols; col++) {
			const struct glyph *g = &x->cells.at[row * x->cells.cols + col];
			buf_put(out, g->text, g->n);
		}
		while (out->size && out->data[out->size - 1] == ' ')
			buf_truncate(out, out->size - 1);
		buf_putc(out, '\n');
	}
	if (x->row >= 0)
		buf_printf(out, "cursor %d:%d\n", x->row + 1, x->col + 1);
}
