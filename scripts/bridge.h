/*
 * The bridge between the session and Lua: one Lua state (the evaluator's own, so that conditions and `print` see what
 * scripts define; a second one for sandboxed scripts), entered from C only through bridge_enter(), so that no error of
 * Lua ever crosses a frame of the engine.
 *
 *     session ── lua CODE, source, wrench script ──►┐
 *     engine  ── host function, probe, condition ──►├─ bridge_enter() ─► a Lua thread ─► prelude/, scripts
 *     events  ── when the session is idle ─────────►┘                                      │
 *     session ◄── core.cmd("break fac") ──────────── core: functions of bridge_*.c ◄───────┘
 *
 * What scripts see (wb, mod, dbg, …) is written in Lua, in scripts/prelude/, over the functions of `core`.
 *
 * Every entry runs on a Lua thread of its own. One that yields is a task: it waits for an event and is resumed when the
 * session is idle. What an entry may do depends on where it comes from (enum bridge_place): in the middle of the
 * guest's run nothing may run, unload or replace the guest.
 */
#ifndef SCRIPTS_BRIDGE_H
#define SCRIPTS_BRIDGE_H

#include <lua.h>

#include "engine/base/vec.h"
#include "debugger/seen_frame.h"
#include "repl/command/event.h"
#include "repl/command/session.h"
#include "scripts/eval_state.h"

enum bridge_place {
	PLACE_FREE,             /* between commands: everything may be done */
	PLACE_HOST,             /* in a host function: the guest may be called back */
	PLACE_LOOKING,          /* a condition, a probe: only looking */
	PLACE_BLIND,            /* a call in fast code: frames cannot be looked at either */
};

/* What an entry changes, to be put back. In its C frame. */
struct outer {
	struct outer *below;
	lua_State *current;
	enum bridge_place place;
	const struct eval_scope *scope;
	struct eval_scope seen;
	bool guest_runs, sandboxed, resumed;
};

/* What of the bridge belongs to whoever runs the guest, and to a host function that the guest called. */
struct bridge_side {
	struct outer now;               /* .below: the innermost entry */
	uint32_t depth;
	struct result *result;
};

enum entered { ENTERED_DONE, ENTERED_WAITS, ENTERED_FAILED };

struct thread {
	lua_State *lua;
	int ref;                        /* keeps it alive */
};

struct bridge {
	struct session *s;
	struct eval_lua *ev;
	bool sandbox;
	lua_State *current;             /* the thread that runs; NULL: none */
	enum bridge_place place;
	uint32_t depth;                 /* entries within one another */
	struct outer *entries;          /* the innermost one's; NULL: none */
	struct bridge_side outside;     /* as it was when the guest was last let go */
	struct result *result;          /* where print writes; NULL: the session's output */
	struct eval_scope scope;        /* for values, while Lua runs */
	VEC(struct thread) pool;        /* threads that are free */
	VEC(struct thread) tasks;       /* threads that wait */
	struct visit *visit;            /* a thread's that is not selected; NULL: no host function of one runs */
	enum outcome pending;           /* how a call back ended, when that cannot be caught; OUT_DONE: it did not */
	bool resumed;                   /* the thread that runs is a task: who entered it first is gone */
	bool leaving;                   /* os.exit: the error on its way only unwinds */

	VEC(struct queued) events;      /* of which hooks were not told yet */
	struct event_subscriber subscriber;
	uint32_t wanted;                /* bits of enum event_kind that some hook or task waits for */
	bool telling;
	VEC(struct lua_probe *) probes;
	struct lua_call_hook *call_hook;        /* NULL: no calls were asked for */
	VEC(struct lua_host *) hosts;
	VEC(struct lua_command *) commands;
	VEC(struct lua_pane *) panes;
};

/* An event, kept until hooks can run. */
struct queued {
	enum event_kind kind;
	uint32_t number;
	enum outcome how;
	char *text;                     /* owned; NULL: none */
	size_t size;
};

/* NULL with E: out of memory. EV's state is the bridge's from now on. */
struct bridge *bridge_new(struct session *s, struct eval_lua *ev, bool sandbox, struct err *e);
void bridge_free(struct bridge *b);
struct bridge *bridge_of(lua_State *lua);

/*
 * Run BODY, a C function that is given JOB as light userdata, on a thread of its own. Whatever goes wrong in it comes
 * back as E, with a traceback. What waits in it is kept as a task.
 */
