/* Searching while typing; see search.h. */
#include "tui/search.h"

#include <ctype.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/buf.h"

/* ---- finding ------------------------------------------------------------------------------------------------ */

static bool has_capital(struct str typed)
{
	for (size_t i = 0; i < typed.n; i++)
		if (isupper((unsigned char)typed.p[i]))
			return true;
	return false;
}

static bool same_char(char a, char b, bool exact)
{
	return a == b || (!exact && tolower((unsigned char)a) == tolower((unsigned char)b));
}

/* Columns that come before the first place of TYPED in a line with style bytes; -1: it is not there. */
static int find_in_line(struct str text, struct str typed)
{
	bool exact = has_capital(typed);

	for (size_t i = 0; i < text.n; i++) {
		size_t at = i, k = 0;
		while (at < text.n && k < typed.n) {
			if (style_of_byte(text.p[at]) >= 0) {
				at++;
			} else if (same_char(text.p[at], typed.p[k], exact)) {
				at++;
				k++;
			} else {
				break;
			}
		}
		if (k == typed.n)
			return text_columns((struct str){ text.p, i });
	}
	return -1;
}

/* Long searches end when a key is pressed. */
static bool key_waits(const struct tui *t)
{
	struct pollfd fd = { t->term->fd, POLLIN, 0 };

	return t->term->fd >= 0 && poll(&fd, 1, 0) > 0;
}

/* The next line from W's cursor on (SKIP: behind it) that has it. */
static bool find(struct tui *t, struct window *w, bool skip)
{
	enum { LOOK_EVERY = 4096 };
	struct search *x = t->search;
	struct str typed = { buf_str(&x->typed), x->typed.size };
	struct spot at = w->point;

	for (unsigned n = 0; !skip || view_move(w->view, &at, x->backward ? -1 : 1); n++, skip = true) {
		if (find_in_line(view_line_text(w->view, at), typed) >= 0) {
			w->point = at;
			w->follows = false;
			return true;
		}
		if (n % LOOK_EVERY != LOOK_EVERY - 1)
			continue;
		if (key_waits(t))
			break;
		if (!x->busy) {
			x->busy = true;
			tui_draw(t);
		}
	}
	return false;
}

static void look(struct tui *t, bool skip)
{
	struct window *w = t->layout.selected;

	t->search->failed = t->search->typed.size && !find(t, w, skip);
	t->search->busy = false;
	if (!t->search->failed && window_is_code(w))
		link_cursor(t, w);
	t->dirty = true;
}

/* ---- keys ---------------------------------------------------------------------------------------------------- */

void search_begin(struct tui *t, bool backward)
{
	if (!t->search)
		t->search = calloc(1, sizeof *t->search);
	if (!t->search)
		return;
	t->search->backward = backward;
	t->search->from = t->layout.selected->point;
	t->search->link = t->link;
}

void search_end(struct tui *t)
{
	if (!t->search)
		return;
	snprintf(t->last_search, sizeof t->last_search, "%s", buf_str(&t->search->typed));
	buf_free(&t->search->typed);
	free(t->search);
	t->search = NULL;
	t->dirty = true;
}

static void again(struct tui *t, bool backward)
{
	struct search *x = t->search;

	if (!x->typed.size)
		buf_puts(&x->typed, t->last_search);
	bool turned = x->backward != backward;
	x->backward = backward;
	if (x->failed && !turned) {
		struct window *w = t->layout.selected;
		w->point = backward ? view_last(w->view) : view_clamp(w->view, (struct spot){ 0, 0 });
		look(t, false);
		return;
	}
	look(t, true);
}

static void take_back(struct tui *t)
{
	struct search *x = t->search;

	while (x->typed.size && ((unsigned char)x->typed.data[x->typed.size - 1] & 0xc0) == 0x80)
		buf_truncate(&x->typed, x->typed.size - 1);
	if (x->typed.size)
		buf_truncate(&x->typed, x->typed.size - 1);
	t->layout.selected->point = x->from;
	look(t, false);
}

bool search_key(struct tui *t, const struct key *k)
{
	struct search *x = t->search;

	if (k->text[0]) {
		buf_puts(&x->typed, k->text);
		look(t, false);
	} else if (strcmp(k->name, "C-s") == 0 || strcmp(k->name, "C-r") == 0) {
		again(t, k->name[2] == 'r');
	} else if (strcmp(k->name, "DEL") == 0) {
		take_back(t);
	} else if (strcmp(k->name, "C-g") == 0) {
		t->layout.selected->point = x->from;
		if (x->link.module)
			place_show(t, x->link);
		t->layout.selected->point = x->from;
		search_end(t);
	} else if (strcmp(k->name, "RET") == 0 || strcmp(k->name, "ESC") == 0) {
		search_end(t);
	} else {
		search_end(t);
		return false;
	}
	return true;
}

/* ---- showing -------------------------------------------------------------------------------------------------- */

void search_prompt(const struct tui *t, struct pen *p)
{
	const struct search *x = t->search;

	p->style = x->failed && !x->busy ? STYLE_ERROR : STYLE_PROMPT;
	pen_puts(p, x->busy ? "Searching (C-g ends it): " : x->failed ? "Not found: " : x->backward ? "Search backward: " : "Search: ");
	p->style = STYLE_TEXT;
	pen_puts(p, buf_str(&x->typed));
}

void search_draw(struct tui *t, const struct window *w, struct spot at, int row, int start, struct str text)
{
	const struct search *x = t->search;

	if (!x || !x->typed.size || w != t->layout.selected)
		return;
	struct str typed = { buf_str(&x->typed), x->typed.size };
	int col = find_in_line(text, typed);
	if (col < 0)
		return;
	for (int i = col - w->shown; i < col - w->shown + text_columns(typed); i++)
		if (i >= 0 && start + i < w->left + w->cols) {
			struct glyph *g = &t->screen.at[(w->row + row) * t->screen.cols + start + i];
			g->layer = LAYER_MATCH;
			if (spot_order(at, w->point) == 0)
				g->style = STYLE_MATCH;
		}
}
