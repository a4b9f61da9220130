/* Command: info registers. What the machine's registers are where a guest stands in compiled code. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/regir/code.h"
#include "repl/command/debug.h"
#include "repl/command/jit_text.h"
#include "repl/command/native_text.h"

enum { GENERAL = 16, FIRST_VECTOR = 32, VECTORS = 16 };

/* What is fixed in compiled code for x86-64 (docs/jit.md). */
static const char *const fixed[GENERAL] = {
	[0] = "scratch; what helpers return", [4] = "native stack", [5] = "the frame's slots", [10] = "scratch", [11] = "scratch",
	[14] = "memory 0", [15] = "context",
};

static const struct { uint64_t bit; const char *name; } flags[] = {
	{ 1, "CF" }, { 4, "PF" }, { 16, "AF" }, { 64, "ZF" }, { 128, "SF" }, { 1024, "DF" }, { 2048, "OF" },
};

static const struct held *held_in(const struct code_state *st, unsigned reg)
{
	for (unsigned i = 0; st && i < st->n; i++)
		if (st->held[i].reg == reg && st->held[i].valid)
			return &st->held[i];
	return NULL;
}

/* "r0:n, newer than its slot". */
static void put_held(const struct native_stop *n, const struct held *h, struct buf *out)
{
	body_print_slot(n->listing->body, 8 * (int64_t)h->slot, out);
	if (h->dirty)
		buf_puts(out, ", newer than its slot");
}

static void put_line(struct result *r, struct node *list, const char *name, const char *value, const char *what)
{
	struct node *one = node_object(r, list, NULL);

	buf_printf(&r->text, "  %-6s %-34s %s", name, value, what);
	while (r->text.size && r->text.data[r->text.size - 1] == ' ')
		buf_truncate(&r->text, r->text.size - 1);
	buf_putc(&r->text, '\n');
	node_str(r, one, "name", str_of(name));
	node_printf(r, one, "value", "%.*s", (int)strcspn(value, " "), value);
	if (what[0])
		node_str(r, one, "holds", str_of(what));
}

static void general(const struct native_stop *n, const struct code_state *st, struct result *r, struct node *list)
{
	for (unsigned i = 0; i < GENERAL; i++) {
		const struct held *h = held_in(st, i);
		struct buf what = { 0 };
		char value[48];
		snprintf(value, sizeof value, "0x%016" PRIx64, n->regs.g[i]);
		if (h) {
			size_t at = strlen(value);
			snprintf(value + at, sizeof value - at, "  %" PRId64, (int64_t)n->regs.g[i]);
			put_held(n, h, &what);
		} else if (fixed[i]) {
			buf_puts(&what, fixed[i]);
		}
		put_line(r, list, machine_register(MACHINE_X64, i), value, buf_str(&what));
		buf_free(&what);
	}
}

/* Those that are 0 and hold nothing are members of the JSON only. */
static void vectors(const struct native_stop *n, const struct code_state *st, struct result *r, struct node *list)
{
	unsigned left_out = 0;

	for (unsigned i = 0; i < VECTORS; i++) {
		const struct held *h = held_in(st, FIRST_VECTOR + i);
		struct buf what = { 0 };
		char value[48];
		size_t from = r->text.size;
		snprintf(value, sizeof value, "0x%016" PRIx64 "%016" PRIx64, n->regs.v[i][1], n->regs.v[i][0]);
		if (h)
			put_held(n, h, &what);
		put_line(r, list, machine_register(MACHINE_X64, FIRST_VECTOR + i), value, buf_str(&what));
		if (!h && !n->regs.v[i][0] && !n->regs.v[i][1]) {
			buf_truncate(&r->text, from);
			left_out++;
		}
		buf_free(&what);
	}
	if (left_out)
		buf_printf(&r->text, "  %s xmm registers are 0 and hold nothing\n", left_out == VECTORS ? "all" : "all other");
}

static void pc_and_flags(const struct native_stop *n, struct result *r, struct node *list)
{
	struct buf what = { 0 };
	char value[32];

	snprintf(value, sizeof value, "0x%016" PRIx64, n->regs.pc);
	buf_printf(&what, "code + 0x%04x", n->at);
	put_line(r, list, "rip", value, buf_str(&what));
	buf_reset(&what);
	snprintf(value, sizeof value, "0x%" PRIx64, n->regs.flags);
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (n->regs.flags & flags[i].bit)
			buf_printf(&what, "%s%s", what.size ? " " : "", flags[i].name);
	put_line(r, list, "flags", value, buf_str(&what));
	buf_free(&what);
}

static void head(const struct native_stop *n, bool known, struct result *r)
{
	native_text_regir(n, &r->text);
	native_text_asm(n, &r->text);
	if (!known)
		buf_puts(&r->text, "  out of line: which slots registers hold is said where register IR goes on\n");
	else if (n->between)
		buf_puts(&r->text, "  in the middle of it: slots are those that registers held where it began\n");
}

static bool run_info_registers(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct native_stop *n = native_stop(s->dbg);

	if (!n)
		return err_set(e, E_UNSUPPORTED, place_none(), "the frame is interpreted: it has slots (info frame, info locals, info stack) and no "
			"machine registers; 'stepn' moves it to its compiled code");
	const struct listed_part *p = &n->listing->parts.data[n->part];
	const struct code_state *st = p->part == PART_INSTRUCTION ? listing_state_of(n->listing, p->at) : NULL;
	head(n, st != NULL, r);
	struct node *list = node_array(r, r->root, "registers");
	general(n, st, r, list);
	pc_and_flags(n, r, list);
	vectors(n, st, r, list);
	return true;
}

const struct command cmd_info_registers = {
	.name = "info registers", .group = GROUP_STATE, .summary = "Show the machine's registers, and what each holds",
	.doc = "Only where the guest stands in compiled code (stepn). Which slot a register holds is the compiler's own record for\n"
		"the register-IR instruction; the other names are fixed in all compiled code.\n",
	.flags = CMD_NEEDS_STOP, .run = run_info_registers,
};
