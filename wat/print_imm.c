/*
 * One instruction as text: keyword and immediates, in the order of the text format. Inside a body labels and locals
 * go by name; elsewhere (constant expressions) there are none.
 */
#include <stdio.h>

#include "engine/value.h"
#include "wat/print_ctx.h"

/* Labels deeper than this are referred to by depth, so that looking for shadowing names stays cheap. */
enum { LABEL_NAMES = 64 };

bool op_opens(enum op op)
{
	return op == OP_BLOCK || op == OP_LOOP || op == OP_IF || op == OP_TRY || op == OP_TRY_TABLE;
}

/* ---- labels ---------------------------------------------------------------------------------- */

bool label_push(struct printer *p, const struct instr *in)
{
	const struct block_type *b = &in->block;
	struct label l = { .ordinal = p->ordinal++, .loop = in->op == OP_LOOP };

	l.nresults = b->kind == BLOCK_VALUE;
	if (b->kind == BLOCK_TYPE && b->type && b->type->kind == TYPE_FUNC) {
		l.nparams = b->type->nparams;
		l.nresults = b->type->nresults;
	}
	l.branched = l.ordinal < p->branched.count && p->branched.data[l.ordinal];
	if (p->o.names)
		l.name = name_of_inner(p->m, NAME_LABEL, p->func, l.ordinal);
	return vec_push(&p->labels, l) || err_oom(p->e);
}

struct label *label_at(struct printer *p, uint32_t depth)
{
	return depth < p->labels.count ? &p->labels.data[p->labels.count - 1 - depth] : NULL;
}

/* "label3" for what has no name, in SPACE. */
static struct str label_id(const struct label *l, char space[24])
{
	if (l->name.n)
		return l->name;
	return (struct str){ space, (size_t)snprintf(space, 24, "label%u", l->ordinal) };
}

static bool label_has_id(const struct printer *p, const struct label *l)
{
	return p->o.names && (l->name.n || l->branched);
}

static bool label_shadowed(struct printer *p, uint32_t depth, struct str id)
{
	char space[24];

	for (uint32_t d = 0; d < depth; d++) {
		const struct label *l = label_at(p, d);

		if (label_has_id(p, l) && str_eq(label_id(l, space), id))
			return true;
	}
	return false;
}

static void print_label(struct printer *p, uint32_t depth, struct buf *out)
{
	const struct label *l = depth < LABEL_NAMES ? label_at(p, depth) : NULL;
	char space[24];

	buf_putc(out, ' ');
	if (l && label_has_id(p, l) && !label_shadowed(p, depth, label_id(l, space)))
		print_id_text(out, label_id(l, space));
	else
		buf_printf(out, "%u", depth);
}

/* ---- blocks ---------------------------------------------------------------------------------- */

/* The block's own label was pushed before: it is the innermost. */
static void print_block(struct printer *p, const struct instr *in, struct buf *out)
{
	const struct block_type *b = &in->block;
	const struct label *l = p->in_body ? label_at(p, 0) : NULL;
	char space[24];

	if (l && label_has_id(p, l)) {
		buf_putc(out, ' ');
		print_id_text(out, label_id(l, space));
	}
	if (b->kind == BLOCK_VALUE)
		print_valtypes(p, "result", &b->value, 1, out);
	else if (b->kind == BLOCK_TYPE)
		print_type_use(p, b->type, b->index, out);
}

static void print_catches(struct printer *p, const struct instr *in, struct buf *out)
{
	static const char *const words[] = { "catch", "catch_ref", "catch_all", "catch_all_ref" };
	struct cursor c = instr_list(p->m, in, p->e);
	struct catch_clause x;
	uint32_t own = p->labels.count != 0;

	/* labels count from outside the try_table, whose own label is on the stack already */
	p->labels.count -= own;
	c.lax = true;
	for (uint32_t i = 0; i < in->count && catch_read(&c, &x); i++) {
		buf_printf(out, " (%s", words[x.kind]);
		if (x.kind <= CATCH_REF) {
			buf_putc(out, ' ');
			print_ref(p, NAME_TAG, x.tag, out);
		}
		print_label(p, x.label, out);
		buf_putc(out, ')');
	}
	p->labels.count += own;
}

static void print_br_table(struct printer *p, const struct instr *in, struct buf *out)
{
	struct cursor c = instr_list(p->m, in, p->e);
	uint32_t label;

	for (uint32_t i = 0; i <= in->count && read_u32(&c, &label, "a label"); i++)
		print_label(p, label, out);
}

