/*
 * A terminal, as the workbench sees it: it shows a grid of cells, has a size, and gives keys. term_curses.c drives a real
 * one, term_text.c renders any screen to text for tests and pictures.
 */
#ifndef TUI_TERM_H
#define TUI_TERM_H

#include "tui/cells.h"
#include "tui/theme.h"

struct buf;
struct err;

struct term {
	const struct term_ops *ops;
	enum theme theme;
	int fd;                         /* keys come from here; -1: from nowhere */
	int wake_fd;                    /* readable after a signal: see signals(); -1: none */
	bool mouse;                     /* its buttons are wanted as keys, from the next show() on */
	bool backspace_is_h;            /* the Backspace key sends what C-h sends */
};

enum term_signal { TERM_RESIZED = 1, TERM_SUSPEND = 2, TERM_GONE = 4 };

struct term_ops {
	void (*size)(struct term *t, int *rows, int *cols);
	/* Show the grid with the cursor there (row -1: none). */
	void (*show)(struct term *t, const struct cells *c, int row, int col);
	/* Bytes that were typed, waiting for none; 0: nothing there, -1: the terminal is gone. */
	int (*read)(struct term *t, char *to, int most);
	/* What came since the last time: bits of enum term_signal. */
	unsigned (*signals)(struct term *t);
	void (*redraw)(struct term *t);         /* nothing of what was shown is there any more */
	void (*leave)(struct term *t);          /* give the terminal back: C-z, a shell, the prompt */
	void (*enter)(struct term *t);          /* and take it again */
	void (*bell)(struct term *t);
	void (*free)(struct term *t);
};

/*
 * The terminal that IN and OUT are (the term duplicates them). COLOUR false: none. NULL with E: it cannot place a cursor.
 * When the process dies by a signal, the terminal is put back first.
 */
struct term *term_curses_new(int in, int out, bool colour, struct err *e);

/* A terminal of fixed size that remembers what was shown. */
struct term *term_text_new(int rows, int cols);
void term_text_resize(struct term *t, int rows, int cols);
/* The screen as lines of text, blanks at their ends dropped; the cursor's place below them. */
void term_text_print(const struct term *t, struct buf *out);
/* What was last shown; for pictures. */
const struct cells *term_text_cells(const struct term *t);

#endif
