/* The workbench's commands in the session's registry; see action.h. */
#include "tui/action.h"

#include "engine/base/buf.h"
#include "repl/command/result.h"

/* ---- arguments ------------------------------------------------------------------------------------------- */

#define ARGS_NONE   NULL
#define ARGS_COUNT  (const struct arg_spec[]){ { "count", ARG_NUMBER, ARG_OPTIONAL, "how often, or how much", NULL }, { 0 } }
#define ARGS_LAYOUT (const struct arg_spec[]){ { "name", ARG_WORD, ARG_OPTIONAL, "of the layout; none lists them", NULL }, { 0 } }
#define ARGS_NAME   (const struct arg_spec[]){ { "name", ARG_WORD, 0, "what to call it", NULL }, { 0 } }
#define ARGS_BUFFER (const struct arg_spec[]){ { "buffer", ARG_WORD, 0, "*wat* or wat, as list-buffers shows them", NULL }, { 0 } }
#define ARGS_PLACE  (const struct arg_spec[]){ { "where", ARG_LOC, 0, "a location", NULL }, { 0 } }
#define ARGS_EXPR   (const struct arg_spec[]){ { "expr", ARG_EXPR, 0, "an expression", NULL }, { 0 } }
#define ARGS_TOPIC  (const struct arg_spec[]){ { "topic", ARG_COMMAND, 0, "a name or word", NULL }, { 0 } }
#define ARGS_OPTION (const struct arg_spec[]){ { "option", ARG_OPTION, 0, "an option of set", NULL }, { 0 } }

static command_fn run_action;

static const struct command records[] = {
#define ACTION(fn, text, arguments, free, words) \
	{ .name = text, .group = GROUP_WORKBENCH, .summary = words, .args = ARGS_##arguments, .run = run_action },
#include "tui/action.def"
};

static const struct {
	action_fn *run;
	bool free;
} actions[] = {
#define ACTION(fn, text, arguments, free, words) { action_##fn, free },
#include "tui/action.def"
};
enum { ACTIONS = sizeof records / sizeof *records };

/* ---- running --------------------------------------------------------------------------------------------- */

static bool run_action(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct tui *t = s->workbench;

	/* where a script or macro asks for it, the watcher has the screen: it waits, and the session may be looked at */
	pthread_mutex_lock(&t->lock);
	bool running = t->running;
	t->running = false;
	if (running)
		guest_look(t);
	bool ok = actions[a->command - records].run(t, a, e);
	t->running = running;
	t->dirty = true;
	pthread_mutex_unlock(&t->lock);
	return ok;
}

static size_t find(struct str text)
{
	for (size_t i = 0; i < ACTIONS; i++)
		if (str_is(text, records[i].name))
			return i;
	return ACTIONS;
}

action_fn *action_named(struct str text)
{
	size_t i = find(text);

	return i < ACTIONS ? actions[i].run : NULL;
}

bool action_is_free(struct str text)
{
	size_t i = find(text);

	return i < ACTIONS && actions[i].free;
}

bool action_is_recorded(struct str text)
{
	static const char *const not[] = {
		"execute-command", "play-macro", "cancel", "suspend", "prompt", "send-line", "complete-line", "search-forward",
		"search-backward", "delete-backward", "delete-forward", "char-left", "char-right", "word-left", "word-right",
		"line-start", "line-end", "kill-line", "kill-word", "kill-word-backward", "yank", "older-line", "newer-line",
		"describe-key", "follow", "edit-value", "delete-item", "toggle-item", "remove-breakpoint", "memory-edit",
	};

	for (size_t i = 0; i < sizeof not / sizeof *not; i++)
		if (str_is(text, not[i]))
			return false;
	return find(text) < ACTIONS && !str_starts(text, "mini-") && !str_starts(text, "mouse-");
}

int64_t action_count(struct tui *t, const struct args *a)
{
	if (a && a->command && a->command->args && a->v[0].given)
		return a->v[0].number;
	if (!t->prefix.given)
		return 1;
	return t->prefix.negative ? -t->prefix.n : t->prefix.n;
}

bool actions_add(struct tui *t, struct err *e)
{
	for (size_t i = 0; i < ACTIONS; i++)
		if (!command_add(t->s, &records[i], e))
			return false;
	return true;
}

void actions_remove(struct tui *t)
{
	for (size_t i = 0; i < ACTIONS; i++)
		command_remove(t->s, &records[i]);
}
