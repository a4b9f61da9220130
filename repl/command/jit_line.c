/*
 * jit print: one line of register IR, as dump regir writes it, compiled for both machines.
 *
 * The line becomes the only instruction of a loop, so that its slots stand in registers, in a function of its own that is
 * never run:
 *
 *     0  enter          1  nop  ◄─┐         3  jump 1  ─┘
 *                       2  LINE              4  return0      (where branches of LINE go)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/source.h"
#include "engine/regir/acc.h"
#include "engine/regir/interp.h"
#include "engine/value.h"
#include "repl/command/jit_text.h"

/* (module (func (local i64 × 48)) (table 8 funcref) (memory 1) (global (mut i64) (i64.const 0))) */
static const uint8_t module_bytes[] = {
	0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
	0x01, 0x04, 0x01, 0x60, 0x00, 0x00,
	0x03, 0x02, 0x01, 0x00,
	0x04, 0x04, 0x01, 0x70, 0x00, 0x08,
	0x05, 0x03, 0x01, 0x00, 0x01,
	0x06, 0x06, 0x01, 0x7e, 0x01, 0x42, 0x00, 0x0b,
	0x0a, 0x06, 0x01, 0x04, 0x01, 0x30, 0x7e, 0x0b,
};
enum { LOCALS = 48, HOMES = 16, CELLS_MAX = 12 };

/* ---- reading a line -------------------------------------------------------------------------------- */

enum { OPERANDS_MAX = 8 };

struct line {
	struct str name;
	struct str operands[OPERANDS_MAX];
	unsigned n;
	unsigned next;          /* the one to be read */
};

