/*
 * The trace events of Chrome's about:tracing and Perfetto: calls are slices, everything else is a mark on its thread. The
 * clock is the instruction clock: one microsecond stands for one instruction.
 */
#include <inttypes.h>

#include "trace/event_text.h"
#include "trace/format.h"

static void chrome_begin(struct trace_writer *w)
{
	buf_puts(w->out, "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"clock\":\"1 us = 1 instruction\"},\"traceEvents\":[\n"
		"{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":1,\"tid\":0,\"args\":{\"name\":\"wrench\"}}");
}

static void put_head(struct trace_writer *w, char phase, const struct writer_thread *th)
{
	buf_printf(w->out, ",\n{\"ph\":\"%c\",\"pid\":1,\"tid\":%u,\"ts\":%" PRIu64, phase, th->number, th->base + th->step);
}

static void put_name(struct trace_writer *w, const struct trace_event *e)
{
	struct buf name = { 0 };

	if (e->place != NO_PLACE)
		place_print_func(w->places, place_func(w->places, e->place), &name);
	buf_puts(w->out, ",\"name\":");
	buf_json(w->out, buf_str(&name), name.size);
	buf_free(&name);
}

static void put_words(struct trace_writer *w, const struct trace_event *e, const uint64_t *words, unsigned nwords)
{
	struct buf text = { 0 };

	event_print(w->places, e, words, nwords, &text);
	buf_puts(w->out, ",\"args\":{\"event\":");
	buf_json(w->out, buf_str(&text), text.size);
	buf_putc(w->out, '}');
	buf_free(&text);
}

static void end_slice(struct trace_writer *w, struct writer_thread *th)
{
	if (!th->open)
		return;
	th->open--;
	put_head(w, 'E', th);
	buf_putc(w->out, '}');
}

static void begin_slice(struct trace_writer *w, struct writer_thread *th, const struct trace_event *e, const uint64_t *words,
	unsigned nwords)
{
	th->open++;
	put_head(w, 'B', th);
	put_name(w, e);
	buf_printf(w->out, ",\"cat\":\"%s\"", trace_kinds[trace_events[e->id].kind].name);
	put_words(w, e, words, nwords);
	buf_putc(w->out, '}');
}

static void chrome_event(struct trace_writer *w, const struct trace_event *e, const uint64_t *words, unsigned nwords)
{
	struct writer_thread *th = writer_thread(w, e->thread);

	if (!th)
		return;
	if (e->step < th->step)
		th->base += th->step;
	th->step = e->step;
	switch ((enum trace_event_id)e->id) {
	case TE_TAIL:
		end_slice(w, th);
		begin_slice(w, th, e, words, nwords);
		return;
	case TE_CALL: case TE_HOST:
		begin_slice(w, th, e, words, nwords);
		return;
	case TE_RETURN: case TE_ANSWER: case TE_FAILED:
		end_slice(w, th);
		return;
	case TE_UNWIND:
		for (uint64_t i = 0; i < e->a; i++)
			end_slice(w, th);
		return;
	default:
		put_head(w, 'i', th);
		buf_printf(w->out, ",\"s\":\"t\",\"name\":\"%s\",\"cat\":\"%s\"", trace_events[e->id].name,
			trace_kinds[trace_events[e->id].kind].name);
		put_words(w, e, words, nwords);
		buf_putc(w->out, '}');
		return;
	}
}

/* What is still open ends with the trace. */
static void chrome_end(struct trace_writer *w)
{
	for (size_t i = 0; i < w->threads.count; i++) {
		struct writer_thread *th = &w->threads.data[i];
		while (th->open)
			end_slice(w, th);
		buf_printf(w->out, ",\n{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":1,\"tid\":%u,\"args\":{\"name\":\"thread %u\"}}",
			th->number, th->number);
	}
	buf_puts(w->out, "\n]}\n");
}

const struct trace_format format_chrome = {
	.name = "chrome", .suffix = ".json", .help = "for chrome://tracing and ui.perfetto.dev", .begin = chrome_begin,
	.event = chrome_event, .end = chrome_end,
};
