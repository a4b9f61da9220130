/* Opening, the loop, keys; see tui.h. */
#include "tui/tui.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "tui/action.h"
#include "tui/keymap.h"
#include "tui/minibuffer.h"
#include "tui/run.h"
#include "tui/search.h"
#include "tui/tutorial.h"

enum { POPUP_MS = 500, ESCAPE_MS = 30 };

/* ---- words at the bottom -------------------------------------------------------------------------------------- */

static void say(struct tui *t, enum style style, const char *fmt, va_list ap)
{
	buf_reset(&t->echo);
	buf_putc(&t->echo, STYLE_BYTE(style));
	buf_vprintf(&t->echo, fmt, ap);
	t->dirty = true;
}

void tui_say(struct tui *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(t, STYLE_TEXT, fmt, ap);
	va_end(ap);
}

void tui_complain(struct tui *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(t, STYLE_ERROR, fmt, ap);
	va_end(ap);
}

/* ---- keys ------------------------------------------------------------------------------------------------------ */

static void forget_keys(struct tui *t)
{
	buf_reset(&t->sequence);
	t->popup = false;
	t->prefix = (struct prefix){ 0 };
}

/* C-u, C-u 12, M-5, M--: true when the key belongs to it. */
static bool prefix_key(struct tui *t, const struct key *k)
{
	struct prefix *p = &t->prefix;
	const char *digit = p->given && k->text[0] ? k->text : strncmp(k->name, "M-", 2) == 0 ? k->name + 2 : "";
	bool meta = digit == k->name + 2;

	if (t->sequence.size || t->mini)
		return false;
	if (strcmp(k->name, "C-u") == 0) {
		p->n = p->given && !p->digits ? p->n * 4 : 4;
		p->digits = false;
		return p->given = true;
	}
	if (digit[0] == '-' && !digit[1] && !p->digits && (meta || p->n == 4)) {
		p->negative = p->given = true;
		p->n = 1;
		return true;
	}
	if (digit[0] < '0' || digit[0] > '9' || digit[1])
		return false;
	p->n = (p->digits && p->n < 100000000 ? p->n * 10 : 0) + (digit[0] - '0');
	return p->given = p->digits = true;
}

/* Characters that no key is bound to are typed. */
static bool type_text(struct tui *t, const struct key *k)
{
	struct view *v = t->layout.selected->view;

	if (!k->text[0] || t->sequence.size)
		return false;
	if (t->mini) {
		edit_insert(&t->mini->line, k->text, strlen(k->text));
		minibuffer_update(t);
		return true;
	}
	if (v->ops->kind != VIEW_INPUT)
		return false;
	edit_insert(strcmp(v->ops->name, "*repl*") == 0 ? &t->repl_line : &t->guest_line, k->text, strlen(k->text));
	t->layout.selected->follows = true;
	return true;
}

static void run_key(struct tui *t, const char *command)
{
	char *text = strdup(command);

	buf_reset(&t->sequence);
	t->popup = false;
	if (text)
		tui_command(t, text);
	free(text);
	t->prefix = (struct prefix){ 0 };
}

static bool interrupts(struct tui *t, const struct key *k)
{
	bool stop = strcmp(k->name, "C-g") == 0 || strcmp(k->name, "C-c") == 0;

	if (stop && t->running)
		run_interrupt(t);
	return stop && t->running;
}

/* C-c cancels like C-g, unless scripts bound keys behind it. */
static const char *find_command(struct tui *t, struct str keys)
{
	const char *command = keymap_find(t, keys);

	if (!command && str_is(keys, "C-c") && !keymap_is_prefix(t, keys))
		command = t->mini ? "mini-cancel" : "cancel";
	return command;
}

static void unknown_key(struct tui *t)
{
	char *keys = strdup(buf_str(&t->sequence));

	forget_keys(t);
	tui_complain(t, "%s has no meaning here; %s shows the keys", keys ? keys : "",
		t->layout.selected->view->ops->kind == VIEW_INPUT ? "C-h b" : "?");
	free(keys);
}

