/* The tree of windows; see layout.h. */
#include "tui/layout.h"

#include <stdlib.h>

#include "tui/tui.h"

enum { LEAST_ROWS = 2, LEAST_COLS = 10, SMALL_ROWS = 10, SMALL_COLS = 40, UNDO_MOST = 50 };

/* ---- windows ----------------------------------------------------------------------------------------- */

void window_show(struct window *w, struct view *v)
{
	if (w->view == v)
		return;
	if (w->view) {
		for (size_t i = 0; i < w->before.count; i++)
			if (w->before.data[i] == w->view)
				w->before.data[i--] = vec_pop(&w->before);
		vec_push(&w->before, w->view);
	}
	w->view = v;
	w->top = w->point = (struct spot){ 0, 0 };
	w->col = 0;
	w->follows = true;
}

void window_free(struct window *w)
{
	vec_free(&w->before);
	free(w);
}

static struct split *leaf_new(struct view *v)
{
	struct split *s = calloc(1, sizeof *s);
	struct window *w = calloc(1, sizeof *w);

	if (!s || !w) {
		free(s);
		free(w);
		return NULL;
	}
	s->window = w;
	window_show(w, v);
	return s;
}

static void split_free(struct split *s)
{
	if (!s)
		return;
	split_free(s->first);
	split_free(s->second);
	if (s->window)
		window_free(s->window);
	free(s);
}

void layout_free(struct layout *l)
{
	split_free(l->root);
	for (size_t i = 0; i < l->undo.count; i++)
		free(l->undo.data[i]);
	vec_free(&l->undo);
	*l = (struct layout){ 0 };
}

/* ---- text -------------------------------------------------------------------------------------------- */

static void skip_blanks(const char **p)
{
	while (**p == ' ' || **p == '\n')
		(*p)++;
}

static struct split *read_node(const char **p, struct tui *t, bool *ok);

/* Two halves; where one holds nothing that exists, the other is all. */
static struct split *read_split(const char **p, struct tui *t, bool *ok)
{
	struct split *s = NULL, *first, *second;
	bool across = **p == 'h';
	char *end;

	if (**p != 'h' && **p != 'v') {
		*ok = false;
		return NULL;
	}
	long share = strtol(*p + 1, &end, 10);
	*p = end;
	first = read_node(p, t, ok);
	second = *ok ? read_node(p, t, ok) : NULL;
	skip_blanks(p);
	if (!*ok || share < 1 || share > 999 || *(*p)++ != ')' || (first && second && !(s = calloc(1, sizeof *s)))) {
		*ok = false;
		split_free(first);
		split_free(second);
		return NULL;
	}
	if (!first || !second)
		return first ? first : second;
	*s = (struct split){ .first = first, .second = second, .across = across, .share = (int)share };
	first->up = second->up = s;
	return s;
}

static struct split *read_node(const char **p, struct tui *t, bool *ok)
{
	skip_blanks(p);
	if (**p == '(') {
		(*p)++;
		return read_split(p, t, ok);
	}
	struct str name = { *p, strcspn(*p, " ()\n") };
	*p += name.n;
	if (!name.n)
		*ok = false;
	struct view *v = name.n ? view_named(t, name) : NULL;
	return v ? leaf_new(v) : NULL;
}

bool layout_read(struct layout *l, struct tui *t, const char *text)
{
	bool ok = true;
	struct split *root = read_node(&text, t, &ok);

	skip_blanks(&text);
	if (!ok || !root || *text) {
		split_free(root);
		return false;
	}
	split_free(l->root);
	l->root = root;
	l->selected = layout_next(l, NULL);
	return true;
}

static void print_node(const struct split *s, struct buf *out)
{
	if (s->window) {
		buf_puts(out, s->window->view->ops->name);
		return;
	}
	buf_printf(out, "(%c %d ", s->across ? 'h' : 'v', s->share);
	print_node(s->first, out);
	buf_putc(out, ' ');
	print_node(s->second, out);
	buf_putc(out, ')');
}

void layout_print(const struct layout *l, struct buf *out)
{
	if (l->root)
		print_node(l->root, out);
}

/* ---- undo -------------------------------------------------------------------------------------------- */

void layout_remember(struct layout *l)
{
	struct buf b = { 0 };

	layout_print(l, &b);
	char *text = buf_take(&b);
	if (l->undo.count == UNDO_MOST) {
		free(l->undo.data[0]);
		memmove(l->undo.data, l->undo.data + 1, (UNDO_MOST - 1) * sizeof *l->undo.data);
		l->undo.count--;
	}
	if (text && !vec_push(&l->undo, text))
		free(text);
}

bool layout_undo(struct layout *l, struct tui *t)
{
	if (!l->undo.count)
		return false;
	char *text = vec_pop(&l->undo);
	bool ok = layout_read(l, t, text);
	free(text);
	return ok;
}

/* ---- places ------------------------------------------------------------------------------------------- */

