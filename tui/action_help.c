/* Help inside the workbench: on keys, commands, options, this buffer. The texts are those of the prompt's help. */
#include <stdlib.h>

#include "engine/base/buf.h"
#include "repl/command/help.h"
#include "tui/action.h"
#include "tui/keymap.h"
#include "tui/minibuffer.h"

static struct buf *begin(struct tui *t)
{
	buf_reset(&t->help);
	return &t->help;
}

static bool show(struct tui *t)
{
	struct view *v = view_named(t, STR("*help*"));

	if (!v)
		return false;
	view_forget(v);
	struct window *w = window_for(t, v);
	w->top = w->point = (struct spot){ 0, 0 };
	tui_say(t, "q in *help* brings back what the window showed");
	return true;
}

static void put_heading(struct buf *out, const char *words)
{
	buf_printf(out, "%c%s%c\n", STYLE_BYTE(STYLE_HEAD), words, STYLE_BYTE(STYLE_TEXT));
}

static void put_row(struct buf *out, struct str keys, const char *command)
{
	enum { COLUMN = 14 };

	buf_printf(out, "  %c", STYLE_BYTE(STYLE_KEY));
	buf_put(out, keys.p, keys.n);
	buf_putc(out, STYLE_BYTE(STYLE_TEXT));
	buf_fill(out, ' ', keys.n < COLUMN ? COLUMN - keys.n : 1);
	buf_puts(out, command);
}

/* ---- keys ---------------------------------------------------------------------------------------------------------- */

static const char *summary_of(struct tui *t, const char *text)
{
	struct err ignored = { 0 };
	struct str rest;
	const struct command *c = command_find(t->s, (struct str){ text, strcspn(text, "{") }, &rest, &ignored);

	return c ? c->summary : "";
}

static bool describe_sequence(struct tui *t, struct str keys)
{
	const char *command = keymap_find(t, keys);
	struct buf *out = begin(t);

	if (!command) {
		tui_complain(t, "%.*s has no meaning here", STR_ARGS(keys));
		return true;
	}
	put_row(out, keys, command);
	buf_puts(out, "\n\n");
	struct err ignored = { 0 };
	struct str rest;
	const struct command *c = command_find(t->s, (struct str){ command, strcspn(command, "{") }, &rest, &ignored);
	if (c)
		help_command(c, out);
	tui_say(t, "%.*s: %s", STR_ARGS(keys), command);
	struct buf said = { 0 };
	buf_puts(&said, buf_str(&t->echo));
	show(t);
	buf_reset(&t->echo);
	buf_puts(&t->echo, buf_str(&said));
	buf_free(&said);
	return true;
}

/* The key handler asks here for every key while t->asked_key is set. */
bool help_key(struct tui *t, const struct key *k)
{
	if (!t->asked_key)
		return false;
	if (t->asked.size)
		buf_putc(&t->asked, ' ');
	buf_puts(&t->asked, k->name);
	struct str keys = { buf_str(&t->asked), t->asked.size };
	if (!keymap_find(t, keys) && keymap_is_prefix(t, keys)) {
		tui_say(t, "Describe key: %s-", buf_str(&t->asked));
		return true;
	}
	t->asked_key = false;
	describe_sequence(t, keys);
	return true;
}

bool action_describe_key(struct tui *t, const struct args *a, struct err *e)
{
	t->asked_key = true;
	buf_reset(&t->asked);
	tui_say(t, "Describe key: ");
	return true;
}

static void put_keys(struct tui *t, struct buf *out, bool all)
{
	key_rows list = { 0 };
	int map = -1;

	keymap_rows(t, &list);
	for (size_t i = 0; i < list.count; i++) {
		if (!all && list.data[i].map == MAP_GLOBAL)
			continue;
		if (map != (int)list.data[i].map)
			put_heading(out, keymap_names[list.data[i].map]);
		map = (int)list.data[i].map;
		put_row(out, list.data[i].keys, "");
		buf_printf(out, "%.*s", (int)strcspn(list.data[i].command, " {"), list.data[i].command);
		size_t n = strcspn(list.data[i].command, " {");
		buf_fill(out, ' ', n < 22 ? 22 - n : 1);
		buf_printf(out, "%s\n", summary_of(t, list.data[i].command));
	}
	vec_free(&list);
}

bool action_describe_keys(struct tui *t, const struct args *a, struct err *e)
{
	put_keys(t, begin(t), true);
	return show(t) || err_oom(e);
}

bool action_describe_buffer(struct tui *t, const struct args *a, struct err *e)
{
	const struct view_ops *ops = t->layout.selected->view->ops;
	struct buf *out = begin(t);

	put_heading(out, ops->name);
	buf_printf(out, "%s.\n\n", ops->help);
	put_keys(t, out, false);
	buf_puts(out, "\nC-h b lists the keys that work everywhere, too; M-x finds a command by any letters of its name.\n");
	return show(t) || err_oom(e);
}

/* ---- topics ---------------------------------------------------------------------------------------------------------- */

static bool topic(struct tui *t, struct str name, struct err *e)
{
	struct buf *out = begin(t);
	struct buf keys = { 0 };

	if (!help_topic(t->s, name, out))
		return err_set(e, E_UNKNOWN_NAME, place_none(), "nothing is called '%.*s'; C-h a searches", STR_ARGS(name));
	keymap_where(t, name, &keys);
	if (keys.size)
		buf_printf(out, "  keys: %s\n", buf_str(&keys));
	buf_free(&keys);
	return show(t) || err_oom(e);
}

bool action_describe_command(struct tui *t, const struct args *a, struct err *e)
{
	return topic(t, a->v[0].text, e);
}

bool action_describe_option(struct tui *t, const struct args *a, struct err *e)
{
	return topic(t, a->v[0].text, e);
}

bool action_describe_apropos(struct tui *t, const struct args *a, struct err *e)
{
	if (!help_apropos(t->s, a->v[0].text, begin(t)))
		return err_set(e, E_UNKNOWN_NAME, place_none(), "nothing has '%.*s' in its name or text", STR_ARGS(a->v[0].text));
	return show(t) || err_oom(e);
}

bool action_describe_help(struct tui *t, const struct args *a, struct err *e)
{
	struct buf *out = begin(t);

	put_heading(out, "Help");
	static const char *const rows[][2] = {
		{ "C-h k", "what a key does" }, { "C-h f", "what a command, option or instruction does" },
		{ "C-h v", "an option and its value" }, { "C-h a", "search everything for a word" },
		{ "C-h b", "all keys that work here" }, { "C-h m", "this buffer and its keys; in panes also ?" },
		{ "C-h t", "the tutorial" }, { "M-x", "a command by its name" }, { "C-g", "give up; interrupt the guest" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (!keymap_find(t, str_of(rows[i][0])))
			continue;
		put_row(out, str_of(rows[i][0]), rows[i][1]);
		buf_putc(out, '\n');
	}
	return show(t) || err_oom(e);
}
