/*
 * From the text that a key is bound to, to a command that is carried out. Places in braces are filled in first:
 *
 *     {n}          the numeric argument, or nothing        {place}      the instruction under the cursor
 *     {item}       the number of the line's thing          {function}   the function there
 *     {?Words }    the answer to a question
 *
 * Then it is one of the workbench's own commands, which runs at once, or a line of the session (run.h). A command whose
 * first argument is missing has it asked for, whatever it is.
 */
#include <inttypes.h>

#include "engine/base/buf.h"
#include "repl/command/args.h"
#include "repl/command/macro.h"
#include "tui/action.h"
#include "tui/minibuffer.h"
#include "tui/run.h"
#include "tui/tui.h"
#include "tui/tutorial.h"

/* ---- filling in -------------------------------------------------------------------------------------------- */

static bool ask(struct tui *t, struct str prompt, struct buf *out)
{
	struct buf line = { 0 };
	char *words = arena_strndup(&t->s->arena, prompt.p, prompt.n);
	/* what completes is what completes the line so far */
	char *so_far = arena_strndup(&t->s->arena, buf_str(out), out->size);
	struct minibuffer m = { .prompt = words ? words : "", .offer = offer_arguments, .command = so_far ? so_far : "" };
	bool ok = minibuffer_read(t, &m, &line) && line.size;

	buf_put(out, buf_str(&line), line.size);
	buf_free(&line);
	return ok;
}

static bool put_place(struct tui *t, bool whole, struct buf *out)
{
	struct code_place p;

	if (!place_here(t, &p)) {
		tui_complain(t, "there is no instruction under the cursor");
		return false;
	}
	if (whole)
		place_spell(t, &p, out);
	else
		buf_printf(out, "%u!#%u", p.module->number, p.func);
	return true;
}

static bool put_item(struct tui *t, struct buf *out)
{
	const struct line *l = view_line(t->layout.selected->view, t->layout.selected->point);

	if (!l || l->item == NO_ITEM) {
		tui_complain(t, "this line stands for nothing that has a number");
		return false;
	}
	buf_printf(out, "%" PRId64, l->item);
	return true;
}

static bool fill_in(struct tui *t, struct str what, struct buf *out)
{
	if (what.n && what.p[0] == '?')
		return ask(t, (struct str){ what.p + 1, what.n - 1 }, out);
	if (str_is(what, "place"))
		return put_place(t, true, out);
	if (str_is(what, "function"))
		return put_place(t, false, out);
	if (str_is(what, "item"))
		return put_item(t, out);
	if (str_is(what, "n") && t->prefix.given)
		buf_printf(out, "%s%" PRId64, t->prefix.negative ? "-" : "", t->prefix.n);
	return true;
}

static bool fill(struct tui *t, const char *text, struct buf *out)
{
	while (*text) {
		size_t n = strcspn(text, "{");
		buf_put(out, text, n);
		text += n;
		if (!*text)
			break;
		n = strcspn(text, "}");
		if (!fill_in(t, (struct str){ text + 1, n - 1 }, out))
			return false;
		text += n + (text[n] == '}');
	}
	while (out->size && out->data[out->size - 1] == ' ')
		buf_truncate(out, out->size - 1);
	return true;
}

/* ---- arguments that are missing ------------------------------------------------------------------------------ */

static void (*source_of(const struct arg_spec *a, const char *name))(struct tui *, struct minibuffer *, struct str)
{
	if (strcmp(a->name, "buffer") == 0)
		return offer_buffers;
	return strcmp(name, "layout") == 0 ? offer_layouts : offer_arguments;
}

/* The first argument, where the line has none; C-g gives the command up. */
static bool complete_line_arguments(struct tui *t, struct buf *line)
{
	struct err ignored = { 0 };
	struct buf answer = { 0 };
	struct str rest;
	const struct command *c = command_find(t->s, str_of_buf(line), &rest, &ignored);
	bool wanted = c && c->args && c->args[0].kind != ARG_END && !str_trim(rest).n &&
		(!(c->args[0].flags & ARG_OPTIONAL) || strcmp(c->name, "layout") == 0);

	if (!wanted)
		return true;
	char *prompt = arena_printf(&t->s->arena, "%s %s: ", c->name, c->args[0].name);
	char *before = arena_printf(&t->s->arena, "%s ", c->name);
	struct minibuffer m = { .prompt = prompt ? prompt : "", .offer = source_of(&c->args[0], c->name),
		.command = before ? before : "" };
	m.pick = m.offer != offer_arguments;
	bool ok = minibuffer_read(t, &m, &answer);
	buf_printf(line, " %s", buf_str(&answer));
	buf_free(&answer);
	return ok;
}

/* ---- carrying out ---------------------------------------------------------------------------------------------- */

/* With its count: as the line that does the same. */
static void note_for_macro(struct tui *t, const char *name)
{
	struct buf line = { 0 };

	buf_puts(&line, name);
	if (t->prefix.given)
		buf_printf(&line, " %" PRId64, t->prefix.negative ? -t->prefix.n : t->prefix.n);
	macro_note(t->s, str_of_buf(&line));
	buf_free(&line);
}

static void run_own(struct tui *t, const char *name, action_fn *run)
{
	struct args none = { 0 };
	struct err e = { 0 };

	tutorial_note(t->s, str_of(name));
	if (action_is_recorded(str_of(name)))
		note_for_macro(t, name);
	if (!run(t, &none, &e) && e.code)
		tui_complain(t, "%s", e.message);
	t->dirty = true;
}

/* A line that begins with the name of one of ours is not echoed in *repl*. */
static bool is_own(struct tui *t, const struct buf *line)
{
	struct err ignored = { 0 };
	struct str rest;
	const struct command *c = command_find(t->s, str_of_buf(line), &rest, &ignored);

	return c && c->group == GROUP_WORKBENCH;
}

void tui_command(struct tui *t, const char *text)
{
	action_fn *own = action_named(str_of(text));
	struct buf line = { 0 };

	if (t->running && !action_is_free(str_of(text))) {
		tui_say(t, "a command is running; C-g interrupts it");
		return;
	}
	buf_reset(&t->echo);
	bool asks = own && strcmp(text, "layout") == 0;
	if (own && !asks) {
		const struct command *c = command_named(t->s, str_of(text));
		if (!c->args || c->args[0].flags & ARG_OPTIONAL) {
			run_own(t, text, own);
			return;
		}
	}
	if (fill(t, text, &line) && complete_line_arguments(t, &line) && line.size) {
		if (is_own(t, &line))
			run_quietly(t, str_of_buf(&line));
		else
			run_line(t, str_of_buf(&line));
	}
	buf_free(&line);
}
