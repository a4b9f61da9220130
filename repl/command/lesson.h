/*
 * Lessons: short courses in which the learner predicts what the engine will do, and the engine itself gives the answer.
 *
 * A lesson is a Lua file, scripts/lessons/NN-NAME.lua, that calls lesson.define (docs/lua.md): a module in text form, and
 * questions. A question brings the guest to a place (`show`, command lines that the learner sees), asks, and has more
 * lines after which the engine knows the answer (`ahead`), which is then read from the JSON result of the last one at
 * `path`:
 *
 *     { show = "start area(3, 4)", ask = "What will the stack hold after two instructions?",
 *       ahead = "stepi\nstepi\ninfo stack", path = "stack.*.value", hint = "…", why = "…" }
 *
 * Elements of a path: a member's name, an index, * for all elements, # for how many there are. The answer is found in a
 * session of its own with the same module, so the learner's guest stays where it is and may be used for experiments.
 * Answers are compared word by word, numbers as numbers; brackets and commas do not count. Instead of being looked up, an
 * answer may be said (`answer`), or judged by a function of the lesson (`judge`).
 *
 * Lessons run sandboxed: their functions, and the lines of their questions.
 */
#ifndef REPL_COMMAND_LESSON_H
#define REPL_COMMAND_LESSON_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/arena.h"
#include "engine/base/str.h"

struct buf;
struct err;
struct result;
struct session;

struct lesson_question {
	const char *show;               /* lines that bring the guest to the place; NULL: it is there already */
	const char *ask;
	const char *ahead, *path;       /* how the engine answers */
	const char *answer;             /* … or the answer itself; NULL: the engine answers */
	bool judged;                    /* … or a function of the lesson decides */
	const char *hint;
	const char *why;                /* said with the right answer */
};

struct lesson {
	unsigned number;                /* in the course; lessons keep theirs */
	const char *title;
	const char *file;               /* that defined it */
	const char *intro;              /* whole lines */
	const char *module;             /* its text */
	bool has_setup;                 /* a function to be called before the module is instantiated */
	size_t nquestions;
	const struct lesson_question *questions;
	const char *end;                /* whole lines, said when all questions are done */
};

/* All lessons of S by number: those that come with the program are read first. False with E. */
bool lesson_list(struct session *s, const struct lesson *const **out, size_t *n, struct err *e);
/* NULL with E: there is no such lesson. */
const struct lesson *lesson_numbered(struct session *s, struct str number, struct err *e);
/* The lesson under way and its open question, from 0; false: none. */
bool lesson_now(const struct session *s, const struct lesson **l, size_t *at, bool *answered);
/* A script defined L, which lives as long as S; an earlier one of its number makes room. False: out of memory. */
bool lesson_add(struct session *s, const struct lesson *l);
/* The lesson's module becomes a new module of S, the current one. */
bool lesson_load(struct session *s, const struct lesson *l, struct err *e);
/* Carry out LINES in S; texts are added to R unless it is NULL. */
bool lesson_do(struct session *s, const char *lines, struct result *r, struct err *e);
/*
 * Whether GIVEN answers question AT. *ANSWER is what the engine says, words separated by blanks ("" for a question with a
 * judge), *WHY what to say then; both in A.
 */
bool lesson_judge(struct session *s, const struct lesson *l, size_t at, struct str given, bool *right, struct str *answer,
	struct str *why, struct arena *a, struct err *e);

#endif
