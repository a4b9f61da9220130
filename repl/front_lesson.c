/* wrench lesson N [--check ANSWERS]: a lesson without the prompt; with answers it is graded. */
#include "debugger/eval.h"
#include "engine/base/buf.h"
#include "repl/command/args.h"
#include "repl/command/lesson.h"
#include "repl/front.h"

static bool list_lessons(struct session *s, struct buf *out, struct err *e)
{
	const struct lesson *const *lessons;
	size_t n;

	if (!lesson_list(s, &lessons, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%2u  %s\n", lessons[i]->number, lessons[i]->title);
	return true;
}

/* The lesson on paper: its module, and every question with what leads to it. */
static bool print_lesson(struct session *s, const struct lesson *l, struct buf *out, struct err *e)
{
	struct result r;

	if (!lesson_load(s, l, e))
		return false;
	buf_printf(out, "Lesson %u: %s\n\n%s\n%s", l->number, l->title, l->intro, l->module);
	for (size_t i = 0; i < l->nquestions; i++) {
		if (!result_init(&r))
			return err_oom(e);
		bool ok = lesson_do(s, l->questions[i].show, &r, e);
		buf_putc(out, '\n');
		buf_put(out, buf_str(&r.text), r.text.size);
		buf_printf(out, "Question %zu. %s\n", i + 1, l->questions[i].ask);
		result_free(&r);
		if (!ok)
			return false;
	}
	buf_printf(out, "\nwrench lesson %u --check 'ANSWER, ANSWER, …' checks; several values of one answer are [in brackets].\n",
		l->number);
	return true;
}

/* The next of the ANSWERS: up to a comma outside of brackets. */
static struct str next_answer(struct str *text)
{
	size_t i = 0;

	for (int depth = 0; i < text->n && (text->p[i] != ',' || depth > 0); i++)
		depth += (text->p[i] == '[') - (text->p[i] == ']');
	struct str one = str_trim((struct str){ text->p, i });
	*text = i < text->n ? (struct str){ text->p + i + 1, text->n - i - 1 } : STR("");
	return one;
}

/* TEXT, its further lines indented. */
static void put_indented(const char *text, struct buf *out)
{
	for (; *text; text++) {
		buf_putc(out, *text);
		buf_puts(out, *text == '\n' ? "   " : "");
	}
}

/* One line for each question. *RIGHT: all of them. */
static bool grade(struct session *s, const struct lesson *l, struct str given, struct buf *out, bool *right, struct err *e)
{
	size_t good = 0;

	for (size_t i = 0; i < l->nquestions; i++) {
		struct str one = next_answer(&given), answer, why;
		struct arena a = { 0 };
		bool same;
		bool ok = lesson_judge(s, l, i, one, &same, &answer, &why, &a, e);
		if (ok) {
			buf_printf(out, "%zu. %.*s%s. ", i + 1, STR_ARGS(one), same ? " is right" : one.n ? " is wrong" : "No answer");
			put_indented(why.p, out);
			buf_putc(out, '\n');
			good += same;
		}
		arena_free(&a);
		if (!ok)
			return false;
	}
	buf_printf(out, "%zu of %zu right\n", good, l->nquestions);
	*right = good == l->nquestions;
	return str_trim(given).n == 0 || err_set(e, E_USAGE, place_none(), "lesson %u has %zu questions; left over: '%.*s'",
		l->number, l->nquestions, STR_ARGS(given));
}

static bool do_lesson(struct cli *c, struct session *s, struct buf *out, bool *right, struct err *e)
{
	if (!c->file)
		return list_lessons(s, out, e);
	const struct lesson *l = lesson_numbered(s, str_of(c->file), e);
	if (!l)
		return false;
	return c->check ? grade(s, l, str_of(c->check), out, right, e) : print_lesson(s, l, out, e);
}

int front_lesson(struct cli *c, const struct front *f)
{
	struct buf out = { 0 };
	struct err e = { 0 };
	struct session s;
	bool right = true;

	if (!cli_session(c, &s, &e) || !front_attach(f, &s, &e))
		return cli_fail(&s, &e);
	struct eval *eval = s.eval;
	bool ok = do_lesson(c, &s, &out, &right, &e);
	output_put(&s.out, buf_str(&out), ok || e.code == E_USAGE ? out.size : 0);
	buf_free(&out);
	int status = ok ? cli_end(&s, right ? STATUS_OK : STATUS_FAILED) : cli_fail(&s, &e);
	eval->free(eval);
	return status;
}
