/* Sources of lines, and blocks of them; see input.h. */
#include "repl/command/input.h"

#include <string.h>

#include "repl/command/args.h"

/* ---- blocks ---------------------------------------------------------------------------------- */

static struct str first_line(struct str text)
{
	const char *end = memchr(text.p, '\n', text.n);

	return (struct str){ text.p, end ? (size_t)(end - text.p) : text.n };
}

static bool is_command(const struct session *s, struct str line, unsigned flag)
{
	struct err ignored = { 0 };
	struct str rest;
	const struct command *c;

	line = str_trim(line);
	if (!line.n || !((line.p[0] >= 'a' && line.p[0] <= 'z')))
		return false;
	c = command_find(s, line, &rest, &ignored);
	return c && c->flags & flag;
}

/* Whether a line begins a block that ends with `end`. */
static bool opens_block(const struct session *s, struct str line)
{
	return is_command(s, line, CMD_BLOCK);
}

static bool block_is_open(const struct session *s, struct str text)
{
	int depth = 0;

	while (text.n) {
		struct str line = first_line(text);
		size_t n = line.n + (line.n < text.n);
		line = str_trim(line);
		depth += opens_block(s, line);
		depth -= str_is(line, "end") && depth > 0;
		text = (struct str){ text.p + n, text.n - n };
	}
	return depth > 0;
}

bool line_wants_more(const struct session *s, struct str text)
{
	text = str_trim(text);
	if (!text.n)
		return false;
	if (text.p[0] == '(' || is_command(s, first_line(text), CMD_BRACKETS))
		return line_is_open(text);
	return opens_block(s, first_line(text)) && block_is_open(s, text);
}

bool line_take(const struct session *s, struct str *text, struct str *line)
{
	if (!text->n)
		return false;
	*line = (struct str){ text->p, 0 };
	do {
		struct str rest = { text->p + line->n, text->n - line->n };
		line->n += first_line(rest).n;
		line->n += line->n < text->n;
	} while (line->n < text->n && line_wants_more(s, *line));
	*text = (struct str){ text->p + line->n, text->n - line->n };
	return true;
}

/* ---- sources --------------------------------------------------------------------------------- */

void input_push(struct session *s, struct input *in)
{
	in->outer = s->lines;
	s->lines = in;
}

void input_pop(struct session *s)
{
	s->lines = s->lines->outer;
}
