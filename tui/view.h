/*
 * Views: what a window can show. A view is a list of lines in chunks, which are made when somebody looks and kept for a
 * while, so that a module of ten thousand functions or a memory of a gigabyte costs what is seen of it.
 *
 * A line may stand for a place in the code (function and byte offset) or for a thing with a number (a local, an address, a
 * breakpoint): keys act on that. Code views share the places: the instruction that is about to run and the one under the
 * cursor are shown in all of them.
 */
#ifndef TUI_VIEW_H
#define TUI_VIEW_H

#include "engine/base/buf.h"
#include "engine/base/vec.h"
#include "tui/cells.h"

struct module;
struct tui;
struct window;

struct code_place {
	const struct module *module;    /* NULL: none */
	uint32_t func, offset;
};

#define NO_OFFSET UINT32_MAX
enum { NO_ITEM = -1 };

struct line {
	uint32_t at, n;                 /* its bytes in the chunk's text, without newline, with style bytes */
	uint32_t func, offset;          /* NO_OFFSET: stands for no code */
	int64_t item;                   /* NO_ITEM: for nothing that has a number */
};

struct chunk {
	uint32_t number;
	uint64_t used;                  /* when: the one unused for longest makes room */
	struct buf text;
	size_t open;                    /* where the line that is being written begins */
	VEC(struct line) lines;
};

/* A line by its chunk and its number there. */
struct spot {
	uint32_t chunk, line;
};

enum view_kind {
	VIEW_CODE,                      /* lines are places; has a margin */
	VIEW_STATE,                     /* of the stopped guest: made anew after every command */
	VIEW_TEXT,                      /* anything else */
	VIEW_INPUT,                     /* a log with an input line below it */
};

struct view;

struct view_ops {
	const char *name;               /* "*wat*" */
	const char *help;               /* one line */
	enum view_kind kind;
	size_t size;                    /* of the state behind v->state */
	bool wraps;                     /* long lines are broken between words */
	/* Whether there is anything to show in this program; NULL: always. */
	bool (*exists)(struct tui *t);
	uint32_t (*chunks)(struct view *v);
	void (*fill)(struct view *v, uint32_t chunk, struct chunk *out);
	/* VIEW_CODE: the line of a place. */
	bool (*locate)(struct view *v, const struct code_place *p, struct spot *out);
	/* What the mode line adds; NULL: nothing. */
	void (*status)(struct view *v, struct buf *out);
	/* The column of the cursor within its line; NULL: the first. */
	int (*column)(struct view *v);
	/* RET on a line; the command line it stands for into OUT. NULL: nothing. */
	void (*follow)(struct view *v, const struct line *l, struct buf *out);
	void (*free)(struct view *v);
};

enum { CHUNKS_KEPT = 24 };

struct view {
	const struct view_ops *ops;
	struct tui *t;
	void *state;                    /* ops->size bytes, zeroed at first */
	struct chunk chunks[CHUNKS_KEPT];
	size_t nchunks;
	uint64_t made;                  /* the state of the session that the chunks show */
	uint32_t width;                 /* columns of the window that shows it */
	uint32_t made_width;            /* … when the chunks were made */
};

extern const struct view_ops *const view_table[];       /* ends with NULL */

/* The view called NAME ("*wat*", or "wat"), made when it is first asked for. NULL: none is called so. */
struct view *view_named(struct tui *t, struct str name);
void view_free(struct view *v);
/* Forget what was made. */
void view_forget(struct view *v);

/* ---- for those that fill ------------------------------------------------------------------------------ */

/* End the line that was written into C->text. */
void line_end(struct chunk *c);
void line_end_place(struct chunk *c, uint32_t func, uint32_t offset);
void line_end_item(struct chunk *c, int64_t item);
/* A machine instruction, at its offset in the function's code. */
void line_end_code(struct chunk *c, uint32_t func, uint32_t offset, uint32_t address);
/* One dim line: what is missing here. */
void line_note(struct chunk *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static inline void put_style(struct chunk *c, enum style s)
{
	buf_putc(&c->text, STYLE_BYTE(s));
}

/* ---- for those that look ------------------------------------------------------------------------------ */

/* NULL: there is no such chunk, or it cannot be made now because a command runs. */
struct chunk *view_chunk(struct view *v, uint32_t number);
const struct line *view_line(struct view *v, struct spot at);
struct str view_line_text(struct view *v, struct spot at);
/* Move N lines (down when positive), as far as there are lines; the number moved. */
int64_t view_move(struct view *v, struct spot *at, int64_t n);
/* The nearest line that exists. */
struct spot view_clamp(struct view *v, struct spot at);
struct spot view_last(struct view *v);
int spot_order(struct spot a, struct spot b);

#endif
