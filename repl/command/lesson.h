/*
 * Lessons: short courses in which the learner predicts what the engine will do, and the engine itself gives the answer.
 *
 * A lesson is a const record like a command: a module in text form, and questions. A question brings the guest to a place
 * (`show`, command lines that the learner sees), asks, and has more lines after which the engine knows the answer
 * (`ahead`), which is then read from the JSON result of the last one at `path`:
 *
 *     { .show = "start area(3, 4)", .ask = "What will the stack hold after two instructions?",
 *       .ahead = "stepi\nstepi\ninfo stack", .path = "stack.*.value", .hint = "…", .why = "…" }
 *
 * Elements of a path: a member's name, an index, * for all elements, # for how many there are. The answer is found in a
 * session of its own with the same module, so the learner's guest stays where it is and may be used for experiments.
 * Answers are compared word by word, numbers as numbers; brackets and commas do not count.
 *
 * A new lesson is a file lesson_NAME.c with the record lesson_NAME, and a line in lessons.def.
 */
#ifndef REPL_COMMAND_LESSON_H
#define REPL_COMMAND_LESSON_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/str.h"

struct buf;
struct err;
struct result;
struct session;

struct lesson_question {
	const char *show;               /* lines that bring the guest to the place; NULL: it is there already */
	const char *ask;
	const char *ahead, *path;       /* how the engine answers */
	const char *hint;
	const char *why;                /* said with the right answer */
};

struct lesson {
	unsigned number;                /* in the course; lessons keep theirs */
	const char *title;
	const char *intro;              /* whole lines */
	const char *module;             /* its text */
	const struct lesson_question *questions;        /* ends with { 0 } */
	const char *end;                /* whole lines, said when all questions are done */
};

extern const struct lesson *const lessons[];    /* by number */
extern const size_t lesson_count;

/* NULL: there is no such lesson. */
const struct lesson *lesson_numbered(int64_t number);
size_t lesson_length(const struct lesson *l);
/* The lesson's module becomes a new module of S, the current one. */
bool lesson_load(struct session *s, const struct lesson *l, struct err *e);
/* Carry out LINES in S; texts are added to R unless it is NULL. */
bool lesson_do(struct session *s, const char *lines, struct result *r, struct err *e);
/* What the engine says to question AT: words, separated by blanks. */
bool lesson_answer(const struct lesson *l, size_t at, struct buf *out, struct err *e);
/* Whether GIVEN says the same as the engine's ANSWER. */
bool lesson_same(struct str given, struct str answer);

#endif
