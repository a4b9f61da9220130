/* Register IR as text: "i32.sub r4, r0:n, 1", slots with the names of locals, targets as cell numbers. */
#include <inttypes.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/names.h"
#include "engine/regir/acc.h"
#include "engine/regir/code.h"
#include "engine/regir/interp.h"
#include "engine/regir/num.h"

struct fields {
	int64_t a, b, c, d;
	int64_t imm;
};

static struct fields read_fields(const struct body *b, uint32_t at)
{
	if (b->kind == BODY_PLAIN) {
		const struct wcell *w = (const struct wcell *)(const void *)(b->cells + at);
		return (struct fields){ w->a, w->b, w->c, w->d, w->imm };
	}
	const struct cell *c = (const struct cell *)(const void *)(b->cells + at);
	return (struct fields){ c->a, c->b, c->c, c->d, c->imm };
}

/* HOT cells are there for the tiers' sake: they have no number, and are shown as the cell that they belong to. */
static bool counts_turns(const struct body *b, uint32_t at)
{
	return b->hot && code_op(b, at) == R_HOT;
}

/* Cells for the engine's own sake have no number: so a cell has the same one in bodies with an instruction clock. */
static bool has_number(enum regir op)
{
	return op != R_HOT && op != R_CHARGE;
}

uint32_t body_cells_between(const struct body *b, uint32_t from, uint32_t at)
{
	uint32_t n = 0;

	for (uint32_t p = from; p < at && p < b->size;) {
		enum regir op = code_op(b, p);
		n += has_number(op);
		p += code_op_size(b, p, op);
	}
	return n;
}

uint32_t body_cell_number(const struct body *b, uint32_t at)
{
	const struct body_map *m = __atomic_load_n(&b->map, __ATOMIC_ACQUIRE);
	const struct map_row *row = m ? body_map_at(m, at) : NULL;

	return row ? row->number + body_cells_between(b, row->at, at) : body_cells_between(b, 0, at);
}

bool body_cell_offset(const struct body *b, uint32_t number, uint32_t *at)
{
	uint32_t n = 0;

	for (uint32_t p = 0; p < b->size;) {
		enum regir op = code_op(b, p);
		if (has_number(op) && n++ == number) {
			*at = p;
			return true;
		}
		p += code_op_size(b, p, op);
	}
	return false;
}

/* Locals are r0 …, the header is left out, homes follow: rN counts slots of values. */
void body_print_slot(const struct body *b, int64_t at, struct buf *out)
{
	const struct func_decl *f = &b->module->funcs[b->func];
	uint32_t n = (uint32_t)at / 8;

	if ((uint32_t)at > b->header)
		n -= 3;
	buf_printf(out, "r%u", n);
	if ((uint32_t)at >= b->header)
		return;
	/* slots and local indices agree unless a v128 comes before */
	uint32_t first = 0;
	for (uint32_t i = 0; i < f->type->nparams && first <= n; first += vt_slots(f->type->params[i]), i++)
		if (first == n) {
			struct str name = name_of_inner(b->module, NAME_LOCAL, b->func, i);
			if (name.n) {
				buf_putc(out, ':');
				buf_escaped(out, name.p, name.n, false);
			}
			return;
		}
	if (first == f->type->param_slots && f->type->param_slots == f->type->nparams) {
		struct str name = name_of_inner(b->module, NAME_LOCAL, b->func, n);
		if (name.n) {
			buf_putc(out, ':');
			buf_escaped(out, name.p, name.n, false);
		}
	}
}

static void print_constant(const struct regir_info *info, int64_t v, struct buf *out)
{
	char text[40];

	if (info->text[0] == 'f' && info->text[1] == '3') {
		float_print32((uint32_t)v, text);
		buf_puts(out, text);
	} else if (info->text[0] == 'f') {
		float_print64((uint64_t)v, text);
		buf_puts(out, text);
	} else if (info->text[0] == 'i' && info->text[1] == '3') {
		buf_printf(out, "%" PRId32, (int32_t)v);
	} else if (v >= 0 && v <= UINT32_MAX) {
		buf_printf(out, "%" PRId32, (int32_t)v);
	} else {
		buf_printf(out, "%" PRId64, v);
	}
}

