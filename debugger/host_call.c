/* Calls of the host in words; see host_call.h. */
#include "debugger/host_call.h"

#include <inttypes.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/module.h"
#include "engine/wasi/wasi.h"
#include "wat/disasm.h"

enum { BYTES_SHOWN = 48, BUFFERS_SHOWN = 4, IOVEC = 8 };

/* ---- which call ------------------------------------------------------------------------------ */

static bool fail_no_call(struct err *e)
{
	return err_set(e, E_USAGE, place_none(), "the guest is not about to call a host function");
}

/* The callee, and how many operands lie above its arguments. */
static struct func *callee(const struct frame *f, const struct instr *in, const struct value *v, uint32_t n, uint32_t *above)
{
	*above = 0;
	switch (in->op) {
	case OP_CALL:
	case OP_RETURN_CALL:
		return f->inst->funcs[in->index];
	case OP_CALL_INDIRECT:
	case OP_RETURN_CALL_INDIRECT: {
		const struct table *t = f->inst->tables[in->index2];
		*above = 1;
		return n && v[n - 1].lo < t->size ? (struct func *)(uintptr_t)t->elems[v[n - 1].lo] : NULL;
	}
	case OP_CALL_REF:
	case OP_RETURN_CALL_REF:
		*above = 1;
		return n ? (struct func *)(uintptr_t)v[n - 1].lo : NULL;
	default:
		return NULL;
	}
}

bool host_call_at(struct ctx *c, const struct frame *f, struct host_call *out, struct arena *a, struct err *e)
{
	struct value *v;
	struct instr in;
	uint32_t n, above;

	if (f->host || !f->inst)
		return fail_no_call(e);
	if (!disasm_at(f->inst->module, f->func->index, f->offset, &in, e) || !frame_stack(c, f, &v, &n, a, e))
		return false;
	struct func *to = callee(f, &in, v, n, &above);
	if (!to || to->inst || n < above + to->type->nparams)
		return fail_no_call(e);
	*out = (struct host_call){ to, v + (n - above - to->type->nparams), f->inst->module->nmemories ? f->inst->memories[0] : NULL };
	return true;
}

/* ---- WASI's arguments ------------------------------------------------------------------------ */

/* Words of the bits of an argument; FUNC: only of functions that begin so. */
static const struct { const char *func, *arg, *bits[6]; } flag_words[] = {
	{ "", "oflags", { "CREAT", "DIRECTORY", "EXCL", "TRUNC" } },
	{ "", "lookup", { "SYMLINK_FOLLOW" } },
	{ "sock_recv", "flags", { "PEEK", "WAITALL" } },
	{ "fd_filestat_set_times", "flags", { "ATIM", "ATIM_NOW", "MTIM", "MTIM_NOW" } },
	{ "path_filestat_set_times", "flags", { "ATIM", "ATIM_NOW", "MTIM", "MTIM_NOW" } },
	{ "sock_shutdown", "how", { "RD", "WR" } },
	{ "fd_fdstat_set_flags", "flags", { "APPEND", "DSYNC", "NONBLOCK", "RSYNC", "SYNC" } },
	{ "path_open", "flags", { "APPEND", "DSYNC", "NONBLOCK", "RSYNC", "SYNC" } },
	{ "sock_accept", "flags", { "APPEND", "DSYNC", "NONBLOCK", "RSYNC", "SYNC" } },
};

static void put_flags(const char *func, struct str arg, uint64_t v, struct buf *out)
{
	const char *sep = "";

	for (size_t i = 0; i < sizeof flag_words / sizeof *flag_words; i++) {
		if (!str_is(arg, flag_words[i].arg) || strncmp(func, flag_words[i].func, strlen(flag_words[i].func)) != 0)
			continue;
		for (uint32_t b = 0; b < 6 && flag_words[i].bits[b]; b++)
			if (v >> b & 1) {
				buf_printf(out, "%s%s", sep, flag_words[i].bits[b]);
				sep = "|";
				v &= ~(UINT64_C(1) << b);
			}
		break;
	}
	if (v || !*sep)
		buf_printf(out, "%s%s%" PRIx64, sep, v ? "0x" : "", v);
}

static bool inside(const struct host_call *k, uint64_t at, uint64_t size)
{
	return k->memory && memory_range(k->memory, at, size);
}

static void put_bytes(const struct host_call *k, uint64_t at, uint64_t size, struct buf *out)
{
	uint64_t n = size < BYTES_SHOWN ? size : BYTES_SHOWN;

	if (!inside(k, at, size)) {
		buf_printf(out, "%" PRIu64 " bytes at 0x%" PRIx64 ", outside of the memory", size, at);
		return;
	}
	buf_json(out, (const char *)k->memory->base + at, n);
	if (n < size)
		buf_printf(out, "… (%" PRIu64 " bytes)", size);
}

