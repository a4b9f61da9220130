/* The engine's errors as the embedder sees them. */
#include <stdio.h>
#include <string.h>

#include "api/impl.h"
#include "engine/base/buf.h"
#include "engine/base/source.h"

/* Classes of err.def by name; those that only a command line knows are wrong usage. */
static const struct { const char *name; enum wr_error_class out; } classes[] = {
	{ "none", WR_CLASS_NONE }, { "usage", WR_CLASS_USAGE }, { "parse", WR_CLASS_PARSE },
	{ "malformed", WR_CLASS_MALFORMED }, { "invalid", WR_CLASS_INVALID }, { "link", WR_CLASS_LINK },
	{ "type", WR_CLASS_TYPE }, { "unknown-name", WR_CLASS_NAME }, { "limit", WR_CLASS_LIMIT }, { "io", WR_CLASS_IO },
	{ "unsupported", WR_CLASS_UNSUPPORTED }, { "internal", WR_CLASS_INTERNAL },
};

static enum wr_error_class class_of(enum err_code code)
{
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
		if (strcmp(classes[i].name, err_class(code)) == 0)
			return classes[i].out;
	return WR_CLASS_USAGE;
}

const char *wr_error_class_name(enum wr_error_class error_class)
{
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
		if (classes[i].out == error_class)
			return classes[i].name;
	return "?";
}

static void put_code(struct wr_error *e, const char *id)
{
	size_t i;

	for (i = 0; id[i] && i + 1 < sizeof e->code; i++)
		e->code[i] = (char)(id[i] == '_' ? '-' : id[i] >= 'A' && id[i] <= 'Z' ? id[i] - 'A' + 'a' : id[i]);
	e->code[i] = '\0';
}

static void put_place(struct wr_error *e, const struct err *why, const struct source *src)
{
	e->line = e->column = 0;
	e->offset = why->place.kind == PLACE_TEXT || why->place.kind == PLACE_OFFSET ? why->place.start : WR_NO_OFFSET;
	if (why->place.kind == PLACE_TEXT && src)
		source_position(src, why->place.start, &e->line, &e->column);
}

bool error_out(struct wr_error *e, const struct err *why, const struct source *src)
{
	struct buf report = { 0 };

	if (!e)
		return false;
	e->error_class = class_of(why->code);
	put_code(e, err_name(why->code));
	put_place(e, why, src);
	snprintf(e->file, sizeof e->file, "%s", why->file);
	snprintf(e->message, sizeof e->message, "%s", why->message);
	err_print(why, src, &report);
	snprintf(e->report, sizeof e->report, "%s", report.failed ? why->message : buf_str(&report));
	buf_free(&report);
	return false;
}

bool error_set(struct wr_error *e, enum err_code code, const char *fmt, ...)
{
	struct err why = { 0 };
	va_list ap;

	va_start(ap, fmt);
	err_setv(&why, code, place_none(), fmt, ap);
	va_end(ap);
	return error_out(e, &why, NULL);
}

bool error_oom(struct wr_error *e)
{
	return error_set(e, E_NO_MEMORY, "out of memory");
}

size_t text_out(struct buf *text, char *out, size_t size)
{
	size_t n = text->size;

	if (out && size) {
		size_t fits = n < size ? n : size - 1;
		memcpy(out, buf_str(text), fits);
		out[fits] = '\0';
	}
	buf_free(text);
	return n;
}
