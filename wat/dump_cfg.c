/*
 * The basic blocks of a function as a graph in the dot language. All instructions are read into a table first; a
 * second pass finds for each opener its end and its arms; then branches are looked up on a stack of openers. A block
 * begins at the function's start, behind every branch, and wherever a branch or an arm leads. Edges by exceptions are
 * dashed.
 */
#include "engine/base/buf.h"
#include "engine/base/vec.h"
#include "engine/module.h"
#include "engine/names.h"
#include "wat/disasm.h"
#include "wat/print_ctx.h"

enum { NOWHERE = 0xffffffffu };

struct row {
	struct instr in;
	uint32_t end;           /* openers and arms: the row of the `end` that closes the block */
	uint32_t arm;           /* openers and arms: the next else, catch or catch_all; NOWHERE: none */
	bool leader;
};

struct edge {
	uint32_t from, to;      /* rows; to: the number of rows means the function's exit */
	const char *label;      /* or NULL */
	bool thrown;
	uint32_t number;        /* br_table: the case, else NOWHERE */
};

struct cfg {
	const struct module *m;
	uint32_t func;
	struct err *e;
	VEC(struct row) rows;
	VEC(uint32_t) open;     /* rows of the openers around */
	VEC(struct edge) edges;
	bool failed;
};

/* ---- reading --------------------------------------------------------------------------------- */

static bool read_rows(struct cfg *g)
{
	struct row row = { .end = NOWHERE, .arm = NOWHERE };
	struct cursor c;

	if (!disasm_start(g->m, g->func, &c, g->e))
		return false;
	while (cursor_left(&c)) {
		if (!instr_read(&c, &row.in, g->e))
			return false;
		if (!vec_push(&g->rows, row))
			return err_oom(g->e);
	}
	return true;
}

static bool is_arm(enum op op)
{
	return op == OP_ELSE || op == OP_CATCH || op == OP_CATCH_ALL;
}

/* Chains arms to their openers and says where each block ends. */
static bool match_ends(struct cfg *g)
{
	VEC(uint32_t) last = { 0 };     /* the opener or the arm that is open */
	bool ok = true;

	vec_clear(&g->open);
	for (uint32_t i = 0; ok && i < g->rows.count; i++) {
		enum op op = g->rows.data[i].in.op;

		if (op_opens(op)) {
			ok = vec_push(&g->open, i) && vec_push(&last, i);
		} else if (is_arm(op) && last.count) {
			g->rows.data[vec_last(&last)].arm = i;
			vec_last(&last) = i;
		} else if ((op == OP_END || op == OP_DELEGATE) && g->open.count) {
			uint32_t at = vec_pop(&g->open);

			last.count--;
			for (; at != NOWHERE; at = g->rows.data[at].arm)
				g->rows.data[at].end = i;
		}
	}
	vec_free(&last);
	return ok || err_oom(g->e);
}

/* ---- edges ----------------------------------------------------------------------------------- */

static void edge_add(struct cfg *g, struct edge edge)
{
	if (edge.to > g->rows.count)
		edge.to = (uint32_t)g->rows.count;
	if (edge.to < g->rows.count)
		g->rows.data[edge.to].leader = true;
	if (!vec_push(&g->edges, edge))
		g->failed = true;
}

static void edge_to(struct cfg *g, uint32_t from, uint32_t to, const char *label)
{
	edge_add(g, (struct edge){ .from = from, .to = to, .label = label, .number = NOWHERE });
}

/* Where a branch to DEPTH goes, with SKIP of the innermost openers not counted. */
static uint32_t target(const struct cfg *g, uint32_t depth, uint32_t skip)
{
	uint64_t at = (uint64_t)depth + skip;

	if (at >= g->open.count)
		return (uint32_t)g->rows.count;
	const struct row *opener = &g->rows.data[g->open.data[g->open.count - 1 - at]];
	if (opener->in.op == OP_LOOP)
		return (uint32_t)(opener - g->rows.data);
	return opener->end == NOWHERE ? (uint32_t)g->rows.count : opener->end + 1;
}

