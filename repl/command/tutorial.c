/* Steps and their checks; see tutorial.h. */
#include "repl/command/tutorial.h"

#include "debugger/breakpoint.h"
#include "debugger/dbg.h"
#include "engine/base/buf.h"
#include "engine/base/source.h"
#include "engine/stack.h"
#include "repl/command/args.h"
#include "repl/command/debug.h"
#include "repl/command/render.h"

enum check {
	CHECK_COMMAND, CHECK_STOPPED, CHECK_ENDED, CHECK_EXPR, CHECK_VALUE, CHECK_BREAK, CHECK_NOBREAK, CHECK_VIEW
};

/* What is asked for in one of the two places. */
struct task {
	enum check check;
	const char *argument;
	unsigned times;
	const char *text;               /* NULL: the step does not exist there */
};

static const struct {
	const char *title;
	struct task workbench, prompt;
} steps[] = {
#define STEP(title, c, argument, times, text, pc, pargument, ptimes, ptext) \
	{ title, { CHECK_##c, argument, times, text }, { CHECK_##pc, pargument, ptimes, ptext } },
#include "repl/command/tutorial.def"
};
enum { STEPS = sizeof steps / sizeof *steps };

static const struct task *task_at(const struct session *s, size_t at)
{
	return s->workbench ? &steps[at].workbench : &steps[at].prompt;
}

static bool under_way(const struct session *s)
{
	return s->tutorial.on && s->tutorial.at < STEPS;
}

static const struct task *task_now(const struct session *s)
{
	return under_way(s) ? task_at(s, s->tutorial.at) : NULL;
}

const char *tutorial_title(const struct session *s)
{
	return under_way(s) ? steps[s->tutorial.at].title : NULL;
}

const char *tutorial_text(const struct session *s)
{
	return under_way(s) ? task_now(s)->text : NULL;
}

/* How many of the first N steps exist here. */
static uint32_t count(const struct session *s, size_t n)
{
	uint32_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += task_at(s, i)->text != NULL;
	return found;
}

uint32_t tutorial_number(const struct session *s)
{
	return count(s, s->tutorial.at) + 1;
}

uint32_t tutorial_steps(const struct session *s)
{
	return count(s, STEPS);
}

const char *tutorial_view(const struct session *s)
{
	const struct task *k = task_now(s);

	return k && k->check == CHECK_VIEW ? k->argument : NULL;
}

/* ---- what was done ------------------------------------------------------------------------------- */

void tutorial_note(struct session *s, struct str line)
{
	const struct task *k = task_now(s);
	struct err ignored = { 0 };
	struct str rest;
	const struct command *c = k ? command_find(s, line, &rest, &ignored) : NULL;

	if (c && k->check == CHECK_COMMAND && strcmp(c->name, k->argument) == 0)
		s->tutorial.count++;
}

static bool is_called(const struct module *m, uint32_t func, const char *label)
{
	struct buf name = { 0 };

	module_func_label(m, func, &name);
	bool same = strcmp(buf_str(&name), label) == 0;
	buf_free(&name);
	return same;
}

static bool stopped_in(const struct session *s, const char *label)
{
	struct frame f;

	return guest_stopped(s) && frame_at(s->ctx, s->frame, &f) && f.inst && !f.host &&
		is_called(f.inst->module, f.func->index, label);
}

static bool expression_is_true(struct session *s, const char *expr)
{
	struct arena a = { 0 };
	struct err ignored = { 0 };
	struct eval_result r;
	bool yes = guest_stopped(s) && debug_eval(s, str_of(expr), &a, &r, &ignored) && r.truth;

	arena_free(&a);
	return yes;
}

static bool last_value_is(struct session *s, const char *text)
{
	struct buf b = { 0 };

	if (s->history.count)
		value_print(vec_last(&s->history), s->store, &b);
	bool same = strcmp(buf_str(&b), text) == 0;
	buf_free(&b);
	return same;
}

static bool has_break(const struct session *s, const char *label)
{
	for (size_t i = 0; s->dbg && i < s->dbg->breakpoints.count; i++) {
		const struct breakpoint *b = s->dbg->breakpoints.data[i];
		for (size_t k = 0; k < b->places.count; k++)
			if (is_called(b->places.data[k].module, b->places.data[k].func, label))
				return true;
	}
	return false;
}

bool tutorial_done(struct session *s)
{
	const struct task *k = task_now(s);

	if (!k)
		return false;
	switch (k->check) {
	case CHECK_COMMAND:
		return s->tutorial.count >= k->times;
	case CHECK_STOPPED:
		return stopped_in(s, k->argument);
	case CHECK_ENDED:
		return !guest_stopped(s);
	case CHECK_EXPR:
		return expression_is_true(s, k->argument);
	case CHECK_VALUE:
		return last_value_is(s, k->argument);
	case CHECK_BREAK:
		return has_break(s, k->argument);
	case CHECK_NOBREAK:
		return !s->dbg || !s->dbg->breakpoints.count;
	case CHECK_VIEW:
		break;
	}
	return false;
}

/* ---- from step to step ------------------------------------------------------------------------------ */

void tutorial_forward(struct session *s)
{
	s->tutorial.count = 0;
	do
		s->tutorial.at++;
	while (s->tutorial.at < STEPS && !task_at(s, s->tutorial.at)->text);
}

void tutorial_backward(struct session *s)
{
	uint32_t at = s->tutorial.at;

	while (at > 0 && !task_at(s, --at)->text)
		;
	if (task_at(s, at)->text)
		s->tutorial.at = at;
	s->tutorial.count = 0;
}

static bool load_module(struct session *s, struct err *e)
{
	static const char text[] =
		"(module $tutorial\n"
		"  (memory (export \"memory\") 1)\n"
		"\n"
		"  ;; $n factorial, by calling itself\n"
		"  (func $fac (export \"fac\") (param $n i32) (result i32)\n"
		"    (if (result i32) (i32.eqz (local.get $n))\n"
		"      (then (i32.const 1))\n"
		"      (else\n"
		"        (i32.mul (local.get $n)\n"
		"          (call $fac (i32.sub (local.get $n) (i32.const 1)))))))\n"
		"\n"
		"  ;; the sum of 0, 1, ... below $count; each of them is stored in memory, too\n"
		"  (func $sum (export \"sum\") (param $count i32) (result i32)\n"
		"    (local $i i32) (local $total i32)\n"
		"    (loop $next\n"
		"      (i32.store (i32.mul (local.get $i) (i32.const 4)) (local.get $i))\n"
		"      (local.set $total (i32.add (local.get $total) (local.get $i)))\n"
		"      (local.set $i (i32.add (local.get $i) (i32.const 1)))\n"
		"      (br_if $next (i32.lt_u (local.get $i) (local.get $count))))\n"
		"    (local.get $total))\n"
		"\n"
		"  (func (export \"forever\")\n"
		"    (loop $again\n"
		"      (br $again))))\n";
	struct source *src = source_copy("tutorial.wat", text, sizeof text - 1, e);

	return src && session_load_source_take(s, src, NULL, e);
}

/* ---- the command ------------------------------------------------------------------------------------ */

static void put_end(struct buf *out)
{
	buf_puts(out, "That was all of it. load FILE takes a module of your own, lesson list shows lessons on WebAssembly itself, and "
		"help\nlists the commands.\n");
}

static void put_step(const struct session *s, struct buf *out)
{
	const char *text = tutorial_text(s);
	size_t from = out->size;

	if (text)
		buf_printf(out, "%u of %u  %s\n%s\n", tutorial_number(s), tutorial_steps(s), tutorial_title(s), text);
	else
		put_end(out);
	text_wrap(s, out, from);
}

/* The workbench has a pane for it. */
static bool show(struct session *s, struct result *r)
{
	if (under_way(s)) {
		node_int(r, r->root, "step", tutorial_number(s));
		node_int(r, r->root, "of", tutorial_steps(s));
		node_str(r, r->root, "title", str_of(tutorial_title(s)));
		node_str(r, r->root, "text", str_of(tutorial_text(s)));
	}
	if (!s->workbench)
		put_step(s, &r->text);
	return true;
}

static bool run_tutorial(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	if (!s->tutorial.on && !load_module(s, e))
		return false;
	if (!under_way(s))
		s->tutorial = (struct tutorial_state){ .on = true };
	s->wanted_layout = "tutorial";
	if (!tutorial_text(s))
		tutorial_forward(s);
	if (s->workbench)
		buf_puts(&r->text, "C-x o selects the next window; C-g gives up what was begun\n");
	return show(s, r);
}

const struct command cmd_tutorial = {
	.name = "tutorial", .group = GROUP_SESSION, .summary = "Learn Wrench by using it: about twenty minutes",
	.doc = "A module is loaded, and one step after the other asks for something; each is done when you have done it. tutorial\n"
		"shows the step again, tutorial next leaves it out, tutorial back goes back to the one before. The same steps, and some\n"
		"on windows and keys, are in the workbench: C-h t.\n",
	.run = run_tutorial,
};

static bool begun(const struct session *s, struct err *e)
{
	if (s->tutorial.on)
		return true;
	err_set(e, E_USAGE, place_none(), "the tutorial was not begun");
	err_hint(e, "tutorial");
	return false;
}

static bool run_next(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	if (!begun(s, e))
		return false;
	if (under_way(s))
		tutorial_forward(s);
	return show(s, r);
}

const struct command cmd_tutorial_next = {
	.name = "tutorial next", .group = GROUP_SESSION, .summary = "Leave out this step of the tutorial", .run = run_next,
};

static bool run_back(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	if (!begun(s, e))
		return false;
	tutorial_backward(s);
	return show(s, r);
}

const struct command cmd_tutorial_back = {
	.name = "tutorial back", .group = GROUP_SESSION, .summary = "Go back to the step of the tutorial before",
	.run = run_back,
};

void tutorial_follow(struct session *s, struct str line, struct buf *text)
{
	const char *title = tutorial_title(s);

	if (!title || s->workbench || str_starts(line, "tutorial"))
		return;
	tutorial_note(s, line);
	if (!tutorial_done(s))
		return;
	tutorial_forward(s);
	if (!text)
		return;
	buf_printf(text, "\n%s: done.\n\n", title);
	put_step(s, text);
}
