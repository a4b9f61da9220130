/*
 * Structured errors: a code, one sentence with the actual values in it, and a place.
 *
 * Whatever can fail because of input returns bool (or a pointer) and fills a struct err; the first error wins. A place
 * is a span of a text, a byte offset of a binary, or nothing; lines, columns and carets are computed when the error is
 * shown (err_print). Up to ERR_NOTES further places may be added ("the i64 was pushed here"), some lines of evidence,
 * and a hint that can be typed as is.
 */
#ifndef ENGINE_BASE_ERR_H
#define ENGINE_BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum err_code {
#define ERR(id, class, words) E_##id,
#include "engine/base/err.def"
	E_COUNT
};

enum place_kind {
	PLACE_NONE,
	PLACE_TEXT,     /* bytes [start, start+length) of a text; shown as line:column with a caret */
	PLACE_OFFSET,   /* byte `start` of a binary; shown as 0xOFFSET */
	PLACE_LINE,     /* line `start` of a script of commands; shown as :LINE */
};

struct place {
	enum place_kind kind;
	uint32_t length;        /* PLACE_TEXT: bytes underlined */
	uint64_t start;
};

enum { ERR_NOTES = 2 };

struct err_note {
	struct place place;
	char message[200];
};

struct err {
	enum err_code code;             /* E_NONE: no error so far */
	struct place place;
	char file[256];                 /* "" where the caller knows the file; err_file() fills it */
	char message[640];
	char evidence[960];             /* whole lines, shown indented below the message */
	char hint[256];                 /* shown after "try: " */
	int nnotes;
	struct err_note notes[ERR_NOTES];
};

struct source;
struct buf;

/* places */
struct place place_none(void);
struct place place_text(uint64_t start, uint32_t length);
struct place place_offset(uint64_t offset);
struct place place_line(uint64_t line);

/* Fill E unless it already holds an error. Always returns false, so that `return err_set(…)` reports and leaves. */
bool err_set(struct err *e, enum err_code code, struct place at, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
bool err_setv(struct err *e, enum err_code code, struct place at, const char *fmt, va_list ap);
/* Shorthand for E_NO_MEMORY without a place; returns false. */
bool err_oom(struct err *e);
/* Add a note, a line of evidence, a hint to the error just set. Later ones than fit are dropped. */
void err_note(struct err *e, struct place at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void err_evidence(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void err_hint(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Name the file that the place is in, unless already named. */
/*
 * E speaks of a text of which SIZE bytes at PREFIX are what somebody wrote: its places become places in these, those elsewhere
 * are dropped, and so is the evidence.
 */
void err_move_places(struct err *e, size_t prefix, size_t size);
void err_file(struct err *e, const char *name);
void err_clear(struct err *e);

/* The specification's words for a code; the class name as in JSON ("malformed"); never NULL. */
const char *err_words(enum err_code code);
const char *err_class(enum err_code code);
/* The code's own name, as in err.def ("TYPE_MISMATCH"). */
const char *err_name(enum err_code code);

/*
 * Append E to OUT in the shape editors parse: "FILE:LINE:COL: error: …" with source line and caret for text (SRC may
 * be NULL: then the byte offset is shown), "FILE:0xOFFSET: error: …" for binaries, "error: …" without a place; then
 * notes, evidence and "  try: …". Ends with a newline.
 */
void err_print(const struct err *e, const struct source *src, struct buf *out);

#endif
