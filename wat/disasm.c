/* Instructions one by one, as stops and listings show them; see disasm.h. */
#include "wat/disasm.h"

#include "wat/print_ctx.h"

enum { COMMENT_COLUMN = 19, BYTES_SHOWN = 8 };

bool disasm_text(const struct module *m, const struct instr *in, struct buf *out)
{
	struct wat_print_options o = { .func = -1 };
	struct err e = { 0 };
	struct printer p;

	if (!printer_init(&p, m, &o, out, &e))
		return false;
	print_instr(&p, in, out);
	printer_free(&p);
	return !out->failed;
}

/* ---- words ----------------------------------------------------------------------------------- */

/* " (n)" when it has a name */
static void put_name(struct buf *out, struct str name)
{
	if (!name.n)
		return;
	buf_puts(out, " (");
	buf_escaped(out, name.p, name.n, false);
	buf_putc(out, ')');
}

static void put_thing(const struct module *m, struct buf *out, const char *what, enum name_kind kind, uint32_t index)
{
	buf_printf(out, "%s %u", what, index);
	put_name(out, name_of(m, kind, index));
}

static void put_signature(const struct module *m, struct buf *out, const struct deftype *t)
{
	struct type_names names = { module_type_name, (void *)(uintptr_t)m };

	if (!t || t->kind != TYPE_FUNC)
		return;
	buf_puts(out, ": ");
	deftype_print(t, &names, out);
}

static const struct deftype *func_type(const struct module *m, uint32_t func)
{
	return func < m->nfuncs ? m->funcs[func].type : NULL;
}

static const struct deftype *type_at(const struct module *m, uint32_t index)
{
	return index < m->ntypes ? m->types[index] : NULL;
}

static void words_local(const struct module *m, uint32_t func, const struct instr *in, struct buf *out)
{
	buf_puts(out, in->op == OP_LOCAL_GET ? "push local " : in->op == OP_LOCAL_SET ? "pop into local "
		: "copy the top of the stack into local ");
	buf_printf(out, "%u", in->index);
	put_name(out, name_of_inner(m, NAME_LOCAL, func, in->index));
}

static void words_call(const struct module *m, const struct instr *in, struct buf *out)
{
	bool tail = in->op == OP_RETURN_CALL;

	put_thing(m, out, tail ? "leave and call function" : "call function", NAME_FUNC, in->index);
	put_signature(m, out, func_type(m, in->index));
}

static void words_indirect(const struct module *m, const struct instr *in, struct buf *out)
{
	if (in->op == OP_RETURN_CALL_INDIRECT || in->op == OP_RETURN_CALL_REF)
		buf_puts(out, "leave and ");
	if (in->op == OP_CALL_REF || in->op == OP_RETURN_CALL_REF)
		buf_puts(out, "pop a function reference and call it");
	else
		put_thing(m, out, "pop an index and call what is there in table", NAME_TABLE, in->index2);
	put_signature(m, out, type_at(m, in->index));
}

static void words_const(const struct instr *in, struct buf *out)
{
	long long v = in->number;

	buf_printf(out, "push %lld", v);
	if (v > 9 || v < -9)
		buf_printf(out, " (0x%llx)", in->op == OP_I32_CONST ? (unsigned long long)(uint32_t)v
			: (unsigned long long)v);
}

static void words_label(const struct instr *in, struct buf *out)
{
	const char *help = op_info[in->op].help;

	buf_printf(out, "%s [label %u: ", help, in->index);
	if (in->index)
		buf_printf(out, "%u block%s out]", in->index, in->index > 1 ? "s" : "");
	else
		buf_puts(out, "the innermost block]");
}

static void put_part(const struct module *m, struct buf *out, const char *what, enum name_kind kind, uint32_t index)
{
	struct str name = name_of(m, kind, index);

	if (!name.n)
		return;
	buf_printf(out, " [%s ", what);
	buf_escaped(out, name.p, name.n, false);
	buf_putc(out, ']');
}

