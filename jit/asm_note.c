/* What an instruction of compiled code has to do with. */
#include "jit/asm_note.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/ctx.h"
#include "engine/names.h"
#include "engine/regir/code.h"
#include "engine/regir/interp.h"
#include "jit/listing.h"

/* ---- what has a name -------------------------------------------------------------------------------- */

static const struct {
	size_t at;
	const char *name;
} fields[] = {
#define FIELD(x) { offsetof(struct ctx, x), #x },
	FIELD(leave) FIELD(mem0) FIELD(mem0_size) FIELD(inst) FIELD(limit) FIELD(fuel) FIELD(pc) FIELD(fp) FIELD(plain)
	FIELD(at_return) FIELD(native_sp) FIELD(native_limit) FIELD(enter_limit) FIELD(gc_at) FIELD(gc_end) FIELD(gc_base)
	FIELD(gc_layouts)
#undef FIELD
};

static const struct {
	const void *address;
	const char *name;
} pieces[] = {
	{ native_interp, "native_interp" }, { native_refused, "native_refused" }, { native_exit, "native_exit" }, { native_by_entry, "native_by_entry" },
	{ native_across, "native_across" }, { native_return_slow, "native_return_slow" },
};

static const struct {
	slow_fn *function;
	const char *name;
} helpers[] = {
#define SLOW(id, fn)      { fn, #fn },
#define SLOW_EXT(id, fn)  { fn, #fn },
#define SLOW_GC(id, fn)   { fn, #fn },
#define SLOW_WAIT(id, fn) { fn, #fn },
#include "engine/regir/slow.def"
};

static const char *piece_name(uint64_t v)
{
	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
		if (v == (uint64_t)(uintptr_t)pieces[i].address)
			return pieces[i].name;
	for (size_t i = 0; i < sizeof helpers / sizeof *helpers; i++)
		if (v == (uint64_t)(uintptr_t)helpers[i].function)
			return helpers[i].name;
	return NULL;
}

const char *asm_helper_name(const void *function)
{
	return piece_name((uint64_t)(uintptr_t)function);
}

static bool within(uint64_t v, const void *from, uint64_t bytes)
{
	return v - (uint64_t)(uintptr_t)from < bytes;
}

/* An address: of a function, a cell of the body, a return cell or thunk of the code. */
static bool note_address(const struct listing *l, uint64_t v, struct buf *out)
{
	const struct native_code *n = l->code == l->out.code ? NULL : l->body->native;
	const struct cell *cells = n ? n->cells : l->out.cells;
	const uint32_t *cell_at = n ? n->cell_at : l->out.cell_at;
	uint32_t ncells = n ? n->ncells : l->out.ncells;
	const char *name = piece_name(v);

	const struct module *m = l->body->module;
	const void *const *inner = tier_inner_slots(l->body);
	if (name) {
		buf_puts(out, name);
	} else if (inner && within(v, inner, (m->nfuncs - m->nimported_funcs) * sizeof *inner)) {
		buf_puts(out, "entry of ");
		module_func_label(m, m->nimported_funcs + (uint32_t)((v - (uint64_t)(uintptr_t)inner) / sizeof *inner), out);
	} else if (within(v, l->body->cells, l->body->size)) {
		buf_printf(out, "i:%u.%u", l->body->func,
			body_cell_number(l->body, (uint32_t)(v - (uint64_t)(uintptr_t)l->body->cells)));
	} else if (ncells && within(v, cells, ncells * sizeof *cells)) {
		size_t i = (v - (uint64_t)(uintptr_t)cells) / sizeof *cells;
		if (cells[i].op == (uint32_t)(uintptr_t)h_NATIVE_RETURN || cells[i].op == (uint32_t)(uintptr_t)h_NATIVE_LANDING)
			buf_printf(out, "return to i:%u.%u", l->body->func, body_cell_number(l->body, cell_at[i]));
		else
			buf_printf(out, "thunk of i:%u.%u", l->body->func, body_cell_number(l->body, cell_at[i]));
	} else {
		return false;
	}
	return true;
}

/* ---- reading the text --------------------------------------------------------------------------------- */

/* "[rbp+0x10]", "[x19, #16]", "[rbp]": the displacement from register NAME. False: the text has no such operand. */
static bool displacement(const char *text, const char *name, long *at)
{
	const char *open = strchr(text, '[');
	size_t n = strlen(name);

	if (!open || strncmp(open + 1, name, n) != 0)
		return false;
	const char *p = open + 1 + n;
	*at = 0;
	if (*p == ']')
		return true;
	if (strncmp(p, ", #", 3) == 0)
		p += 3;
	else if (*p != '+' && *p != '-')
		return false;
	char *end;
	*at = strtol(p, &end, 0);
	return end != p && *end == ']';
}

static bool note_field(const char *text, const char *ctx, struct buf *out)
{
	long at;

	if (!displacement(text, ctx, &at))
		return false;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (fields[i].at == (size_t)at) {
			buf_printf(out, "ctx.%s", fields[i].name);
			return true;
		}
	return false;
}

static bool note_slot(const struct listing *l, const char *text, const char *fp, struct buf *out)
{
	static const char *const header[] = { "func", "ret", "caller" };
	const struct body *b = l->body;
	long at;

	if (!displacement(text, fp, &at) || at < 0 || (uint32_t)at >= b->frame)
		return false;
	if ((uint32_t)at >= b->header && (uint32_t)at < b->header + 24)
		buf_printf(out, "header.%s", header[((uint32_t)at - b->header) / 8]);
	else
		body_print_slot(b, at, out);
	return true;
}

void asm_note(const struct listing *l, const char *text, struct buf *out)
{
	bool x64 = l->machine == MACHINE_X64;

	if (note_slot(l, text, x64 ? "rbp" : "x19", out) || note_field(text, x64 ? "r15" : "x20", out))
		return;
	for (const char *p = strstr(text, "0x"); p; p = strstr(p + 2, "0x")) {
		uint64_t v = strtoull(p, NULL, 16);
		if (v > 0xffff && note_address(l, v, out))
			return;
	}
}