static void edges_table(struct cfg *g, uint32_t i)
{
	const struct instr *in = &g->rows.data[i].in;
	struct cursor c = instr_list(g->m, in, g->e);
	uint32_t label;

	for (uint32_t k = 0; k <= in->count && read_u32(&c, &label, "a label"); k++)
		edge_add(g, (struct edge){ .from = i, .to = target(g, label, 0), .number = k < in->count ? k : NOWHERE,
			.label = k < in->count ? NULL : "default" });
}

static void edges_catches(struct cfg *g, uint32_t i)
{
	const struct instr *in = &g->rows.data[i].in;
	struct cursor c = instr_list(g->m, in, g->e);
	struct catch_clause x;

	for (uint32_t k = 0; k < in->count && catch_read(&c, &x); k++)
		edge_add(g, (struct edge){ .from = i, .to = target(g, x.label, 0), .thrown = true, .label = "catch",
			.number = NOWHERE });
	edge_to(g, i, i + 1, NULL);
}

/* Where the first arm of the opener in row I begins, or what follows the block when that arm is empty. */
static uint32_t first_arm(const struct cfg *g, uint32_t i)
{
	return g->rows.data[i].arm == i + 1 && g->rows.data[i].end != NOWHERE ? g->rows.data[i].end + 1 : i + 1;
}

static void edges_try(struct cfg *g, uint32_t i)
{
	for (uint32_t arm = g->rows.data[i].arm; arm != NOWHERE; arm = g->rows.data[arm].arm)
		edge_add(g, (struct edge){ .from = i, .to = arm, .thrown = true, .label = "catch", .number = NOWHERE });
	edge_to(g, i, first_arm(g, i), NULL);
}

static void edges_if(struct cfg *g, uint32_t i)
{
	const struct row *r = &g->rows.data[i];

	edge_to(g, i, first_arm(g, i), "yes");
	edge_to(g, i, r->arm != NOWHERE ? r->arm : r->end == NOWHERE ? (uint32_t)g->rows.count : r->end + 1, "no");
}

/* What follows row I besides the next row; true: the block ends here. */
static bool edges_of(struct cfg *g, uint32_t i)
{
	const struct row *r = &g->rows.data[i];

	switch (r->in.op) {
	case OP_BR:
		edge_to(g, i, target(g, r->in.index, 0), NULL);
		return true;
	case OP_BR_IF: case OP_BR_ON_NULL: case OP_BR_ON_NON_NULL: case OP_BR_ON_CAST: case OP_BR_ON_CAST_FAIL:
		edge_to(g, i, target(g, r->in.index, 0), "yes");
		edge_to(g, i, i + 1, "no");
		return true;
	case OP_BR_TABLE:
		edges_table(g, i);
		return true;
	case OP_IF:
		edges_if(g, i);
		return true;
	case OP_TRY:
		edges_try(g, i);
		return true;
	case OP_TRY_TABLE:
		edges_catches(g, i);
		return true;
	case OP_RETURN: case OP_RETURN_CALL: case OP_RETURN_CALL_INDIRECT: case OP_RETURN_CALL_REF:
		edge_to(g, i, (uint32_t)g->rows.count, NULL);
		return true;
	case OP_UNREACHABLE: case OP_THROW: case OP_THROW_REF: case OP_RETHROW:
		return true;
	case OP_END:
		if (i + 1 == g->rows.count)
			edge_to(g, i, i + 1, NULL);
		return false;
	default:
		return false;
	}
}

