/* Structured errors; see err.h. */
#include "engine/base/err.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/source.h"

enum err_class_id {
	CLASS_NONE, CLASS_USAGE, CLASS_UNKNOWN_COMMAND, CLASS_AMBIGUOUS, CLASS_NO_MODULE, CLASS_NOT_RUNNING,
	CLASS_UNKNOWN_NAME, CLASS_PARSE, CLASS_MALFORMED, CLASS_INVALID, CLASS_LINK, CLASS_TYPE, CLASS_IO, CLASS_DENIED,
	CLASS_LIMIT, CLASS_HISTORY, CLASS_UNSUPPORTED, CLASS_INTERNAL, CLASS_COUNT
};

static const char *const class_names[CLASS_COUNT] = {
	[CLASS_NONE] = "none", [CLASS_USAGE] = "usage", [CLASS_UNKNOWN_COMMAND] = "unknown-command",
	[CLASS_AMBIGUOUS] = "ambiguous", [CLASS_NO_MODULE] = "no-module", [CLASS_NOT_RUNNING] = "not-running",
	[CLASS_UNKNOWN_NAME] = "unknown-name", [CLASS_PARSE] = "parse", [CLASS_MALFORMED] = "malformed",
	[CLASS_INVALID] = "invalid", [CLASS_LINK] = "link", [CLASS_TYPE] = "type", [CLASS_IO] = "io",
	[CLASS_DENIED] = "denied", [CLASS_LIMIT] = "limit", [CLASS_HISTORY] = "history",
	[CLASS_UNSUPPORTED] = "unsupported", [CLASS_INTERNAL] = "internal",
};

static const struct {
	const char *name, *words;
	enum err_class_id class;
} err_info[E_COUNT] = {
#define ERR(id, class, words) [E_##id] = { #id, words, CLASS_##class },
#include "engine/base/err.def"
};

struct place place_none(void)
{
	return (struct place){ .kind = PLACE_NONE };
}

struct place place_text(uint64_t start, uint32_t length)
{
	return (struct place){ .kind = PLACE_TEXT, .start = start, .length = length };
}

struct place place_offset(uint64_t offset)
{
	return (struct place){ .kind = PLACE_OFFSET, .start = offset };
}

struct place place_line(uint64_t line)
{
	return (struct place){ .kind = PLACE_LINE, .start = line };
}

/* Format into a fixed field; a text that does not fit ends in "…" instead of in half a character. */
static void format_field(char *dst, size_t size, const char *fmt, va_list ap)
{
	int n = vsnprintf(dst, size, fmt, ap);

	if (n < 0) {
		dst[0] = '\0';
		return;
	}
	if ((size_t)n < size)
		return;
	size_t end = size - 4;
	while (end > 0 && ((unsigned char)dst[end] & 0xc0) == 0x80)
		end--;
	memcpy(dst + end, "\xe2\x80\xa6", 4);
}

bool err_setv(struct err *e, enum err_code code, struct place at, const char *fmt, va_list ap)
{
	if (e->code != E_NONE)
		return false;
	e->code = code;
	e->place = at;
	e->evidence[0] = e->hint[0] = '\0';
	e->nnotes = 0;
	format_field(e->message, sizeof e->message, fmt, ap);
	return false;
}

bool err_set(struct err *e, enum err_code code, struct place at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_setv(e, code, at, fmt, ap);
	va_end(ap);
	return false;
}

bool err_oom(struct err *e)
{
	return err_set(e, E_NO_MEMORY, place_none(), "out of memory");
}

void err_note(struct err *e, struct place at, const char *fmt, ...)
{
	va_list ap;

	if (e->nnotes == ERR_NOTES)
		return;
	struct err_note *n = &e->notes[e->nnotes++];
	n->place = at;
	va_start(ap, fmt);
	format_field(n->message, sizeof n->message, fmt, ap);
	va_end(ap);
}

void err_evidence(struct err *e, const char *fmt, ...)
{
	size_t used = strlen(e->evidence);
	va_list ap;

	if (used + 8 >= sizeof e->evidence)
		return;
	va_start(ap, fmt);
	format_field(e->evidence + used, sizeof e->evidence - used - 1, fmt, ap);
	va_end(ap);
	strcat(e->evidence, "\n");
}

