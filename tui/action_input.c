/* Commands on lines that are typed: in *repl*, in *guest*, and at the bottom. */
#include <stdlib.h>

#include "engine/base/buf.h"
#include "repl/command/input.h"
#include "tui/action.h"
#include "tui/minibuffer.h"
#include "tui/run.h"

static bool is_repl(const struct tui *t)
{
	return strcmp(t->layout.selected->view->ops->name, "*repl*") == 0;
}

/* The line that keys go to. */
static struct edit *line_here(struct tui *t)
{
	if (t->mini)
		return &t->mini->line;
	t->layout.selected->follows = true;
	return is_repl(t) ? &t->repl_line : &t->guest_line;
}

static bool changed(struct tui *t)
{
	if (t->mini)
		minibuffer_update(t);
	return true;
}

/* ---- editing --------------------------------------------------------------------------------------------------- */

bool action_delete_backward(struct tui *t, const struct args *a, struct err *e)
{
	edit_delete(line_here(t), EDIT_LEFT, false);
	return changed(t);
}

/* C-d on an empty line of *guest* ends the guest's input. */
bool action_delete_forward(struct tui *t, const struct args *a, struct err *e)
{
	struct edit *x = line_here(t);

	if (!t->mini && !is_repl(t) && !x->text.size) {
		run_feed(t, NULL);
		tui_say(t, "the guest's input has ended");
		return true;
	}
	edit_delete(x, EDIT_RIGHT, false);
	return changed(t);
}

bool action_char_left(struct tui *t, const struct args *a, struct err *e)
{
	edit_move(line_here(t), EDIT_LEFT);
	return true;
}

bool action_char_right(struct tui *t, const struct args *a, struct err *e)
{
	edit_move(line_here(t), EDIT_RIGHT);
	return true;
}

bool action_word_left(struct tui *t, const struct args *a, struct err *e)
{
	edit_move(line_here(t), EDIT_WORD_LEFT);
	return true;
}

bool action_word_right(struct tui *t, const struct args *a, struct err *e)
{
	edit_move(line_here(t), EDIT_WORD_RIGHT);
	return true;
}

bool action_line_start(struct tui *t, const struct args *a, struct err *e)
{
	edit_move(line_here(t), EDIT_START);
	return true;
}

bool action_line_end(struct tui *t, const struct args *a, struct err *e)
{
	edit_move(line_here(t), EDIT_END);
	return true;
}

bool action_kill_line(struct tui *t, const struct args *a, struct err *e)
{
	edit_delete(line_here(t), EDIT_END, true);
	return changed(t);
}

bool action_kill_word(struct tui *t, const struct args *a, struct err *e)
{
	edit_delete(line_here(t), EDIT_WORD_RIGHT, true);
	return changed(t);
}

bool action_kill_word_backward(struct tui *t, const struct args *a, struct err *e)
{
	edit_delete(line_here(t), EDIT_WORD_LEFT, true);
	return changed(t);
}

bool action_yank(struct tui *t, const struct args *a, struct err *e)
{
	edit_yank(line_here(t));
	return changed(t);
}

bool action_older_line(struct tui *t, const struct args *a, struct err *e)
{
	if (!edit_history(line_here(t), -1))
		tui_say(t, "there is no older line");
	return changed(t);
}

bool action_newer_line(struct tui *t, const struct args *a, struct err *e)
{
	if (!edit_history(line_here(t), 1))
		tui_say(t, "there is no newer line");
	return changed(t);
}

/* ---- sending --------------------------------------------------------------------------------------------------- */

/* Lines that belong together, an open bracket or a block up to its `end`, are one command. True: more is to come. */
static bool wants_more(struct tui *t, const char *line)
{
	bool first = !t->repl_more.size;

	if (!first)
		buf_putc(&t->repl_more, '\n');
	buf_puts(&t->repl_more, line);
	run_echo(t, str_of(line), !first);
	return line_wants_more(t->s, str_of_buf(&t->repl_more));
}

static void remember_repeat(struct tui *t, const char *line)
{
	struct err ignored = { 0 };
	struct str rest;
	const struct command *c = command_find(t->s, str_of(line), &rest, &ignored);

	free(t->repeat);
	t->repeat = c && c->flags & CMD_REPEATS ? strdup(line) : NULL;
}

