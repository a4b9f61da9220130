/*
 * Incremental search in the selected window: what is typed is looked for at once. C-s and C-r go on in either direction,
 * DEL takes back a character, RET and ESC stay where it was found, C-g goes back. Capital letters matter only when some are
 * typed. Any other key ends the search and does what it does.
 */
#ifndef TUI_SEARCH_H
#define TUI_SEARCH_H

#include "tui/tui.h"

struct search {
	struct buf typed;
	bool backward, failed;
	bool busy;                      /* it takes long: shown before there is an answer */
	struct spot from;               /* where the cursor was, and the place that code panes showed */
	struct code_place link;
};

void search_begin(struct tui *t, bool backward);
/* False: the search is over, and the key is still to be handled. */
bool search_key(struct tui *t, const struct key *k);
void search_prompt(const struct tui *t, struct pen *p);
/* Mark what was found in a line that was drawn at ROW of W, its text from column START on. */
void search_draw(struct tui *t, const struct window *w, struct spot at, int row, int start, struct str text);
void search_end(struct tui *t);

#endif