void err_hint(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	format_field(e->hint, sizeof e->hint, fmt, ap);
	va_end(ap);
}

static void move_place(struct place *p, size_t prefix, size_t size)
{
	if (p->kind == PLACE_TEXT && p->start >= prefix && p->start <= prefix + size)
		p->start -= prefix;
	else
		*p = place_none();
}

void err_move_places(struct err *e, size_t prefix, size_t size)
{
	move_place(&e->place, prefix, size);
	for (int i = 0; i < e->nnotes; i++)
		move_place(&e->notes[i].place, prefix, size);
	e->evidence[0] = '\0';
}

void err_file(struct err *e, const char *name)
{
	if (e->file[0] == '\0' && name)
		snprintf(e->file, sizeof e->file, "%s", name);
}

void err_clear(struct err *e)
{
	e->code = E_NONE;
	e->file[0] = e->message[0] = e->evidence[0] = e->hint[0] = '\0';
	e->nnotes = 0;
}

const char *err_words(enum err_code code)
{
	return err_info[code].words;
}

const char *err_class(enum err_code code)
{
	return class_names[err_info[code].class];
}

const char *err_name(enum err_code code)
{
	return err_info[code].name;
}

static void print_place(struct place at, const char *file, const struct source *src, struct buf *out)
{
	uint32_t line, column;

	if (file && file[0])
		buf_puts(out, file);
	switch (at.kind) {
	case PLACE_NONE:
		if (file && file[0])
			buf_puts(out, ": ");
		return;
	case PLACE_LINE:
		buf_printf(out, ":%llu: ", (unsigned long long)at.start);
		return;
	case PLACE_TEXT:
		if (src) {
			source_position(src, at.start, &line, &column);
			buf_printf(out, ":%u:%u: ", line, column);
			return;
		}
		/* fallthrough */
	case PLACE_OFFSET:
		buf_printf(out, "%s0x%llx: ", file && file[0] ? ":" : "", (unsigned long long)at.start);
		return;
	}
}

/* The source line and, below it, a caret under the first byte and tildes under the rest of the span. */
static void print_caret(struct place at, const struct source *src, struct buf *out)
{
	if (at.kind != PLACE_TEXT || !src)
		return;
	struct source_line l = source_line_at(src, at.start);
	uint64_t col = at.start - l.start, skip = 0;
	enum { WIDTH = 160, BEFORE = 100 };

	if (l.length > WIDTH && col > BEFORE)
		skip = col - BEFORE;
	uint64_t shown = l.length - skip < WIDTH ? l.length - skip : WIDTH;
	buf_puts(out, "    ");
	buf_escaped(out, src->bytes + l.start + skip, shown, true);
	buf_puts(out, "\n    ");
	for (uint64_t i = skip; i < col; i++) {
		unsigned char c = (unsigned char)src->bytes[l.start + i];
		if (c == '\t')
			buf_putc(out, '\t');
		else if ((c & 0xc0) != 0x80)
			buf_putc(out, ' ');
	}
	buf_putc(out, '^');
	for (uint64_t i = 1; i < at.length && col + i < skip + shown; i++)
		if (((unsigned char)src->bytes[l.start + col + i] & 0xc0) != 0x80)
			buf_putc(out, '~');
	buf_putc(out, '\n');
}

static void print_indented(const char *lines, struct buf *out)
{
	while (*lines) {
		const char *end = strchr(lines, '\n');
		size_t n = end ? (size_t)(end - lines) : strlen(lines);

		buf_puts(out, "    ");
		buf_put(out, lines, n);
		buf_putc(out, '\n');
		lines += n + (end ? 1 : 0);
	}
}

void err_print(const struct err *e, const struct source *src, struct buf *out)
{
	print_place(e->place, e->file, src, out);
	buf_printf(out, "error: %s\n", e->message);
	print_caret(e->place, src, out);
	for (int i = 0; i < e->nnotes; i++) {
		print_place(e->notes[i].place, e->file, src, out);
		buf_printf(out, "note: %s\n", e->notes[i].message);
	}
	print_indented(e->evidence, out);
	if (e->hint[0])
		buf_printf(out, "    try: %s\n", e->hint);
}