static struct str trimmed(struct str s)
{
	while (s.n && (*s.p == ' ' || *s.p == '\t'))
		s.p++, s.n--;
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

static bool split_line(struct str text, struct line *l, struct err *e)
{
	text = trimmed(text);
	size_t n = 0;

	*l = (struct line){ 0 };
	while (n < text.n && text.p[n] != ' ')
		n++;
	l->name = (struct str){ text.p, n };
	struct str rest = trimmed((struct str){ text.p + n, text.n - n });
	while (rest.n) {
		const char *comma = memchr(rest.p, ',', rest.n);
		size_t len = comma ? (size_t)(comma - rest.p) : rest.n;
		if (l->n == OPERANDS_MAX)
			return err_set(e, E_USAGE, place_none(), "more than %d operands", OPERANDS_MAX);
		l->operands[l->n++] = trimmed((struct str){ rest.p, len });
		rest.p += len + (comma != NULL), rest.n -= len + (comma != NULL);
		rest = trimmed(rest);
	}
	return true;
}

/* A number behind PREFIX, with nothing but TAIL behind it. */
static bool read_number(struct str s, const char *prefix, const char *tail, int64_t *v)
{
	char text[80], *end;
	size_t n = strlen(prefix);

	if (s.n >= sizeof text || s.n < n || memcmp(s.p, prefix, n) != 0)
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	*v = strtoll(text + n, &end, 0);
	return end != text + n && strcmp(end, tail) == 0;
}

/* "r3" or "r3:name" behind PREFIX: its byte offset. */
static bool read_slot(struct str s, const char *prefix, const char *tail, int64_t *at)
{
	size_t n = strlen(prefix);
	const char *colon = s.n > n ? memchr(s.p + n, ':', s.n - n) : NULL;
	char start[16];

	snprintf(start, sizeof start, "%sr", prefix);
	if (colon)
		s.n = (size_t)(colon - s.p);
	if (!read_number(s, start, colon ? "" : tail, at) || *at < 0 || *at >= LOCALS + HOMES - 1)
		return false;
	*at = *at < LOCALS ? 8 * *at : 8 * (*at + 3);
	return true;
}

static bool read_constant(struct str s, const char *op, int64_t *v)
{
	uint32_t bits32;
	bool range;

	if (op[0] == 'f' && op[1] == '3') {
		if (!float_parse32(s, &bits32, &range))
			return false;
		*v = bits32;
		return true;
	}
	if (op[0] == 'f')
		return float_parse64(s, (uint64_t *)v, &range);
	if (!read_number(s, "", "", v))
		return false;
	if (op[0] == 'i' && op[1] == '3')
		*v = (uint32_t)*v;
	return true;
}

/* The operands of field F; false: they are not such. */
static bool read_field(struct line *l, char f, const char *op, int64_t *v)
{
	int64_t second;

	if (l->next >= l->n)
		return false;
	struct str s = l->operands[l->next++];
	switch (f) {
	case 'D': case 'S': case 'V': case 'W': return read_slot(s, "", "", v);
	case 'A': return read_slot(s, "acc:", "", v);
	case 'w': return read_slot(s, "", "..", v);
	case 'X': {
		const char *shift = s.n > 2 ? memchr(s.p, '<', s.n) : NULL;
		if (!shift || !read_slot((struct str){ s.p, (size_t)(shift - s.p) }, "", "", v) ||
		    !read_number((struct str){ shift, s.n - (size_t)(shift - s.p) }, "<<", "", &second))
			return false;
		*v |= second << 16;
		return true;
	}
	case 'I': return read_number(s, "<<", "", v);
	case 'm': return read_number(s, "", "", v);
	case 'v': return read_number(s, "value", "", v);
	case 'q': return read_number(s, "", "", v) && *v == (int16_t)*v;
	case 'k': case 'K': return read_constant(s, op, v);
	case 'o': return read_number(s, "offset=", "", v);
	case 'l': return read_number(s, "lane=", "", v);
	case 'g': return read_number(s, "global", "", v) && *v == 0;
	case 'b': return read_number(s, "table", "", v) && *v == 0;
	case 'M': return read_number(s, "mem", "", v) && *v == 0;
	case 'n': case 't': return read_number(s, "", "", v);
	default: return false;
	}
}

/* ---- finding the instruction -------------------------------------------------------------------------- */

/* Whether the operands of L are those of OP; then the cell's fields are filled in, but for branch targets. */
static bool read_operands(struct line *l, enum regir op, uint32_t header, int64_t v[4], bool *branches)
{
	struct regir_info info = regir_info(op);

	l->next = 0;
	*branches = false;
	for (int i = 0; i < 4; i++) {
		char f = info.format[i];
		v[i] = f == 'h' ? header : 0;
		if (!f)
			break;
		if (f == 't')
			*branches = true;
		if (f == '-' || f == 'h' || f == 't')
			continue;
		if (!read_field(l, f, info.text, &v[i]))
			return false;
		if (f == 'K')
			break;
	}
	/* where it branches to is written last */
	return (!*branches || read_field(l, 't', "", &(int64_t){ 0 })) && l->next == l->n;
}

static bool known_name(struct str name, enum regir op)
{
	struct regir_info info = regir_info(op);
	size_t prefix = strlen(regir_prefix(op));

	return info.text[0] && name.n == prefix + strlen(info.text) && memcmp(name.p, regir_prefix(op), prefix) == 0 &&
		memcmp(name.p + prefix, info.text, name.n - prefix) == 0;
}

/* What is not shown alone: it needs a function around it. */
static bool needs_body(enum regir op)
{
	return regir_ext[op] != EXT_NONE || regir_calls(op) || op == R_ENTER || op == R_LANDING;
}

static bool find_op(struct line *l, uint32_t header, enum regir *out, int64_t v[4], bool *branches, struct err *e)
{
	bool named = false, alone = false;

	for (int op = 0; op < R_COUNT; op++) {
		if (!known_name(l->name, acc_base((enum regir)op)))
			continue;
		named = true;
		if (needs_body((enum regir)op))
			continue;
		alone = true;
		if (read_operands(l, (enum regir)op, header, v, branches)) {
			*out = (enum regir)op;
			return true;
		}
	}
	if (!named)
		return err_set(e, E_UNKNOWN_NAME, place_none(), "no instruction of the register IR is called %.*s", (int)l->name.n, l->name.p);
	if (!alone)
		return err_set(e, E_UNSUPPORTED, place_none(), "%.*s needs a function around it: dump asm shows it there", (int)l->name.n,
			l->name.p);
	return err_set(e, E_USAGE, place_none(), "%.*s does not take these operands: write the line as dump regir does",
		(int)l->name.n, l->name.p);
}

/* ---- the function around it -------------------------------------------------------------------------------- */

struct around {
	struct module *module;
	struct body body;
	struct cell cells[CELLS_MAX];
	uint32_t line;          /* byte offset of the line's cell */
};

static uint32_t handler_of(enum regir op)
{
	return (uint32_t)(uintptr_t)interp_fast_table[op];
}

static bool around_init(struct around *x, struct engine *en, struct err *e)
{
	struct features all = features_all();
	struct source *src = source_copy("jit print", module_bytes, sizeof module_bytes, e);
	struct body *b;

	x->module = src ? module_load_take(en, src, &all, e) : NULL;
	if (!x->module || !(b = code_body(x->module, 0, BODY_FAST, MEMORY_GUARDED, true, e)))
		return false;
	x->body = *b;
	x->body.frame = b->header + 24 + 8 * HOMES;
	x->body.cells = (char *)x->cells;
	x->body.nhandlers = x->body.ntwins = 0;
	x->body.map = NULL;
	x->body.native = NULL;
	return true;
}

static void around_fill(struct around *x, const struct body *from, enum regir op, const int64_t v[4], bool branches)
{
	uint32_t n = 0, size = sizeof(struct cell);
	const char *k = strchr(regir_info(op).format, 'K');

	x->cells[n++] = *(const struct cell *)(const void *)from->cells;
	x->cells[n++] = (struct cell){ .op = handler_of(R_NOP) };
	x->line = n * size;
	struct cell line = { .op = handler_of(op), .a = (uint16_t)v[0], .b = (uint16_t)v[1], .c = (int32_t)v[2], .d = (int32_t)v[3] };
	if (k)
		line.imm = v[k - regir_info(op).format];
	if (branches)
		line.c = 2 * (int32_t)size;
	x->cells[n++] = line;
	x->cells[n] = (struct cell){ .op = handler_of(R_JUMP), .c = -2 * (int32_t)size };
	n++;
	x->cells[n++] = (struct cell){ .op = handler_of(R_RETURN0), .a = (uint16_t)from->header };
	x->body.size = n * size;
}

/* ---- showing ------------------------------------------------------------------------------------------------- */

/* One machine's lines, to be put beside the other's. */
struct column {
	VEC(char *) lines;
};

static void add_line(struct column *c, struct buf *text)
{
	char *copy = strdup(buf_str(text));

	if (copy && !vec_push(&c->lines, copy))
		free(copy);
	buf_truncate(text, 0);
}

static void put_registers(const struct listing *l, uint32_t at, struct column *c)
{
	const struct code_state *st = listing_state_of(l, at);
	struct buf text = { 0 };

	for (unsigned i = 0; st && i < st->n; i++) {
		buf_puts(&text, text.size ? ", " : "");
		body_print_slot(l->body, 8 * (int64_t)st->held[i].slot, &text);
		buf_printf(&text, " in %s", machine_register(l->machine, st->held[i].reg));
	}
	add_line(c, &text);
	buf_free(&text);
}

static void put_code(const struct listing *l, uint32_t at, struct result *r, struct column *c)
{
	const struct listed_part *p = listing_part_of(l, at);
	struct node *list = node_array(r, r->root, machine_name(l->machine));
	size_t i = (size_t)(p - l->parts.data);
	struct buf text = { 0 };
	struct listed_line line;

	for (uint32_t from = p->code; listing_next(l, i, &from, &line);) {
		struct node *one = node_object(r, list, NULL);
		jit_text_members(l, &line.line, r, one);
		buf_puts(&text, line.line.text);
		add_line(c, &text);
	}
	uint32_t exits = listing_count(l, PART_EXIT, at);
	if (exits) {
		buf_printf(&text, "(%u exit%s to the interpreter)", exits, exits == 1 ? "" : "s");
		add_line(c, &text);
	}
	const char *slow = listing_slow(l, at);
	if (slow) {
		buf_printf(&text, "(%s)", slow[0] == 's' ? "seldom by a helper" : slow[0] == 't' ? "by a thunk" : "by a helper");
		add_line(c, &text);
	}
	buf_free(&text);
}

static bool print_on(struct around *x, enum machine m, struct result *r, struct column *c, struct err *e)
{
	struct listing l;

	if (!listing_make(&l, &x->body, m, e))
		return false;
	put_registers(&l, x->line, c);
	put_code(&l, x->line, r, c);
	listing_free(&l);
	return true;
}

static void beside(const struct column *c, struct result *r)
{
	size_t n = c[0].lines.count > c[1].lines.count ? c[0].lines.count : c[1].lines.count;
	enum { WIDTH = 44 };

	buf_printf(&r->text, "  %-*s %s\n", WIDTH, machine_name(MACHINE_X64), machine_name(MACHINE_A64));
	for (size_t i = 0; i < n; i++) {
		const char *left = i < c[0].lines.count ? c[0].lines.data[i] : "", *right = i < c[1].lines.count ? c[1].lines.data[i] : "";
		if (*right)
			buf_printf(&r->text, "  %-*s %s\n", WIDTH, left, right);
		else
			buf_printf(&r->text, "  %s\n", left);
	}
}

static bool print_both(struct around *x, struct result *r, struct err *e)
{
	struct column c[MACHINES] = { 0 };
	bool ok = print_on(x, MACHINE_X64, r, &c[MACHINE_X64], e) && print_on(x, MACHINE_A64, r, &c[MACHINE_A64], e);

	if (ok)
		beside(c, r);
	for (int m = 0; m < MACHINES; m++) {
		for (size_t i = 0; i < c[m].lines.count; i++)
			free(c[m].lines.data[i]);
		vec_free(&c[m].lines);
	}
	return ok;
}

bool jit_line_print(struct session *s, struct str text, struct result *r, struct err *e)
{
	struct around x = { 0 };
	int64_t v[4] = { 0 };
	bool branches = false, ok;
	enum regir op = R_NOP;
	struct line l;

	if (!split_line(text, &l, e))
		return false;
	ok = around_init(&x, s->engine, e);
	if (ok)
		ok = find_op(&l, x.body.header, &op, v, &branches, e);
	if (ok) {
		around_fill(&x, code_body(x.module, 0, BODY_FAST, MEMORY_GUARDED, true, e), op, v, branches);
		node_str(r, r->root, "line", trimmed(text));
		ok = print_both(&x, r, e);
	}
	if (x.module)
		module_free(x.module);
	return ok;
}
