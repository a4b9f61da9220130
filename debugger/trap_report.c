/* Trap reports and backtraces; see trap_report.h. */
#include "debugger/trap_report.h"

#include <inttypes.h>
#include <string.h>

#include "debugger/dwarf.h"
#include "debugger/foresee.h"
#include "debugger/inspect.h"
#include "debugger/position.h"
#include "debugger/seen_frame.h"
#include "debugger/site.h"
#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/module.h"
#include "engine/regir/code.h"
#include "wat/disasm.h"

enum { SHOW_FIRST = 12, SHOW_LAST = 3 };

/* ---- backtrace ------------------------------------------------------------------------------- */

static size_t width(const struct buf *b, size_t from)
{
	size_t n = 0;

	for (size_t i = from; i < b->size; i++)
		n += ((unsigned char)b->data[i] & 0xc0) != 0x80;
	return n;
}

void backtrace_print(struct ctx *c, uint32_t first, uint32_t count, unsigned indent, struct buf *out)
{
	seen_frames frames;
	struct buf line = { 0 };
	size_t widest = 0;

	seen_frames_get(c, first, count, &frames);
	for (size_t i = 0; i < frames.count; i++) {
		buf_reset(&line);
		buf_printf(&line, "#%u ", frames.data[i].number);
		seen_frame_print(c, &frames.data[i], &line);
		size_t w = width(&line, 0);
		widest = w > widest ? w : widest;
	}
	for (size_t i = 0; i < frames.count; i++) {
		const struct frame *f = &frames.data[i].f;
		buf_reset(&line);
		buf_printf(&line, "#%u ", frames.data[i].number);
		seen_frame_print(c, &frames.data[i], &line);
		buf_fill(out, ' ', indent);
		buf_put(out, buf_str(&line), line.size);
		if (f->inst && !f->host && !seen_frame_inlined(&frames.data[i])) {
			buf_fill(out, ' ', widest - width(&line, 0) + 4);
			buf_printf(out, "@0x%x", f->offset);
		}
		buf_putc(out, '\n');
	}
	buf_free(&line);
	vec_free(&frames);
}

static void print_frames(struct ctx *c, struct buf *out)
{
	seen_frames none;
	uint32_t n = seen_frames_get(c, 0, 0, &none);

	if (n <= SHOW_FIRST + SHOW_LAST) {
		backtrace_print(c, 0, n, 2, out);
		return;
	}
	backtrace_print(c, 0, SHOW_FIRST, 2, out);
	buf_printf(out, "  … %u more\n", n - SHOW_FIRST - SHOW_LAST);
	backtrace_print(c, n - SHOW_LAST, SHOW_LAST, 2, out);
}

/* ---- the place ------------------------------------------------------------------------------- */

static struct body *listed_body(const struct frame *f, const struct body *runs, struct err *e)
{
	const struct module *m = f->inst->module;
	bool fuse = runs && runs->kind != BODY_PLAIN ? runs->fused : !f->inst->store->no_fuse;
	struct body *b = code_body(m, f->func->index, BODY_FAST, f->inst->code_mode, fuse, e);

	if (b)
		return b;
	err_clear(e);
	return code_body(m, f->func->index, BODY_PLAIN, f->inst->code_mode, fuse, e);
}

bool frame_cell(const struct frame *f, uint32_t *number, struct body **body, uint32_t *at)
{
	struct err e = { 0 };
	uint32_t here;
	struct body *runs = inspect_body(f, &here), *b = f->inst && !f->host ? listed_body(f, runs, &e) : NULL;
	const struct body_map *map = b ? body_map(b, &e) : NULL;
	const struct map_row *row;

	if (!map)
		return false;
	row = body_map_offset(map, f->offset);
	if (!row)
		return false;
	*at = row->at;
	*body = b;
	*number = body_cell_number(b, *at);
	return true;
}

