/* Commands: record auto, on, off. */
#include <inttypes.h>

#include "debugger/history.h"
#include "engine/base/buf.h"
#include "repl/command/debug.h"

static bool tell(struct session *s, struct result *r)
{
	static const char *const words[] = { [RECORD_OFF] = "off", [RECORD_AUTO] = "auto", [RECORD_ON] = "on" };
	const struct history *h = s->dbg->history;

	node_str(r, r->root, "record", str_of(words[h->when]));
	node_bool(r, r->root, "recording", h->on);
	buf_printf(&r->text, "record %s: ", words[h->when]);
	if (!h->on)
		buf_printf(&r->text, "nothing is recorded now\n");
	else if (h->past)
		buf_printf(&r->text, "steps %" PRIu64 " to %" PRIu64 " are recorded\n", history_first(h), history_last(h));
	else
		buf_printf(&r->text, "recording since step %" PRIu64 "\n", history_first(h));
	return true;
}

static bool set_when(struct session *s, enum record_when when, struct result *r, struct err *e)
{
	struct history *h = s->dbg->history;

	h->when = when;
	if (when == RECORD_OFF)
		history_stop(h);
	else if (!h->on && guest_stopped(s) && !history_start(h, e))
		return false;
	return tell(s, r);
}

static bool run_record(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return tell(s, r);
}

static bool run_auto(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return set_when(s, RECORD_AUTO, r, e);
}

static bool run_on(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return set_when(s, RECORD_ON, r, e);
}

static bool run_off(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return set_when(s, RECORD_OFF, r, e);
}

const struct command cmd_record = {
	.name = "record", .group = GROUP_BACKWARDS, .summary = "What is recorded, to go back in",
	.run = run_record,
};

const struct command cmd_record_auto = {
	.name = "record auto", .group = GROUP_BACKWARDS, .summary = "Record calls from their first stop on (the default)",
	.run = run_auto,
};

const struct command cmd_record_on = {
	.name = "record on", .group = GROUP_BACKWARDS, .summary = "Record now, and each call from its beginning",
	.run = run_on,
};

const struct command cmd_record_off = {
	.name = "record off", .group = GROUP_BACKWARDS, .summary = "Forget what was recorded, and record nothing",
	.run = run_off,
};