static void place(struct split *s, int row, int left, int rows, int cols)
{
	if (s->window) {
		struct window *w = s->window;
		w->row = row;
		w->left = left;
		w->rows = rows - 1;
		w->cols = cols;
		return;
	}
	int all = s->across ? cols : rows, least = s->across ? LEAST_COLS : LEAST_ROWS;
	int first = (all * s->share + 500) / 1000;
	if (first > all - least)
		first = all - least;
	if (first < least)
		first = least;
	if (s->across) {
		place(s->first, row, left, rows, first);
		place(s->second, row, left + first, rows, cols - first);
	} else {
		place(s->first, row, left, first, cols);
		place(s->second, row + first, left, rows - first, cols);
	}
}

void layout_place(struct layout *l, int rows, int cols)
{
	l->small = rows < SMALL_ROWS || cols < SMALL_COLS;
	for (struct window *w = NULL; (w = layout_next(l, w));)
		w->rows = w->cols = 0;
	if (l->small) {
		struct split alone = { .window = l->selected };
		place(&alone, 0, 0, rows, cols);
	} else {
		place(l->root, 0, 0, rows, cols);
	}
	for (struct window *w = NULL; (w = layout_next(l, w));) {
		w->border = w->left + w->cols < cols;
		w->cols -= w->border;
	}
}

static struct split *first_leaf(struct split *s)
{
	while (s && !s->window)
		s = s->first;
	return s;
}

static struct split *leaf_of(struct split *s, const struct window *w)
{
	if (!s || s->window)
		return s && s->window == w ? s : NULL;
	struct split *found = leaf_of(s->first, w);
	return found ? found : leaf_of(s->second, w);
}

struct window *layout_next(const struct layout *l, const struct window *after)
{
	struct split *s = after ? leaf_of(l->root, after) : NULL;

	if (!after)
		return l->root ? first_leaf(l->root)->window : NULL;
	while (s && s->up && s->up->second == s)
		s = s->up;
	return s && s->up ? first_leaf(s->up->second)->window : NULL;
}

size_t layout_count(const struct layout *l)
{
	size_t n = 0;

	for (struct window *w = NULL; (w = layout_next(l, w));)
		n++;
	return n;
}

/* ---- changing ---------------------------------------------------------------------------------------- */

static void put_in_place(struct layout *l, struct split *old, struct split *s)
{
	s->up = old->up;
	if (!old->up)
		l->root = s;
	else if (old->up->first == old)
		old->up->first = s;
	else
		old->up->second = s;
}

struct window *layout_split(struct layout *l, struct window *w, bool across)
{
	struct split *old = leaf_of(l->root, w);

	if (l->small || !old || (across ? w->cols < 2 * LEAST_COLS : w->rows + 1 < 2 * LEAST_ROWS))
		return NULL;
	struct split *both = calloc(1, sizeof *both), *leaf = both ? leaf_new(w->view) : NULL;
	if (!leaf) {
		free(both);
		return NULL;
	}
	*both = (struct split){ .across = across, .share = 500, .first = old, .second = leaf };
	put_in_place(l, old, both);
	old->up = leaf->up = both;
	leaf->window->top = w->top;
	leaf->window->point = w->point;
	leaf->window->follows = w->follows;
	return leaf->window;
}

bool layout_delete(struct layout *l, struct window *w)
{
	struct split *gone = leaf_of(l->root, w), *up = gone ? gone->up : NULL;

	if (!up)
		return false;
	struct split *stays = up->first == gone ? up->second : up->first;
	put_in_place(l, up, stays);
	if (l->selected == w)
		l->selected = first_leaf(stays)->window;
	up->first = up->second = NULL;
	split_free(gone);
	free(up);
	return true;
}

void layout_delete_others(struct layout *l, struct window *w)
{
	struct split *leaf = leaf_of(l->root, w);

	if (!leaf->up)
		return;
	if (leaf->up->first == leaf)
		leaf->up->first = NULL;
	else
		leaf->up->second = NULL;
	split_free(l->root);
	leaf->up = NULL;
	l->root = leaf;
	l->selected = w;
}

/* Windows that share the room of this direction. */
static int weight(const struct split *s, bool across)
{
	if (s->window || s->across != across)
		return 1;
	return weight(s->first, across) + weight(s->second, across);
}

static void balance(struct split *s)
{
	if (s->window)
		return;
	int first = weight(s->first, s->across), all = first + weight(s->second, s->across);
	s->share = 1000 * first / all;
	balance(s->first);
	balance(s->second);
}

void layout_balance(struct layout *l)
{
	balance(l->root);
}

static int extent(const struct split *s, bool across)
{
	if (s->window)
		return across ? s->window->cols + s->window->border : s->window->rows + 1;
	int a = extent(s->first, across), b = extent(s->second, across);
	return s->across == across ? a + b : a > b ? a : b;
}

bool layout_grow(struct layout *l, struct window *w, bool across, int by)
{
	struct split *s = leaf_of(l->root, w);

	while (s && s->up && s->up->across != across)
		s = s->up;
	if (!s || !s->up || l->small)
		return false;
	struct split *up = s->up;
	int all = extent(up, across), least = across ? LEAST_COLS : LEAST_ROWS;
	int first = extent(up->first, across) + (up->first == s ? by : -by);
	if (first < least || all - first < least)
		return false;
	up->share = (1000 * first + all / 2) / all;
	up->share = up->share < 1 ? 1 : up->share > 999 ? 999 : up->share;
	return true;
}