static void print_place(const struct frame *f, const struct instr *in, struct buf *out)
{
	const struct module *m = f->inst->module;
	struct position at;
	struct body *b;
	uint32_t number, cell;

	buf_puts(out, "    ");
	disasm_text(m, in, out);
	buf_puts(out, " in ");
	inspect_func(f->func, out);
	position_of(m, f->offset, &at);
	if (at.has_line) {
		buf_puts(out, " at ");
		position_print(m, f->offset, out);
	}
	buf_printf(out, " (@0x%x", f->offset);
	if (frame_cell(f, &number, &b, &cell))
		buf_printf(out, ", i:%u.%u", f->func->index, number);
	buf_puts(out, ")\n");
}

/* ---- operands -------------------------------------------------------------------------------- */

/* Which operand is the address: the values above it, by the instruction. -1: no memory access. */
static int above_address(enum op op)
{
	switch (op_info[op].lower) {
	case LOWER_LOAD:
		return 0;
	case LOWER_STORE:
		return 1;
	default:
		break;
	}
	if (op_info[op].imm != IMM_MEMARG && op_info[op].imm != IMM_MEMARG_LANE)
		return -1;
	return op_info[op].nparams ? op_info[op].nparams - 1 : -1;
}

static void print_operand(const struct ctx *c, const struct operand *o, struct buf *out)
{
	value_print(o->value, c->store, out);
	if (o->from[0])
		buf_printf(out, " (%s)", o->from);
}

static void print_size(const struct memory *m, struct buf *out)
{
	uint64_t size = atomic_load(&m->size);

	buf_printf(out, "%" PRIu64 " bytes (%" PRIu64 " page%s)", size, m->pages, m->pages == 1 ? "" : "s");
}

static void print_memory(const struct ctx *c, const struct frame *f, const struct site *at, const struct operand *ops,
	uint32_t n, struct buf *out)
{
	const struct trap_info *t = &c->trap;
	int above = above_address(at->op);
	uint64_t size = t->memory ? atomic_load(&t->memory->size) : 0, end = t->address + t->size, over = end - size;

	if (!t->memory)
		return;
	buf_printf(out, "    address %" PRIu64, t->address);
	if (above >= 0 && (uint32_t)above < n) {
		const struct operand *a = &ops[n - 1 - (uint32_t)above];
		uint64_t base = a->value.lo;
		buf_printf(out, " = %" PRIu64, base);
		if (a->from[0])
			buf_printf(out, " (%s)", a->from);
		if (at->mem_offset)
			buf_printf(out, " + %" PRIu64, at->mem_offset);
	}
	buf_printf(out, "; %" PRIu64 " byte%s end%s at %" PRIu64 "; memory %u has ", t->size, t->size == 1 ? "" : "s",
		t->size == 1 ? "s" : "", end, at->memory);
	print_size(t->memory, out);
	if (end >= t->address && end > size)
		buf_printf(out, ": %" PRIu64 " byte%s too far", over, over == 1 ? "" : "s");
	buf_putc(out, '\n');
}

/* The table that an instruction looks into with its last or last but one operand; NULL: none. */
static const struct table *table_of(const struct frame *f, const struct site *at)
{
	if (at->op == OP_CALL_INDIRECT || at->op == OP_RETURN_CALL_INDIRECT)
		return f->inst->tables[at->index2];
	return at->op == OP_TABLE_GET || at->op == OP_TABLE_SET ? f->inst->tables[at->index] : NULL;
}

