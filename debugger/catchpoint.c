/* Catchpoints: which instructions are events, and in what words; see catchpoint.h. */
#include "debugger/catchpoint.h"

#include <inttypes.h>
#include <string.h>

#include "debugger/inspect.h"
#include "engine/base/buf.h"
#include "engine/module.h"
#include "engine/names.h"
#include "engine/probe.h"
#include "engine/regir/code.h"
#include "engine/tier.h"

const char *const catch_names[CATCH_COUNT + 1] = {
	[CATCH_TRAP] = "trap", [CATCH_THROW] = "throw", [CATCH_IMPORT] = "import", [CATCH_HOST] = "host",
	[CATCH_GROW] = "grow", [CATCH_THREAD] = "thread", [CATCH_TIERUP] = "tierup", [CATCH_COUNT] = NULL,
};

/* ---- which instructions ---------------------------------------------------------------------- */

static const enum op calls[] = { OP_CALL, OP_CALL_INDIRECT, OP_CALL_REF, OP_RETURN_CALL, OP_RETURN_CALL_INDIRECT,
	OP_RETURN_CALL_REF };
static const enum op throws[] = { OP_THROW, OP_THROW_REF, OP_RETHROW };

void catch_want(struct probe *p, enum catch_kind kind)
{
	bool throwing = kind == CATCH_THROW;
	const enum op *ops = throwing ? throws : calls;
	size_t n = throwing ? sizeof throws / sizeof *throws : sizeof calls / sizeof *calls;

	if (kind == CATCH_TRAP || kind == CATCH_TIERUP)
		return;
	if (kind == CATCH_GROW)
		probe_want(p, OP_MEMORY_GROW);
	for (size_t i = 0; kind != CATCH_GROW && i < n; i++)
		probe_want(p, ops[i]);
}

static bool is_one_of(enum op op, const enum op *ops, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ops[i] == op)
			return true;
	return false;
}

/* ---- calls ----------------------------------------------------------------------------------- */

/* The first immediate behind a one-byte opcode. */
static uint32_t immediate(const struct module *m, uint32_t offset)
{
	const uint8_t *p = m->bytes + offset + 1;
	uint32_t v = 0;

	for (unsigned shift = 0;; shift += 7, p++) {
		v |= (uint32_t)(*p & 0x7f) << shift;
		if (!(*p & 0x80))
			return v;
	}
}

/* Where the call goes; NULL: it will trap. *IMPORT: its import, for direct calls; NULL: none. */
static const struct func *callee(const struct func *f, const struct probe_at *at, enum op op, const struct import **import)
{
	const struct module *m = f->inst->module;
	slot operand = *(const slot *)(const void *)((const char *)at->fp + at->cell->b);

	*import = NULL;
	if (op == OP_CALL || op == OP_RETURN_CALL) {
		uint32_t i = immediate(m, at->offset);
		if (m->funcs[i].import >= 0)
			*import = &m->imports[m->funcs[i].import];
		return f->inst->funcs[i];
	}
	if (op == OP_CALL_REF || op == OP_RETURN_CALL_REF)
		return (const struct func *)(uintptr_t)operand;
	const struct table *t = f->inst->tables[at->cell->d];
	uint64_t i = t->is64 ? operand : (uint32_t)operand;
	return i < t->size ? (const struct func *)(uintptr_t)t->elems[i] : NULL;
}

/* "env.log" by the import's names or the host's; a function of another module by its own. */
static void print_name(const struct func *to, const struct import *import, struct buf *out)
{
	if (import) {
		buf_escaped(out, import->module.p, import->module.n, false);
		buf_putc(out, '.');
		buf_escaped(out, import->name.p, import->name.n, false);
	} else {
		inspect_func(to, out);
	}
}

/* NAME is the whole, or what follows the module's name. */
static bool is_named(const char *name, const struct buf *full)
{
	const char *dot = strrchr(buf_str(full), '.');

	return !name || strcmp(name, buf_str(full)) == 0 || (dot && strcmp(name, dot + 1) == 0);
}

static bool sees_call(const struct breakpoint *b, const struct func *f, const struct probe_at *at, enum op op,
	struct buf *out)
{
	const struct import *import;
	const struct func *to = callee(f, at, op, &import);
	struct buf name = { 0 };

