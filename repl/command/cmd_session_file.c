/* Commands: session save, load, log, replay. */
#include "engine/base/buf.h"
#include "repl/command/args.h"
#include "repl/command/session_file.h"

static bool run_save(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return session_save(s, arg_get(a, "file")->text.p, e);
}

const struct command cmd_session_save = {
	.name = "session save", .group = GROUP_SESSION, .run = run_save,
	.summary = "Write modules, options, breakpoints, displays, macros, windows and history to a file",
	.doc = "The file holds commands and may be edited. Calls under way are not part of it.\n",
	.example = "session save work.session",
	.args = (const struct arg_spec[]){ { "file", ARG_FILE, 0, "where to", NULL }, { 0 } },
};

static bool run_load(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return session_restore(s, arg_get(a, "file")->text.p, arg_get(a, "how")->given, r, e);
}

const struct command cmd_session_load = {
	.name = "session load", .group = GROUP_SESSION, .summary = "Bring a saved session back",
	.doc = "Lines that could reach files or the host (beside loading modules) are refused, also in macros, aliases and\n"
		"command lists: the file may be somebody else's. With trusted they are carried out.\n",
	.args = (const struct arg_spec[]){
		{ "file", ARG_FILE, 0, "as session save wrote it", NULL },
		{ "how", ARG_CHOICE, ARG_OPTIONAL, "carry out everything", (const char *const[]){ "trusted", NULL } }, { 0 } },
	.run = run_load,
};

static bool run_log(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct str file = arg_get(a, "file")->text;

	if (!str_is(file, "off"))
		return transcript_start(s, file.p, e);
	transcript_stop(s);
	return true;
}

const struct command cmd_session_log = {
	.name = "session log", .group = GROUP_SESSION, .summary = "Write what is typed and said to a file, for session replay",
	.args = (const struct arg_spec[]){ { "file", ARG_FILE, 0, "where to; off ends it", NULL }, { 0 } },
	.run = run_log,
};

static bool run_replay(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return transcript_replay(s, arg_get(a, "file")->text.p, r, e);
}

const struct command cmd_session_replay = {
	.name = "session replay", .group = GROUP_SESSION,
	.summary = "Carry out what was typed in a transcript, and show the first line that differs",
	.doc = "A transcript is what session log wrote, or what was copied from a terminal: lines behind \"(wrench) \" were\n"
		"typed, the others were said. In a batch the exit status is 1 when something differs.\n",
	.args = (const struct arg_spec[]){ { "file", ARG_FILE, 0, "the transcript", NULL }, { 0 } },
	.run = run_replay,
};

const struct command cmd_session = {
	.name = "session", .group = GROUP_SESSION, .summary = "Sessions in files: saved, loaded, logged, replayed",
	.flags = CMD_FAMILY, .run = command_family_run,
};
