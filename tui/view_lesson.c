/* *lesson*: the lesson under way and its open question; keys answer it. */
#include "repl/command/lesson.h"
#include "tui/tui.h"

static uint32_t one_chunk(struct view *v)
{
	return 1;
}

static void put_text(struct chunk *out, const char *text)
{
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		buf_put(&out->text, text, strcspn(text, "\n"));
		line_end(out);
	}
}

static void fill(struct view *v, uint32_t chunk, struct chunk *out)
{
	const struct lesson *l;
	bool answered;
	size_t at;

	if (!lesson_now(v->t->s, &l, &at, &answered)) {
		line_note(out, "No lesson is under way: lesson list shows them, lesson start 1 begins the first.");
		return;
	}
	put_style(out, STYLE_HEAD);
	buf_printf(&out->text, "Lesson %u: %s", l->number, l->title);
	line_end(out);
	put_style(out, STYLE_DIM);
	buf_printf(&out->text, "question %zu of %zu%s", at + 1, l->nquestions, answered ? ", answered" : "");
	line_end(out);
	line_end(out);
	put_text(out, l->questions[at].ask);
	line_end(out);
	line_note(out, "a answer   h hint   n next question");
}

const struct view_ops view_lesson = {
	.name = "*lesson*", .help = "the lesson under way and its question", .kind = VIEW_STATE, .chunks = one_chunk,
	.fill = fill, .wraps = true,
};
