/* Commands, pipes and the watcher; see run.h. */
#include "tui/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "debugger/dbg.h"
#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "repl/command/args.h"
#include "repl/command/input.h"
#include "repl/command/result.h"
#include "repl/command/prompt.h"
#include "tui/minibuffer.h"
#include "tui/tutorial.h"

enum { QUIET_MS = 60, FRAME_MS = 40, TICK_MS = 250, TYPED_AHEAD_MS = 500 };

/* ---- pipes ------------------------------------------------------------------------------------------------ */

static bool make_pipe(int ends[2], struct err *e)
{
	return pipe2(ends, O_CLOEXEC) == 0 || err_set(e, E_IO, place_none(), "no pipe could be made: %m");
}

static void not_blocking(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* The guest's input becomes a new pipe: at first, and after C-d ended the one before. */
static bool new_input(struct tui *t, struct err *e)
{
	int ends[2];

	if (!make_pipe(ends, e))
		return false;
	if (t->streams.guest_in >= 0)
		close(t->streams.guest_in);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	t->streams.guest_in = ends[1];
	t->streams.ended = false;
	not_blocking(ends[1]);
	return true;
}

bool streams_open(struct tui *t, struct err *e)
{
	struct streams *x = &t->streams;
	int guest[2], said[2];

	output_flush(&t->s->out);
	output_flush(&t->s->err);
	x->guest_in = -1;
	for (int fd = 0; fd < 3; fd++)
		x->saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 10);
	if (!make_pipe(guest, e) || !make_pipe(said, e) || !new_input(t, e))
		return false;
	dup2(guest[1], STDOUT_FILENO);
	dup2(guest[1], STDERR_FILENO);
	close(guest[1]);
	x->guest_out = guest[0];
	x->said = said[0];
	not_blocking(guest[0]);
	not_blocking(said[0]);
	x->out_before = t->s->out.fd;
	x->err_before = t->s->err.fd;
	t->s->out.fd = t->s->err.fd = said[1];
	x->open = true;
	return true;
}

void streams_close(struct tui *t)
{
	struct streams *x = &t->streams;

	if (!x->open)
		return;
	output_flush(&t->s->out);
	output_flush(&t->s->err);
	close(t->s->out.fd);
	t->s->out.fd = x->out_before;
	t->s->err.fd = x->err_before;
	for (int fd = 0; fd < 3; fd++) {
		dup2(x->saved[fd], fd);
		close(x->saved[fd]);
	}
	close(x->guest_in);
	close(x->guest_out);
	close(x->said);
	x->open = false;
}

static bool drain(int fd, struct log *to)
{
	char part[16384];
	ssize_t n;
	bool any = false;

	while ((n = read(fd, part, sizeof part)) > 0) {
		log_put(to, part, (size_t)n);
		any = true;
		if ((size_t)n < sizeof part)
			break;
	}
	return any;
}

bool run_drain(struct tui *t)
{
	bool guest = drain(t->streams.guest_out, &t->guest), said = drain(t->streams.said, &t->repl);

	t->dirty |= guest || said;
	return guest || said;
}

void run_feed(struct tui *t, const char *line)
{
	struct err e = { 0 };

	if (t->streams.ended && !new_input(t, &e))
		return;
	if (!line) {
		close(t->streams.guest_in);
		t->streams.guest_in = -1;
		t->streams.ended = true;
		return;
	}
	size_t n = strlen(line);
	if (write(t->streams.guest_in, line, n) != (ssize_t)n || write(t->streams.guest_in, "\n", 1) != 1)
		tui_complain(t, "the guest does not read its input");
	log_fresh_line(&t->guest);
	log_put(&t->guest, line, n);
	log_put(&t->guest, "\n", 1);
}

/* ---- the watcher -------------------------------------------------------------------------------------------- */

struct watcher {
	struct tui *t;
	pthread_t thread;
	int stop[2];
	bool on;
	int64_t live_from;              /* ms: till then keys wait for the command to end, but for those that interrupt */
};

static int64_t now_ms(void)
{
	return clock_now_ns() / 1000000;
}

void run_interrupt(struct tui *t)
{
	t->interrupting = true;
	kill(getpid(), SIGINT);
}

static void read_keys(struct tui *t)
{
	int n = t->term->ops->read(t->term, t->input + t->ninput, (int)(sizeof t->input - t->ninput));

	t->ninput += n > 0 ? (size_t)n : 0;
}

