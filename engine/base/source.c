/* A file's bytes with a line map; see source.h. */
#include "engine/base/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/pages.h"
#include "engine/base/utf8.h"

enum { LARGEST = 0x7fffff00 };

static bool read_all(int fd, struct buf *b, int *error)
{
	for (;;) {
		if (!buf_reserve(b, 65536)) {
			*error = ENOMEM;
			return false;
		}
		ssize_t n = read(fd, b->data + b->size, b->cap - b->size - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			*error = errno;
			return false;
		}
		if (n == 0)
			return true;
		b->size += (size_t)n;
		if (b->size > LARGEST) {
			*error = EFBIG;
			return false;
		}
	}
}

struct source *source_take(const char *name, struct buf *b, struct err *e)
{
	struct source *s = calloc(1, sizeof *s);

	if (s) {
		s->size = b->size;
		s->name = strdup(name);
		s->bytes = buf_take(b);
	}
	if (!s || !s->name || !s->bytes) {
		source_free(s);
		buf_free(b);
		err_oom(e);
		return NULL;
	}
	return s;
}

struct source *source_read(const char *name, struct err *e)
{
	bool standard = strcmp(name, "-") == 0;
	int fd = standard ? 0 : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct buf b = { 0 };
	struct stat st;
	int error = 0;

	if (fd < 0 || fstat(fd, &st) < 0)
		error = errno;
	else if (S_ISDIR(st.st_mode))
		error = EISDIR;
	else if (S_ISREG(st.st_mode) && st.st_size > LARGEST)
		error = EFBIG;
	else if (S_ISREG(st.st_mode) && !buf_reserve(&b, (size_t)st.st_size))
		error = ENOMEM;
	if (!error) {
		pages_large(b.data, b.cap);
		read_all(fd, &b, &error);
	}
	if (fd > 0)
		close(fd);
	if (error) {
		buf_free(&b);
		err_set(e, E_IO, place_none(), "cannot read: %s", strerror(error));
		err_file(e, name);
		return NULL;
	}
	return source_take(standard ? "<stdin>" : name, &b, e);
}

struct source *source_copy(const char *name, const void *bytes, size_t size, struct err *e)
{
	struct buf b = { 0 };

	if (!buf_reserve(&b, size)) {
		err_oom(e);
		return NULL;
	}
	buf_put(&b, bytes, size);
	return source_take(name, &b, e);
}

void source_free(struct source *s)
{
	if (!s)
		return;
	free(s->name);
	free(s->bytes);
	free(s->lines);
	free(s);
}

/* The line map is a cache: made once, on first use, so that binaries never pay for it. */
static bool make_lines(const struct source *s)
{
	struct source *w = (struct source *)(uintptr_t)s;
	size_t n = 1;

	if (s->lines)
		return true;
	for (size_t i = 0; i < s->size; i++)
		n += s->bytes[i] == '\n';
	w->lines = malloc(n * sizeof *w->lines);
	if (!w->lines)
		return false;
	w->nlines = 0;
	w->lines[w->nlines++] = 0;
	for (size_t i = 0; i < s->size; i++)
		if (s->bytes[i] == '\n')
			w->lines[w->nlines++] = (uint32_t)i + 1;
	return true;
}

static struct source_line line_by_index(const struct source *s, size_t i)
{
	uint64_t start = s->lines[i], end = i + 1 < s->nlines ? s->lines[i + 1] - 1u : s->size;

	if (end > start && s->bytes[end - 1] == '\r')
		end--;
	return (struct source_line){ start, end - start, (uint32_t)i + 1 };
}

struct source_line source_line_at(const struct source *s, uint64_t offset)
{
	if (!make_lines(s))
		return (struct source_line){ 0, 0, 1 };
	if (offset > s->size)
		offset = s->size;
	size_t lo = 0, hi = s->nlines;
	while (hi - lo > 1) {
		size_t mid = (lo + hi) / 2;
		if (s->lines[mid] <= offset)
			lo = mid;
		else
			hi = mid;
	}
	return line_by_index(s, lo);
}

void source_position(const struct source *s, uint64_t offset, uint32_t *line, uint32_t *column)
{
	struct source_line l = source_line_at(s, offset);
	uint64_t at = l.start;

	*line = l.number;
	*column = 1;
	while (at < offset && at < s->size) {
		size_t n = utf8_length(s->bytes + at, s->size - at);
		at += n ? n : 1;
		++*column;
	}
}

bool source_line_number(const struct source *s, uint32_t number, struct source_line *out)
{
	if (!make_lines(s) || number == 0 || number > s->nlines)
		return false;
	*out = line_by_index(s, number - 1);
	return true;
}
