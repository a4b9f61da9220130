/*
 * A real terminal. terminfo (the low level of ncurses) says what it can do; what to send is decided here: only glyphs that
 * differ from what was shown last, written into one buffer and sent with one write, so nothing flickers.
 *
 * A terminal that terminfo does not know is taken for an xterm with 256 colours, which nearly all of today are; when even
 * that entry is missing, its sequences are in the table below.
 *
 * Signals. SIGWINCH and SIGTSTP write into a pipe that the loop polls. Signals that end the process put the terminal
 * back first and then take their course; a fault of the guest, which the engine's own handler turns into a trap, is not
 * such an end. Handlers can reach nothing but file-scope state: the terminal that is in use stands there.
 */
#include <curses.h>
#undef ERR                      /* our tables have a macro of that name */
#undef OK

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "tui/term.h"

/* Of the <term.h> of ncurses, whose names are ours, too. */
extern int setupterm(const char *name, int fd, int *how);

/* ---- what it can do ------------------------------------------------------------------------------ */

enum cap {
	CAP_ENTER, CAP_LEAVE, CAP_CLEAR, CAP_PLACE, CAP_HIDE, CAP_SEEN, CAP_PLAIN, CAP_BOLD, CAP_DIM, CAP_UNDER, CAP_REVERSE,
	CAP_TEXT, CAP_GROUND, CAP_KEYS_ON, CAP_KEYS_OFF, CAP_BELL, CAP_MOUSE, CAP_COUNT
};

/* Names in terminfo, and what an xterm wants. */
static const struct {
	const char *name, *xterm;
} caps[CAP_COUNT] = {
	[CAP_ENTER]    = { "smcup", "\033[?1049h" },
	[CAP_LEAVE]    = { "rmcup", "\033[?1049l" },
	[CAP_CLEAR]    = { "clear", "\033[H\033[2J" },
	[CAP_PLACE]    = { "cup",   "\033[%i%p1%d;%p2%dH" },
	[CAP_HIDE]     = { "civis", "\033[?25l" },
	[CAP_SEEN]     = { "cnorm", "\033[?25h" },
	[CAP_PLAIN]    = { "sgr0",  "\033[0m" },
	[CAP_BOLD]     = { "bold",  "\033[1m" },
	[CAP_DIM]      = { "dim",   "\033[2m" },
	[CAP_UNDER]    = { "smul",  "\033[4m" },
	[CAP_REVERSE]  = { "rev",   "\033[7m" },
	[CAP_TEXT]     = { "setaf", "\033[38;5;%p1%dm" },
	[CAP_GROUND]   = { "setab", "\033[48;5;%p1%dm" },
	[CAP_KEYS_ON]  = { "smkx",  "\033[?1h\033=" },
	[CAP_KEYS_OFF] = { "rmkx",  "\033[?1l\033>" },
	[CAP_BELL]     = { "bel",   "\a" },
	[CAP_MOUSE]    = { "kmous", "\033[M" },        /* that it has one; what it sends is asked for in another form */
};

enum colours { COLOURS_NONE, COLOURS_8, COLOURS_256, COLOURS_TRUE };

struct term_curses {
	struct term term;
	int out;
	const char *cap[CAP_COUNT];     /* "" where it has none */
	enum colours colours;
	struct termios before;          /* how the terminal was found */
	struct cells shown;
	bool all;                       /* nothing on the screen can be trusted */
	bool entered;
	bool mouse;                     /* it was told to send buttons */
	struct buf pending;
	int at_row, at_col;             /* where the terminal's cursor is; -1: unknown */
	struct look look;               /* in which it writes now */
	bool look_known;
	int pipe[2];
	struct sigaction old[32];       /* dispositions before ours */
	char restore[128];              /* what puts the screen back, for handlers */
	size_t nrestore;
};

/* The terminal in use, for signal handlers; and what they saw. */
static struct term_curses *volatile in_use;
static volatile sig_atomic_t resized, suspend, gone;

static struct term_curses *curses_of(struct term *t)
{
	return (struct term_curses *)(void *)t;
}

/* ---- signals ------------------------------------------------------------------------------------- */

static const int deadly[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTERM, SIGHUP, SIGQUIT };

static void put_back(const struct term_curses *t)
{
	ssize_t n = write(t->out, t->restore, t->nrestore);

	if (n >= 0)
		tcsetattr(t->out, TCSANOW, &t->before);
}

static bool is_default(int sig)
{
	struct sigaction now;

	return sigaction(sig, NULL, &now) == 0 && !(now.sa_flags & SA_SIGINFO) && now.sa_handler == SIG_DFL;
}

