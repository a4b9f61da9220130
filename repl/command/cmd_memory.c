/* Commands: x. Memory of the guest in gdb's formats, and instructions. */
#include <inttypes.h>
#include <string.h>

#include "debugger/native_place.h"
#include "engine/base/buf.h"
#include "jit/asm_note.h"
#include "repl/command/debug.h"
#include "wat/disasm.h"

/* ---- /NFU ------------------------------------------------------------------------------------ */

struct shape {
	uint64_t count;
	char format;
	unsigned unit;          /* bytes */
};

static bool read_shape(struct str text, struct shape *out, struct err *e)
{
	size_t i = 0;
	bool unit_given = false;

	*out = (struct shape){ 1, 'x', 4 };
	if (text.n && text.p[0] >= '0' && text.p[0] <= '9')
		out->count = 0;
	for (; i < text.n && text.p[i] >= '0' && text.p[i] <= '9'; i++)
		if (out->count < 1000000)
			out->count = out->count * 10 + (unsigned)(text.p[i] - '0');
	for (; i < text.n; i++) {
		static const char units[] = "bhwg";
		const char *unit = strchr(units, text.p[i]);
		if (unit) {
			out->unit = 1u << (unit - units);
			unit_given = true;
		} else if (strchr("xzduotcafsi", text.p[i])) {
			out->format = text.p[i];
		} else {
			return err_set(e, E_USAGE, place_none(), "x: '%c' is no format (x z d u o t c a f s i) or unit (b h w g)",
				text.p[i]);
		}
	}
	if (!unit_given && out->format == 'c')
		out->unit = 1;
	if (out->format == 'f' && out->unit < 4)
		out->unit = 4;
	return out->count ? true : err_set(e, E_USAGE, place_none(), "x: a count of 0");
}

/* ---- data ------------------------------------------------------------------------------------ */

static struct memory *memory_of(struct session *s, struct err *e)
{
	struct eval_scope sc = debug_scope(s, s->frame);

	if (!sc.instance)
		return err_set(e, E_NO_MODULE, place_none(), "no instance is there: its memory does not exist yet"), NULL;
	if (!sc.instance->module->nmemories)
		return err_set(e, E_USAGE, place_none(), "the module has no memory"), NULL;
	return sc.instance->memories[0];
}

static struct eval_result unit_value(const uint8_t *p, const struct shape *sh)
{
	uint64_t bits = 0;

	memcpy(&bits, p, sh->unit);
	if (sh->format == 'f')
		return (struct eval_result){ .kind = EVAL_WASM,
			.value = sh->unit == 4 ? value_f32_bits((uint32_t)bits) : value_f64_bits(bits) };
	if (sh->format == 'd')
		bits = (uint64_t)((int64_t)(bits << (64 - 8 * sh->unit)) >> (64 - 8 * sh->unit));
	return (struct eval_result){ .kind = EVAL_INTEGER, .integer = (int64_t)bits };
}

static void print_unit(struct session *s, const uint8_t *p, const struct shape *sh, struct buf *out)
{
	struct eval_result v = unit_value(p, sh);
	struct err ignored = { 0 };
	char format[2] = { sh->format, '\0' };

	if (sh->format == 'x' || sh->format == 'z')
		buf_printf(out, "0x%0*" PRIx64, (int)sh->unit * 2, (uint64_t)v.integer);
	else
		show_formatted(s, &v, sh->format == 'f' ? STR("") : str_of(format), out, &ignored);
}

static bool check_range(const struct memory *m, uint64_t at, uint64_t size, struct err *e)
{
	if (memory_range(m, at, size))
		return true;
	return err_set(e, E_USAGE, place_none(), "%" PRIu64 " byte%s at %" PRIu64 ": the memory has %" PRIu64 " bytes",
		size, size == 1 ? "" : "s", at, (uint64_t)atomic_load(&m->size));
}

static bool examine_units(struct session *s, uint64_t at, const struct shape *sh, struct result *r, struct err *e)
{
	const struct memory *m = memory_of(s, e);
	unsigned row = sh->unit == 8 ? 2 : sh->unit == 4 ? 4 : 8;

	if (!m || !check_range(m, at, sh->count * sh->unit, e))
		return false;
	node_printf(r, r->root, "address", "0x%" PRIx64, at);
	node_int(r, r->root, "unit", sh->unit);
	struct node *list = node_array(r, r->root, "values");
	for (uint64_t i = 0; i < sh->count; i++, at += sh->unit) {
		size_t from;
		if (i % row == 0)
			buf_printf(&r->text, "%s0x%" PRIx64 ":", i ? "\n" : "", at);
		buf_putc(&r->text, '\t');
		from = r->text.size;
		print_unit(s, m->base + at, sh, &r->text);
		node_text(r, list, NULL, from);
	}
	buf_putc(&r->text, '\n');
	return true;
}