void tui_key(struct tui *t, const struct key *k)
{
	t->dirty = true;
	if (interrupts(t, k))
		return;
	if (k->mouse) {
		t->mouse_row = k->row;
		t->mouse_col = k->col;
		if (t->mini)
			return;
	}
	if (help_key(t, k) || (t->search && search_key(t, k)))
		return;
	if (t->sequence.size && strcmp(k->name, "C-g") == 0) {
		forget_keys(t);
		return;
	}
	if (prefix_key(t, k))
		return;
	size_t before = t->sequence.size;
	if (before)
		buf_putc(&t->sequence, ' ');
	buf_puts(&t->sequence, k->name);
	struct str keys = { buf_str(&t->sequence), t->sequence.size };
	const char *command = find_command(t, keys);
	if (command) {
		run_key(t, command);
		return;
	}
	if (keymap_is_prefix(t, keys) || (before && strcmp(buf_str(&t->sequence) + before + 1, "C-h") == 0)) {
		t->popup = before && strcmp(k->name, "C-h") == 0;
		return;
	}
	buf_truncate(&t->sequence, before);
	if (type_text(t, k))
		return;
	if (before)
		buf_putc(&t->sequence, ' ');
	buf_puts(&t->sequence, k->name);
	unknown_key(t);
}

/* ESC alone makes the next key a Meta one; ESC ESC ESC gives up. */
static void press(struct tui *t, struct key k)
{
	bool escape = strcmp(k.name, "ESC") == 0;

	if (escape && !t->search) {
		if (t->escaped)
			key_named("C-g", 3, &k);
		t->escaped = !t->escaped;
		if (t->escaped) {
			tui_say(t, "ESC-");
			return;
		}
	} else if (t->escaped) {
		t->escaped = false;
		buf_reset(&t->echo);
		key_meta(&k);
	}
	tui_key(t, &k);
	tutorial_check(t);
}

void tui_type(struct tui *t, const char *names)
{
	struct key k;

	while (*names) {
		size_t n = strcspn(names, " ");
		if (key_named(names, n, &k))
			vec_push(&t->typed, k);
		names += n + strspn(names + n, " ");
	}
}

/* ---- one turn ---------------------------------------------------------------------------------------------------- */

/* The next key of those typed, or at the beginning of what was read. */
static bool next_key(struct tui *t, bool whole, struct key *k)
{
	if (t->typed.count) {
		*k = t->typed.data[0];
		memmove(t->typed.data, t->typed.data + 1, --t->typed.count * sizeof *t->typed.data);
		return true;
	}
	size_t took = key_read(t->input, t->ninput, whole, k);
	memmove(t->input, t->input + took, t->ninput -= took);
	return took > 0;
}

void tui_suspend(struct tui *t)
{
	t->term->ops->leave(t->term);
	raise(SIGSTOP);
	t->term->ops->enter(t->term);
	windows_place(t);
}

static void read_signals(struct tui *t)
{
	unsigned bits = t->term->ops->signals(t->term);

	if (bits & TERM_SUSPEND)
		tui_suspend(t);
	if (bits & TERM_RESIZED) {
		windows_place(t);
		layout_again(t);
	}
	if (bits & TERM_GONE)
		t->s->quit = true;
}

static void read_terminal(struct tui *t)
{
	int n = t->term->ops->read(t->term, t->input + t->ninput, (int)(sizeof t->input - t->ninput));

	if (n < 0)
		t->s->quit = true;      /* the terminal is gone */
	else
		t->ninput += (size_t)n;
}

/* Wait for something; false: the time is over. */
static bool wait_for(struct tui *t, int timeout)
{
	struct pollfd fds[] = {
		{ t->term->fd, POLLIN, 0 }, { t->term->wake_fd, POLLIN, 0 }, { t->streams.guest_out, POLLIN, 0 },
		{ t->streams.said, POLLIN, 0 },
	};
	int n = poll(fds, sizeof fds / sizeof *fds, timeout);

	if (fds[0].revents && n > 0)
		read_terminal(t);
	if (fds[1].revents && n > 0)
		read_signals(t);
	if (n > 0 && (fds[2].revents || fds[3].revents))
		run_drain(t);
	return n != 0;
}

