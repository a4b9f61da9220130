/* Commands on windows and buffers. */
#include "engine/base/buf.h"
#include "repl/command/pane.h"
#include "tui/action.h"
#include "tui/layouts.h"
#include "tui/minibuffer.h"

static struct window *selected(struct tui *t)
{
	return t->layout.selected;
}

/* ---- one window -------------------------------------------------------------------------------------------- */

bool action_delete_window(struct tui *t, const struct args *a, struct err *e)
{
	layout_remember(&t->layout);
	if (!layout_delete(&t->layout, selected(t)))
		return err_set(e, E_USAGE, place_none(), "this is the only window");
	windows_place(t);
	window_select(t, selected(t));
	return true;
}

bool action_delete_others(struct tui *t, const struct args *a, struct err *e)
{
	layout_remember(&t->layout);
	layout_delete_others(&t->layout, selected(t));
	windows_place(t);
	return true;
}

static bool split(struct tui *t, bool across, struct err *e)
{
	layout_remember(&t->layout);
	if (!layout_split(&t->layout, selected(t), across))
		return err_set(e, E_USAGE, place_none(), "there is no room for another window");
	windows_place(t);
	return true;
}

bool action_split_below(struct tui *t, const struct args *a, struct err *e)
{
	return split(t, false, e);
}

bool action_split_right(struct tui *t, const struct args *a, struct err *e)
{
	return split(t, true, e);
}

static struct window *window_before(struct tui *t, const struct window *w)
{
	struct window *last = NULL;

	for (struct window *i = NULL; (i = layout_next(&t->layout, i)) && (i != w || !last);)
		last = i;
	return last;
}

static struct window *window_after(struct tui *t, const struct window *w)
{
	struct window *next = layout_next(&t->layout, w);

	return next ? next : layout_next(&t->layout, NULL);
}

bool action_other_window(struct tui *t, const struct args *a, struct err *e)
{
	int64_t n = action_count(t, a);
	struct window *w = selected(t);

	for (; n > 0; n--)
		w = window_after(t, w);
	for (; n < 0; n++)
		w = window_before(t, w);
	window_select(t, w);
	return true;
}

static void select_alike(struct tui *t, struct window *(*go)(struct tui *, const struct window *))
{
	struct window *from = selected(t), *w = go(t, from);

	while (w != from && w->view->ops->kind != from->view->ops->kind)
		w = go(t, w);
	window_select(t, w == from ? go(t, from) : w);
}

bool action_next_pane(struct tui *t, const struct args *a, struct err *e)
{
	select_alike(t, window_after);
	return true;
}

bool action_previous_pane(struct tui *t, const struct args *a, struct err *e)
{
	select_alike(t, window_before);
	return true;
}

/* ---- sizes --------------------------------------------------------------------------------------------------- */

bool action_balance_windows(struct tui *t, const struct args *a, struct err *e)
{
	layout_remember(&t->layout);
	layout_balance(&t->layout);
	windows_place(t);
	return true;
}

static bool grow(struct tui *t, bool across, int64_t by, struct err *e)
{
	enum { MOST = 1000 };

	layout_remember(&t->layout);
	by = by > MOST ? MOST : by < -MOST ? -MOST : by;
	if (!layout_grow(&t->layout, selected(t), across, (int)by))
		return err_set(e, E_USAGE, place_none(), "there is no room for that");
	windows_place(t);
	return true;
}

bool action_enlarge_window(struct tui *t, const struct args *a, struct err *e)
{
	return grow(t, false, action_count(t, a), e);
}

bool action_shrink_window(struct tui *t, const struct args *a, struct err *e)
{
	return grow(t, false, -action_count(t, a), e);
}

bool action_widen_window(struct tui *t, const struct args *a, struct err *e)
{
	return grow(t, true, action_count(t, a), e);
}

bool action_narrow_window(struct tui *t, const struct args *a, struct err *e)
{
	return grow(t, true, -action_count(t, a), e);
}

/* ---- layouts ------------------------------------------------------------------------------------------------- */

bool action_undo_windows(struct tui *t, const struct args *a, struct err *e)
{
	if (!layout_undo(&t->layout, t))
		return err_set(e, E_USAGE, place_none(), "there is no change of windows to take back");
	windows_place(t);
	if (t->link.module)
		place_show(t, t->link);
	return true;
}

