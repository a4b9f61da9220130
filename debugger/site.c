/* Reading function bodies instruction by instruction; see site.h. */
#include "debugger/site.h"

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/vec.h"
#include "engine/imm.h"
#include "engine/module.h"

struct reader {
	struct cursor c;
	uint32_t end;           /* of the body */
	uint32_t depth;
};

bool op_calls(enum op op)
{
	return op == OP_CALL || op == OP_CALL_INDIRECT || op == OP_CALL_REF;
}

bool op_tail_calls(enum op op)
{
	return op == OP_RETURN_CALL || op == OP_RETURN_CALL_INDIRECT || op == OP_RETURN_CALL_REF;
}

static bool opens(enum op op)
{
	return op == OP_BLOCK || op == OP_LOOP || op == OP_IF || op == OP_TRY || op == OP_TRY_TABLE;
}

static bool closes(enum op op)
{
	return op == OP_END || op == OP_DELEGATE;
}

static bool reader_begin(struct reader *r, const struct module *m, uint32_t func, struct err *e)
{
	const struct func_decl *f = &m->funcs[func];

	if (f->import >= 0)
		return err_set(e, E_USAGE, place_none(), "function %u is imported: it has no instructions", func);
	r->c = cursor_at(m, f->body, e);
	r->end = f->body + f->body_size;
	r->depth = 0;
	return locals_skip(&r->c, e);
}

/* False without E: the end of the body. */
static bool reader_next(struct reader *r, struct site *out, struct err *e)
{
	struct instr in;

	if (cursor_offset(&r->c) >= r->end || !instr_read(&r->c, &in, e))
		return false;
	r->depth -= closes(in.op) && r->depth;
	*out = (struct site){ .offset = in.offset, .end = in.end, .op = in.op, .index = in.index, .index2 = in.index2,
		.number = in.number,
		.mem_offset = in.mem.offset, .memory = in.mem.memory, .depth = r->depth };
	r->depth += opens(in.op);
	return true;
}

bool site_first(const struct module *m, uint32_t func, struct site *out, struct err *e)
{
	struct reader r;

	return reader_begin(&r, m, func, e) && reader_next(&r, out, e);
}

/* Reads on to the instruction that ends behind OFFSET. */
static bool reader_find(struct reader *r, uint32_t offset, struct site *out, struct err *e)
{
	do {
		if (!reader_next(r, out, e))
			return e->code ? false : err_set(e, E_USAGE, place_offset(offset), "0x%x is behind the function's end",
				offset);
	} while (out->end <= offset);
	return true;
}

bool site_at(const struct module *m, uint32_t func, uint32_t offset, struct site *out, struct err *e)
{
	const struct func_decl *f = &m->funcs[func];
	struct reader r;

	if (!reader_begin(&r, m, func, e))
		return false;
	if (offset < f->body || offset >= f->body + f->body_size)
		return err_set(e, E_USAGE, place_none(), "0x%x is not in function %u, whose body is 0x%x to 0x%x", offset,
			func, f->body, f->body + f->body_size - 1);
	return reader_find(&r, offset, out, e);
}

bool site_after(const struct module *m, uint32_t func, uint32_t offset, uint64_t n, struct site *out, struct err *e)
{
	struct reader r;
	struct site next;

	if (!reader_begin(&r, m, func, e) || !reader_find(&r, offset, out, e))
		return false;
	while (n-- && reader_next(&r, &next, e))
		*out = next;
	return !e->code;
}

uint32_t site_entered(const struct module *m, uint32_t func, uint32_t offset)
{
	struct err ignored = { 0 };
	struct site at;

	if (!site_at(m, func, offset, &at, &ignored))
		return offset;
	return at.op == OP_CATCH || at.op == OP_CATCH_ALL || at.op == OP_ELSE ? at.end : offset;
}

bool site_ways_on(const struct module *m, uint32_t func, uint32_t offset, struct arena *a, uint32_t **out, uint32_t *n,
	struct err *e)
{
	struct reader r;
	struct site at, next;
	uint32_t depth;
	bool closed = true;     /* the instruction before was the end of a block around OFFSET, or OFFSET itself */

	if (!reader_begin(&r, m, func, e) || !reader_find(&r, offset, &at, e))
		return false;
	depth = at.depth;
	*n = 0;
	*out = arena_array(a, (size_t)depth + 2, sizeof **out);
	if (!*out)
		return err_oom(e);
	while (reader_next(&r, &next, e)) {
		if (closed)
			(*out)[(*n)++] = next.offset;
		closed = closes(next.op) && next.depth < depth;
		depth = closed ? next.depth : depth;
	}
	return !e->code;
}

bool site_count(const struct module *m, uint32_t func, uint32_t *n, struct err *e)
{
	struct reader r;
	struct site at;

	*n = 0;
	if (!reader_begin(&r, m, func, e))
		return false;
	while (reader_next(&r, &at, e))
		++*n;
	return !e->code;
}
