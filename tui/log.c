/* Texts that grow; see log.h. */
#include "tui/log.h"

#include "engine/base/utf8.h"

static void begin_line(struct log *l)
{
	if (l->open)
		return;
	vec_push(&l->starts, l->text.size);
	l->open = true;
}

/* Drop the older half. */
static void make_room(struct log *l)
{
	size_t half = l->starts.count / 2, from;

	if (l->starts.count < LOG_LINES_MOST)
		return;
	from = l->starts.data[half];
	memmove(l->text.data, l->text.data + from, l->text.size - from);
	buf_truncate(&l->text, l->text.size - from);
	for (size_t i = half; i < l->starts.count; i++)
		l->starts.data[i - half] = l->starts.data[i] - from;
	l->starts.count -= half;
}

static void end_line(struct log *l)
{
	begin_line(l);
	buf_putc(&l->text, '\n');
	l->open = false;
	make_room(l);
}

void log_put_text(struct log *l, struct str text)
{
	while (text.n) {
		const char *nl = memchr(text.p, '\n', text.n);
		size_t n = nl ? (size_t)(nl - text.p) : text.n;
		begin_line(l);
		buf_put(&l->text, text.p, n);
		if (nl)
			end_line(l);
		n += nl != NULL;
		text.p += n;
		text.n -= n;
	}
	l->changes++;
}

static void put_escaped(struct log *l, const char *p, size_t n)
{
	enum { TAB = 8 };

	for (size_t from = 0, i = 0; i <= n; i++) {
		if (i < n && p[i] != '\t' && p[i] != '\r')
			continue;
		buf_escaped(&l->text, p + from, i - from, false);
		from = i + 1;
		if (i < n && p[i] == '\t')
			buf_fill(&l->text, ' ', TAB - (l->text.size - vec_last(&l->starts)) % TAB);
		else if (i + 1 < n)
			buf_puts(&l->text, "\\0d");
	}
}

/* How many of the last bytes begin a character that is not complete. */
static size_t cut_short(const char *p, size_t n)
{
	for (size_t back = 1; back <= 3 && back <= n; back++) {
		unsigned char c = (unsigned char)p[n - back];
		if ((c & 0xc0) == 0x80)
			continue;
		size_t wants = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc2 ? 2 : 1;
		return wants > back ? back : 0;
	}
	return 0;
}

static void put_complete(struct log *l, const char *p, size_t n)
{
	while (n) {
		const char *nl = memchr(p, '\n', n);
		size_t length = nl ? (size_t)(nl - p) : n;
		begin_line(l);
		put_escaped(l, p, length);
		if (nl)
			end_line(l);
		length += nl != NULL;
		p += length;
		n -= length;
	}
}

void log_put(struct log *l, const char *p, size_t n)
{
	struct buf whole = { 0 };

	buf_put(&whole, l->rest, l->nrest);
	buf_put(&whole, p, n);
	l->nrest = cut_short(buf_str(&whole), whole.size);
	size_t complete = whole.size - l->nrest;
	memcpy(l->rest, buf_str(&whole) + complete, l->nrest);
	put_complete(l, buf_str(&whole), complete);
	buf_free(&whole);
	l->changes++;
}

void log_fresh_line(struct log *l)
{
	if (l->open)
		end_line(l);
	l->changes++;
}

size_t log_count(const struct log *l)
{
	return l->starts.count;
}

struct str log_line(const struct log *l, size_t i)
{
	size_t from = l->starts.data[i], to = i + 1 < l->starts.count ? l->starts.data[i + 1] : l->text.size;

	if (to > from && l->text.data[to - 1] == '\n')
		to--;
	return (struct str){ buf_str(&l->text) + from, to - from };
}

void log_free(struct log *l)
{
	buf_free(&l->text);
	vec_free(&l->starts);
}