static uint32_t word_at(const struct host_call *k, uint64_t at)
{
	const uint8_t *p = k->memory->base + at;

	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* COUNT pairs of address and length; contents where they are given to the host. */
static void put_buffers(const struct host_call *k, bool given, uint64_t at, uint64_t count, struct buf *out)
{
	if (!inside(k, at, count * IOVEC)) {
		buf_printf(out, "%" PRIu64 " buffers listed at 0x%" PRIx64 ", outside of the memory", count, at);
		return;
	}
	buf_putc(out, '[');
	for (uint64_t i = 0; i < count && i < BUFFERS_SHOWN; i++) {
		uint32_t buffer = word_at(k, at + i * IOVEC), size = word_at(k, at + i * IOVEC + 4);
		buf_puts(out, i ? ", " : "");
		if (given)
			put_bytes(k, buffer, size, out);
		else
			buf_printf(out, "%u bytes at 0x%x", size, buffer);
	}
	buf_puts(out, count > BUFFERS_SHOWN ? ", …]" : "]");
}

static void put_fd(uint64_t fd, struct buf *out)
{
	static const char *const names[] = { "stdin", "stdout", "stderr" };

	buf_printf(out, "%" PRIu64, fd);
	if (fd < 3)
		buf_printf(out, " (%s)", names[fd]);
}

static void put_word(const char *const *words, uint32_t n, uint64_t v, struct buf *out)
{
	if (v < n)
		buf_puts(out, words[v]);
	else
		buf_printf(out, "%" PRIu64, v);
}

/* One argument of a wasi.def row: its name and kind, and the first of its parameters. */
struct wasi_arg {
	struct str name, kind;
	uint32_t at;
};

static bool wasi_arg(const char *spec, uint32_t want, struct wasi_arg *out)
{
	uint32_t at = 0;

	for (uint32_t i = 0; *spec; i++) {
		size_t n = strcspn(spec, " "), colon = strcspn(spec, ": ");
		out->name = (struct str){ spec, colon };
		out->kind = colon < n ? (struct str){ spec + colon + 1, n - colon - 1 } : (struct str){ spec, 0 };
		out->at = at;
		if (i == want)
			return true;
		at += str_is(out->kind, "str") || str_is(out->kind, "vec") ? 2 : 1;
		spec += n + (spec[n] == ' ');
	}
	return false;
}

static void put_wasi(const struct host_call *k, const struct wasi_row *row, const struct wasi_arg *a, struct buf *out)
{
	static const char *const clocks[] = { "REALTIME", "MONOTONIC", "PROCESS_CPUTIME", "THREAD_CPUTIME" };
	static const char *const whence[] = { "SET", "CUR", "END" };
	uint64_t v = k->args[a->at].lo, next = k->args[a->at + (a->at + 1 < k->func->type->nparams)].lo;
	bool given = strcmp(row->name, "fd_write") == 0 || strcmp(row->name, "fd_pwrite") == 0 || strcmp(row->name, "sock_send") == 0;

	if (str_is(a->kind, "str"))
		put_bytes(k, v, next, out);
	else if (str_is(a->kind, "vec"))
		put_buffers(k, given, v, next, out);
	else if (str_is(a->kind, "fd"))
		put_fd(v, out);
	else if (str_is(a->kind, "flags"))
		put_flags(row->name, a->name, v, out);
	else if (str_is(a->kind, "clock"))
		put_word(clocks, 4, v, out);
	else if (str_is(a->kind, "ptr"))
		buf_printf(out, "0x%" PRIx64, v);
	else if (str_is(a->name, "whence"))
		put_word(whence, 3, v, out);
	else
		buf_printf(out, "%" PRId64, k->func->type->params[a->at] == VT_I32 ? (int64_t)(int32_t)v : (int64_t)v);
}

uint32_t host_call_args(const struct host_call *k)
{
	const struct wasi_row *row = wasi_row_of(k->func);
	struct wasi_arg a;
	uint32_t n = 0;

	if (!row)
		return k->func->type->nparams;
	while (wasi_arg(row->args, n, &a))
		n++;
	return n;
}

void host_call_arg(const struct host_call *k, uint32_t i, const struct store *s, struct buf *name, struct buf *text)
{
	const struct wasi_row *row = wasi_row_of(k->func);
	struct wasi_arg a;

	if (row && wasi_arg(row->args, i, &a)) {
		buf_put(name, a.name.p, a.name.n);
		put_wasi(k, row, &a, text);
	} else {
		value_print(k->args[i], s, text);
	}
}
