/*
 * The line at the bottom, while it asks: a prompt, what is typed, and above it what may be meant - found by any letters in
 * their order ("spwb" finds split-window-below), best first, with a description each.
 */
#ifndef TUI_MINIBUFFER_H
#define TUI_MINIBUFFER_H

#include "engine/base/arena.h"
#include "tui/tui.h"

struct candidate {
	const char *text, *help;        /* help: NULL, none; both live in the minibuffer's arena or longer */
	int score;
};

struct minibuffer {
	const char *prompt;
	struct edit line;
	struct arena arena;             /* of what is offered */
	VEC(struct candidate) all;      /* what fits, best first */
	size_t chosen;
	bool moved;                     /* the user chose with the arrows */
	bool pick;                      /* RET takes what is chosen, not what is typed */
	bool done, accepted;
	/* Offer what may be meant by what is typed, with minibuffer_offer(). NULL: nothing. */
	void (*offer)(struct tui *t, struct minibuffer *m, struct str typed);
	const char *command;            /* for offer_arguments(): the beginning of the line */
};

/*
 * Ask; the answer into OUT. False: C-g, or the session ends. The prompt, and INITIAL unless NULL, are shown; with PICK the
 * answer is one of what is offered.
 */
bool minibuffer_read(struct tui *t, struct minibuffer *ask, struct buf *out);
/* Offer TEXT if what is typed fits it. */
void minibuffer_offer(struct minibuffer *m, struct str typed, const char *text, const char *help);
/* After a change of the line. */
void minibuffer_update(struct tui *t);
void minibuffer_draw(struct tui *t);
/* How well TYPED fits TEXT, higher is better; -1: not. */
int fuzzy_score(struct str typed, const char *text);

/* Sources of what is offered. */
void offer_commands(struct tui *t, struct minibuffer *m, struct str typed);
void offer_buffers(struct tui *t, struct minibuffer *m, struct str typed);
void offer_layouts(struct tui *t, struct minibuffer *m, struct str typed);
/* What completes the line m->command followed by what is typed. */
void offer_arguments(struct tui *t, struct minibuffer *m, struct str typed);

#endif