static void print_func(const struct body *b, int64_t func, struct buf *out)
{
	module_func_label(b->module, (uint32_t)func, out);
}

static void print_field(const struct body *b, const struct regir_info *info, char kind, int64_t v, uint32_t at, struct buf *out)
{
	switch (kind) {
	case 'D': case 'S': case 'V': case 'W':
		body_print_slot(b, v, out);
		break;
	case 'A':
		buf_puts(out, "acc:");
		body_print_slot(b, v, out);
		break;
	case '1': case '3':
		buf_puts(out, "p:");
		body_print_slot(b, v, out);
		break;
	case '2': case '4':
		buf_puts(out, "q:");
		body_print_slot(b, v, out);
		break;
	case 'w':
		body_print_slot(b, v, out);
		buf_puts(out, "..");
		break;
	case 'q':
		buf_printf(out, "%d", (int16_t)v);
		break;
	case 'X':
		body_print_slot(b, v & 0xffff, out);
		buf_printf(out, "<<%u", (uint32_t)v >> 16);
		break;
	case 'I':
		buf_printf(out, "<<%u", (uint32_t)v & 31);
		if (v >> 5)
			buf_printf(out, "%+d", (int32_t)v >> 5);
		break;
	case 'm':
		buf_printf(out, "%+d", (int32_t)v);
		break;
	case 'v':
		buf_printf(out, "value%+d", (int32_t)v);
		break;
	case 'Y':
		body_print_slot(b, v & 0xffff, out);
		buf_puts(out, ", ");
		body_print_slot(b, v >> 16 & 0xffff, out);
		break;
	case 'k': case 'K':
		print_constant(info, v, out);
		break;
	case 't':
		buf_printf(out, "%u", body_cell_number(b, at + (uint32_t)(int32_t)v));
		break;
	case 'o':
		buf_printf(out, "offset=%u", (uint32_t)v);
		break;
	case 'f':
		print_func(b, v, out);
		break;
	case 'g': buf_printf(out, "global%u", (uint32_t)v); break;
	case 'b': buf_printf(out, "table%u", (uint32_t)v); break;
	case 'e': buf_printf(out, "elem%u", (uint32_t)v); break;
	case 'x': buf_printf(out, "data%u", (uint32_t)v); break;
	case 'M': buf_printf(out, "mem%u", (uint32_t)v); break;
	case 'T': buf_printf(out, "type#%u", (uint32_t)v); break;
	case 'j': buf_printf(out, "tag%u", (uint32_t)v); break;
	case 'n': buf_printf(out, "%u", (uint32_t)v); break;
	case 'l': buf_printf(out, "lane=%u", (uint32_t)v); break;
	default:
		break;
	}
}

static void print_switch(const struct body *b, uint32_t at, uint32_t count, struct buf *out)
{
	uint32_t stride = b->kind == BODY_PLAIN ? (uint32_t)sizeof(struct wcell) : (uint32_t)sizeof(struct cell);
	uint32_t entry = b->kind == BODY_PLAIN ? 8 : 4;
	enum { SHOWN = 16 };

	buf_puts(out, " [");
	for (uint32_t i = 0; i <= count && i < SHOWN; i++) {
		int32_t disp = *(const int32_t *)(const void *)(b->cells + at + stride + i * entry);
		buf_printf(out, "%s%u", i ? " " : "", body_cell_number(b, at + (uint32_t)disp));
	}
	buf_puts(out, count >= SHOWN ? " …]" : "]");
}