enum entered bridge_enter(struct bridge *b, lua_CFunction body, void *job, enum bridge_place place, struct err *e);
/* Resume the task at index I of b->tasks, with the value on top of FROM when that is not NULL. */
enum entered bridge_resume(struct bridge *b, size_t i, lua_CFunction give, void *job, struct err *e);
/* The state of whoever lets the guest go on. */
struct bridge_side bridge_side_now(const struct bridge *b);
/* struct scripting's, for stops in calls that host functions made. */
void bridge_goes_on(struct bridge *b);
bool bridge_aside(struct bridge *b, bool (*sleep)(void *user), void *user);
/* What expressions and values see now: after a command the frames are others. */
void bridge_look(struct bridge *b);
/* M is instantiated, by a script that may do that; else this does not return. */
void bridge_instantiate(struct bridge *b, lua_State *lua, struct session_module *m);
/* The frame that is meant where none is named: the selected one; while the guest runs, the innermost. */
static inline uint32_t bridge_level(const struct session *s)
{
	return s->guest_runs ? 0 : s->frame;
}
/* The same by its number in backtraces. */
static inline uint32_t bridge_frame(const struct session *s)
{
	return s->guest_runs || !s->ctx ? 0 : seen_frame_number(s->ctx, s->frame, s->frame_call);
}
/* An error that is nobody's result: a callback's, a hook's. */
void bridge_complain(struct bridge *b, const struct err *e);
/* The text goes where print writes. */
void bridge_print(struct bridge *b, const char *p, size_t n);
/*
 * Bodies call scripts with lua_callk(lua, …, (lua_KContext)job, FINISH), and FINISH does what follows the call: it is a
 * continuation, because Lua comes back there after an error that the script caught (its C frames are gone then), or much
 * later in a task. bridge_detached() tells the latter: the job is gone, there is nothing to finish.
 */
bool bridge_detached(lua_State *lua);
int bridge_end(lua_State *lua, int status, lua_KContext context);

/* luaL_error, but the place is the script's, not that of the prelude between it and the bridge. */
void push_where(lua_State *lua);
int script_error(lua_State *lua, const char *fmt, ...);
/* luaL_loadfilex, as messages call the file: script_label(). */
int load_script(lua_State *lua, const char *path);
/* What a script assigned to the global NAME, for expressions: pushes it. False: nothing, and nothing is pushed. */
bool bridge_global(lua_State *lua, const char *name);

/* bridge_value.c: trees of results, errors */
void push_node(lua_State *lua, const struct node *n);
void push_err(lua_State *lua, const struct err *e);
/* The table at INDEX as members of IN; raises an error when it nests too deep. */
void table_to_node(lua_State *lua, int index, struct result *r, struct node *in, int depth);
/* The value at INDEX as text: what tostring gives. Leaves it on the stack. */
struct str to_text(lua_State *lua, int index);

/* Each adds its functions to the table on top. */
void bridge_run_open(lua_State *lua);           /* bridge_run.c: commands, output */
void bridge_command_open(lua_State *lua);       /* bridge_command.c: commands and panes that scripts define */
void bridge_module_open(lua_State *lua);        /* bridge_module.c: what modules are made of */
void bridge_state_open(lua_State *lua);         /* bridge_state.c: frames, memories, globals, tables, objects */
void bridge_call_open(lua_State *lua);          /* bridge_call.c: calling the guest */
void bridge_host_open(lua_State *lua);          /* bridge_host.c: imports written in Lua */
void bridge_event_open(lua_State *lua);         /* bridge_event.c: hooks and tasks */
void bridge_probe_open(lua_State *lua);         /* bridge_probe.c */
void bridge_calls_open(lua_State *lua);         /* bridge_calls.c */
void bridge_lesson_open(lua_State *lua);        /* lessons.c */

/* bridge_host.c */
bool bridge_resolve(struct bridge *b, const struct module *m, const struct import *i, struct extern_ref *out,
	struct err *e);
/* bridge_visit.c: a host function that another thread than the selected one has called, while it runs. In its C frame. */
struct visit {
	struct visit *outer;
	struct ctx *c;                  /* who called */
	struct visit_session {
		struct ctx *ctx, *main_ctx;
		uint32_t frame, frame_call;
		bool guest_runs, sandboxed;
	} session;                      /* the session's, of who has it not now: what it was before; its own while it calls back */
	struct bridge_side outside;     /* to be put back */
	bool stops;                     /* the world stands still for it */
};
/* False with HOW: C has to leave the host. */
bool bridge_visit(struct bridge *b, struct ctx *c, struct visit *v, enum outcome *how);
void bridge_visit_over(struct bridge *b, struct visit *v);
/* Call F back from the innermost visit; the other threads go on meanwhile. */
enum outcome bridge_visit_call(struct bridge *b, struct func *f, const slot *in, slot *out);
/* bridge_event.c */
void bridge_on_event(void *user, struct session *s, const struct event *ev);
void bridge_idle(struct bridge *b);
void bridge_events_free(struct bridge *b);
/* bridge_command.c, bridge_host.c, bridge_probe.c: what the engine or session still refers to goes */
void bridge_commands_free(struct bridge *b);
void bridge_hosts_free(struct bridge *b);
void bridge_probes_store_made(struct bridge *b);
void bridge_probes_rest(struct bridge *b);
void bridge_probes_store_going(struct bridge *b);
void bridge_probes_free(struct bridge *b);
void bridge_calls_store_made(struct bridge *b);
void bridge_calls_store_going(struct bridge *b);
void bridge_calls_free(struct bridge *b);
/* bridge_call.c: the module number and function index at INDEX and INDEX + 1 as a function of the store */
struct func *check_func(lua_State *lua, int index);
/* bridge_module.c */
struct session_module *check_module(lua_State *lua, int index);
uint32_t check_func_index(lua_State *lua, int index, const struct session_module *m);

/* prelude.c, made from the files of scripts/prelude, in order */
struct prelude {
	const char *name, *text;
};
extern const struct prelude preludes[];         /* ends with { NULL, NULL } */

#endif
