/*
 * Forms in which events are written, one file each: text for people, JSON lines for programs, the trace events of Chrome and
 * Perfetto, folded stacks for flame graphs, and our own binary form, which `trace diff` reads.
 */
#ifndef TRACE_FORMAT_H
#define TRACE_FORMAT_H

#include "engine/base/buf.h"
#include "trace/calltree.h"
#include "trace/event.h"
#include "trace/place.h"

struct trace_writer;

struct trace_format {
	const char *name;               /* "text" */
	const char *suffix;             /* of files that are written so: ".txt" */
	const char *help;
	void (*begin)(struct trace_writer *w);
	void (*event)(struct trace_writer *w, const struct trace_event *e, const uint64_t *words, unsigned nwords);
	void (*end)(struct trace_writer *w);
};

extern const struct trace_format format_text, format_json, format_chrome, format_folded, format_binary;
extern const struct trace_format *const trace_formats[];        /* ends with NULL; the first is the default */

/* By the end of a file's name; unknown ones are text. */
const struct trace_format *trace_format_of(const char *path);

/* A thread that has written events, and how many calls of it are open. */
struct writer_thread {
	uint16_t number;
	uint32_t open;
	uint64_t step, base;            /* of its last event; added to the clock, which begins anew with each call of the prompt */
};

struct trace_writer {
	const struct trace_format *format;
	const struct places *places;
	struct buf *out;
	bool color;

	/* private */
	uint64_t written, flushed;      /* events; bytes that were taken out of `out` meanwhile */
	VEC(struct writer_thread) threads;
	struct calltree tree;
};

void writer_begin(struct trace_writer *w, const struct trace_format *f, const struct places *p, struct buf *out, bool color);
void writer_event(struct trace_writer *w, const struct trace_event *e, const uint64_t *words, unsigned nwords);
void writer_end(struct trace_writer *w);
struct writer_thread *writer_thread(struct trace_writer *w, uint16_t number);   /* NULL: out of memory */

#endif
