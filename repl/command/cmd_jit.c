/* Commands: dump asm, jit why, jit print. What compiled code looks like, and why. */
#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"
#include "jit/asm_note.h"
#include "jit/listing.h"
#include "repl/command/debug.h"
#include "repl/command/jit_text.h"
#include "wat/disasm.h"

/* ---- dump asm --------------------------------------------------------------------------------- */

static void asm_node(struct result *r, struct node *list, const struct listing *l, const struct listed_part *p,
	const struct asm_line *line)
{
	struct node *one = node_object(r, list, NULL);

	node_printf(r, one, "address", "0x%x", line->at);
	jit_text_members(l, line, r, one);
	jit_text_part_members(l, p, r, one);
}

static void dump_tree(const struct listing *l, struct result *r)
{
	struct listed_line line;

	func_member(l->body->module, l->body->func, r, r->root);
	node_str(r, r->root, "tier", str_of("baseline"));
	node_str(r, r->root, "machine", str_of(machine_name(l->machine)));
	node_int(r, r->root, "bytes", l->size);
	struct node *list = node_array(r, r->root, "instructions");
	for (size_t i = 0; i < l->parts.count; i++)
		for (uint32_t at = l->parts.data[i].code; listing_next(l, i, &at, &line);)
			asm_node(r, list, l, &l->parts.data[i], &line.line);
}

static bool run_dump_asm(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *on = arg_get(a, "on");
	enum machine machine = on->given ? (enum machine)on->choice : MACHINE_HOST;
	struct listing l;

	if (!jit_listing(s, a, machine, &l, e))
		return false;
	jit_text_dump(&l, &r->text);
	dump_tree(&l, r);
	listing_free(&l);
	return true;
}

/* ---- jit why ------------------------------------------------------------------------------------ */

static void why_held(const struct listing *l, const struct code_state *st, const struct held *h, struct result *r,
	struct node *list)
{
	struct buf name = { 0 }, why = { 0 };
	struct node *one = node_object(r, list, NULL);
	const char *place = machine_register(l->machine, h->reg);

	body_print_slot(l->body, 8 * (int64_t)h->slot, &name);
	if (!h->assigned)
		buf_puts(&why, "a copy, till its register is wanted or a label comes");
	else if (st->depth)
		buf_printf(&why, "its own in the nest of loops i:%u.%u to i:%u.%u (weight %u)", l->body->func,
			body_cell_number(l->body, st->first), l->body->func, body_cell_number(l->body, st->last), h->weight);
	else
		buf_printf(&why, "its own outside of loops (weight %u)", h->weight);
	buf_printf(&r->text, "  %-12s %-5s %-13s ", buf_str(&name), h->valid ? place : "slot",
		!h->valid ? "" : h->dirty ? "slot is older" : "also in slot");
	if (!h->valid)
		buf_printf(&r->text, "%s, not loaded now, is ", place);
	buf_printf(&r->text, "%s\n", buf_str(&why));
	node_int(r, one, "slot", h->slot);
	node_str(r, one, "name", str_of_buf(&name));
	node_str(r, one, "register", str_of(place));
	node_bool(r, one, "valid", h->valid);
	node_bool(r, one, "dirty", h->dirty);
	node_bool(r, one, "assigned", h->assigned);
	if (h->assigned)
		node_int(r, one, "weight", h->weight);
	node_str(r, one, "why", str_of_buf(&why));
	buf_free(&name);
	buf_free(&why);
}

/* What the instruction itself became. */
static void why_code(const struct listing *l, uint32_t at, struct result *r)
{
	const struct listed_part *p = listing_part_of(l, at);
	const char *slow = listing_slow(l, at);
	uint32_t exits = listing_count(l, PART_EXIT, at), bridges = listing_count(l, PART_BRIDGE, at);

	if (!p) {
		buf_puts(&r->text, "  no code: nothing comes here\n");
		return;
	}
	uint32_t end = listing_part_end(l, (size_t)(p - l->parts.data));
	buf_printf(&r->text, "  code 0x%04x to 0x%04x (%u bytes)", p->code, end, end - p->code);
	if (exits)
		buf_printf(&r->text, ", %u exit%s to the interpreter", exits, exits == 1 ? "" : "s");
	if (bridges)
		buf_printf(&r->text, ", %u bridge%s lead%s here", bridges, bridges == 1 ? "" : "s", bridges == 1 ? "s" : "");
	buf_putc(&r->text, '\n');
	if (slow)
		buf_printf(&r->text, "  %s\n", slow[0] == 't' ? "thunk: registers are written back, the interpreter's handler does it"
			: slow[0] == 's' ? "seldom a helper: where this code cannot, a C function does it, out of line"
			: "helper: registers are written back, a C function does it");
	node_printf(r, r->root, "code", "0x%x", p->code);
	node_int(r, r->root, "bytes", end - p->code);
	node_int(r, r->root, "exits", exits);
	node_int(r, r->root, "bridges", bridges);
	if (slow)
		node_str(r, r->root, "slow", str_of(slow));
}

/* All instructions of the function that have no code of their own. */
static void why_slow(const struct listing *l, struct result *r)
{
	const struct native_tables *t = &l->out.tables;
	struct node *list = node_array(r, r->root, "helpers");

	buf_printf(&r->text, t->nslow ? "helpers and thunks of the function:\n" : "every instruction of the function has machine code\n");
	for (uint32_t i = 0; i < t->nslow; i++) {
		struct node *one = node_object(r, list, NULL);
		uint32_t number = body_cell_number(l->body, t->slow[i].at);
		size_t from;
		buf_printf(&r->text, "  %-6s  i:%u.%-4u ", native_how_name(t->slow[i].how), l->body->func, number);
		from = r->text.size;
		body_print_cell(l->body, t->slow[i].at, &r->text);
		node_int(r, one, "regir", number);
		node_str(r, one, "how", str_of(native_how_name(t->slow[i].how)));
		node_text(r, one, "text", from);
		buf_putc(&r->text, '\n');
	}
}