/* C-g or C-c among what was typed ahead; what was typed before it is forgotten. */
static void find_interrupt(struct tui *t)
{
	for (size_t i = t->ninput; i-- > 0;)
		if (t->input[i] == 'g' - 0x60 || t->input[i] == 'c' - 0x60) {
			memmove(t->input, t->input + i + 1, t->ninput -= i + 1);
			run_interrupt(t);
			return;
		}
}

static void handle_keys(struct tui *t)
{
	struct key k;
	size_t took;

	while ((took = key_read(t->input, t->ninput, true, &k))) {
		memmove(t->input, t->input + took, t->ninput -= took);
		if (k.name[0])
			tui_key(t, &k);
	}
}

static void watch_signals(struct tui *t)
{
	if (t->term->ops->signals(t->term) & TERM_RESIZED)
		windows_place(t);
}

/* One round; false: the command is over. */
static bool watch(struct watcher *w, int timeout)
{
	struct tui *t = w->t;
	int64_t ahead = w->live_from - now_ms();
	int keys = t->ninput < sizeof t->input ? t->term->fd : -1;
	struct pollfd fds[] = {
		{ w->stop[0], POLLIN, 0 }, { keys, POLLIN, 0 }, { t->term->wake_fd, POLLIN, 0 },
		{ t->streams.guest_out, POLLIN, 0 }, { t->streams.said, POLLIN, 0 },
	};

	if (t->ninput && ahead > 0 && (timeout < 0 || timeout > ahead))
		timeout = (int)ahead;
	poll(fds, sizeof fds / sizeof *fds, timeout);
	if (fds[0].revents)
		return false;
	pthread_mutex_lock(&t->lock);
	if (fds[1].revents)
		read_keys(t);
	if (now_ms() >= w->live_from)
		handle_keys(t);
	else if (fds[1].revents)
		find_interrupt(t);
	if (fds[2].revents)
		watch_signals(t);
	if (fds[3].revents || fds[4].revents)
		run_drain(t);
	pthread_mutex_unlock(&t->lock);
	return true;
}

/* Draws when something changed, but not for commands that end at once, and not for every byte that is written. */
static void *watcher_run(void *arg)
{
	struct watcher *w = arg;
	struct tui *t = w->t;
	int64_t begun = now_ms(), due = begun + QUIET_MS;

	t->dirty = true;
	for (;;) {
		int64_t left = due - now_ms(), tick = TICK_MS - (now_ms() - begun) % TICK_MS;
		if (!watch(w, !t->dirty ? (int)tick : left > 0 ? (int)left : 0))
			return NULL;
		t->dirty |= now_ms() >= due + TICK_MS;  /* how far it is */
		t->seconds = (uint64_t)(now_ms() - begun) / 1000;
		if (!t->dirty || now_ms() < due)
			continue;
		pthread_mutex_lock(&t->lock);
		tui_draw(t);
		pthread_mutex_unlock(&t->lock);
		due = now_ms() + FRAME_MS;
	}
}

static void watcher_start(struct watcher *w)
{
	sigset_t all, before;

	if (pipe2(w->stop, O_CLOEXEC) < 0)
		return;
	w->live_from = now_ms() + TYPED_AHEAD_MS;
	w->t->running = true;
	w->t->interrupting = false;
	w->t->seconds = 0;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	w->on = pthread_create(&w->thread, NULL, watcher_run, w) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (w->on)
		return;
	close(w->stop[0]);
	close(w->stop[1]);
}

static void watcher_stop(struct watcher *w)
{
	if (w->on && write(w->stop[1], "", 1) == 1)
		pthread_join(w->thread, NULL);
	if (w->on) {
		close(w->stop[0]);
		close(w->stop[1]);
	}
	w->on = false;
	w->t->running = false;
	run_drain(w->t);
}

/* ---- lines -------------------------------------------------------------------------------------------------- */

/* The first line that the command said, at the bottom; where *repl* is not to be seen, all lines in a window. */
static void show_said(struct tui *t)
{
	size_t n = log_count(&t->repl);

	for (size_t i = t->said_from; i < n; i++) {
		struct str line = log_line(&t->repl, i);
		if (!str_trim(line).n)
			continue;
		buf_reset(&t->echo);
		buf_put(&t->echo, line.p, line.n);
		break;
	}
	struct view *v = view_named(t, STR("*repl*"));
	if (n > t->said_from + 1 && v && !window_of(t, v) && !t->plain)
		window_for(t, v);
}

