/* Which window shows what; named layouts. */
#include "tui/layouts.h"
#include "tui/tui.h"

bool window_is_code(const struct window *w)
{
	return w && w->view->ops->kind == VIEW_CODE;
}

struct window *window_of(struct tui *t, const struct view *v)
{
	for (struct window *w = NULL; (w = layout_next(&t->layout, w));)
		if (w->view == v)
			return w;
	return NULL;
}

/* Windows that other buffers do not take the place of. */
static bool stays(const struct window *w)
{
	return w->view->ops->kind == VIEW_INPUT || strcmp(w->view->ops->name, "*tutorial*") == 0 ||
		strcmp(w->view->ops->name, "*lesson*") == 0;
}

/* The largest window beside the selected one. */
static struct window *other_window(struct tui *t)
{
	struct window *best = NULL;

	for (struct window *w = NULL; (w = layout_next(&t->layout, w));) {
		bool larger = !best || w->rows * w->cols > best->rows * best->cols;
		if (w != t->layout.selected && !stays(w) && larger)
			best = w;
	}
	return best;
}

struct window *window_for(struct tui *t, struct view *v)
{
	struct window *w = window_of(t, v);

	if (w)
		return w;
	if (t->layout.small) {
		window_show(t->layout.selected, v);
		return t->layout.selected;
	}
	w = other_window(t);
	if (!w) {
		layout_remember(&t->layout);
		w = layout_split(&t->layout, t->layout.selected, false);
	}
	w = w ? w : t->layout.selected;
	window_show(w, v);
	windows_place(t);
	return w;
}

void window_select(struct tui *t, struct window *w)
{
	t->layout.selected = w;
	if (t->layout.small)
		windows_place(t);
	if (window_is_code(w))
		link_cursor(t, w);
	t->dirty = true;
}

void windows_place(struct tui *t)
{
	int rows, cols;

	t->term->ops->size(t->term, &rows, &cols);
	rows = rows < 2 ? 2 : rows;
	cols = cols < 4 ? 4 : cols;
	if ((rows != t->screen.rows || cols != t->screen.cols) && !cells_resize(&t->screen, rows, cols))
		return;
	layout_place(&t->layout, rows - 1, cols);
	if (t->plain && !t->layout.small && layout_count(&t->layout) > 1)
		layout_delete_others(&t->layout, t->layout.selected), layout_place(&t->layout, rows - 1, cols);
	for (struct window *w = NULL; (w = layout_next(&t->layout, w));)
		if (w->cols > 0)
			w->view->width = (uint32_t)w->cols;
	t->dirty = true;
}

bool layout_use(struct tui *t, struct str name)
{
	struct buf text = { 0 };
	int rows, cols;

	t->term->ops->size(t->term, &rows, &cols);
	bool is_text = name.n && name.p[0] == '(';
	const char *known = is_text ? NULL : layouts_find(t->s, name, cols, &text);
	if (is_text)
		buf_put(&text, name.p, name.n);
	bool ok = (is_text || known) && (layout_remember(&t->layout), layout_read(&t->layout, t, buf_str(&text)));
	buf_free(&text);
	if (!ok)
		return false;
	t->layout_name = known;
	t->layout_cols = cols;
	t->layout_source = view_named(t, STR("*source*")) != NULL;
	buf_reset(&t->layout_made);
	layout_print(&t->layout, &t->layout_made);
	windows_place(t);
	if (t->pc.module)
		place_show(t, t->pc);
	else if (t->link.module)
		place_show(t, t->link);
	return true;
}

static bool as_it_was_made(const struct tui *t)
{
	struct buf now = { 0 };

	layout_print(&t->layout, &now);
	bool same = strcmp(buf_str(&now), buf_str(&t->layout_made)) == 0;
	buf_free(&now);
	return same;
}

void layout_again(struct tui *t)
{
	bool source = view_named(t, STR("*source*")) != NULL;
	int rows, cols;

	t->term->ops->size(t->term, &rows, &cols);
	if (!t->layout_name || t->running || t->plain || (cols == t->layout_cols && source == t->layout_source) || !as_it_was_made(t))
		return;
	struct view *selected = t->layout.selected->view;
	struct buf other = { 0 };
	struct layout tried = { 0 };
	bool read = layouts_find(t->s, str_of(t->layout_name), cols, &other) && layout_read(&tried, t, buf_str(&other));
	buf_reset(&other);
	if (read)
		layout_print(&tried, &other);
	layout_free(&tried);
	if (read && strcmp(buf_str(&other), buf_str(&t->layout_made)) != 0)
		layout_use(t, str_of(t->layout_name));
	t->layout_cols = cols;
	t->layout_source = source;
	struct window *w = window_of(t, selected);
	if (w && w != t->layout.selected)
		window_select(t, w);
	buf_free(&other);
}
