/* Command lists of breakpoints; see stop_list.h. */
#include "repl/command/stop_list.h"

#include "engine/base/buf.h"
#include "repl/command/args.h"
#include "repl/command/debug.h"
#include "repl/command/guest_output.h"
#include "repl/command/input.h"
#include "repl/command/render.h"

void stop_list_note(struct session *s)
{
	struct debug_state *st = debug_state(s);
	struct str text = s->dbg->stop.commands;

	st->stops++;
	buf_reset(&st->todo);
	buf_put(&st->todo, text.p, text.n);
}

static bool is_silent(const struct session *s, struct str text)
{
	struct str line;

	return line_take(s, &text, &line) && str_is(str_trim(line), "silent");
}

bool stop_list_silent(const struct session *s)
{
	return is_silent(s, s->dbg->stop.commands);
}

/* ---- one line of a list ---------------------------------------------------------------------- */

/* Under --json a line says what it has to say as output of the command under way. */
static bool do_line_json(struct session *s, struct str line, struct result *r)
{
	struct err e = { 0 };
	struct result own;

	if (!result_init(&own))
		return false;
	bool ok = session_line(s, line, &own, &e);
	if (own.notes.size)
		guest_output_say(s->guest, 2, own.notes.data, own.notes.size);
	if (own.text.size && !node_get(own.root, "stop"))
		guest_output_say(s->guest, 1, own.text.data, own.text.size);
	if (!ok) {
		struct buf words = { 0 };
		err_print(&e, NULL, &words);
		guest_output_say(s->guest, 2, buf_str(&words), words.size);
		buf_free(&words);
	}
	if (r && node_get(own.root, "stop")) {
		struct result last = *r;
		*r = own;
		own = last;
	}
	result_free(&own);
	return ok;
}

static bool do_line(struct session *s, struct str line, struct result *r)
{
	if (s->json && s->guest)
		return do_line_json(s, line, r);
	return session_do(s, line);
}

/* ---- lists ----------------------------------------------------------------------------------- */

/* A line that fails ends the list, as does one that lets the guest go on. */
static void run_one(struct session *s, struct str text, struct result *r)
{
	const struct debug_state *st = debug_state(s);
	uint64_t stops = st->stops;
	struct str line;

	while (line_take(s, &text, &line) && st->stops == stops && !s->quit) {
		line = str_trim(line);
		if (!str_is(line, "silent") && !do_line(s, line, r))
			return;
	}
}

void stop_list_run(struct session *s, struct result *r)
{
	struct debug_state *st = debug_state(s);

	if (!st || st->in_list)
		return;
	st->in_list = true;
	while (st->todo.size && !s->quit) {
		struct buf now = st->todo;
		st->todo = (struct buf){ 0 };
		run_one(s, str_of_buf(&now), r);
		buf_free(&now);
	}
	st->in_list = false;
}
