/*
 * From windows to cells. Nothing here asks the session: what is shown was noted by guest.c or made by a view.
 *
 * A code pane has a margin of four columns: B a breakpoint, b one that is off; => the instruction about to run, > the one
 * that the cursor of another pane is on. Lines also differ in their ground, where there are colours.
 */
#include <inttypes.h>

#include "engine/base/buf.h"
#include "engine/base/progress.h"
#include "engine/names.h"
#include "engine/types.h"
#include "repl/command/interrupt.h"
#include "repl/command/prompt.h"
#include "tui/heat.h"
#include "tui/keymap.h"
#include "tui/minibuffer.h"
#include "tui/search.h"
#include "tui/tui.h"

enum { MARGIN = 4, FEW = 3, WIDE_MODE = 60 };

/* ---- scrolling ---------------------------------------------------------------------------------------------- */

/* Lines from the top of W to its cursor; -1: it is above, or further down than the window reaches. */
static int cursor_row(const struct window *w, int rows)
{
	struct spot at = w->top;

	for (int row = 0; row < rows; row++) {
		if (spot_order(at, w->point) == 0)
			return row;
		if (spot_order(at, w->point) > 0 || !view_move(w->view, &at, 1))
			return -1;
	}
	return -1;
}

/* No empty rows below the end while there are lines above the top. */
static void fill_up(struct window *w, int rows)
{
	struct spot at = w->top;
	int64_t below = view_move(w->view, &at, rows - 1);

	if (below < rows - 1)
		view_move(w->view, &w->top, below - (rows - 1));
}

static void scroll_to_cursor(struct window *w, int rows)
{
	struct spot near = w->point;

	w->top = view_clamp(w->view, w->top);
	if (cursor_row(w, rows) >= 0)
		return;
	view_move(w->view, &near, spot_order(w->point, w->top) < 0 ? FEW : -FEW);
	bool few = spot_order(w->point, w->top) < 0 ? spot_order(near, w->top) >= 0 : false;
	w->top = w->point;
	if (!few)
		view_move(w->view, &w->top, -(rows / 2));
	fill_up(w, rows);
}

/* A step down past the last row moves the window by that much. */
static void scroll_down_little(struct window *w, int rows)
{
	struct spot last = w->top;

	view_move(w->view, &last, rows - 1);
	for (int i = 1; i <= FEW; i++) {
		if (!view_move(w->view, &last, 1))
			return;
		if (spot_order(last, w->point) == 0) {
			view_move(w->view, &w->top, i);
			return;
		}
	}
}

/* ---- lines ----------------------------------------------------------------------------------------------------- */

/* Text from column FROM on: style bytes in front of it still count. */
static void put_from(struct pen *p, struct str text, int from)
{
	while (text.n && from > 0) {
		int width, style = style_of_byte(*text.p);
		size_t n = text_glyph(text, &width);
		if (style >= 0)
			p->style = (enum style)style;
		else
			from -= width;
		text.p += n;
		text.n -= n;
	}
	pen_put(p, text);
}

/* Spots of what is marked in a code pane, found once for each time it is drawn. */
struct marked {
	struct spot pc, link;
	bool has_pc, has_link;
	uint64_t most;                  /* executions of a line of this pane that is in sight */
	VEC(struct marked_break { struct spot at; bool enabled; }) breaks;
};

static void find_marked(struct tui *t, const struct window *w, struct marked *m)
{
	struct view *v = w->view;

	m->has_pc = t->pc.module && t->pc.module == t->module && v->ops->locate(v, &t->pc, &m->pc);
	m->has_link = w != t->layout.selected && t->link.module == t->module && t->link.module &&
		v->ops->locate(v, &t->link, &m->link);
	for (size_t i = 0; i < t->marks.count; i++) {
		struct marked_break b = { .enabled = t->marks.data[i].enabled };
		const struct line *top = view_line(v, w->top);
		bool near = t->marks.data[i].at.module == t->module && top &&
			(top->offset == NO_OFFSET || t->marks.count < 64 || top->func == t->marks.data[i].at.func);
		if (near && v->ops->locate(v, &t->marks.data[i].at, &b.at))
			vec_push(&m->breaks, b);
	}
}

/* The most executions of a line in sight, against which the others are coloured. */
static void find_most(struct tui *t, const struct window *w, struct marked *m)
{
	struct spot at = w->top;
	uint64_t n;

	for (int row = 0; row < w->rows; row++) {
		const struct line *l = view_line(w->view, at);
		if (l && l->offset != NO_OFFSET && heat_at(t, l->func, l->offset, &n) && n > m->most)
			m->most = n;
		if (!view_move(w->view, &at, 1))
			break;
	}
}

