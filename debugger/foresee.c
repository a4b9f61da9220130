/* What an instruction is about to do; see foresee.h. */
#include "debugger/foresee.h"

#include <inttypes.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/module.h"
#include "engine/names.h"
#include "engine/regir/num.h"

/* ---- numbers: the table of the interpreter, evaluated ---------------------------------------- */

static valtype result_type(enum op op)
{
	const char *sig = strchr(op_info[op].sig, ':');

	switch (sig ? sig[1] : 0) {
	case 'i':
		return VT_I32;
	case 'I':
		return VT_I64;
	case 'f':
		return VT_F32;
	default:
		return VT_F64;
	}
}

bool foresee_number(enum op op, const struct value *args, struct value *result, enum trap *trap)
{
	slot a = args[0].lo, b = op_info[op].nparams > 1 ? args[1].lo : 0, r = 0;

	*trap = TRAP_NONE;
	switch (op) {
#define UN(id, to, from, expr) \
	case OP_##id: { \
		from x = slot_to_##from(a); \
		r = slot_of_##to(expr); \
		break; \
	}
#define BIN(id, to, from, expr) \
	case OP_##id: { \
		from x = slot_to_##from(a), y = slot_to_##from(b); \
		r = slot_of_##to(expr); \
		break; \
	}
#define CMP(id, negated, from, expr) BIN(id, u32, from, expr)
#define FCMP(id, from, expr) BIN(id, u32, from, expr)
#define UN_TRAP(id, to, from, call) \
	case OP_##id: { \
		to t = 0; \
		*trap = call(slot_to_##from(a), &t); \
		r = slot_of_##to(t); \
		break; \
	}
#define BIN_TRAP(id, to, from, call) \
	case OP_##id: { \
		to t = 0; \
		*trap = call(slot_to_##from(a), slot_to_##from(b), &t); \
		r = slot_of_##to(t); \
		break; \
	}
#include "engine/regir/num.def"
	default:
		return false;
	}
	*result = (struct value){ .type = result_type(op), .lo = r };
	return true;
}

/* The sign between two operands; NULL: written like a function. */
static const char *infix(const char *text)
{
	static const struct { const char *name, *sign; } signs[] = {
		{ "add", "+" }, { "sub", "-" }, { "mul", "*" }, { "div", "/" }, { "div_s", "/" }, { "div_u", "/" }, { "rem_s", "%" },
		{ "rem_u", "%" }, { "and", "&" }, { "or", "|" }, { "xor", "^" }, { "shl", "<<" }, { "shr_s", ">>" }, { "shr_u", ">>" },
		{ "eq", "==" }, { "ne", "!=" }, { "lt", "<" }, { "lt_s", "<" }, { "lt_u", "<" }, { "gt", ">" }, { "gt_s", ">" },
		{ "gt_u", ">" }, { "le", "<=" }, { "le_s", "<=" }, { "le_u", "<=" }, { "ge", ">=" }, { "ge_s", ">=" }, { "ge_u", ">=" },
	};
	const char *dot = strchr(text, '.');

	for (size_t i = 0; dot && i < sizeof signs / sizeof *signs; i++)
		if (strcmp(dot + 1, signs[i].name) == 0)
			return signs[i].sign;
	return NULL;
}

static bool is_unsigned(const char *text)
{
	size_t n = strlen(text);

	return n > 2 && strcmp(text + n - 2, "_u") == 0;
}

/* Integers of unsigned instructions as these see them. */
static void print_number(struct value v, bool as_unsigned, struct buf *out)
{
	if (as_unsigned && (v.type == VT_I32 || v.type == VT_I64))
		buf_printf(out, "%" PRIu64, v.lo);
	else
		value_print(v, NULL, out);
}

static bool print_arithmetic(enum op op, const struct operand *ops, uint32_t n, struct buf *out)
{
	const char *text = op_info[op].text, *sign = infix(text);
	struct value args[2] = { { 0 } }, r;
	bool as_unsigned = is_unsigned(text);
	enum trap trap;

	if (n < op_info[op].nparams || op_info[op].nparams > 2 || !op_info[op].nparams)
		return false;
	for (uint32_t i = 0; i < op_info[op].nparams; i++)
		args[i] = ops[n - op_info[op].nparams + i].value;
	if (!foresee_number(op, args, &r, &trap))
		return false;
	if (op_info[op].nparams == 2 && sign) {
		print_number(args[0], as_unsigned, out);
		buf_printf(out, " %s ", sign);
		print_number(args[1], as_unsigned, out);
	} else {
		buf_printf(out, "%s(", text);
		print_number(args[0], as_unsigned, out);
		if (op_info[op].nparams == 2) {
			buf_puts(out, ", ");
			print_number(args[1], as_unsigned, out);
		}
		buf_putc(out, ')');
	}
	if (trap) {
		buf_printf(out, ": it will trap: %s", trap_words(trap));
		return true;
	}
	buf_puts(out, sign && (strchr("<>", sign[0]) || sign[1] == '=') && strlen(sign) < 3 && strcmp(sign, "<<") != 0 &&
		strcmp(sign, ">>") != 0 ? " is " : " = ");
	print_number(r, as_unsigned, out);
	return true;
}

