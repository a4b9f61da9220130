/* Compiled code for people. */
#include "repl/command/jit_text.h"

#include "jit/asm_note.h"
#include "wat/disasm.h"

static const char *part_name(enum code_part p)
{
	static const char *const names[] = {
		[PART_INSTRUCTION] = "instruction", [PART_BRIDGE] = "bridge", [PART_EXIT] = "exit", [PART_ENTRY] = "entry",
		[PART_DETOUR] = "detour", [PART_EARLY] = "early return", [PART_COMMON] = "common",
	};

	return names[p];
}

bool jit_listing(struct session *s, const struct args *a, enum machine m, struct listing *l, struct err *e)
{
	const struct module *of;
	struct body *b;
	uint32_t func;

	return debug_function_arg(s, a, &of, &func, e) && (b = debug_listed_body(s, of, func, e)) && listing_make(l, b, m, e);
}

const struct native_code *jit_native(struct session *s, const struct module *m, uint32_t func)
{
	const struct session_module *sm = session_module_of(s, m);
	const struct func *f = sm && sm->instance ? sm->instance->funcs[func] : NULL;
	const struct native_code *n = f && s->ctx ? tiers_native(f, s->ctx->counting) : NULL;

	return n || !f ? n : tiers_native(f, !(s->ctx && s->ctx->counting));
}

/* The Wasm instruction that the cell got its name from. */
static void put_wasm(const struct listing *l, uint32_t at, struct buf *out)
{
	const struct module *m = l->body->module;
	struct err e = { 0 };
	const struct body_map *map = body_map(l->body, &e);
	const struct map_row *row = map ? body_map_at(map, at) : NULL;
	enum regir op = code_op(l->body, at);
	struct cursor c;
	struct instr in;

	if (!row || op == R_ENTER || op == R_LANDING || !disasm_start(m, l->body->func, &c, &e) || row->main < cursor_offset(&c))
		return;
	c.p = c.base + row->main;       /* a cell is named after the beginning of an instruction: there is nothing to look for */
	if (!cursor_left(&c) || !instr_read(&c, &in, &e))
		return;
	buf_printf(out, "  ;; @0x%x ", row->main);
	disasm_text(m, &in, out);
}

void jit_text_head(const struct listing *l, size_t i, struct buf *out)
{
	const struct listed_part *p = &l->parts.data[i];
	uint32_t number = p->part == PART_COMMON ? 0 : body_cell_number(l->body, p->at);

	switch (p->part) {
	case PART_INSTRUCTION:
		buf_printf(out, "  i:%u.%-4u ", l->body->func, number);
		body_print_cell(l->body, p->at, out);
		put_wasm(l, p->at, out);
		break;
	case PART_BRIDGE:
		buf_printf(out, "  bridge to i:%u.%u", l->body->func, number);
		break;
	case PART_EXIT:
		buf_printf(out, "  exit: the interpreter goes on at i:%u.%u", l->body->func, number);
		break;
	case PART_DETOUR:
		buf_printf(out, "  detour of i:%u.%u, by a helper", l->body->func, number);
		break;
	case PART_ENTRY:
		buf_printf(out, "  entry at i:%u.%u for a frame that was interpreted", l->body->func, number);
		break;
	case PART_EARLY:
		buf_printf(out, "  early return to a compiled caller: i:%u.%u", l->body->func, number);
		break;
	case PART_COMMON:
		buf_puts(out, "  ways out: the function is not begun, a call was left, the end of all exits");
		break;
	}
}

static void put_bytes(const struct listing *l, const struct asm_line *line, struct buf *out)
{
	for (uint32_t i = 0; i < line->n; i++)
		buf_printf(out, "%02x", l->code[line->at + i]);
}

void jit_text_line(const struct listing *l, const struct asm_line *line, struct buf *out)
{
	size_t from = out->size;
	struct buf note = { 0 };

	buf_printf(out, "    0x%04x  ", line->at);
	put_bytes(l, line, out);
	while (out->size - from < 32)
		buf_putc(out, ' ');
	buf_printf(out, " %s", line->text);
	asm_note(l, line->text, &note);
	if (note.size) {
		while (out->size - from < 64)
			buf_putc(out, ' ');
		buf_printf(out, " ; %s", buf_str(&note));
	}
	buf_free(&note);
}

void jit_text_members(const struct listing *l, const struct asm_line *line, struct result *r, struct node *out)
{
	struct buf bytes = { 0 };

	put_bytes(l, line, &bytes);
	node_str(r, out, "bytes", str_of_buf(&bytes));
	node_str(r, out, "text", str_of(line->text));
	buf_free(&bytes);
}

void jit_text_part_members(const struct listing *l, const struct listed_part *p, struct result *r, struct node *out)
{
	if (p->part != PART_COMMON)
		node_int(r, out, "regir", body_cell_number(l->body, p->at));
	if (p->part != PART_INSTRUCTION)
		node_str(r, out, "part", str_of(part_name(p->part)));
}

void jit_text_dump(const struct listing *l, struct buf *out)
{
	struct listed_line line;

	buf_printf(out, "#%u ", l->body->func);
	func_display_name(l->body->module, l->body->func, out);
	buf_printf(out, ": %u bytes of %s code, %u slots\n", l->size, machine_name(l->machine), l->body->frame / 8);
	for (size_t i = 0; i < l->parts.count; i++) {
		jit_text_head(l, i, out);
		buf_putc(out, '\n');
		for (uint32_t at = l->parts.data[i].code; listing_next(l, i, &at, &line);) {
			jit_text_line(l, &line.line, out);
			buf_putc(out, '\n');
		}
	}
}

bool jit_text_func(struct session *s, const struct module *m, uint32_t func, struct buf *out, struct err *e)
{
	struct body *b = debug_listed_body(s, m, func, e);
	struct listing l;

	if (!b || !listing_make(&l, b, MACHINE_HOST, e))
		return false;
	jit_text_dump(&l, out);
	listing_free(&l);
	return true;
}