/* Names of derived forms say what they are: a branch, the memory form. */
const char *regir_prefix(enum regir op)
{
	switch (op) {
#define CMP(id, negated, x, expr) case R_JUMP_##id: case R_JUMP_##id##_K: return "br_if_"; \
	case R_LATCH_##id: case R_LATCH_##id##_K: case R_LATCH_##id##_S: case R_LATCH_##id##_SK: return "add_br_if_";
#define FCMP(id, x, expr)         case R_JUMP_##id: return "br_if_"; case R_JUMP_NOT_##id: return "br_unless_";
#include "engine/regir/num.def"
	default: return "";
	}
}

static bool has_memory_ext(enum regir op)
{
	enum lower l = op < (enum regir)OP_COUNT ? (enum lower)op_info[op].lower : LOWER_COUNT;

	switch (op) {
#define LOAD(id, result, type) case R_##id##_X: return true;
#define STORE(id, type)        case R_##id##_X: return true;
#include "engine/regir/mem.def"
	default: return (l == LOWER_LOAD || l == LOWER_STORE || l == LOWER_LANE_MEM || l == LOWER_ATOMIC) && regir_info(op).ext == EXT_ONE;
	}
}

/* Subtracting a constant is adding one; people read it as it was written. */
static void as_subtraction(enum regir base, struct regir_info *info, int64_t *imm)
{
	int64_t v = base == R_I32_ADD_K ? (int32_t)*imm : *imm;

	if ((base != R_I32_ADD_K && base != R_I64_ADD_K) || v >= 0 || v == INT64_MIN)
		return;
	info->text = base == R_I32_ADD_K ? "i32.sub" : "i64.sub";
	*imm = -v;
}

void body_print_cell(const struct body *b, uint32_t at, struct buf *out)
{
	if (counts_turns(b, at))
		at += (uint32_t)sizeof(struct cell);
	enum regir op = code_op(b, at);
	struct regir_info info = regir_info(op);
	enum regir base = acc_base(op);
	struct fields f = read_fields(b, at);
	as_subtraction(base, &info, &f.imm);
	const int64_t v[4] = { f.a, f.b, f.c, f.d };
	const char *separator = " ";
	const char *order = info.format;

	buf_printf(out, "%s%s", regir_prefix(base), info.text);
	int target = -1;
	for (int i = 0; i < 4 && order[i]; i++) {
		if (order[i] == 't')
			target = i;
		if (order[i] == '-' || order[i] == 'h' || order[i] == 't')
			continue;
		buf_puts(out, separator);
		separator = ", ";
		print_field(b, &info, order[i], order[i] == 'K' ? f.imm : v[i], at, out);
		if (order[i] == 'K')
			break;
	}
	if (target >= 0) {
		buf_puts(out, separator);
		print_field(b, &info, 't', v[target], at, out);
	}
	if (info.ext == EXT_TABLE)
		print_switch(b, at, (uint32_t)f.c, out);
	uint32_t stride = b->kind == BODY_PLAIN ? (uint32_t)sizeof(struct wcell) : (uint32_t)sizeof(struct cell);
	const void *ext = b->cells + at + stride;
	if (has_memory_ext(op)) {
		const struct mem_ext *m = ext;
		buf_printf(out, ", offset=%" PRIu64 ", mem%u", m->offset, m->memory);
	} else if (op == R_V128_CONST) {
		const uint32_t *lane = ext;
		buf_printf(out, ", i32x4:0x%08x,0x%08x,0x%08x,0x%08x", lane[0], lane[1], lane[2], lane[3]);
	} else if (op == R_JUMP_CAST || op == R_BR_ON_CAST || op == R_BR_ON_CAST_FAIL) {
		const struct cast_ext *x = ext;
		struct type_names names = { module_type_name, (void *)(uintptr_t)b->module };
		buf_puts(out, x->negate ? ", unless " : ", if ");
		valtype_print(vt_ref(x->heap, x->nullable), &names, out);
	}
}
