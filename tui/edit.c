/* Editing one line; see edit.h. */
#include "tui/edit.h"

#include <ctype.h>
#include <stdlib.h>

enum { HISTORY_MOST = 500 };

struct str edit_text(const struct edit *x)
{
	return str_of_buf(&x->text);
}

void edit_set(struct edit *x, struct str text)
{
	struct buf copy = { 0 };

	buf_put(&copy, text.p, text.n);         /* it may be a part of what is there */
	buf_reset(&x->text);
	buf_put(&x->text, buf_str(&copy), copy.size);
	buf_free(&copy);
	x->cursor = x->text.size;
}

void edit_insert(struct edit *x, const char *p, size_t n)
{
	if (!n || !buf_reserve(&x->text, n + 1))
		return;
	size_t after = x->text.size - x->cursor;
	buf_put(&x->text, p, n);
	memmove(x->text.data + x->cursor + n, x->text.data + x->cursor, after);
	memcpy(x->text.data + x->cursor, p, n);
	x->cursor += n;
}

static bool continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80 || c == '_' || c == '$';
}

static size_t target(const struct edit *x, enum edit_move how)
{
	const char *p = buf_str(&x->text);
	size_t at = x->cursor, n = x->text.size;

	switch (how) {
	case EDIT_LEFT:
		while (at > 0 && continues(p[--at]))
			;
		return at;
	case EDIT_RIGHT:
		at += at < n;
		while (at < n && continues(p[at]))
			at++;
		return at;
	case EDIT_WORD_LEFT:
		while (at > 0 && !is_word(p[at - 1]))
			at--;
		while (at > 0 && is_word(p[at - 1]))
			at--;
		return at;
	case EDIT_WORD_RIGHT:
		while (at < n && !is_word(p[at]))
			at++;
		while (at < n && is_word(p[at]))
			at++;
		return at;
	case EDIT_START:
		return 0;
	case EDIT_END:
		break;
	}
	return n;
}

void edit_move(struct edit *x, enum edit_move how)
{
	x->cursor = target(x, how);
}

void edit_delete(struct edit *x, enum edit_move how, bool keep)
{
	size_t to = target(x, how), from = x->cursor;

	if (to < from) {
		size_t other = from;
		from = to;
		to = other;
	}
	if (from == to)
		return;
	if (keep) {
		free(x->killed);
		x->killed = strndup(x->text.data + from, to - from);
	}
	memmove(x->text.data + from, x->text.data + to, x->text.size - to);
	buf_truncate(&x->text, x->text.size - (to - from));
	x->cursor = from;
}

void edit_yank(struct edit *x)
{
	if (x->killed)
		edit_insert(x, x->killed, strlen(x->killed));
}

static void forget_oldest(struct edit *x)
{
	if (x->history.count < HISTORY_MOST)
		return;
	free(x->history.data[0]);
	memmove(x->history.data, x->history.data + 1, --x->history.count * sizeof *x->history.data);
}

char *edit_take(struct edit *x)
{
	char *line = strdup(buf_str(&x->text));
	bool again = x->history.count && line && strcmp(vec_last(&x->history), line) == 0;

	if (line && *line && !again) {
		forget_oldest(x);
		char *copy = strdup(line);
		if (copy && !vec_push(&x->history, copy))
			free(copy);
	}
	x->at = x->history.count;
	edit_set(x, STR(""));
	return line;
}

bool edit_history(struct edit *x, int by)
{
	if (x->at > x->history.count)
		x->at = x->history.count;
	if ((by < 0 && x->at == 0) || (by > 0 && x->at >= x->history.count))
		return false;
	if (x->at == x->history.count) {
		free(x->kept);
		x->kept = strdup(buf_str(&x->text));
	}
	x->at = by < 0 ? x->at - 1 : x->at + 1;
	edit_set(x, str_of(x->at < x->history.count ? x->history.data[x->at] : x->kept ? x->kept : ""));
	return true;
}

void edit_free(struct edit *x)
{
	for (size_t i = 0; i < x->history.count; i++)
		free(x->history.data[i]);
	vec_free(&x->history);
	buf_free(&x->text);
	free(x->kept);
	free(x->killed);
}
