/* A file's bytes under a name, with a map from byte to line and column (both from 1; columns in characters). */
#ifndef ENGINE_BASE_SOURCE_H
#define ENGINE_BASE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct err;

struct source {
	char *name;             /* owned; as the user gave it */
	char *bytes;            /* owned; a NUL follows the last one */
	size_t size;
	uint32_t *lines;        /* owned; offset of each line's first byte; made when first asked for */
	size_t nlines;
};

struct source_line {
	uint64_t start, length;         /* without its newline */
	uint32_t number;
};

/* Read a whole file; "-" is standard input. NULL with E set when it cannot be read (a directory, too large, …). */
struct source *source_read(const char *name, struct err *e);
/* A copy of bytes under a name. NULL with E set: out of memory. */
struct source *source_copy(const char *name, const void *bytes, size_t size, struct err *e);
/* What is in B, which is empty afterwards. NULL with E set: out of memory. */
struct source *source_take(const char *name, struct buf *b, struct err *e);
void source_free(struct source *s);

void source_position(const struct source *s, uint64_t offset, uint32_t *line, uint32_t *column);
struct source_line source_line_at(const struct source *s, uint64_t offset);
/* The line with NUMBER, from 1; false when there is none. */
bool source_line_number(const struct source *s, uint32_t number, struct source_line *out);

#endif
