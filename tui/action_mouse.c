/* Commands on what is under the mouse: t->mouse_row, t->mouse_col. */
#include "tui/action.h"

enum { WHEEL_LINES = 3 };

/* The window there, with its mode line; NULL: the line at the bottom. */
static struct window *window_under(struct tui *t)
{
	for (struct window *w = NULL; (w = layout_next(&t->layout, w));) {
		bool shown = !t->layout.small || w == t->layout.selected;
		if (shown && t->mouse_row >= w->row && t->mouse_row <= w->row + w->rows && t->mouse_col >= w->left &&
				t->mouse_col < w->left + w->cols + w->border)
			return w;
	}
	return NULL;
}

/* Rows of lines: below those of a log is what is typed. */
static int line_rows(const struct window *w)
{
	return w->view->ops->kind == VIEW_INPUT ? w->rows - 1 : w->rows;
}

bool action_mouse_set_point(struct tui *t, const struct args *a, struct err *e)
{
	struct window *w = window_under(t);

	if (!w)
		return true;
	struct spot at = w->top;
	int row = t->mouse_row - w->row;
	bool on_line = row < line_rows(w) && view_line(w->view, at) && view_move(w->view, &at, row) == row;
	if (on_line) {
		w->point = at;
		w->follows = false;
	} else if (w->view->ops->kind == VIEW_INPUT) {
		w->follows = true;
	}
	window_select(t, w);
	return true;
}

/* The cursor goes along only when it would be out of sight. */
static bool scroll(struct tui *t, int by)
{
	struct window *w = window_under(t);
	int rows = w ? line_rows(w) : 0;

	if (rows < 1 || !view_line(w->view, w->top))
		return true;
	view_move(w->view, &w->top, by);
	struct spot bottom = w->top;
	int64_t below = view_move(w->view, &bottom, rows - 1);
	if (below < rows - 1)
		view_move(w->view, &w->top, below - (rows - 1));
	bool at_end = spot_order(bottom, view_last(w->view)) >= 0;
	if (w->view->ops->kind == VIEW_INPUT)
		w->follows = at_end;
	if (spot_order(w->point, w->top) < 0)
		w->point = w->top;
	else if (spot_order(w->point, bottom) > 0)
		w->point = bottom;
	if (w == t->layout.selected && window_is_code(w))
		link_cursor(t, w);
	return true;
}

bool action_mouse_scroll_up(struct tui *t, const struct args *a, struct err *e)
{
	return scroll(t, -WHEEL_LINES);
}

bool action_mouse_scroll_down(struct tui *t, const struct args *a, struct err *e)
{
	return scroll(t, WHEEL_LINES);
}
