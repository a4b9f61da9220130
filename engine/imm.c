/* Reading one instruction with its immediates; see imm.h. */
#include "engine/imm.h"

#include <string.h>

#include "engine/limits.h"
#include "engine/module.h"

static bool read_opcode(struct cursor *c, struct instr *in)
{
	uint32_t code, prefix = 0, offset = cursor_offset(c);
	uint8_t b;

	if (!read_byte(c, &b, "an instruction"))
		return false;
	code = b;
	if (op_byte_is_prefix(b)) {
		prefix = b;
		if (!read_u32(c, &code, "an opcode"))
			return false;
	}
	in->op = op_by_code(prefix, code);
	if (in->op != OP_NONE)
		return true;
	if (prefix)
		return cursor_error(c, E_ILLEGAL_OPCODE, offset, "illegal opcode %02x %02x", prefix, code);
	return cursor_error(c, E_ILLEGAL_OPCODE, offset, "illegal opcode %02x", code);
}

static bool read_block_type(struct cursor *c, struct block_type *out)
{
	uint32_t offset = cursor_offset(c);
	int64_t index;

	if (c->p < c->end && *c->p == 0x40) {
		c->p++;
		return true;
	}
	if (c->p < c->end && valtype_byte(*c->p)) {
		out->kind = BLOCK_VALUE;
		return read_valtype(c, &out->value);
	}
	if (!read_s33(c, &index, "a block type"))
		return false;
	if (index < 0)
		return cursor_error(c, E_VALUE_TYPE, offset, "malformed block type");
	out->kind = BLOCK_TYPE;
	out->index = (uint32_t)index;
	if (out->index < c->m->ntypes)
		out->type = c->m->types[out->index];
	else if (!c->lax)
		return cursor_error(c, E_UNKNOWN_TYPE, offset, "unknown type %u", out->index);
	return true;
}

static bool read_memarg(struct cursor *c, struct memarg *out)
{
	const uint8_t *start = c->p;
	uint32_t flags;

	if (!read_u32(c, &flags, "an alignment"))
		return false;
	if (flags >= 0x80)
		return cursor_error(c, E_MEMOP_FLAGS, (uint32_t)(start - c->base),
			"malformed memop flags 0x%x", flags);
	out->align = flags & 0x3f;
	if ((flags & 0x40) && !read_u32(c, &out->memory, "a memory index"))
		return false;
	return read_u64(c, &out->offset, "an offset");
}

static bool read_fixed(struct cursor *c, void *out, uint32_t n, const char *what)
{
	const uint8_t *p;

	if (!read_bytes(c, n, &p, what))
		return false;
	memcpy(out, p, n);
	return true;
}

static bool read_labels(struct cursor *c, struct instr *in)
{
	if (!read_count(c, &in->count, MAX_BR_TABLE, "the number of labels"))
		return false;
	in->list = cursor_offset(c);
	for (uint32_t i = 0; i <= in->count; i++)
		if (!read_u32(c, &in->index, "a label"))
			return false;
	return true;
}

static bool read_select_types(struct cursor *c, struct instr *in)
{
	valtype t;

	if (!read_count(c, &in->count, MAX_RESULTS, "the number of types"))
		return false;
	in->list = cursor_offset(c);
	for (uint32_t i = 0; i < in->count; i++) {
		if (!read_valtype(c, &t))
			return false;
		if (i == 0)
			in->type = t;
	}
	return true;
}

bool catch_read(struct cursor *c, struct catch_clause *out)
{
	uint32_t offset = cursor_offset(c);
	uint8_t kind;

	*out = (struct catch_clause){ 0 };
	if (!read_byte(c, &kind, "a catch clause"))
		return false;
	if (kind > CATCH_ALL_REF)
		return cursor_error(c, E_CATCH, offset, "malformed catch clause: kind %u", kind);
	out->kind = (enum catch_kind)kind;
	if (kind <= CATCH_REF && !read_u32(c, &out->tag, "a tag index"))
		return false;
	return read_u32(c, &out->label, "a label");
}

