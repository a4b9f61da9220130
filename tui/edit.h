/* One line of text that is being typed, with its cursor and the lines typed before. */
#ifndef TUI_EDIT_H
#define TUI_EDIT_H

#include "engine/base/buf.h"
#include "engine/base/str.h"
#include "engine/base/vec.h"

struct edit {
	struct buf text;
	size_t cursor;                  /* byte */
	VEC(char *) history;            /* owned; oldest first */
	size_t at;                      /* in the history; count: the line that is being typed */
	char *kept;                     /* that line, while an older one is shown */
	char *killed;                   /* by C-k, C-w, M-d; owned */
};

enum edit_move { EDIT_LEFT, EDIT_RIGHT, EDIT_WORD_LEFT, EDIT_WORD_RIGHT, EDIT_START, EDIT_END };

void edit_insert(struct edit *x, const char *p, size_t n);
void edit_move(struct edit *x, enum edit_move how);
/* Delete from the cursor to where HOW leads; KEEP: C-y brings it back. */
void edit_delete(struct edit *x, enum edit_move how, bool keep);
void edit_yank(struct edit *x);
void edit_set(struct edit *x, struct str text);
struct str edit_text(const struct edit *x);
/* Take what was typed: it goes into the history, the line is empty. The caller frees. */
char *edit_take(struct edit *x);
/* Lines typed before (-1), or after. */
bool edit_history(struct edit *x, int by);
void edit_free(struct edit *x);

#endif