/* The explanation of the opcode table, then the names of what the immediates refer to. */
static void words_table(const struct module *m, const struct instr *in, struct buf *out)
{
	struct str field;

	buf_puts(out, op_info[in->op].help);
	switch ((enum imm)op_info[in->op].imm) {
	case IMM_FUNC:
		put_part(m, out, "function", NAME_FUNC, in->index);
		break;
	case IMM_TABLE: case IMM_TABLE_TABLE:
		put_part(m, out, "table", NAME_TABLE, in->index);
		break;
	case IMM_ELEM: case IMM_ELEM_TABLE:
		put_part(m, out, "segment", NAME_ELEM, in->index);
		break;
	case IMM_DATA: case IMM_DATA_MEM:
		put_part(m, out, "segment", NAME_DATA, in->index);
		break;
	case IMM_MEM: case IMM_MEM_MEM:
		put_part(m, out, "memory", NAME_MEMORY, in->index);
		break;
	case IMM_MEMARG: case IMM_MEMARG_LANE:
		if (in->mem.offset)
			buf_printf(out, " [address + %llu]", (unsigned long long)in->mem.offset);
		if (m->nmemories > 1)
			put_part(m, out, "memory", NAME_MEMORY, in->mem.memory);
		break;
	case IMM_TAG:
		put_part(m, out, "tag", NAME_TAG, in->index);
		break;
	case IMM_TYPE: case IMM_TYPE_LEN: case IMM_TYPE_DATA: case IMM_TYPE_ELEM: case IMM_TYPE_TYPE:
		put_part(m, out, "type", NAME_TYPE, in->index);
		break;
	case IMM_TYPE_FIELD:
		put_part(m, out, "type", NAME_TYPE, in->index);
		field = name_of_inner(m, NAME_FIELD, in->index, in->index2);
		if (field.n) {
			buf_puts(out, " [field ");
			buf_escaped(out, field.p, field.n, false);
			buf_putc(out, ']');
		}
		break;
	default:
		break;
	}
}

void disasm_words(const struct module *m, uint32_t func, const struct instr *in, struct buf *out)
{
	switch (in->op) {
	case OP_LOCAL_GET: case OP_LOCAL_SET: case OP_LOCAL_TEE:
		words_local(m, func, in, out);
		break;
	case OP_GLOBAL_GET:
		put_thing(m, out, "push global", NAME_GLOBAL, in->index);
		break;
	case OP_GLOBAL_SET:
		put_thing(m, out, "pop into global", NAME_GLOBAL, in->index);
		break;
	case OP_I32_CONST: case OP_I64_CONST:
		words_const(in, out);
		break;
	case OP_CALL: case OP_RETURN_CALL:
		words_call(m, in, out);
		break;
	case OP_CALL_INDIRECT: case OP_RETURN_CALL_INDIRECT: case OP_CALL_REF: case OP_RETURN_CALL_REF:
		words_indirect(m, in, out);
		break;
	case OP_REF_FUNC:
		put_thing(m, out, "push a reference to function", NAME_FUNC, in->index);
		break;
	case OP_BR: case OP_BR_IF:
		words_label(in, out);
		break;
	default:
		words_table(m, in, out);
	}
}

bool disasm_instr(const struct module *m, uint32_t func, const struct instr *in, struct buf *out)
{
	size_t start = out->size, used;

	if (!disasm_text(m, in, out))
		return false;
	used = out->size - start;
	buf_fill(out, ' ', used < COMMENT_COLUMN ? COMMENT_COLUMN - used : 1);
	buf_puts(out, ";; ");
	disasm_words(m, func, in, out);
	return !out->failed;
}

/* ---- listings -------------------------------------------------------------------------------- */