static bool read_try_table(struct cursor *c, struct instr *in)
{
	struct catch_clause clause;

	if (!read_block_type(c, &in->block) || !read_count(c, &in->count, UINT32_MAX,
			"the number of catch clauses"))
		return false;
	in->list = cursor_offset(c);
	for (uint32_t i = 0; i < in->count; i++)
		if (!catch_read(c, &clause))
			return false;
	return true;
}

static bool read_br_cast(struct cursor *c, struct instr *in)
{
	uint32_t offset = cursor_offset(c);
	uint8_t flags;

	if (!read_byte(c, &flags, "the flags of a cast"))
		return false;
	if (flags > 3)
		return cursor_error(c, E_CAST_FLAGS, offset, "malformed br_on_cast flags 0x%02x", flags);
	in->heap.nullable = flags & 1;
	in->heap2.nullable = flags >> 1;
	return read_u32(c, &in->index, "a label") && read_heap(c, &in->heap.heap, &in->heap.index)
		&& read_heap(c, &in->heap2.heap, &in->heap2.index);
}

static bool read_zero(struct cursor *c)
{
	uint32_t offset = cursor_offset(c);
	uint8_t b;

	if (!read_byte(c, &b, "a zero byte"))
		return false;
	return b == 0 || cursor_error(c, E_ZERO_BYTE, offset, "zero byte expected, found 0x%02x", b);
}

static bool read_pair(struct cursor *c, struct instr *in, const char *first, const char *second)
{
	return read_u32(c, &in->index, first) && read_u32(c, &in->index2, second);
}

static bool read_number32(struct cursor *c, struct instr *in)
{
	int32_t v = 0;
	bool ok = read_s32(c, &v, "an i32 constant");

	in->number = v;
	return ok;
}

static bool read_immediates(struct cursor *c, struct instr *in)
{
	switch ((enum imm)op_info[in->op].imm) {
	case IMM_NONE:
		return true;
	case IMM_BLOCK:
		return read_block_type(c, &in->block);
	case IMM_LABEL:
		return read_u32(c, &in->index, "a label");
	case IMM_LABELS:
		return read_labels(c, in);
	case IMM_FUNC:
		return read_u32(c, &in->index, "a function index");
	case IMM_TYPE:
		return read_u32(c, &in->index, "a type index");
	case IMM_CALL_INDIRECT:
		return read_pair(c, in, "a type index", "a table index");
	case IMM_LOCAL:
		return read_u32(c, &in->index, "a local index");
	case IMM_GLOBAL:
		return read_u32(c, &in->index, "a global index");
	case IMM_TABLE:
		return read_u32(c, &in->index, "a table index");
	case IMM_TABLE_TABLE:
		return read_pair(c, in, "a table index", "a table index");
	case IMM_ELEM:
		return read_u32(c, &in->index, "an element segment index");
	case IMM_ELEM_TABLE:
		return read_pair(c, in, "an element segment index", "a table index");
	case IMM_DATA:
		return read_u32(c, &in->index, "a data segment index");
	case IMM_DATA_MEM:
		return read_pair(c, in, "a data segment index", "a memory index");
	case IMM_MEM:
		return read_u32(c, &in->index, "a memory index");
	case IMM_MEM_MEM:
		return read_pair(c, in, "a memory index", "a memory index");
	case IMM_MEMARG:
		return read_memarg(c, &in->mem);
	case IMM_MEMARG_LANE:
		return read_memarg(c, &in->mem) && read_byte(c, &in->lane, "a lane number");
	case IMM_LANE:
		return read_byte(c, &in->lane, "a lane number");
	case IMM_SHUFFLE:
		return read_fixed(c, in->bytes, 16, "the lane numbers");
	case IMM_I32:
		return read_number32(c, in);
	case IMM_I64:
		return read_s64(c, &in->number, "an i64 constant");
	case IMM_F32:
		return read_fixed(c, &in->number, 4, "an f32 constant");
	case IMM_F64:
		return read_fixed(c, &in->number, 8, "an f64 constant");
	case IMM_V128:
		return read_fixed(c, in->bytes, 16, "a v128 constant");
	case IMM_HEAPTYPE:
		in->heap.nullable = in->op == OP_REF_NULL || in->op == OP_REF_TEST_NULL
			|| in->op == OP_REF_CAST_NULL;
		return read_heap(c, &in->heap.heap, &in->heap.index);
	case IMM_SELECT:
		return read_select_types(c, in);
	case IMM_TRY_TABLE:
		return read_try_table(c, in);
	case IMM_TAG:
		return read_u32(c, &in->index, "a tag index");
	case IMM_TYPE_FIELD:
		return read_pair(c, in, "a type index", "a field index");
	case IMM_TYPE_LEN:
		return read_pair(c, in, "a type index", "a length");
	case IMM_TYPE_DATA:
		return read_pair(c, in, "a type index", "a data segment index");
	case IMM_TYPE_ELEM:
		return read_pair(c, in, "a type index", "an element segment index");
	case IMM_TYPE_TYPE:
		return read_pair(c, in, "a type index", "a type index");
	case IMM_BR_CAST:
		return read_br_cast(c, in);
	case IMM_FENCE:
		return read_zero(c);
	case IMM_COUNT:
		break;
	}
	return false;
}

