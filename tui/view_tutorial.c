/* *tutorial*: the step to be done now; see tutorial.h. */
#include "tui/tutorial.h"

static void forget(struct tui *t)
{
	struct view *v = view_named(t, STR("*tutorial*"));

	if (v)
		view_forget(v);
	t->dirty = true;
}

static bool is_done(struct tui *t)
{
	const char *shown = tutorial_view(t->s);
	struct view *v = shown ? view_named(t, str_of(shown)) : NULL;

	return shown ? v && window_of(t, v) : tutorial_done(t->s);
}

void tutorial_check(struct tui *t)
{
	const char *title = tutorial_title(t->s);

	if (!title || t->running || t->mini || t->search || !is_done(t))
		return;
	tutorial_forward(t->s);
	forget(t);
	if (tutorial_title(t->s))
		tui_say(t, "%c%s: done.%c Next: %s", STYLE_BYTE(STYLE_GOOD), title, STYLE_BYTE(STYLE_TEXT),
			tutorial_title(t->s));
	else
		tui_say(t, "%cThat was all of it.", STYLE_BYTE(STYLE_GOOD));
}

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
	const struct session *s = v->t->s;

	if (!s->tutorial.on) {
		line_note(out, "C-h t begins the tutorial.");
		return;
	}
	if (!tutorial_title(s)) {
		put_text(out, "That was all of it. {C-x C-f} loads a module of your own, {lesson list} in *repl* shows lessons on "
			"WebAssembly itself, and {C-h b} lists every key.");
		return;
	}
	put_style(out, STYLE_HEAD);
	buf_printf(&out->text, "%u of %u  %s", tutorial_number(s), tutorial_steps(s), tutorial_title(s));
	line_end(out);
	put_text(out, tutorial_text(s));
	line_note(out, "It goes on by itself when you have done that. n leaves a step out, p goes back.");
}

const struct view_ops view_tutorial = {
	.name = "*tutorial*", .help = "the step of the tutorial to be done now", .kind = VIEW_STATE, .chunks = one_chunk,
	.fill = fill, .wraps = true,
};
