/* A text that grows at its end: what commands said, what the guest wrote. The oldest lines go when it gets long. */
#ifndef TUI_LOG_H
#define TUI_LOG_H

#include "engine/base/buf.h"
#include "engine/base/str.h"
#include "engine/base/vec.h"

enum { LOG_LINES_MOST = 20000 };

struct log {
	struct buf text;
	VEC(size_t) starts;             /* of each line */
	bool open;                      /* the last line has no newline yet */
	char rest[4];                   /* bytes of a character that is not complete */
	size_t nrest;
	uint64_t changes;
};

/* Add bytes as they come: control characters other than newline are escaped, tabs become blanks. */
void log_put(struct log *l, const char *p, size_t n);
/* Add text that has style bytes and is in order. */
void log_put_text(struct log *l, struct str text);
/* Begin a new line unless one begins here. */
void log_fresh_line(struct log *l);
size_t log_count(const struct log *l);
struct str log_line(const struct log *l, size_t i);
void log_free(struct log *l);

#endif
