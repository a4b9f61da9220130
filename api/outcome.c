/* How a call ended: trap, exception, exit status, frames, and all of it as text; see wrench.h. */
#include <stdio.h>

#include "api/impl.h"
#include "engine/base/buf.h"
#include "engine/base/source.h"
#include "engine/exn.h"
#include "engine/stack.h"
#include "wat/text_map.h"

static const struct { enum wr_outcome out; const char *name, *words; } outcomes[OUT_COUNT] = {
	[OUT_DONE] = { WR_DONE, "done", "finished" },
	[OUT_TRAP] = { WR_TRAPPED, "trapped", "trap" },
	[OUT_EXCEPTION] = { WR_EXCEPTION, "exception", "uncaught exception" },
	[OUT_EXIT] = { WR_EXITED, "exited", "exited" },
	[OUT_KILLED] = { WR_INTERRUPTED, "interrupted", "interrupted" },
	[OUT_FUEL] = { WR_OUT_OF_FUEL, "out-of-fuel", "out of fuel" },
	[OUT_TIMEOUT] = { WR_TIMEOUT, "timeout", "the time is up" },
	[OUT_INTERRUPT] = { WR_INTERRUPTED, "interrupted", "interrupted" },
	[OUT_STOP] = { WR_ERROR, "error", "nothing was run" },
};

enum wr_outcome outcome_out(enum outcome how)
{
	return outcomes[how].out;
}

static int row_of(enum wr_outcome how)
{
	for (int i = 0; i < OUT_COUNT; i++)
		if (outcomes[i].out == how)
			return i;
	return -1;
}

const char *wr_outcome_name(enum wr_outcome how)
{
	int row = row_of(how);

	return row < 0 ? "?" : outcomes[row].name;
}

/* ---- frames ---------------------------------------------------------------------------------- */

static void put_name(struct wr_frame *out, const struct func *f)
{
	struct buf b = { 0 };

	if (!f->inst)
		buf_printf(&b, "%s%s%s", f->host_module ? f->host_module : "", f->host_module && f->host_name ? "." : "",
			f->host_name ? f->host_name : "");
	else
		module_func_label(f->inst->module, f->index, &b);
	snprintf(out->name, sizeof out->name, "%s", buf_str(&b));
	buf_free(&b);
}

static struct wr_frame frame_out(const struct frame *f)
{
	struct wr_frame out = { .func = func_out(f->func), .host = f->host };
	struct place at;

	put_name(&out, f->func);
	if (f->host)
		return out;
	const struct module *m = f->inst->module;
	out.func_index = f->func->index;
	out.offset = f->offset;
	out.file = m->source->name;
	if (m->text && m->text_map && text_map_find(m->text_map, f->offset, &at))
		source_position(m->text, at.start, &out.line, &out.column);
	return out;
}

/*
 * What ends several calls, one after the other, keeps the frames of the innermost: those of the others are among them. An
 * exception that a guest caught meanwhile ends nothing more.
 */
void outcome_trace(struct ctx *c, enum outcome how)
{
	const void *exn = how == OUT_EXCEPTION ? c->exception : NULL;
	struct wr_store *st = c->user;
	struct frame f;

	if (how == OUT_EXIT || (st->traced && st->traced_exn == exn))
		return;
	st->traced = true;
	st->traced_exn = exn;
	for (st->nframes = 0; st->nframes < API_FRAMES && frame_at(c, st->nframes, &f) && f.func; st->nframes++)
		st->frames[st->nframes] = frame_out(&f);
}

uint32_t wr_store_frame_count(const struct wr_store *store)
{
	return store ? store->nframes : 0;
}

bool wr_store_frame(const struct wr_store *store, uint32_t level, struct wr_frame *out)
{
	if (!out || level >= wr_store_frame_count(store))
		return false;
	*out = store->frames[level];
	return true;
}

/* ---- details --------------------------------------------------------------------------------- */

bool wr_store_trap(const struct wr_store *store, struct wr_trap *out)
{
	if (!store || !out || !store->trapped)
		return false;
	const struct trap_info *t = &store->trap;
	*out = (struct wr_trap){ .code = trap_name(t->kind), .words = trap_words(t->kind), .memory = memory_out(t->memory),
		.address = t->address, .size = t->size, .table = table_out(t->table), .index = t->index };
	snprintf(out->message, sizeof out->message, "%s", t->message);
	return true;
}

int wr_store_exit_status(const struct wr_store *store)
{
	return store ? store->ctx->exit_status : 0;
}

static const struct exn *exception_of(const struct wr_store *st)
{
	return st ? st->ctx->exception : NULL;
}

const struct wr_tag *wr_store_exception(const struct wr_store *store)
{
	const struct exn *x = exception_of(store);

	return x ? tag_out(x->tag) : NULL;
}

uint32_t wr_store_exception_length(const struct wr_store *store)
{
	const struct exn *x = exception_of(store);

	return x ? x->tag->type->nparams : 0;
}

bool wr_store_exception_value(const struct wr_store *store, uint32_t index, struct wr_value *out)
{
	const struct exn *x = exception_of(store);
	uint32_t at = 0;

	if (!x || !out || index >= x->tag->type->nparams)
		return false;
	const valtype *types = x->tag->type->params;
	for (uint32_t i = 0; i < index; i++)
		at += vt_slots(types[i]);
	values_from_slots(&types[index], 1, &x->payload[at], out);
	return true;
}

/* ---- as text --------------------------------------------------------------------------------- */

static void print_trap(const struct wr_store *st, struct buf *b)
{
	const struct trap_info *t = &st->trap;

	buf_printf(b, "trap: %s", trap_words(t->kind));
	if (t->message[0])
		buf_printf(b, ": %s", t->message);
	else if (t->memory)
		buf_printf(b, ": %llu bytes at %llu, the memory has %llu", (unsigned long long)t->size,
			(unsigned long long)t->address, (unsigned long long)atomic_load(&t->memory->size));
	buf_putc(b, '\n');
}

static void print_exception(const struct wr_store *st, struct buf *b)
{
	struct wr_value v;
	char text[64];

	buf_puts(b, "uncaught exception:");
	for (uint32_t i = 0; wr_store_exception_value(st, i, &v); i++) {
		wr_value_print(st, v, text, sizeof text);
		buf_printf(b, " %s", text);
	}
	buf_putc(b, '\n');
}

static void print_frames(const struct wr_store *st, struct buf *b)
{
	for (uint32_t i = 0; i < st->nframes; i++) {
		const struct wr_frame *f = &st->frames[i];
		buf_printf(b, "  #%u %s", i, f->name[0] ? f->name : "(host)");
		if (f->host)
			buf_puts(b, " (host)\n");
		else if (f->line)
			buf_printf(b, " at %s:%u:%u\n", f->file, f->line, f->column);
		else
			buf_printf(b, " at %s:0x%x\n", f->file, f->offset);
	}
}

size_t wr_store_describe(const struct wr_store *store, enum wr_outcome how, char *out, size_t size)
{
	struct buf b = { 0 };
	int row = row_of(how);

	if (store && how == WR_TRAPPED && store->trapped)
		print_trap(store, &b);
	else if (store && how == WR_EXCEPTION)
		print_exception(store, &b);
	else if (store && how == WR_EXITED)
		buf_printf(&b, "exited with status %d\n", store->ctx->exit_status);
	else
		buf_printf(&b, "%s\n", row < 0 ? "?" : outcomes[row].words);
	if (store && how != WR_DONE && how != WR_ERROR && how != WR_EXITED)
		print_frames(store, &b);
	return text_out(&b, out, size);
}
