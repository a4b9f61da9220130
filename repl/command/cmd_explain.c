/* Commands: explain. An instruction in words: the one that is about to run with its operands, or any by name. */
#include "debugger/foresee.h"
#include "debugger/trap_report.h"
#include "engine/base/buf.h"
#include "repl/command/debug.h"
#include "wat/disasm.h"
#include "wat/explain.h"

/* ---- pieces ---------------------------------------------------------------------------------- */

static void print_instruction(const struct frame *f, const struct site *at, struct buf *out)
{
	struct err e = { 0 };
	struct instr in;

	if (disasm_at(f->inst->module, f->func->index, f->offset, &in, &e))
		disasm_text(f->inst->module, &in, out);
	buf_printf(out, ": %s\n", op_info[at->op].help);
}

static void print_operands(const struct session *s, const struct operand *ops, uint32_t n, struct buf *out)
{
	if (!n)
		return;
	buf_puts(out, n == 1 ? "  operand  " : "  operands ");
	for (uint32_t i = 0; i < n; i++) {
		buf_puts(out, i ? ", " : "");
		value_print(ops[i].value, s->store, out);
		if (ops[i].from[0])
			buf_printf(out, " (%s)", ops[i].from);
	}
	buf_putc(out, '\n');
}

static void print_effect(struct session *s, const struct frame *f, const struct site *at, const struct operand *ops, uint32_t n,
	struct result *r)
{
	struct buf effect = { 0 };

	foresee_print(s->ctx, f, at, ops, n, &effect);
	if (effect.size) {
		buf_printf(&r->text, "  effect   %s\n", buf_str(&effect));
		node_str(r, r->root, "effect", str_of_buf(&effect));
	}
	buf_free(&effect);
}

static void print_cell(const struct frame *f, struct result *r)
{
	struct err e = { 0 };
	uint32_t number, at;
	struct body *b;

	if (!frame_cell(f, &number, &b, &at))
		return;
	const struct body_map *map = body_map(b, &e);
	const struct map_row *row = map ? body_map_at(map, at) : NULL;
	buf_printf(&r->text, "  regir    i:%u.%u  ", f->func->index, number);
	body_print_cell(b, at, &r->text);
	if (row && row->count > 1)
		buf_printf(&r->text, "    (%u Wasm instructions in one)", row->count);
	buf_putc(&r->text, '\n');
}

/* ---- explain --------------------------------------------------------------------------------- */

static bool explain_here(struct session *s, struct result *r, struct err *e)
{
	struct operand *ops;
	struct frame f;
	struct site at;
	uint32_t n;

	if (!debug_wasm_frame(s, &f, e) || !site_at(f.inst->module, f.func->index, f.offset, &at, e) ||
			!inspect_operands(s->ctx, &f, foresee_operands(&f, &at), &r->arena, &ops, &n, e))
		return false;
	node_str(r, r->root, "instruction", str_of(op_info[at.op].text));
	node_str(r, r->root, "explanation", str_of(op_info[at.op].help));
	print_instruction(&f, &at, &r->text);
	if (f.level == 0)
		print_operands(s, ops, n, &r->text);
	if (f.level == 0)
		print_effect(s, &f, &at, ops, n, r);
	print_cell(&f, r);
	return true;
}

static bool run_explain(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *op = arg_get(a, "opcode");

	if (!op->given)
		return explain_here(s, r, e);
	explain_op((enum op)op->number, &r->text);
	node_str(r, r->root, "text", str_of_buf(&r->text));
	return true;
}

const struct command cmd_explain = {
	.name = "explain", .alias = "e", .group = GROUP_CODE, .summary = "Say what the next instruction does, or any by name",
	.example = "explain i32.add",
	.args = (const struct arg_spec[]){
		{ "opcode", ARG_OPCODE, ARG_OPTIONAL, "an instruction; the one about to run when left out", NULL }, { 0 } },
	.run = run_explain,
};