void tui_turn(struct tui *t)
{
	bool pops_up = t->sequence.size && !t->popup;
	struct key k;

	if (next_key(t, false, &k)) {
		if (k.name[0])
			press(t, k);
		return;
	}
	if (t->dirty)
		tui_draw(t);
	if (t->idle && !t->ninput) {
		if (!t->idle(t->user, t))
			t->s->quit = true;
		return;
	}
	if (wait_for(t, t->ninput ? ESCAPE_MS : pops_up ? POPUP_MS : -1))
		return;
	if (t->ninput && next_key(t, true, &k)) {
		if (k.name[0])
			press(t, k);
	} else if (pops_up) {
		t->popup = t->dirty = true;
	}
}

void tui_loop(struct tui *t, const bool *done)
{
	while (!(done && *done) && !t->s->quit && !t->leave)
		tui_turn(t);
}

/* ---- opening and closing -------------------------------------------------------------------------------------------- */

/* A module that is loaded, or a call that left, changes what code panes show. */
static void on_event(void *user, struct session *s, const struct event *ev)
{
	struct tui *t = user;

	if (ev->kind == EVENT_LOADED || ev->kind == EVENT_UNLOADED || ev->kind == EVENT_INSTANTIATED)
		t->code_state++;
}

static void put_hint(struct tui *t)
{
	buf_reset(&t->hint);
	buf_puts(&t->hint, "? keys  SPC step  ");
	if (command_named(t->s, STR("reverse-step")))
		buf_puts(&t->hint, "DEL back  ");
	buf_puts(&t->hint, "C-h t tutorial");
}

static bool first_screen(struct tui *t, struct err *e)
{
	if (!t->layout.root && !layout_use(t, STR("stepping")))
		return err_oom(e);
	windows_place(t);
	guest_look(t);
	put_hint(t);
	return true;
}

static void print_layout(const struct tui *t, struct buf *out)
{
	layout_print(&t->layout, out);
}

static void tui_free(struct tui *t)
{
	layout_free(&t->layout);
	buf_free(&t->layout_made);
	while (t->views.count)
		view_free(vec_pop(&t->views));
	vec_free(&t->views);
	vec_free(&t->marks);
	vec_free(&t->trail);
	vec_free(&t->typed);
	buf_free(&t->sequence);
	buf_free(&t->echo);
	buf_free(&t->asked);
	buf_free(&t->help);
	buf_free(&t->hint);
	buf_free(&t->where);
	buf_free(&t->clock);
	log_free(&t->repl);
	log_free(&t->guest);
	free(t->repeat);
	buf_free(&t->repl_more);
	edit_free(&t->repl_line);
	edit_free(&t->guest_line);
	cells_free(&t->screen);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

/* As it was left, or new. NULL: out of memory. */
static struct tui *tui_of(struct session *s)
{
	pthread_mutexattr_t recursive;
	struct tui *t = s->workbench_kept;

	if (t || !(t = calloc(1, sizeof *t)))
		return t;
	t->s = s;
	t->code_state = 1;
	pthread_mutexattr_init(&recursive);
	pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&t->lock, &recursive);
	pthread_mutexattr_destroy(&recursive);
	s->workbench_kept = t;
	s->workbench_free = tui_free;
	s->workbench_layout = print_layout;
	return t;
}

struct tui *tui_open(struct session *s, struct term *term, bool plain, struct err *e)
{
	struct tui *t = tui_of(s);

	if (!t) {
		term->ops->free(term);
		err_oom(e);
		return NULL;
	}
	t->term = term;
	t->plain = plain;
	t->leave = false;
	s->workbench = t;
	t->events = (struct event_subscriber){ .on = on_event, .user = t };
	event_subscribe(s, &t->events);
	if (!run_hooks_set(t, e) || !streams_open(t, e) || !actions_add(t, e) || !first_screen(t, e)) {
		tui_close(t);
		return NULL;
	}
	return t;
}

void tui_run(struct tui *t)
{
	tui_loop(t, NULL);
}

void tui_close(struct tui *t)
{
	search_end(t);
	actions_remove(t);
	run_hooks_clear(t);
	streams_close(t);
	event_unsubscribe(t->s, &t->events);
	t->s->workbench = NULL;
	t->term->ops->free(t->term);
	t->term = NULL;
}
