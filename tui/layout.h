/*
 * Windows: the screen is split again and again, side by side or one above the other, each split giving a share of a
 * thousand to its first half; the leaves are windows, each showing a view.
 *
 *     (v 565 (h 500 *wat* *regir*) (v 500 (h 333 *stack* (h 500 *locals* *changed*)) *repl*))
 *
 * is such a tree as text: v one above the other, h side by side. Named layouts, those that users save and the undoing of
 * changes are such texts.
 */
#ifndef TUI_LAYOUT_H
#define TUI_LAYOUT_H

#include "engine/base/vec.h"
#include "tui/view.h"

struct window {
	struct view *view;
	struct spot top, point;
	int col;                        /* first column of the text that is shown, as the user moved it; 0: */
	int shown;                      /* … it is moved so that the line in question is in sight; as drawn last */
	bool follows;                   /* point stays where the guest is, or at the end of a log */
	VEC(struct view *) before;      /* what it showed earlier, latest last */
	int row, left, rows, cols;      /* where it is: rows without the mode line */
	bool border;                    /* a line to its right */
};

struct split {
	struct split *up, *first, *second;      /* first and second NULL: a leaf */
	bool across;                    /* side by side */
	int share;                      /* thousandths of the first half */
	struct window *window;          /* of a leaf */
};

struct layout {
	struct split *root;
	struct window *selected;
	VEC(char *) undo;               /* texts of how it was, latest last */
	bool small;                     /* too small to be split: the selected window has the screen */
};

/* Replace everything by what TEXT says; views that do not exist are left out. False: TEXT is no layout; nothing changed. */
bool layout_read(struct layout *l, struct tui *t, const char *text);
void layout_print(const struct layout *l, struct buf *out);
void layout_free(struct layout *l);

/* Give each window its place in ROWS x COLS. */
void layout_place(struct layout *l, int rows, int cols);
/* Windows in the order of C-x o, from the first on; NULL behind the last. */
struct window *layout_next(const struct layout *l, const struct window *after);
size_t layout_count(const struct layout *l);

/* Remember how it is, for layout_undo(). */
void layout_remember(struct layout *l);
bool layout_undo(struct layout *l, struct tui *t);

/* The window that is made: below or to the right of W, showing the same. NULL: there is no room. */
struct window *layout_split(struct layout *l, struct window *w, bool across);
/* False: it is the only one. */
bool layout_delete(struct layout *l, struct window *w);
void layout_delete_others(struct layout *l, struct window *w);
void layout_balance(struct layout *l);
/* Make W larger by so many lines or columns. False: nothing to take from. */
bool layout_grow(struct layout *l, struct window *w, bool across, int by);

void window_show(struct window *w, struct view *v);
void window_free(struct window *w);

#endif