/* The disposition before ours has its say first: the engine's handler knows whether a fault was the guest's. */
static void on_deadly(int sig, siginfo_t *info, void *context)
{
	struct term_curses *t = in_use;
	const struct sigaction *old = t ? &t->old[sig] : NULL;

	if (old && old->sa_flags & SA_SIGINFO) {
		old->sa_sigaction(sig, info, context);
		if (!is_default(sig))
			return;
	}
	if (t && t->entered)
		put_back(t);
	signal(sig, SIG_DFL);
	raise(sig);
}

static void on_notice(int sig)
{
	struct term_curses *t = in_use;
	int before = errno;

	if (sig == SIGWINCH)
		resized = 1;
	else
		suspend = 1;
	if (t && write(t->pipe[1], "!", 1) < 0)
		errno = before;
	errno = before;
}

/* C-c comes as a key here; one that is sent otherwise reaches the guest, or nobody. */
static void on_sigint(int sig)
{
}

static void take_signals(struct term_curses *t)
{
	struct sigaction act = { .sa_sigaction = on_deadly, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	sigemptyset(&act.sa_mask);
	in_use = t;
	for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
		sigaction(deadly[i], &act, &t->old[deadly[i]]);
	act = (struct sigaction){ .sa_handler = on_notice, .sa_flags = SA_RESTART | SA_ONSTACK };
	sigemptyset(&act.sa_mask);
	sigaction(SIGWINCH, &act, &t->old[SIGWINCH]);
	sigaction(SIGTSTP, &act, &t->old[SIGTSTP]);
	act.sa_handler = on_sigint;
	sigaction(SIGINT, &act, &t->old[SIGINT]);
}

static void give_back(struct term_curses *t, int sig)
{
	struct sigaction now;

	sigaction(sig, NULL, &now);
	bool own = now.sa_sigaction == on_deadly || now.sa_handler == on_notice || now.sa_handler == on_sigint;
	if (own)
		sigaction(sig, &t->old[sig], NULL);
}

static void give_back_signals(struct term_curses *t)
{
	for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
		give_back(t, deadly[i]);
	give_back(t, SIGWINCH);
	give_back(t, SIGTSTP);
	give_back(t, SIGINT);
	in_use = NULL;
}

static unsigned curses_signals(struct term *t)
{
	char dropped[64];
	unsigned bits = (resized ? TERM_RESIZED : 0) | (suspend ? TERM_SUSPEND : 0) | (gone ? TERM_GONE : 0);

	while (read(curses_of(t)->pipe[0], dropped, sizeof dropped) > 0)
		;
	resized = suspend = 0;
	return bits;
}

/* ---- writing ------------------------------------------------------------------------------------- */

/* A string of terminfo without the waits that slow terminals of old needed. */
static void put_cap(struct term_curses *t, const char *s)
{
	for (; *s; s++) {
		const char *end = s[0] == '$' && s[1] == '<' ? strchr(s, '>') : NULL;
		if (end)
			s = end;
		else
			buf_putc(&t->pending, *s);
	}
}

static void send(struct term_curses *t)
{
	for (size_t done = 0; done < t->pending.size;) {
		ssize_t n = write(t->out, t->pending.data + done, t->pending.size - done);
		if (n < 0 && errno != EINTR && errno != EAGAIN) {
			gone = 1;
			break;
		}
		done += n > 0 ? (size_t)n : 0;
	}
	buf_reset(&t->pending);
}

static void put_colour(struct term_curses *t, int32_t rgb, bool ground)
{
	enum cap cap = ground ? CAP_GROUND : CAP_TEXT;

	if (t->colours == COLOURS_TRUE)
		buf_printf(&t->pending, "\033[%d;2;%d;%d;%dm", ground ? 48 : 38, rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255);
	else if (t->colours == COLOURS_256)
		put_cap(t, tiparm(t->cap[cap], colour_256(rgb)));
	else if (t->colours == COLOURS_8)
		put_cap(t, tiparm(t->cap[cap], colour_8(rgb)));
}

static bool same_look(const struct look *a, const struct look *b)
{
	return a->text == b->text && a->ground == b->ground && a->bold == b->bold && a->dim == b->dim && a->under == b->under &&
		a->reverse == b->reverse;
}

static void set_look(struct term_curses *t, struct look l)
{
	if (t->look_known && same_look(&t->look, &l))
		return;
	put_cap(t, t->cap[CAP_PLAIN]);
	put_cap(t, l.bold ? t->cap[CAP_BOLD] : "");
	put_cap(t, l.dim ? t->cap[CAP_DIM] : "");
	put_cap(t, l.under ? t->cap[CAP_UNDER] : "");
	put_cap(t, l.reverse ? t->cap[CAP_REVERSE] : "");
	if (l.text != COLOUR_NONE)
		put_colour(t, l.text, false);
	if (l.ground != COLOUR_NONE)
		put_colour(t, l.ground, true);
	t->look = l;
	t->look_known = true;
}

static void place(struct term_curses *t, int row, int col)
{
	if (t->at_row == row && t->at_col == col)
		return;
	put_cap(t, tiparm(t->cap[CAP_PLACE], row, col));
	t->at_row = row;
	t->at_col = col;
}

/* With eight colours a ground hides the text on it: bars are reversed instead. */
static struct look look_of(const struct term_curses *t, const struct glyph *g)
{
	enum theme theme = t->colours == COLOURS_NONE ? THEME_PLAIN : t->term.theme;
	struct look l = theme_look(theme, (enum style)g->style, (enum layer)g->layer);

	if (t->colours == COLOURS_8 && l.ground != COLOUR_NONE) {
		struct look plain = theme_look(THEME_PLAIN, (enum style)g->style, (enum layer)g->layer);
		plain.text = plain.reverse ? COLOUR_NONE : l.text;
		return plain;
	}
	return l;
}

static bool same_glyph(const struct glyph *a, const struct glyph *b)
{
	return a->n == b->n && a->width == b->width && a->style == b->style && a->layer == b->layer &&
		memcmp(a->text, b->text, a->n) == 0;
}

static void show_row(struct term_curses *t, const struct cells *c, int row)
{
	for (int col = 0; col < c->cols; col++) {
		const struct glyph *g = &c->at[row * c->cols + col];
		if (g->width == 0 || (!t->all && same_glyph(g, &t->shown.at[row * c->cols + col])))
			continue;
		if (row == c->rows - 1 && col + g->width == c->cols)
			continue;               /* the last place: writing there may scroll */
		place(t, row, col);
		set_look(t, look_of(t, g));
		buf_put(&t->pending, g->text, g->n);
		t->at_col += g->width;
		if (t->at_col >= c->cols || g->n > 4)
			t->at_row = -1;
	}
}

/* ---- the mouse ------------------------------------------------------------------------------------ */

/* Buttons and the wheel, but no movements (1000), in the form without a limit to columns (1006). */
#define MOUSE_ON  "\033[?1000h\033[?1006h"
#define MOUSE_OFF "\033[?1006l\033[?1000l"

static void set_mouse(struct term_curses *t)
{
	if (!t->cap[CAP_MOUSE][0] || t->mouse == t->term.mouse)
		return;
	t->mouse = t->term.mouse;
	put_cap(t, t->mouse ? MOUSE_ON : MOUSE_OFF);
}

/* ---- showing -------------------------------------------------------------------------------------- */

static void curses_show(struct term *term, const struct cells *c, int row, int col)
{
	struct term_curses *t = curses_of(term);

	if (c->rows != t->shown.rows || c->cols != t->shown.cols) {
		if (!cells_resize(&t->shown, c->rows, c->cols))
			return;
		t->all = true;
	}
	set_mouse(t);
	put_cap(t, t->cap[CAP_HIDE]);
	if (t->all) {
		set_look(t, (struct look){ COLOUR_NONE, COLOUR_NONE, 0, 0, 0, 0 });
		put_cap(t, t->cap[CAP_CLEAR]);
		t->at_row = -1;
	}
	for (int i = 0; i < c->rows; i++)
		show_row(t, c, i);
	memcpy(t->shown.at, c->at, (size_t)c->rows * (size_t)c->cols * sizeof *c->at);
	t->all = false;
	if (row >= 0) {
		place(t, row, col);
		put_cap(t, t->cap[CAP_SEEN]);
	}
	send(t);
}

/* ---- taking and giving back ------------------------------------------------------------------------ */

static void curses_size(struct term *term, int *rows, int *cols)
{
	struct winsize w = { 0 };

	if (ioctl(curses_of(term)->out, TIOCGWINSZ, &w) < 0 || !w.ws_row || !w.ws_col) {
		w.ws_row = 24;
		w.ws_col = 80;
	}
	*rows = w.ws_row;
	*cols = w.ws_col;
}

static void curses_redraw(struct term *t)
{
	curses_of(t)->all = true;
	curses_of(t)->look_known = false;
}

static void curses_enter(struct term *term)
{
	struct term_curses *t = curses_of(term);
	struct termios raw = t->before;

	raw.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INPCK | ISTRIP | IXON | INLCR);
	raw.c_lflag &= ~(tcflag_t)(ECHO | ICANON | IEXTEN | ISIG);
	raw.c_cflag |= CS8;
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(t->out, TCSADRAIN, &raw);
	t->entered = true;
	t->mouse = false;
	put_cap(t, t->cap[CAP_ENTER]);
	put_cap(t, t->cap[CAP_KEYS_ON]);
	send(t);
	curses_redraw(term);
}

