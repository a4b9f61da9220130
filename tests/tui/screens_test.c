/*
 * Screens of the workbench: each file of tests/screens is what a user types, and after each `show` the screen that follows.
 *
 *     size 80x24               of the terminal, first; later: it is resized
 *     line start fac(5)        a command, as if typed in *repl*
 *     type C-x o s             keys by name
 *     show                     the screen, as lines that begin with "| "
 *     columns 80               only so many columns of it: machine code, further right, changes with every improvement
 *     # a comment
 *
 * A terminal that keeps text (tui/term_text.c) stands in for a real one; everything else is the program. UPDATE=1 in the
 * environment writes the screens of today into the files: read the difference before keeping it.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/source.h"
#include "repl/command/debug.h"
#include "scripts/eval.h"
#include "scripts/scripting.h"
#include "tests/harness/tap.h"
#include "tui/run.h"
#include "tui/tui.h"

struct play {
	const char *p;                  /* what is left of the script */
	struct term *term;
	struct buf out;                 /* the script with the screens of now */
	unsigned shows, wrong;
	unsigned columns;               /* 0: all */
	char first[64];                 /* the line that differs first */
};

static bool next_line(const char **p, struct str *line)
{
	size_t n = strcspn(*p, "\n");

	if (!**p)
		return false;
	*line = (struct str){ *p, n };
	*p += n + ((*p)[n] == '\n');
	return true;
}

/* The part of a line that is compared: its first COLUMNS characters, without spaces behind them. */
static struct str cut(struct str line, unsigned columns)
{
	size_t n = 0;

	if (!columns)
		return line;
	for (unsigned k = 0; n < line.n; n++)
		if (((unsigned char)line.p[n] & 0xc0) != 0x80 && k++ == columns)
			break;
	while (n && line.p[n - 1] == ' ')
		n--;
	return (struct str){ line.p, n };
}

/* The screen of now into the new text, and compared with the one that the script has. */
static void show(struct play *s)
{
	struct buf screen = { 0 };
	struct str want, have;
	bool same = true;

	term_text_print(s->term, &screen);
	for (const char *p = buf_str(&screen); next_line(&p, &have);) {
		have = cut(have, s->columns);
		buf_puts(&s->out, have.n ? "| " : "|");
		buf_put(&s->out, have.p, have.n);
		buf_putc(&s->out, '\n');
		bool more = s->p[0] == '|' && next_line(&s->p, &want);
		size_t skip = more && want.n > 1 && want.p[1] == ' ' ? 2 : 1;
		if (same && (!more || !str_eq((struct str){ want.p + skip, want.n - skip }, have)))
			snprintf(s->first, sizeof s->first, "%.*s", STR_ARGS(have)), same = false;
	}
	while (s->p[0] == '|' && next_line(&s->p, &want))
		same = false;
	s->shows++;
	s->wrong += !same;
	buf_free(&screen);
}

/* The workbench has nothing to do: the next line of the script. False: it ends. */
static bool on_idle(void *user, struct tui *t)
{
	struct play *s = user;
	struct str line;
	int cols, rows;

	if (!next_line(&s->p, &line))
		return false;
	buf_put(&s->out, line.p, line.n);
	buf_putc(&s->out, '\n');
	char *text = strndup(line.p, line.n);
	if (strncmp(text, "line ", 5) == 0)
		run_line(t, str_of(text + 5));
	else if (strncmp(text, "type ", 5) == 0)
		tui_type(t, text + 5);
	else if (strcmp(text, "show") == 0)
		show(s);
	else if (sscanf(text, "columns %d", &cols) == 1)
		s->columns = (unsigned)cols;
	else if (sscanf(text, "size %dx%d", &cols, &rows) == 2)
		term_text_resize(s->term, rows, cols), windows_place(t), layout_again(t);
	free(text);
	t->dirty = true;
	return true;
}

static bool open_session(struct session *s, struct err *e)
{
	if (!session_init(s, e))
		return false;
	s->no_fuse = true;              /* which cells are fused changes with every improvement */
	s->eval = eval_lua_new();
	return s->eval && scripting_attach(s, e) && debug_attach(s, e);
}

static void play(struct play *p)
{
	struct session s;
	struct err e = { 0 };
	bool ok = open_session(&s, &e);

	p->term = term_text_new(24, 80);
	struct tui *t = ok && p->term ? tui_open(&s, p->term, false, &e) : NULL;
	if (t) {
		t->idle = on_idle;
		t->user = p;
		tui_run(t);
		tui_close(t);
	}
	struct eval *eval = s.eval;
	session_free(&s);
	eval->free(eval);
}

static void test_file(const char *path)
{
	struct err e = { 0 };
	struct source *src = source_read(path, &e);
	struct play p = { .p = src->bytes };
	/* the workbench takes the standard streams while it is open, and TAP goes on behind it */
	play(&p);
	bool update = getenv("UPDATE") != NULL;
	FILE *f = update && p.wrong ? fopen(path, "w") : NULL;
	if (f) {
		fwrite(buf_str(&p.out), 1, p.out.size, f);
		fclose(f);
		p.wrong = 0;
	}
	if (!CHECK(p.shows > 0 && p.wrong == 0, "%s: %u screens", path, p.shows))
		tap_note("first line that differs: %s", p.first);
	buf_free(&p.out);
	source_free(src);
}

static int is_script(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 4 && strcmp(d->d_name + n - 4, ".txt") == 0;
}

int main(int argc, char **argv)
{
	struct dirent **all;
	char path[512];
	int n = argc > 1 ? 0 : scandir("tests/screens", &all, is_script, alphasort);

	for (int i = 1; i < argc; i++)
		test_file(argv[i]);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof path, "tests/screens/%s", all[i]->d_name);
		test_file(path);
		free(all[i]);
	}
	if (n > 0)
		free(all);
	return tap_done();
}
