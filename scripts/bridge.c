/* The bridge: its life, and the one way into Lua; see bridge.h. */
#include "scripts/bridge.h"

#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>
#include <lualib.h>

#include "engine/base/buf.h"
#include "repl/command/debug.h"
#include "repl/command/guest_output.h"
#include "repl/command/interrupt.h"
#include "repl/command/render.h"

enum {
	HOOK_EVERY = 1000,              /* VM instructions between looks at C-c and the limits */
	DEPTH_MAX = 60,                 /* entries from C within one another */
	POOL_MAX = 16,
	SANDBOX_STEPS = 50000000, SANDBOX_MEMORY = 64 << 20,
};

struct bridge *bridge_of(lua_State *lua)
{
	struct bridge *b = eval_state(lua)->bridge;

	if (!b)
		luaL_error(lua, "the session has ended");
	return b;
}

void bridge_look(struct bridge *b)
{
	if (b->place == PLACE_BLIND)    /* where the frames are is in machine registers */
		return;
	b->scope = debug_scope(b->s, bridge_level(b->s));
}

void bridge_print(struct bridge *b, const char *p, size_t n)
{
	struct session *s = b->s;

	if (b->result)
		buf_put(&b->result->text, p, n);
	else if (s->guest)
		guest_output_add(s->guest, 1, p, n);
	else
		output_put(&s->out, p, n);
}

void bridge_complain(struct bridge *b, const struct err *e)
{
	if (b->result)
		err_print(e, NULL, &b->result->notes);
	else
		render_error(b->s, e);
}

/* ---- errors ---------------------------------------------------------------------------------- */

struct failure {
	lua_State *thread;              /* the error is on top of it */
	struct err *e;
};

/* "script.lua:3: boom": the place of E, and what is left of the message. */
static const char *take_place(const char *message, struct err *e)
{
	const char *colon = strchr(message, ':');
	char *end;

	if (!colon || colon == message || (size_t)(colon - message) >= sizeof e->file || strchr(message, ' ') < colon)
		return message;
	unsigned long line = strtoul(colon + 1, &end, 10);
	if (end == colon + 1 || *end != ':' || end[1] != ' ')
		return message;
	memcpy(e->file, message, (size_t)(colon - message));
	e->file[colon - message] = '\0';
	e->place = place_line(line);
	return end + 2;
}

/* "(wrench 10-wb):3: words" */
static const char *after_place(const char *message)
{
	const char *end = strstr(message, ": ");

	return end ? end + 2 : message;
}

static enum err_code code_of(lua_State *lua, int index)
{
	enum err_code code = E_EVAL;

	if (lua_type(lua, index) != LUA_TTABLE)
		return code;
	lua_pushliteral(lua, "number");
	if (lua_rawget(lua, index) == LUA_TNUMBER && lua_tointeger(lua, -1) > E_NONE && lua_tointeger(lua, -1) < E_COUNT)
		code = (enum err_code)lua_tointeger(lua, -1);
	lua_pop(lua, 1);
	return code;
}

/* The lines of the traceback that tell something: not those of the bridge itself. */
static void add_traceback(lua_State *lua, struct err *e)
{
	const char *p = lua_tostring(lua, -1);
	int lines = 0;

	while (p && (p = strchr(p, '\n'))) {
		size_t n = strcspn(++p, "\n");
		bool ours = memmem(p, n, "[C]:", 4) == p + 1 || memmem(p, n, "(wrench ", 8) ||
			memmem(p, n, "(...tail calls...)", 18);
		if (!ours && lines < 8 && !memmem(p, n, "stack traceback", 15)) {
			err_evidence(e, "%s%.*s", lines ? "" : "in ", (int)(n - (*p == '\t')), p + (*p == '\t'));
			lines++;
		}
	}
}