static void draw_heat(struct tui *t, struct pen *p, const struct window *w, const struct marked *m, struct spot at)
{
	const struct line *l = view_line(w->view, at);
	uint64_t n;

	if (!t->running && l && l->offset != NO_OFFSET && heat_at(t, l->func, l->offset, &n))
		heat_put(p, n, m->most);
	else
		pen_repeat(p, " ", HEAT_COLUMNS);
}

static void draw_margin(struct pen *p, const struct marked *m, struct spot at)
{
	const char *mark = " ";

	for (size_t i = 0; i < m->breaks.count; i++)
		if (spot_order(m->breaks.data[i].at, at) == 0)
			mark = m->breaks.data[i].enabled ? "B" : "b";
	p->style = STYLE_BREAK;
	pen_puts(p, mark);
	bool pc = m->has_pc && spot_order(m->pc, at) == 0, link = m->has_link && spot_order(m->link, at) == 0;
	p->style = pc ? STYLE_PC : STYLE_LINK;
	pen_puts(p, pc ? "=> " : link ? " > " : "   ");
	p->style = STYLE_TEXT;
}

static enum layer layer_of(const struct tui *t, const struct window *w, const struct marked *m, struct spot at)
{
	if (m && m->has_pc && spot_order(m->pc, at) == 0)
		return LAYER_PC;
	if (w == t->layout.selected && spot_order(w->point, at) == 0)
		return LAYER_POINT;
	if (m && m->has_link && spot_order(m->link, at) == 0)
		return LAYER_LINK;
	return LAYER_NONE;
}

/* Code that is nested deeply is moved to the left, so that the line of the cursor, the link or the guest can be read. */
static int first_column(const struct tui *t, const struct window *w, const struct marked *m)
{
	bool selected = w == t->layout.selected;
	struct str text = view_line_text(w->view, selected ? w->point : m->has_link ? m->link : m->has_pc ? m->pc : w->point);
	int blanks = 0, room = w->cols - MARGIN;

	for (; text.n && (*text.p == ' ' || style_of_byte(*text.p) >= 0); text.p++, text.n--)
		blanks += *text.p == ' ';
	return w->col || !text.n || blanks <= room / 2 ? w->col : blanks - room / 4;
}

static void draw_line(struct tui *t, const struct window *w, const struct marked *m, struct spot at, int row)
{
	struct pen p = { &t->screen, w->row + row, w->left, w->left + w->cols, STYLE_TEXT, layer_of(t, w, m, at) };
	struct str text = view_line_text(w->view, at);

	if (m)
		draw_margin(&p, m, at);
	if (m && t->counted)
		draw_heat(t, &p, w, m, at);
	int start = p.col;
	put_from(&p, text, w->shown);
	if (text_columns(text) - w->shown > p.end - start && p.end > start) {
		p.col = p.end - 1;
		p.style = STYLE_DIM;
		pen_puts(&p, t->plain ? "$" : "…");
	}
	p.style = STYLE_TEXT;
	pen_fill(&p);
	search_draw(t, w, at, row, start, text);
}

static void draw_lines(struct tui *t, struct window *w)
{
	struct marked m = { 0 };
	bool code = window_is_code(w);
	struct spot at;

	w->point = view_clamp(w->view, w->point);
	if (cursor_row(w, w->rows) < 0)
		scroll_down_little(w, w->rows);
	scroll_to_cursor(w, w->rows);
	if (code)
		find_marked(t, w, &m);
	if (code && t->counted && !t->running)
		find_most(t, w, &m);
	w->shown = code ? first_column(t, w, &m) : w->col;
	at = w->top;
	for (int row = 0; row < w->rows; row++) {
		if (!view_line(w->view, at))
			break;
		draw_line(t, w, code ? &m : NULL, at, row);
		if (!view_move(w->view, &at, 1))
			break;
	}
	vec_free(&m.breaks);
}

/* ---- logs with an input line ------------------------------------------------------------------------------------- */

