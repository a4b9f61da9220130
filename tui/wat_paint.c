/* One line of text in colours; see wat_paint.h. A comment that spans lines is seen only on its first. */
#include "tui/wat_paint.h"

#include <ctype.h>

#include "engine/base/buf.h"
#include "tui/cells.h"

enum { TAB = 8 };

static bool is_id(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80 || (c && strchr("_.+-*/\\^~=<>!?@#$%&|:'`", c));
}

static size_t string_end(struct str s, size_t i)
{
	for (i++; i < s.n && s.p[i] != '"'; i++)
		i += s.p[i] == '\\' && i + 1 < s.n;
	return i < s.n ? i + 1 : s.n;
}

static size_t comment_end(struct str s, size_t i)
{
	for (i += 2; i + 1 < s.n; i++)
		if (s.p[i] == ';' && s.p[i + 1] == ')')
			return i + 2;
	return s.n;
}

/* The word at I, its end in *END. */
static enum style token(struct str s, size_t i, size_t *end)
{
	char c = s.p[i], next = i + 1 < s.n ? s.p[i + 1] : '\0';

	*end = i + 1;
	if (c == ';' && next == ';') {
		*end = s.n;
		return STYLE_DIM;
	}
	if (c == '(' && next == ';') {
		*end = comment_end(s, i);
		return STYLE_DIM;
	}
	if (c == '"') {
		*end = string_end(s, i);
		return STYLE_STRING;
	}
	if (!is_id(c))
		return STYLE_TEXT;
	while (*end < s.n && is_id(s.p[*end]))
		(*end)++;
	if (c == '$')
		return STYLE_NAME;
	if (isdigit((unsigned char)c) || ((c == '-' || c == '+') && isdigit((unsigned char)next)) || c == '@' || c == '#')
		return STYLE_NUMBER;
	return islower((unsigned char)c) ? STYLE_KEYWORD : STYLE_TEXT;
}

/* Bytes as they are shown: a tab goes to the next stop, counted from where the line began. */
static void put_text(struct str s, int *column, struct buf *out)
{
	for (size_t i = 0, from = 0; i <= s.n; i++) {
		if (i < s.n && s.p[i] != '\t')
			continue;
		size_t before = out->size;
		buf_escaped(out, s.p + from, i - from, false);
		*column += text_columns((struct str){ buf_str(out) + before, out->size - before });
		if (i < s.n) {
			int blanks = TAB - *column % TAB;
			buf_fill(out, ' ', (size_t)blanks);
			*column += blanks;
		}
		from = i + 1;
	}
}

void wat_paint(struct str line, struct buf *out)
{
	int column = 0;

	for (size_t i = 0, end; i < line.n; i = end) {
		enum style s = token(line, i, &end);
		buf_putc(out, STYLE_BYTE(s));
		put_text((struct str){ line.p + i, end - i }, &column, out);
	}
	buf_putc(out, STYLE_BYTE(STYLE_TEXT));
}