/* What the prompt says of a trap, without its first line: that is the message. */
static void add_report(const char *p, struct err *e)
{
	p += strcspn(p, "\n");
	while (*p) {
		size_t n = strcspn(++p, "\n");
		if (n)
			err_evidence(e, "%.*s", (int)n, p);
		p += n;
	}
}

static int describe(lua_State *lua)
{
	struct failure *f = lua_touserdata(lua, 1);
	struct err *e = f->e;
	struct err place = { 0 };
	const char *message;

	luaL_checkstack(lua, 8, NULL);
	lua_xmove(f->thread, lua, 1);
	enum err_code code = code_of(lua, 2);
	message = luaL_tolstring(lua, 2, NULL);
	const char *words = take_place(message, &place);
	if (strncmp(words, "(wrench ", 8) == 0) {       /* the prelude's place: its caller's is meant */
		words = after_place(words);
		push_where(f->thread);
		take_place(lua_tostring(f->thread, -1), &place);
		lua_pop(f->thread, 1);
	}
	err_set(e, code, place.place, "%s", words);
	err_file(e, place.file);
	if (lua_type(lua, 2) == LUA_TTABLE && lua_getfield(lua, 2, "hint") == LUA_TSTRING)
		err_hint(e, "%s", lua_tostring(lua, -1));
	if (lua_type(lua, 2) == LUA_TTABLE && lua_getfield(lua, 2, "report") == LUA_TSTRING)
		add_report(lua_tostring(lua, -1), e);
	if (place.place.kind == PLACE_NONE)     /* error("…", 0): words for who called, not for who wrote the script */
		return 0;
	luaL_traceback(lua, f->thread, NULL, 0);
	add_traceback(lua, e);
	return 0;
}

static void fail(struct bridge *b, lua_State *thread, struct err *e)
{
	struct failure f = { thread, e };
	lua_State *lua = b->ev->lua;
	int top = lua_gettop(lua);

	if (lua_checkstack(lua, 4)) {
		lua_pushcfunction(lua, describe);
		lua_pushlightuserdata(lua, &f);
		int status = lua_pcall(lua, 1, 0, 0);
		lua_settop(lua, top);
		if (status == LUA_OK)
			return;
		if (status != LUA_ERRMEM)
			err_set(e, E_EVAL, place_none(), "the script failed, and its error has no words");
	}
	err_set(e, E_NO_MEMORY, place_none(), "the script ran out of memory");
}

/* ---- threads --------------------------------------------------------------------------------- */

static int make_thread(lua_State *lua)
{
	struct thread *t = lua_touserdata(lua, 1);

	t->lua = lua_newthread(lua);
	t->ref = luaL_ref(lua, LUA_REGISTRYINDEX);
	return 0;
}

static bool thread_get(struct bridge *b, struct thread *t, struct err *e)
{
	lua_State *lua = b->ev->lua;
	int top = lua_gettop(lua);

	if (b->pool.count) {
		*t = vec_pop(&b->pool);
		return true;
	}
	if (!lua_checkstack(lua, 4))
		return err_oom(e);
	lua_pushcfunction(lua, make_thread);
	lua_pushlightuserdata(lua, t);
	bool ok = lua_pcall(lua, 1, 0, 0) == LUA_OK;
	lua_settop(lua, top);
	return ok || err_oom(e);
}

static void thread_put(struct bridge *b, struct thread t)
{
	bool failed = lua_status(t.lua) != LUA_OK;

	/* what is to be closed runs uncounted after the error of a limit: a sandboxed script's is dropped */
	if (failed && !b->sandbox)
		lua_resetthread(t.lua);
	if (!failed || !b->sandbox)
		lua_settop(t.lua, 0);
	if ((failed && b->sandbox) || b->pool.count >= POOL_MAX || !vec_push(&b->pool, t))
		luaL_unref(b->ev->lua, LUA_REGISTRYINDEX, t.ref);
}

/* ---- entering -------------------------------------------------------------------------------- */