/* ---- the other immediates -------------------------------------------------------------------- */

static void put_ref(struct printer *p, enum name_kind kind, uint32_t index, struct buf *out)
{
	buf_putc(out, ' ');
	print_ref(p, kind, index, out);
}

/* Two things of a kind, left out when both are 0. */
static void put_pair(struct printer *p, enum name_kind kind, const struct instr *in, struct buf *out)
{
	if (!in->index && !in->index2)
		return;
	put_ref(p, kind, in->index, out);
	put_ref(p, kind, in->index2, out);
}

static void put_optional(struct printer *p, enum name_kind kind, uint32_t index, struct buf *out)
{
	if (index)
		put_ref(p, kind, index, out);
}

static void put_heap(struct printer *p, const struct heap_imm *h, struct buf *out)
{
	if (h->index != TYPE_NONE)
		print_ref(p, NAME_TYPE, h->index, out);
	else
		heap_print(h->heap, NULL, out);
}

static void put_ref_type(struct printer *p, const struct heap_imm *h, struct buf *out)
{
	buf_puts(out, h->nullable ? " (ref null " : " (ref ");
	put_heap(p, h, out);
	buf_putc(out, ')');
}

static void put_memarg(struct printer *p, const struct instr *in, struct buf *out)
{
	put_optional(p, NAME_MEMORY, in->mem.memory, out);
	if (in->mem.offset)
		buf_printf(out, " offset=%llu", (unsigned long long)in->mem.offset);
	if (in->mem.align != op_info[in->op].align)
		buf_printf(out, " align=%llu", 1ULL << (in->mem.align & 63));
}

static void put_bytes(const struct instr *in, struct buf *out)
{
	uint32_t lanes[4];

	if (in->op != OP_V128_CONST) {
		for (int i = 0; i < 16; i++)
			buf_printf(out, " %u", in->bytes[i]);
		return;
	}
	for (int i = 0; i < 4; i++)
		lanes[i] = in->bytes[4 * i] | in->bytes[4 * i + 1] << 8 | in->bytes[4 * i + 2] << 16
			| (uint32_t)in->bytes[4 * i + 3] << 24;
	buf_printf(out, " i32x4 0x%08x 0x%08x 0x%08x 0x%08x", lanes[0], lanes[1], lanes[2], lanes[3]);
}

static void put_float(const struct instr *in, struct buf *out)
{
	char text[48];
	size_t n = in->op == OP_F32_CONST ? float_print32((uint32_t)in->number, text)
		: float_print64((uint64_t)in->number, text);

	buf_putc(out, ' ');
	buf_put(out, text, n);
}

static void put_select(struct printer *p, const struct instr *in, struct buf *out)
{
	struct cursor c = instr_list(p->m, in, p->e);
	valtype t;

	c.lax = true;
	buf_puts(out, " (result");
	for (uint32_t i = 0; i < in->count && read_valtype(&c, &t); i++) {
		buf_putc(out, ' ');
		print_valtype(p, t, out);
	}
	buf_putc(out, ')');
}

static void put_call_indirect(struct printer *p, const struct instr *in, struct buf *out)
{
	put_optional(p, NAME_TABLE, in->index2, out);
	buf_puts(out, " (type ");
	print_ref(p, NAME_TYPE, in->index, out);
	buf_putc(out, ')');
}

static void put_local(struct printer *p, uint32_t local, struct buf *out)
{
	buf_putc(out, ' ');
	if (p->in_body)
		print_local_ref(p, local, out);
	else
		buf_printf(out, "%u", local);
}

/* A type, then something of another kind. */
static void put_type_and(struct printer *p, enum name_kind kind, const struct instr *in, struct buf *out)
{
	put_ref(p, NAME_TYPE, in->index, out);
	put_ref(p, kind, in->index2, out);
}