/* ---- variables ------------------------------------------------------------------------------- */

static void print_local_name(const struct frame *f, uint32_t index, struct buf *out)
{
	struct str name = name_of_inner(f->inst->module, NAME_LOCAL, f->func->index, index);

	buf_puts(out, name.n ? "local $" : "local ");
	inspect_local_name(f->inst->module, f->func->index, index, out);
}

static void print_local(const struct ctx *c, const struct frame *f, const struct site *at, const struct operand *ops,
	uint32_t n, struct buf *out)
{
	struct value v;

	if (!frame_local(c, f, at->index, &v))
		return;
	if (at->op == OP_LOCAL_GET) {
		buf_puts(out, "pushes ");
		value_print(v, c->store, out);
		buf_puts(out, " (");
		print_local_name(f, at->index, out);
		buf_putc(out, ')');
		return;
	}
	print_local_name(f, at->index, out);
	buf_puts(out, ": ");
	value_print(v, c->store, out);
	if (n) {
		buf_puts(out, " → ");
		value_print(ops[n - 1].value, c->store, out);
	}
}

static void print_global(const struct ctx *c, const struct frame *f, const struct site *at, const struct operand *ops,
	uint32_t n, struct buf *out)
{
	const struct global *g = f->inst->globals[at->index];
	struct str name = name_of(f->inst->module, NAME_GLOBAL, at->index);
	struct value v = { g->type, g->value[0], vt_slots(g->type) == 2 ? g->value[1] : 0 };

	buf_puts(out, "global ");
	if (name.n) {
		buf_putc(out, '$');
		buf_escaped(out, name.p, name.n, false);
	} else {
		buf_printf(out, "%u", at->index);
	}
	buf_puts(out, at->op == OP_GLOBAL_GET ? " is " : ": ");
	value_print(v, c->store, out);
	if (at->op == OP_GLOBAL_SET && n) {
		buf_puts(out, " → ");
		value_print(ops[n - 1].value, c->store, out);
	}
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* Bytes that a scalar access reads or writes: "i64.load8_s" one, "i32.store" four. */
static unsigned access_bytes(enum op op)
{
	const char *text = op_info[op].text, *digits = strpbrk(strchr(text, '.') + 1, "0123456789");

	if (digits)
		return digits[0] == '8' ? 1 : digits[0] == '1' ? 2 : 4;
	return text[1] == '3' ? 4 : 8;
}

static void print_access(const struct ctx *c, const struct frame *f, const struct site *at, const struct operand *ops,
	uint32_t n, struct buf *out)
{
	bool store = op_info[at->op].lower == LOWER_STORE;
	const struct memory *m = f->inst->memories[at->memory];
	unsigned bytes = access_bytes(at->op);
	uint64_t base, address, size = atomic_load(&m->size);

	if (n < 1u + store || op_info[at->op].text[0] == 'v')
		return;
	base = ops[n - 1 - store].value.lo;
	address = base + at->mem_offset;
	buf_puts(out, store ? "writes " : "reads ");
	if (store) {
		value_print(ops[n - 1].value, c->store, out);
		buf_puts(out, " to ");
	}
	buf_printf(out, "%u byte%s at %" PRIu64, bytes, bytes == 1 ? "" : "s", address);
	if (at->mem_offset)
		buf_printf(out, " = %" PRIu64 " + %" PRIu64, base, at->mem_offset);
	if (address < base || !memory_range(m, address, bytes)) {
		buf_printf(out, ": it will trap, the memory has %" PRIu64 " bytes", size);
		return;
	}
	buf_puts(out, store ? ", where there is" : ":");
	for (unsigned i = 0; i < bytes; i++)
		buf_printf(out, " %02x", m->base[address + i]);
}

/* ---- control --------------------------------------------------------------------------------- */

static void print_condition(const struct site *at, const struct operand *ops, uint32_t n, struct buf *out)
{
	uint32_t condition;

	if (!n)
		return;
	condition = (uint32_t)ops[n - 1].value.lo;
	buf_printf(out, condition ? "%d is not 0: " : "%d is 0: ", (int32_t)condition);
	if (at->op == OP_BR_IF)
		buf_puts(out, condition ? "it branches" : "it goes on");
	else
		buf_puts(out, condition ? "the first arm runs" : "the arm for 0 runs, if there is one");
}

static void print_callee(const struct ctx *c, const struct func *f, const struct operand *args, uint32_t n, struct buf *out)
{
	buf_puts(out, "calls ");
	inspect_func(f, out);
	buf_puts(out, " (");
	for (uint32_t i = 0; i < n; i++) {
		buf_puts(out, i ? ", " : "");
		if (f->inst && name_of_inner(f->inst->module, NAME_LOCAL, f->index, i).n) {
			inspect_local_name(f->inst->module, f->index, i, out);
			buf_putc(out, '=');
		}
		value_print(args[i].value, c->store, out);
	}
	buf_putc(out, ')');
}

/* The function a call would go to; NULL: it will trap, or it is not known. */
static const struct func *callee(const struct frame *f, const struct site *at, const struct operand *ops, uint32_t n)
{
	const struct table *t;

	switch (at->op) {
	case OP_CALL:
	case OP_RETURN_CALL:
		return f->inst->funcs[at->index];
	case OP_CALL_REF:
	case OP_RETURN_CALL_REF:
		return n ? (const struct func *)(uintptr_t)ops[n - 1].value.lo : NULL;
	case OP_CALL_INDIRECT:
	case OP_RETURN_CALL_INDIRECT:
		t = f->inst->tables[at->index2];
		return n && ops[n - 1].value.lo < t->size ? (const struct func *)(uintptr_t)t->elems[ops[n - 1].value.lo] : NULL;
	default:
		return NULL;
	}
}

static void print_call(const struct ctx *c, const struct frame *f, const struct site *at, const struct operand *ops,
	uint32_t n, struct buf *out)
{
	const struct func *to = callee(f, at, ops, n);
	uint32_t args = at->op == OP_CALL || at->op == OP_RETURN_CALL ? n : n - (n > 0);

	if (to && to->type->nparams == args)
		print_callee(c, to, ops, args, out);
	else if (n)
		buf_puts(out, to ? "it will trap: the function is of another type" : "it will trap: there is no function");
}

/* ---- all ------------------------------------------------------------------------------------- */

uint32_t foresee_operands(const struct frame *f, const struct site *at)
{
	const struct module *m = f->inst->module;

	if (!op_sig_own(at->op))
		return op_info[at->op].nparams;
	switch (at->op) {
	case OP_CALL:
	case OP_RETURN_CALL:
		return m->funcs[at->index].type->nparams;
	case OP_CALL_INDIRECT:
	case OP_RETURN_CALL_INDIRECT:
	case OP_CALL_REF:
	case OP_RETURN_CALL_REF:
		return m->types[at->index]->nparams + 1;
	case OP_RETURN:
		return m->funcs[f->func->index].type->nresults;
	case OP_SELECT:
	case OP_SELECT_T:
		return 3;
	case OP_LOCAL_SET:
	case OP_LOCAL_TEE:
	case OP_GLOBAL_SET:
	case OP_DROP:
	case OP_IF:
	case OP_BR_IF:
	case OP_BR_TABLE:
	case OP_TABLE_GET:
		return 1;
	default:
		return 0;
	}
}

void foresee_print(struct ctx *c, const struct frame *f, const struct site *at, const struct operand *ops, uint32_t n,
	struct buf *out)
{
	switch (at->op) {
	case OP_LOCAL_GET:
	case OP_LOCAL_SET:
	case OP_LOCAL_TEE:
		print_local(c, f, at, ops, n, out);
		return;
	case OP_GLOBAL_GET:
	case OP_GLOBAL_SET:
		print_global(c, f, at, ops, n, out);
		return;
	case OP_IF:
	case OP_BR_IF:
		print_condition(at, ops, n, out);
		return;
	case OP_SELECT:
	case OP_SELECT_T:
		if (n == 3) {
			buf_puts(out, "picks ");
			value_print(ops[(uint32_t)ops[2].value.lo ? 0 : 1].value, c->store, out);
		}
		return;
	default:
		break;
	}
	if (op_calls(at->op) || op_tail_calls(at->op))
		print_call(c, f, at, ops, n, out);
	else if (op_info[at->op].lower == LOWER_LOAD || op_info[at->op].lower == LOWER_STORE)
		print_access(c, f, at, ops, n, out);
	else
		print_arithmetic(at->op, ops, n, out);
}