bool disasm_start(const struct module *m, uint32_t func, struct cursor *c, struct err *e)
{
	uint32_t groups, n;
	valtype t;

	if (func >= m->nfuncs)
		return err_set(e, E_UNKNOWN_NAME, place_none(), "no function %u: the module has %u", func, m->nfuncs);
	if (m->funcs[func].import >= 0)
		return err_set(e, E_UNSUPPORTED, place_none(), "function %u is imported: it has no body here", func);
	*c = cursor_at(m, m->funcs[func].body, e);
	c->end = c->p + m->funcs[func].body_size;
	c->lax = true;
	if (!read_count(c, &groups, UINT32_MAX, "the number of local declarations"))
		return false;
	while (groups--)
		if (!read_u32(c, &n, "a number of locals") || !read_valtype(c, &t))
			return false;
	return true;
}

bool disasm_at(const struct module *m, uint32_t func, uint32_t offset, struct instr *in, struct err *e)
{
	struct cursor c;

	if (!disasm_start(m, func, &c, e))
		return false;
	while (cursor_left(&c)) {
		if (!instr_read(&c, in, e))
			return false;
		if (offset >= in->offset && offset < in->end)
			return true;
	}
	return err_set(e, E_UNKNOWN_NAME, place_offset(offset), "no instruction of function %u holds byte 0x%x", func,
		offset);
}

static void list_bytes(const struct module *m, const struct instr *in, struct buf *out)
{
	uint32_t n = in->end - in->offset, shown = n > BYTES_SHOWN ? BYTES_SHOWN - 1 : n;

	for (uint32_t i = 0; i < shown; i++)
		buf_printf(out, "%02x ", m->bytes[in->offset + i]);
	if (shown < n)
		buf_puts(out, "…  ");
	buf_fill(out, ' ', 3 * (BYTES_SHOWN - shown - (shown < n)));
}

static bool list_instr(const struct module *m, uint32_t func, const struct instr *in, uint32_t depth, bool raw,
	struct buf *out)
{
	size_t start = out->size;

	buf_printf(out, "@0x%x", in->offset);
	buf_fill(out, ' ', out->size - start < 9 ? 9 - (out->size - start) : 1);
	start = out->size;
	buf_printf(out, "#%u+0x%02x", func, in->offset - m->funcs[func].body);
	buf_fill(out, ' ', out->size - start < 12 ? 12 - (out->size - start) : 1);
	if (raw)
		list_bytes(m, in, out);
	buf_fill(out, ' ', 2 * (depth < 16 ? depth : 16));
	if (!disasm_instr(m, func, in, out))
		return false;
	buf_putc(out, '\n');
	return true;
}

static void list_head(const struct module *m, uint32_t func, struct buf *out)
{
	const struct func_decl *f = &m->funcs[func];

	put_thing(m, out, "function", NAME_FUNC, func);
	put_signature(m, out, f->type);
	buf_printf(out, ", %u bytes at @0x%x\n", f->body_size, f->body);
}

/* Instructions from offset FROM on, at most COUNT. */
static bool list(const struct module *m, uint32_t func, uint32_t from, uint32_t count, bool raw, struct buf *out,
	struct err *e)
{
	uint32_t depth = 0;
	struct cursor c;
	struct instr in;

	if (!disasm_start(m, func, &c, e))
		return false;
	while (count && cursor_left(&c)) {
		bool inner;

		if (!instr_read(&c, &in, e))
			return false;
		inner = in.op == OP_ELSE || in.op == OP_CATCH || in.op == OP_CATCH_ALL;
		depth -= depth && (in.op == OP_END || in.op == OP_DELEGATE);
		if (in.end > from) {
			if (!list_instr(m, func, &in, depth - (inner && depth), raw, out))
				return err_oom(e);
			count--;
		}
		depth += op_opens(in.op);
	}
	return !out->failed || err_oom(e);
}

bool disasm_range(const struct module *m, uint32_t func, uint32_t offset, uint32_t count, bool raw, struct buf *out,
	struct err *e)
{
	return list(m, func, offset, count, raw, out, e);
}

bool disasm_func(const struct module *m, uint32_t func, bool raw, struct buf *out, struct err *e)
{
	struct cursor c;

	if (!disasm_start(m, func, &c, e))
		return false;
	list_head(m, func, out);
	return list(m, func, 0, UINT32_MAX, raw, out, e);
}