static void on_count(lua_State *lua, lua_Debug *ar)
{
	struct eval_lua *ev = eval_state(lua);

	ev->steps += HOOK_EVERY;
	if (interrupt_seen())
		luaL_error(lua, "interrupted");
	if (ev->steps > ev->steps_max)
		luaL_error(lua, "the script does not end: it was given up after %I instructions", (LUAI_UACINT)ev->steps_max);
}

static struct outer as_now(const struct bridge *b)
{
	return (struct outer){ b->entries, b->current, b->place, b->ev->scope, b->scope, b->s->guest_runs, b->s->sandboxed, b->resumed };
}

static void put_back(struct bridge *b, const struct outer *o)
{
	b->entries = o->below;
	b->current = o->current;
	b->place = o->place;
	b->ev->scope = o->scope;
	b->scope = o->seen;
	b->resumed = o->resumed;
}

static void go_in(struct bridge *b, lua_State *t, enum bridge_place place, struct outer *o)
{
	struct session *s = b->s;

	*o = as_now(b);
	b->entries = o;
	b->place = s->guest_runs && b->place > place ? b->place : place;        /* a nested prompt begins anew */
	s->guest_runs = b->place != PLACE_FREE;
	s->sandboxed = s->sandboxed || b->sandbox;
	b->current = t;
	bridge_look(b);
	if (b->place == PLACE_BLIND)
		b->scope = (struct eval_scope){ .instance = s->instance, .store = s->store };
	if (place == PLACE_LOOKING)
		b->scope.call = NULL;
	b->ev->scope = &b->scope;
	if (b->depth++ == 0)
		b->ev->steps = 0;
	interrupt_script_enter();
	lua_sethook(t, on_count, LUA_MASKCOUNT, HOOK_EVERY);
}

static void go_out(struct bridge *b, const struct outer *o)
{
	put_back(b, o);
	b->s->guest_runs = o->guest_runs;
	b->s->sandboxed = o->sandboxed;
	interrupt_script_leave();
	if (--b->depth == 0)
		b->leaving = false;
}

/* Run what is on T: a function with its job, or a task and what it waited for. */
static enum entered run(struct bridge *b, struct thread t, bool resumed, enum bridge_place place, struct err *e)
{
	struct outer o;
	int nresults;

	go_in(b, t.lua, place, &o);
	b->resumed = resumed;
	int status = lua_resume(t.lua, o.current, 1, &nresults);
	if (status == LUA_YIELD && place == PLACE_FREE && vec_push(&b->tasks, t)) {
		go_out(b, &o);
		return ENTERED_WAITS;
	}
	bool ok = status == LUA_OK || (b->leaving && b->s->quit);
	if (status == LUA_YIELD)
		err_set(e, E_EVAL, place_none(), "only a script, a command or a hook can wait; this is called by the guest's run");
	else if (!ok)
		fail(b, t.lua, e);
	go_out(b, &o);
	thread_put(b, t);
	return ok ? ENTERED_DONE : ENTERED_FAILED;
}

enum entered bridge_enter(struct bridge *b, lua_CFunction body, void *job, enum bridge_place place, struct err *e)
{
	struct thread t;

	if (b->depth >= DEPTH_MAX) {
		err_set(e, E_LIMIT, place_none(), "scripts and the guest call each other too deeply");
		return ENTERED_FAILED;
	}
	if (!thread_get(b, &t, e))
		return ENTERED_FAILED;
	lua_pushcfunction(t.lua, body);         /* a new thread has room for LUA_MINSTACK values */
	lua_pushlightuserdata(t.lua, job);
	return run(b, t, false, place, e);
}

/* ---- stops under host functions ---------------------------------------------------------------- */

struct bridge_side bridge_side_now(const struct bridge *b)
{
	return (struct bridge_side){ as_now(b), b->depth, b->result };
}

static void side_take(struct bridge *b, const struct bridge_side *side)
{
	put_back(b, &side->now);
	b->depth = side->depth;
	b->result = side->result;
}

