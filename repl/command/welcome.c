/*
 * The first minute; see welcome.h. The tour is a list of lines; those whose command is not in this build are left out,
 * so it cannot promise what is absent.
 */
#include "repl/command/welcome.h"

#include "engine/base/buf.h"
#include "repl/command/args.h"
#include "repl/command/render.h"

/* F stands for the first exported function that takes one i32. */
static const struct step {
	const char *line;               /* %s: the function */
	const char *needs;              /* a command; NULL: none */
	const char *what;
	const char *hint;               /* how the hint shows it; NULL: the line */
} tour[] = {
	{ "%s(5)", NULL, "call it", NULL },
	{ "start %s(5)", "start", "call it, stopped at the first instruction", NULL },
	{ "stepr", "stepr", "one register-IR instruction", NULL },
	{ "stepr", "stepr", NULL, "press RET" },
	{ "rs", "reverse-step", "one step back", NULL },
	{ "explain", "explain", "what is about to happen", NULL },
	{ "finish", "finish", "run to the end of the function", NULL },
	{ "(i32.add (i32.const 2) (i32.const 3))", NULL, "WebAssembly text is evaluated", NULL },
};
enum { STEPS = sizeof tour / sizeof *tour };

static bool available(const struct step *t)
{
	return !t->needs || command_named(NULL, str_of(t->needs));
}

/* The function that the tour calls; empty: the module has none, and there is no tour. */
static struct str tour_function(struct session *s)
{
	const struct session_module *sm = session_current(s);

	for (uint32_t i = 0; sm && i < sm->module->nexports; i++) {
		const struct export *x = &sm->module->exports[i];
		if (x->kind != EXTERN_FUNC)
			continue;
		const struct deftype *t = sm->module->funcs[x->index].type;
		if (t->nparams == 1 && t->params[0] == VT_I32)
			return x->name;
	}
	return STR("");
}

static void step_line(const struct step *t, struct str f, struct buf *out)
{
	const char *mark = strstr(t->line, "%s");

	if (mark)
		buf_printf(out, "%.*s%.*s%s", (int)(mark - t->line), t->line, STR_ARGS(f), mark + 2);
	else
		buf_puts(out, t->line);
}

static void show_tour(struct session *s, struct buf *out)
{
	enum { WIDTH = 14 };

	buf_puts(out, "Try, in this order (TAB completes, an empty line repeats a step):\n");
	for (int i = 0; i < STEPS; i++) {
		struct buf line = { 0 };
		if (!available(&tour[i]) || !tour[i].what)
			continue;
		step_line(&tour[i], tour_function(s), &line);
		buf_printf(out, "  %-*s  %s\n", WIDTH, buf_str(&line), tour[i].what);
		buf_free(&line);
	}
}

static void banner_text(struct session *s, bool with_tour, struct buf *out)
{
	struct session_module *m = session_current(s);

	buf_printf(out, "Wrench %s, a WebAssembly workbench.   help  |  tutorial  |  quit (or C-d)\n", VERSION);
	if (!m) {
		struct err e = { 0 };
		err_no_module(&e);
		buf_printf(out, "%s\n", e.message);
		return;
	}
	struct result r;
	if (!result_init(&r))
		return;
	module_loaded_text(s, m, &r);
	buf_put(out, buf_str(&r.text), r.text.size);
	result_free(&r);
	if (with_tour && tour_function(s).n)
		show_tour(s, out);
}

void welcome_banner(struct session *s, bool with_tour)
{
	struct buf b = { 0 };

	banner_text(s, with_tour, &b);
	output_put(&s->err, buf_str(&b), b.size);
	output_flush(&s->err);
	buf_free(&b);
	s->options.hints = with_tour && tour_function(s).n > 0;
	s->tour_step = 0;
	s->tour_misses = 0;
}

/* The next step that this build has, from *AT on; NULL: the tour is over. */
static const struct step *next_step(uint32_t *at)
{
	while (*at < STEPS && !available(&tour[*at]))
		++*at;
	return *at < STEPS ? &tour[*at] : NULL;
}

/* "next: start fac(5)"; after the last step the end of the tour. */
static void show_next(struct session *s, struct buf *text)
{
	const struct step *next = next_step(&s->tour_step);
	struct buf hint = { 0 };

	if (!next) {
		buf_printf(text, "That was all of it. %sload FILE = your own; help\n",
			command_named(NULL, STR("lesson")) ? "lesson start 1 = predict, and the engine checks; " : "");
		s->options.hints = 0;
		return;
	}
	buf_puts(&hint, "next: ");
	if (next->hint)
		buf_puts(&hint, next->hint);
	else
		step_line(next, tour_function(s), &hint);
	text_at_edge(text, buf_str(&hint));
	buf_free(&hint);
}

void welcome_follow(struct session *s, struct str line, struct buf *text)
{
	enum { MISSES = 2 };
	struct buf wanted = { 0 };

	if (!s->options.hints)
		return;
	const struct step *now = next_step(&s->tour_step);
	if (!now)
		return;
	step_line(now, tour_function(s), &wanted);
	bool hit = str_is(str_trim(line), buf_str(&wanted));
	buf_free(&wanted);
	if (hit) {
		s->tour_misses = 0;
		s->tour_step++;
		show_next(s, text);
	} else if (++s->tour_misses >= MISSES) {
		s->options.hints = 0;
	}
}

void welcome_play(struct session *s)
{
	struct buf line = { 0 };

	if (!tour_function(s).n)
		return;
	for (uint32_t i = 0; next_step(&i) && !s->quit; i++) {
		buf_reset(&line);
		buf_puts(&line, "(wrench) ");
		step_line(&tour[i], tour_function(s), &line);
		output_put(&s->out, buf_str(&line), line.size);
		output_puts(&s->out, "\n");
		session_do(s, (struct str){ buf_str(&line) + strlen("(wrench) "), line.size - strlen("(wrench) ") });
	}
	buf_free(&line);
}
