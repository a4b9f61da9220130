/*
 * Line editing; see readline.h. The library has no place for a pointer of ours in its callbacks, so the session that
 * completion works on, and the words it found, are the file-scope variables here, beside the signal's flag.
 */
#include "repl/readline.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef USE_LIBEDIT
#include <editline/readline.h>
#else
#include <readline/history.h>
#include <readline/readline.h>
#endif

#include "repl/command/complete.h"

enum { HISTORY_LINES = 2000 };

static volatile sig_atomic_t interrupted;
static struct session *completing;
static word_list found;
static size_t next_found;

/* ---- C-c ------------------------------------------------------------------------------------------------------------------ */

static void on_sigint(int sig)
{
	interrupted = 1;
}

/* A key; C-c ends the line at once. */
static int get_key(FILE *in)
{
	unsigned char c;

	for (;;) {
		ssize_t n = read(fileno(in), &c, 1);
		if (n == 1)
			return c;
		if (n == 0 || errno != EINTR)
			return EOF;
		if (interrupted) {
			rl_point = rl_end = 0;
			rl_line_buffer[0] = '\0';
			return '\n';
		}
	}
}

bool readline_interrupted(void)
{
	bool was = interrupted;

	interrupted = 0;
	return was;
}

/* ---- completion ---------------------------------------------------------------------------------------------------------- */

static char *next_word(const char *text, int state)
{
	if (state == 0)
		next_found = 0;
	return next_found < found.count ? strdup(found.data[next_found++]) : NULL;
}

static char **complete(const char *text, int start, int end)
{
	bool files;

	word_list_free(&found);
	complete_line(completing, (struct str){ rl_line_buffer, (size_t)end }, (size_t)start, &found, &files);
	rl_attempted_completion_over = !files;
	char **words = found.count ? rl_completion_matches(text, next_word) : NULL;
	if (found.count == 1 && words && words[0][0] && words[0][strlen(words[0]) - 1] == '(')
		rl_completion_append_character = '\0';
	return words;
}

/* ---- lines ---------------------------------------------------------------------------------------------------------------- */

void readline_init(struct session *s)
{
	completing = s;
	rl_readline_name = "wrench";
	rl_attempted_completion_function = complete;
	rl_completer_word_break_characters = (char *)" \t\n\"';()[],=!";
	rl_getc_function = get_key;
#ifndef USE_LIBEDIT
	rl_catch_signals = 0;
#endif
	using_history();
	stifle_history(HISTORY_LINES);
}

char *readline_read(const char *prompt)
{
	struct sigaction act = { .sa_handler = on_sigint }, before;

	sigemptyset(&act.sa_mask);
	sigaction(SIGINT, &act, &before);
	interrupted = 0;
	char *line = readline(prompt);
	sigaction(SIGINT, &before, NULL);
	return line;
}

/* ---- history -------------------------------------------------------------------------------------------------------------- */

void readline_history_load(const char *path)
{
	read_history(path);
}

void readline_history_add(const char *line)
{
	HIST_ENTRY *last = history_length > 0 ? history_get(history_base + history_length - 1) : NULL;

	if (!last || strcmp(last->line, line) != 0)
		add_history(line);
}

void readline_history_save(const char *path)
{
	write_history(path);
}
