/*
 * The workbench: windows on a session. It reads keys, turns them into command lines, has the session carry those out, and
 * shows what is there afterwards.
 *
 *     bytes ──key.h──► keys ──keymap.h──► command text ──► action.h     windows, cursor, search: the workbench's own
 *                                                     └──► run.h        everything else: session_do()
 *     session ──guest.h──► where the guest is ──view.h──► lines ──draw.c──► cells ──term.h──► terminal
 *
 * Its own commands are records in the session's registry while it is open, so M-x, *repl*, help and scripts know them.
 *
 * Threads. Commands run on the thread that opened the workbench, as at the prompt. While one runs, a second thread, the
 * watcher (run.c), has the screen and the keyboard: it shows what the guest writes, follows a resize, and interrupts. It
 * never touches the session; `lock` keeps the two apart.
 */
#ifndef TUI_TUI_H
#define TUI_TUI_H

#include <pthread.h>

#include "engine/base/arena.h"
#include "repl/command/event.h"
#include "repl/command/session.h"
#include "tui/edit.h"
#include "tui/key.h"
#include "tui/layout.h"
#include "tui/log.h"
#include "tui/term.h"
#include "tui/view.h"

struct minibuffer;
struct search;
struct watcher;

/* A place of a breakpoint, for margins. */
struct break_mark {
	struct code_place at;
	uint32_t number;
	bool enabled;
};

/* C-u and M-digits. */
struct prefix {
	bool given, digits, negative;
	int64_t n;
};

/* Descriptors of the process while the workbench is open; see run.c. */
struct streams {
	int saved[3];                   /* standard input, output and error before */
	int guest_in, guest_out, said;  /* our ends: to the guest's input, from its output, from the commands */
	int out_before, err_before;     /* the session's */
	bool open, ended;               /* ended: the guest's input was closed */
	struct watcher *watcher;        /* while a command runs */
};

struct tui {
	struct session *s;
	struct term *term;
	struct cells screen;
	struct layout layout;
	const char *layout_name;        /* the named one that was used last, as it was then, */
	struct buf layout_made;         /* … and for how many columns, and whether with *source* */
	int layout_cols;
	bool layout_source;
	VEC(struct view *) views;
	bool plain;                     /* ASCII, one window, no colours */
	bool dirty, leave;              /* to be drawn; back to the prompt */

	/* what views show; counts changes of any state, and of code */
	uint64_t state, code_state, uses;
	bool stopped;
	struct code_place pc;           /* of the selected frame */
	struct code_place link;         /* under the cursor of the code window used last */
	const struct module *module;    /* that code panes show */
	uint32_t module_number;         /* the session's current one, when that was decided */
	VEC(struct break_mark) marks;
	bool counted;                   /* there are counts to be shown beside code (heat.h) */
	struct buf where, clock;        /* for mode lines: "fac $fac 3:5 @0x25", "step 2  interp" */
	VEC(struct code_place) trail;   /* for M-, */

	/* keys */
	char input[256];
	size_t ninput;
	VEC(struct key) typed;          /* keys that were given by tests and macros */
	int mouse_row, mouse_col;       /* where its last button was pressed */
	struct buf sequence;            /* "C-x": what was pressed of a longer key */
	bool popup, escaped;            /* what may follow is shown; ESC was pressed */
	struct prefix prefix;
	bool asked_key;                 /* describe-key waits for one; those pressed: */
	struct buf asked, help;         /* help: what *help* shows */
	struct minibuffer *mini;        /* NULL: closed */
	struct search *search;          /* NULL: not searching */

	struct buf echo;                /* the line at the bottom */
	struct buf hint;                /* what stands there when nothing is said */
	char last_search[128];
	int input_row, input_col;       /* of the input line that was drawn last */

	struct log repl, guest;
	struct edit repl_line, guest_line;
	size_t said_from;               /* length of the log when the last command began */
	struct buf repl_more;           /* lines typed in *repl* that belong to the next one */
	char *repeat;                   /* what an empty line in *repl* carries out again; NULL: nothing */

	struct streams streams;
	pthread_mutex_t lock;           /* recursive */
	bool running, interrupting;
	uint64_t seconds;               /* that the command has run */
	uint64_t recorded;              /* the last step of the recording before that; 0: none */
	struct event_subscriber events;
	struct input *lines;      /* of commands at a stop under a host function (repl/command/input.h) */
	struct {                        /* hooks of the session before */
		void (*message)(struct session *s, struct str text);
		bool (*ask)(struct session *s, const char *prompt, struct buf *out);
		bool color;
	} before;

	/* Asked when there is nothing to do, by tests: more keys to be typed, or false: the end. NULL: wait for the terminal. */
	bool (*idle)(void *user, struct tui *t);
	void *user;
};

/*
 * Open on a session: takes TERM, fills the screen; windows and logs are as they were when it was open before. NULL with E;
 * then TERM is freed, too.
 */
struct tui *tui_open(struct session *s, struct term *term, bool plain, struct err *e);
/* Until the user leaves. */
void tui_run(struct tui *t);
/* Give streams and terminal back; the session keeps the rest for the next time. */
void tui_close(struct tui *t);

/* Keys, commands and output until *DONE (NULL: never), the session quits or the workbench is left. */
void tui_loop(struct tui *t, const bool *done);
/* One turn of that: draw, wait, handle what came. */
void tui_turn(struct tui *t);
/* Carry out the command text of a key: places in {braces} are filled in; see command_text.c. */
void tui_command(struct tui *t, const char *text);
/* Handle one key. */
void tui_key(struct tui *t, const struct key *k);
/* Type keys by name: "C-x 2". */
void tui_type(struct tui *t, const char *names);
/* One line for the bottom. */
void tui_say(struct tui *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void tui_complain(struct tui *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* C-z. */
void tui_suspend(struct tui *t);
/* Draw everything and show it. */
void tui_draw(struct tui *t);

/* ---- guest.c: what the session looks like after a command -------------------------------------------- */

void guest_look(struct tui *t);
/* The instruction under the cursor of the selected window, or else where the guest is; false: neither. */
bool place_here(struct tui *t, struct code_place *out);
/* "2!#12+0x1f" */
void place_spell(const struct tui *t, const struct code_place *p, struct buf *out);
/* Show P in every code window and put the cursor there. */
void place_show(struct tui *t, struct code_place p);
/* The cursor of a code window moved: the others follow. */
void link_cursor(struct tui *t, struct window *w);

/* describe-key takes the key. */
bool help_key(struct tui *t, const struct key *k);

/* ---- windows.c: which window ---------------------------------------------------------------------------- */

bool window_is_code(const struct window *w);
/* A window that shows V; NULL: none. */
struct window *window_of(struct tui *t, const struct view *v);
/* Show V somewhere, the selected window last of all, and give that window. */
struct window *window_for(struct tui *t, struct view *v);
void window_select(struct tui *t, struct window *w);
/* The layout called NAME, or that NAME is the text of, "(v …"; false: there is none. */
bool layout_use(struct tui *t, struct str name);
/* The screen has another size, or there is source now: the named layout in its other form, unless it was changed by hand. */
void layout_again(struct tui *t);
/* After a change of size or of layout. */
void windows_place(struct tui *t);

#endif
