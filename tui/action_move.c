/* Commands that move the cursor of the selected window. */
#include "tui/action.h"
#include "tui/search.h"

static bool move(struct tui *t, int64_t n)
{
	struct window *w = t->layout.selected;

	if (w->view->ops->kind == VIEW_INPUT && w->follows)
		w->point = view_last(w->view);
	w->follows = false;
	view_move(w->view, &w->point, n);
	if (window_is_code(w))
		link_cursor(t, w);
	return true;
}

bool action_next_line(struct tui *t, const struct args *a, struct err *e)
{
	return move(t, action_count(t, a));
}

bool action_previous_line(struct tui *t, const struct args *a, struct err *e)
{
	return move(t, -action_count(t, a));
}

/* The window moves by its height less two lines, the cursor with it. */
static bool page(struct tui *t, int64_t pages)
{
	struct window *w = t->layout.selected;
	int64_t rows = w->rows > 3 ? w->rows - 2 : 1;

	if (w->view->ops->kind != VIEW_INPUT)
		view_move(w->view, &w->top, pages * rows);
	else if (pages < 0 && w->follows)
		rows += w->rows - 2;
	return move(t, pages * rows);
}

bool action_page_down(struct tui *t, const struct args *a, struct err *e)
{
	return page(t, action_count(t, a));
}

bool action_page_up(struct tui *t, const struct args *a, struct err *e)
{
	return page(t, -action_count(t, a));
}

static bool jump(struct tui *t, struct spot to)
{
	struct window *w = t->layout.selected;

	w->point = view_clamp(w->view, to);
	return move(t, 0);
}

bool action_first_line(struct tui *t, const struct args *a, struct err *e)
{
	return jump(t, (struct spot){ 0, 0 });
}

bool action_last_line(struct tui *t, const struct args *a, struct err *e)
{
	return jump(t, view_last(t->layout.selected->view));
}

bool action_scroll_left(struct tui *t, const struct args *a, struct err *e)
{
	int64_t col = t->layout.selected->col - 4 * action_count(t, a);

	t->layout.selected->col = col > 0 ? (int)col : 0;
	return true;
}

bool action_scroll_right(struct tui *t, const struct args *a, struct err *e)
{
	enum { MOST = 100000 };
	int64_t col = t->layout.selected->col + 4 * action_count(t, a);

	t->layout.selected->col = col < 0 ? 0 : col > MOST ? MOST : (int)col;
	return true;
}

bool action_first_column(struct tui *t, const struct args *a, struct err *e)
{
	t->layout.selected->col = 0;
	return true;
}

bool action_search_forward(struct tui *t, const struct args *a, struct err *e)
{
	search_begin(t, false);
	return true;
}

bool action_search_backward(struct tui *t, const struct args *a, struct err *e)
{
	search_begin(t, true);
	return true;
}
