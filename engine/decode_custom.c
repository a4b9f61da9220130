/*
 * Custom sections that mean something to the engine: branch hints, and the check of those and of names that loading
 * leaves out, because a wrong custom section never makes a module wrong (core specification 2.5, appendix 7.4).
 */
#include "engine/decode.h"

#include <stdlib.h>

#include "engine/imm.h"
#include "engine/names.h"

const struct custom *custom_find(const struct module *m, struct str name)
{
	for (uint32_t i = m->ncustoms; i > 0; i--)
		if (str_eq(m->customs[i - 1].name, name))
			return &m->customs[i - 1];
	return NULL;
}

/* ---- branch hints ------------------------------------------------------------------------------------------ */

typedef VEC(struct branch_hint) hint_vec;

static bool read_hint(struct cursor *c, uint32_t func, hint_vec *out)
{
	struct branch_hint hint = { .func = func };
	uint32_t size, offset = cursor_offset(c);
	uint8_t value;

	if (!read_u32(c, &hint.offset, "the offset of a branch hint") || !read_u32(c, &size,
			"the size of a branch hint"))
		return false;
	if (size != 1)
		return cursor_error(c, E_HINT_FORMAT, offset,
			"@metadata.code.branch_hint annotation: malformed, the size of a hint is 1, not %u",
			size);
	if (!read_byte(c, &value, "a branch hint"))
		return false;
	if (value > 1)
		return cursor_error(c, E_HINT_FORMAT, offset,
			"@metadata.code.branch_hint annotation: malformed, a hint is 0 or 1, not %u", value);
	if (out->count && vec_last(out).func == func && vec_last(out).offset >= hint.offset)
		return cursor_error(c, E_HINT_FORMAT, offset,
			"@metadata.code.branch_hint annotation: malformed, hints are not in order");
	hint.likely = value;
	return vec_push(out, hint) || err_oom(c->e);
}

static bool read_hints(struct cursor *c, const struct module *m, hint_vec *out)
{
	uint32_t nfuncs, n, func, last = 0;

	if (!read_count(c, &nfuncs, UINT32_MAX, "the number of functions with branch hints"))
		return false;
	for (uint32_t i = 0; i < nfuncs; i++) {
		uint32_t offset = cursor_offset(c);
		if (!read_u32(c, &func, "a function index"))
			return false;
		if (func < m->nimported_funcs || func >= m->nfuncs || (i > 0 && func <= last))
			return cursor_error(c, E_HINT_FORMAT, offset,
				"@metadata.code.branch_hint annotation: malformed, "
				"function %u has no body or is not in order", func);
		last = func;
		if (!read_count(c, &n, UINT32_MAX, "the number of branch hints"))
			return false;
		for (uint32_t j = 0; j < n; j++)
			if (!read_hint(c, func, out))
				return false;
	}
	return true;
}

static bool read_hint_section(const struct module *m, hint_vec *out, struct err *e)
{
	const struct custom *section = custom_find(m, STR("metadata.code.branch_hint"));

	if (!section)
		return true;
	struct cursor c = cursor_at(m, section->start, e);
	c.end = c.p + section->size;
	if (!read_hints(&c, m, out))
		return false;
	return c.p == c.end || cursor_error(&c, E_HINT_FORMAT, cursor_offset(&c),
		"@metadata.code.branch_hint annotation: malformed, %u bytes are left over", cursor_left(&c));
}

bool hints_read(struct module *m, struct err *e)
{
	hint_vec hints = { 0 };
	bool ok = read_hint_section(m, &hints, e);

	if (ok && hints.count) {
		m->hints = arena_copy(&m->arena, hints.data, hints.count * sizeof *hints.data);
		m->nhints = m->hints ? (uint32_t)hints.count : 0;
		ok = m->hints || err_oom(e);
	}
	vec_free(&hints);
	return ok;
}

/* ---- checking ---------------------------------------------------------------------------------------------- */

/* A hint must lie on an if or br_if. Hints are sorted, so one pass over each body finds them all. */
static bool check_hint_targets(const struct module *m, const struct branch_hint *hints, size_t n,
	struct err *e)
{
	struct cursor c = { 0 };
	struct instr in = { 0 };
	uint32_t body = 0;

	for (size_t i = 0; i < n; i++) {
		const struct func_decl *f = &m->funcs[hints[i].func];
		if (f->body != body) {
			body = f->body;
			c = cursor_at(m, body, e);
			c.end = c.p + f->body_size;
			c.lax = true;
			if (!locals_skip(&c, e))
				return false;
		}
		uint64_t at = (uint64_t)body + hints[i].offset;
		while (cursor_offset(&c) <= at && c.p < c.end)
			if (!instr_read(&c, &in, e))
				return false;
		if (in.offset != at || (in.op != OP_IF && in.op != OP_BR_IF))
			return err_set(e, E_HINT_TARGET, place_offset(at),
				"@metadata.code.branch_hint annotation: invalid target, not an if or br_if");
	}
	return true;
}

bool custom_check(const struct module *m, struct err *e)
{
	hint_vec hints = { 0 };
	bool ok = read_hint_section(m, &hints, e) && check_hint_targets(m, hints.data, hints.count, e);

	vec_free(&hints);
	if (!ok || !names_problem(m)[0])
		return ok;
	const struct custom *names = custom_find(m, STR("name"));
	if (!names || !module_names(m))
		return err_oom(e);
	return err_set(e, E_NAME_SECTION, place_offset(names->offset), "%s", names_problem(m));
}
