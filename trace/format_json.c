/* JSON lines: an object for each event, with the members of event_fields.c. */
#include <inttypes.h>

#include "trace/event_fields.h"
#include "trace/format.h"

static void put_key(struct trace_writer *w, const char *key)
{
	buf_printf(w->out, "%s\"%s\":", (w->out->size && w->out->data[w->out->size - 1] == '{') ? "" : ",", key);
}

static void put_text(void *user, const char *key, struct str s)
{
	struct trace_writer *w = user;

	put_key(w, key);
	buf_json(w->out, s.p, s.n);
}

static void put_number(void *user, const char *key, int64_t n)
{
	struct trace_writer *w = user;

	put_key(w, key);
	buf_printf(w->out, "%" PRId64, n);
}

static void put_values(void *user, const char *key, const struct event_values *v)
{
	struct trace_writer *w = user;
	struct buf text = { 0 };

	put_key(w, key);
	buf_putc(w->out, '[');
	for (unsigned i = 0; i < v->n; i++) {
		buf_puts(w->out, i ? ",{\"type\":" : "{\"type\":");
		buf_reset(&text);
		valtype_print(v->v[i].type, NULL, &text);
		buf_json(w->out, buf_str(&text), text.size);
		buf_puts(w->out, ",\"value\":");
		buf_reset(&text);
		event_print_value(w->places, v->v[i], &text);
		buf_json(w->out, buf_str(&text), text.size);
		buf_putc(w->out, '}');
	}
	buf_putc(w->out, ']');
	buf_free(&text);
}

static void json_line(struct trace_writer *w, const struct trace_event *e, const uint64_t *words, unsigned nwords)
{
	struct field_visitor to = { w, put_text, put_number, put_values };

	buf_putc(w->out, '{');
	event_fields(w->places, e, words, nwords, &to);
	buf_puts(w->out, "}\n");
}

const struct trace_format format_json = {
	.name = "json", .suffix = ".jsonl", .help = "JSON lines, an object for each event", .event = json_line,
};
