/* Steps and their checks; see tutorial.h. */
#include "tui/tutorial.h"

#include "engine/base/source.h"
#include "repl/command/args.h"
#include "repl/command/debug.h"
#include "tui/action.h"

enum check {
	CHECK_COMMAND, CHECK_STOPPED, CHECK_ENDED, CHECK_EXPR, CHECK_VALUE, CHECK_BREAK, CHECK_NOBREAK, CHECK_VIEW
};

static const struct {
	enum check check;
	const char *argument;
	unsigned times;
	const char *title, *text;
} steps[] = {
#define STEP(check, argument, times, title, text) { CHECK_##check, argument, times, title, text },
#include "tui/tutorial.def"
};
enum { STEPS = sizeof steps / sizeof *steps };

static const char module_text[] =
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

/* ---- what was done ----------------------------------------------------------------------------------------------- */

void tutorial_note(struct tui *t, struct str line)
{
	struct err ignored = { 0 };
	struct str rest;
	const struct command *c = t->tutorial.on ? command_find(t->s, line, &rest, &ignored) : NULL;

	if (c && t->tutorial.at < STEPS && strcmp(c->name, steps[t->tutorial.at].argument) == 0)
		t->tutorial.count++;
}

static bool in_function(const struct code_place *p, const char *label)
{
	struct buf name = { 0 };

	if (!p->module)
		return false;
	module_func_label(p->module, p->func, &name);
	bool same = strcmp(buf_str(&name), label) == 0;
	buf_free(&name);
	return same;
}

static bool expression_is_true(struct tui *t, const char *expr)
{
	struct arena a = { 0 };
	struct err ignored = { 0 };
	struct eval_result r;
	bool yes = t->stopped && debug_eval(t->s, str_of(expr), &a, &r, &ignored) && r.truth;

	arena_free(&a);
	return yes;
}

static bool last_value_is(struct tui *t, const char *text)
{
	struct buf b = { 0 };

	if (t->s->history.count)
		value_print(vec_last(&t->s->history), t->s->store, &b);
	bool same = strcmp(buf_str(&b), text) == 0;
	buf_free(&b);
	return same;
}

static bool has_break(const struct tui *t, const char *label)
{
	for (size_t i = 0; i < t->marks.count; i++)
		if (in_function(&t->marks.data[i].at, label))
			return true;
	return false;
}

static bool is_done(struct tui *t)
{
	const char *argument = steps[t->tutorial.at].argument;
	struct view *v;

	switch (steps[t->tutorial.at].check) {
	case CHECK_COMMAND:
		return t->tutorial.count >= steps[t->tutorial.at].times;
	case CHECK_STOPPED:
		return t->stopped && in_function(&t->pc, argument);
	case CHECK_ENDED:
		return !t->stopped;
	case CHECK_EXPR:
		return expression_is_true(t, argument);
	case CHECK_VALUE:
		return last_value_is(t, argument);
	case CHECK_BREAK:
		return has_break(t, argument);
	case CHECK_NOBREAK:
		return t->marks.count == 0;
	case CHECK_VIEW:
		v = view_named(t, str_of(argument));
		return v && window_of(t, v);
	}
	return false;
}

static void go_to(struct tui *t, size_t at)
{
	struct view *v = view_named(t, STR("*tutorial*"));

	t->tutorial.at = at;
	t->tutorial.count = 0;
	if (v)
		view_forget(v);
	t->dirty = true;
}

void tutorial_check(struct tui *t)
{
	if (!t->tutorial.on || t->running || t->mini || t->search || t->tutorial.at >= STEPS || !is_done(t))
		return;
	const char *title = steps[t->tutorial.at].title;
	go_to(t, t->tutorial.at + 1);
	if (t->tutorial.at < STEPS)
		tui_say(t, "%c%s: done.%c Next: %s", STYLE_BYTE(STYLE_GOOD), title, STYLE_BYTE(STYLE_TEXT),
			steps[t->tutorial.at].title);
	else
		tui_say(t, "%cThat was all of it.", STYLE_BYTE(STYLE_GOOD));
}

/* ---- commands ------------------------------------------------------------------------------------------------------ */

static bool load_module(struct tui *t, struct err *e)
{
	struct source *src = source_copy("tutorial.wat", module_text, sizeof module_text - 1, e);
	struct session_module *m;

	return src && session_load_source_take(t->s, src, &m, e);
}

bool action_tutorial(struct tui *t, const struct args *a, struct err *e)
{
	if (!t->tutorial.on && !load_module(t, e))
		return false;
	if (!t->tutorial.on || t->tutorial.at >= STEPS)
		go_to(t, 0);
	t->tutorial.on = true;
	layout_use(t, STR("tutorial"));
	guest_look(t);
	tui_say(t, "C-x o selects the next window; C-g gives up what was begun");
	return true;
}

bool action_tutorial_next(struct tui *t, const struct args *a, struct err *e)
{
	if (t->tutorial.on && t->tutorial.at < STEPS)
		go_to(t, t->tutorial.at + 1);
	return true;
}

bool action_tutorial_back(struct tui *t, const struct args *a, struct err *e)
{
	if (t->tutorial.on && t->tutorial.at > 0)
		go_to(t, t->tutorial.at - 1);
	return true;
}

/* ---- the view ------------------------------------------------------------------------------------------------------ */

static uint32_t one_chunk(struct view *v)
{
	return 1;
}

/* Names of keys, in braces, in the colour of keys. */
static void put_text(struct chunk *out, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '\n':
			line_end(out);
			break;
		case '{':
			put_style(out, STYLE_KEY);
			break;
		case '}':
			put_style(out, STYLE_TEXT);
			break;
		default:
			buf_putc(&out->text, *text);
		}
	line_end(out);
}

static void fill(struct view *v, uint32_t chunk, struct chunk *out)
{
	const struct tui *t = v->t;

	if (!t->tutorial.on) {
		line_note(out, "C-h t begins the tutorial.");
		return;
	}
	if (t->tutorial.at >= STEPS) {
		put_text(out, "That was all of it. {C-x C-f} loads a module of your own, {lesson list} in *repl* shows lessons on "
			"WebAssembly itself, and {C-h b} lists every key.");
		return;
	}
	put_style(out, STYLE_HEAD);
	buf_printf(&out->text, "%zu of %d  %s", t->tutorial.at + 1, (int)STEPS, steps[t->tutorial.at].title);
	line_end(out);
	put_text(out, steps[t->tutorial.at].text);
	line_note(out, "It goes on by itself when you have done that. n leaves a step out, p goes back.");
}

const struct view_ops view_tutorial = {
	.name = "*tutorial*", .help = "the step of the tutorial to be done now", .kind = VIEW_STATE, .chunks = one_chunk,
	.fill = fill, .wraps = true,
};
