/*
 * *explain*: the instruction that is about to run, or else the one under the cursor: the rule in words, the operand stack
 * before it and after it with real values, and what it becomes in register IR.
 */
#include "debugger/foresee.h"
#include "debugger/site.h"
#include "debugger/trap_report.h"
#include "engine/regir/code.h"
#include "engine/stack.h"
#include "repl/command/debug.h"
#include "tui/tui.h"
#include "tui/wat_paint.h"
#include "wat/disasm.h"
#include "wat/explain.h"

enum { NARROW = 24 };

static uint32_t one_chunk(struct view *v)
{
	return 1;
}

/* Words in lines of the window's width, behind a name for the paragraph. */
static void put_words(struct view *v, const char *name, struct str words, struct chunk *out)
{
	int width = (int)v->width - 8 < NARROW ? NARROW : (int)v->width - 8;
	bool first = true;

	while (words.n || first) {
		size_t n = text_fit(words, width), cut = n;
		while (n < words.n && cut > 0 && words.p[cut] != ' ')
			cut--;
		n = n < words.n && cut > 0 ? cut : n;
		put_style(out, STYLE_PROMPT);
		buf_printf(&out->text, "%-7s ", first ? name : "");
		put_style(out, STYLE_TEXT);
		buf_put(&out->text, words.p, n);
		line_end(out);
		n += n < words.n && words.p[n] == ' ';
		words.p += n;
		words.n -= n;
		first = false;
	}
}

static void put_instruction(const struct code_place *p, struct chunk *out)
{
	struct buf text = { 0 };
	struct err e = { 0 };
	struct instr in;

	if (disasm_at(p->module, p->func, p->offset, &in, &e) && disasm_text(p->module, &in, &text))
		wat_paint(str_of_buf(&text), &out->text);
	put_style(out, STYLE_DIM);
	buf_printf(&out->text, "  @0x%x", p->offset);
	line_end(out);
	buf_free(&text);
}

/* "[… 5 1]" */
static void put_stack(struct view *v, const char *name, const struct value *values, uint32_t n, const char *more,
	struct chunk *out)
{
	struct buf text = { 0 };
	enum { MOST = 6 };

	buf_puts(&text, n > MOST ? "[… " : "[");
	for (uint32_t i = n > MOST ? n - MOST : 0; i < n; i++) {
		value_print(values[i], v->t->s->store, &text);
		buf_puts(&text, i + 1 < n || *more ? " " : "");
	}
	buf_printf(&text, "%s]", more);
	put_words(v, name, str_of_buf(&text), out);
	buf_free(&text);
}

/* The operand stack now, and as far as the result is known, afterwards. */
static void put_effect(struct view *v, const struct frame *f, const struct site *at, struct chunk *out)
{
	struct session *s = v->t->s;
	struct arena a = { 0 };
	struct err e = { 0 };
	struct operand *ops;
	struct value *values, args[4], result;
	struct buf effect = { 0 }, more = { 0 };
	uint32_t n, depth;
	enum trap trap = TRAP_NONE;

	if (inspect_operands(s->ctx, f, foresee_operands(f, at), &a, &ops, &n, &e) &&
			frame_stack(s->ctx, f, &values, &depth, &a, &e)) {
		put_stack(v, "stack", values, depth, "", out);
		foresee_print(s->ctx, f, at, ops, n, &effect);
		if (effect.size)
			put_words(v, "does", str_of_buf(&effect), out);
		for (uint32_t i = 0; i < n && i < 4; i++)
			args[i] = ops[i].value;
		if (n > 0 && n <= 2 && foresee_number(at->op, args, &result, &trap) && trap == TRAP_NONE) {
			value_print(result, s->store, &more);
			put_stack(v, "after", values, depth - n, buf_str(&more), out);
		}
	}
	buf_free(&more);
	buf_free(&effect);
	arena_free(&a);
}

static void put_cell(struct view *v, const struct code_place *p, struct chunk *out)
{
	struct err e = { 0 };
	struct buf text = { 0 };
	struct body *b = debug_listed_body(v->t->s, p->module, p->func, &e);
	const struct body_map *map = b ? body_map(b, &e) : NULL;
	const struct map_row *row = map ? body_map_offset(map, p->offset) : NULL;

	if (!row)
		return;
	buf_printf(&text, "i:%u.%u ", p->func, body_cell_number(b, row->at));
	body_print_cell(b, row->at, &text);
	if (row->count > 1)
		buf_printf(&text, " (%u Wasm instructions in one)", row->count);
	put_words(v, "regir", str_of_buf(&text), out);
	buf_free(&text);
}

static void fill(struct view *v, uint32_t chunk, struct chunk *out)
{
	struct tui *t = v->t;
	struct code_place p = t->link.module ? t->link : t->pc;
	struct buf text = { 0 };
	struct err e = { 0 };
	struct frame f;
	struct site at;

	if (!p.module || !site_at(p.module, p.func, p.offset, &at, &e)) {
		line_note(out, "Put the cursor on an instruction, or start F(ARGS).");
		return;
	}
	put_instruction(&p, out);
	put_words(v, "rule", str_of(op_info[at.op].help), out);
	explain_signature(at.op, &text);
	put_words(v, "type", str_of_buf(&text), out);
	buf_free(&text);
	bool here = t->stopped && t->pc.module == p.module && t->pc.offset == p.offset && debug_wasm_frame(t->s, &f, &e);
	if (here && f.level == 0)
		put_effect(v, &f, &at, out);
	put_cell(v, &p, out);
}

const struct view_ops view_explain = {
	.name = "*explain*", .help = "what the instruction under the cursor does, with real values", .kind = VIEW_STATE,
	.chunks = one_chunk, .fill = fill,
};