	if (!to || (b->catch == CATCH_IMPORT ? to->inst == f->inst : to->inst != NULL))
		return false;
	if (b->catch == CATCH_THREAD && (!to->host_name || strcmp(to->host_name, "thread-spawn") != 0))
		return false;
	print_name(to, import, &name);
	bool wanted = is_named(b->catch_name, &name);
	if (wanted)
		buf_printf(out, "%s %s", b->catch == CATCH_IMPORT ? "import" : b->catch == CATCH_HOST ? "host call" : "thread start",
			buf_str(&name));
	buf_free(&name);
	return wanted;
}

/* ---- the others ------------------------------------------------------------------------------ */

static bool sees_throw(const struct breakpoint *b, const struct func *f, const struct probe_at *at, enum op op,
	struct buf *out)
{
	const struct module *m = f->inst->module;
	struct buf tag = { 0 };

	if (op == OP_THROW) {
		uint32_t i = immediate(m, at->offset);
		struct str name = name_of(m, NAME_TAG, i);
		if (name.n)
			buf_escaped(&tag, name.p, name.n, false);
		else
			buf_printf(&tag, "tag %u", i);
	}
	bool wanted = !b->catch_name || strcmp(buf_str(&tag), b->catch_name) == 0;
	if (wanted)
		buf_printf(out, op == OP_THROW ? "throw %s" : "throw again%s", buf_str(&tag));
	buf_free(&tag);
	return wanted;
}

static bool sees_grow(const struct func *f, const struct probe_at *at, struct buf *out)
{
	const struct memory *m = f->inst->memories[at->cell->c];
	slot pages = *(const slot *)(const void *)((const char *)at->fp + at->cell->a);

	buf_printf(out, "memory %d grows by %" PRIu64 "; it has %" PRIu64 " page%s", at->cell->c,
		m->is64 ? pages : (uint32_t)pages, m->pages, m->pages == 1 ? "" : "s");
	return true;
}

bool catch_sees(const struct breakpoint *b, struct ctx *c, const struct probe_at *at, struct buf *out)
{
	enum op op = probe_op(c, at);
	const struct func *f = probe_func(c, at);

	if (!f)
		return false;
	switch (b->catch) {
	case CATCH_THROW:
		return is_one_of(op, throws, sizeof throws / sizeof *throws) && sees_throw(b, f, at, op, out);
	case CATCH_IMPORT:
	case CATCH_HOST:
	case CATCH_THREAD:
		return is_one_of(op, calls, sizeof calls / sizeof *calls) && sees_call(b, f, at, op, out);
	case CATCH_GROW:
		return op == OP_MEMORY_GROW && sees_grow(f, at, out);
	case CATCH_TRAP:
	case CATCH_TIERUP:
	case CATCH_COUNT:
		break;
	}
	return false;
}

bool catch_sees_compiled(const struct breakpoint *b, const struct func *f, const struct native_code *n, struct buf *out)
{
	struct buf name = { 0 };

	if (b->catch != CATCH_TIERUP)
		return false;
	inspect_func(f, &name);
	const char *plain = buf_str(&name) + (buf_str(&name)[0] == '$');
	bool wanted = !b->catch_name || strcmp(plain, b->catch_name) == 0;
	if (wanted)
		buf_printf(out, "tierup %s: %s", plain, tier_why_words[n->why]);
	buf_free(&name);
	return wanted;
}

static bool waits_for_trap(const struct breakpoint *b)
{
	return b->kind == BREAKPOINT_CATCH && b->catch == CATCH_TRAP && b->enabled;
}

bool catch_has_trap(const struct dbg *d)
{
	for (size_t i = 0; i < d->breakpoints.count; i++)
		if (waits_for_trap(d->breakpoints.data[i]))
			return true;
	return false;
}

bool catch_trapped(struct dbg *d)
{
	for (size_t i = 0; i < d->breakpoints.count; i++) {
		struct breakpoint *b = d->breakpoints.data[i];
		if (waits_for_trap(b) && breakpoint_wants(d, b, d->ctx, NULL))
			breakpoint_hit(d, b);
	}
	return d->nhits > 0;
}