static bool examine_strings(struct session *s, uint64_t at, const struct shape *sh, struct result *r, struct err *e)
{
	enum { STRING_MAX = 200 };
	const struct memory *m = memory_of(s, e);

	if (!m || !check_range(m, at, 1, e))
		return false;
	struct node *list = node_array(r, r->root, "strings");
	for (uint64_t i = 0; i < sh->count && memory_range(m, at, 1); i++) {
		uint64_t left = atomic_load(&m->size) - at, n = 0, most = left < STRING_MAX ? left : STRING_MAX;
		const char *p = (const char *)m->base + at;
		while (n < most && p[n])
			n++;
		buf_printf(&r->text, "0x%" PRIx64 ":\t\"", at);
		buf_escaped(&r->text, p, n, false);
		buf_puts(&r->text, n == STRING_MAX && n < left && p[n] ? "\"...\n" : "\"\n");
		node_str(r, list, NULL, (struct str){ p, n });
		at += n + (n < left && !p[n]);
	}
	return true;
}

/* ---- instructions ---------------------------------------------------------------------------- */

/* A number is the byte of the module's file; anything else is a location. */
static bool code_place(struct session *s, struct str text, struct result *r, struct location *out, struct err *e)
{
	const struct session_module *m = session_named_module(s);
	struct err ignored = { 0 };
	struct eval_result v;

	if (m && s->eval && debug_eval(s, text, &r->arena, &v, &ignored) &&
			(v.kind == EVAL_INTEGER || (v.kind == EVAL_WASM && !vt_is_ref(v.value.type)))) {
		struct str at = str_of(arena_printf(&r->arena, "@0x%" PRIx64, (uint64_t)v.integer));
		return at.p ? debug_locate_one(s, at, r, out, e) : err_oom(e);
	}
	return debug_locate_one(s, text, r, out, e);
}

/* "0x7f3d0bcf503c  jne 0x7f3d0bcf5061", on to the end of the function's code at most. */
static void examine_listing(const struct native_place_of *n, uint32_t count, struct result *r)
{
	const struct listing *l = &n->listing;
	uint64_t base = (uint64_t)(uintptr_t)l->code;
	struct listed_line line;

	for (size_t i = n->part; i < l->parts.count; i++)
		for (uint32_t at = l->parts.data[i].code; count && listing_next(l, i, &at, &line);) {
			struct buf note = { 0 };
			if (at <= n->at)
				continue;
			asm_note(l, line.line.text, &note);
			if (!line.data)
				asm_text_line(l->machine, l->code, l->size, line.line.at, base, &line.line);
			buf_printf(&r->text, note.size ? "   0x%" PRIx64 "  %-40s ; %s\n" : "   0x%" PRIx64 "  %s\n", base + line.line.at,
				line.line.text, buf_str(&note));
			buf_free(&note);
			count--;
		}
}

/* Machine code at an address. */
static bool examine_native(struct session *s, uint64_t address, const struct shape *sh, struct result *r, struct err *e)
{
	struct native_place_of n;

	for (size_t i = 0; i < s->modules.count; i++) {
		size_t from = r->text.size;
		if (native_place_find(s->modules.data[i].module, address, &n, e)) {
			examine_listing(&n, (uint32_t)sh->count, r);
			listing_free(&n.listing);
			node_text(r, r->root, "text", from);
			return true;
		}
		if (e->code)
			return false;
	}
	return err_set(e, E_USAGE, place_none(), "no function has its machine code at 0x%" PRIx64, address);
}

static bool examine_code(struct session *s, struct str text, const struct shape *sh, struct result *r, struct err *e)
{
	struct location l;
	size_t from = r->text.size;
	uint64_t address;

	if (native_address(text, &address))
		return examine_native(s, address, sh, r, e);
	if (!code_place(s, text, r, &l, e) ||
			!disasm_range(l.module, l.func, l.offset, (uint32_t)sh->count, false, &r->text, e))
		return false;
	node_text(r, r->root, "text", from);
	return true;
}

/* ---- x --------------------------------------------------------------------------------------- */

static bool address_of(struct session *s, struct str text, struct result *r, uint64_t *at, struct err *e)
{
	struct eval_result v;

	if (!debug_eval(s, text, &r->arena, &v, e))
		return false;
	if (!eval_is_integer(&v))
		return err_set(e, E_TYPE, place_none(), "x: the address must be an integer");
	*at = v.kind == EVAL_WASM ? v.value.lo : (uint64_t)v.integer;
	return true;
}

static bool run_x(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct str text = arg_get(a, "address")->text;
	struct shape sh;
	uint64_t at = 0;

	if (!read_shape(a->format, &sh, e))
		return false;
	if (sh.format == 'i')
		return examine_code(s, text, &sh, r, e);
	if (!debug_need_instance(s, STR("mem"), r, e) || !address_of(s, text, r, &at, e))
		return false;
	return sh.format == 's' ? examine_strings(s, at, &sh, r, e) : examine_units(s, at, &sh, r, e);
}

const struct command cmd_x = {
	.name = "x", .group = GROUP_STATE, .summary = "Examine memory 0, or instructions",
	.doc = "/NFU: how many, format (x z d u o t c a f, s string, i instruction), unit (b 1, h 2, w 4, g 8 bytes).\n"
		"For /i the address is a byte of the module's file ($pc), a location, or *0x7f…, an address of machine code.\n",
	.example = "x/8xb local.p",
	.args = (const struct arg_spec[]){ { "address", ARG_EXPR, 0, "an expression", NULL }, { 0 } },
	.flags = CMD_NEEDS_MODULE | CMD_FORMAT, .run = run_x,
};