void bridge_goes_on(struct bridge *b)
{
	b->outside = bridge_side_now(b);
}

/*
 * Entries of the run that sleeps keep what was so outside when they were made, to put it back: the outermost of them gets
 * what is so outside when the run goes on.
 */
bool bridge_aside(struct bridge *b, bool (*sleep)(void *user), void *user)
{
	struct bridge_side inside = bridge_side_now(b), before = b->outside;
	struct outer *last = NULL;
	unsigned entries = 0;

	for (struct outer *o = b->entries; o != before.now.below; o = o->below, entries++)
		last = o;
	side_take(b, &before);
	for (unsigned i = 0; i < entries; i++)
		interrupt_script_leave();
	bool go_on = sleep(user);
	if (!last)
		return go_on;
	for (unsigned i = 0; i < entries; i++)
		interrupt_script_enter();
	*last = b->outside.now;
	inside.depth = b->outside.depth + entries;
	if (inside.result == before.result)
		inside.result = b->outside.result;
	side_take(b, &inside);
	return go_on;
}

/* Moves what GIVE leaves on the task's stack as the result of its yield. */
enum entered bridge_resume(struct bridge *b, size_t i, lua_CFunction give, void *job, struct err *e)
{
	struct thread t = b->tasks.data[i];
	lua_State *lua = b->ev->lua;
	int top = lua_gettop(lua);

	for (size_t k = i; k + 1 < b->tasks.count; k++)
		b->tasks.data[k] = b->tasks.data[k + 1];
	b->tasks.count--;
	lua_pushcfunction(lua, give);
	lua_pushlightuserdata(lua, job);
	if (lua_pcall(lua, 1, 1, 0) != LUA_OK || !lua_checkstack(t.lua, 1)) {
		lua_settop(lua, top);
		err_oom(e);
		thread_put(b, t);
		return ENTERED_FAILED;
	}
	lua_settop(t.lua, 0);
	lua_xmove(lua, t.lua, 1);
	return run(b, t, true, PLACE_FREE, e);
}

/* A script's function that an expression calls: upvalue 1. It only looks, and counts as part of the expression. */
static int call_looking(lua_State *lua)
{
	struct bridge *b = bridge_of(lua);
	enum bridge_place place = b->place;
	bool guest_runs = b->s->guest_runs;

	lua_pushvalue(lua, lua_upvalueindex(1));
	lua_insert(lua, 1);
	b->place = PLACE_LOOKING;
	b->s->guest_runs = true;
	int status = lua_pcall(lua, lua_gettop(lua) - 1, LUA_MULTRET, 0);
	b->place = place;
	b->s->guest_runs = guest_runs;
	return status == LUA_OK ? lua_gettop(lua) : lua_error(lua);
}

bool bridge_global(lua_State *lua, const char *name)
{
	if (lua_getfield(lua, LUA_REGISTRYINDEX, "script globals") != LUA_TTABLE) {
		lua_pop(lua, 1);
		return false;
	}
	lua_pushstring(lua, name);
	int type = lua_rawget(lua, -2);
	lua_remove(lua, -2);
	if (type == LUA_TNIL) {
		lua_pop(lua, 1);
		return false;
	}
	if (type == LUA_TFUNCTION)
		lua_pushcclosure(lua, call_looking, 1);
	return true;
}

bool bridge_detached(lua_State *lua)
{
	return bridge_of(lua)->resumed;
}

int bridge_end(lua_State *lua, int status, lua_KContext context)
{
	return 0;
}

/* ---- life ------------------------------------------------------------------------------------ */

/* Trusted scripts have all of Lua's library. */
static void open_libraries(lua_State *lua)
{
	luaL_requiref(lua, LUA_LOADLIBNAME, luaopen_package, 1);
	luaL_requiref(lua, LUA_COLIBNAME, luaopen_coroutine, 1);
	luaL_requiref(lua, LUA_IOLIBNAME, luaopen_io, 1);
	luaL_requiref(lua, LUA_OSLIBNAME, luaopen_os, 1);
	luaL_requiref(lua, LUA_DBLIBNAME, luaopen_debug, 1);
	lua_settop(lua, 1);
}

