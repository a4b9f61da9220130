/* Showing what commands gave back: as text on the session's two outputs, or as one line of JSON. */
#ifndef REPL_COMMAND_RENDER_H
#define REPL_COMMAND_RENDER_H

#include "repl/command/session.h"

/* For people: the lines of R on standard output, its notes on standard error; an error in the shape editors parse. */
void render_text(struct session *s, const struct result *r);
void render_error(struct session *s, const struct err *e);

/* "result":{…} and the error object, for a JSON line. */
void json_node(const struct node *n, struct buf *out);
void json_error(const struct err *e, const struct source *src, struct buf *out);
/* A whole line: {"seq":…,"command":…,"ok":…,…}. ID is what the input line gave ("" none). */
void render_json(struct session *s, struct str command, struct str id, const struct result *r, const struct err *e);

/* With --json-events: {"event":NAME,KEY:NUMBER}, or with REASON {"event":NAME,"reason":REASON}. KEY and REASON may be
   NULL. */
void json_event(struct session *s, const char *name, const char *key, int64_t number, const char *reason);

/* Rows of columns padded to the widest cell, counted in characters; a cell beyond COLUMN_WIDEST (a name that a compiler
   made) makes only its own row longer. Cells are appended as text; call for each row. */
enum { TABLE_COLUMNS = 8, COLUMN_WIDEST = 72 };
struct table_text {
	struct arena *arena;
	size_t nrows, ncols;
	VEC(struct str) cells;
	bool right[TABLE_COLUMNS];      /* right-aligned */
};
void table_text_cell(struct table_text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void table_text_row(struct table_text *t);
void table_text_print(struct table_text *t, struct buf *out);   /* frees the cells */
size_t text_width(struct str s);
/* Add WORDS at the right edge of the last line of TEXT. */
void text_at_edge(struct buf *text, const char *words);
/* Prose that stands in TEXT from byte FROM on, for the terminal: lines that are too broad are broken between words, and what
   is left of one goes on in the next line of its paragraph. Nothing is done where there is no terminal. */
void text_wrap(const struct session *s, struct buf *text, size_t from);

#endif
