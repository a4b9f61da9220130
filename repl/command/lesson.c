/* Lessons; see lesson.h. */
#include "repl/command/lesson.h"

#include <stdio.h>
#include <stdlib.h>

#include "debugger/eval.h"
#include "engine/base/buf.h"
#include "engine/base/source.h"
#include "repl/command/answer.h"
#include "repl/command/args.h"
#include "repl/command/debug.h"
#include "repl/command/scripting.h"

/* ---- the list ---------------------------------------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
	const struct lesson *const *x = a, *const *y = b;

	return ((*x)->number > (*y)->number) - ((*x)->number < (*y)->number);
}

bool lesson_add(struct session *s, const struct lesson *l)
{
	for (size_t i = 0; i < s->lessons.count; i++)
		if (s->lessons.data[i]->number == l->number) {
			s->lessons.data[i] = l;
			return true;
		}
	if (!vec_push(&s->lessons, l))
		return false;
	qsort(s->lessons.data, s->lessons.count, sizeof *s->lessons.data, by_number);
	return true;
}

bool lesson_list(struct session *s, const struct lesson *const **out, size_t *n, struct err *e)
{
	if (!s->lessons_read && !s->scripting->lessons(s->scripting, s, e))
		return false;
	s->lessons_read = true;
	*out = s->lessons.data;
	*n = s->lessons.count;
	return true;
}

const struct lesson *lesson_numbered(struct session *s, struct str number, struct err *e)
{
	const struct lesson *const *list;
	int64_t want;
	size_t n;

	if (!lesson_list(s, &list, &n, e))
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (str_number(number, &want) && list[i]->number == want)
			return list[i];
	err_set(e, E_UNKNOWN_NAME, place_none(), "there is no lesson %.*s", STR_ARGS(number));
	err_hint(e, s->standalone ? "wrench lesson" : "lesson list");
	return NULL;
}

/* ---- running ----------------------------------------------------------------------------------------------------------- */

bool lesson_load(struct session *s, const struct lesson *l, struct err *e)
{
	char name[32];

	snprintf(name, sizeof name, "lesson%u.wat", l->number);
	if (l->has_setup && !s->scripting->lesson_setup(s->scripting, s, l, e))
		return false;
	struct source *src = source_copy(name, l->module, strlen(l->module), e);
	return src && session_load_source_take(s, src, NULL, e);
}

/* Calls of the lesson's module that are still stopped are given up: every place is reached from the start. */
static void give_up_calls(struct session *s)
{
	while (s->instance && guest_stopped(s) && vec_last(&s->calls)->inst == s->instance && guest_abandon(s))
		;
}

/* Carry out one line; LAST has its result. R shows it, but of several steps only where the last one stopped. */
static bool do_line(struct session *s, struct str line, bool more, struct result *last, struct result *r, struct err *e)
{
	if (str_starts(line, "start "))
		give_up_calls(s);
	bool before = s->sandboxed;
	s->sandboxed = true;
	bool ok = session_line(s, line, last, e);
	s->sandboxed = before;
	if (ok && r) {
		buf_printf(&r->text, "(wrench) %.*s\n", STR_ARGS(line));
		if (!more || !node_get(last->root, "stop"))
			buf_put(&r->text, buf_str(&last->text), last->text.size);
	}
	return ok;
}

/* All LINES; *LAST is the result of the last one, for the caller to free when true is given. */
static bool do_lines(struct session *s, const char *lines, struct result *last, struct result *r, struct err *e)
{
	bool ok = result_init(last);

	while (ok && lines && *lines) {
		size_t n = strcspn(lines, "\n");
		result_free(last);
		ok = result_init(last) && do_line(s, (struct str){ lines, n }, lines[n] && lines[n + 1], last, r, e);
		lines += n + (lines[n] == '\n');
	}
	if (!ok)
		result_free(last);
	return ok || e->code ? ok : err_oom(e);
}

