/*
 * The command loop; see loop.h. Lines that begin with a bracket go on until brackets balance; an empty line repeats a
 * step-like command. A stop under a host function runs a loop of its own until the guest may go on.
 */
#include "repl/loop.h"

#include <stdlib.h>

#include "debugger/dbg.h"
#include "engine/base/buf.h"
#include "repl/command/args.h"
#include "repl/command/welcome.h"
#include "repl/history.h"
#include "repl/prompt.h"
#include "repl/readline.h"

/* ---- one line ------------------------------------------------------------------------------------------------------------ */

/* Read until brackets balance. False: C-d on an empty line. C-c leaves an empty LINE. */
static bool read_line(struct session *s, struct buf *line)
{
	char prompt[PROMPT_MAX];

	prompt_text(s, false, prompt);
	buf_reset(line);
	for (;;) {
		char *part = readline_read(prompt);
		if (!part)
			return line->size > 0;
		buf_puts(line, part);
		free(part);
		if (readline_interrupted()) {
			buf_reset(line);
			return true;
		}
		struct str so_far = str_trim((struct str){ buf_str(line), line->size });
		if (!so_far.n || so_far.p[0] != '(' || !line_is_open(so_far))
			return true;
		buf_putc(line, '\n');
		prompt_text(s, true, prompt);
	}
}

static bool repeats(const struct session *s, struct str line)
{
	struct err ignored = { 0 };
	struct str rest;
	const struct command *c = command_find(s, line, &rest, &ignored);

	return c && c->flags & CMD_REPEATS;
}

struct loop {
	struct session *s;
	struct buf line, last;          /* last: the one that an empty line repeats; empty: none */
};

/* False: the end of input. */
static bool loop_step(struct loop *l)
{
	if (!read_line(l->s, &l->line))
		return false;
	struct str line = str_trim((struct str){ buf_str(&l->line), l->line.size });
	if (line.n) {
		history_add(l->s, line);
		buf_reset(&l->last);
		if (repeats(l->s, line))
			buf_put(&l->last, line.p, line.n);
	} else if (l->last.size) {
		line = (struct str){ buf_str(&l->last), l->last.size };
	}
	session_do(l->s, line);
	return true;
}

static void loop_free(struct loop *l)
{
	buf_free(&l->line);
	buf_free(&l->last);
}

/* ---- loops ---------------------------------------------------------------------------------------------------------------- */

/* A stop that cannot return to the outer loop, because a host function is in between. */
static bool nested(void *user)
{
	struct session *s = user;
	struct loop l = { .s = s };
	bool before = s->resume;

	s->level++;
	s->resume = false;
	while (!s->quit && !s->resume && !s->give_up && loop_step(&l))
		;
	bool go_on = s->resume && !s->quit;
	s->resume = before;
	s->give_up = false;
	s->level--;
	loop_free(&l);
	return go_on;
}

void loop_run(struct cli *c, struct session *s)
{
	struct loop l = { .s = s };

	readline_init(s);
	history_load(s);
	if (s->dbg)
		s->dbg->nested = nested;
	if (!c->quiet)
		welcome_banner(s, c->welcome);
	while (!s->quit)
		if (!loop_step(&l)) {
			output_puts(&s->out, "\n");
			break;
		}
	history_save(s);
	loop_free(&l);
}
