/* Transcripts: written, and carried out again; see session_file.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/source.h"
#include "repl/command/args.h"
#include "repl/command/event.h"
#include "repl/command/input.h"
#include "repl/command/session_file.h"

struct transcript {
	struct event_subscriber guest;  /* what it writes */
	FILE *file;                     /* NULL: only kept in `text` */
	struct buf text;
	bool wanted_output;             /* before it began */
};

/* ---- writing ----------------------------------------------------------------------------------------------------------------- */

static void put(struct transcript *t, const char *p, size_t n)
{
	if (t->file)
		fwrite(p, 1, n, t->file);
	else
		buf_put(&t->text, p, n);
}

static void on_event(void *user, struct session *s, const struct event *ev)
{
	if (ev->kind == EVENT_OUTPUT)
		put(user, ev->text.p, ev->text.n);
}

static struct transcript *begin(struct session *s, FILE *f)
{
	struct transcript *t = calloc(1, sizeof *t);

	if (!t)
		return NULL;
	t->file = f;
	t->guest = (struct event_subscriber){ .on = on_event, .user = t };
	t->wanted_output = event_wants_output(s);
	event_subscribe(s, &t->guest);
	event_want_output(s, true);
	return t;
}

static void end(struct session *s, struct transcript *t)
{
	event_unsubscribe(s, &t->guest);
	event_want_output(s, t->wanted_output);
	if (t->file)
		fclose(t->file);
	buf_free(&t->text);
	free(t);
}

bool transcript_start(struct session *s, const char *path, struct err *e)
{
	FILE *f = fopen(path, "we");

	if (!f)
		return err_set(e, E_IO, place_none(), "%s: %s", path, strerror(errno));
	if (s->transcript && !s->transcript->file) {    /* replaying: what is said is compared already */
		fclose(f);
		return true;
	}
	transcript_stop(s);
	s->transcript = begin(s, f);
	if (s->transcript)
		return true;
	fclose(f);
	return err_oom(e);
}

void transcript_stop(struct session *s)
{
	if (!s->transcript || !s->transcript->file)     /* one that is replayed ends by itself */
		return;
	end(s, s->transcript);
	s->transcript = NULL;
}

void transcript_line(struct session *s, struct str line)
{
	struct buf b = { 0 };

	if (!s->transcript || str_starts(line, "session log"))
		return;
	buf_puts(&b, "(wrench) ");
	for (size_t i = 0; i < line.n; i++) {
		buf_putc(&b, line.p[i]);
		buf_puts(&b, line.p[i] == '\n' ? "...> " : "");
	}
	buf_putc(&b, '\n');
	put(s->transcript, buf_str(&b), b.size);
	buf_free(&b);
}

void transcript_said(struct session *s, const struct result *r, const struct err *e)
{
	struct buf b = { 0 };

	if (!s->transcript)
		return;
	put(s->transcript, buf_str(&r->notes), r->notes.size);
	put(s->transcript, buf_str(&r->text), r->text.size);
	if (e->code) {
		const struct source *src = s->error_source;
		err_print(e, src && str_is(str_of(src->name), e->file) ? src : NULL, &b);
		put(s->transcript, buf_str(&b), b.size);
	}
	buf_free(&b);
}

/* ---- reading ----------------------------------------------------------------------------------------------------------------- */

static struct str take_line(struct str *text)
{
	const char *end_of = memchr(text->p, '\n', text->n);
	struct str line = { text->p, end_of ? (size_t)(end_of - text->p) : text->n };

	*text = end_of ? (struct str){ end_of + 1, text->n - line.n - 1 } : (struct str){ text->p + text->n, 0 };
	return line;
}

/* What follows "(wrench) " or "(wrench:2) "; false: the line is none that was typed. */
static bool typed(struct str line, struct str *rest)
{
	size_t n = 7;

	if (!str_starts(line, "(wrench"))
		return false;
	if (n < line.n && line.p[n] == ':')
		for (n++; n < line.n && line.p[n] >= '0' && line.p[n] <= '9';)
			n++;
	if (n + 1 >= line.n || line.p[n] != ')' || line.p[n + 1] != ' ')
		return n + 1 == line.n && line.p[n] == ')' ? (*rest = STR(""), true) : false;
	*rest = (struct str){ line.p + n + 2, line.n - n - 2 };
	return true;
}