static void why_place(const struct listing *l, uint32_t at, struct result *r)
{
	const struct code_state *st = listing_state_of(l, at);

	buf_printf(&r->text, "i:%u.%u  ", l->body->func, body_cell_number(l->body, at));
	size_t from = r->text.size;
	body_print_cell(l->body, at, &r->text);
	node_int(r, r->root, "regir", body_cell_number(l->body, at));
	node_text(r, r->root, "text", from);
	buf_putc(&r->text, '\n');
	why_code(l, at, r);
	struct node *list = node_array(r, r->root, "slots");
	if (!st)
		return;
	bool all = true;
	for (unsigned i = 0; i < st->n; i++)
		all &= st->held[i].valid || !st->held[i].assigned;
	if (st->header)
		buf_puts(&r->text, all ? "  a loop begins here: all registers of the nest are valid\n"
			: "  a loop begins here: registers of the nest that are read before its first call are valid\n");
	for (unsigned i = 0; i < st->n; i++)
		why_held(l, st, &st->held[i], r, list);
	buf_puts(&r->text, st->n ? "  all other slots are in memory\n" : "  all slots are in memory\n");
}

/* The cell at a place: the one that was named, else the first of those that stand for the instruction. */
static bool why_cell(struct str text, const struct body *b, const struct map_row *row, uint32_t *at, struct err *e)
{
	unsigned func, number;

	*at = row ? row->at : 0;
	if (sscanf(text.p ? text.p : "", "i:%u.%u", &func, &number) == 2)
		return body_cell_offset(b, number, at) ||
			err_set(e, E_UNKNOWN_NAME, place_none(), "function #%u has no cell %u", b->func, number);
	return row || err_set(e, E_UNKNOWN_NAME, place_none(), "no register IR stands for that place: it is never reached");
}

static bool run_jit_why(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct body_map *map;
	struct location where;
	struct listing l;
	struct body *b;
	uint32_t at;

	if (!debug_locate_one(s, arg_get(a, "where")->text, r, &where, e) ||
	    !(b = debug_listed_body(s, where.module, where.func, e)) || !(map = body_map(b, e)))
		return false;
	if (!why_cell(arg_get(a, "where")->text, b, body_map_offset(map, where.offset), &at, e) ||
	    !listing_make(&l, b, MACHINE_HOST, e))
		return false;
	node_printf(r, r->root, "offset", "0x%x", where.offset);
	node_str(r, r->root, "machine", str_of(machine_name(l.machine)));
	why_place(&l, at, r);
	why_slow(&l, r);
	listing_free(&l);
	return true;
}

/* ---- jit print ------------------------------------------------------------------------------------- */

static bool run_jit_print(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct str line = arg_get(a, "line")->text;

	if (line.n >= 2 && (line.p[0] == '\'' || line.p[0] == '"') && line.p[line.n - 1] == line.p[0])
		line = (struct str){ line.p + 1, line.n - 2 };
	return jit_line_print(s, line, r, e);
}

/* ---- records ---------------------------------------------------------------------------------------- */

static const char *const machines[] = { "x86-64", "arm64", NULL };

const struct command cmd_dump_asm = {
	.name = "dump asm", .group = GROUP_CODE, .summary = "Show a function's machine code beneath its register IR",
	.doc = "Each line of register IR is followed by the machine code that the baseline compiler makes of it; what lies out of\n"
		"line (exits to the interpreter, bridges between places, entries at loops) follows. Addresses are offsets in the\n"
		"function's code. `on arm64` shows the other machine's code, on any machine.",
	.example = "dump asm fac",
	.args = (const struct arg_spec[]){
		FUNCTION_HERE_ARG,
		{ "on", ARG_CHOICE, ARG_OPTIONAL | ARG_KEYWORD, "the machine; this one when left out", machines }, { 0 } },
	.flags = CMD_NEEDS_MODULE, .run = run_dump_asm,
};

const struct command cmd_jit_why = {
	.name = "jit why", .group = GROUP_TIERS, .summary = "Say where compiled code keeps each value at a place, and why",
	.doc = "Registers just before the instruction: which slot each one holds, whether the slot itself is older, and whether the\n"
		"register is the slot's own for the nest of loops or a copy for a while. Then what code the instruction became, and\n"
		"which instructions of the function call a helper or their handler.",
	.example = "jit why i:0.4",
	.args = (const struct arg_spec[]){
		{ "where", ARG_LOC, ARG_OPTIONAL, "a location; where the guest is stopped when left out", NULL }, { 0 } },
	.flags = CMD_NEEDS_MODULE, .run = run_jit_why,
};

const struct command cmd_jit_print = {
	.name = "jit print", .group = GROUP_TIERS, .summary = "Show the machine code of one line of register IR, for both machines",
	.doc = "The line is written as `dump regir` prints it; slots are r0, r1, … and stand in registers, as within a loop.",
	.example = "jit print i32.shl r0, r1, r0",
	.args = (const struct arg_spec[]){ { "line", ARG_REST, 0, "register IR", NULL }, { 0 } },
	.run = run_jit_print,
};