/* An empty line repeats a step-like command, as at the prompt. */
static void send_repl(struct tui *t)
{
	char *line = edit_take(&t->repl_line);

	if (line && !*line && !t->repl_more.size && t->repeat) {
		run_line(t, str_of(t->repeat));
	} else if (line && (*line || t->repl_more.size) && !wants_more(t, line)) {
		char *whole = buf_take(&t->repl_more);
		if (whole) {
			remember_repeat(t, whole);
			run_echoed(t, str_of(whole));
		}
		free(whole);
	}
	free(line);
}

bool action_send_line(struct tui *t, const struct args *a, struct err *e)
{
	if (!is_repl(t)) {
		char *line = edit_take(&t->guest_line);
		if (line)
			run_feed(t, line);
		free(line);
		return true;
	}
	if (t->running)
		tui_say(t, "a command is running; C-g interrupts it");
	else
		send_repl(t);
	return true;
}

/* ---- completing -------------------------------------------------------------------------------------------------- */

/* What all that is offered begins with. */
static size_t common(const struct minibuffer *m, size_t typed)
{
	size_t n = strlen(m->all.data[0].text);

	for (size_t i = 1; i < m->all.count; i++) {
		size_t k = 0;
		while (k < n && m->all.data[i].text[k] == m->all.data[0].text[k])
			k++;
		n = k;
	}
	return n > typed ? n : typed;
}

bool action_complete_line(struct tui *t, const struct args *a, struct err *e)
{
	struct minibuffer m = { .command = "" };
	struct str typed = { buf_str(&t->repl_line.text), t->repl_line.cursor };

	if (!is_repl(t))
		return true;
	offer_arguments(t, &m, typed);
	/* only what goes on as it was begun */
	for (size_t i = 0; i < m.all.count; i++)
		if (strncmp(m.all.data[i].text, typed.p, typed.n) != 0)
			m.all.data[i--] = vec_pop(&m.all);
	if (!m.all.count) {
		tui_say(t, "nothing completes this");
	} else {
		size_t n = common(&m, typed.n);
		edit_insert(&t->repl_line, m.all.data[0].text + typed.n, n - typed.n);
		struct buf list = { 0 };
		for (size_t i = 0; m.all.count > 1 && i < m.all.count && n == typed.n; i++) {
			const char *word = strrchr(m.all.data[i].text, ' ');
			buf_printf(&list, "%s%s", i ? "  " : "", word ? word + 1 : m.all.data[i].text);
		}
		tui_say(t, "%s", buf_str(&list));
		buf_free(&list);
	}
	vec_free(&m.all);
	arena_free(&m.arena);
	return true;
}

/* ---- the line at the bottom ---------------------------------------------------------------------------------------- */

bool action_mini_accept(struct tui *t, const struct args *a, struct err *e)
{
	if (t->mini)
		t->mini->done = t->mini->accepted = true;
	return true;
}

bool action_mini_cancel(struct tui *t, const struct args *a, struct err *e)
{
	if (t->mini)
		t->mini->done = true;
	return true;
}

bool action_mini_complete(struct tui *t, const struct args *a, struct err *e)
{
	if (!t->mini || !t->mini->all.count)
		return true;
	edit_set(&t->mini->line, str_of(t->mini->all.data[t->mini->chosen].text));
	return changed(t);
}

static void choose(struct tui *t, int by)
{
	struct minibuffer *m = t->mini;

	if (!m || !m->all.count)
		return;
	m->chosen = (m->chosen + m->all.count + (size_t)by) % m->all.count;
	m->moved = true;
}

bool action_mini_next(struct tui *t, const struct args *a, struct err *e)
{
	choose(t, 1);
	return true;
}

bool action_mini_previous(struct tui *t, const struct args *a, struct err *e)
{
	choose(t, -1);
	return true;
}

bool action_play_macro(struct tui *t, const struct args *a, struct err *e)
{
	for (int64_t n = action_count(t, a); n > 0 && !t->s->quit; n--)
		run_line(t, STR("macro play"));
	return true;
}

bool action_execute_command(struct tui *t, const struct args *a, struct err *e)
{
	struct minibuffer m = { .prompt = "M-x ", .offer = offer_commands, .pick = true };
	struct buf line = { 0 };
	struct prefix prefix = t->prefix;

	bool ok = minibuffer_read(t, &m, &line) && line.size;
	t->prefix = prefix;
	if (ok)
		tui_command(t, buf_str(&line));
	buf_free(&line);
	return true;
}
