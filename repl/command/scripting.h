/*
 * Scripts, as the session sees them: scripts/ fills this in with Lua (scripting_new in scripts/scripting.h), a build
 * without has none (s->scripting is NULL).
 *
 * A script is trusted when a person asked for it: named on the command line, by `source`, typed behind `lua`, or init.lua.
 * What comes with something else (a lesson, a session file) runs sandboxed: s->sandboxed is set while it runs, and the
 * commands it may use are those of sandbox.h.
 */
#ifndef REPL_COMMAND_SCRIPTING_H
#define REPL_COMMAND_SCRIPTING_H

#include "repl/command/session.h"

struct lesson;

/* What a script file is run with. */
struct script_job {
	const char *path;
	const char *const *args;
	uint32_t nargs;
	bool sandboxed;         /* it is not trusted */
	bool main;              /* wrench script: it prints as it goes, and what it defines with wb.script is run */
	int *status;            /* of os.exit, or of an integer that it returns; may be NULL */
};

struct scripting {
	/* `lua CODE`: an expression, whose values are shown, or statements. */
	bool (*code)(struct scripting *sc, struct session *s, struct str code, struct result *r, struct err *e);
	/* R gets what it prints; NULL: it goes to the session's output at once. */
	bool (*file)(struct scripting *sc, struct session *s, const struct script_job *job, struct result *r, struct err *e);
	/* An import that a script defined (host.define, host.on_import); false without E: it did not. */
	bool (*resolve)(struct scripting *sc, struct session *s, const struct module *m, const struct import *i,
		struct extern_ref *out, struct err *e);
	/*
	 * The guest is about to run, or to go on. While it runs, a call that a script's host function made may stop: aside() then
	 * makes the scripts' state what it was when the guest was last let go, calls SLEEP, and puts it back; what is done with
	 * that is as if the host function did not exist.
	 */
	void (*goes_on)(struct scripting *sc, struct session *s);
	bool (*aside)(struct scripting *sc, struct session *s, bool (*sleep)(void *user), void *user);
	/* No command is under way: hooks of events that happened meanwhile run now. */
	void (*idle)(struct scripting *sc, struct session *s);
	void (*store_made)(struct scripting *sc, struct session *s);
	void (*store_going)(struct scripting *sc, struct session *s);
	/* Give another session an evaluator and scripts of its own: OTHER->eval is the caller's to free. */
	bool (*attach)(struct scripting *sc, struct session *other, struct err *e);
	/* Read the lessons that come with the program: lesson_add(). */
	bool (*lessons)(struct scripting *sc, struct session *s, struct err *e);
	/* Call a lesson's setup function. */
	bool (*lesson_setup)(struct scripting *sc, struct session *s, const struct lesson *l, struct err *e);
	/* Whether GIVEN answers a question that has a function for it; *WHY is what that says, in A. */
	bool (*judge)(struct scripting *sc, struct session *s, const struct lesson *l, size_t question, struct str given,
		bool *right, struct str *why, struct arena *a, struct err *e);
	void (*free)(struct scripting *sc, struct session *s);
};

/* A file that comes with the program, "scripts/lib/call-graph.lua": beside the program's sources, else where it was
   installed. NULL: there is none. In A. */
const char *script_shipped(const char *name, struct arena *a);
/* What `source` and `wrench script` mean by NAME: a file, else a script that comes with the program. NULL with E. */
const char *script_find(const char *name, struct arena *a, struct err *e);
/* What messages call it: without the folder where it came with the program. */
const char *script_label(const char *path);
bool script_is_lua(const char *path);

#endif