/* The log above, what is typed in the last row; the log follows its end unless the user went up. */
static void draw_input(struct tui *t, struct window *w)
{
	bool repl = strcmp(w->view->ops->name, "*repl*") == 0;
	const struct edit *x = repl ? &t->repl_line : &t->guest_line;
	struct spot last = view_last(w->view);
	char prompt[PROMPT_MAX];

	w->rows--;
	if (w->rows > 0 && (w->follows || spot_order(w->point, last) >= 0)) {
		w->follows = true;
		w->point = last;
		w->top = last;
		view_move(w->view, &w->top, -(w->rows - 1));
	}
	if (w->rows > 0)
		draw_lines(t, w);
	w->rows++;
	struct spot end = w->top;
	int used = w->rows > 1 && view_line(w->view, end) ? 1 + (int)view_move(w->view, &end, w->rows - 2) : 0;
	struct pen p = { &t->screen, w->row + used, w->left, w->left + w->cols, STYLE_PROMPT, LAYER_NONE };
	prompt_text(t->s, t->repl_more.size > 0, prompt);
	pen_puts(&p, !repl ? "> " : t->running ? "" : prompt);
	p.style = STYLE_TEXT;
	int room = p.end - p.col - 1, before = text_columns((struct str){ buf_str(&x->text), x->cursor });
	t->input_row = p.row;
	int hidden = before > room ? before - room : 0;
	if (w == t->layout.selected)
		t->input_col = p.col + before - hidden;
	put_from(&p, edit_text(x), hidden);
	pen_fill(&p);
}

/* ---- around windows ------------------------------------------------------------------------------------------------ */

static void put_function(struct tui *t, struct window *w, struct buf *out)
{
	const struct line *l = view_line(w->view, w->point);

	if (!l || l->offset == NO_OFFSET || !t->module)
		return;
	module_func_label(t->module, l->func, out);
	buf_printf(out, " @0x%x", l->offset);
}

/* Whether some window has room for the place and the clock. */
static bool has_wide(const struct tui *t)
{
	for (struct window *w = NULL; (w = layout_next(&t->layout, w));)
		if (w->cols >= WIDE_MODE)
			return true;
	return false;
}

/* How far a command has come that takes its time: loading, or running with instructions counted. */
static void put_progress(const struct tui *t, struct buf *out)
{
	const struct progress *g = engine_progress(t->s->engine);
	const char *what = g->what;
	uint64_t total = g->total, steps = interrupt_steps(), end = t->recorded;

	if (what && total) {
		buf_printf(out, "%s %" PRIu64 " %%", what, g->done * 100 / total);
		return;
	}
	buf_puts(out, "running");
	if (t->seconds)
		buf_printf(out, " %" PRIu64 " s", t->seconds);
	if (steps && steps <= end)
		buf_printf(out, "  step %" PRIu64 " of %" PRIu64 " (%" PRIu64 " %%)", steps, end, steps * 100 / end);
	else if (steps)
		buf_printf(out, "  step %" PRIu64, steps);
}

/* Where the clock stands; while a command runs, how far it is. */
static void put_clock(const struct tui *t, struct buf *out)
{
	if (!t->running) {
		buf_puts(out, buf_str(&t->clock));
	} else if (t->interrupting) {
		buf_puts(out, "interrupting");
	} else {
		put_progress(t, out);
		buf_puts(out, "  C-g interrupts");
	}
}

static void draw_mode(struct tui *t, struct window *w)
{
	bool on = w == t->layout.selected;
	struct pen p = { &t->screen, w->row + w->rows, w->left, w->left + w->cols, STYLE_HEAD, on ? LAYER_BAR_ON : LAYER_BAR };
	struct buf right = { 0 };

	pen_puts(&p, t->plain ? on ? "-> " : "-- " : on ? "▌" : " ");
	pen_puts(&p, w->view->ops->name);
	p.style = STYLE_TEXT;
	if (w->cols >= WIDE_MODE || (on && !has_wide(t)))
		put_clock(t, &right);
	struct buf left = { 0 };
	if (w->view->ops->status && !t->running)
		w->view->ops->status(w->view, &left);
	else if (window_is_code(w) && w->cols < WIDE_MODE)
		put_function(t, w, &left);
	else if (w->cols >= WIDE_MODE)
		buf_puts(&left, buf_str(&t->where));
	if (left.size)
		pen_puts(&p, "  ");
	pen_put(&p, str_of_buf(&left));
	int room = p.end - p.col - text_columns(str_of_buf(&right)) - 1;
	if (right.size && room > 0) {
		pen_repeat(&p, " ", room);
		pen_put(&p, str_of_buf(&right));
	}
	pen_fill(&p);
	buf_free(&left);
	buf_free(&right);
}

static void draw_border(struct tui *t, const struct window *w)
{
	for (int row = 0; w->border && row <= w->rows; row++) {
		struct pen p = { &t->screen, w->row + row, w->left + w->cols, w->left + w->cols + 1, STYLE_BORDER,
			row == w->rows ? LAYER_BAR : LAYER_NONE };
		pen_puts(&p, t->plain ? "|" : row == w->rows ? " " : "│");
	}
}