void print_instr(struct printer *p, const struct instr *in, struct buf *out)
{
	buf_puts(out, op_info[in->op].text);
	switch ((enum imm)op_info[in->op].imm) {
	case IMM_NONE: case IMM_FENCE: case IMM_COUNT:
		break;
	case IMM_BLOCK:
		print_block(p, in, out);
		break;
	case IMM_TRY_TABLE:
		print_block(p, in, out);
		print_catches(p, in, out);
		break;
	case IMM_LABEL:
		print_label(p, in->index, out);
		break;
	case IMM_LABELS:
		print_br_table(p, in, out);
		break;
	case IMM_BR_CAST:
		print_label(p, in->index, out);
		put_ref_type(p, &in->heap, out);
		put_ref_type(p, &in->heap2, out);
		break;
	case IMM_FUNC:
		put_ref(p, NAME_FUNC, in->index, out);
		break;
	case IMM_TYPE:
		put_ref(p, NAME_TYPE, in->index, out);
		break;
	case IMM_CALL_INDIRECT:
		put_call_indirect(p, in, out);
		break;
	case IMM_LOCAL:
		put_local(p, in->index, out);
		break;
	case IMM_GLOBAL:
		put_ref(p, NAME_GLOBAL, in->index, out);
		break;
	case IMM_TABLE:
		put_ref(p, NAME_TABLE, in->index, out);
		break;
	case IMM_TABLE_TABLE:
		put_pair(p, NAME_TABLE, in, out);
		break;
	case IMM_ELEM:
		put_ref(p, NAME_ELEM, in->index, out);
		break;
	case IMM_ELEM_TABLE:
		put_optional(p, NAME_TABLE, in->index2, out);
		put_ref(p, NAME_ELEM, in->index, out);
		break;
	case IMM_DATA:
		put_ref(p, NAME_DATA, in->index, out);
		break;
	case IMM_DATA_MEM:
		put_optional(p, NAME_MEMORY, in->index2, out);
		put_ref(p, NAME_DATA, in->index, out);
		break;
	case IMM_MEM:
		put_optional(p, NAME_MEMORY, in->index, out);
		break;
	case IMM_MEM_MEM:
		put_pair(p, NAME_MEMORY, in, out);
		break;
	case IMM_MEMARG:
		put_memarg(p, in, out);
		break;
	case IMM_MEMARG_LANE:
		put_memarg(p, in, out);
		buf_printf(out, " %u", in->lane);
		break;
	case IMM_LANE:
		buf_printf(out, " %u", in->lane);
		break;
	case IMM_SHUFFLE: case IMM_V128:
		put_bytes(in, out);
		break;
	case IMM_I32: case IMM_I64:
		buf_printf(out, " %lld", (long long)in->number);
		break;
	case IMM_F32: case IMM_F64:
		put_float(in, out);
		break;
	case IMM_HEAPTYPE:
		if (in->op == OP_REF_NULL) {
			buf_putc(out, ' ');
			put_heap(p, &in->heap, out);
		} else {
			put_ref_type(p, &in->heap, out);
		}
		break;
	case IMM_SELECT:
		put_select(p, in, out);
		break;
	case IMM_TAG:
		put_ref(p, NAME_TAG, in->index, out);
		break;
	case IMM_TYPE_FIELD:
		put_ref(p, NAME_TYPE, in->index, out);
		buf_putc(out, ' ');
		print_field_ref(p, in->index, in->index2, out);
		break;
	case IMM_TYPE_LEN:
		put_ref(p, NAME_TYPE, in->index, out);
		buf_printf(out, " %u", in->index2);
		break;
	case IMM_TYPE_DATA:
		put_type_and(p, NAME_DATA, in, out);
		break;
	case IMM_TYPE_ELEM:
		put_type_and(p, NAME_ELEM, in, out);
		break;
	case IMM_TYPE_TYPE:
		put_type_and(p, NAME_TYPE, in, out);
		break;
	}
}

/* ---- constant expressions -------------------------------------------------------------------- */

bool print_const(struct printer *p, struct const_expr x, const char *word)
{
	struct cursor c = cursor_at(p->m, x.start, p->e);
	struct instr in;
	uint32_t n = 0;

	c.lax = true;
	while (cursor_offset(&c) + 1 < x.end && instr_read(&c, &in, p->e))
		n++;
	c.p = c.base + x.start;
	if (n != 1 && word)
		buf_printf(p->out, "(%s", word);
	for (uint32_t i = 0; i < n; i++) {
		if (!instr_read(&c, &in, p->e))
			return false;
		buf_puts(p->out, n == 1 ? "(" : i || word ? " " : "");
		print_instr(p, &in, p->out);
	}
	if (n == 1 || word)
		buf_putc(p->out, ')');
	return p->e->code == E_NONE;
}
