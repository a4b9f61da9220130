/* The instruction that lockstep has found, as both sides have it; see lockstep_code.h. */
#include "repl/command/lockstep_code.h"

#include "debugger/position.h"
#include "engine/base/buf.h"
#include "engine/regir/code.h"
#include "repl/command/jit_text.h"
#include "wat/disasm.h"

enum { LINES_SHOWN = 40 };              /* of machine code */

/* ---- cells ----------------------------------------------------------------------------------- */

/* A cell of a side's code. */
struct side_cell {
	struct body *body;              /* NULL: it has none there */
	uint32_t at, count;             /* Wasm instructions that it stands for */
};

/* The function on side WHICH: each has a copy of the module. */
static const struct func *func_of(const struct lockstep *l, int which)
{
	return l->side[which].ctx->store->funcs.data[l->found.func->number - 1];
}

static struct body *plain_body(const struct func *f)
{
	struct err e = { 0 };

	return code_body(f->inst->module, f->index, BODY_PLAIN, (enum memory_mode)f->inst->code_mode, true, &e);
}

/* Where the piece begins that is shown: the suspect's cell may begin before the instruction that gave it its name. */
static uint32_t first_offset(const struct lockstep_found *x)
{
	struct err e = { 0 };
	const struct body_map *m = x->body ? body_map(x->body, &e) : NULL;

	return m ? body_map_at(m, x->cell)->start : x->offset;
}

static bool stands_for_nothing(enum regir op)
{
	return op == R_CHARGE || op == R_HOT;
}

/* The cell that does the instruction in fast code: the one that the suspect has been taken apart to, or where it begins. */
static struct side_cell fast_cell(const struct lockstep *l, int which)
{
	const struct lockstep_found *x = &l->found;
	const struct func *f = func_of(l, which);
	struct err e = { 0 };

	if (which == x->suspect && x->body)
		return (struct side_cell){ x->body, x->cell, x->count };
	struct body *b = code_body(f->inst->module, f->index, BODY_CHARGED, (enum memory_mode)f->inst->code_mode,
		tiers_fuse(l->side[which].ctx->store, f->inst->module, f->index), &e);
	const struct body_map *m = b ? body_map(b, &e) : NULL;
	const struct map_row *row = m ? body_map_offset(m, first_offset(x)) : NULL;
	while (row && row + 1 < m->rows + m->nrows && stands_for_nothing(code_op(b, row->at)))
		row++;
	return row ? (struct side_cell){ b, row->at, x->body ? x->count : 1 } : (struct side_cell){ 0 };
}

static struct side_cell cell_of(const struct lockstep *l, int which)
{
	return l->side[which].tier->exact ? (struct side_cell){ 0 } : fast_cell(l, which);
}

/* A body with an instruction clock has other cells here and there; people know those of dump regir. */
uint32_t lockstep_cell_number(struct body *b, uint32_t at)
{
	struct err e = { 0 };
	const struct body_map *own = b->kind == BODY_CHARGED ? body_map(b, &e) : NULL;
	struct body *listed = own ? code_body(b->module, b->func, BODY_FAST, b->mode, b->fused, &e) : NULL;
	const struct body_map *map = listed ? body_map(listed, &e) : NULL;
	uint32_t main = map ? body_map_at(own, at)->main : 0;

	for (uint32_t i = 0; map && i < map->nrows; i++)
		if (map->rows[i].main == main && code_op(listed, map->rows[i].at) == code_op(b, at))
			return body_cell_number(listed, map->rows[i].at);
	return body_cell_number(b, at);
}

static void cell_line(const char *who, struct body *b, uint32_t at, uint32_t count, struct buf *out)
{
	buf_printf(out, "  %-8s i:%u.%u  ", who, b->func, lockstep_cell_number(b, at));
	body_print_cell(b, at, out);
	if (count > 1)
		buf_printf(out, "    (%u Wasm instructions)", count);
	buf_putc(out, '\n');
}

/* ---- machine code ---------------------------------------------------------------------------- */

/* The lines of the cell's own part. FN gets each; false ends it. */
static void each_asm_line(struct body *b, uint32_t at, bool (*fn)(void *user, const struct listing *l, const struct asm_line *line),
	void *user)
{
	struct listed_line line;
	struct listing code;
	struct err e = { 0 };

	if (!listing_make(&code, b, MACHINE_HOST, &e))
		return;
	const struct listed_part *p = listing_part_of(&code, at);
	bool more = p != NULL;
	for (uint32_t from = p ? p->code : 0; more && listing_next(&code, (size_t)(p - code.parts.data), &from, &line);)
		more = fn(user, &code, &line.line);
	listing_free(&code);
}