/* ---- the bottom ---------------------------------------------------------------------------------------------------- */

static void draw_echo(struct tui *t)
{
	struct pen p = { &t->screen, t->screen.rows - 1, 0, t->screen.cols, STYLE_TEXT, LAYER_NONE };

	if (t->mini) {
		minibuffer_draw(t);
		return;
	}
	if (t->search)
		search_prompt(t, &p);
	else if (t->sequence.size)
		pen_puts(&p, buf_str(&t->sequence)), pen_puts(&p, "-");
	else if (t->prefix.given)
		pen_puts(&p, "C-u"), pen_puts(&p, t->prefix.negative ? " -" : "");
	else if (t->echo.size)
		pen_put(&p, str_of_buf(&t->echo));
	else
		p.style = STYLE_DIM, pen_puts(&p, buf_str(&t->hint));
	p.style = STYLE_TEXT;
	pen_fill(&p);
}

/* What may follow the keys pressed so far, in columns. */
static void draw_popup(struct tui *t)
{
	enum { COLUMN = 32, MOST = 8 };
	key_rows list = { 0 }, fit = { 0 };
	struct str so_far = { buf_str(&t->sequence), t->sequence.size };

	keymap_rows(t, &list);
	for (size_t i = 0; i < list.count; i++)
		if (list.data[i].keys.n > so_far.n && memcmp(list.data[i].keys.p, so_far.p, so_far.n) == 0 &&
				list.data[i].keys.p[so_far.n] == ' ')
			vec_push(&fit, list.data[i]);
	int across = t->screen.cols / COLUMN ? t->screen.cols / COLUMN : 1;
	int rows = ((int)fit.count + across - 1) / across, top;
	rows = rows > t->screen.rows - 2 ? t->screen.rows - 2 : rows;
	top = t->screen.rows - 1 - rows;
	for (int row = 0; row < rows; row++)
		for (int col = 0; col < across; col++) {
			size_t i = (size_t)(col * rows + row);
			struct pen p = { &t->screen, top + row, col * COLUMN, col + 1 == across ? t->screen.cols : (col + 1) * COLUMN,
				STYLE_KEY, LAYER_BAR };
			if (i < fit.count) {
				pen_puts(&p, " ");
				pen_put(&p, (struct str){ fit.data[i].keys.p + so_far.n + 1, fit.data[i].keys.n - so_far.n - 1 });
				p.style = STYLE_TEXT;
				pen_puts(&p, "  ");
				pen_put(&p, (struct str){ fit.data[i].command, strcspn(fit.data[i].command, "{") });
			}
			pen_fill(&p);
		}
	vec_free(&list);
	vec_free(&fit);
}

/* ---- the screen ---------------------------------------------------------------------------------------------------- */

static void place_cursor(struct tui *t, int *row, int *col)
{
	struct window *w = t->layout.selected;
	int at;

	if (t->mini) {
		*row = t->screen.rows - 1;
		*col = text_columns(str_of(t->mini->prompt)) +
			text_columns((struct str){ buf_str(&t->mini->line.text), t->mini->line.cursor });
	} else if (w->view->ops->kind == VIEW_INPUT && w->follows) {
		*row = t->input_row;
		*col = t->input_col;
	} else {
		at = cursor_row(w, w->rows);
		*row = at < 0 ? -1 : w->row + at;
		*col = w->left + (window_is_code(w) ? MARGIN : w->view->ops->column ? w->view->ops->column(w->view) - w->col : 0);
	}
	if (*col >= t->screen.cols)
		*col = t->screen.cols - 1;
}

void tui_draw(struct tui *t)
{
	int row = -1, col = 0;

	cells_clear(&t->screen);
	for (struct window *w = NULL; (w = layout_next(&t->layout, w));) {
		if (w->rows <= 0)
			continue;
		if (w->view->ops->kind == VIEW_INPUT)
			draw_input(t, w);
		else
			draw_lines(t, w);
		draw_mode(t, w);
		draw_border(t, w);
	}
	/* the input's row once more: it may be another window's */
	if (t->layout.selected->view->ops->kind == VIEW_INPUT && t->layout.selected->rows > 0)
		draw_input(t, t->layout.selected);
	draw_echo(t);
	if (t->popup && t->sequence.size)
		draw_popup(t);
	place_cursor(t, &row, &col);
	t->term->ops->show(t->term, &t->screen, row, col);
	t->dirty = false;
}
