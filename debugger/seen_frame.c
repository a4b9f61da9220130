/* Frames with those of inlined functions; see seen_frame.h. */
#include "debugger/seen_frame.h"

#include <string.h>

#include "debugger/dwarf.h"
#include "debugger/inspect.h"
#include "debugger/variable.h"
#include "engine/base/buf.h"

/* Deep recursion has the same few places again and again: how many functions run there is remembered. */
enum { KNOWN = 64 };

struct counter {
	seen_frames *out;               /* NULL: only counted */
	uint32_t first, count, number;
	struct known {
		const struct module *m;
		uint32_t offset, ncalls;
	} known[KNOWN];
};

static uint32_t count_calls(struct counter *w, const struct frame *f)
{
	struct dwarf_call calls[DWARF_CALLS];

	if (!f->inst || f->host)
		return 1;
	struct known *k = &w->known[f->offset % KNOWN];
	if (k->m != f->inst->module || k->offset != f->offset) {
		uint32_t n = position_inlined(f->inst->module, f->offset, calls);
		*k = (struct known){ f->inst->module, f->offset, n ? n : 1 };
	}
	return k->ncalls;
}

static bool note_frame(void *user, const struct frame *f)
{
	struct counter *w = user;
	uint32_t n = count_calls(w, f);

	for (uint32_t i = 0; i < n; i++, w->number++) {
		struct seen_frame s = { w->number, *f, i, n };
		if (w->out && w->number >= w->first && w->number - w->first < w->count && !vec_push(w->out, s))
			return false;
	}
	return true;
}

uint32_t seen_frames_get(const struct ctx *c, uint32_t first, uint32_t count, seen_frames *out)
{
	struct counter w = { .out = out, .first = first, .count = count };

	*out = (seen_frames){ 0 };
	frame_each(c, note_frame, &w);
	return w.number;
}

bool seen_frame_at(const struct ctx *c, uint32_t number, struct seen_frame *out)
{
	seen_frames found;

	seen_frames_get(c, number, 1, &found);
	bool is = found.count > 0;
	if (is)
		*out = found.data[0];
	vec_free(&found);
	return is;
}

struct search {
	struct counter counter;
	uint32_t level;
};

static bool count_above(void *user, const struct frame *f)
{
	struct search *s = user;

	return f->level < s->level && note_frame(&s->counter, f);
}

uint32_t seen_frame_number(const struct ctx *c, uint32_t level, uint32_t call)
{
	struct search s = { .level = level };

	frame_each(c, count_above, &s);
	return s.counter.number + call;
}

/* ---- what it is ------------------------------------------------------------------------------ */

static bool call_of(const struct seen_frame *s, struct dwarf_call *out)
{
	struct dwarf_call calls[DWARF_CALLS];

	if (s->ncalls < 2 || s->call >= position_inlined(s->f.inst->module, s->f.offset, calls))
		return false;
	*out = calls[s->call];
	return true;
}

void seen_frame_position(const struct seen_frame *s, struct position *out)
{
	struct dwarf_call call;

	position_of(s->f.inst->module, s->f.offset, out);
	if (!call_of(s, &call))
		return;
	out->has_line = out->source = call.line != 0;
	out->path = dwarf_file(dwarf_of(s->f.inst->module), call.file);
	out->file = position_call_file(s->f.inst->module, &call);
	out->line = call.line;
	out->column = call.column;
}

void seen_frame_name(const struct seen_frame *s, struct buf *out)
{
	struct dwarf_call call;

	if (call_of(s, &call))
		dwarf_print_name(dwarf_of(s->f.inst->module), call.entry, out);
}

static void put_inlined(const struct ctx *c, const struct seen_frame *s, struct buf *out)
{
	struct eval_scope sc = variable_scope((struct ctx *)c, &s->f);

	seen_frame_name(s, out);
	buf_puts(out, " (");
	variables_print_args(&sc, s->call, out);
	buf_puts(out, ") inlined");
}

void seen_frame_print(const struct ctx *c, const struct seen_frame *s, struct buf *out)
{
	const struct frame *f = &s->f;
	struct position at;

	if (f->host || !f->inst) {
		buf_puts(out, "host function ");
		if (f->func)
			inspect_func(f->func, out);
		return;
	}
	if (seen_frame_inlined(s)) {
		put_inlined(c, s, out);
	} else {
		inspect_func(f->func, out);
		buf_puts(out, " (");
		inspect_args(c, f, out);
		buf_putc(out, ')');
	}
	seen_frame_position(s, &at);
	if (!at.has_line)
		return;
	buf_puts(out, " at ");
	buf_escaped(out, at.file, strlen(at.file), false);
	buf_printf(out, ":%u", at.line);
	if (at.column)
		buf_printf(out, ":%u", at.column);
}