struct asm_lines {
	struct buf *out;
	unsigned n;
};

static bool put_asm_line(void *user, const struct listing *l, const struct asm_line *line)
{
	struct asm_lines *t = user;

	if (++t->n > LINES_SHOWN) {
		buf_puts(t->out, "    …\n");
		return false;
	}
	jit_text_line(l, line, t->out);
	buf_putc(t->out, '\n');
	return true;
}

struct asm_nodes {
	struct result *r;
	struct node *list;
};

static bool add_asm_node(void *user, const struct listing *l, const struct asm_line *line)
{
	struct asm_nodes *t = user;
	struct node *one = node_object(t->r, t->list, NULL);

	node_printf(t->r, one, "address", "0x%x", line->at);
	jit_text_members(l, line, t->r, one);
	return true;
}

/* ---- one instruction at a time --------------------------------------------------------------- */

/* The rows of the plain body that the suspect's cell stands for; *N: how many. NULL: none. */
static const struct map_row *plain_rows(const struct lockstep_found *x, struct body *b, uint32_t *n)
{
	struct err e = { 0 };
	const struct body_map *m = b ? body_map(b, &e) : NULL;
	const struct map_row *row = m ? body_map_offset(m, first_offset(x)) : NULL;
	uint32_t left = row ? (uint32_t)(m->rows + m->nrows - row) : 0;

	*n = x->body ? x->count : 1;
	if (*n > left)
		*n = left;
	return row;
}

static void plain_lines(const struct lockstep *l, struct buf *out)
{
	uint32_t n;
	struct body *b = plain_body(l->found.func);
	const struct map_row *row = plain_rows(&l->found, b, &n);

	for (uint32_t i = 0; i < n; i++)
		cell_line("plain", b, row[i].at, 1, out);
}

static void instruction_node(const struct module *m, uint32_t func, uint32_t offset, struct result *r, struct node *one)
{
	struct position at;
	struct err e = { 0 };
	struct buf text = { 0 };
	struct instr in;

	node_printf(r, one, "offset", "0x%x", offset);
	position_of(m, offset, &at);
	if (at.has_line)
		node_int(r, one, "line", at.line);
	if (disasm_at(m, func, offset, &in, &e) && disasm_text(m, &in, &text))
		node_str(r, one, "text", str_of_buf(&text));
	buf_free(&text);
}

void lockstep_code_instructions(const struct lockstep *l, struct result *r, struct node *in)
{
	struct node *list = node_array(r, in, "instructions");
	uint32_t n;
	struct body *b = plain_body(l->found.func);
	const struct map_row *row = plain_rows(&l->found, b, &n);

	for (uint32_t i = 0; i < n; i++)
		instruction_node(b->module, b->func, row[i].start, r, node_object(r, list, NULL));
}

/* ---- both sides ------------------------------------------------------------------------------ */

void lockstep_code_lines(const struct lockstep *l, struct buf *out)
{
	for (int i = 0; i < 2; i++) {
		const struct side_cell c = cell_of(l, i);
		if (!c.body)
			continue;
		cell_line(l->side[i].tier->name, c.body, c.at, c.count, out);
		if (l->side[i].tier->compiled)
			each_asm_line(c.body, c.at, put_asm_line, &(struct asm_lines){ .out = out });
	}
	plain_lines(l, out);
}

static void cell_node(struct body *b, uint32_t at, struct result *r, struct node *list)
{
	struct node *one = node_object(r, list, NULL);
	struct buf text = { 0 };

	node_int(r, one, "pc", lockstep_cell_number(b, at));
	body_print_cell(b, at, &text);
	node_str(r, one, "text", str_of_buf(&text));
	buf_free(&text);
}

void lockstep_code_node(const struct lockstep *l, int which, struct result *r, struct node *in)
{
	const struct side_cell c = cell_of(l, which);
	struct node *list = node_array(r, in, "regir");
	struct body *plain = c.body ? NULL : plain_body(func_of(l, which));
	uint32_t n;
	const struct map_row *row = plain_rows(&l->found, plain, &n);

	if (c.body)
		cell_node(c.body, c.at, r, list);
	for (uint32_t i = 0; row && i < n; i++)
		cell_node(plain, row[i].at, r, list);
	if (c.body && l->side[which].tier->compiled)
		each_asm_line(c.body, c.at, add_asm_node, &(struct asm_nodes){ r, node_array(r, in, "asm") });
}