static void open_sandbox(lua_State *lua)
{
	static const char *const closed[] = { "dofile", "loadfile", "collectgarbage", "getmetatable" };

	luaL_requiref(lua, LUA_COLIBNAME, luaopen_coroutine, 1);
	lua_settop(lua, 1);
	for (size_t i = 0; i < sizeof closed / sizeof *closed; i++) {
		lua_pushnil(lua);
		lua_setglobal(lua, closed[i]);
	}
}

/*
 * What scripts assign goes into a table of its own, behind which is the library: expressions may then read what scripts
 * defined, and nothing else of theirs.
 */
static void make_globals(lua_State *lua)
{
	lua_newtable(lua);
	lua_newtable(lua);
	lua_rawgeti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
	lua_setfield(lua, -2, "__index");
	lua_pushboolean(lua, 0);
	lua_setfield(lua, -2, "__metatable");
	lua_setmetatable(lua, -2);
	lua_pushvalue(lua, -1);
	lua_setfield(lua, -2, "_G");
	lua_pushvalue(lua, -1);
	lua_rawseti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
	lua_setfield(lua, LUA_REGISTRYINDEX, "script globals");
}

static void run_preludes(lua_State *lua, struct bridge *b)
{
	for (const struct prelude *p = preludes; p->name; p++) {
		if (luaL_loadbufferx(lua, p->text, strlen(p->text), p->name, "t") != LUA_OK)
			lua_error(lua);
		lua_pushvalue(lua, -2);         /* core */
		lua_pushboolean(lua, b->sandbox);
		lua_call(lua, 2, 0);
	}
}

static int open_bridge(lua_State *lua)
{
	struct bridge *b = lua_touserdata(lua, 1);

	if (b->sandbox)
		open_sandbox(lua);
	else
		open_libraries(lua);
	lua_newtable(lua);
	bridge_run_open(lua);
	bridge_command_open(lua);
	bridge_module_open(lua);
	bridge_state_open(lua);
	bridge_call_open(lua);
	bridge_host_open(lua);
	bridge_event_open(lua);
	bridge_probe_open(lua);
	bridge_calls_open(lua);
	bridge_lesson_open(lua);
	run_preludes(lua, b);
	make_globals(lua);
	return 0;
}

struct bridge *bridge_new(struct session *s, struct eval_lua *ev, bool sandbox, struct err *e)
{
	struct bridge *b = calloc(1, sizeof *b);

	if (!b) {
		err_oom(e);
		return NULL;
	}
	b->s = s;
	b->ev = ev;
	b->sandbox = sandbox;
	ev->bridge = b;
	ev->memory_max = sandbox ? ev->memory + SANDBOX_MEMORY : SIZE_MAX;
	ev->steps_max = sandbox ? SANDBOX_STEPS : UINT64_MAX;
	b->subscriber = (struct event_subscriber){ .on = bridge_on_event, .user = b };
	event_subscribe(s, &b->subscriber);
	lua_pushcfunction(ev->lua, open_bridge);
	lua_pushlightuserdata(ev->lua, b);
	if (lua_pcall(ev->lua, 1, 0, 0) == LUA_OK)
		return b;
	err_set(e, E_INTERNAL, place_none(), "%s", lua_tostring(ev->lua, -1));
	bridge_free(b);
	return NULL;
}

void bridge_free(struct bridge *b)
{
	event_unsubscribe(b->s, &b->subscriber);
	b->ev->bridge = NULL;
	bridge_probes_free(b);
	bridge_calls_free(b);
	bridge_commands_free(b);
	bridge_hosts_free(b);
	bridge_events_free(b);
	vec_free(&b->pool);
	vec_free(&b->tasks);
	free(b);
}
