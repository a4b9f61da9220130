/*
 * Folded stacks, "main;parse;next 120": a line for each chain of calls with the instructions spent at its end, as flame graph
 * programs read them. They are made from calls and returns, so the trace has to hold these.
 */
#include <inttypes.h>

#include "trace/format.h"

static void folded_event(struct trace_writer *w, const struct trace_event *e, const uint64_t *words, unsigned nwords)
{
	calltree_event(&w->tree, e, e->place == NO_PLACE ? NO_PLACE : w->places->all.data[e->place].func);
}

/* Semicolons and blanks separate. */
static void put_name(struct trace_writer *w, const struct traced_func *f)
{
	for (size_t i = 0; i < f->name.n; i++)
		buf_putc(w->out, f->name.p[i] == ';' ? ':' : f->name.p[i] == ' ' ? '_' : f->name.p[i]);
}

static void put_path(struct trace_writer *w, uint32_t node)
{
	uint32_t path[256], n = 0;

	/* what is deeper than this is shown from its inner end */
	for (; node && n < sizeof path / sizeof *path; node = w->tree.nodes.data[node].parent)
		path[n++] = w->tree.nodes.data[node].func;
	buf_puts(w->out, node ? "…;" : "");
	while (n-- > 0) {
		put_name(w, &w->places->funcs.data[path[n]]);
		buf_puts(w->out, n ? ";" : "");
	}
}

static void folded_end(struct trace_writer *w)
{
	for (uint32_t i = 1; i < w->tree.nodes.count; i++) {
		if (!w->tree.nodes.data[i].self)
			continue;
		put_path(w, i);
		buf_printf(w->out, " %" PRIu64 "\n", w->tree.nodes.data[i].self);
	}
}

const struct trace_format format_folded = {
	.name = "folded", .suffix = ".folded", .help = "stacks with instruction counts, for flame graphs", .event = folded_event,
	.end = folded_end,
};
