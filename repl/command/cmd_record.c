/* Commands: record auto, on, off, save; replay. */
#include <inttypes.h>

#include "debugger/history.h"
#include "engine/base/buf.h"
#include "repl/command/debug.h"
#include "repl/command/host.h"
#include "repl/command/recording.h"
#include "repl/command/starting.h"

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

/* ---- files ----------------------------------------------------------------------------------- */

/* What was called: empty is _start. */
static bool call_text(const struct history *h, struct replay_head *head, struct err *e)
{
	const char *text = strncmp(h->begin, "start ", 6) == 0 ? h->begin + 6 : "";

	if (!h->begin[0])
		return err_set(e, E_UNSUPPORTED, place_none(), "it is not known what was called");
	memcpy(head->call, text, strlen(text) + 1);
	return true;
}

static bool run_save(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct history *h = s->dbg->history;
	struct str path = arg_get(a, "file")->text;
	struct session_module *m = session_current(s);
	struct replay_head head;
	size_t bytes;

	if (!history_whole(h, &head, e) || !call_text(h, &head, e))
		return false;
	head.module = replay_module_hash(m->module);
	if (!recording_write(&h->recorder, &head, path.p, &bytes, e))
		return false;
	node_str(r, r->root, "file", path);
	node_printf(r, r->root, "steps", "%" PRIu64, head.steps);
	node_int(r, r->root, "bytes", (int64_t)bytes);
	buf_printf(&r->text, "%s: %" PRIu64 " steps, %zu bytes\n", path.p, head.steps, bytes);
	return true;
}

const struct command cmd_record_save = {
	.name = "record save", .group = GROUP_BACKWARDS, .summary = "Write the recording to a file, for replay",
	.doc = "The file holds what the program got from outside: 'replay FILE' and 'wrench run --replay FILE MODULE' run it\n"
		"again without files, clock or random. It begins with the call, so 'record on' comes before 'run' or 'start'.\n",
	.example = "record save run.wrr",
	.args = (const struct arg_spec[]){ { "file", ARG_FILE, 0, "the file to write", NULL }, { 0 } },
	.flags = CMD_NEEDS_MODULE, .run = run_save,
};

static bool begin_replay(struct session *s, const struct replay_head *head, struct result *r, struct err *e)
{
	struct session_module *m = session_current(s);
	const struct export *start = module_export_kind(m->module, STR("_start"), EXTERN_FUNC);
	struct value *args = NULL;
	struct func *f = NULL;
	uint32_t n = 0;

	if (head->call[0])
		starting_rest(s, &r->arena, "start %s", head->call);
	else if (start)
		starting_rest(s, &r->arena, "start #%u()", start->index);
	if (!session_instantiate(s, m, r, e))
		return false;
	if (head->call[0] && !call_parse(s, str_of(head->call), &f, &args, &n, &r->arena, e))
		return false;
	if (!head->call[0] && start)
		f = m->instance->funcs[start->index];
	if (!f)
		return err_set(e, E_RECORDING, place_none(), "the module has no _start");
	return guest_call(s, f, args, n, true, r, e);
}

static bool run_replay(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct recorder from = { 0 };
	struct replay_head head;
	int stubs = s->options.stub_imports;

	if (!recording_read(&from, &head, arg_get(a, "file")->text.p, session_current(s)->module, e))
		return false;
	if (head.initialized) {
		recorder_free(&from);
		return err_set(e, E_UNSUPPORTED, place_none(), "it begins with _initialize: 'wrench run --replay' runs it again");
	}
	while (guest_abandon(s))
		;
	if (!session_new_store(s, e)) {
		recorder_free(&from);
		return false;
	}
	history_from(s->dbg->history, &from, head.steps);
	host_stub_missing(s);
	bool ok = begin_replay(s, &head, r, e);
	s->options.stub_imports = stubs;
	return ok;
}

const struct command cmd_replay = {
	.name = "replay", .group = GROUP_BACKWARDS, .summary = "Run a recorded program again, stopped at its first instruction",
	.doc = "Its host calls are answered from the file; goto and the reverse commands reach every step of it.\n",
	.example = "replay run.wrr",
	.args = (const struct arg_spec[]){ { "file", ARG_FILE, 0, "written by record save or run --record", NULL }, { 0 } },
	.flags = CMD_NEEDS_MODULE | CMD_RUNS_GUEST, .run = run_replay,
};