static void print_table(const struct ctx *c, const struct frame *f, const struct site *at, const struct operand *ops,
	uint32_t n, struct buf *out)
{
	const struct table *t = table_of(f, at);
	const struct operand *index = &ops[n - 1 - (at->op == OP_TABLE_SET && n > 1)];

	buf_printf(out, "    index %" PRIu64, index->value.lo);
	if (index->from[0])
		buf_printf(out, " (%s)", index->from);
	buf_printf(out, "; table %u has %" PRIu64 " element%s", op_calls(at->op) || op_tail_calls(at->op) ? at->index2 : at->index,
		t->size, t->size == 1 ? "" : "s");
	if (c->trap.kind == TRAP_UNINIT_ELEMENT)
		buf_puts(out, ", and this one is null");
	if (c->trap.kind == TRAP_CALL_TYPE && index->value.lo < t->size && t->elems[index->value.lo]) {
		const struct func *found = (const struct func *)(uintptr_t)t->elems[index->value.lo];
		struct type_names names = { module_type_name, (void *)f->inst->module };
		buf_puts(out, ", and this one is ");
		inspect_func(found, out);
		buf_puts(out, " : ");
		deftype_print(found->type, &names, out);
		buf_puts(out, "; expected ");
		deftype_print(f->inst->module->types[at->index], &names, out);
	}
	buf_putc(out, '\n');
}

static const char *operator_sign(enum op op)
{
	switch (op) {
	case OP_I32_DIV_S:
	case OP_I32_DIV_U:
	case OP_I64_DIV_S:
	case OP_I64_DIV_U:
		return "/";
	case OP_I32_REM_S:
	case OP_I32_REM_U:
	case OP_I64_REM_S:
	case OP_I64_REM_U:
		return "%";
	default:
		return ",";
	}
}

static void print_numbers(const struct ctx *c, const struct site *at, const struct operand *ops, uint32_t n,
	struct buf *out)
{
	if (!n)
		return;
	buf_puts(out, "    ");
	for (uint32_t i = 0; i < n; i++) {
		if (i)
			buf_printf(out, " %s ", operator_sign(at->op));
		print_operand(c, &ops[i], out);
	}
	if (c->trap.kind == TRAP_INT_OVERFLOW)
		buf_printf(out, " does not fit %.3s", op_info[at->op].text);
	if (c->trap.kind == TRAP_BAD_CONVERSION)
		buf_puts(out, " is not a number");
	buf_putc(out, '\n');
}

static void print_stack_use(const struct ctx *c, struct buf *out)
{
	buf_printf(out, "    %u frames in %zu KiB of stack; --max-stack sets the limit\n", frame_count(c),
		(size_t)((const char *)c->limit - (const char *)c->stack) / 1024);
}

static void print_operands(struct ctx *c, const struct frame *f, const struct site *at, struct arena *a, struct buf *out)
{
	struct err e = { 0 };
	struct operand *ops = NULL;
	uint32_t n = 0;

	if (c->trap.kind == TRAP_STACK) {
		print_stack_use(c, out);
		return;
	}
	inspect_operands(c, f, foresee_operands(f, at), a, &ops, &n, &e);
	if (c->trap.kind == TRAP_MEMORY_BOUNDS)
		print_memory(c, f, at, ops, n, out);
	else if (table_of(f, at) && n)
		print_table(c, f, at, ops, n, out);
	else if (!op_calls(at->op) && !op_tail_calls(at->op))
		print_numbers(c, at, ops, n, out);
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* The innermost frame with instructions: a host function may lie above it. */
static bool guest_frame(const struct ctx *c, struct frame *f)
{
	for (uint32_t i = 0; frame_at(c, i, f); i++)
		if (f->inst && !f->host)
			return true;
	return false;
}

void trap_report_print(struct ctx *c, struct arena *a, struct buf *out)
{
	struct err e = { 0 };
	struct frame f;
	struct site at;
	struct instr in;

	buf_printf(out, "trap: %s", trap_words(c->trap.kind));
	if (c->trap.message[0])
		buf_printf(out, ": %s", c->trap.message);
	buf_putc(out, '\n');
	if (!guest_frame(c, &f))
		return;
	if (site_at(f.inst->module, f.func->index, f.offset, &at, &e) &&
			disasm_at(f.inst->module, f.func->index, f.offset, &in, &e)) {
		print_place(&f, &in, out);
		if (f.level == 0)
			print_operands(c, &f, &at, a, out);
	}
	print_frames(c, out);
}