bool lesson_do(struct session *s, const char *lines, struct result *r, struct err *e)
{
	struct result last;

	if (!do_lines(s, lines, &last, r, e))
		return false;
	result_free(&last);
	return true;
}

/* ---- the engine's answer ----------------------------------------------------------------------------------------------- */

static int64_t node_length(const struct node *n)
{
	int64_t count = 0;

	for (const struct node *c = n->first; c; c = c->next)
		count++;
	return count;
}

static const struct node *node_element(const struct node *n, struct str name)
{
	int64_t index;

	if (n->kind == NODE_ARRAY && str_number(name, &index)) {
		const struct node *c = n->first;
		while (c && index-- > 0)
			c = c->next;
		return c;
	}
	for (const struct node *c = n->first; c; c = c->next)
		if (c->key && str_is(name, c->key))
			return c;
	return NULL;
}

/* Add the words at PATH; false: there is no such place. */
static bool node_words(const struct node *n, const char *path, struct buf *out)
{
	if (!n)
		return false;
	if (!*path) {
		buf_puts(out, out->size ? " " : "");
		if (n->kind == NODE_STRING)
			buf_put(out, n->string.p, n->string.n);
		else
			buf_printf(out, "%lld", (long long)n->number);
		return true;
	}
	struct str name = { path, strcspn(path, ".") };
	const char *rest = path + name.n + (path[name.n] == '.');
	if (str_is(name, "#"))
		return buf_printf(out, "%lld", (long long)node_length(n)), true;
	if (!str_is(name, "*"))
		return node_words(node_element(n, name), rest, out);
	for (const struct node *c = n->first; c; c = c->next)
		if (!node_words(c, rest, out))
			return false;
	return true;
}

static bool answer_in(struct session *s, const struct lesson *l, size_t at, struct buf *out, struct err *e)
{
	const struct lesson_question *q = &l->questions[at];
	size_t from = at;
	struct result last;

	/* a question without `show` begins where the one before was asked */
	while (from > 0 && !l->questions[from].show)
		from--;
	if (!debug_attach(s, e) || !lesson_load(s, l, e) || !lesson_do(s, l->questions[from].show, NULL, e) ||
		!do_lines(s, q->ahead, &last, NULL, e))
		return false;
	bool found = node_words(last.root, q->path, out);
	result_free(&last);
	return found || err_set(e, E_INTERNAL, place_none(), "lesson %u, question %zu: the engine gave no '%s'", l->number,
		at + 1, q->path);
}

/* What the engine says to question AT: words, separated by blanks. */
static bool find_answer(struct session *s, const struct lesson *l, size_t at, struct buf *out, struct err *e)
{
	struct session own;

	if (l->questions[at].answer) {
		buf_puts(out, l->questions[at].answer);
		return true;
	}
	if (!session_init(&own, e))
		return false;
	own.standalone = s->standalone;
	bool ok = s->scripting->attach(s->scripting, &own, e) && answer_in(&own, l, at, out, e);
	struct eval *eval = own.eval;
	session_free(&own);
	if (eval)
		eval->free(eval);
	return ok;
}

/* ---- judging ------------------------------------------------------------------------------------------------------------- */

bool lesson_judge(struct session *s, const struct lesson *l, size_t at, struct str given, bool *right, struct str *answer,
	struct str *why, struct arena *a, struct err *e)
{
	const struct lesson_question *q = &l->questions[at];
	struct buf b = { 0 };

	*answer = STR("");
	if (q->judged)
		return s->scripting->judge(s->scripting, s, l, at, given, right, why, a, e);
	bool ok = find_answer(s, l, at, &b, e);
	*answer = (struct str){ arena_strndup(a, buf_str(&b), b.size), b.size };
	buf_free(&b);
	*right = ok && answer->p && answer_is(given, *answer);
	*why = str_of(*right ? q->why : q->hint);
	return ok && (answer->p || err_oom(e));
}
