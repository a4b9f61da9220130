/*
 * Text: a line for each event, indented by the calls around it.
 *
 *       step        what    in words
 *          3  call        $fac(4)
 *         31  return      $fac = 24
 */
#include <inttypes.h>

#include "trace/event_text.h"
#include "trace/format.h"

enum { INDENT_MAX = 40 };       /* columns: deeper calls say how deep they are */

static const char *color_of(enum trace_kind k)
{
	static const char *const colors[TK_COUNT] = {
		[TK_CALL] = "\033[36m", [TK_MEM] = "\033[33m", [TK_BRANCH] = "\033[35m", [TK_HOST] = "\033[32m", [TK_GC] = "\033[34m",
		[TK_TRAP] = "\033[31m",
	};

	return colors[k];
}

static void text_event(struct trace_writer *w, const struct trace_event *e, const uint64_t *words, unsigned nwords)
{
	const struct trace_event_info *i = &trace_events[e->id];
	const char *color = w->color ? color_of(i->kind) : NULL;
	unsigned indent = 2u * e->depth;

	if (e->thread > 1 || w->threads.count) {
		writer_thread(w, e->thread);    /* from the second thread on, all lines say theirs */
		buf_printf(w->out, "%u:", e->thread);
	}
	buf_printf(w->out, "%10" PRIu64 "  %s%-7s%s  ", (uint64_t)e->step, color ? color : "", i->name, color ? "\033[0m" : "");
	if (indent > INDENT_MAX)
		buf_printf(w->out, "[%u]%*s", e->depth, INDENT_MAX, "");
	else
		buf_fill(w->out, ' ', indent);
	event_print(w->places, e, words, nwords, w->out);
	buf_putc(w->out, '\n');
}

const struct trace_format format_text = {
	.name = "text", .suffix = ".txt", .help = "a line for each event, indented by calls", .event = text_event,
};