bool action_layout(struct tui *t, const struct args *a, struct err *e)
{
	struct buf list = { 0 };
	struct str name = a->command && a->v[0].given ? a->v[0].text : STR("");

	if (!name.n) {
		layouts_list(t->s, &list);
		output_put(&t->s->out, buf_str(&list), list.size);
		buf_free(&list);
		return true;
	}
	return layout_use(t, name) || err_set(e, E_UNKNOWN_NAME, place_none(), "no layout '%.*s'; 'layout' lists them",
		STR_ARGS(name));
}

bool action_save_layout(struct tui *t, const struct args *a, struct err *e)
{
	struct buf text = { 0 };

	layout_print(&t->layout, &text);
	bool ok = layouts_save(a->v[0].text, str_of_buf(&text), e);
	buf_free(&text);
	if (ok)
		tui_say(t, "layout %.*s is saved", STR_ARGS(a->v[0].text));
	return ok;
}

/* ---- buffers ------------------------------------------------------------------------------------------------- */

static struct view *view_wanted(struct tui *t, struct str name, struct err *e)
{
	struct view *v = view_named(t, name);

	if (!v)
		err_set(e, E_UNKNOWN_NAME, place_none(), "no buffer '%.*s'; 'list-buffers' lists them", STR_ARGS(name));
	return v;
}

static void go_to_link(struct tui *t, struct window *w)
{
	struct spot at;

	if (window_is_code(w) && t->link.module == t->module && t->link.module && w->view->ops->locate(w->view, &t->link, &at))
		w->point = at;
}

bool action_switch_to_buffer(struct tui *t, const struct args *a, struct err *e)
{
	struct view *v = view_wanted(t, a->v[0].text, e);

	if (!v)
		return false;
	window_show(selected(t), v);
	windows_place(t);
	go_to_link(t, selected(t));
	return true;
}

/* For a code pane, a window with code is used when none shows it. */
bool action_show_buffer(struct tui *t, const struct args *a, struct err *e)
{
	struct view *v = view_wanted(t, a->v[0].text, e);
	struct window *w = v ? window_of(t, v) : NULL;

	if (!v)
		return false;
	if (!w && v->ops->kind == VIEW_CODE && window_is_code(selected(t))) {
		w = selected(t);
		window_show(w, v);
		windows_place(t);
	}
	w = w ? w : window_for(t, v);
	go_to_link(t, w);
	window_select(t, w);
	return true;
}

bool action_list_buffers(struct tui *t, const struct args *a, struct err *e)
{
	struct buf list = { 0 };

	for (size_t i = 0; view_table[i]; i++)
		if (!view_table[i]->exists || view_table[i]->exists(t))
			buf_printf(&list, "%-14s %s\n", view_table[i]->name, view_table[i]->help);
	for (size_t i = 0; i < t->s->panes.count; i++)
		buf_printf(&list, "*%s*  %s\n", t->s->panes.data[i].name, t->s->panes.data[i].help);
	output_put(&t->s->out, buf_str(&list), list.size);
	buf_free(&list);
	return true;
}

bool action_bury_buffer(struct tui *t, const struct args *a, struct err *e)
{
	struct window *w = selected(t);
	struct view *help = view_named(t, STR("*help*"));

	if (!w->before.count && help && window_of(t, help))
		w = window_of(t, help);         /* it was asked for from here */
	if (!w->before.count)
		return err_set(e, E_USAGE, place_none(), "this window showed nothing before; C-x b shows another buffer");
	window_show(w, w->before.data[w->before.count - 1]);
	windows_place(t);
	go_to_link(t, w);
	return true;
}

/* ---- leaving, drawing ------------------------------------------------------------------------------------------ */

bool action_suspend(struct tui *t, const struct args *a, struct err *e)
{
	tui_suspend(t);
	return true;
}

bool action_prompt(struct tui *t, const struct args *a, struct err *e)
{
	t->leave = true;
	return true;
}

bool action_recenter(struct tui *t, const struct args *a, struct err *e)
{
	struct window *w = selected(t);

	t->term->ops->redraw(t->term);
	w->top = w->point;
	view_move(w->view, &w->top, -(w->rows / 2));
	return true;
}

bool action_refresh(struct tui *t, const struct args *a, struct err *e)
{
	t->code_state++;
	return true;
}

bool action_cancel(struct tui *t, const struct args *a, struct err *e)
{
	if (t->mini)
		t->mini->done = true;
	else
		tui_say(t, "Quit"), buf_reset(&t->repl_more);
	return true;
}
