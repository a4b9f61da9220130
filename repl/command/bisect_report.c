/* Showing what bisect has found; see bisect_report.h. */
#include "repl/command/bisect_report.h"

#include <inttypes.h>

#include "debugger/bisect.h"
#include "debugger/inspect.h"
#include "debugger/lockstep.h"
#include "debugger/position.h"
#include "engine/base/buf.h"
#include "engine/module.h"
#include "engine/names.h"
#include "repl/command/render.h"
#include "repl/command/session.h"

enum { SHOWN = 20 };

static void func_node(const struct bisect_func *f, struct result *r, struct node *in)
{
	struct position at;

	func_member(f->module, f->func, r, in);
	node_int(r, in, "index", f->func);
	node_int(r, in, "module", f->module->number);
	position_of(f->module, f->module->funcs[f->func].body, &at);
	node_str(r, in, "file", str_of(at.file));
	if (at.has_line)
		node_int(r, in, "line", at.line);
}

static const struct bisect_func *left(const struct bisect *x, size_t i)
{
	return &x->ran.data[x->left.items[i]];
}

static void nodes(const struct bisect *x, struct result *r, struct node *in)
{
	struct node *list = node_array(r, in, "functions");

	if (x->state == BISECT_FOUND && x->left.count == 1)
		func_node(left(x, 0), r, in);
	for (size_t i = 0; i < x->left.count && x->state != BISECT_MIXED; i++)
		func_node(left(x, i), r, node_object(r, list, NULL));
	node_int(r, in, "of", x->ran.count);
	node_printf(r, in, "runs", "%" PRIu64, x->runs);
	node_bool(r, in, "found", x->state == BISECT_FOUND);
}

static void func_words(const struct bisect_func *f, struct buf *out)
{
	inspect_func_of(f->module, f->func, out);
	buf_puts(out, " at ");
	position_print(f->module, f->module->funcs[f->func].body, out);
}

static void list_lines(const struct bisect *x, struct buf *out)
{
	for (size_t i = 0; i < x->left.count && i < SHOWN; i++) {
		buf_puts(out, "  ");
		func_words(left(x, i), out);
		buf_putc(out, '\n');
	}
	if (x->left.count > SHOWN)
		buf_printf(out, "  … and %zu more\n", x->left.count - SHOWN);
}

static void found_words(const struct bisect *x, const char *a, const char *b, struct buf *out)
{
	if (x->left.count == 1) {
		func_words(left(x, 0), out);
		buf_printf(out, ": %s in it alone, and %s in all else, is enough\n", b, a);
		return;
	}
	buf_printf(out, "no single function: these %zu, only together in %s\n", x->left.count, b);
	list_lines(x, out);
}

static void words(const struct lockstep *l, const struct bisect *x, struct buf *out)
{
	const char *a = l->side[0].tier->name, *b = l->side[1].tier->name;

	buf_printf(out, "%s and %s differ: ", a, b);
	switch (x->state) {
	case BISECT_FOUND:
		found_words(x, a, b, out);
		break;
	case BISECT_CUT_OFF:
		buf_printf(out, "%s, among these %zu\n", l->interrupted ? "interrupted" : "out of time", x->left.count);
		list_lines(x, out);
		break;
	case BISECT_MIXED:
		buf_puts(out, "not when functions of both are mixed, so no function can be named\n");
		break;
	case BISECT_NOT_BEGUN:
		buf_puts(out, "not in a call that can be made again, so no function can be named\n");
		return;
	}
	buf_printf(out, "  %zu function%s ran; %" PRIu64 " runs", x->ran.count, x->ran.count == 1 ? "" : "s", x->runs);
	if (l->found.unclocked)
		buf_puts(out, "; at full speed alone: in code without an instruction clock");
	buf_putc(out, '\n');
}

void bisect_report(const struct lockstep *l, const struct bisect *x, struct str call, struct result *r, struct node *in)
{
	words(l, x, &r->text);
	nodes(x, r, in);
	buf_printf(&r->text, "  try: lockstep %s %s %.*s    (the instruction)\n", l->side[0].tier->name, l->side[1].tier->name, STR_ARGS(call));
	buf_puts(&r->text, "  try: repro write bug.wat    (a small module that shows it)\n");
}