/* Nested loops within the command use the same watcher. */
static void carry_out(struct tui *t, struct str line)
{
	struct watcher *before = t->streams.watcher, w = { .t = t };

	t->streams.watcher = &w;
	watcher_start(&w);
	session_do(t->s, line);
	output_flush(&t->s->out);
	output_flush(&t->s->err);
	watcher_stop(&w);
	t->streams.watcher = before;
	if (before)
		t->running = before->on;
	guest_look(t);
}

void run_echo(struct tui *t, struct str line, bool more)
{
	char prompt[PROMPT_MAX];
	struct buf shown = { 0 };

	prompt_text(t->s, more, prompt);
	log_fresh_line(&t->repl);
	buf_printf(&shown, "%c%s%c", STYLE_BYTE(STYLE_PROMPT), prompt, STYLE_BYTE(STYLE_TEXT));
	log_put_text(&t->repl, str_of_buf(&shown));
	log_put(&t->repl, line.p, line.n);
	log_put(&t->repl, "\n", 1);
	buf_free(&shown);
}

void run_line(struct tui *t, struct str line)
{
	run_echo(t, line, false);
	run_echoed(t, line);
}

void run_echoed(struct tui *t, struct str line)
{
	tutorial_note(t->s, line);
	size_t from = t->said_from = log_count(&t->repl);
	carry_out(t, line);
	t->said_from = from < log_count(&t->repl) ? from : log_count(&t->repl);
	show_said(t);
}

void run_quietly(struct tui *t, struct str line)
{
	size_t from = log_count(&t->repl);

	tutorial_note(t->s, line);
	session_do(t->s, line);
	output_flush(&t->s->out);
	output_flush(&t->s->err);
	run_drain(t);
	if (log_count(&t->repl) > from) {
		t->said_from = from;
		show_said(t);
	}
	guest_look(t);
}

/* ---- what the session asks ------------------------------------------------------------------------------------- */

/* The command waits; the loop has the screen until DONE. */
static void loop_within(struct tui *t, void (*run)(struct tui *t, void *arg), void *arg)
{
	struct watcher *w = t->streams.watcher;

	if (w)
		watcher_stop(w);
	guest_look(t);
	run(t, arg);
	if (w)
		watcher_start(w);
}

static void run_turns(struct tui *t, void *arg)
{
	struct session *s = t->s;

	while (!s->quit)
		tui_turn(t);
}

/* A stop under a host function: commands are carried out here until the guest may go on. */
static bool run_source_step(struct input *in, struct session *s)
{
	output_flush(&s->out);
	loop_within(s->workbench, run_turns, NULL);
	return true;
}

static void message(struct session *s, struct str text)
{
	output_put(&s->out, text.p, text.n);
	output_puts(&s->out, "\n");
	output_flush(&s->out);
}

struct question {
	const char *prompt;
	struct buf *out;
	bool answered;
};

static void run_question(struct tui *t, void *arg)
{
	struct question *q = arg;
	struct minibuffer m = { .prompt = q->prompt };

	q->answered = minibuffer_read(t, &m, q->out);
}

static bool ask(struct session *s, const char *prompt, struct buf *out)
{
	struct question q = { prompt, out, false };

	loop_within(s->workbench, run_question, &q);
	return q.answered;
}

bool run_hooks_set(struct tui *t, struct err *e)
{
	struct input *lines = calloc(1, sizeof *lines);

	if (!lines)
		return err_oom(e);
	t->before.message = t->s->message;
	t->before.ask = t->s->ask;
	t->before.color = t->s->color;
	t->s->color = false;            /* escape sequences in logs are shown, not obeyed */
	t->s->message = message;
	t->s->ask = ask;
	lines->step = run_source_step;
	input_push(t->s, lines);
	t->lines = lines;
	return true;
}

void run_hooks_clear(struct tui *t)
{
	if (!t->lines)
		return;
	input_pop(t->s);
	free(t->lines);
	t->lines = NULL;
	t->s->message = t->before.message;
	t->s->ask = t->before.ask;
	t->s->color = t->before.color;
}
