/*
 * Panes that show what a command of the registry says: a row each. Such a pane exists in programs that have the command.
 * A number at the start of a line makes it the line's thing.
 */
#include <ctype.h>
#include <stdlib.h>

#include "repl/command/result.h"
#include "tui/tui.h"
#include "tui/wat_paint.h"

/* The words in front of a view's name. */
static const char *command_of(const struct view_ops *ops);

static uint32_t one_chunk(struct view *v)
{
	return 1;
}

static int64_t item_of(const char *line)
{
	return isdigit((unsigned char)*line) ? strtoll(line, NULL, 10) : NO_ITEM;
}

static void fill(struct view *v, uint32_t chunk, struct chunk *out)
{
	struct err e = { 0 };
	struct result r;

	if (!result_init(&r))
		return;
	if (!session_line(v->t->s, str_of(command_of(v->ops)), &r, &e))
		line_note(out, "%s", e.message);
	for (const char *p = e.code ? "" : buf_str(&r.text); *p;) {
		size_t n = strcspn(p, "\n");
		buf_put(&out->text, p, n);
		line_end_item(out, item_of(p));
		p += n + (p[n] == '\n');
	}
	if (!out->lines.count)
		line_note(out, "nothing yet");
	result_free(&r);
}

static void follow_thread(struct view *v, const struct line *l, struct buf *out)
{
	if (l->item != NO_ITEM)
		buf_printf(out, "thread %lld", (long long)l->item);
}

static void follow_frame(struct view *v, const struct line *l, struct buf *out)
{
	struct str text = view_line_text(v, v->t->layout.selected->point);
	const char *hash = memchr(text.p, '#', text.n);

	if (hash)
		buf_printf(out, "frame %ld", strtol(hash + 1, NULL, 10));
}

static void follow_break(struct view *v, const struct line *l, struct buf *out)
{
	for (size_t i = 0; i < v->t->marks.count; i++)
		if (v->t->marks.data[i].number == l->item) {
			buf_puts(out, "goto-place ");
			place_spell(v->t, &v->t->marks.data[i].at, out);
			return;
		}
}

#define COMMAND_VIEWS \
	VIEW(threads,     "*threads*",     "info threads",     "threads of the guest",               follow_thread) \
	VIEW(frames,      "*frames*",      "backtrace",        "the calls that led here",            follow_frame) \
	VIEW(breakpoints, "*breakpoints*", "info breakpoints", "breakpoints and how often they hit", follow_break) \
	VIEW(trace,       "*trace*",       "trace show",       "what was traced last",               NULL) \
	VIEW(profile,     "*profile*",     "profile",          "where the time goes",                NULL) \
	VIEW(tiers,       "*tiers*",       "tier",             "which tier each function runs in",   NULL)

#define VIEW(id, text, command, words, follow_fn) \
	static bool id##_exists(struct tui *t) { return command_named(t->s, STR(command)) != NULL; }
COMMAND_VIEWS
#undef VIEW

#define VIEW(id, text, command, words, follow_fn) \
	const struct view_ops view_##id = { .name = text, .help = words, .kind = VIEW_STATE, .exists = id##_exists, \
		.chunks = one_chunk, .fill = fill, .follow = follow_fn };
COMMAND_VIEWS
#undef VIEW

static const char *command_of(const struct view_ops *ops)
{
#define VIEW(id, text, command, words, follow_fn) if (ops == &view_##id) return command;
	COMMAND_VIEWS
#undef VIEW
	return "";
}
