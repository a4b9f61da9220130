/* Commands: watch, rwatch, awatch. And what a stop says of what they saw. */
#include <inttypes.h>

#include "debugger/watchpoint.h"
#include "engine/base/buf.h"
#include "repl/command/cmd_break.h"
#include "repl/command/debug.h"
#include "repl/command/lvalue_text.h"
#include "wat/disasm.h"

/* ---- making ---------------------------------------------------------------------------------- */

const char *watch_kind(const struct watch *w)
{
	return !w->reads ? "watchpoint" : w->writes ? "access watchpoint" : "read watchpoint";
}

static bool check_place(const struct lvalue *l, bool reads, struct err *e)
{
	if (l->kind == LVALUE_STACK && reads)
		return err_set(e, E_UNSUPPORTED, place_none(), "an operand is read by whatever comes next: watch its writes");
	if (l->kind == LVALUE_STACK && l->frame.level)
		return err_set(e, E_USAGE, place_none(), "only operands of the innermost frame can be watched");
	if (l->kind == LVALUE_GLOBAL && !l->global->mut && !reads)
		return err_set(e, E_USAGE, place_none(), "the global is immutable: nothing writes it");
	return true;
}

static void show_new(struct session *s, const struct breakpoint *b, struct result *r)
{
	const char *kind = watch_kind(b->watch);
	struct value v;

	buf_printf(&r->text, "%c%s %u: %s", kind[0] - 'a' + 'A', kind + 1, b->number, b->spec);
	node_int(r, r->root, "number", b->number);
	node_str(r, r->root, "location", str_of(b->spec));
	node_bool(r, r->root, "pending", false);
	if (watch_value(s->dbg, b->watch, &v)) {
		buf_puts(&r->text, " = ");
		value_print(v, s->store, &r->text);
		buf_puts(&r->text, " : ");
		valtype_print(v.type, NULL, &r->text);
		node_value(r, r->root, v, s->store);
	}
	buf_putc(&r->text, '\n');
}

static bool watch(struct session *s, const struct args *a, bool reads, bool writes, struct result *r, struct err *e)
{
	struct str expr = arg_get(a, "expr")->text, condition = arg_get(a, "if")->text;
	struct lvalue l;

	if (s->trapped)
		return err_set(e, E_NOT_RUNNING, place_none(), "the call has trapped: its state can only be looked at");
	if (!breakpoint_check_condition(s, condition, e) || !lvalue_find(s, expr, r, &l, e) || !check_place(&l, reads, e))
		return false;
	struct breakpoint *b = breakpoint_add(s->dbg, expr, NULL, 0, e);
	if (!b)
		return false;
	b->kind = BREAKPOINT_WATCH;
	b->thread = (uint32_t)arg_get(a, "thread")->number;
	if (!breakpoint_condition(b, condition, e) || !watch_place(s->dbg, b, &l, reads, writes, e)) {
		breakpoint_delete(s->dbg, b);
		return false;
	}
	show_new(s, b, r);
	return true;
}

static bool run_watch(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return watch(s, a, false, true, r, e);
}

static bool run_rwatch(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return watch(s, a, true, false, r, e);
}

static bool run_awatch(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return watch(s, a, true, true, r, e);
}

#define WATCH_COMMAND(id, words, more, how) \
	const struct command cmd_##id = { \
		.name = #id, .group = GROUP_STOPS, .summary = words, .doc = more, .example = how, \
		.args = (const struct arg_spec[]){ \
			{ "expr", ARG_EXPR, 0, "local.n, stack[-1], global.g, mem32[a], mem[A..B], table0[i], gc(N).field", NULL }, \
			{ "if", ARG_EXPR, ARG_OPTIONAL | ARG_KEYWORD, "stop only when this is true", NULL }, \
			{ "thread", ARG_COUNT, ARG_OPTIONAL | ARG_KEYWORD, "only what this thread does", NULL }, \
			{ 0 } }, \
		.flags = CMD_NEEDS_INSTANCE, .run = run_##id, \
	}

WATCH_COMMAND(watch, "Stop when a value changes",
	"The address is computed once, now. The stop is behind the instruction that wrote; what host functions write counts,\n"
	"too. mem[A..B] are the bytes from A to B. Locals and operands belong to the selected frame: the watchpoint says when\n"
	"that is left, and is deleted.\n", "watch mem32[16] if mem32[16] > 100");
