/* lesson list, start, next, hint, check: a lesson at the prompt. */
#include "engine/base/buf.h"
#include "repl/command/args.h"
#include "repl/command/lesson.h"
#include "repl/command/render.h"

/* Where the learner is; in session->lesson. */
struct lesson_state {
	const struct lesson *lesson;
	uint32_t module;                /* its number in the session */
	size_t at;                      /* the question asked; as many as there are: done */
	size_t right;                   /* answered right before they were shown */
	bool answered;                  /* this one */
	uint64_t done;                  /* bit N: lesson N was finished */
};

static struct lesson_state *state(struct session *s, struct err *e)
{
	if (!s->lesson)
		s->lesson = arena_alloc(&s->arena, sizeof *s->lesson);
	if (!s->lesson)
		err_oom(e);
	return s->lesson;
}

/* The state of a lesson with a question open. */
static struct lesson_state *asked(struct session *s, struct err *e)
{
	struct lesson_state *st = s->lesson;

	if (st && st->lesson && st->at < st->lesson->nquestions)
		return st;
	err_set(e, E_NOT_RUNNING, place_none(), "no question is open");
	err_hint(e, "lesson list");
	return NULL;
}

/* ---- list ------------------------------------------------------------------------------------------------------------------- */

static bool run_list(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct table_text t = { .arena = &r->arena, .right = { true } };
	struct node *list = node_array(r, r->root, "lessons");
	const struct lesson *const *lessons;
	size_t count;
	uint64_t done = s->lesson ? s->lesson->done : 0;

	if (!lesson_list(s, &lessons, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct lesson *l = lessons[i];
		bool finished = done >> l->number & 1;
		struct node *one = node_object(r, list, NULL);
		node_int(r, one, "number", l->number);
		node_str(r, one, "title", str_of(l->title));
		node_int(r, one, "questions", (int64_t)l->nquestions);
		node_bool(r, one, "done", finished);
		table_text_cell(&t, "%u", l->number);
		table_text_cell(&t, "%s", l->title);
		table_text_cell(&t, "%zu questions%s", l->nquestions, finished ? ", done" : "");
		table_text_row(&t);
	}
	table_text_print(&t, &r->text);
	return true;
}

const struct command cmd_lesson_list = {
	.name = "lesson list", .group = GROUP_SESSION, .summary = "List the lessons", .run = run_list,
};

/* ---- questions --------------------------------------------------------------------------------------------------------------- */

bool lesson_now(const struct session *s, const struct lesson **l, size_t *at, bool *answered)
{
	const struct lesson_state *st = s->lesson;

	if (!st || !st->lesson || st->at >= st->lesson->nquestions)
		return false;
	*l = st->lesson;
	*at = st->at;
	*answered = st->answered;
	return true;
}

static bool ask(struct session *s, struct lesson_state *st, struct result *r, struct err *e)
{
	const struct lesson_question *q = &st->lesson->questions[st->at];

	st->answered = false;
	if (!s->modules.data[st->module - 1].module)
		return err_set(e, E_NO_MODULE, place_none(), "the module of the lesson was unloaded");
	session_select(s, &s->modules.data[st->module - 1]);
	if (q->show && !lesson_do(s, q->show, r, e))
		return false;
	size_t from = r->text.size;
	buf_printf(&r->text, "\nQuestion %zu of %zu. %s\n", st->at + 1, st->lesson->nquestions, q->ask);
	text_wrap(s, &r->text, from);
	buf_puts(&r->text, "    lesson check ANSWER    lesson hint    lesson next\n");
	node_int(r, r->root, "question", (int64_t)st->at + 1);
	node_str(r, r->root, "text", str_of(q->ask));
	return true;
}

static bool run_start(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct lesson *l = lesson_numbered(s, arg_get(a, "number")->text, e);
	struct lesson_state *st = l ? state(s, e) : NULL;

	if (!st)
		return false;
	if (!lesson_load(s, l, e))
		return false;
	*st = (struct lesson_state){ .lesson = l, .module = s->module, .done = st->done };
	s->wanted_layout = "teaching";
	buf_printf(&r->text, "Lesson %u: %s\n\n%s", l->number, l->title, l->intro);
	text_wrap(s, &r->text, 0);
	buf_printf(&r->text, "\n%s\n", l->module);
	return ask(s, st, r, e);
}

const struct command cmd_lesson_start = {
	.name = "lesson start", .group = GROUP_SESSION, .summary = "Begin a lesson: load its module, ask its first question",
	.example = "lesson start 1",
	.args = (const struct arg_spec[]){ { "number", ARG_COUNT, 0, "as in lesson list", NULL }, { 0 } },
	.run = run_start,
};

/* ---- next -------------------------------------------------------------------------------------------------------------------- */

static bool finish(const struct session *s, struct lesson_state *st, struct result *r)
{
	size_t n = st->lesson->nquestions;

	st->done |= (uint64_t)1 << st->lesson->number;
	size_t from = r->text.size;
	buf_printf(&r->text, "Lesson %u is done, %zu of %zu answers right.\n%s", st->lesson->number, st->right, n,
		st->lesson->end);
	text_wrap(s, &r->text, from);
	node_int(r, r->root, "right", (int64_t)st->right);
	node_int(r, r->root, "questions", (int64_t)n);
	return true;
}

/* Not answered: the engine says it. */
static bool tell(struct session *s, struct lesson_state *st, struct result *r, struct err *e)
{
	struct str answer, why;
	bool right;

	if (!lesson_judge(s, st->lesson, st->at, STR(""), &right, &answer, &why, &r->arena, e))
		return false;
	if (answer.n)
		buf_printf(&r->text, "It is %.*s. ", STR_ARGS(answer));
	buf_printf(&r->text, "%s\n\n", st->lesson->questions[st->at].why);
	text_wrap(s, &r->text, 0);
	return true;
}

static bool run_next(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct lesson_state *st = asked(s, e);

	if (!st || (!st->answered && !tell(s, st, r, e)))
		return false;
	st->at++;
	return st->at < st->lesson->nquestions ? ask(s, st, r, e) : finish(s, st, r);
}

const struct command cmd_lesson_next = {
	.name = "lesson next", .group = GROUP_SESSION, .run = run_next,
	.summary = "Ask the next question; tells the answer of one that is still open",
};

/* ---- hint, check ---------------------------------------------------------------------------------------------------------- */

static bool run_hint(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct lesson_state *st = asked(s, e);

	if (!st)
		return false;
	buf_printf(&r->text, "%s\n", st->lesson->questions[st->at].hint);
	text_wrap(s, &r->text, 0);
	node_str(r, r->root, "text", str_of(st->lesson->questions[st->at].hint));
	return true;
}

const struct command cmd_lesson_hint = {
	.name = "lesson hint", .group = GROUP_SESSION, .summary = "A hint for the question that is open", .run = run_hint,
};

static bool run_check(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct lesson_state *st = asked(s, e);
	struct str answer, why;
	bool right;

	if (!st || !lesson_judge(s, st->lesson, st->at, arg_get(a, "answer")->text, &right, &answer, &why, &r->arena, e))
		return false;
	node_bool(r, r->root, "right", right);
	if (!right) {
		buf_printf(&r->text, "No, the engine says something else. Try it, or: lesson hint\n");
		return true;
	}
	st->right += !st->answered;
	st->answered = true;
	buf_printf(&r->text, "Right. %.*s\n", STR_ARGS(why));
	text_wrap(s, &r->text, 0);
	return true;
}

const struct command cmd_lesson_check = {
	.name = "lesson check", .group = GROUP_SESSION, .summary = "Answer the question; the engine checks it",
	.example = "lesson check 3 4",
	.args = (const struct arg_spec[]){ { "answer", ARG_REST, 0, "values, bottom of the stack first", NULL }, { 0 } },
	.run = run_check,
};

const struct command cmd_lesson = {
	.name = "lesson", .group = GROUP_SESSION, .summary = "Lessons in which you predict and the engine checks",
	.flags = CMD_FAMILY, .run = command_family_run,
};
