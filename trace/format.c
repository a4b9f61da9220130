/* Writing events in a format; see format.h. */
#include "trace/format.h"

const struct trace_format *const trace_formats[] = {
	&format_text, &format_json, &format_chrome, &format_folded, &format_binary, NULL,
};

const struct trace_format *trace_format_of(const char *path)
{
	size_t n = strlen(path);

	for (int i = 0; trace_formats[i]; i++) {
		size_t k = strlen(trace_formats[i]->suffix);
		if (n >= k && strcmp(path + n - k, trace_formats[i]->suffix) == 0)
			return trace_formats[i];
	}
	return trace_formats[0];
}

void writer_begin(struct trace_writer *w, const struct trace_format *f, const struct places *p, struct buf *out, bool color)
{
	*w = (struct trace_writer){ .format = f, .places = p, .out = out, .color = color };
	if (f->begin)
		f->begin(w);
}

void writer_event(struct trace_writer *w, const struct trace_event *e, const uint64_t *words, unsigned nwords)
{
	w->format->event(w, e, words, nwords);
	w->written++;
}

void writer_end(struct trace_writer *w)
{
	if (w->format->end)
		w->format->end(w);
	vec_free(&w->threads);
	calltree_free(&w->tree);
}

struct writer_thread *writer_thread(struct trace_writer *w, uint16_t number)
{
	for (size_t i = 0; i < w->threads.count; i++)
		if (w->threads.data[i].number == number)
			return &w->threads.data[i];
	return vec_push(&w->threads, ((struct writer_thread){ .number = number })) ? &vec_last(&w->threads) : NULL;
}