WATCH_COMMAND(rwatch, "Stop when a value is read", "Reads by host functions count, where they say what they read: WASI's do, and mem.read in scripts.\n",
	"rwatch global.sp");
WATCH_COMMAND(awatch, "Stop when a value is read or written", NULL, "awatch mem[64..127]");

/* ---- what they saw --------------------------------------------------------------------------- */

static void print_bytes(const struct watch_hit *h, const uint8_t *p, struct buf *out)
{
	for (uint64_t i = 0; i < h->size && i < WATCH_BYTES; i++)
		buf_printf(out, "%s%02x", i ? " " : "", p[i]);
	if (h->size > WATCH_BYTES)
		buf_puts(out, " …");
}

static void print_value(struct session *s, const struct watch_hit *h, bool now, struct buf *out)
{
	if (!(now ? h->is_there : h->was_there))
		buf_puts(out, "outside");
	else if (h->range)
		print_bytes(h, now ? h->is_bytes : h->was_bytes, out);
	else
		value_print(now ? h->is : h->was, s->store, out);
}

static void print_doer(const struct watch_hit *h, struct buf *out)
{
	struct err ignored = { 0 };
	struct instr in;

	if (!h->func) {
		buf_puts(out, "by a host function");
		return;
	}
	buf_puts(out, "by ");
	if (disasm_at(h->func->inst->module, h->func->index, h->offset, &in, &ignored))
		disasm_text(h->func->inst->module, &in, out);
	buf_printf(out, " @0x%x", h->offset);
}

static void hit_line(struct session *s, const struct watch_hit *h, struct buf *out)
{
	buf_printf(out, "  %s", h->expr);
	if (h->left) {
		buf_printf(out, ": its frame was left; watchpoint %u is deleted\n", h->number);
		return;
	}
	if (h->range)
		buf_printf(out, ", %" PRIu64 " byte%s at %" PRIu64, h->size, h->size == 1 ? "" : "s", h->at);
	buf_puts(out, ": ");
	print_value(s, h, false, out);
	if (!h->read && !h->same) {
		buf_puts(out, " → ");
		print_value(s, h, true, out);
	}
	buf_puts(out, h->read ? ", read " : h->same ? ", written again " : ", ");
	print_doer(h, out);
	buf_putc(out, '\n');
}

static void value_member(struct session *s, const struct watch_hit *h, bool now, struct result *r, struct node *in)
{
	struct buf b = { 0 };

	print_value(s, h, now, &b);
	if (now ? h->is_there : h->was_there)
		node_str(r, in, now ? "new" : "old", str_of_buf(&b));
	buf_free(&b);
}

static void hit_members(struct session *s, const struct watch_hit *h, struct result *r, struct node *in)
{
	node_str(r, in, "expr", str_of(h->expr));
	if (h->left) {
		node_bool(r, in, "left", true);
		return;
	}
	if (h->range) {
		node_printf(r, in, "address", "%" PRIu64, h->at);
		node_printf(r, in, "size", "%" PRIu64, h->size);
	}
	value_member(s, h, false, r, in);
	value_member(s, h, true, r, in);
	if (h->read)
		node_bool(r, in, "read", true);
	if (h->func)
		node_printf(r, in, "by", "0x%x", h->offset);
}

void show_watched(struct session *s, struct result *r)
{
	for (uint32_t i = 0; i < s->dbg->stop.nwatched; i++)
		hit_line(s, &s->dbg->stop.watched[i], &r->text);
}

void watched_members(struct session *s, struct result *r, struct node *stop)
{
	const struct stop *st = &s->dbg->stop;

	if (st->why == WHY_WATCHPOINT && st->nwatched)
		hit_members(s, &st->watched[0], r, stop);
	if (st->nwatched < (st->why == WHY_WATCHPOINT ? 2 : 1))
		return;
	struct node *list = node_array(r, stop, "watchpoints");
	for (uint32_t i = 0; i < st->nwatched; i++) {
		struct node *one = node_object(r, list, NULL);
		node_int(r, one, "number", st->watched[i].number);
		hit_members(s, &st->watched[i], r, one);
	}
}