static bool find_edges(struct cfg *g)
{
	bool ended = false;

	vec_clear(&g->open);
	for (uint32_t i = 0; i < g->rows.count && !g->failed; i++) {
		struct row *r = &g->rows.data[i];

		if (is_arm(r->in.op) && i) {     /* the arm before leaves the block */
			if (!ended && r->end != NOWHERE)
				edge_to(g, i - 1, r->end + 1, NULL);
			r->leader = true;
		} else {
			r->leader |= ended || i == 0;
		}
		if ((r->in.op == OP_END || r->in.op == OP_DELEGATE) && g->open.count)
			g->open.count--;
		ended = edges_of(g, i);
		if (op_opens(r->in.op) && !vec_push(&g->open, i))
			g->failed = true;
	}
	return !g->failed || err_oom(g->e);
}

/* ---- writing --------------------------------------------------------------------------------- */

static void put_quoted(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '"' || s[i] == '\\')
			buf_putc(out, '\\');
		buf_putc(out, s[i]);
	}
}

static bool put_block(struct cfg *g, uint32_t *at, struct buf *out)
{
	struct buf text = { 0 };
	uint32_t i = *at;

	buf_printf(out, "  b%u [label=\"", i);
	do {
		buf_reset(&text);
		if (!disasm_text(g->m, &g->rows.data[i].in, &text))
			break;
		buf_printf(out, "@0x%x  ", g->rows.data[i].in.offset);
		put_quoted(out, buf_str(&text), text.size);
		buf_puts(out, "\\l");
		i++;
	} while (i < g->rows.count && !g->rows.data[i].leader);
	buf_puts(out, "\"];\n");
	buf_free(&text);
	*at = i;
	return !out->failed;
}

static void put_edge(const struct edge *edge, uint32_t from, uint32_t exit, struct buf *out)
{
	buf_printf(out, "  b%u -> ", from);
	if (edge->to == exit)
		buf_puts(out, "exit");
	else
		buf_printf(out, "b%u", edge->to);
	if (edge->number != NOWHERE)
		buf_printf(out, " [label=\"%u\"]", edge->number);
	else if (edge->label)
		buf_printf(out, " [label=\"%s\"%s]", edge->label, edge->thrown ? ", style=dashed" : "");
	buf_puts(out, ";\n");
}

/* The edges of the rows in the block [FIRST, NEXT), the falling through to the next block last. */
static void put_edges(struct cfg *g, uint32_t first, uint32_t next, size_t *at, struct buf *out)
{
	enum op op = g->rows.data[next - 1].in.op;
	bool left = false;

	for (; *at < g->edges.count && g->edges.data[*at].from < next; ++*at) {
		left |= !g->edges.data[*at].thrown;
		put_edge(&g->edges.data[*at], first, (uint32_t)g->rows.count, out);
	}
	left |= op == OP_UNREACHABLE || op == OP_THROW || op == OP_THROW_REF || op == OP_RETHROW;
	if (!left && next < g->rows.count)
		buf_printf(out, "  b%u -> b%u;\n", first, next);
}

static bool put_graph(struct cfg *g, struct buf *out)
{
	size_t edge = 0;

	buf_puts(out, "digraph \"");
	struct str name = name_of(g->m, NAME_FUNC, g->func);
	if (name.n) {
		struct buf text = { 0 };

		buf_escaped(&text, name.p, name.n, false);
		put_quoted(out, buf_str(&text), text.size);
		buf_free(&text);
	} else {
		buf_printf(out, "function %u", g->func);
	}
	buf_puts(out, "\" {\n  node [shape=box, fontname=monospace];\n");
	for (uint32_t i = 0; i < g->rows.count;) {
		uint32_t first = i;

		if (!put_block(g, &i, out))
			return err_oom(g->e);
		put_edges(g, first, i, &edge, out);
	}
	buf_puts(out, "  exit [shape=oval];\n}\n");
	return !out->failed || err_oom(g->e);
}

bool dump_cfg(const struct module *m, uint32_t func, struct buf *out, struct err *e)
{
	struct cfg g = { .m = m, .func = func, .e = e };
	bool ok = read_rows(&g) && match_ends(&g) && find_edges(&g) && put_graph(&g, out);

	vec_free(&g.rows);
	vec_free(&g.open);
	vec_free(&g.edges);
	return ok;
}
