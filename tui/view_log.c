/* *repl* and *guest*: logs with a line that is typed below them. Long lines are broken where the window ends. */
#include "tui/tui.h"

enum { LINES = 256 };

static struct log *log_of(struct view *v)
{
	return strcmp(v->ops->name, "*repl*") == 0 ? &v->t->repl : &v->t->guest;
}

struct state {
	uint64_t changes;
	uint32_t width;
};

/* A log grows while commands run, when nothing else of the session is looked at. */
static void follow_log(struct view *v)
{
	struct state *st = v->state;

	if (st->changes == log_of(v)->changes && st->width == v->width)
		return;
	view_forget(v);
	st->changes = log_of(v)->changes;
	st->width = v->width;
}

static uint32_t chunks(struct view *v)
{
	follow_log(v);
	uint32_t n = (uint32_t)((log_count(log_of(v)) + LINES - 1) / LINES);
	return n ? n : 1;
}

static bool is_error(struct str line)
{
	return str_starts(line, "error:") || str_starts(line, "trap:") || memmem(line.p, line.n, ": error: ", 9);
}

static void put_line(struct view *v, struct str line, struct chunk *out)
{
	int width = v->width > 8 ? (int)v->width : 8;

	if (is_error(line))
		put_style(out, STYLE_ERROR);
	do {
		size_t n = text_fit(line, width);
		n = n ? n : line.n;
		buf_put(&out->text, line.p, n);
		line_end(out);
		line.p += n;
		line.n -= n;
	} while (line.n);
}

static void fill(struct view *v, uint32_t chunk, struct chunk *out)
{
	const struct log *l = log_of(v);

	for (size_t i = (size_t)chunk * LINES; i < (size_t)(chunk + 1) * LINES && i < log_count(l); i++)
		put_line(v, log_line(l, i), out);
}

const struct view_ops view_repl = {
	.name = "*repl*", .help = "commands and what they said", .kind = VIEW_INPUT, .size = sizeof(struct state),
	.chunks = chunks, .fill = fill,
};

const struct view_ops view_guest = {
	.name = "*guest*", .help = "what the guest wrote; lines typed here are its input", .kind = VIEW_INPUT,
	.size = sizeof(struct state), .chunks = chunks, .fill = fill,
};