static void curses_leave(struct term *term)
{
	struct term_curses *t = curses_of(term);

	if (!t->entered)
		return;
	buf_put(&t->pending, t->restore, t->nrestore);
	send(t);
	tcsetattr(t->out, TCSADRAIN, &t->before);
	t->entered = false;
}

static int curses_read(struct term *term, char *to, int most)
{
	ssize_t n = read(term->fd, to, (size_t)most);

	if (n > 0)
		return (int)n;
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

static void curses_bell(struct term *term)
{
	put_cap(curses_of(term), curses_of(term)->cap[CAP_BELL]);
	send(curses_of(term));
}

static void curses_free(struct term *term)
{
	struct term_curses *t = curses_of(term);

	curses_leave(term);
	give_back_signals(t);
	cells_free(&t->shown);
	buf_free(&t->pending);
	close(t->pipe[0]);
	close(t->pipe[1]);
	close(t->out);
	close(term->fd);
	free(t);
}

static const struct term_ops ops = {
	.size = curses_size, .show = curses_show, .read = curses_read, .signals = curses_signals, .redraw = curses_redraw,
	.leave = curses_leave, .enter = curses_enter, .bell = curses_bell, .free = curses_free,
};

/* ---- opening ------------------------------------------------------------------------------------- */

/* False: terminfo has nothing that fits, and an xterm is assumed. */
static bool find_entry(void)
{
	const char *name = getenv("TERM");
	int ignored;

	if (name && *name && setupterm(name, STDOUT_FILENO, &ignored) == 0 && tigetstr("cup"))
		return true;
	return setupterm("xterm-256color", STDOUT_FILENO, &ignored) == 0 && tigetstr("cup");
}

static void find_caps(struct term_curses *t, bool known)
{
	for (enum cap i = 0; i < CAP_COUNT; i++) {
		char *s = known ? tigetstr(caps[i].name) : NULL;
		t->cap[i] = !known ? caps[i].xterm : s && s != (char *)-1 ? s : "";
	}
}

static enum colours find_colours(bool known)
{
	const char *says = getenv("COLORTERM");
	int n = known ? tigetnum("colors") : 256;

	if (n >= 256 && says && (strcmp(says, "truecolor") == 0 || strcmp(says, "24bit") == 0))
		return COLOURS_TRUE;
	return n >= 256 ? COLOURS_256 : n >= 8 ? COLOURS_8 : COLOURS_NONE;
}

static void note_restore(struct term_curses *t)
{
	static const enum cap order[] = { CAP_PLAIN, CAP_KEYS_OFF, CAP_SEEN, CAP_LEAVE };

	put_cap(t, t->cap[CAP_MOUSE][0] ? MOUSE_OFF : "");
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		put_cap(t, t->cap[order[i]]);
	t->nrestore = t->pending.size < sizeof t->restore ? t->pending.size : sizeof t->restore;
	memcpy(t->restore, buf_str(&t->pending), t->nrestore);
	buf_reset(&t->pending);
}

static bool open_files(struct term_curses *t, int in, int out, struct err *e)
{
	t->term.fd = fcntl(in, F_DUPFD_CLOEXEC, 10);
	t->out = fcntl(out, F_DUPFD_CLOEXEC, 10);
	if (t->term.fd < 0 || t->out < 0 || tcgetattr(t->out, &t->before) < 0 || pipe2(t->pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_set(e, E_IO, place_none(), "this is no terminal: %m");
	t->term.wake_fd = t->pipe[0];
	return true;
}

struct term *term_curses_new(int in, int out, bool colour, struct err *e)
{
	struct term_curses *t = calloc(1, sizeof *t);

	if (!t) {
		err_oom(e);
		return NULL;
	}
	t->term = (struct term){ .ops = &ops, .fd = -1, .wake_fd = -1 };
	if (!open_files(t, in, out, e)) {
		free(t);
		return NULL;
	}
	bool known = find_entry();
	find_caps(t, known);
	t->colours = colour ? find_colours(known) : COLOURS_NONE;
	t->term.backspace_is_h = t->before.c_cc[VERASE] == '\b';
	note_restore(t);
	take_signals(t);
	curses_enter(&t->term);
	return &t->term;
}