struct replay {
	struct input in;          /* first */
	struct str left;                /* of the transcript */
	uint64_t commands;
};

/* The next line that was typed, with those behind "...> ". */
static bool replay_step(struct input *in, struct session *s)
{
	struct replay *p = (struct replay *)in;
	struct buf line = { 0 };
	struct str rest = STR("");
	bool found = false;

	while (p->left.n && !found)
		found = typed(take_line(&p->left), &rest);
	if (!found)
		return false;
	buf_put(&line, rest.p, rest.n);
	while (str_starts(p->left, "...> ")) {
		struct str more = take_line(&p->left);
		buf_putc(&line, '\n');
		buf_put(&line, more.p + 5, more.n - 5);
	}
	p->commands++;
	session_do(s, str_of_buf(&line));
	buf_free(&line);
	return true;
}

/* ---- comparing --------------------------------------------------------------------------------------------------------------- */

/* The lines before the first prompt were a banner. */
static struct str skip_banner(struct str text, uint64_t *line)
{
	struct str rest = text, ignored;

	while (rest.n) {
		struct str here = rest;
		if (typed(take_line(&rest), &ignored))
			return here;
		++*line;
	}
	return rest;
}

static bool is_empty_prompt(struct str line)
{
	struct str rest;

	return typed(line, &rest) && !str_trim(rest).n;
}

/* Blanks at the end of a line, and a last prompt that was left, do not count. */
static struct str without_end(struct str s)
{
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\r'))
		s.n--;
	return s;
}

static void compare(struct str want, struct str got, const char *path, const struct replay *p, struct result *r)
{
	uint64_t number = 1;
	struct str a = skip_banner(want, &number), b = got;

	for (; a.n || b.n; number++) {
		bool ended = !a.n;
		struct str x = without_end(take_line(&a)), y = without_end(take_line(&b));
		if (is_empty_prompt(x) && !a.n)
			continue;
		if (str_eq(x, y))
			continue;
		buf_printf(&r->text, "%s:%llu: differs\n  was  %.*s\n  now  %.*s\n", path, (unsigned long long)number,
			STR_ARGS(ended ? STR("(nothing more)") : x), STR_ARGS(y));
		node_bool(r, r->root, "same", false);
		node_int(r, r->root, "line", (int64_t)number);
		node_str(r, r->root, "was", x);
		node_str(r, r->root, "now", y);
		r->guest_status = 1;
		return;
	}
	node_bool(r, r->root, "same", true);
	buf_printf(&r->text, "%s: the same, %llu line%s typed\n", path, (unsigned long long)p->commands,
		p->commands == 1 ? "" : "s");
}

/* Lines show what they say to nobody while they are carried out again. */
static void run_all(struct session *s, struct replay *p)
{
	struct output out = s->out, err = s->err;
	bool json = s->json, failed = s->failed, quit = s->quit;

	s->out = s->err = (struct output){ .fd = -1 };
	s->json = false;
	input_push(s, &p->in);
	while (!s->quit && replay_step(&p->in, s))
		;
	input_pop(s);
	output_free(&s->out);
	output_free(&s->err);
	s->out = out;
	s->err = err;
	s->json = json;
	s->failed = failed;
	s->quit = quit;                 /* the transcript's `quit` ends only the transcript */
}

bool transcript_replay(struct session *s, const char *path, struct result *r, struct err *e)
{
	struct source *src = source_read(path, e);
	struct transcript *outer = s->transcript, *own = src ? begin(s, NULL) : NULL;

	if (!src)
		return false;
	if (!own) {
		source_free(src);
		return err_oom(e);
	}
	struct replay p = { .in.step = replay_step, .left = { (const char *)src->bytes, src->size } };
	output_flush(&s->out);
	s->transcript = own;
	run_all(s, &p);
	s->transcript = outer;
	compare((struct str){ (const char *)src->bytes, src->size }, str_of_buf(&own->text), path,
		&p, r);
	end(s, own);
	source_free(src);
	return true;
}
