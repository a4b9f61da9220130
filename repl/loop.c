/*
 * The command loop; see loop.h. Lines that begin with a bracket go on until brackets balance, blocks until their `end`; an
 * empty line repeats a step-like command.
 */
#include "repl/loop.h"

#include <stdlib.h>

#include "engine/base/buf.h"
#include "repl/command/args.h"
#include "repl/command/input.h"
#include "repl/command/interrupt.h"
#include "repl/command/welcome.h"
#include "repl/history.h"
#include "repl/command/prompt.h"
#include "repl/readline.h"

/* ---- one line ------------------------------------------------------------------------------------------------------------ */

/* Read until brackets and blocks are closed. False: C-d on an empty line. C-c leaves an empty LINE. */
static bool read_line(struct session *s, struct buf *line)
{
	char prompt[PROMPT_MAX];

	prompt_text(s, false, prompt);
	buf_reset(line);
	for (;;) {
		interrupt_forget();
		char *part = readline_read(prompt);
		if (!part)
			return line->size > 0;
		buf_puts(line, part);
		free(part);
		if (readline_interrupted()) {
			buf_reset(line);
			return true;
		}
		if (!line_wants_more(s, str_of_buf(line)))
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
	struct input in;          /* first */
	struct buf line, last;          /* last: the one that an empty line repeats; empty: none */
};

/* False: the end of input. */
static bool loop_step(struct input *in, struct session *s)
{
	struct loop *l = (struct loop *)in;

	if (!read_line(s, &l->line))
		return false;
	struct str line = str_trim(str_of_buf(&l->line));
	if (line.n) {
		history_add(s, line);
		buf_reset(&l->last);
		if (repeats(s, line))
			buf_put(&l->last, line.p, line.n);
	} else if (l->last.size) {
		line = str_of_buf(&l->last);
	}
	/* a nested loop may read on while this line is carried out */
	struct buf own = { 0 };
	buf_put(&own, line.p, line.n);
	session_do(s, str_of_buf(&own));
	buf_free(&own);
	return true;
}

static void loop_free(struct loop *l)
{
	buf_free(&l->line);
	buf_free(&l->last);
}

/* ---- the loop ---------------------------------------------------------------------------------------------------------------- */

/* What a script asks a person. */
static bool ask(struct session *s, const char *prompt, struct buf *out)
{
	char *line = readline_read(prompt);

	if (!line || readline_interrupted()) {
		free(line);
		return false;
	}
	buf_puts(out, line);
	free(line);
	return true;
}

void loop_run(struct cli *c, struct session *s)
{
	struct loop l = { .in.step = loop_step };

	readline_init(s);
	s->history_add = history_add;
	history_load(s);
	input_push(s, &l.in);
	interrupt_prompt_enter();
	s->ask = ask;
	if (!c->quiet)
		welcome_banner(s, c->welcome);
	while (!s->quit)
		if (!loop_step(&l.in, s)) {
			output_puts(&s->out, "\n");
			output_flush(&s->out);
			s->quit = session_may_leave(s);
		}
	history_save(s);
	interrupt_prompt_leave();
	input_pop(s);
	loop_free(&l);
}