bool instr_read(struct cursor *c, struct instr *out, struct err *e)
{
	const uint8_t *start = c->p;

	memset(out, 0, sizeof *out);
	out->offset = cursor_offset(c);
	c->e = e;
	if (!read_opcode(c, out) || !read_immediates(c, out)) {
		c->p = start;
		return false;
	}
	out->end = cursor_offset(c);
	return true;
}

struct cursor instr_list(const struct module *m, const struct instr *in, struct err *e)
{
	return cursor_at(m, in->list, e);
}

bool expr_skip(struct cursor *c, uint32_t *end, struct err *e)
{
	struct instr in;
	uint32_t depth = 0;
	bool lax = c->lax, ok;

	c->lax = true;
	while ((ok = instr_read(c, &in, e))) {
		switch (in.op) {
		case OP_BLOCK: case OP_LOOP: case OP_IF: case OP_TRY: case OP_TRY_TABLE:
			depth++;
			continue;
		case OP_ELSE: case OP_CATCH: case OP_CATCH_ALL:
			if (depth)
				continue;
			ok = cursor_error(c, E_END_EXPECTED, in.offset, "END opcode expected, found %s",
				op_info[in.op].text);
			break;
		case OP_END: case OP_DELEGATE:
			if (depth--)
				continue;
			*end = in.end;
			break;
		default:
			continue;
		}
		break;
	}
	c->lax = lax;
	return ok;
}

bool locals_skip(struct cursor *c, struct err *e)
{
	uint32_t offset = cursor_offset(c), n, count;
	uint64_t total = 0;
	valtype type;

	c->e = e;
	if (!read_count(c, &n, UINT32_MAX, "the number of local declarations"))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		if (!read_u32(c, &count, "a number of locals") || !read_valtype(c, &type))
			return false;
		total += count;
	}
	return total <= UINT32_MAX || cursor_error(c, E_TOO_MANY_LOCALS, offset, "too many locals: %llu",
		(unsigned long long)total);
}

bool body_decode(const struct module *m, uint32_t func, struct err *e)
{
	const struct func_decl *f = &m->funcs[func];
	struct cursor c = cursor_at(m, f->body, e);
	uint32_t end;

	c.lax = true;
	if (!locals_skip(&c, e) || !expr_skip(&c, &end, e))
		return false;
	return end - f->body == f->body_size || cursor_error(&c, E_SECTION_SIZE, f->body,
		"section size mismatch: the body of function %u is %u bytes long, its contents take %u", func,
		f->body_size, end - f->body);
}
